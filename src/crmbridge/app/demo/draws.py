"""Reproducible draws: everything rests on `random()`, the one function whose sequence Python promises to keep."""

import math
import random
from collections.abc import Mapping, Sequence
from typing import TypeVar

Drawn = TypeVar("Drawn")
Row = dict[str, object]
"""A record that was drawn: neutral values by their names."""


class Draws:
    """A seeded source of choices."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - a synthetic company is no secret

    def happens(self, probability: float) -> bool:
        """Whether something of that probability happens."""
        return self._random.random() < probability

    def below(self, bound: int) -> int:
        """A whole number from 0 up to, not including, the bound."""
        return int(self._random.random() * bound)

    def between(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return low + self.below(high - low + 1)

    def one(self, choices: Sequence[Drawn]) -> Drawn:
        """One of them, all alike."""
        return choices[self.below(len(choices))]

    def weighted(self, weights: Mapping[Drawn, float]) -> Drawn:
        """One of them, by weight."""
        left = self._random.random() * sum(weights.values())
        choices = list(weights)
        for choice in choices:
            left -= weights[choice]
            if left < 0:
                return choice
        return choices[-1]

    def days(self, median: float) -> int:
        """A dwell time: few long ones, most near the median; at least a day."""
        normal = math.sqrt(-2 * math.log(1 - self._random.random())) * math.cos(2 * math.pi * self._random.random())
        return max(1, round(median * math.exp(0.7 * normal)))
