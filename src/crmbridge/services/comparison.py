"""Two periods of one figure against each other: the difference, its interval, and what may be said of it.

Formulas: `services.md` 15. A rate is judged by the Newcombe interval of the difference; of amounts and counts only the
difference and its share are told, for nobody knows their spread.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from crmbridge.services import stats
from crmbridge.services.attainment import Direction

Verdict = Literal["improved", "worse", "no_clear_change", "insufficient"]

LEAST = 20
"""So many records are needed on each side, unless another number is asked for."""


@dataclass(frozen=True, slots=True)
class RateChange:
    """`after` minus `before` of a rate with its 95 % interval; None where either side has no records."""

    before: tuple[int, int]
    after: tuple[int, int]
    difference: float | None
    low: float | None
    high: float | None
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Change:
    """`after` minus `before` of an amount or a count, and that as a share of `before`; None where one is unknown."""

    before: Fraction | None
    after: Fraction | None
    difference: Fraction | None
    share: Fraction | None


def rate_change(
    before: tuple[int, int], after: tuple[int, int], *, direction: Direction = "up", least: int = LEAST
) -> RateChange:
    """Compares k of n with k of n; `direction` says whether more of it is better."""
    found = stats.newcombe(*after, *before)
    difference, low, high = found or (None, None, None)
    return RateChange(before, after, difference, low, high, _verdict(before, after, low, high, direction, least))


def change(before: Fraction | None, after: Fraction | None) -> Change:
    """Compares two amounts or counts; a share of nothing is None."""
    if before is None or after is None:
        return Change(before, after, None, None)
    return Change(before, after, after - before, stats.ratio(after - before, before))


def _verdict(  # noqa: PLR0917 - one rule
    before: tuple[int, int],
    after: tuple[int, int],
    low: float | None,
    high: float | None,
    direction: Direction,
    least: int,
) -> Verdict:
    if low is None or high is None or min(before[1], after[1]) < least:
        return "insufficient"
    if low > 0:
        return "improved" if direction == "up" else "worse"
    if high < 0:
        return "worse" if direction == "up" else "improved"
    return "no_clear_change"
