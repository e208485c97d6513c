"""One open transaction over the ledger: what every function of this package takes first."""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import Connection, CursorResult, Executable

if TYPE_CHECKING:
    import psycopg


@dataclass(slots=True)
class LedgerTx:
    """A transaction. `place` names the store for people; `cache` remembers what cannot change inside it."""

    connection: Connection
    dialect: str
    place: str
    change_no: int | None = None
    cache: dict[tuple[str, object], Any] = field(default_factory=dict)

    def execute(
        self, statement: Executable, parameters: Mapping[str, object] | Sequence[Mapping[str, object]] | None = None
    ) -> CursorResult[Any]:
        """The result of one SQLAlchemy Core statement."""
        return self.connection.execute(statement, parameters)

    @property
    def is_sqlite(self) -> bool:
        """Whether the store is a SQLite file."""
        return self.dialect == "sqlite"

    @property
    def sqlite(self) -> sqlite3.Connection:
        """The driver's own connection, for the hot loops of `bulk`."""
        return cast("sqlite3.Connection", self.connection.connection.dbapi_connection)

    @property
    def postgres(self) -> "psycopg.Connection[tuple[Any, ...]]":
        """The driver's own connection, for the hot loops of `bulk`."""
        return cast("psycopg.Connection[tuple[Any, ...]]", self.connection.connection.dbapi_connection)
