"""What a forecast is asked for and what it answers with. Plain frozen values; nothing here computes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from functools import cache
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from crmbridge.services.defaults import overlaid, shipped
from crmbridge.services.results import Amount, Evidence, MoneyRate, Period, Rate, Unavailable

Source = Literal["history", "stage", "vendor"]
Figure = Literal["weighted", "commit", "best_case", "total", "closed"]
FIGURES: tuple[Figure, ...] = get_args(Figure)
"""What a forecast says a period will come to; `weighted` is what is closed and the weighted rest."""

CoverageVerdict = Literal["met", "enough", "short"]
_SHIPPED = "default_forecast.toml"


class ForecastConfig(BaseModel):
    """How a forecast is made: `forecast.toml`, over `default_forecast.toml` beside this file."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    format: Literal[1] = 1
    probability: Annotated[tuple[Source, ...], Field(min_length=1)]
    training_days: Annotated[int, Field(ge=1)]
    pseudo_deals: Annotated[int, Field(ge=0)]
    past_due: Literal["exclude", "include"]
    accuracy_of: Figure
    accuracy_days: Annotated[int, Field(ge=0)]


def load_forecast(text: str, *, file: str = "forecast.toml") -> ForecastConfig:
    """A company's document over the shipped one; ConfigErrors naming every problem with file, line, nearest choice."""
    return overlaid(ForecastConfig, _SHIPPED, text, file=file)


@cache
def built_in() -> ForecastConfig:
    """What is shipped."""
    return shipped(ForecastConfig, _SHIPPED)


@dataclass(frozen=True, slots=True)
class ForecastRequest:
    """Which period, as of when. `target_e4` is what shall be sold in it, in 1/10,000; None where nobody set any.

    `expected_e4` is what the plan of that target expects up to the day of `as_of`.

    `currency` keeps only the deals with amounts in it (and those without one), `pipeline` only one pipeline's, `owners`
    only those of these users; what history tells of chances is everybody's.
    """

    as_of: datetime
    period: Period
    target_e4: int | None = None
    expected_e4: int | None = None
    by: str | None = None
    pipeline: str | None = None
    currency: str | None = None
    calendar: str | None = None
    owners: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Chance:
    """How likely a deal in an open stage is won. `value` is what the forecast uses, None where nothing tells it.

    `history` are the deals decided in the training window that reached the stage; `shrunk` is drawn towards `default`,
    the stage's own probability; `monotone` has been made not to fall along the pipeline.
    """

    pipeline: str
    stage: str
    names: Mapping[str, str]
    rank: int
    history: Rate
    default: Fraction | None
    shrunk: Fraction | None
    monotone: Fraction | None


@dataclass(frozen=True, slots=True)
class ForecastRow:
    """The forecast of one slice, or of the whole. `commit`, `best_case` and `total` each contain what is before them.

    The figures count deals with an amount whose stage is mapped and whose closing date lies in the period. All others
    that are open are in one of the rows beside: `past_due` (and `past_due_before`, from earlier periods), `unmapped`,
    `without_amount`, `on_hold` (past the period), `omitted`, `undated` (no closing date), `elsewhere` (later periods).
    `weighted_e4` sums amount x chance, exact; `unweighted` deals have no known chance and are not in it.
    """

    key: str | None
    label: str
    closed: Amount
    commit: Amount
    best_case: Amount
    total: Amount
    open_mapped: Amount
    weighted_e4: Fraction
    weighted_by_vendor_e4: Fraction | None
    unweighted: int
    past_due: Amount
    past_due_before: Amount
    unmapped: Amount
    without_amount: int
    on_hold: Amount
    omitted: Amount
    undated: Amount
    elsewhere: Amount
    is_whole: bool = False


@dataclass(frozen=True, slots=True)
class Coverage:
    """Whether the open pipeline is enough for what is left of the target. `verdict` None: no win rate to judge by.

    `value` is open pipeline / remaining, `required` 1 / win rate by value, `expected_e4` open pipeline x win rate,
    `shortfall_e4` what the weighted pipeline leaves open.
    """

    target_e4: int
    remaining_e4: int
    value: Fraction | None
    required: Fraction | None
    expected_e4: Fraction | None
    shortfall_e4: Fraction
    verdict: CoverageVerdict | None


@dataclass(frozen=True, slots=True)
class Landings:
    """Where the period may end, in 1/10,000: always shown together."""

    closed_e4: Fraction
    weighted_e4: Fraction
    commit_e4: Fraction
    linear_e4: Fraction | Unavailable
    planned_e4: Fraction | Unavailable


@dataclass(frozen=True, slots=True)
class ForecastReport:
    """The whole answer."""

    request: ForecastRequest
    config: ForecastConfig
    currency: str
    whole: ForecastRow
    slices: tuple[ForecastRow, ...]
    chances: tuple[Chance, ...]
    win_rate_value: MoneyRate
    coverage: Coverage | Unavailable
    landings: Landings
    evidence: Evidence

    @property
    def rows(self) -> tuple[ForecastRow, ...]:
        """The whole first, then the slices."""
        return self.whole, *self.slices
