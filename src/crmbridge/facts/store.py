"""The door to the facts: one DuckDB connection with the company's zone and currency.

No network, no extension loaded on the quiet, no variable of the calling program visible in SQL; instants are UTC.
DuckDB works on several threads, so a query that wants an order says so.
"""

import itertools
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from zoneinfo import ZoneInfo

import duckdb

from crmbridge.facts import cache_file, memory, stage_moves, tables
from crmbridge.facts.refresh import Refreshed
from crmbridge.model.errors import StoreError
from crmbridge.model.notes import Note

Parameters = Sequence[object] | Mapping[str, object]

MEMORY_LIMIT = "4GB"
"""More than that spills to disk."""

_MOVING = {"deals", tables.STAGE_EVENTS}
"""With other rows of these, what each event did is no longer known."""


class Facts:
    """The facts of one workspace, open for reading; use them in a `with` block.

    A cache found damaged while it is read is thrown away at the end of the block, which StoreError leaves.

    `zone` is the zone in which business dates are taken, `currency` the workspace's own; `notes` say what was odd while
    building, `refreshed` what was read for it. Instants come out of SQL as naive datetimes in UTC, money as int counts
    of 1/10,000.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        *,
        zone: ZoneInfo,
        currency: str,
        notes: Sequence[Note] = (),
        refreshed: Refreshed | None = None,
        cache: Path | None = None,
    ) -> None:
        self.connection = connection
        self.zone = zone
        self.currency = currency
        self.notes = tuple(notes)
        self.refreshed = refreshed or Refreshed()
        self.cache = cache

    @classmethod
    def in_memory(cls, *, zone: str | ZoneInfo = "UTC", currency: str = "USD") -> Self:
        """Empty facts in memory: all tables are there, nothing is in them."""
        connection = in_memory()
        return cls(connection, zone=ZoneInfo(zone) if isinstance(zone, str) else zone, currency=currency)

    def query(self, sql: str, params: Parameters | None = None) -> list[tuple[Any, ...]]:
        """The rows of a query; `?` or `$name` stand for params."""
        return self.connection.execute(sql, params).fetchall()

    def rows(self, sql: str, params: Parameters | None = None) -> list[dict[str, Any]]:
        """The rows of a query as mappings from column name to value."""
        result = self.connection.execute(sql, params)
        names = [column[0] for column in result.description or ()]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    def scalar(self, sql: str, params: Parameters | None = None) -> Any:  # noqa: ANN401 - whatever the query says
        """The first value of the first row, None where there is no row."""
        rows = self.connection.execute(sql, params).fetchall()
        return rows[0][0] if rows else None

    def insert(self, table: str, rows: Sequence[Mapping[str, object]]) -> None:
        """Rows are added to a fact table, columns not named stay NULL: for tests and for data that no ledger holds."""
        if table in _MOVING:
            stage_moves.forget(self.connection)
        types = {column.name: column.type for column in tables.columns(table)}
        for columns, alike in itertools.groupby(rows, key=tuple):
            if unknown := set(columns) - types.keys():
                raise KeyError(f"{table} has no column {sorted(unknown)}")
            names = ", ".join(f'"{name}"' for name in columns)
            values = ", ".join(f"unnest(?::{types[name]}[])" for name in columns)
            told = [list(column) for column in zip(*(row.values() for row in alike), strict=True)]
            self.connection.execute(f'INSERT INTO "{table}" ({names}) SELECT {values}', told)

    def close(self) -> None:
        """The connection is closed; a cache file can be opened by others again."""
        self.connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
        if error is not None and self.cache is not None and cache_file.is_damage(error):
            cache_file.discard(self.cache)
            reason = str(error).strip().partition("\n")[0]
            raise StoreError(
                "{file} is damaged: {reason}",
                file=str(self.cache),
                reason=reason,
                hint="it was thrown away and is built again: run the command once more",
            ) from error


def in_memory() -> duckdb.DuckDBPyConnection:
    """A connection to fact tables in memory, all there and empty, that nobody else writes into."""
    return memory.empty(_alone)


def _alone() -> duckdb.DuckDBPyConnection:
    return connect(None)


def connect(path: Path | None) -> duckdb.DuckDBPyConnection:
    """A DuckDB connection to a file, or in memory; duckdb.Error leaves where the file is locked or no database."""
    spill = path.with_name(f"{path.name}.tmp") if path else Path(tempfile.gettempdir()) / "crmbridge-facts.tmp"
    connection = duckdb.connect(
        str(path) if path else ":memory:",
        config={
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "allow_persistent_secrets": False,
            "python_enable_replacements": False,
            "memory_limit": MEMORY_LIMIT,
            "temp_directory": str(spill),
        },
    )
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET enable_progress_bar = false")  # drawn on standard output wherever there is no main file
    return connection
