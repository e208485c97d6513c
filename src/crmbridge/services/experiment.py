"""Experiments: who is in which arm, how many it takes, and no verdict before its time. Formulas: `services.md` 15."""

from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from math import ceil, sqrt
from statistics import NormalDist
from typing import Literal

from crmbridge.services.attainment import Direction
from crmbridge.services.comparison import RateChange, rate_change

Arm = Literal["control", "treatment"]
_CONTROL = 50
"""Buckets below it are the control arm, those from it on the other."""


def bucket(experiment: str, subject: str) -> int:
    """The bucket of a subject from 0 to 99, the same in every run."""
    return int(sha256(f"{experiment}|{subject}".encode()).hexdigest()[:8], 16) % 100


def arm(experiment: str, subject: str) -> Arm:
    """The arm of a subject."""
    return "control" if bucket(experiment, subject) < _CONTROL else "treatment"


def needed(before: float, after: float, *, alpha: float = 0.05, power: float = 0.8) -> int:
    """How many subjects each arm takes to see the rate go from `before` to `after`; ValueError where they are equal."""
    if before == after:
        raise ValueError("no number of records shows a difference of nothing")
    normal = NormalDist()
    z_alpha, z_beta = normal.inv_cdf(1 - alpha / 2), normal.inv_cdf(power)
    mean = (before + after) / 2
    spread = z_alpha * sqrt(2 * mean * (1 - mean)) + z_beta * sqrt(before * (1 - before) + after * (1 - after))
    return ceil((spread / (before - after)) ** 2)


@dataclass(frozen=True, slots=True)
class Judged:
    """How an experiment stands. `result` is None while it may not be looked at: `waits_for` says what is missing."""

    control: tuple[int, int]
    treatment: tuple[int, int]
    result: RateChange | None
    waits_for: Literal["records", "end"] | None


def judge(
    control: tuple[int, int],
    treatment: tuple[int, int],
    *,
    planned: int,
    end: date,
    today: date,
    direction: Direction = "up",
) -> Judged:
    """The difference of the arms, once each has as many records as planned and the end has come, not before."""
    if min(control[1], treatment[1]) < planned:
        return Judged(control, treatment, None, "records")
    if today < end:
        return Judged(control, treatment, None, "end")
    return Judged(control, treatment, rate_change(control, treatment, direction=direction), None)
