"""The queue of what comes next: by which rules it is put in order, what is asked, and the answer. Nothing computes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from crmbridge.model.calendar import Calendar
from crmbridge.model.notes import Note
from crmbridge.services.cadence_document import CadenceConfig
from crmbridge.services.cadence_report import Greeted
from crmbridge.services.defaults import overlaid, shipped
from crmbridge.services.forecast_report import ForecastConfig
from crmbridge.services.forecast_report import built_in as built_in_forecast
from crmbridge.services.quality_supply import Unfilled
from crmbridge.services.response_report import ResponseConfig
from crmbridge.services.response_report import built_in as built_in_response
from crmbridge.services.results import Amount, Evidence, Rate, Unavailable
from crmbridge.services.scores_document import ScoresConfig
from crmbridge.services.scores_document import built_in as built_in_scores
from crmbridge.services.wants import TaskMade

QueueClass = Literal["waiting", "first_response", "follow_up"]
"""A customer waits for an answer; a lead that nobody answered yet; everything else. In this order."""
CLASSES: tuple[QueueClass, ...] = ("waiting", "first_response", "follow_up")
QueueKind = Literal["lead", "deal", "account", "contact"]
Source = Literal["answer", "first_response", "task", "planned", "next_step", "cadence"]
"""What a row is due by: an unanswered message, a first response, a task or plan of the CRM, a next step, a cadence."""

_SHIPPED = "default_queue.toml"
_Weight = Annotated[Decimal, Field(ge=0, le=1000, max_digits=6, decimal_places=2)]
_Share = Annotated[Decimal, Field(ge=0, le=1, max_digits=4, decimal_places=3)]
_Days = Annotated[int, Field(ge=1, le=3650)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Weights(_Strict):
    """What each part of P counts."""

    urgency: _Weight
    value: _Weight
    tier: _Weight
    stage: _Weight


class Waiting(_Strict):
    """What a customer waits with, and how long that is an open question."""

    types: tuple[Literal["call", "email", "im", "sms", "form", "meeting", "visit"], ...]
    days: _Days


class Records(_Strict):
    """Which open records stand in the queue."""

    without_due: bool


class Workload(_Strict):
    """When somebody has too much to do."""

    times: Annotated[Decimal, Field(gt=0, le=100, max_digits=5, decimal_places=2)]
    least: Annotated[int, Field(ge=0)]


class Results(_Strict):
    """What a result must tell, and how far one looks back."""

    window_days: _Days
    deal_counts: bool


class QueueConfig(_Strict):
    """The whole document: `queue.toml`, over `default_queue.toml` beside this file."""

    format: Literal[1] = 1
    weights: Weights
    urgent_days: Annotated[int, Field(ge=1, le=60)]
    tiers: Mapping[str, _Share]
    waiting: Waiting
    records: Records
    workload: Workload
    results: Results


def load_queue(text: str, *, file: str = "queue.toml") -> QueueConfig:
    """A company's document over the shipped one; ConfigErrors naming every problem with file, line, nearest choice."""
    return overlaid(QueueConfig, _SHIPPED, text, file=file)


@cache
def built_in() -> QueueConfig:
    """What is shipped."""
    return shipped(QueueConfig, _SHIPPED)


@dataclass(frozen=True, slots=True)
class QueueRequest:
    """As of when, by which rules, and whose rows are told; `limit`: the first ones (None: all).

    The order is the same for everybody: an owner's rows are those of the whole queue. `currency` is that of the values
    (None: the workspace's); amounts in others are not known to it. With a `cadence`, what its policies want is due too;
    `made` are the tasks that were made before. A `viewer` sees the rows of the own and of everybody below. `greeted` is
    as for a cadence.
    """

    as_of: datetime
    calendar: Calendar
    config: QueueConfig = field(default_factory=built_in)
    scores: ScoresConfig = field(default_factory=built_in_scores)
    response: ResponseConfig = field(default_factory=built_in_response)
    forecast: ForecastConfig = field(default_factory=built_in_forecast)
    cadence: CadenceConfig | None = None
    made: Mapping[str, TaskMade] = field(default_factory=dict)
    owner: str | None = None
    limit: int | None = None
    currency: str | None = None
    unfilled: Unfilled = field(default_factory=dict)
    viewer: str | None = None
    greeted: Greeted | None = None


@dataclass(frozen=True, slots=True)
class Points:
    """What P is made of, exact; they sum to it."""

    urgency: Fraction
    value: Fraction
    tier: Fraction
    stage: Fraction

    @property
    def total(self) -> Fraction:
        """P."""
        return self.urgency + self.value + self.tier + self.stage


@dataclass(frozen=True, slots=True)
class QueueRow:
    """What comes next with a record, for one person. `place` counts from 1 over the whole queue.

    `due_on` is the day by which it should be done (None: nothing is due), `overdue_days` the workdays since then, None
    before it. `others` are further things that are due with the same record. `what` is to be done, where
    anybody says so, in the words of the CRM or in several languages. `why` says in words why the row stands there.
    `is_open`: an open deal or lead, which has a worth here; a deal that is over has none, nor has a company or contact.
    """

    place: int
    queue_class: QueueClass
    kind: QueueKind
    id: str
    subject: str
    name: str | None
    account: str | None
    owner_id: str | None
    owner: str | None
    what: str | Mapping[str, str] | None
    source: Source | None
    key: str
    due_on: date | None
    due_at: datetime | None
    overdue_days: int | None
    others: int
    amount: Amount | None
    chance: Fraction | None
    tier: str | None
    stage: Mapping[str, str] | None
    rank: int | None
    open_stages: int | None
    is_open: bool
    points: Points
    why: tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class Load:
    """What one person has to do: open deals and leads, what is due or overdue, leads and customers that wait.

    `is_overloaded`: more is due than `times` the median of the team, which is `median`.
    """

    owner_id: str | None
    owner: str | None
    team: str | None
    deals: int
    leads: int
    due: int
    overdue: int
    waiting: int
    first_responses: int
    median: Fraction | None
    is_overloaded: bool


@dataclass(frozen=True, slots=True)
class Lacking:
    """A touch of an open deal that says nothing of what comes next; `lacks` names what its result does not tell."""

    kind: Literal["activity", "task"]
    id: str
    deal_id: str
    deal: str | None
    what: str | None
    owner_id: str | None
    owner: str | None
    done_on: date
    lacks: tuple[Literal["content", "feedback", "next_step"], ...]


@dataclass(frozen=True, slots=True)
class ResultsReport:
    """How many touches of open deals have a result: each part where any source tells it, and what lacks a next step."""

    content: Rate | Unavailable
    feedback: Rate | Unavailable
    next_step: Rate | Unavailable
    lacking: tuple[Lacking, ...]


@dataclass(frozen=True, slots=True)
class QueueReport:
    """The whole answer: `counts` of rows by class, and the open records left out as `held` or `untouchable`."""

    request: QueueRequest
    currency: str
    rows: tuple[QueueRow, ...]
    counts: Mapping[QueueClass, int]
    held: int
    untouchable: int
    loads: tuple[Load, ...]
    results: ResultsReport
    evidence: Evidence
