"""What each stage event did to a deal, seen against the state before it.

A stage that no pipeline names is UNKNOWN. Events of one deal are put in order by time and, within one instant, by
`seq`; an event without a time was there when the deal was first seen, or keeps its place by `seq`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal

from crmbridge.model.pipeline import UNKNOWN_STAGE, Category, Pipeline, Stage

StateClass = Literal["open", "won", "lost", "void"]
Precision = Literal["exact", "day", "sync"]


class MoveKind(StrEnum):
    """What an event did. The first ten are those of the method; the rest name what real histories hold besides.

    `close_void` enters a void stage, `relabel` moves between two lost or two void stages and closes nothing anew,
    `transfer` moves between open stages of two pipelines, whose ranks do not compare.
    """

    CREATE = "create"
    NOOP = "noop"
    ADVANCE = "advance"
    SKIP = "skip"
    REGRESS = "regress"
    AFTER_SALE = "after_sale"
    CLOSE_WON = "close_won"
    CLOSE_LOST = "close_lost"
    REOPEN = "reopen"
    CORRECTION = "correction"
    UNKNOWN_IN = "unknown_in"
    UNKNOWN_OUT = "unknown_out"
    CLOSE_VOID = "close_void"
    RELABEL = "relabel"
    TRANSFER = "transfer"


@dataclass(frozen=True, slots=True)
class Event:
    """One entry into a stage as the facts keep it; `at` is None where nobody knows since when."""

    to_stage: str
    at: datetime | None
    precision: Precision = "exact"
    seq: int = 0
    from_stage: str | None = None
    pipeline: str | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a deal stands: a stage of a pipeline, its class, and its rank (k + 1 for won, None for lost and void)."""

    pipeline: str | None
    stage: str
    state: StateClass
    rank: int | None

    @property
    def is_unmapped(self) -> bool:
        """Whether no pipeline names the stage."""
        return self.stage == UNKNOWN_STAGE


@dataclass(frozen=True, slots=True)
class Move:
    """An event and what it did. `passed` are the open stages passed over; `is_inferred` fills a hole in the history."""

    kind: MoveKind
    place: Place
    before: Place | None
    at: datetime | None
    precision: Precision
    episode: int = 1
    passed: tuple[str, ...] = ()
    is_inferred: bool = False

    def __str__(self) -> str:
        return f"{self.kind}[{','.join(self.passed)}]" if self.passed else str(self.kind)

    @property
    def changes_state(self) -> bool:
        """Whether the deal was open, won, lost or void before and is something else now."""
        return self.before is None or self.before.state != self.place.state


@dataclass(frozen=True, slots=True)
class Atlas:
    """The pipelines by id, and the one meant where an event names none. `home` may be a pipeline of no stages."""

    pipelines: dict[str, Pipeline] = field(default_factory=dict)
    home: str | None = None

    @classmethod
    def of(cls, pipelines: Pipeline | Sequence[Pipeline], home: str | None = None) -> "Atlas":
        """An atlas; a single pipeline is its own home."""
        several = [pipelines] if isinstance(pipelines, Pipeline) else list(pipelines)
        alone = several[0].id if len(several) == 1 else None
        return cls({pipeline.id: pipeline for pipeline in several}, home or alone)

    def place(self, pipeline: str | None, key: str, *, vendor_state: StateClass = "open") -> Place:
        """Where that stage is; an unmapped one takes the vendor's own open, won or lost."""
        at_home = pipeline or self.home
        found = self.pipelines[at_home].stage(key) if at_home in self.pipelines else None
        if found is None or at_home is None:
            return Place(at_home, UNKNOWN_STAGE, vendor_state, None)
        return Place(at_home, key, state_class(found.category), self.pipelines[at_home].rank(key))

    def between(self, pipeline: str | None, low: int, high: int) -> tuple[str, ...]:
        """The open stages with low < rank < high, in order."""
        stages: Sequence[Stage] = self.pipelines[pipeline].open_stages if pipeline in self.pipelines else ()
        return tuple(stage.key for rank, stage in enumerate(stages, start=1) if low < rank < high)


_STATE: dict[Category, StateClass] = {
    Category.OPEN: "open",
    Category.WON: "won",
    Category.LOST: "lost",
    Category.VOID: "void",
    Category.POST_SALE: "won",
}


def state_class(category: Category) -> StateClass:
    """What a category means for the figures: post-sale counts as won."""
    return _STATE[category]


