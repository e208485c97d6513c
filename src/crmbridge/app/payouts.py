"""Asks what people are paid: the workspace's plans, its file of shares, and the figures that bonuses ask for."""

from collections.abc import Iterator, Mapping
from fractions import Fraction

from crmbridge.app import scorecards
from crmbridge.app.asker import Asker
from crmbridge.app.policies import own_policy
from crmbridge.app.wiring import Wiring
from crmbridge.report.listing import Listing
from crmbridge.report.payouts import payouts_listing
from crmbridge.services import kpi
from crmbridge.services.bonus_rule import SAMPLE
from crmbridge.services.credits import Splits
from crmbridge.services.fiscal import NamedPeriod, fiscal_year_of
from crmbridge.services.incentive_document import IncentivesConfig, built_in, load_incentives
from crmbridge.services.payouts import Figures, PayoutsReport, PayoutsRequest, payouts
from crmbridge.services.scorecards import measured_by_person
from crmbridge.services.splits import splits_of
from crmbridge.services.world import World

FILE = "incentives.toml"


def ask_payouts(asker: Asker, *, viewer: str, period: str | None = None, explain: bool = False) -> Listing:
    """What the viewer may see of the pay of a period, the quarter that runs where none is named."""
    report = paid(asker, viewer, asker.period(period, "quarter"))
    return payouts_listing(report, {"definition": _DEFINITION} if explain else None).in_zone(asker.facts.zone)


def own_document(wiring: Wiring) -> IncentivesConfig:
    """The workspace's `incentives.toml` over the shipped defaults; ConfigErrors naming all that is wrong with it."""
    return own_policy(wiring, FILE, load_incentives, built_in)


def paid(asker: Asker, viewer: str, period: NamedPeriod) -> PayoutsReport:
    """The pay of a period, as `viewer` may see it."""
    config = own_document(asker.wiring)
    request = PayoutsRequest(
        asker.as_of,
        asker.wiring.calendar,
        period,
        viewer,
        config,
        fiscal_year_start=asker.wiring.workspace.config.workspace.fiscal_year_start,
        splits=_splits(asker, config),
        figures=dict(_figures(asker, config, period)),
    )
    return payouts(asker.facts, asker.pipelines, request)


def _splits(asker: Asker, config: IncentivesConfig) -> Splits:
    file = asker.wiring.workspace.folder / config.splits
    if not file.exists():
        return {}
    world = World(asker.facts, asker.pipelines, cut=asker.as_of, calendar=asker.wiring.calendar.id)
    return splits_of(world, file.read_text(encoding="utf-8-sig"), file=config.splits)


def _figures(asker: Asker, config: IncentivesConfig, asked: NamedPeriod) -> Iterator[tuple[tuple[str, str], Figures]]:
    """By user and period: the score, and each KPI that a bonus asks for with the number of its records."""
    for level in sorted({plan.period for plan in config.plans.values() if plan.bonuses}):
        year = fiscal_year_of(asked.start, asker.wiring.workspace.config.workspace.fiscal_year_start)
        for period in year.parts(asked, level, calendar=asker.wiring.calendar):
            wanted = {
                one.figure.removesuffix(SAMPLE)
                for plan in config.plans.values()
                if plan.period == level
                for bonus in plan.bonuses.values()
                for one in bonus.rule
            }
            for user, figures in _measured(asker, period, wanted).items():
                yield (user, period.label), figures


def _measured(asker: Asker, period: NamedPeriod, wanted: set[str]) -> Mapping[str, Figures]:
    request = scorecards.request_of(asker, period)
    known = kpi.registry(asker.own)
    found: dict[str, dict[str, Fraction | None]] = {}
    if "scorecard" in wanted:
        for card in scorecards.measured(asker, period).cards:
            found.setdefault(card.person.id, {})["scorecard"] = card.scored.score
    chosen = [known[name] for name in sorted(wanted & known.keys())]
    for (user, name), given in measured_by_person(asker.facts, asker.pipelines, chosen, request).items():
        if name in wanted:
            found.setdefault(user, {}).update({name: given.value, name + SAMPLE: Fraction(given.n)})
    return found


_DEFINITION = {
    "actual": "what the event of the plan earned in the period (won deals, orders, or payments), shared as the file of "
    "shares says, less what was given back of it",
    "attainment": "actual / quota",
    "commission": "marginal: each tier's rate for the money within it; whole: the rate of the highest tier for all of "
    "it; each line rounded once; not more than the cap",
    "taken_back": "what an earlier period paid before the refund was known, less what it pays since: posted once",
    "bonus": "paid where all comparisons of its rule hold; too few records are told as insufficient",
    "viewer": "a rep sees the own pay, a manager that of everybody below, finance all",
}
