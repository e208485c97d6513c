"""Call-backs (回访): who is called after which sale and when, and what came of it. Nothing computes."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

POLICY = "call-back"
VIP = "vip"
"""The step of the calls that VIPs get again and again."""

CallState = Literal["due", "made", "done", "cancelled", "refused", "resting", "missed"]
"""`due`: a task is wanted now. `made`: it stands. `cancelled`: its owner does not want it. `refused`: the other person.

`resting`: it would ask somebody who was asked lately. `missed`: no task was made, and it is too late to make up for it.
"""


@dataclass(frozen=True, slots=True)
class Sale:
    """What was delivered, or won, and to whom."""

    kind: Literal["deal", "order", "delivery"]
    id: str
    subject: str
    account_id: str
    customer: str | None
    account_subject: str
    contact_id: str | None
    owner_id: str | None
    day: date
    owner: str | None = None
    is_refused: bool = False


@dataclass(frozen=True, slots=True)
class Written:
    """What a person wrote: the whole `text`, and its parts; None is what nobody wrote."""

    text: str | None = None
    content: str | None = None
    feedback: str | None = None
    next_step: str | None = None
    next_step_due: date | None = None


@dataclass(frozen=True, slots=True)
class Result(Written):
    """What came of the call of a key, as it stands in the CRM: in the task itself, or as an activity."""

    key: str = ""
    kind: Literal["activity", "task"] = "task"
    id: str = ""
    account_id: str | None = None
    at: datetime | None = None
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """A call that is due on a day; `steps` are those that fall together on it."""

    key: str
    keys: tuple[str, ...]
    steps: tuple[str, ...]
    sale: Sale
    due: date
    state: CallState
    result: Result | None = None
