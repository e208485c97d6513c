"""How customers are served, by tier and life cycle: `service.toml`, over `default_service.toml` beside this file."""

from collections.abc import Mapping
from functools import cache
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from crmbridge.model.calendar.intervals import WrittenInterval
from crmbridge.services.customers_report import State
from crmbridge.services.defaults import overlaid, shipped

_SHIPPED = "default_service.toml"
Names = Annotated[Mapping[str, str], Field(min_length=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Touch(_Strict):
    """Something to do with a customer: once `within` some days of its coming there, then `every` so many, or both.

    `since` is what that is counted from: the last touch of any kind, or the last time that this task was done.
    """

    channel: Literal["call", "email", "meeting", "visit", "im", "sms"]
    title: Names
    within: WrittenInterval | None = None
    every: WrittenInterval | None = None
    since: Literal["touch", "task"] = "task"
    content: Names | None = None

    @model_validator(mode="after")
    def _is_due(self) -> Self:
        if self.within is None and self.every is None:
            raise ValueError("a touch is due within some time, every so often, or both")
        if any(one is not None and one.unit == "bh" for one in (self.within, self.every)):
            raise ValueError("a touch is due after days: bd or d")
        return self


class AppliesTo(_Strict):
    """Whose policy it is: VIPs or those who are none, customers in one of the states; both where both are named."""

    vip: bool | None = None
    state: tuple[State, ...] = ()

    def meets(self, state: State, *, is_vip: bool) -> bool:
        """Whether a customer is meant."""
        return (self.vip is None or self.vip == is_vip) and (not self.state or state in self.state)


class ServicePolicy(_Strict):
    """What a customer gets. Gifts and greetings, and how soon somebody answers, are for those services to carry out."""

    names: Names
    enabled: bool = True
    applies_to: AppliesTo
    needs_owner: bool = False
    owner_levels: tuple[str, ...] = ()
    first_response: WrittenInterval | None = None
    escalate_after: WrittenInterval | None = None
    birthday: Literal["gift", "greeting", "none"] = "none"
    touches: Mapping[str, Touch] = Field(default_factory=dict)


class ServiceConfig(_Strict):
    """The whole document. A policy of a customer is the first that it meets."""

    format: Literal[1] = 1
    language: str
    horizon: WrittenInterval
    open_tasks_of_an_owner: Annotated[int, Field(ge=1)]
    policies: Mapping[str, ServicePolicy]

    def met(self, state: State, *, is_vip: bool) -> list[str]:
        """The policies that a customer meets, its own first."""
        return [
            name for name, one in self.policies.items() if one.enabled and one.applies_to.meets(state, is_vip=is_vip)
        ]


def load_service(text: str, *, file: str = "service.toml") -> ServiceConfig:
    """A company's document over the shipped one; ConfigErrors naming every problem with file, line, nearest choice."""
    return overlaid(ServiceConfig, _SHIPPED, text, file=file)


@cache
def built_in() -> ServiceConfig:
    """What is shipped."""
    return shipped(ServiceConfig, _SHIPPED)
