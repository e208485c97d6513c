"""First responses: by which rules, what is asked, and the answer. Nothing computes."""

from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from functools import cache
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from crmbridge.model.calendar import Calendar
from crmbridge.model.calendar.intervals import Interval, WrittenInterval
from crmbridge.services.defaults import overlaid, shipped
from crmbridge.services.quality_supply import Unfilled
from crmbridge.services.results import Evidence, Period, Rate
from crmbridge.services.scores_document import ScoresConfig
from crmbridge.services.scores_document import built_in as built_in_scores

Status = Literal["met", "breached", "pending", "closed", "unknown", "unavailable"]
"""What became of a first response.

`breached`: too late, or not yet there and late already. `closed`: the lead was decided before anybody answered.
`unknown`: its moments are not known well enough. `unavailable`: its source tells of no answers at all.
"""
STATUSES: tuple[Status, ...] = ("met", "breached", "pending", "closed", "unknown", "unavailable")
AnswerType = Literal["call", "email", "meeting", "visit", "im", "sms", "note", "form"]
_SHIPPED = "default_response.toml"


class ResponseConfig(BaseModel):
    """The whole document: `response.toml`, over `default_response.toml` beside this file."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    format: Literal[1] = 1
    start: Literal["later", "created", "assigned"]
    restart: bool
    within: WrittenInterval
    tier: Literal["scores", "record"]
    types: Annotated[tuple[AnswerType, ...], Field(min_length=1)]
    undirected: bool
    field: bool
    window_days: Annotated[int, Field(ge=1)]


def load_response(text: str, *, file: str = "response.toml") -> ResponseConfig:
    """A company's document over the shipped one; ConfigErrors naming every problem with file, line, nearest choice."""
    return overlaid(ResponseConfig, _SHIPPED, text, file=file)


@cache
def built_in() -> ResponseConfig:
    """What is shipped."""
    return shipped(ResponseConfig, _SHIPPED)


@dataclass(frozen=True, slots=True)
class ResponseRequest:
    """As of when, by which rules, over which days the clock started, and which of the waiting leads are told.

    `calendar` is that of the company, for owners without one of their own. `limit`: the first ones (None: all).
    `unfilled` is what mappings say that they cannot fill. A `viewer` sees what waits for the own and for those below.
    """

    as_of: datetime
    calendar: Calendar
    config: ResponseConfig = field(default_factory=built_in)
    scores: ScoresConfig = field(default_factory=built_in_scores)
    period: Period | None = None
    owner: str | None = None
    limit: int | None = None
    unfilled: Unfilled = field(default_factory=dict)
    viewer: str | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A lead that nobody has answered yet. `left_minutes` of working time are negative when it is late.

    `within` is how long it may wait, `due_at` when that is over, `age_minutes` the working time since its creation.
    """

    id: str
    subject: str
    name: str | None
    owner_id: str | None
    owner: str | None
    tier: str | None
    status: Status
    started_at: datetime
    due_at: datetime
    within: Interval
    left_minutes: Fraction
    age_minutes: Fraction


@dataclass(frozen=True, slots=True)
class Answered:
    """The leads of one owner, or all: how many of each status, the rate met / (met + breached), and how long it took.

    `late` are those among the breached that still wait; `median_minutes` of working time until the answer.
    """

    owner_id: str | None
    owner: str | None
    leads: int
    counts: dict[Status, int]
    late: int
    rate: Rate
    median_minutes: float | None
    median_hours: float | None


@dataclass(frozen=True, slots=True)
class ClockStarted:
    """A lead whose clock runs, to be remembered: a later assignment shall not start it anew."""

    id: str
    owner_id: str | None
    started_at: datetime


@dataclass(frozen=True, slots=True)
class ResponseReport:
    """The whole answer; `waiting` leads with the least time left first, `owners` those with the lowest rate first."""

    request: ResponseRequest
    period: Period
    whole: Answered
    owners: tuple[Answered, ...]
    waiting: tuple[Waiting, ...]
    started: tuple[ClockStarted, ...]
    evidence: Evidence