def ordered(events: Iterable[Event]) -> list[tuple[datetime | None, Event]]:
    """The events in order, each with the time that places it: its own, else the latest before it by `seq`."""
    placed: list[tuple[datetime | None, Event]] = []
    latest: datetime | None = None
    for event in sorted(events, key=_by_sequence):
        placed.append((event.at or latest, event))
        if event.at is not None and (latest is None or event.at > latest):
            latest = event.at
    known = [entry for entry in placed if entry[0] is not None]
    return [
        *(entry for entry in placed if entry[0] is None),
        *sorted(known, key=lambda entry: (entry[0], entry[1].seq, entry[1].to_stage)),
    ]


def _by_sequence(event: Event) -> tuple[int, bool, float, str]:
    return event.seq, event.at is not None, event.at.timestamp() if event.at else 0.0, event.to_stage


def classify(
    events: Iterable[Event], atlas: Atlas, *, cut: datetime, vendor_state: StateClass = "open"
) -> tuple[Move, ...]:
    """What every event up to and including `cut` did, in order, with inferred moves where the history has holes."""
    moves: list[Move] = []
    everything = ordered(events)
    previous: Event | None = None
    for placed_at, event in everything:
        if placed_at is not None and placed_at > cut:
            break
        is_present = event is everything[-1][1]
        if _is_gap(event, previous, atlas, moves):
            moves.append(_inferred(event, atlas, moves))
        place = atlas.place(event.pipeline, event.to_stage, vendor_state=vendor_state if is_present else "open")
        moves.append(_move(event, place, atlas, moves))
        previous = event
    return tuple(moves)


def _is_gap(event: Event, previous: Event | None, atlas: Atlas, moves: Sequence[Move]) -> bool:
    """Whether the event starts where the deal was not: something before it was not recorded."""
    if event.from_stage is None:
        return False
    if previous is None:
        return True
    if previous.to_stage == event.from_stage:
        return False
    return moves[-1].place.stage != atlas.place(event.pipeline, event.from_stage).stage


def _inferred(event: Event, atlas: Atlas, moves: Sequence[Move]) -> Move:
    """The unrecorded entry into the stage that the event leaves. A first one has no time: nobody knows since when."""
    place = atlas.place(event.pipeline, event.from_stage or UNKNOWN_STAGE)
    entry = Event(place.stage, event.at if moves else None, event.precision, event.seq, None, event.pipeline)
    return _move(entry, place, atlas, moves, is_inferred=True)


def _move(event: Event, place: Place, atlas: Atlas, moves: Sequence[Move], *, is_inferred: bool = False) -> Move:
    before = moves[-1].place if moves else None
    kind = kind_of(before, place)
    episode = moves[-1].episode + (kind is MoveKind.REOPEN) if moves else 1
    passed: tuple[str, ...] = ()
    comparable = before is not None and before.pipeline == place.pipeline
    if comparable and before and before.rank and place.rank and kind in {MoveKind.SKIP, MoveKind.CLOSE_WON}:
        passed = atlas.between(place.pipeline, before.rank, place.rank)
    return Move(kind, place, before, event.at, event.precision, episode, passed, is_inferred)


_CLOSING: dict[StateClass, MoveKind] = {
    "won": MoveKind.CLOSE_WON,
    "lost": MoveKind.CLOSE_LOST,
    "void": MoveKind.CLOSE_VOID,
}


def kind_of(before: Place | None, place: Place) -> MoveKind:
    """How a move is called, given where the deal was."""
    if before is None:
        return MoveKind.CREATE
    if (before.pipeline, before.stage) == (place.pipeline, place.stage):
        return MoveKind.NOOP
    if place.is_unmapped or before.is_unmapped:
        return MoveKind.UNKNOWN_IN if place.is_unmapped else MoveKind.UNKNOWN_OUT
    if before.state == "open":
        return _CLOSING.get(place.state) or _open_move(before, place)
    return MoveKind.REOPEN if place.state == "open" else _closed_move(before, place)


def _closed_move(before: Place, place: Place) -> MoveKind:
    if before.state == place.state:
        return MoveKind.AFTER_SALE if place.state == "won" else MoveKind.RELABEL
    return MoveKind.CORRECTION if "void" not in {before.state, place.state} else _CLOSING[place.state]


def _open_move(before: Place, place: Place) -> MoveKind:
    if before.pipeline != place.pipeline or before.rank is None or place.rank is None:
        return MoveKind.TRANSFER
    if place.rank < before.rank:
        return MoveKind.REGRESS
    return MoveKind.ADVANCE if place.rank == before.rank + 1 else MoveKind.SKIP
