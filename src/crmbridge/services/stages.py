"""The way of one deal through its stages: visits, furthest stage, episodes, cycle, age.

This is the plain path for single deals and for planning; the figures over many deals come from `sql/`, and the tests
hold the two against each other on random worlds.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from itertools import pairwise
from typing import Literal
from zoneinfo import ZoneInfo

from crmbridge.model.notes import Note
from crmbridge.model.pipeline import Pipeline, Stage
from crmbridge.services.moves import Atlas, Event, Move, MoveKind, Precision, StateClass, classify
from crmbridge.services.results import days
from crmbridge.services.spans import Moment, WorkingDays, business_days, span_us, total

Closed = Literal["won", "lost", "void"]


@dataclass(frozen=True, slots=True)
class Visit:
    """One stay in a stage, up to the next move or still going on. An inferred one has no time of its own."""

    pipeline: str | None
    stage: str
    state: StateClass
    rank: int | None
    entered: Moment
    left: Moment | None
    is_inferred: bool = False


@dataclass(frozen=True, slots=True)
class Journey:
    """A deal as it stood at the cut. `furthest` is None where no open stage it was in is known.

    `closed` is the last close, None for a deal that is open; `start` is the first open stage's time, else when the
    deal was created; the cycles are None where a time they need is unknown.
    """

    atlas: Atlas
    zone: ZoneInfo
    moves: tuple[Move, ...]
    visits: tuple[Visit, ...]
    furthest: int | None
    start: Moment
    closed: Moment | None
    cycle_gross_us: int | None
    cycle_net_us: int | None
    notes: tuple[Note, ...] = ()

    @property
    def last(self) -> Move:
        """The move that brought the deal where it stood."""
        return self.moves[-1]

    @property
    def state(self) -> Literal["open", "won", "lost", "void", "unknown"]:
        """What the deal counts as; an unmapped stage whose outcome the vendor does not tell is unknown."""
        place = self.last.place
        return "unknown" if place.is_unmapped and place.state == "open" else place.state

    @property
    def episodes(self) -> int:
        """How many times the deal was worked on: 1 and one more for each reopening."""
        return self.last.episode

    def reached(self, stage: str) -> bool:
        """Whether the deal got at least that far; going back does not undo it, passing over counts."""
        pipeline = self.atlas.pipelines.get(self.last.place.pipeline or "")
        rank = pipeline.rank(stage) if pipeline else None
        return rank is not None and self.furthest is not None and self.furthest >= rank

    def stays(self, stage: str, *, completed: bool = True) -> tuple[Visit, ...]:
        """The visits of a stage in the deal's present pipeline, inferred ones left out."""
        home = self.last.place.pipeline
        mine = (v for v in self.visits if (v.pipeline, v.stage) == (home, stage) and not v.is_inferred)
        return tuple(visit for visit in mine if not completed or visit.left is not None)

    def dwell_days(self, stage: str) -> Fraction | None:
        """Days of the completed visits of a stage together; None where there are none or a time is unknown."""
        return days(total(span_us(visit.entered, visit.left or (None, ""), self.zone) for visit in self.stays(stage)))

    def has_left(self, stage: str) -> bool:
        """Whether the deal was in the stage and is not in it now."""
        stays = self.stays(stage, completed=False)
        return bool(stays) and all(visit.left is not None for visit in stays)


def journey(
    events: Iterable[Event],
    pipelines: Pipeline | Sequence[Pipeline],
    *,
    as_of: datetime,
    zone: ZoneInfo,
    home: str | None = None,
    created: Moment = (None, "exact"),
    vendor_state: StateClass = "open",
) -> Journey | None:
    """How the deal stood at `as_of`; None where it did not exist yet.

    `home` is the pipeline of events that name none. `vendor_state` says what the vendor itself holds an unmapped
    present stage for. Every hole in the history gives one `HISTORY_GAP` note.
    """
    atlas = Atlas.of(pipelines, home)
    moves = classify(events, atlas, cut=as_of, vendor_state=vendor_state)
    if not moves or (created[0] is not None and created[0] > as_of and all(move.at is None for move in moves)):
        return None
    first = moves[0]
    start: Moment = (first.at, first.precision) if first.place.state == "open" and first.at else created
    closed = _closed(moves)
    gross = span_us(start, closed, zone) if closed else None
    shut = _closed_us(moves, zone)
    net = gross - shut if gross is not None and shut is not None else None
    notes = tuple(_gap_note(move) for move in moves if move.is_inferred)
    return Journey(atlas, zone, moves, _visits(moves), _furthest(moves, atlas), start, closed, gross, net, notes)


