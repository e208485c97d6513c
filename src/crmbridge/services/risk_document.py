"""What makes a deal risky and what follows from it: `risk.toml`, over `default_risk.toml` beside this file."""

from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from itertools import pairwise
from typing import Annotated, Literal, Self, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from crmbridge.services.defaults import overlaid, shipped

Band = Literal["high", "medium", "low"]
BANDS: tuple[Band, ...] = get_args(Band)
"""How bad a risk is, the worst first."""
Response = Literal["avoid", "transfer", "mitigate", "accept"]
RESPONSES: tuple[Response, ...] = get_args(Response)
SIGNALS = (
    "stalled",
    "no_next_step",
    "close_date_past",
    "pushed",
    "no_activity",
    "amount_cut",
    "regressed",
    "single_threaded",
    "no_decision_maker",
    "quote_expired",
)
"""The signals of a deal, in the order in which they are told."""

Count = Annotated[int, Field(ge=0)]
_SHIPPED = "default_risk.toml"


def _rising(values: tuple[int, ...]) -> tuple[int, ...]:
    if any(low >= high for low, high in pairwise(values)):
        raise ValueError("each number is larger than the one before it")
    return values


Two = Annotated[tuple[Count, Count], AfterValidator(_rising)]
Four = Annotated[tuple[Count, Count, Count, Count], AfterValidator(_rising)]
Share = Annotated[Decimal, Field(ge=0, le=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Stalled(_Strict):
    """`over`: times the time limit of the stage."""

    over: Two
    points: tuple[Count, Count]


class Ranked(_Strict):
    """A signal of deals from a stage on (1 is the first)."""

    from_rank: Count
    points: Count


class Plain(_Strict):
    """A signal without a threshold."""

    points: Count


class Pushed(_Strict):
    """`times` the date was moved later; moves within `together_hours` of the first of a group count once."""

    times: Two
    together_hours: Count
    points: tuple[Count, Count]


class Within(_Strict):
    """A signal that looks back so many days."""

    days: Annotated[int, Field(ge=1)]
    points: Count


class AmountCut(Within):
    """`percent`: at most so much is left of the largest amount within the days."""

    percent: Annotated[int, Field(ge=0, le=100)]


class SingleThreaded(Within):
    """Large deals with so few contacts that had a part in something within the days."""

    from_amount: Annotated[Decimal, Field(ge=0)]
    contacts: Count


class Signals(_Strict):
    """Every signal of a deal."""

    stalled: Stalled
    no_next_step: Ranked
    close_date_past: Plain
    pushed: Pushed
    no_activity: Within
    amount_cut: AmountCut
    regressed: Within
    single_threaded: SingleThreaded
    no_decision_maker: Ranked
    quote_expired: Ranked


class Propose(_Strict):
    """The response that is proposed, by band."""

    high: Response
    medium: Response
    low: Response


class Register(_Strict):
    """When items open and close themselves."""

    automatic: bool
    from_: Annotated[Band, Field(alias="from")]
    reopen_days: Count
    review_days: Count
    low_scores_days: Count
    csat_at_most: Count
    nps_at_most: Count


class RiskConfig(_Strict):
    """The whole document."""

    format: Literal[1] = 1
    rule_set: Annotated[str, Field(min_length=1)]
    levels: Four
    impact_percent: Four
    medium_from: Count
    high_from: Count
    loss_rates: tuple[Share, Share, Share, Share, Share]
    calibrate_from: Count
    decision_maker: tuple[str, ...]
    signals: Signals
    propose: Propose
    register_: Annotated[Register, Field(alias="register")]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.medium_from > self.high_from:
            raise ValueError("medium_from is not above high_from")
        return self

    def band(self, score: int) -> Band:
        """How bad a score of probability x impact is."""
        return "high" if score >= self.high_from else "medium" if score >= self.medium_from else "low"

    def level(self, points: int) -> int:
        """The probability level of so many points, 1 to 5."""
        return 1 + sum(points >= bound for bound in self.levels)

    @property
    def proposals(self) -> Mapping[Band, Response]:
        """What is proposed, by band."""
        return {"high": self.propose.high, "medium": self.propose.medium, "low": self.propose.low}


def load_risk(text: str, *, file: str = "risk.toml") -> RiskConfig:
    """A company's document over the shipped one; ConfigErrors naming every problem with file, line, nearest choice."""
    return overlaid(RiskConfig, _SHIPPED, text, file=file)


@cache
def built_in() -> RiskConfig:
    """What is shipped."""
    return shipped(RiskConfig, _SHIPPED)
