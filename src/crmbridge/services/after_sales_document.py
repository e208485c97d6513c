"""What follows a sale and how soon: `after_sales.toml`, over `default_after_sales.toml` beside this file."""

from collections.abc import Mapping
from functools import cache
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from crmbridge.model.calendar.intervals import WrittenInterval
from crmbridge.model.errors import suggestion
from crmbridge.services.defaults import overlaid, shipped
from crmbridge.services.satisfaction_document import InDays, Names, worded

_SHIPPED = "default_after_sales.toml"
_Days = Annotated[int, Field(ge=1, le=3650)]
Clock = Literal["business", "always"]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DeliveryRules(_Strict):
    """When a customer is told that a delivery comes late."""

    enabled: bool
    within: InDays
    before: InDays
    catch_up_days: _Days
    title: Names


class Target(_Strict):
    """How long tickets of a priority may wait, in the hours of which clock; `names` are the CRM's words for it."""

    names: Annotated[tuple[Annotated[str, Field(min_length=1)], ...], Field(min_length=1)]
    clock: Clock
    first_response: WrittenInterval
    resolution: WrittenInterval


class Measures(_Strict):
    """What people call the two things that are measured."""

    first_response: Names
    resolution: Names


class TicketRules(_Strict):
    """How soon tickets are answered and resolved, by priority, and who hears of a late one."""

    default: str
    escalate: bool
    look_back_days: _Days
    notice: Names
    measures: Measures
    targets: Annotated[Mapping[str, Target], Field(min_length=1)]

    @model_validator(mode="after")
    def _fit(self) -> Self:
        if self.default not in self.targets:
            raise ValueError(
                f"there is no target {self.default} (did you mean {suggestion(self.default, self.targets)}?)"
            )
        known: dict[str, str] = {}
        for name, target in self.targets.items():
            for word in target.names:
                other = known.setdefault(word.strip().casefold(), name)
                if other != name:
                    raise ValueError(f"{word} is named by the targets {other} and {name}")
        return self


class HandOver(_Strict):
    """What whoever delivers is given once a deal is won."""

    enabled: bool
    to: str
    within: InDays
    look_back_days: _Days
    title: Names
    content: Names


class Complaints(_Strict):
    """Who hears of a complaint."""

    enabled: bool
    look_back_days: _Days
    notice: Names


class AfterSalesConfig(_Strict):
    """The whole document."""

    format: Literal[1] = 1
    language: str
    unknown: Names
    window_days: _Days
    deliveries: DeliveryRules
    tickets: TicketRules
    hand_over: HandOver
    complaints: Complaints

    def text(self, names: Mapping[str, str], **values: str | None) -> str:
        """The text in the language of the document, with `{name}` filled in, and what it says for the unknown."""
        unknown = worded(self.unknown, self.language)
        return worded(names, self.language, **{name: value or unknown for name, value in values.items()})


def load_after_sales(text: str, *, file: str = "after_sales.toml") -> AfterSalesConfig:
    """A company's document over the shipped one; ConfigErrors naming every problem with file, line, nearest choice."""
    return overlaid(AfterSalesConfig, _SHIPPED, text, file=file)


@cache
def built_in() -> AfterSalesConfig:
    """What is shipped."""
    return shipped(AfterSalesConfig, _SHIPPED)
