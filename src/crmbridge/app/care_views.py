"""Asks how customers are cared for, one view after the other, each with its evidence."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from crmbridge.app.asker import Asker
from crmbridge.app.care import Care
from crmbridge.model.notes import Note
from crmbridge.report import care as report
from crmbridge.report import cells
from crmbridge.report.i18n import mark
from crmbridge.report.listing import Listing
from crmbridge.services.churn import REASONS, Level
from crmbridge.services.occasions_report import Occasion
from crmbridge.services.offers import Proposal
from crmbridge.services.people import people
from crmbridge.services.results import Evidence
from crmbridge.services.world import World


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is asked: whose customers, as whom, over which period; lists so long."""

    owner: str | None = None
    viewer: str | None = None
    currency: str | None = None
    period: str | None = None
    least: Level = "low"
    limit: int | None = None
    explain: bool = False


def ask_occasions(asker: Asker, chosen: Chosen) -> Listing:
    """Greetings and gifts to come, and who is left alone."""
    care = _care(asker, chosen)
    found = _occasions(care)
    told = report.listing(
        "occasions/1",
        mark("Birthdays and holidays"),
        (report.OCCASIONS,),
        report.occasion_rows(found[: chosen.limit], care.config, _names(asker)),
        mark("nobody has a birthday or holiday in these days"),
    )
    records = _by((f"{one.occasion} {one.what}", one.person.contact_id) for one in found)
    return _told(asker, told, care.occasions.warnings, len(found), _explained(chosen, "occasions", records))


def ask_renewals(asker: Asker, chosen: Chosen) -> Listing:
    """Contracts that end with the days on which somebody is to see to them, and how many are renewed."""
    care = _care(asker, chosen)
    found = replace(care.renewals, steps=care.renewals.steps[: chosen.limit])
    told = report.listing(
        found.evidence.definition,
        mark("Renewals"),
        (report.RATES, report.RENEWALS),
        report.renewal_rows(found),
        mark("no contract ends in these days"),
    )
    states = {True: "renewed", False: "not_renewed", None: "unknown"}
    records = _by((states[one.is_renewed], one.id) for one in found.ended)
    return _evident(asker, told, found.evidence, _explained(chosen, "renewals", records))


def ask_churn(asker: Asker, chosen: Chosen) -> Listing:
    """The risk of losing each customer, the highest first, with the reasons, and what nobody knows."""
    found = _care(asker, chosen).churn
    told = report.listing(
        found.evidence.definition,
        mark("Whom we may lose"),
        (report.LEVELS_SECTION, report.CHURN),
        report.churn_rows(found, chosen.limit),
        mark("no customer is there to lose"),
    )
    records = {name: list[str]() for name in REASONS} | _by(
        (reason.name, id_)
        for one in found.customers
        for reason in one.reasons
        if reason.points
        for id_ in (one.customer.id, *reason.records)
    )
    return _evident(asker, told, found.evidence, _explained(chosen, "churn", records))


def ask_gaps(asker: Asker, chosen: Chosen) -> Listing:
    """Customers with whom nobody was in touch for longer than their policy says, the longest first."""
    found = _care(asker, chosen).gaps
    told = report.listing(
        found.evidence.definition,
        mark("Nobody was in touch"),
        (report.FIGURES, report.GAPS),
        report.gap_rows(found, chosen.limit),
        mark("somebody was in touch with every customer in time"),
    )
    records = {"gaps": [one.customer.id for one in found.gaps], "untold": list(found.untold)}
    return _evident(asker, told, found.evidence, _explained(chosen, "gaps", records))


def ask_offers(asker: Asker, chosen: Chosen) -> Listing:
    """What is proposed to whom, and how many customers buy again or come by a recommendation."""
    care = _care(asker, chosen)
    found, counted = _offers(care), care.repeat
    told = report.listing(
        counted.evidence.definition,
        mark("Offers, repeat purchases, recommendations"),
        (report.FIGURES, report.OFFERS),
        [*report.repeat_rows(counted), *report.offer_rows(found[: chosen.limit])],
        mark("nothing is to be offered now"),
    )
    warned = replace(counted.evidence, warnings=care.offers.warnings)
    records = {"repeat": list(counted.repeaters), "referral": list(counted.referrals.records)}
    return _evident(asker, told, warned, _explained(chosen, "offers", records))


