"""The channel that every workspace has: notices as JSON lines in a file of its own, for people and for programs.

A line is whole and on the disk before the notice counts as given, so that what was in doubt is looked up by its key.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import orjson

from crmbridge.model.errors import StoreError
from crmbridge.sync.twoway.notices import Notify


@dataclass(frozen=True, slots=True)
class Given:
    """A line of the file: when it was given, under which key, for whom, and what it says."""

    at: datetime
    key: str
    to: str
    text: str


FILE = Path(".crmbridge") / "notices.ndjson"


@dataclass(frozen=True, slots=True)
class NoticeFile:
    """The file of one workspace; made with the first notice."""

    file: Path
    clock: Callable[[], datetime]

    def deliver(self, notice: Notify) -> None:
        """Appends the notice; StoreError where the file cannot be written."""
        told = {"at": self.clock(), "key": notice.key, "to": notice.to, "text": notice.text, "why": notice.why}
        try:
            self.file.parent.mkdir(mode=0o700, exist_ok=True)
            with self.file.open("a+b") as out:
                is_cut = out.seek(0, os.SEEK_END) > 0 and _last(out) != b"\n"
                out.write((b"\n" if is_cut else b"") + orjson.dumps(told, option=orjson.OPT_APPEND_NEWLINE))
                out.flush()
                os.fsync(out.fileno())
        except OSError as error:
            raise StoreError("{file} cannot be written: {reason}", file=str(FILE), reason=str(error)) from error

    def since(self, moment: datetime) -> Iterator[Given]:
        """The lines given since then, in the order of the file; what was cut off in the middle is left out."""
        if not self.file.exists():
            return
        with self.file.open("rb") as lines:
            for line in lines:
                try:
                    told = orjson.loads(line)
                    given = Given(datetime.fromisoformat(told["at"]), told["key"], told["to"], told["text"])
                except (orjson.JSONDecodeError, KeyError):
                    continue
                if given.at >= moment:
                    yield given

    def has(self, key: str) -> bool:
        """Whether a whole line has that key."""
        if not self.file.exists():
            return False
        with self.file.open("rb") as lines:
            return any(_key(line) == key for line in lines)


def _last(file: BinaryIO) -> bytes:
    file.seek(-1, os.SEEK_END)
    return file.read(1)


def _key(line: bytes) -> object:
    try:
        return orjson.loads(line).get("key")
    except orjson.JSONDecodeError:  # the rest of a line that a kill has cut off
        return None
