"""Words for tables of what must be held: neutral field -> what it is, read off the record as the vendor shows it."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

Record = Mapping[str, Any]
Made = Callable[[Record], Any]

ENVELOPE = frozenset(
    {
        *("id", "record_id", "refs", "version", "revision", "first_seen_at", "last_seen_at"),
        *("lifecycle", "merged_into", "custom", "unknown", "history_quality"),
    }
)
"""What is ours of an exported record, not the vendor's."""
_STAMP = 18


class Seen(dict[str, Any]):
    """A record that remembers which of its fields were looked at."""

    def __init__(self, record: Record) -> None:
        super().__init__(record)
        self.names: set[str] = set()

    def __getitem__(self, name: str) -> Any:
        self.names.add(name)
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        self.names.add(name)
        return super().get(name, default)


def bare_phone(value: str) -> str:
    """A number without what only eases reading: whether it is valid, and then rewritten, is another test's matter."""
    return re.sub(r"[\s()-]", "", value)


def bare_email(value: str) -> str:
    local, _, domain = value.rpartition("@")
    return f"{local}@{domain.lower()}"


def wanted(value: Any) -> Any:
    """A value of the truth, or one exported, where numbers and times are what they say."""
    if isinstance(value, str):
        if len(value) > _STAMP and value[10:11] == "T" and value.endswith("Z"):
            return datetime.fromisoformat(value)
        try:
            return Decimal(value) if value.removeprefix("-").replace(".", "", 1).isdigit() else value
        except ArithmeticError:
            return value
    return value


def told(value: Any) -> Any:
    """An exported value in the form of the truth's."""
    if isinstance(value, list):
        return [wanted(one) for one in value]
    if isinstance(value, Mapping) and set(value) == {"amount", "currency"}:
        return Decimal(value["amount"]), value["currency"]
    return wanted(value)


def mapped_fields(found: Record) -> set[str]:
    """The neutral fields that a record's mapping supplies."""
    return set(found) - ENVELOPE - set(found["unknown"])
