"""The reading side of the copy: Arrow streams out of the ledger, through ADBC and without pyarrow.

ADBC's SQLite driver guesses each column's type from its first batch, whatever was declared: a text that is empty there
and filled later stops with "Type mismatch". So every select leads with one row of typed values, marked, and whoever
reads the stream leaves that row out.
"""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Self
from urllib.parse import quote

import duckdb

from crmbridge.ledger.engine import Ledger
from crmbridge.model.errors import ConfigError, StoreError
from crmbridge.model.kinds import ColumnType

LEADING_ROW = "is_leading_row"
"""The marker column: 1 on the row that only carries types."""

STREAM = "incoming"
"""The name by which DuckDB reads an open stream, once."""

_TYPED = {ColumnType.TEXT: "CAST('' AS TEXT)", ColumnType.INT: "CAST(0 AS BIGINT)"}
_BATCH_ROWS = 4096


@dataclass(slots=True)
class Source:
    """One consistent view of a ledger. `statements` counts what was asked of it, for tests and for `facts` itself."""

    connection: Any
    dialect: str
    place: str
    statements: int = 0

    @classmethod
    def connect(cls, ledger: Ledger) -> Self:
        """The ledger opened for reading only; StoreError where the driver cannot."""
        driver = _driver(ledger.dialect)
        uri = f"file:{quote(str(ledger.path))}?mode=ro" if ledger.path else ledger.adbc_uri
        try:
            connection = driver.connect(uri)
            if ledger.dialect != "sqlite":
                with connection.cursor() as cursor:
                    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        except driver.Error as error:
            raise StoreError("{file} cannot be read: {reason}", file=ledger.place, reason=str(error)) from error
        return cls(connection, ledger.dialect, ledger.place)

    @contextlib.contextmanager
    def stream(
        self, target: duckdb.DuckDBPyConnection, columns: Sequence[tuple[str, ColumnType]], tail: str
    ) -> Iterator[None]:
        """The rows of `SELECT columns tail` can be read once by DuckDB as `incoming`, without the leading row.

        Rows flow in batches: neither side holds the table. The cursor stays open as long as the stream, for the
        driver frees the memory under it otherwise.
        """
        leading = ", ".join(f'{_TYPED[kept]} AS "{name}"' for name, kept in columns)
        names = ", ".join(f'"{name}"' for name, _ in columns)
        marked = f"SELECT {leading}, CAST(1 AS BIGINT) AS {LEADING_ROW} UNION ALL SELECT {names}, 0 {tail}"
        self.statements += 1
        with self.connection.cursor() as cursor:
            if self.dialect == "sqlite":
                cursor.adbc_statement.set_options(**{"adbc.sqlite.query.batch_rows": str(_BATCH_ROWS)})
            try:
                cursor.execute(marked)
                handle = cursor.fetch_arrow()
            except _driver(self.dialect).Error as error:
                raise StoreError("{file} cannot be read: {reason}", file=self.place, reason=str(error)) from error
            target.register(STREAM, handle)
            try:
                yield
            except BaseException:
                with contextlib.suppress(duckdb.Error):  # a failed transaction takes the view with it
                    target.unregister(STREAM)
                raise
            target.unregister(STREAM)

    def rows(
        self, target: duckdb.DuckDBPyConnection, columns: Sequence[tuple[str, ColumnType]], tail: str
    ) -> list[tuple[Any, ...]]:
        """The rows of a small select as tuples, in no order."""
        names = ", ".join(f'"{name}"' for name, _ in columns)
        with self.stream(target, columns, tail):
            return target.execute(f"SELECT {names} FROM {STREAM} WHERE {LEADING_ROW} = 0").fetchall()  # noqa: S608 - our own names

    def close(self) -> None:
        """The view is given up."""
        self.connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _driver(dialect: str) -> Any:  # noqa: ANN401 - a DBAPI module
    try:
        return import_module(f"adbc_driver_{dialect}.dbapi")
    except ModuleNotFoundError as error:
        raise ConfigError(
            "facts over {dialect} need the package adbc-driver-{dialect}",
            dialect=dialect,
            hint="pip install 'crmbridge[postgres]'",
        ) from error
