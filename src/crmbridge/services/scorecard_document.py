"""Scorecards as data: `scorecards.toml`, over `default_scorecards.toml` beside this file."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from crmbridge.services.defaults import overlaid, shipped
from crmbridge.services.incentive_document import Names, Whom

_SHIPPED = "default_scorecards.toml"
_MONTHS = {"month": 1, "quarter": 3, "half": 6, "year": 12}


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Weighed(_Strict):
    """A KPI of a card: how much it counts among the others, and its target `per` so long a time if no goal has one."""

    weight: Annotated[Decimal, Field(gt=0)]
    target: Decimal | None = None
    per: Literal["month", "quarter", "half", "year"] = "month"

    def target_of(self, months: int, *, is_additive: bool) -> Fraction | None:
        """The target of a period of so many months; that of a rate or a mean is the same however long it is."""
        if self.target is None:
            return None
        return Fraction(self.target) * (Fraction(months, _MONTHS[self.per]) if is_additive else 1)


class Card(_Strict):
    """What some people are measured by."""

    names: Names
    applies_to: Whom = Whom()
    kpis: Annotated[Mapping[str, Weighed], Field(min_length=1)]


class ScorecardsConfig(_Strict):
    """The whole document. A person has the first card that names him, else the first that is for everybody."""

    format: Literal[1] = 1
    cap: Annotated[Decimal, Field(gt=0)]
    cards: Annotated[Mapping[str, Card], Field(min_length=1)]

    @model_validator(mode="after")
    def _is_for_somebody(self) -> Self:
        general = [name for name, card in self.cards.items() if not card.applies_to.is_particular]
        if len(general) > 1:
            raise ValueError(f"only one card can be for everybody, not {', '.join(general)}")
        return self


def load_scorecards(text: str, *, file: str = "scorecards.toml") -> ScorecardsConfig:
    """A company's document over the shipped one; ConfigErrors naming every problem with file, line, nearest choice."""
    return overlaid(ScorecardsConfig, _SHIPPED, text, file=file)


@cache
def built_in() -> ScorecardsConfig:
    """What is shipped."""
    return shipped(ScorecardsConfig, _SHIPPED)
