"""What is to come of birthdays and holidays: people, greetings and gifts as `services/occasions.py` finds them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from crmbridge.model.birthdays import MonthDay
from crmbridge.model.calendar import Calendar
from crmbridge.model.notes import Note
from crmbridge.services.wants import TaskMade

What = Literal["greeting", "gift"]
State = Literal["planned", "due", "made", "done", "cancelled", "left_out"]
"""`planned`: later. `due`: a task is wanted now. `made`: it stands. `cancelled`: its owner does not want it."""
Reason = Literal["opted_out", "left_company", "complaint", "complaint_without_manager"]
"""Why somebody is left out; a `complaint` is for the manager to decide."""


@dataclass(frozen=True, slots=True)
class Served:
    """What the people of an account get on birthdays, and whether it is that of a VIP, or of somebody who bought."""

    birthday: Literal["gift", "greeting", "none"]
    is_vip: bool = False
    is_customer: bool = False


@dataclass(frozen=True, slots=True)
class OccasionsRequest:
    """As of when; `served` by account. `made` are the tasks of earlier runs; `locale` of whom nobody tells one.

    With `until` only greetings are told, those up to that day; else all that is looked ahead for.
    """

    as_of: datetime
    calendar: Calendar
    served: Mapping[str, Served]
    made: Mapping[str, TaskMade]
    locale: str | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """A person as one or several contacts tell of him; the first that is still there speaks for all."""

    key: str
    keys: tuple[str, ...]
    contact_id: str
    name: str | None
    account_id: str | None
    customer: str | None
    locale: str | None
    zone: str | None
    owner_id: str | None
    manager_id: str | None
    birthday: MonthDay | None
    is_lunar: bool
    refused: frozenset[str]
    preferred: str | None
    has_left: bool
    has_complaint: bool


@dataclass(frozen=True, slots=True)
class Occasion:
    """A greeting or a gift. `to` has to do it; `due` is the day of the task, `due_at` the hour of a greeting."""

    occasion: str
    what: What
    person: Person
    year: int
    day: date
    due: date
    due_at: datetime | None
    channel: str
    key: str
    to: str | None
    state: State
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class OccasionsReport:
    """What is to come, in the order of days, and what could not be told."""

    occasions: tuple[Occasion, ...]
    people: int
    warnings: tuple[Note, ...] = ()
