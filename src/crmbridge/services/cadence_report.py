"""What follow-up is due, for whom and why: what is asked, and the answer. Nothing computes."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from crmbridge.model.calendar import Calendar
from crmbridge.model.external_keys import key_of, task_key
from crmbridge.services.cadence_document import CadenceKind, Channel, Rung
from crmbridge.services.quality_supply import Unfilled
from crmbridge.services.results import Evidence
from crmbridge.services.wants import TaskMade

EnrolmentState = Literal["active", "paused", "suspended", "exited"]
STATES: tuple[EnrolmentState, ...] = ("active", "paused", "suspended", "exited")
ANSWER = "answer"
"""What stands in the place of a policy where a customer who wrote is to be answered."""
CLASS_ANSWER, CLASS_OTHER = 0, 2
"""The classes of the queue: a customer waits for an answer; whatever else is due. 1 is the first response."""


Greeted = Callable[[date], Iterable[tuple[str, date]]]
"""Who is greeted on which days up to one: keys of persons, on birthdays and holidays."""


@dataclass(frozen=True, slots=True)
class CadenceRequest:
    """As of when, in the company's calendar, and what was made before; and which of the answer is told.

    `made` are the tasks that were made under a key, as the CRMs show them. `policy`, `kind` and `owner` (a name, mail
    address or id) choose, `limit` is for each list (None: all). `with_enrolments` adds how each enrolment stands.
    A `viewer` sees the own records and those of everybody below. `greeted` tells whom somebody greets up to a day.
    """

    as_of: datetime
    calendar: Calendar
    made: Mapping[str, TaskMade] = field(default_factory=dict)
    policy: str | None = None
    kind: CadenceKind | None = None
    owner: str | None = None
    limit: int | None = None
    with_enrolments: bool = False
    unfilled: Unfilled = field(default_factory=dict)
    viewer: str | None = None
    greeted: Greeted | None = None


@dataclass(frozen=True, slots=True)
class DueTask:
    """A task that is due by the horizon. `missed` occurrences before today stand in it; `made` is None where it is new.

    `due_at` is the first moment of the day at which its owner works and nobody is disturbed; `is_apart`: there is none.
    `overdue_bd` are business days; `reasons` say how the day came about.
    """

    kind: CadenceKind
    record_id: str
    subject: str
    person_key: str
    account_id: str | None
    about_id: str | None
    owner_id: str | None
    owner: str | None
    customer: str | None
    policy: str
    step: int
    occurrence: int
    seq: int
    channel: Channel
    template: str
    due_day: date
    due_at: datetime | None
    overdue_bd: int
    missed: int
    queue_class: int
    external_key: str
    made: Literal["open", "unread"] | None
    is_auto: bool
    is_apart: bool
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Enrolment:
    """How a record stands in a policy after this run: the `seq`-th time that it is in it.

    `why` says why it is paused, suspended or has left. `occurrence` is the number of the touch that comes next, counted
    from `anchor_day`, and `touches` are those since the last answer.
    """

    enrolment: str
    policy: str
    kind: CadenceKind
    record_id: str | None
    subject: str
    person_key: str | None
    owner_id: str | None
    customer: str | None
    seq: int
    state: EnrolmentState
    why: str | None
    step: int | None
    occurrence: int | None
    anchor_day: date | None
    touches: int | None
    due_day: date | None


@dataclass(frozen=True, slots=True)
class Suppressed:
    """A touch that would be due, and is not: until when, where that is known, and what it waits for (`blocked_by`).

    `wanted_day` is None where it is not asked for at all, since the person wants none of the policy's channels.
    """

    kind: CadenceKind
    record_id: str
    subject: str
    person_key: str
    customer: str | None
    policy: str
    channel: Channel
    wanted_day: date | None
    reason: Literal["FREQUENCY_CAP", "SUSPENDED", "OPTED_OUT", "CARE_DAY"]
    until_day: date | None
    blocked_by: str | None


@dataclass(frozen=True, slots=True)
class Reached:
    """A rung that something overdue has come to, or an enrolment that ended since nobody ever answered.

    It is said in every run for as long as it is so; whoever tells it does so once under its `notice_key`. `to` is who
    is told: the owner, or the owner's manager; the owner where there is no manager. `occurrence` and `due_day` are of
    the overdue task, None where an enrolment ended.
    """

    what: Literal[Rung, "exhausted"]
    enrolment: str
    policy: str
    kind: CadenceKind
    record_id: str
    subject: str
    customer: str | None
    seq: int
    occurrence: int | None
    owner_id: str | None
    manager_id: str | None
    due_day: date | None

    @property
    def to(self) -> str | None:
        """The user who is told."""
        return self.owner_id if self.what == "remind" else self.manager_id or self.owner_id

    @property
    def key(self) -> str | None:
        """The external key of the task that it is about."""
        if self.occurrence is None:
            return None
        return task_key(self.policy, self.kind, self.subject, enrolment=self.seq, occurrence=self.occurrence)

    @property
    def notice_key(self) -> str:
        """The key under which it is told, once."""
        occurrence = () if self.occurrence is None else (str(self.occurrence),)
        return key_of(self.policy, self.kind, self.subject, str(self.seq), *occurrence, self.what)


@dataclass(frozen=True, slots=True)
class PolicyGroup:
    """A policy: how many enrolments are in which state, and how many tasks are due and overdue."""

    policy: str
    states: Mapping[EnrolmentState, int]
    due: int
    overdue: int


@dataclass(frozen=True, slots=True)
class CadenceReport:
    """The whole answer. `changed` says how many enrolments stand otherwise than before this run."""

    request: CadenceRequest
    groups: tuple[PolicyGroup, ...]
    tasks: tuple[DueTask, ...]
    enrolments: tuple[Enrolment, ...]
    suppressed: tuple[Suppressed, ...]
    changed: int
    evidence: Evidence
