"""What services want in a CRM: a task, what came of it, a field that shows a figure, somebody told. They do nothing.

A want says what shall be, in records of ours, and is told again in every run: what is there already is not made twice.
`app/follow_up.py` decides which connection gets which want, and sends it over a plan, guards and the outbox.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

Shown = str | Decimal | int | bool | date | None


@dataclass(frozen=True, slots=True)
class TaskWanted:
    """A task that shall be there once, under a key that never changes (`model.external_keys.task_key`).

    It is about the record `record_id` of `kind` (a deal, lead, contact or account), and about those in `beside` where
    the CRM can tell them too (`{"contact": id}`). `owner` is the user of ours who has to do it, None for the owner of
    the record. `due_at` is the moment within `due`, where it matters. `why` is the id of the policy.
    """

    key: str
    kind: str
    record_id: str
    title: str
    due: date
    why: str
    owner: str | None = None
    due_at: datetime | None = None
    priority: str | None = None
    content: str | None = None
    beside: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ActivityWanted:
    """What came of a task, logged once as an activity on the record `record_id` of `kind`, under a key of its own.

    `task` is the key of the task: it is logged where that was made. `at` is when it was, `type` as of activities.
    `text` is all of it, for a system that has no fields for its parts.
    """

    key: str
    task: str
    kind: str
    record_id: str
    type: str
    title: str
    at: datetime
    why: str
    owner: str | None = None
    text: str | None = None
    content: str | None = None
    feedback: str | None = None
    next_step: str | None = None
    next_step_due: date | None = None
    beside: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FigureWanted:
    """A figure that people shall see on a record: `figure` of a kind (`tier` of accounts, `score` of leads).

    Which field of the CRM shows it, the workspace says; None empties that field.
    """

    kind: str
    record_id: str
    figure: str
    value: Shown
    why: str


@dataclass(frozen=True, slots=True)
class NoticeWanted:
    """Something that a person shall be told once, under a key that never changes. `to` is a user of ours."""

    key: str
    to: str
    text: str
    why: str
    kind: str | None = None
    record_id: str | None = None


@dataclass(frozen=True, slots=True)
class TaskMade:
    """What became of a task that was made under a key, as last read; `due` is what the CRM shows, the rep's own date.

    `gone`: the rep deleted it. `unread`: it was sent and nobody has read it yet, so nothing is known but that.
    """

    key: str
    connection: str
    state: Literal["unread", "open", "done", "cancelled", "gone"]
    record_id: str | None = None
    due: date | None = None
    done_at: datetime | None = None


Want = TaskWanted | ActivityWanted | FigureWanted | NoticeWanted
