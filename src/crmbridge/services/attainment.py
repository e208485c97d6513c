"""How much of a target was reached, as an exact ratio: `services.md` 8.4."""

from fractions import Fraction
from typing import Literal

Direction = Literal["up", "down"]
"""Whether more or less of something is better."""

DOWN_CAP = Fraction(2)
"""The most that staying below a target counts, and what nothing at all counts as."""


def attained(actual: Fraction | int | None, target: Fraction | int | None, direction: Direction) -> Fraction | None:
    """actual / target, where less is better target / actual up to 2; None where one is unknown or the target is 0."""
    if actual is None or not target:
        return None
    if direction == "up":
        return Fraction(actual) / Fraction(target)
    return DOWN_CAP if not actual else min(DOWN_CAP, Fraction(target) / Fraction(actual))
