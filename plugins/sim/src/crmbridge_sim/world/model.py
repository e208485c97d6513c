"""What a world is made of. Rows are tuples: a world of a million deals is made in seconds.

References between rows are positions (the n-th account), times are whole seconds since 1970 UTC, money is in minor
units (cents; yen have none, dinars have a thousand) with a currency code. ``key`` is the row's own lasting name.
"""

from __future__ import annotations

from typing import NamedTuple


class Stage(NamedTuple):
    """A stage of a neutral pipeline: how long deals stay and how likely they are to go on."""

    key: str
    mean_days: float
    advance: float
    outcome: str = "open"  # open | won | lost


class Colleague(NamedTuple):
    """Somebody of the selling company."""

    key: str
    first_name: str
    last_name: str
    email: str
    role: str
    manager: int | None
    left: bool


class Account(NamedTuple):
    """A customer or prospect."""

    key: str
    name: str
    kind: str  # prospect | customer | partner
    industry: str
    segment: str  # enterprise | mid | small | public
    phone: str
    website: str
    street: str
    city: str
    code: str
    country: str
    revenue: int
    employees: int
    currency: str
    owner: int
    parent: int | None
    created: int
    modified: int


class Contact(NamedTuple):
    """A person at an account."""

    key: str
    first_name: str
    last_name: str
    email: str
    phone: str
    mobile: str
    title: str
    department: str
    source: str
    account: int
    owner: int
    created: int
    modified: int


class Lead(NamedTuple):
    """An inquiry; ``deal`` is the deal it became, else None."""

    key: str
    first_name: str
    last_name: str
    company: str
    email: str
    phone: str
    title: str
    source: str
    status: str  # new | contacted | later | junk | lost | qualified
    city: str
    country: str
    currency: str
    owner: int
    created: int
    modified: int
    deal: int | None


class Deal(NamedTuple):
    """A deal with the stages it went through, each with the second it entered."""

    key: str
    name: str
    account: int
    contact: int
    owner: int
    pipeline: str  # sales | renewal
    moves: tuple[tuple[str, int], ...]
    amount: int
    currency: str
    probability: int | None
    closing: int
    kind: str  # new | existing
    source: str
    segment: str
    loss: str | None
    next_step: str | None
    tags: tuple[str, ...]
    created: int
    modified: int


class Task(NamedTuple):
    """Something to do for a deal; ``done`` is the second it was closed."""

    key: str
    subject: str
    deal: int
    owner: int
    priority: str  # high | normal | low
    due: int
    done: int | None
    created: int


class Meeting(NamedTuple):
    """A meeting about a deal."""

    key: str
    title: str
    deal: int
    owner: int
    start: int
    end: int
    place: str
    created: int


class Call(NamedTuple):
    """A telephone call about a deal."""

    key: str
    subject: str
    deal: int
    owner: int
    inbound: bool
    start: int
    seconds: int
    result: str


class Note(NamedTuple):
    """A remark on a deal."""

    title: str
    text: str
    deal: int
    owner: int
    created: int


SALES: tuple[Stage, ...] = (
    Stage("qualify", 6, 0.74),
    Stage("needs", 8, 0.80),
    Stage("value", 9, 0.84),
    Stage("decide", 10, 0.85),
    Stage("propose", 12, 0.80),
    Stage("negotiate", 9, 0.78),
)
RENEWAL: tuple[Stage, ...] = (Stage("due", 20, 0.9), Stage("review", 14, 0.85))
WON = {"sales": "won", "renewal": "renewed"}
LOST = {"sales": ("lost", "lost_rival"), "renewal": ("ended", "ended")}
# What a tenant thinks of a deal in each stage, in per cent: every simulated one thinks the same.
PROBABILITY = {
    "qualify": 10,
    "needs": 20,
    "value": 40,
    "decide": 60,
    "propose": 75,
    "negotiate": 90,
    "won": 100,
    "lost": 0,
    "lost_rival": 0,
    "due": 50,
    "review": 80,
    "renewed": 100,
    "ended": 0,
}
# Whole per cent by which a minor unit is found in a major one.
MINOR_UNITS = {"JPY": 1, "KWD": 1000}
