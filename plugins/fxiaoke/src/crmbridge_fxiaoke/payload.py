"""One form of a record, whichever way it came: query, findSimple or get, with nulls or without.

Missing, null, "" and [] are the same "empty" (dossier 2.3, 2.4): every described field that was asked for is there, and
an empty one is None, so that a field that was cleared is seen to be. Numbers come as texts and become exact numbers.
Labels and other expansions (`__r`, `__l` ...) are left out unless they were asked for: they are no data of the record,
and a renamed person would look like a change.

The work for each row is one look into a table for each of its keys; the table is made as keys are first met.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from crmbridge.adapter.contract import RawRecord
from crmbridge.model.errors import ContractError

SYSTEM = ("_id", "last_modified_time", "version", "life_status")
"""What is always asked for: a record's id, time, revision and whether it is 作废."""
INVALID = "invalid"
EXPANSIONS = ("__r", "__l", "__o", "__v", "__p", "__e", "__relation_ids")
TECHNICAL = frozenset(
    {
        "total_num",
        "searchAfterId",
        "tenant_id",
        "object_describe_id",
        "object_describe_api_name",
        "extend_obj_data_id",
        "details",
    }
)
"""What is about the row and not about the record."""
NAMED = frozenset({"SalesProcess", "LeadsPoolObj", "HighSeasObj"})
"""What is known by its name alone: a reference to one of these keeps the name beside the id, under `__r`."""
NUMBERS = frozenset({"number", "currency", "percentile"})
TIMES = frozenset({"date", "date_time", "time"})
PEOPLE = frozenset({"employee", "department"})
LONG_TEXTS = frozenset({"long_text", "html_rich_text", "rich_text"})
MOST_CHANGES = 1_000_000_000
"""A revision above that is no count of changes but a time, in milliseconds."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LONGEST = 40
"""No number of Fxiaoke has more digits; a longer text is none."""
_LATEST_MS = 253_402_300_799_999

Convert = Callable[[Any], Any]
Way = Convert | Literal[False] | None
"""What becomes of a value: False drops it, None leaves it as it is."""
_EMPTY: tuple[object, ...] = (None, "", [])


class Shape:
    """How the rows of one object become records, for one set of fields (None: all)."""

    def __init__(self, name: str, fields: Mapping[str, Mapping[str, Any]], wanted: frozenset[str] | None) -> None:
        self.name = name
        self._types = {key: _type(described) for key, described in fields.items()}
        self._wanted = wanted
        self._names = {name_of(key) for key, one in fields.items() if one.get("target_api_name") in NAMED}
        known = [key for key in (*fields, *sorted(self._names)) if key not in TECHNICAL or (wanted and key in wanted)]
        self._blank: dict[str, Any] = dict.fromkeys(
            known if wanted is None else sorted(key for key in wanted if _base(key) in fields or key in fields)
        )
        self._ways: dict[str, Way] = {}
        self._long = tuple(key for key in self._blank if self._types.get(key) in LONG_TEXTS)

    @property
    def projection(self) -> list[str] | None:
        """The fields to ask for, None for all: only described ones, since an unknown one may be refused."""
        if self._wanted is None:
            return None
        asked = {_base(key) if key not in self._types else key for key in self._wanted}
        return sorted({*(key for key in asked if key in self._types), *(key for key in SYSTEM if self.has(key))})

    @property
    def missing(self) -> list[str]:
        """The fields that were asked for and are not there."""
        return sorted(key for key in self._wanted or () if key not in self._types and _base(key) not in self._types)

    @property
    def named(self) -> tuple[str, ...]:
        """The references whose names were asked for beside their ids."""
        return tuple(sorted(_base(key) for key in self._names if self._wanted is not None and key in self._wanted))

    @property
    def long_texts(self) -> tuple[str, ...]:
        """The fields asked for that hold long texts: a list may cut them."""
        return self._long

    def has(self, key: str) -> bool:
        """Whether the object has that field; every one has an id."""
        return key == "_id" or key in self._types

    def record(self, row: Mapping[str, Any]) -> RawRecord:
        """The record of a row; ContractError for one without an id. A 作废 one is marked as deleted."""
        external_id = row.get("_id")
        if not isinstance(external_id, str) or not external_id:
            raise ContractError("Fxiaoke sent a row of {object} without an _id", object=self.name)
        return RawRecord(
            self.name,
            external_id,
            self.payload(row),
            revision=revision_of(row),
            modified=modified_of(row),
            deleted=row.get("life_status") == INVALID,
        )

    def payload(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """What the record says, in its one form."""
        found = self._blank.copy()
        ways = self._ways
        for key, value in row.items():
            way = ways[key] if key in ways else self._way(key)
            if way is False or value in _EMPTY:
                continue
            found[key] = value if way is None else way(value)
        return found

    def _way(self, key: str) -> Way:
        """What becomes of the values under a key, remembered."""
        way = self._ways[key] = self._classified(key)
        return way

    def _classified(self, key: str) -> Way:
        if self._wanted is not None and key not in self._wanted:
            return False
        is_expansion = key not in self._types and key not in self._names and key.endswith(EXPANSIONS)
        if self._wanted is None and (key in TECHNICAL or is_expansion):
            return False
        kind = self._types.get(key, "")
        if kind in NUMBERS or key == "version":
            return number
        if kind in TIMES:
            return _time
        if kind == "true_or_false":
            return _flag
        return _people if kind in PEOPLE else None


def number(value: object) -> object:
    """A number as exactly what its text says; a text that is none stays a text."""
    if not isinstance(value, str) or len(value) > _LONGEST or not value.isascii():
        return value
    if value.isdigit():
        return int(value)
    try:
        found = Decimal(value)
    except InvalidOperation:
        return value
    if not found.is_finite() or "e" in value or "E" in value or "_" in value or value != value.strip():
        return value
    return found if "." in value else int(found)


def revision_of(row: Mapping[str, Any]) -> str | None:
    """What a later write compares: the version, which rises with each change, else the time of the last one."""
    told = row.get("version")
    if told is None or told == "":
        told = row.get("last_modified_time")
    return None if told is None or told == "" else str(told)


def risen(since: str | None, until: str | None) -> int | None:
    """By how much a version rose; None where that is no count: a time, or a version that fell."""
    if since is None or until is None or not (since.isdecimal() and until.isdecimal()):
        return None
    rise = int(until) - int(since)
    return rise if rise >= 0 and int(until) < MOST_CHANGES else None


def modified_of(row: Mapping[str, Any]) -> datetime | None:
    """When the record was last changed, to the millisecond; None where it does not say, or nonsense."""
    return instant(row.get("last_modified_time"))


def instant(told: object) -> datetime | None:
    """An instant of milliseconds since 1970, a text of digits too; None for anything else."""
    told = _time(told)
    if not isinstance(told, int) or isinstance(told, bool) or not 0 <= told <= _LATEST_MS:
        return None
    return _EPOCH + timedelta(milliseconds=told)


def milliseconds(at: datetime) -> int:
    """The milliseconds of an instant, as Fxiaoke counts them."""
    return (at - _EPOCH) // timedelta(milliseconds=1)


def _time(value: object) -> object:
    is_digits = isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= _LONGEST
    return int(value) if is_digits and isinstance(value, str) else value


def _flag(value: object) -> object:
    return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value


def _people(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _type(described: Mapping[str, Any]) -> str:
    """The type of a field; of a calculated one the type of what it gives, where that is told."""
    kind = described.get("type")
    if kind in {"formula", "count", "quote"} and isinstance(given := described.get("return_type"), str) and given:
        return given
    return kind if isinstance(kind, str) else ""


def name_of(key: str) -> str:
    """The field that holds the name of what a reference points at."""
    return f"{key}__r"


def _base(key: str) -> str:
    """The field that an expansion belongs to."""
    ending = next((ending for ending in EXPANSIONS if key.endswith(ending)), "")
    return key[: len(key) - len(ending)]
