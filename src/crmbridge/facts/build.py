"""Opens the facts of a ledger: at once in memory where it is small, else from a cache file that is brought up to date.

The cache is disposable. A locked one is left to its user, a damaged one is made anew; neither stops a report.
"""

import contextlib
from collections.abc import Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb

from crmbridge.facts import cache_file
from crmbridge.facts.refresh import Refreshed, refresh
from crmbridge.facts.source import Source
from crmbridge.facts.store import Facts, connect, in_memory
from crmbridge.ledger.engine import Ledger
from crmbridge.model.calendar import Calendar
from crmbridge.model.errors import StoreError
from crmbridge.model.kinds import KIND_NAMES, ColumnType
from crmbridge.model.notes import Note

Connection = duckdb.DuckDBPyConnection

SMALL_ROWS = 20_000
"""A ledger of no more records is built in memory faster than a file is opened, unless there is a file already."""


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
    notes: list[Note] = []
    with contextlib.closing(Source.connect(ledger)) as source:
        empty = None if cache is not None and cache.exists() else in_memory()
        if cache is not None and (empty is None or not _is_small(source, empty)):
            empty = None
            for _ in range(2):
                try:
                    connection, done = _in_file(source, cache, calendars)
                except (duckdb.Error, OSError) as error:
                    notes.append(cache_file.note(cache, error))
                    if cache_file.is_busy(error) or not cache_file.discard(cache):
                        break
                else:
                    return Facts(connection, zone=zone, currency=currency, notes=notes, refreshed=done, cache=cache)
        connection, done = _in_memory(empty or in_memory(), source, calendars)
    return Facts(connection, zone=zone, currency=currency, notes=notes, refreshed=done)


def _in_file(source: Source, cache: Path, calendars: Sequence[Calendar]) -> tuple[Connection, Refreshed]:
    cache.parent.mkdir(parents=True, exist_ok=True)
    connection = connect(cache)
    cache.chmod(0o600)
    return _refreshed(connection, source, calendars)


def _in_memory(connection: Connection, source: Source, calendars: Sequence[Calendar]) -> tuple[Connection, Refreshed]:
    try:
        return _refreshed(connection, source, calendars, is_empty=True)
    except (duckdb.InvalidInputException, duckdb.ConversionException, duckdb.OutOfMemoryException) as error:
        raise StoreError(
            "the facts cannot be built from {file}: {reason}", file=source.place, reason=str(error).strip()
        ) from error


def _refreshed(
    connection: Connection, source: Source, calendars: Sequence[Calendar], *, is_empty: bool = False
) -> tuple[Connection, Refreshed]:
    try:
        return connection, refresh(connection, source, calendars, is_empty=is_empty)
    except BaseException:
        connection.close()
        raise


def _is_small(source: Source, connection: Connection) -> bool:
    """Whether the ledger holds few records; counts no further than it must."""
    counted = " + ".join(
        f'(SELECT count(*) FROM (SELECT 1 FROM "{name}" LIMIT {max(0, SMALL_ROWS + 1)}) AS t)'  # noqa: S608 - our own name
        for name in KIND_NAMES
    )
    ((total,),) = source.rows(connection, [("total", ColumnType.INT)], f"FROM (SELECT {counted} AS total) AS s")
    return bool(total <= SMALL_ROWS)
