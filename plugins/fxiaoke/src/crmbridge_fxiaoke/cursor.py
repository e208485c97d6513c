"""Where a reading of one object stands.

    {"v": 1, "m": mark, "b": read, "f": fields, "w": walk}       w is there while a walk is under way

    mark     the vendor's time at which the last reading began: nothing changed before it is still unread
    read     the same of the last reading of everything
    fields   what was read so far, as short hashes: a field that is asked for later must be read from the beginning
    walk     how it goes, and the place in it

Times are milliseconds, as Fxiaoke counts them. A cursor of another version is read as none: everything is read again.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from crmbridge.adapter import read_fields

VERSION = 1
fingerprint = read_fields.told
"""The fields of a request, as a cursor keeps them."""
Way = Literal["ids", "times", "ties"]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the ids that is still to be read: those greater than `after`, up to and with `until` (None: no end)."""

    after: str = ""
    until: str | None = None


@dataclass(frozen=True, slots=True)
class Walk:
    """A walk under way.

    ids     through all records by id, in `parts`
    times   through what changed from `since` on, by time
    ties    through the records that all changed at `since`, by id, behind `after`; then by time again

    `begun` is the vendor's time when it began, `given` the rows it brought so far, `told` how many there were said to
    be (0: not told), and `is_whole` says of a walk by time that it goes through everything.
    """

    way: Way = "ids"
    begun: int = 0
    parts: tuple[Part, ...] = (Part(),)
    since: int = 0
    after: str = ""
    given: int = 0
    told: int = 0
    is_whole: bool = False

    def moved(self, **changes: Any) -> "Walk":  # noqa: ANN401 - the fields above
        """The walk at another place."""
        return replace(self, **changes)


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in one object. `turn` only tells two readings of one instant apart; `kept` are a reader's own figures."""

    mark: int | None = None
    read: int | None = None
    fields: str = ""
    walk: Walk | None = None
    turn: int = 0
    kept: tuple[tuple[str, int], ...] = ()

    def text(self) -> str:
        """The cursor as the engine keeps it."""
        own = {"m": self.mark, "b": self.read, "n": self.turn or None, "k": dict(self.kept) or None}
        told: dict[str, object] = {"v": VERSION, "f": self.fields}
        told |= {key: value for key, value in own.items() if value is not None}
        if self.walk is not None:
            told["w"] = _told(self.walk)
        return json.dumps(told, separators=(",", ":"), sort_keys=True)

    def after(self, text: str | None) -> "Cursor":
        """This cursor, told apart from the one with that text."""
        return replace(self, turn=self.turn + 1) if self.text() == text else self

    def covers(self, names: Iterable[str] | None) -> bool:
        """Whether everything asked for now (None: all) was asked for before."""
        return read_fields.covers(self.fields, names)


def parse(text: str | None) -> Cursor | None:
    """The cursor in a text; None where there is none, or one of another version."""
    try:
        told = json.loads(text or "null")
        if not isinstance(told, dict) or told.get("v") != VERSION:
            return None
        walk = told.get("w")
        kept = tuple(sorted((str(key), int(value)) for key, value in told.get("k", {}).items()))
        return Cursor(_ms(told, "m"), _ms(told, "b"), str(told.get("f", "")), _walk(walk) if walk else None, kept=kept)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def _told(walk: Walk) -> dict[str, object]:
    told = {"w": walk.way, "b": walk.begun, "g": walk.given, "t": walk.told, "s": walk.since}
    kept: dict[str, object] = {key: value for key, value in told.items() if value}
    if walk.after:
        kept["a"] = walk.after
    if walk.is_whole:
        kept["e"] = True
    if walk.way == "ids":
        kept["p"] = [[part.after, part.until] for part in walk.parts]
    return kept


def _walk(told: Mapping[str, Any]) -> Walk:
    way = told["w"]
    if way not in {"ids", "times", "ties"}:
        raise ValueError(way)
    parts = tuple(Part(str(after), None if until is None else str(until)) for after, until in told.get("p", ()))
    numbers = {name: int(told.get(key, 0)) for name, key in _NUMBERS.items()}
    is_whole = told.get("e") is True
    return Walk(way, parts=parts or (Part(),), after=str(told.get("a", "")), is_whole=is_whole, **numbers)


_NUMBERS = {"begun": "b", "given": "g", "told": "t", "since": "s"}


def _ms(told: Mapping[str, Any], key: str) -> int | None:
    value = told.get(key)
    return None if value is None else int(value)
