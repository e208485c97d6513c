"""How satisfaction is measured and what follows: `satisfaction.toml` over `default_satisfaction.toml` beside it."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from crmbridge.model.calendar.intervals import Interval, WrittenInterval
from crmbridge.services.defaults import overlaid, shipped

_SHIPPED = "default_satisfaction.toml"
_Days = Annotated[int, Field(ge=1, le=3650)]
_Scale = Annotated[int, Field(ge=2, le=100)]
_Words = tuple[Annotated[str, Field(min_length=1)], ...]
Names = Annotated[Mapping[str, str], Field(min_length=1)]


def _in_days(value: Interval) -> Interval:
    if value.unit == "bh":
        raise ValueError("days (7d) or workdays (1bd) are asked for, no hours")
    return value


def _calendar_days(value: Interval) -> Interval:
    if value.unit != "d":
        raise ValueError("calendar days are asked for, such as 30d")
    return value


def _satisfied(value: Mapping[int, int]) -> Mapping[int, int]:
    for scale, least in value.items():
        if not 1 <= least <= scale:
            raise ValueError(f"on a scale from 1 to {scale} nobody gives {least}")
    return value


InDays = Annotated[WrittenInterval, AfterValidator(_in_days)]
CalendarDays = Annotated[WrittenInterval, AfterValidator(_calendar_days)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Csat(_Strict):
    """The scales on which satisfaction is asked, and from which score on somebody is satisfied."""

    scale: _Scale
    satisfied: Annotated[Mapping[_Scale, int], Field(min_length=1), AfterValidator(_satisfied)]


class Ces(_Strict):
    """The scales on which effort is asked."""

    scale: _Scale
    scales: Annotated[tuple[_Scale, ...], Field(min_length=1)]


class Spoken(_Strict):
    """By which words scores are found in what people wrote down of a call."""

    enabled: bool
    csat: _Words
    nps: _Words
    ces: _Words


class CallBack(_Strict):
    """A call so many days after a delivery. One that `asks` counts as a survey: nobody is asked twice too soon."""

    after: InDays
    title: Names
    content: Names | None = None
    asks: bool = False
    enabled: bool = True


class VipCall(_Strict):
    """The call that VIPs get again and again."""

    title: Names
    content: Names | None = None


class ResultWords(_Strict):
    """By which words a line of a result is known, and whether results are logged as activities of the account."""

    log: bool
    feedback: _Words
    next_step: _Words
    content: Names


class CallBacks(_Strict):
    """When who is called after a delivery."""

    enabled: bool
    catch_up_days: _Days
    horizon: InDays
    vip_every: CalendarDays
    steps: Mapping[str, CallBack]
    vip: VipCall
    result: ResultWords


class Recovery(_Strict):
    """What follows a low score."""

    enabled: bool
    within: InDays
    follow_up_after: InDays
    look_back_days: _Days
    title: Names
    follow_up_title: Names
    notice: Names


class SatisfactionConfig(_Strict):
    """The whole document."""

    format: Annotated[int, Field(ge=1, le=1)] = 1
    language: str
    min_n: Annotated[int, Field(ge=1)]
    window_days: _Days
    ask_every_days: _Days
    csat: Csat
    ces: Ces
    spoken: Spoken
    call_backs: CallBacks
    recovery: Recovery

    @property
    def steps(self) -> Iterator[tuple[str, CallBack]]:
        """The steps that are switched on."""
        return ((name, step) for name, step in self.call_backs.steps.items() if step.enabled)


def worded(names: Mapping[str, str], language: str, **values: str) -> str:
    """The text in the language, or the first that there is, with `{name}` filled in."""
    text = names.get(language) or next(iter(names.values()))
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def load_satisfaction(text: str, *, file: str = "satisfaction.toml") -> SatisfactionConfig:
    """A company's document over the shipped one; ConfigErrors naming every problem with file, line, nearest choice."""
    return overlaid(SatisfactionConfig, _SHIPPED, text, file=file)


@cache
def built_in() -> SatisfactionConfig:
    """What is shipped."""
    return shipped(SatisfactionConfig, _SHIPPED)
