"""Ledgers in files whose bytes are not what they were, and what is said of them."""

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from crmbridge.ledger import verifying
from crmbridge.ledger.declaring import METADATA
from crmbridge.ledger.engine import open_ledger
from crmbridge.model.errors import StoreError
from crmbridge.model.kinds import KIND_NAMES, kind

Rows = dict[str, list[tuple[object, ...]]]


@dataclass
class Verdicts:
    """How often each became of a damage. `unseen` tells what changed and no look found, by table."""

    refused: int = 0
    found: int = 0
    whole: int = 0
    unseen: dict[str, int] = field(default_factory=dict)


def rows_of(path: Path) -> Rows:
    """All that is in a ledger, by the driver alone."""
    with closing(sqlite3.connect(path)) as con:
        con.text_factory = bytes
        return {t.name: con.execute(f'SELECT * FROM "{t.name}"').fetchall() for t in METADATA.sorted_tables}


def damage(content: bytes, rng: random.Random) -> Iterator[bytes]:
    """The file again and again, each time with a flipped byte, some zeros, another page, or its end cut off."""
    while True:
        made = bytearray(content)
        at = rng.randrange(len(made))
        match rng.randrange(10):
            case 0:
                del made[at:]
            case 1:
                made[at : at + 512] = bytes(len(made[at : at + 512]))
            case 2:
                page, other = (rng.randrange(len(made) // 8192) * 8192 for _ in range(2))
                made[page : page + 8192] = made[other : other + 8192]
            case _:
                made[at] ^= rng.randrange(1, 256)
        if made != content:
            yield bytes(made)


def judge(path: Path, content: bytes, wanted: Rows, verdicts: Verdicts) -> None:
    """Opens a damaged ledger, looks deep, reads all; anything but a StoreError that says what to do is a bug."""
    for end in ("-wal", "-shm"):
        path.with_name(path.name + end).unlink(missing_ok=True)
    path.write_bytes(content)
    try:
        ledger = open_ledger(f"sqlite:///{path}", create=False, durable=False)
    except StoreError as error:
        _says_what_to_do(error)
        verdicts.refused += 1
        return
    try:
        problems: list[object] = [*ledger.check()]
        if not problems:
            with ledger.read() as tx:
                problems += verifying.problems(tx)
    except StoreError as error:
        _says_what_to_do(error)
        problems = [error]
    finally:
        ledger.close()
    if problems:
        verdicts.found += 1
        return
    changed = [place for name, rows in rows_of(path).items() for place in _changed(name, rows, wanted[name])]
    verdicts.whole += not changed
    for place in changed:
        verdicts.unseen[place] = verdicts.unseen.get(place, 0) + 1


def _says_what_to_do(error: StoreError) -> None:
    if not error.hint:
        raise AssertionError(str(error)) from error


def _changed(table: str, rows: list[tuple[object, ...]], wanted: list[tuple[object, ...]]) -> set[str]:
    """The columns in which two tables differ; the table where a row is missing."""
    names = [column.name for column in METADATA.tables[table].columns]
    if len(rows) != len(wanted):
        return {table}
    return {
        f"{table}.{name}"
        for row, other in zip(rows, wanted, strict=True)
        for name, value, before in zip(names, row, other, strict=True)
        if value != before
    }


def is_kept_safe(place: str) -> bool:
    """Whether a change there must be seen: every payload and every value that a record shows."""
    table, _, column = place.partition(".")
    if table == "raw_payload":
        return True
    values = {one.name for one in kind(table).columns} if table in KIND_NAMES else set()
    return column in values | {"custom", "stage_dates", "issues"}


def whole_file(url: str) -> tuple[bytes, Rows]:
    """A ledger as one file without a log, and all that is in it."""
    path = Path(url.removeprefix("sqlite:///"))
    with closing(sqlite3.connect(path)) as con:
        con.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path.read_bytes(), rows_of(path)
