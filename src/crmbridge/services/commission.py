"""What a plan pays for an actual: bands, cap, bonuses, each line rounded once. Formulas: `services.md` 9."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from crmbridge.model.money import Money, from_e4, to_e4
from crmbridge.services import stats
from crmbridge.services.bonus_rule import Judged, judge
from crmbridge.services.incentive_document import IncentivePlan


@dataclass(frozen=True, slots=True)
class Band:
    """A line of commission: `base` at `rate`, from the attainment `start` on."""

    start: Fraction
    rate: Fraction
    base: Money
    pays: Money


@dataclass(frozen=True, slots=True)
class BonusLine:
    """A bonus and how it came out; `pays` None for what is no money."""

    id: str
    judged: Judged
    pays: Money | None

    @property
    def is_earned(self) -> bool:
        """Whether its rule holds."""
        return self.judged.verdict == "earned"


@dataclass(frozen=True, slots=True)
class Payout:
    """What a person is paid for one period of a plan. `attainment` None: there is no quota, so nothing is paid."""

    actual: Money
    quota: Money | None
    attainment: Fraction | None
    bands: tuple[Band, ...] = ()
    capped: Money | None = None
    bonuses: tuple[BonusLine, ...] = ()

    @property
    def commission(self) -> Money:
        """The bands together, not more than the cap."""
        return self.capped or total([band.pays for band in self.bands], self.actual.currency)

    @property
    def pays(self) -> Money:
        """Commission and the bonuses that were earned."""
        earned = [line.pays for line in self.bonuses if line.is_earned and line.pays is not None]
        return total([self.commission, *earned], self.actual.currency)


def payout(
    plan: IncentivePlan,
    actual: Money,
    quota: Money | None,
    figures: Mapping[str, Fraction | None] | None = None,
) -> Payout:
    """What the plan pays for `actual` against `quota`; `figures` are those that bonuses ask for, by their names."""
    attainment = stats.ratio(Fraction(actual.amount), Fraction(quota.amount)) if quota else None
    if quota is None or attainment is None:
        return Payout(actual, quota, None)
    bands: tuple[Band, ...] = ()
    if attainment >= Fraction(plan.threshold):
        bands = tuple(_marginal(plan, actual, quota) if plan.mode == "marginal" else _whole(plan, actual, attainment))
    paid = total([band.pays for band in bands], actual.currency)
    capped = Money(plan.cap, actual.currency) if plan.cap is not None and paid.amount > plan.cap else None
    known = {"attainment": attainment, **(figures or {})}
    bonuses = tuple(
        BonusLine(
            name,
            judge(bonus.rule, known),
            None if bonus.amount is None else Money(bonus.amount, actual.currency),
        )
        for name, bonus in plan.bonuses.items()
    )
    return Payout(actual, quota, attainment, bands, capped, bonuses)


def _marginal(plan: IncentivePlan, actual: Money, quota: Money) -> list[Band]:
    """Each tier's rate for the money that lies within it."""
    starts = [Fraction(tier.start) * Fraction(quota.amount) for tier in plan.tiers]
    have = Fraction(actual.amount)
    bands = []
    for tier, (low, high) in zip(plan.tiers, pairwise([*starts, None]), strict=True):
        base = min(have, high) - low if high is not None and low is not None else have - (low or 0)
        if base > 0:
            bands.append(_band(tier.start, tier.rate, base, actual.currency))
    return bands


def _whole(plan: IncentivePlan, actual: Money, attainment: Fraction) -> list[Band]:
    """The rate of the highest tier that was reached, for everything."""
    reached = [tier for tier in plan.tiers if attainment >= Fraction(tier.start)]
    if not reached or actual.amount <= 0:
        return []
    return [_band(reached[-1].start, reached[-1].rate, Fraction(actual.amount), actual.currency)]


def _band(start: Decimal, rate: Decimal, base: Fraction, currency: str) -> Band:
    return Band(
        Fraction(start),
        Fraction(rate),
        rounded(base, currency),
        rounded(base * Fraction(rate), currency),
    )


def rounded(value: Fraction, currency: str) -> Money:
    """An exact amount in the decimals of its currency, rounded once."""
    return Money(from_e4(value * 10_000, currency), currency)


def total(parts: Sequence[Money], currency: str) -> Money:
    """The sum of amounts of one currency, in its decimals."""
    return Money(from_e4(sum(to_e4(part.amount) for part in parts), currency), currency)
