"""Splits of a whole number that lose nothing: the parts always sum to the total.

Totals are minor units of a currency (分, cents) or counts; weights are exact. `allocate` is the largest-remainder
(Hamilton) method, `spread` rounds cumulative shares, so that few deals are not all put into the first months.
"""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate, pairwise
from math import lcm

from crmbridge.model.errors import ConfigError

Weight = int | Fraction | Decimal


def allocate(total: int, weights: Sequence[Weight]) -> list[int]:
    """Exact shares floored, the missing units one each to the largest remainders, the earliest first among equals.

    A negative total is the mirror of the positive one. ConfigError for a negative weight or where all are zero.
    """
    whole = _whole(weights)
    if total < 0:
        return [-part for part in allocate(-total, weights)]
    shares = [divmod(total * weight, sum(whole)) for weight in whole]
    parts = [part for part, _ in shares]
    largest = sorted(range(len(shares)), key=lambda place: (-shares[place][1], place))
    for place in largest[: total - sum(parts)]:
        parts[place] += 1
    return parts


def spread(total: int, weights: Sequence[Weight]) -> list[int]:
    """The differences of the cumulative shares, each rounded half away from zero; ConfigError as for `allocate`."""
    whole = _whole(weights)
    if total < 0:
        return [-part for part in spread(-total, weights)]
    rounded = [(2 * total * upto + sum(whole)) // (2 * sum(whole)) for upto in accumulate(whole, initial=0)]
    return [after - before for before, after in pairwise(rounded)]


def _whole(weights: Sequence[Weight]) -> list[int]:
    """The weights over their common denominator."""
    if any(isinstance(weight, Decimal) and not weight.is_finite() for weight in weights):
        raise ConfigError("a weight must be a number")
    exact = [Fraction(weight) for weight in weights]
    if any(weight < 0 for weight in exact):
        raise ConfigError("the weight {weight} is negative", weight=next(str(w) for w in weights if w < 0))
    if not any(exact):
        raise ConfigError("there is nothing to split by: every weight is zero")
    scale = lcm(*(weight.denominator for weight in exact))
    return [int(weight * scale) for weight in exact]
