"""Which stage holds the funnel up: by low conversion, or by taking long."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import prod
from typing import Literal

from crmbridge.services.results import Rate

Finding = Literal["insufficient", "confirmed", "candidate", "clear"]
TimeFinding = Literal["insufficient", "bottleneck", "clear"]
SLOWER = 1.5
"""A stage is slow where its median is more than so many times its baseline's."""


@dataclass(frozen=True, slots=True)
class Step:
    """One transition: how many got to the stage, on to the next, and are still undecided in it; and time in stage."""

    stage: str
    reached: int
    reached_next: int
    open_at: int
    left: int = 0
    median_dwell: float | None = None
    sla_days: int | None = None

    @property
    def resolved(self) -> int:
        """The deals whose step is decided."""
        return self.reached - self.open_at

    @property
    def mature(self) -> Rate:
        """Conversion among the deals whose step is decided."""
        return Rate.of(self.reached_next, self.resolved)


@dataclass(frozen=True, slots=True)
class Bottleneck:
    """What the rule says about one transition. `gain` is the expected number of extra wins at the baseline.

    `place` is 1 for the first to look at among the confirmed and the candidates, None for the others.
    """

    stage: str
    mature: Rate
    baseline: Fraction | None
    conversion: Finding
    time: TimeFinding
    gain: Fraction | None
    place: int | None = None


def find(
    steps: Sequence[Step],
    *,
    baselines: Mapping[str, Fraction] | None = None,
    dwell_baselines: Mapping[str, float] | None = None,
    n_min: int = 20,
) -> tuple[Bottleneck, ...]:
    """The finding on every transition, in funnel order. Too few decided deals are `insufficient`, never a finding.

    Without any baseline the lowest mature conversion is the candidate.
    """
    known, slow = baselines or {}, dwell_baselines or {}
    eligible = [s for s in steps if s.resolved >= n_min and s.mature.value is not None]
    lowest = None
    if not any(step.stage in known for step in eligible):
        lowest = min(eligible, key=lambda step: step.mature.value or Fraction(0), default=None)
    found = [
        Bottleneck(
            step.stage,
            step.mature,
            known.get(step.stage),
            _conversion(step, known.get(step.stage), n_min, is_lowest=step is lowest),
            _time(step, slow.get(step.stage), n_min),
            _gain(step, steps[place + 1 :], known.get(step.stage)),
        )
        for place, step in enumerate(steps)
    ]
    return _ranked(found)


def _conversion(step: Step, baseline: Fraction | None, n_min: int, *, is_lowest: bool) -> Finding:
    mature = step.mature
    if step.resolved < n_min or mature.value is None:
        return "insufficient"
    if baseline is None:
        return "candidate" if is_lowest and mature.value < 1 else "clear"
    if mature.high is not None and mature.high < baseline:
        return "confirmed"
    return "candidate" if mature.value < baseline else "clear"


def _time(step: Step, baseline: float | None, n_min: int) -> TimeFinding:
    if step.left < n_min or step.median_dwell is None:
        return "insufficient"
    over_sla = step.sla_days is not None and step.median_dwell > step.sla_days
    slower = baseline is not None and step.median_dwell > SLOWER * baseline
    return "bottleneck" if over_sla or slower else "clear"


def _gain(step: Step, later: Sequence[Step], baseline: Fraction | None) -> Fraction | None:
    """Extra wins if the step converted at its baseline and the later ones as they do."""
    onwards = [after.mature.value for after in later]
    if baseline is None or step.mature.value is None or None in onwards:
        return None
    missing = max(Fraction(0), baseline - step.mature.value)
    return missing * step.resolved * prod((value for value in onwards if value is not None), start=Fraction(1))


def _ranked(found: Sequence[Bottleneck]) -> tuple[Bottleneck, ...]:
    """The findings with their places: confirmed before candidates, then by gain, then in funnel order."""
    named = [item for item in found if item.conversion in {"confirmed", "candidate"}]
    named.sort(key=lambda item: (item.conversion != "confirmed", -(item.gain or 0)))
    places = {item.stage: place for place, item in enumerate(named, start=1)}
    return tuple(
        Bottleneck(b.stage, b.mature, b.baseline, b.conversion, b.time, b.gain, places.get(b.stage)) for b in found
    )