def ask_care(asker: Asker, chosen: Chosen) -> Listing:
    """What is to be done for customers by the end of the next workday, and the figures of all views."""
    care = _care(asker, replace(chosen, least="high"))
    due = [one for one in _occasions(care) if one.state in {"due", "made"}]
    steps = [one for one in care.renewals.steps if one.state in {"due", "made"}]
    offers = [one for one in _offers(care) if one.held is None]
    rows: list[Mapping[str, object]] = [
        *report.occasion_rows(due[: chosen.limit], care.config, _names(asker)),
        *(report.step_row(one) for one in steps[: chosen.limit]),
        *report.offer_rows(offers[: chosen.limit]),
        *(report.churn_row(one) for one in care.churn.customers[: chosen.limit]),
        *report.gap_rows(care.gaps, chosen.limit),
        *report.repeat_rows(care.repeat),
        *report.rate_rows(care.renewals),
    ]
    sections = (report.FIGURES, report.OCCASIONS, report.RENEWALS, report.OFFERS, report.CHURN, report.GAPS)
    told = report.listing("care/1", mark("Customer care"), sections, rows, mark("nothing is to be done now"))
    reports = (care.renewals, care.churn, care.gaps)
    notes = (
        *care.occasions.warnings,
        *(note for one in reports for note in one.evidence.warnings),
        *care.offers.warnings,
    )
    return _told(asker, told, cells.once(notes), len(rows), _explained(chosen, "care", {}))


VIEWS: Mapping[str, Callable[[Asker, Chosen], Listing]] = {
    "care": ask_care,
    "occasions": ask_occasions,
    "renewals": ask_renewals,
    "churn": ask_churn,
    "gaps": ask_gaps,
    "offers": ask_offers,
}
"""The views by name."""


def _care(asker: Asker, chosen: Chosen) -> Care:
    period = None if chosen.period is None else asker.period(chosen.period, "quarter")
    return Care(
        asker,
        currency=chosen.currency,
        owner=chosen.owner,
        viewer=chosen.viewer,
        period=period,
        least=chosen.least,
    )


def _occasions(care: Care) -> list[Occasion]:
    return [one for one in care.occasions.occasions if care.is_theirs(one.to or one.person.owner_id)]


def _offers(care: Care) -> list[Proposal]:
    return [one for one in care.offers.proposals if care.is_theirs(one.owner_id)]


def _names(asker: Asker) -> dict[str, str]:
    """What people call the users, by id."""
    known = people(World(asker.facts, asker.pipelines, cut=asker.as_of))
    return {id_: one.shown for id_, one in known.items()}


def _by(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for key, record in pairs:
        found.setdefault(key, []).append(record)
    return {key: sorted(set(ids)) for key, ids in sorted(found.items())}


def _explained(chosen: Chosen, view: str, records: Mapping[str, list[str]]) -> dict[str, object] | None:
    if not chosen.explain:
        return None
    return {"definition": dict(_definitions(view)), "records": dict(records)}


def _definitions(view: str) -> Iterator[tuple[str, str]]:
    for name, text in _DEFINITION.items():
        if view == "care" or name in _VIEWS[view]:
            yield name, text


def _evident(asker: Asker, told: Listing, evidence: Evidence, explain: Mapping[str, object] | None) -> Listing:
    window = {"zone": evidence.zone, **({} if evidence.window is None else {"period": str(evidence.window)})}
    placed = replace(told, as_of=evidence.as_of, window=window, warnings=evidence.warnings, explain=explain)
    return placed.in_zone(asker.facts.zone)


def _told(asker: Asker, told: Listing, notes: Iterable[Note], n: int, explain: Mapping[str, object] | None) -> Listing:
    return _evident(
        asker,
        told,
        Evidence(told.definition, n, asker.as_of, zone=str(asker.facts.zone), warnings=tuple(notes)),
        explain,
    )


_DEFINITION = {
    "greeting": "on the day itself, in the zone of the person, outside of the quiet hours; one a person, occasion and"
    " year",
    "gift": "so many business days before the occasion, to whom the policy gives one",
    "left_out": "who does not want it, who left the company; with a complaint open the manager decides",
    "renewal": "so many days before the end of a contract, on the last workday until then",
    "renewal_rate": "renewed / all contracts that end in the period, by count and by what they were worth; where no "
    "source tells whether it was renewed, a contract is left out",
    "risk": "the sum of the points of all reasons that hold, 100 at most; high and medium by care.toml",
    "unknown": "a reason of which no source tells whether it holds: it has no points, and is no 'no'",
    "gap": "since anybody was last in touch with the customer, against the touch of its policy in service.toml",
    "offer": "the first offer of care.toml that fits state, tags, last score and last delivery of a customer; one "
    "at a time",
    "repeat_rate": "customers that bought in the window, and on an earlier day too / customers that bought in it",
    "referral_share": "deals begun in the window whose channel or source (else that of their lead) is a recommendation "
    "/ deals of which it is known",
    "referral_won": "won / decided of the deals that came by a recommendation",
}
_VIEWS = {
    "occasions": ("greeting", "gift", "left_out"),
    "renewals": ("renewal", "renewal_rate"),
    "churn": ("risk", "unknown"),
    "gaps": ("gap",),
    "offers": ("offer", "repeat_rate", "referral_share", "referral_won"),
}
"""Which definitions belong to which view; the whole has all."""
