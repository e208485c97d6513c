"""What moved in a week beside what came and went: stages, expected closing dates, and follow-ups left undone."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from crmbridge.facts.store import Facts
from crmbridge.model.pipeline import Pipeline
from crmbridge.services.world import World, naive


@dataclass(frozen=True, slots=True)
class Moved:
    """The deals that `advanced` or `regressed`: `ids` in the order of their names, the first `names`."""

    what: str
    ids: Sequence[str]
    names: Sequence[str]


@dataclass(frozen=True, slots=True)
class Pushed:
    """A deal whose expected closing date was moved later."""

    id: str
    owner_id: str | None
    team_id: str | None
    old_day: date
    new_day: date


@dataclass(frozen=True, slots=True)
class Overdue:
    """The open tasks of a user (None: of nobody known) that were due before the day, and the earliest of the days."""

    user_id: str | None
    name: str | None
    team_id: str | None
    tasks: int
    oldest: date
    ids: Sequence[str]


@dataclass(frozen=True, slots=True)
class WeekMoves:
    """`tells_dates`: some source tells of earlier values of fields, so that a date not pushed was really not."""

    moved: tuple[Moved, ...]
    pushed: tuple[Pushed, ...]
    overdue: tuple[Overdue, ...]
    tells_dates: bool


def week_moves(
    facts: Facts,
    pipelines: Sequence[Pipeline],
    start: datetime,
    end: datetime,
    today: date,
    *,
    known_at: datetime,
    calendar: str,
    owners: Collection[str] | None = None,
    named: int = 5,
) -> WeekMoves:
    """What moved after `start` up to `end`, as known at `known_at`, and what was overdue on the day `today`.

    `owners` are those of the deals that moved (None: all), of which the first `named` are named.
    """
    world = World(facts, pipelines, cut=known_at, calendar=calendar)
    since, until = naive(start), naive(end)
    mine = None if owners is None else sorted(owners)
    told = world.sql("SELECT 1 FROM field_changes WHERE kind = 'deal' AND field = 'expected_close' LIMIT 1")
    return WeekMoves(
        tuple(Moved(*row) for row in world.tuples("pack_moves", start=since, until=until, owners=mine, named=named)),
        tuple(Pushed(*row) for row in world.tuples("pack_pushed", start=since, until=until)),
        tuple(Overdue(*row) for row in world.tuples("pack_overdue", today=today)),
        bool(told),
    )
