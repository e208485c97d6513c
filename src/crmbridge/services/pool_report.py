"""The pool (公海): by which rules records go back to it, what is asked, and the answer. Nothing computes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from crmbridge.model.calendar import Calendar
from crmbridge.model.calendar.intervals import Interval, WrittenInterval
from crmbridge.services.defaults import overlaid, shipped
from crmbridge.services.quality_supply import Unfilled
from crmbridge.services.results import Evidence
from crmbridge.services.scores_document import ScoresConfig
from crmbridge.services.scores_document import built_in as built_in_scores

PooledKind = Literal["lead", "account"]
PoolState = Literal["held", "warn", "return", "unavailable"]
"""`warn`: the owner is to be warned. `return`: it should go back. `unavailable`: its source tells of no touches."""
STATES: tuple[PoolState, ...] = ("return", "warn", "held", "unavailable")
_SHIPPED = "default_pool.toml"
MOST_DAYS = 250
_Limit = Annotated[int, Field(ge=0)]


def _in_days(value: Interval) -> Interval:
    if value.unit == "bh":
        raise ValueError("days (15d) or workdays (10bd) are asked for, no hours")
    if value.count > MOST_DAYS:
        raise ValueError("a record goes back to the pool within a year")
    return value


def _calendar_days(value: Interval) -> Interval:
    if value.unit != "d":
        raise ValueError("calendar days are asked for, such as 3d")
    return value


def _workdays(value: Interval) -> Interval:
    if value.unit != "bd":
        raise ValueError("workdays are asked for, such as 2bd")
    return value


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PoolTexts(_Strict):
    """What people are told, by language; `{record}`, `{day}`, `{days}` and `{owner}` are filled in."""

    language: Literal["en", "zh"]
    warn: Mapping[str, str]
    back: Mapping[str, str]

    @model_validator(mode="after")
    def _spoken(self) -> Self:
        for text in (*self.warn.values(), *self.back.values()):
            try:
                text.format(record="", day="", days="", owner="")
            except (LookupError, ValueError) as error:
                raise ValueError("only {record}, {day}, {days} and {owner} can be filled in") from error
        if self.language not in self.warn or self.language not in self.back:
            raise ValueError("a text in the language that is spoken is missing")
        return self


class PoolConfig(_Strict):
    """The whole document: `pool.toml`, over `default_pool.toml` beside this file."""

    format: Literal[1] = 1
    kinds: tuple[PooledKind, ...]
    only_pooled: bool
    after: Annotated[WrittenInterval, AfterValidator(_in_days)]
    warn: Annotated[WrittenInterval, AfterValidator(_calendar_days)]
    warn_workdays: Annotated[WrittenInterval, AfterValidator(_workdays)]
    tiers: bool
    open_deals_stay: bool
    blocked_days: _Limit
    claims_per_day: Mapping[PooledKind, _Limit]
    holding: Mapping[PooledKind, _Limit]
    texts: PoolTexts


def load_pool(text: str, *, file: str = "pool.toml") -> PoolConfig:
    """A company's document over the shipped one; ConfigErrors naming every problem with file, line, nearest choice."""
    return overlaid(PoolConfig, _SHIPPED, text, file=file)


@cache
def built_in() -> PoolConfig:
    """What is shipped."""
    return shipped(PoolConfig, _SHIPPED)


@dataclass(frozen=True, slots=True)
class PoolRequest:
    """As of when, by which rules, and which records are told; `limit`: the first ones of them (None: all).

    A `viewer` sees the own records and those of everybody below.
    """

    as_of: datetime
    calendar: Calendar
    config: PoolConfig = field(default_factory=built_in)
    scores: ScoresConfig = field(default_factory=built_in_scores)
    owner: str | None = None
    limit: int | None = None
    unfilled: Unfilled = field(default_factory=dict)
    viewer: str | None = None


@dataclass(frozen=True, slots=True)
class Neglected:
    """A record that goes back to the pool on `back_on` unless somebody touches it; the owner is warned on `warn_on`.

    `since` is the day of the last touch, or of what gave it to its owner where that was later.
    """

    kind: PooledKind
    id: str
    subject: str
    name: str | None
    owner_id: str | None
    owner: str | None
    manager_id: str | None
    tier: str | None
    since: date
    days: int
    after: Interval
    warn_on: date
    back_on: date
    state: PoolState


@dataclass(frozen=True, slots=True)
class Blocked:
    """A record that its previous owner may not take again before `until`; `is_taken`: that owner has it again."""

    kind: PooledKind
    id: str
    name: str | None
    owner_id: str
    owner: str | None
    let_go_on: date
    until: date
    is_taken: bool


@dataclass(frozen=True, slots=True)
class Holder:
    """What a rep holds of a kind, took from the pool today, and may still take; None where there is no limit."""

    owner_id: str
    owner: str | None
    kind: PooledKind
    held: int
    counts: Mapping[PoolState, int]
    claimed: int
    claims_left: int | None
    room: int | None

    @property
    def is_over(self) -> bool:
        """Whether more was taken today, or is held, than is allowed."""
        return (self.claims_left or 0) < 0 or (self.room or 0) < 0


@dataclass(frozen=True, slots=True)
class OwnerSeen:
    """A record that has another owner than was remembered, or is seen for the first time; None: it is in the pool."""

    kind: PooledKind
    id: str
    owner_id: str | None
    was: str | None


@dataclass(frozen=True, slots=True)
class PoolReport:
    """The whole answer: what goes back and what is warned of, the most overdue first; `exempt` customers bought."""

    request: PoolRequest
    neglected: tuple[Neglected, ...]
    blocked: tuple[Blocked, ...]
    holders: tuple[Holder, ...]
    seen: tuple[OwnerSeen, ...]
    counts: Mapping[PoolState, int]
    pooled: int
    exempt: int
    evidence: Evidence
