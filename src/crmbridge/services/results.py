"""What every figure of the services is made of: rates, amounts, durations, and the evidence for them.

Everything is frozen and of full precision; rounding belongs to the report. A figure that cannot be given is an
`Unavailable` with its reason, which is neither zero nor empty.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Literal, Self

from crmbridge.model.errors import ConfigError
from crmbridge.model.money import Money, from_e4
from crmbridge.model.notes import Note
from crmbridge.services import stats

DAY_US = 86_400_000_000
"""Microseconds of an elapsed day."""

View = Literal["all", "snapshot", "cohort"]
Known = Literal["now", "then"]


@dataclass(frozen=True, slots=True)
class Period:
    """Business dates from `start` up to, not including, `end`."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.start >= self.end:
            raise ConfigError("the period {start} to {end} holds no day", start=self.start, end=self.end)

    def __str__(self) -> str:
        return f"{self.start.isoformat()}/{self.end.isoformat()}"


@dataclass(frozen=True, slots=True)
class Unavailable:
    """A figure that this source cannot give, and why."""

    reason: Note


@dataclass(frozen=True, slots=True)
class Rate:
    """A share of counted records with its Wilson interval. No value where the denominator is zero."""

    n: int
    numerator: int
    denominator: int
    value: Fraction | None
    low: float | None
    high: float | None

    @classmethod
    def of(cls, numerator: int, denominator: int) -> Self:
        """The rate of `numerator` records among `denominator`."""
        interval = stats.wilson(numerator, denominator)
        low, high = interval or (None, None)
        return cls(denominator, numerator, denominator, stats.ratio(numerator, denominator), low, high)


@dataclass(frozen=True, slots=True)
class Amount:
    """A sum of money over `n` records with a known amount; `unknown` more have none. Exact, in 1/10,000."""

    e4: int
    currency: str
    n: int
    unknown: int = 0

    @property
    def money(self) -> Money | None:
        """The sum in the currency's own decimals, rounded once; None where there are amounts and all are unknown."""
        if not self.n and self.unknown:
            return None
        return Money(from_e4(self.e4, self.currency), self.currency)

    @property
    def mean_e4(self) -> Fraction | None:
        """The mean over the known amounts, exact; None where there is none."""
        return stats.ratio(self.e4, self.n)

    @property
    def mean(self) -> Money | None:
        """The mean over the known amounts, rounded once; None where there is none."""
        mean = self.mean_e4
        return None if mean is None else Money(from_e4(mean, self.currency), self.currency)


@dataclass(frozen=True, slots=True)
class MoneyRate:
    """A share of money. `n` records have a known amount, `unknown` more were left out."""

    n: int
    numerator: Amount
    denominator: Amount
    value: Fraction | None
    unknown: int = 0

    @classmethod
    def of(cls, part: Amount, rest: Amount) -> Self:
        """The share of `part` in `part` and `rest` together."""
        whole = Amount(part.e4 + rest.e4, part.currency, part.n + rest.n, part.unknown + rest.unknown)
        return cls(whole.n, part, whole, stats.ratio(part.e4, whole.e4), whole.unknown)


@dataclass(frozen=True, slots=True)
class Durations:
    """Days over `n` records, exact mean; `unknown` more have no such duration. Quantiles interpolate linearly."""

    n: int
    mean: Fraction | None
    median: float | None
    p90: float | None
    minimum: Fraction | None
    maximum: Fraction | None
    unknown: int = 0


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a figure rests on, so that anybody can ask why and get the rows."""

    definition: str
    n: int
    as_of: datetime
    view: View = "all"
    window: Period | None = None
    known: Known = "now"
    cut: datetime | None = None
    zone: str = "UTC"
    warnings: tuple[Note, ...] = ()


def days(span_us: int | None) -> Fraction | None:
    """Microseconds as exact days; None stays None."""
    return None if span_us is None else Fraction(span_us, DAY_US)


def exact(value: Fraction | Decimal | int | None) -> Fraction | None:
    """A number as an exact ratio; None stays None."""
    return None if value is None else Fraction(value)
