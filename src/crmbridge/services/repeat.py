"""Repeat purchases (二次销售) and recommendations (口碑): who buys again, and which deals came by a referral."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta

from crmbridge.facts.store import Facts
from crmbridge.model.instants import business_date
from crmbridge.model.pipeline import Pipeline
from crmbridge.services.care_document import CareConfig
from crmbridge.services.customers import source_of, write_purchases
from crmbridge.services.customers_report import CustomersReport
from crmbridge.services.results import Amount, Evidence, Period, Rate
from crmbridge.services.world import World

DEFINITION = "repeat/1"
CHANNEL = "referral"


@dataclass(frozen=True, slots=True)
class ReferralDeals:
    """The deals of the window that came by a recommendation, under the channel `referral`.

    `share` is of those with a known channel or source, `won` of the decided; `amounts` of the won, by currency.
    """

    share: Rate
    won: Rate
    unknown: int
    amounts: tuple[Amount, ...]
    records: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RepeatReport:
    """`rate`: of the customers that bought in the window, those that had bought on an earlier day too."""

    period: Period
    rate: Rate
    repeaters: tuple[str, ...]
    referrals: ReferralDeals
    evidence: Evidence


def repeat(
    facts: Facts,
    pipelines: Sequence[Pipeline],
    report: CustomersReport,
    config: CareConfig,
    *,
    owners: Collection[str] | None = None,
) -> RepeatReport:
    """Repeat purchases and recommendations of the window, at the moment of a report on customers, of some owners."""
    as_of = report.request.as_of
    world = World(facts, pipelines, cut=as_of)
    tomorrow = business_date(as_of, facts.zone) + timedelta(days=1)
    period = Period(tomorrow - timedelta(days=config.repeat.window_days), tomorrow)
    world.parameters |= {
        "only_currency": None,
        "owners": None if owners is None else sorted(owners),
        "start": period.start,
        "end": period.end,
        "referral_channels": [one.strip().casefold() for one in (CHANNEL, *config.repeat.referral_channels)],
    }
    write_purchases(world, source_of(world, report.config))
    buyers = world.tuples("care_repeat")
    repeaters = tuple(id_ for id_, has_before in buyers if has_before)
    return RepeatReport(
        period,
        Rate.of(len(repeaters), len(buyers)),
        repeaters,
        _referrals(world),
        Evidence(DEFINITION, len(buyers), as_of, window=period, cut=as_of, zone=str(facts.zone)),
    )


def _referrals(world: World) -> ReferralDeals:
    rows = world.rows("care_referrals")
    told = [row for row in rows if row["is_told"]]
    mine = [row for row in told if row["is_referral"]]
    won = [row for row in mine if row["state"] == "won"]
    decided = [row for row in mine if row["state"] in {"won", "lost"}]
    amounts = []
    for currency in sorted({row["currency"] for row in won if row["e4"] is not None}):
        known = [int(row["e4"]) for row in won if row["e4"] is not None and row["currency"] == currency]
        amounts.append(Amount(sum(known), currency, len(known)))
    return ReferralDeals(
        Rate.of(len(mine), len(told)),
        Rate.of(len(won), len(decided)),
        len(rows) - len(told),
        tuple(amounts),
        tuple(row["id"] for row in mine),
    )
