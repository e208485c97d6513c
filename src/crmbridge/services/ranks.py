"""Competition ranks: equals share a rank, and the next one is that many places lower (1, 2, 2, 4)."""

from collections.abc import Sequence
from fractions import Fraction


def ranked(values: Sequence[Fraction | None], *, best: str = "up") -> list[int | None]:
    """The rank of each value, None where there is none; `best` "down" where less is better."""
    known = sorted((value for value in values if value is not None), reverse=best == "up")
    first: dict[Fraction, int] = {}
    for place, value in enumerate(known, start=1):
        first.setdefault(value, place)
    return [None if value is None else first[value] for value in values]
