"""Incentive plans as data: `incentives.toml`, over `default_incentives.toml` beside this file."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from crmbridge.services import bonus_rule
from crmbridge.services.defaults import overlaid, shipped
from crmbridge.services.results import Period

_SHIPPED = "default_incentives.toml"
Event = Literal["won", "invoiced", "payment_received"]
Names = Annotated[Mapping[str, str], Field(min_length=1)]
Money = Annotated[Decimal, Field(ge=0, max_digits=18, decimal_places=4)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Tier(_Strict):
    """From this attainment on (it is the first that counts) this share is paid."""

    start: Annotated[Decimal, Field(ge=0)] = Field(alias="from")
    rate: Annotated[Decimal, Field(ge=0, le=1)]


class Bonus(_Strict):
    """What is earned once where all of `when` holds; a recognition is no money."""

    names: Names
    when: str
    kind: Literal["cash", "recognition"] = "cash"
    amount: Money | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        try:
            bonus_rule.read(self.when)
        except bonus_rule.NoComparison as error:
            raise ValueError(f"{error.part} is no comparison such as scorecard >= 90") from error
        if (self.kind == "cash") != (self.amount is not None):
            raise ValueError("a bonus in cash has an amount, a recognition has none")
        return self

    @property
    def rule(self) -> tuple[bonus_rule.Comparison, ...]:
        """The comparisons that must hold."""
        return bonus_rule.read(self.when)


class Clawback(_Strict):
    """A refund so soon after the credit is taken back: the period of the credit is worked out again."""

    on: Literal["refund"] = "refund"
    within_days: Annotated[int, Field(ge=0)]


class Whom(_Strict):
    """For whom a plan holds; who is named in one of the lists, or everybody where none is given."""

    users: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()

    @property
    def is_particular(self) -> bool:
        """Whether some are named, and not everybody is meant."""
        return bool(self.users or self.roles or self.levels)


class IncentivePlan(_Strict):
    """One plan over the days `from` to `to` (the first not counted), paid period by period.

    `event` is what earns the credit. `quota` is that of one period, `quotas` those of single people; `is_ramped`: a
    newcomer's is smaller by the ramp of the user. `mode` marginal: each tier's rate for the money within it; whole: the
    highest tier that was reached for all of it. Below the attainment `threshold` nothing is paid; `cap` is the most
    that commission comes to in a period, bonuses not counted.
    """

    names: Names
    start: date = Field(alias="from")
    end: date = Field(alias="to")
    period: Literal["month", "quarter", "half", "year"] = "quarter"
    event: Event
    currency: str | None = None
    quota: Money | None = None
    quotas: Mapping[str, Money] = Field(default_factory=dict)
    is_ramped: bool = True
    applies_to: Whom = Whom()
    tiers: Annotated[tuple[Tier, ...], Field(min_length=1)]
    mode: Literal["marginal", "whole"]
    threshold: Annotated[Decimal, Field(ge=0)] = Decimal(0)
    cap: Money | None = None
    bonuses: Mapping[str, Bonus] = Field(default_factory=dict)
    clawback: Clawback | None = None

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        if self.start >= self.end:
            raise ValueError("a plan holds for at least one day: from lies before to")
        if any(low.start >= high.start for low, high in pairwise(self.tiers)):
            raise ValueError("tiers go up: each from is higher than the one before")
        return self

    @property
    def days(self) -> Period:
        """The days for which it holds."""
        return Period(self.start, self.end)


class Recognise(_Strict):
    """A score of so much in so many months running."""

    score: Annotated[Decimal, Field(ge=0)]
    months: Annotated[int, Field(ge=1, le=24)]


class IncentivesConfig(_Strict):
    """The whole document."""

    format: Literal[1] = 1
    finance: tuple[str, ...] = ()
    splits: str
    recognise: Recognise
    coach_below: Annotated[Decimal, Field(ge=0)]
    plans: Mapping[str, IncentivePlan] = Field(default_factory=dict)

    @property
    def recognised_from(self) -> Fraction:
        """The score from which somebody is to be recognised."""
        return Fraction(self.recognise.score)


def load_incentives(text: str, *, file: str = "incentives.toml") -> IncentivesConfig:
    """A company's document over the shipped one; ConfigErrors naming every problem with file, line, nearest choice."""
    return overlaid(IncentivesConfig, _SHIPPED, text, file=file)


@cache
def built_in() -> IncentivesConfig:
    """What is shipped: no plan."""
    return shipped(IncentivesConfig, _SHIPPED)
