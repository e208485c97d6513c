"""The sheet of one rep for a talk between two: score, pace, the weakest checks, deals to discuss, what was agreed."""

from collections.abc import Iterator
from decimal import Decimal

from crmbridge.app import compliances, scorecards
from crmbridge.app.pack_asking import PackAsked
from crmbridge.app.pack_people import said
from crmbridge.app.pack_trends import parts
from crmbridge.model.notes import Note
from crmbridge.report.i18n import mark
from crmbridge.report.listing import Rate, Word
from crmbridge.report.pack import PackSection
from crmbridge.services.deal_list import ListedDeal
from crmbridge.services.quality_report import Tally

MOST = 3
"""So many checks and deals are talked over."""


def score_section(asked: PackAsked) -> PackSection:
    """The score in the month of the last day, and what each KPI brought to it."""
    period = asked.asker.period_at(asked.day, "month") if asked.period.level == "week" else asked.period
    report = scorecards.measured(asked.asker, period, asked.currency)
    rows: list[dict[str, object]] = []
    for card in report.cards:
        if asked.is_ours(card.person.id):
            rows = parts(card.scored.rows, report.request.measures.kpis)
            rows.append({"what": Word("score"), "period": period.label, "points": card.scored.score})
    none = Note("NO_CARDS", mark("nobody has a figure or a goal in this period"))
    columns = ("what", "period", "target", "actual", "attainment", "n", "points", "why")
    return PackSection("score", columns, rows, () if rows else (none,))


def checks_section(asked: PackAsked) -> PackSection:
    """The three checks that cost the rep most points, with the share of records that pass and what to do."""
    quality, _ = compliances.scores(asked.asker)
    found = [pair for score in quality.scores if asked.is_ours(score.key) for pair in score.worst[:MOST]]
    rows = [{"check": said(name), "key": name, "rate": _passing(one), "n": one.failed} for name, one in found]
    none = Note("NO_FAULTS", mark("no record fails a check, or none could be judged"))
    return PackSection("checks", ("check", "rate", "n"), rows, () if rows else (none,))


def _passing(found: Tally) -> Rate:
    return Rate(found.applicable - found.failed, found.applicable, found.applicable)


def discuss_section(asked: PackAsked) -> PackSection:
    """Three deals: those at risk first, then those over the limit of their stage, then the largest open ones."""
    rows: list[dict[str, object]] = []
    for row in _candidates(asked):
        if len(rows) < MOST and all(row["records"] != other["records"] for other in rows):
            rows.append(row)
    none = Note("NONE_OPEN", mark("no deal is open"))
    return PackSection("discuss", ("deal", "amount", "verdict", "why", "response"), rows, () if rows else (none,))


def _candidates(asked: PackAsked) -> Iterator[dict[str, object]]:
    for deal in asked.risk.deals:
        amount = None if deal.amount_e4 is None else asked.money(deal.amount_e4, deal.currency)
        why = asked.named(deal.hits[0].why) if deal.hits else None
        row: dict[str, object] = {"deal": deal.name or deal.id, "amount": amount, "verdict": deal.band, "why": why}
        yield row | {"response": deal.response, "records": [deal.id]}
    names = asked.deals(one.record_id for one in asked.standing)
    for one in asked.standing:
        if one.is_stalled:
            days: dict[str, object] = {"days": int(one.sla_age or 0), "limit": one.sla_days}
            yield _told(names[one.record_id], Note("OVER_LIMIT", mark("{days} days in its stage, of {limit}"), days))
    for named in sorted(names.values(), key=_largest):
        yield _told(named, Note("LARGEST", mark("one of the largest open deals")))


def _told(deal: ListedDeal, why: Note) -> dict[str, object]:
    return {"deal": deal.name or deal.external_id, "amount": deal.amount, "why": why, "records": [deal.id]}


def _largest(deal: ListedDeal) -> tuple[Decimal, str, str]:
    return -(deal.amount.amount if deal.amount else Decimal(-1)), deal.name or "", deal.id
