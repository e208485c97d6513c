"""Where a reading stands, and what the last complete one saw.

    {"v": 1, "plan": ..., "stat": ..., "content": ..., "settled": true, "at": 4000,
     "rows": 8800, "columns": [...]}

`at` counts the rows read, null when all of them were. The names of many columns do not fit in 4 KiB: then their
hashes are kept, which still tell a new column by its name and that others are lost.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass

VERSION = 1
_MAX_NAMES_BYTES = 3_000
_MAX_HASHES = 450


@dataclass(frozen=True, slots=True)
class Memory:
    """What the last complete reading saw: how many records, and which columns (names, or their hashes)."""

    rows: int
    columns: tuple[str, ...] = ()
    is_hashed: bool = False

    @classmethod
    def of(cls, rows: int, columns: Iterable[str]) -> "Memory":
        """A memory that fits in a cursor."""
        names = tuple(columns)
        if len(json.dumps(names, ensure_ascii=False).encode()) <= _MAX_NAMES_BYTES:
            return cls(rows, names)
        return cls(rows, tuple(_hash(name) for name in names[:_MAX_HASHES]), is_hashed=True)

    def knows(self, column: str) -> bool:
        """Whether the column was there."""
        return (_hash(column) if self.is_hashed else column) in self.columns

    def lost(self, columns: Iterable[str]) -> list[str]:
        """The columns that were there and are no more; of hashed ones only that there are some."""
        now = {_hash(name) if self.is_hashed else name for name in columns}
        return [("?" if self.is_hashed else known) for known in self.columns if known not in now]


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in the files of one plan. `at` is None after the last row."""

    plan: str
    stat: str
    content: str
    is_settled: bool
    at: int | None
    memory: Memory | None

    def text(self) -> str:
        """The cursor as the engine keeps it."""
        told: dict[str, object] = {"v": VERSION, "plan": self.plan, "stat": self.stat, "content": self.content}
        told |= {"settled": self.is_settled, "at": self.at}
        if self.memory:
            kept = "hashes" if self.memory.is_hashed else "columns"
            told |= {"rows": self.memory.rows, kept: self.memory.columns}
        return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def parse(text: str | None) -> Cursor | None:
    """The cursor in a text; None for one of another version, after which everything is simply read again."""
    try:
        told = json.loads(text or "null")
        if not isinstance(told, dict) or told.get("v") != VERSION:
            return None
        memory = None
        if "rows" in told:
            memory = Memory(told["rows"], tuple(told.get("columns") or told.get("hashes") or ()), "hashes" in told)
        return Cursor(told["plan"], told["stat"], told["content"], told["settled"], told["at"], memory)
    except (ValueError, KeyError, TypeError):
        return None


def _hash(name: str) -> str:
    return hashlib.blake2b(name.encode("utf-8", "backslashreplace"), digest_size=3).hexdigest()