def sla_age(
    way: Journey,
    *,
    as_of: datetime,
    calendar: WorkingDays | None = None,
    holds: Sequence[tuple[date, date]] = (),
) -> Fraction | None:
    """The age against the present stage's SLA, in its unit and by its clock, hold periods `[start, end)` taken off.

    None where the deal is in no open stage, its entry is unknown, or a business SLA finds no calendar.
    """
    stage = present_stage(way)
    if stage is None:
        return None
    visits = way.stays(stage.key, completed=False)
    if stage.sla_clock == "visit":
        visits = visits[-1:]
    now: Moment = (as_of, "exact")
    if stage.sla_unit == "calendar":
        age = days(total(span_us(visit.entered, visit.left or now, way.zone) for visit in visits))
    elif calendar is None:
        return None
    else:
        worked = total(business_days(visit.entered, visit.left or now, way.zone, calendar) for visit in visits)
        age = None if worked is None else Fraction(worked)
    if age is None:
        return None
    return max(
        Fraction(0), age - _held(visits, holds, now, way.zone, calendar if stage.sla_unit == "business" else None)
    )


def is_stalled(way: Journey, age: Fraction | None) -> bool:
    """Whether the age is over the present stage's SLA; a stage without SLA never stalls."""
    stage = present_stage(way)
    return bool(stage and stage.sla_days is not None and age is not None and age > stage.sla_days)


def present_stage(way: Journey) -> Stage | None:
    """The open, mapped stage the deal is in, None otherwise."""
    place = way.last.place
    if place.state != "open" or place.is_unmapped:
        return None
    return way.atlas.pipelines[place.pipeline or ""].stage(place.stage)


def _closed(moves: Sequence[Move]) -> Moment | None:
    """The last close: when the present closed state was entered, None for an open deal."""
    if moves[-1].place.state == "open":
        return None
    entry = next(move for move in reversed(moves) if move.changes_state)
    return entry.at, entry.precision


def _closed_us(moves: Sequence[Move], zone: ZoneInfo) -> int | None:
    """Time spent closed before the deal's last change of state; None where a time is unknown."""
    changes = [move for move in moves if move.changes_state]
    shut = [
        span_us((move.at, move.precision), (after.at, after.precision), zone)
        for move, after in pairwise(changes)
        if move.place.state != "open"
    ]
    return total(shut) if shut else 0


def _visits(moves: Sequence[Move]) -> tuple[Visit, ...]:
    stays = [move for move in moves if move.kind is not MoveKind.NOOP]
    return tuple(
        Visit(
            move.place.pipeline,
            move.place.stage,
            move.place.state,
            move.place.rank,
            (move.at, move.precision),
            (after.at, after.precision) if after else None,
            move.is_inferred,
        )
        for move, after in zip(stays, [*stays[1:], None], strict=True)
    )


def _furthest(moves: Sequence[Move], atlas: Atlas) -> int | None:
    """The highest rank ever attained in the present pipeline; won's own rank only while the deal is won."""
    place = moves[-1].place
    pipeline = atlas.pipelines.get(place.pipeline or "")
    if pipeline is None:
        return None
    if place.state == "won":
        return pipeline.won_rank
    mine = [move.place for move in moves if move.place.pipeline == place.pipeline]
    ranks = [stage.rank for stage in mine if stage.rank is not None and stage.state == "open"]
    if any(stage.state == "won" for stage in mine):
        ranks.append(pipeline.won_rank - 1)
    return max(ranks, default=0) or None


def _held(
    visits: Sequence[Visit],
    holds: Sequence[tuple[date, date]],
    now: Moment,
    zone: ZoneInfo,
    calendar: WorkingDays | None,
) -> Fraction:
    """Days (or business days) of the holds that lie inside the visits."""
    held = Fraction(0)
    for visit in visits:
        (entered, _), (left, _) = visit.entered, visit.left or now
        if entered is None or left is None:
            continue
        for start, end in holds:
            low = max(start, entered.astimezone(zone).date())
            high = min(end, left.astimezone(zone).date())
            if low < high:
                held += calendar.business_days_between(low, high) if calendar else (high - low).days
    return held


def _gap_note(move: Move) -> Note:
    return Note(
        "HISTORY_GAP",
        "the history has a hole before {stage} was left at {at}",
        {"stage": move.place.stage, "at": "" if move.at is None else move.at.isoformat()},
    )


__all__ = [
    "Event",
    "Journey",
    "Move",
    "MoveKind",
    "Precision",
    "Visit",
    "is_stalled",
    "journey",
    "present_stage",
    "sla_age",
]
