"""Which segments win more, or less, than the others, as far as their numbers allow to say."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from crmbridge.model.errors import ConfigError
from crmbridge.services import stats
from crmbridge.services.results import Amount, Rate

Verdict = Literal["insufficient", "winner", "laggard", "leading", "trailing", "no clear difference"]
LEAST_N_MIN = 10
NOTABLE = Fraction(5, 100)
"""A difference of five points is worth naming even where chance could explain it."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment's resolved deals and what was spent on it, where that is known. `label` is what people read."""

    key: str
    won: int
    resolved: int
    spend: Amount | None = None
    label: str = ""


@dataclass(frozen=True, slots=True)
class SegmentVerdict:
    """A segment against all others pooled. The interval is Newcombe's, widened for the number of segments judged."""

    key: str
    rate: Rate
    rest: Rate
    difference: float | None
    low: float | None
    high: float | None
    verdict: Verdict
    cost_per_won_e4: Fraction | None = None
    currency: str | None = None
    shift_investment: bool = False
    label: str = ""


def check_n_min(n_min: int) -> int:
    """The smallest sample of a verdict: 20 unless configured, and never below 10."""
    if n_min < LEAST_N_MIN:
        raise ConfigError("n_min is {n_min}, but a verdict needs at least {least}", n_min=n_min, least=LEAST_N_MIN)
    return n_min


def judge(segments: Sequence[Segment], *, n_min: int = 20) -> tuple[SegmentVerdict, ...]:
    """The verdict on every segment, in the order given.

    More money for a segment is proposed only for a winner that does not cost more per won deal than the others.
    """
    check_n_min(n_min)
    won, resolved = sum(s.won for s in segments), sum(s.resolved for s in segments)
    eligible = [s for s in segments if s.resolved >= n_min and resolved - s.resolved >= n_min]
    z = stats.z_of(0.05 / len(eligible)) if eligible else stats.Z95
    return tuple(
        _judge(segment, Rate.of(won - segment.won, resolved - segment.resolved), segments, n_min, z)
        for segment in segments
    )


def _judge(segment: Segment, rest: Rate, segments: Sequence[Segment], n_min: int, z: float) -> SegmentVerdict:
    rate = Rate.of(segment.won, segment.resolved)
    cost = _cost([segment])
    currency = segment.spend.currency if segment.spend else None
    if min(rate.n, rest.n) < n_min or rate.value is None or rest.value is None:
        return SegmentVerdict(
            segment.key, rate, rest, None, None, None, "insufficient", cost, currency, label=segment.label
        )
    interval = stats.newcombe(segment.won, segment.resolved, rest.numerator, rest.denominator, z)
    difference, low, high = interval or (0.0, 0.0, 0.0)
    verdict = _verdict(rate.value - rest.value, low, high)
    rest_cost = _cost([other for other in segments if other.key != segment.key])
    shift = verdict == "winner" and (cost is None or rest_cost is None or cost <= rest_cost)
    return SegmentVerdict(segment.key, rate, rest, difference, low, high, verdict, cost, currency, shift, segment.label)


def _verdict(difference: Fraction, low: float, high: float) -> Verdict:
    if low > 0:
        return "winner"
    if high < 0:
        return "laggard"
    if abs(difference) >= NOTABLE:
        return "leading" if difference > 0 else "trailing"
    return "no clear difference"


def _cost(segments: Sequence[Segment]) -> Fraction | None:
    """Spend per won deal over the segments whose spend is known; None where there is no spend or nothing won."""
    known = [(segment.spend, segment.won) for segment in segments if segment.spend is not None]
    return stats.ratio(sum(spend.e4 for spend, _ in known), sum(won for _, won in known)) if known else None
