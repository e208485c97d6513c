"""A ledger is put back from a backup: the file is looked at, the one in use steps aside, and the copy is doubted.

The systems went on after the backup was made. Whatever the copy holds as planned may have been sent since, what it
holds as unanswered may have been answered, and nobody has approved anything under what it knows. So in a ledger that
was restored no plan goes on, every write without an answer is looked for again, and the first plan of each pair waits
for a person once more. `restored_us` in `meta` remembers when.
"""

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from crmbridge.ledger import bulk, migrations
from crmbridge.ledger.failures import BUSY_TIMEOUT_S, OLDER_HINT, RESTORE_HINT, busy, translated
from crmbridge.ledger.schema import APPLICATION_ID
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.model.errors import LeaseLost, StoreError

BESIDE = ("", "-wal", "-shm")
"""The files that are one SQLite database together."""

RESTORED_US = "coalesce((SELECT CAST(value AS BIGINT) FROM meta WHERE key = 'restored_us'), 0)"
"""SQL: when this ledger was restored last, in microseconds; 0 where it never was."""

_REMEMBERED = (
    """
    INSERT INTO meta (key, value) VALUES ('restored_us', :told) ON CONFLICT (key) DO UPDATE SET value = excluded.value
    """,
    "UPDATE lease SET generation = generation + 1000, holder = NULL, expires_us = 0",
)
_WRITING = (
    "UPDATE outbox SET state = 'dropped', settled_us = :now_us WHERE state = 'planned'",
    "UPDATE outbox SET settled_us = NULL WHERE state IN ('sent', 'unknown')",
    "UPDATE write_plan SET state = 'superseded', ended_us = :now_us WHERE state IN ('open', 'approved', 'running')",
)


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup holds: `version` of its schema, the vendor records in it, and when it last began a run."""

    path: Path
    version: int
    records: int
    last_run_us: int | None


def inspect(path: Path) -> Backup:
    """The backup, read from end to end. StoreError where it is absent, damaged, no ledger, or newer than we are."""
    if not path.is_file():
        hint = "name a backup or a folder of them: crmbridge db backup writes into .crmbridge/backups"
        raise StoreError("there is no backup at {file}", file=path, hint=hint)
    with _older_instead(path), closing(_reading(path)) as found:
        if _value(found, "PRAGMA application_id") != APPLICATION_ID:
            raise StoreError("{file} is a database of another program, not a ledger", file=path)
        if (said := _value(found, "PRAGMA integrity_check")) != "ok":
            raise StoreError("{file} is damaged: {reason}", file=path, reason=said, hint=OLDER_HINT)
        version = int(str(_value(found, "SELECT value FROM meta WHERE key = 'schema_version'")))
        if version > migrations.latest():
            raise StoreError(
                "{file} has schema version {theirs}, this crmbridge knows {ours}",
                file=path,
                theirs=version,
                ours=migrations.latest(),
                hint="use the crmbridge that wrote it, or a newer one",
            )
        records = int(str(_value(found, "SELECT count(*) FROM raw_record")))
        last = _value(found, "SELECT max(started_us) FROM run")
    return Backup(path, version, records, None if last is None else int(str(last)))


@contextmanager
def _older_instead(path: Path) -> Iterator[None]:
    """A backup that cannot be read ends here: what a damaged ledger wants, a backup, is just what this is not."""
    try:
        with translated(str(path)):
            yield
    except StoreError as error:
        if error.hint == RESTORE_HINT:
            error.hint = OLDER_HINT
        raise


def restore(backup: Path, path: Path, *, now_us: int, stamp: str) -> Path | None:
    """Puts a backup in the place of a ledger; where the old one stands now, None where there was none.

    The old files are renamed (`ledger.db.replaced-STAMP`), never deleted. A kill leaves the old ledger, or none and
    both files beside its place: the same command again finishes. LeaseLost (exit 75) where a run is at work on it.
    """
    if path.exists() and path.samefile(backup):
        raise StoreError("{file} is the ledger itself, not a backup of it", file=backup)
    fresh = path.with_name(f"{path.name}.restoring-{os.getpid()}")
    try:
        with translated(str(path)):
            _copy(backup, fresh, now_us=now_us)
        with _nobody_at_work(path, now_us=now_us):
            aside = _step_aside(path, stamp)
            fresh.replace(path)
            _settle(path.parent)
    finally:
        for end in (*BESIDE, "-journal"):
            fresh.with_name(fresh.name + end).unlink(missing_ok=True)
    return aside


def doubt(tx: LedgerTx, *, now_us: int) -> None:
    """What a ledger remembers of writes is doubted, as it was put back by the means of its database (pg_restore)."""
    _doubt(lambda sql: bulk.select(tx, f"{sql} RETURNING 1", **_given(sql, now_us)), has_writes=True)


def is_restored(tx: LedgerTx) -> bool:
    """Whether this ledger was ever restored: then systems may hold what it has forgotten."""
    found = tx.cache.get(("restored", None))
    if found is None:
        sql = "SELECT 1 FROM meta WHERE key = 'restored_us'"
        found = tx.cache["restored", None] = bool(bulk.select(tx, sql))
    return bool(found)


def _copy(backup: Path, fresh: Path, *, now_us: int) -> None:
    """A copy that is doubted already, on the disk to its last byte."""
    os.close(os.open(fresh, os.O_CREAT | os.O_RDWR | os.O_TRUNC, 0o600))
    with closing(_reading(backup)) as old, closing(sqlite3.connect(fresh)) as new:
        old.backup(new)
        new.execute("PRAGMA journal_mode=DELETE")
        has_writes = _value(new, "SELECT 1 FROM sqlite_master WHERE name = 'write_plan'") is not None
        with new:
            _doubt(lambda sql: new.execute(sql, _given(sql, now_us)), has_writes=has_writes)
        new.execute("PRAGMA journal_mode=WAL")
    _settle(fresh)


def _doubt(run: Callable[[str], object], *, has_writes: bool) -> None:
    for sql in (*_REMEMBERED, *(_WRITING if has_writes else ())):
        run(sql)


def _given(sql: str, now_us: int) -> dict[str, object]:
    return {name: value for name, value in (("told", str(now_us)), ("now_us", now_us)) if f":{name}" in sql}


@contextmanager
def _nobody_at_work(path: Path, *, now_us: int) -> Iterator[None]:
    """LeaseLost where a run holds a lease or anybody has the file open; one too damaged to tell is nobody's."""
    if not path.exists():
        yield
        return
    with closing(sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None)) as old:
        try:
            old.execute("PRAGMA journal_mode=DELETE")  # only where nobody else has it open; its log is in the file then
            old.execute("BEGIN EXCLUSIVE")
            sql = "SELECT holder, name FROM lease WHERE holder IS NOT NULL AND expires_us > ?"
            held = old.execute(sql, (now_us,)).fetchone()
        except sqlite3.DatabaseError as error:
            if (getattr(error, "sqlite_errorname", None) or "").startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
                raise busy(str(path)) from error
            old.close()
            held = None
        if held is not None:
            hint = "restore when it has ended"
            raise LeaseLost("{holder} is at work on {name}", holder=held[0], name=held[1], hint=hint)
        yield


def _step_aside(path: Path, stamp: str) -> Path | None:
    """Renames the ledger's files; the log first, so that a new ledger never meets the log of an old one."""
    aside = path.with_name(f"{path.name}.replaced-{stamp}")
    number = 1
    while any(aside.with_name(aside.name + end).exists() for end in BESIDE):
        number += 1
        aside = path.with_name(f"{path.name}.replaced-{stamp}.{number}")
    was_there = path.exists()
    for end in reversed(BESIDE):
        with contextlib.suppress(FileNotFoundError):
            path.with_name(path.name + end).rename(aside.with_name(aside.name + end))
    return aside if was_there else None


def _settle(place: Path) -> None:
    """Waits until a file, or the names in a folder, are on the disk."""
    handle = os.open(place, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _reading(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{quote(str(path.resolve()))}?mode=ro", uri=True)


def _value(connection: sqlite3.Connection, sql: str) -> object:
    row = connection.execute(sql).fetchone()
    return None if row is None else row[0]
