"""How qualified a deal is: the weighted mean of the criteria that are known, and how much is known at all."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from crmbridge.model.errors import ConfigError

TOP_SCORE = 3
"""0 no, 1 weak or unverified, 2 confirmed by one person, 3 confirmed in writing or by the decision maker."""

DEFAULT_WEIGHTS: Mapping[str, Fraction] = {
    "intent": Fraction(30, 100),
    "need_fit": Fraction(30, 100),
    "budget": Fraction(20, 100),
    "decision_process": Fraction(20, 100),
}
COVERAGE_NEEDED = Fraction(60, 100)
"""Below this, a qualification opens no gate: knowing nothing must not beat knowing the bad news."""


@dataclass(frozen=True, slots=True)
class Qualification:
    """`value` 0..100 over the known criteria, None where none is known; `coverage` 0..1 is the share known."""

    value: Fraction | None
    coverage: Fraction

    @property
    def counts(self) -> bool:
        """Whether enough is known for the value to open a gate or to earn a tier."""
        return self.value is not None and self.coverage >= COVERAGE_NEEDED


def qualify(scores: Mapping[str, int | None], weights: Mapping[str, Fraction] = DEFAULT_WEIGHTS) -> Qualification:
    """The qualification of a deal from its criteria, each 0..3 or None for unknown.

    ConfigError for a score outside 0..3 or weights that are not positive.
    """
    if not weights or min(weights.values()) < 0 or not sum(weights.values()):
        raise ConfigError("the weights of a qualification must be positive")
    known = {name: score for name in weights if (score := scores.get(name)) is not None}
    for name, score in known.items():
        if not 0 <= score <= TOP_SCORE:
            raise ConfigError("{name} is {score}, but a criterion goes from 0 to 3", name=name, score=score)
    weight = sum((weights[name] for name in known), start=Fraction(0))
    coverage = weight / sum(weights.values())
    if not weight:
        return Qualification(None, coverage)
    return Qualification(100 * sum(weights[n] * score for n, score in known.items()) / (TOP_SCORE * weight), coverage)
