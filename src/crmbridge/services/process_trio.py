"""How the process did against the period before: conversion, speed and satisfaction, each a rate with its verdict.

Speed is a rate too, so that it has an interval: the share of wins that took no longer than the median win of the period
before did.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from crmbridge.facts.store import Facts
from crmbridge.model.pipeline import Pipeline
from crmbridge.services import stats
from crmbridge.services.comparison import RateChange, rate_change
from crmbridge.services.improvement import CompareRequest, rate_counts
from crmbridge.services.results import DAY_US, Period
from crmbridge.services.satisfaction import satisfaction
from crmbridge.services.satisfaction_report import SatisfactionRequest
from crmbridge.services.world import World

CONVERSION = "win_rate"


@dataclass(frozen=True, slots=True)
class Trio:
    """The three. `median_days` of wins before and after; None where nothing was won."""

    conversion: RateChange
    cycle: RateChange
    satisfaction: RateChange
    median_days: tuple[Fraction | None, Fraction | None]


def trio(facts: Facts, pipelines: Sequence[Pipeline], request: CompareRequest) -> Trio:
    """The later period against the earlier one; fewer than `request.least` on a side is insufficient."""
    world = World(facts, pipelines, cut=request.as_of, calendar=request.calendar.id)
    periods = (request.before, request.after)
    before, after = ([us for (us,) in world.tuples("cycles_won", start=one.start, end=one.end)] for one in periods)
    middle = stats.quantile(before, Fraction(1, 2))
    fast = [(sum(us <= middle for us in found) if middle is not None else 0, len(found)) for found in (before, after)]
    return Trio(
        rate_change(*rate_counts(facts, pipelines, request, CONVERSION), least=request.least),
        rate_change(*fast, least=request.least),
        rate_change(*(_satisfied(facts, pipelines, request, one) for one in periods), least=request.least),
        (_median(before), _median(after)),
    )


def _median(found: Sequence[int]) -> Fraction | None:
    middle = stats.quantile(found, Fraction(1, 2))
    return None if middle is None else Fraction(middle) / DAY_US


def _satisfied(facts: Facts, pipelines: Sequence[Pipeline], request: CompareRequest, period: Period) -> tuple[int, int]:
    rate = satisfaction(facts, pipelines, SatisfactionRequest(request.as_of, period=period)).whole.csat.rate
    return rate.numerator, rate.denominator
