"""Where a reading of one module stands.

    {"v": 1, "m": mark, "f": fields, "w": walk}       w is there while a walk is under way

    mark     the vendor's time at which the last whole reading began: nothing changed before it is still unread
    fields   what was read so far, as short hashes: a field that is asked for later must be read from the beginning
    walk     way, parts left, since when, begun when, and the place in it: token, key of the last record, or export job

A walk's times are texts as Zoho reads them. A cursor of another version is read as none: everything is read again.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from typing import Any

from crmbridge.adapter import read_fields
from crmbridge_zoho.fields import MODIFIED
from crmbridge_zoho.times import literal, parse_or_none

VERSION = 1
fingerprint = read_fields.told
"""The fields of a request, as a cursor keeps them."""
_MAX_TOKEN = 1_500
_SIGNS_OF_CONVERSION = ("Converted__s", "Converted_Date_Time", "Converted_Account", "Converted_Contact")


@dataclass(frozen=True, slots=True)
class Walk:
    """A walk under way.

    `way` is how it goes now and `parts` what comes after it. `since` bounds it below (None: everything), `begun` is
    the vendor's time when it began. The place: `token` of the next page of a list and `window`, where the present one
    of its windows begins; `at` the modified time and `key` the id of the last record read; `job` an export, `row` the
    rows of it that were read, `batch` its number. `total` counts the records of this part, `expected` how many there
    were said to be, `restarts` how often its window was begun again; `fresh` says that the reading began with nothing.
    `settled` counts those of this part that did not change after `begun`, and so each of them once; `has_converted`
    says that a converted lead was among them.
    """

    way: str
    begun: str = ""
    since: str | None = None
    parts: tuple[str, ...] = ()
    fresh: bool = False
    token: str | None = None
    at: str | None = None
    key: str | None = None
    job: str | None = None
    row: int = 0
    batch: int = 1
    total: int = 0
    window: str | None = None
    expected: int = 0
    restarts: int = 0
    settled: int = 0
    has_converted: bool = False

    def moved(self, **changes: Any) -> "Walk":  # noqa: ANN401 - the fields above
        """The walk at another place; a token too long for a cursor is left out: the window is then begun again."""
        token = changes.get("token")
        if isinstance(token, str) and len(token) > _MAX_TOKEN:
            changes["token"] = None
        return replace(self, **changes)

    def past(self, rows: Sequence[Mapping[str, object]]) -> "Walk":
        """The walk behind these rows, which are counted."""
        moved = replace(self, total=self.total + len(rows))
        if not (self.fresh and self.expected):
            return moved
        begun = parse_or_none(self.begun)
        return replace(
            moved,
            settled=self.settled + sum(_is_settled(row, begun) for row in rows),
            has_converted=self.has_converted or any(row.get(name) for row in rows for name in _SIGNS_OF_CONVERSION),
        )


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in one module. `turn` only tells two readings of one second apart."""

    mark: datetime | None = None
    fields: str = ""
    walk: Walk | None = None
    turn: int = 0

    def text(self) -> str:
        """The cursor as the engine keeps it."""
        told: dict[str, object] = {"v": VERSION, "f": self.fields}
        if self.turn:
            told["n"] = self.turn
        if self.mark is not None:
            told["m"] = literal(self.mark)
        if self.walk is not None:
            told["w"] = {key: value for key, value in asdict(self.walk).items() if value not in (None, 0, False, ())}
        return json.dumps(told, separators=(",", ":"), sort_keys=True)

    def covers(self, names: Iterable[str]) -> bool:
        """Whether everything asked for now was asked for before."""
        return read_fields.covers(self.fields, names)


def parse(text: str | None) -> Cursor | None:
    """The cursor in a text; None where there is none, or one of another version."""
    try:
        told = json.loads(text or "null")
        if not isinstance(told, dict) or told.get("v") != VERSION:
            return None
        walk = told.get("w")
        return Cursor(parse_or_none(told.get("m")), str(told.get("f", "")), _walk(walk) if walk else None)
    except (ValueError, TypeError, AttributeError, RecursionError):
        return None


def _is_settled(row: Mapping[str, object], begun: datetime | None) -> bool:
    """Whether a row was as it is when the reading began; nobody can tell of one without a modified time."""
    at = parse_or_none(row.get(MODIFIED))
    return at is None or begun is None or at < begun


def _walk(told: dict[str, Any]) -> Walk:
    known = {one.name for one in fields(Walk)}
    kept = {key: value for key, value in told.items() if key in known}
    kept["parts"] = tuple(kept.get("parts", ()))
    return Walk(**kept)
