"""Small statistics, each written out once: intervals of rates, differences of rates, pooled steps, quantiles.

Counts come in as ints and stay exact; only square roots and quantiles are floats. Sources: Wilson 1927 as in Brown, Cai
and DasGupta 2001; Newcombe 1998, method 10; the pool-adjacent-violators algorithm.
"""

from collections.abc import Sequence
from fractions import Fraction
from math import floor, sqrt
from statistics import NormalDist
from typing import TypeVar

Value = TypeVar("Value", float, Fraction)
"""Values of one kind: floats, or exact."""

Z95 = 1.959963984540054
"""The standard normal quantile of a two-sided 95 % interval."""


def z_of(alpha: float) -> float:
    """The standard normal quantile of a two-sided interval that misses with probability `alpha`."""
    return NormalDist().inv_cdf(1 - alpha / 2)


def ratio(numerator: int | Fraction, denominator: int | Fraction) -> Fraction | None:
    """The exact quotient; None where the denominator is zero, never 0 and never 1."""
    return Fraction(numerator) / Fraction(denominator) if denominator else None


def wilson(successes: int, n: int, z: float = Z95) -> tuple[float, float] | None:
    """The Wilson score interval of `successes` out of `n`; None where n is zero."""
    if not n:
        return None
    if not 0 <= successes <= n:
        raise ValueError("successes must lie between 0 and n")
    p = successes / n
    scale = 1 + z * z / n
    centre = (p + z * z / (2 * n)) / scale
    half = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / scale
    low = 0.0 if successes == 0 else max(0.0, centre - half)
    high = 1.0 if successes == n else min(1.0, centre + half)
    return low, high


def net_promoter(
    promoters: int, detractors: int, n: int, z: float = Z95
) -> tuple[Fraction, float, float, float] | None:
    """The net promoter score of `n` answers, exact, with its standard error and interval; None where n is zero."""
    if not n:
        return None
    value = Fraction(100 * (promoters - detractors), n)
    spread = Fraction(promoters + detractors, n) - Fraction(promoters - detractors, n) ** 2
    error = 100 * sqrt(spread) / sqrt(n)
    return value, error, float(value) - z * error, float(value) + z * error


def newcombe(k1: int, n1: int, k2: int, n2: int, z: float = Z95) -> tuple[float, float, float] | None:
    """The difference of two rates, k1/n1 - k2/n2, with its Newcombe interval; None where either n is zero."""
    first, second = wilson(k1, n1, z), wilson(k2, n2, z)
    if first is None or second is None:
        return None
    p1, p2 = k1 / n1, k2 / n2
    (low1, high1), (low2, high2) = first, second
    difference = p1 - p2
    below = sqrt((p1 - low1) ** 2 + (high2 - p2) ** 2)
    above = sqrt((high1 - p1) ** 2 + (p2 - low2) ** 2)
    return difference, difference - below, difference + above


def pava(values: Sequence[Value], weights: Sequence[int]) -> list[Value]:
    """The non-decreasing values nearest to the given ones by weighted least squares; exact values stay exact."""
    blocks: list[tuple[Value, int, int]] = []
    for value, weight in zip(values, weights, strict=True):
        blocks.append((value, weight, 1))
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (b, wb, nb), (a, wa, na) = blocks.pop(), blocks.pop()
            blocks.append(((a * wa + b * wb) / (wa + wb), wa + wb, na + nb))
    return [value for value, _, count in blocks for _ in range(count)]


def quantile(values: Sequence[float | Fraction], q: float | Fraction) -> float | None:
    """The q-quantile with linear interpolation between neighbours; None where there are no values."""
    if not values:
        return None
    ordered = sorted(values)
    place = Fraction(q) * (len(ordered) - 1)
    below = floor(place)
    above = min(below + 1, len(ordered) - 1)
    low, high = Fraction(ordered[below]), Fraction(ordered[above])
    return float(low + (high - low) * (place - below))
