"""When a bonus is earned: comparisons of named figures, all of which must hold. Data of a closed grammar, never code.

scorecard >= 90 and csat >= 0.85 and csat_n >= 10
"""

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal

_ONE = re.compile(r"^([a-z][a-z0-9_]*)\s*(>=|<=|>|<|==)\s*(-?\d+(?:\.\d+)?)$")
_AND = re.compile(r"\s+and\s+")
_HOLDS: Mapping[str, Callable[[Fraction, Fraction], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
    "==": operator.eq,
}
SAMPLE = "_n"
"""What the name of a figure ends with where the number of its records is meant: `csat_n`."""

Verdict = Literal["earned", "missed", "insufficient", "unknown"]


class NoComparison(ValueError):
    """A part of a rule that compares nothing; `part` is what stands there."""

    def __init__(self, part: str) -> None:
        super().__init__(part)
        self.part = part


@dataclass(frozen=True, slots=True)
class Comparison:
    """One figure against a number."""

    figure: str
    sign: str
    limit: Fraction

    @property
    def is_of_sample(self) -> bool:
        """Whether it asks for enough records, and not for a value."""
        return self.figure.endswith(SAMPLE)


@dataclass(frozen=True, slots=True)
class Judged:
    """How a rule came out, and the comparison that decided it; None where it was earned."""

    verdict: Verdict
    by: Comparison | None = None


def read(text: str) -> tuple[Comparison, ...]:
    """The comparisons of a rule; NoComparison where a part is none."""
    found = []
    for part in _AND.split(text.strip()):
        matched = _ONE.match(part.strip())
        if matched is None:
            raise NoComparison(part.strip())
        found.append(Comparison(matched[1], matched[2], Fraction(Decimal(matched[3]))))
    return tuple(found)


def judge(rule: tuple[Comparison, ...], figures: Mapping[str, Fraction | None]) -> Judged:
    """Whether the rule holds. Too few records come before a figure that is unknown or not reached: they explain it."""
    held = [(one, _holds(one, figures.get(one.figure))) for one in rule]
    few = next((one for one, holds in held if one.is_of_sample and holds is not True), None)
    if few is not None:
        return Judged("insufficient", few)
    unknown = next((one for one, holds in held if holds is None), None)
    missed = next((one for one, holds in held if holds is False), None)
    if missed is not None:
        return Judged("missed", missed)
    return Judged("earned") if unknown is None else Judged("unknown", unknown)


def _holds(one: Comparison, value: Fraction | None) -> bool | None:
    return None if value is None else _HOLDS[one.sign](value, one.limit)
