"""Opens the facts of a ledger: at once in memory where it is small, else from a cache file that is brought up to date.

The cache is disposable. A locked one is left to its user, a damaged one is made anew; neither stops a report.
"""

import contextlib
from collections.abc import Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb

from crmbridge.facts.refresh import Refreshed, refresh
from crmbridge.facts.source import Source
from crmbridge.facts.store import Facts, connect
from crmbridge.ledger.engine import Ledger
from crmbridge.model.calendar import Calendar
from crmbridge.model.kinds import KIND_NAMES, ColumnType
from crmbridge.model.notes import Note

SMALL_ROWS = 20_000
"""A ledger of no more records is built in memory faster than a file is opened, unless there is a file already."""

CACHE_SUFFIX = ".duckdb"
"""Only a file of this suffix is ever replaced."""


def open_facts(
    ledger: Ledger,
    *,
    cache: Path | None,
    zone: ZoneInfo,
    currency: str,
    calendars: Sequence[Calendar] = (),
) -> Facts:
    """The facts as the ledger is now.

    `cache` is the file kept between calls, None to stay in memory. `calendars` are the business calendars in use.
    `notes` of the facts tell of a cache that could not be used. StoreError: the ledger cannot be read.
    """
    with contextlib.closing(Source.connect(ledger)) as source:
        connection, done, notes = _opened(source, cache, calendars)
    return Facts(connection, zone=zone, currency=currency, notes=notes, refreshed=done)


def _opened(
    source: Source, cache: Path | None, calendars: Sequence[Calendar]
) -> tuple[duckdb.DuckDBPyConnection, Refreshed, list[Note]]:
    notes: list[Note] = []
    if cache is not None and (cache.exists() or not _is_small(source)):
        for _ in range(2):
            try:
                return *_from_file(source, cache, calendars), notes
            except (duckdb.Error, OSError) as error:
                notes.append(_note(cache, error))
                if _is_busy(error) or not _discard(cache):
                    break
    return *_refreshed(connect(None), source, calendars), notes


def _from_file(
    source: Source, cache: Path, calendars: Sequence[Calendar]
) -> tuple[duckdb.DuckDBPyConnection, Refreshed]:
    cache.parent.mkdir(parents=True, exist_ok=True)
    connection = connect(cache)
    cache.chmod(0o600)
    return _refreshed(connection, source, calendars)


def _refreshed(
    connection: duckdb.DuckDBPyConnection, source: Source, calendars: Sequence[Calendar]
) -> tuple[duckdb.DuckDBPyConnection, Refreshed]:
    try:
        return connection, refresh(connection, source, calendars)
    except BaseException:
        connection.close()
        raise


def _is_small(source: Source) -> bool:
    """Whether the ledger holds few records; counts no further than it must."""
    counted = " + ".join(
        f'(SELECT count(*) FROM (SELECT 1 FROM "{name}" LIMIT {SMALL_ROWS + 1}) AS t)'  # noqa: S608
        for name in KIND_NAMES
    )
    with connect(None) as scratch:
        ((total,),) = source.rows(scratch, [("total", ColumnType.INT)], f"FROM (SELECT {counted} AS total) AS s")
    return bool(total <= SMALL_ROWS)


def _is_busy(error: Exception) -> bool:
    """Whether somebody else is using the cache right now, in this process or another."""
    if isinstance(error, duckdb.TransactionException | duckdb.ConnectionException):
        return True
    text = str(error).casefold()
    return "lock on file" in text or "used by another process" in text or "already open in" in text


def _discard(cache: Path) -> bool:
    """The cache is thrown away, with its log; False where that cannot be, or where the file may not be ours."""
    if cache.suffix != CACHE_SUFFIX or cache.is_dir():
        return False
    try:
        cache.unlink(missing_ok=True)
        cache.with_name(f"{cache.name}.wal").unlink(missing_ok=True)
    except OSError:
        return False
    return True


def _note(cache: Path, error: Exception) -> Note:
    if _is_busy(error):
        return Note("FACTS_CACHE_BUSY", "{file} is in use, the facts were built in memory", {"file": str(cache)})
    reason = str(error).strip().partition("\n")[0]
    template = "{file} could not be used and was left aside: {reason}"
    return Note("FACTS_CACHE_UNUSABLE", template, {"file": str(cache), "reason": reason})
