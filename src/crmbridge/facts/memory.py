"""Empty facts in memory, many in one process: one DuckDB for many of them, and a database of its own for each.

A DuckDB takes as long to start as its tables take to make; copied from empty ones, both take a twentieth of it. Version
2.0 gets slower with every join that it has run (by a third after some thousands), so a new one takes over in time; the
one before goes with the last that was made in it.
"""

import itertools
import os
import weakref
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Self, cast

import duckdb

from crmbridge.facts import tables

Connect = Callable[[], duckdb.DuckDBPyConnection]

MADE_IN_ONE = 50
"""So many databases are made in one DuckDB."""

_EMPTY = "empty_facts"
_NUMBERS = itertools.count(1)
_OWN = """SELECT database_name FROM duckdb_databases()
WHERE database_name = $own OR starts_with(database_name, $own || '_')"""


class _Within:
    """A connection whose bare names, and those of its cursors, mean one database."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, database: str, owner: Self | None = None) -> None:
        connection.execute(f"USE {database}")
        self._connection = connection
        self._database = database
        self._owner = owner
        """Held by its cursors: the database goes with the last that knows it."""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever DuckDB's connection has
        return getattr(self._connection, name)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def cursor(self) -> "_Within":
        return _Within(self._connection.cursor(), self._database, self._owner or self)


def empty(connect: Connect) -> duckdb.DuckDBPyConnection:
    """A connection to a database in memory in which all fact tables are, and nothing in them.

    With it goes every database whose name begins with its own and `_`.
    `connect` opens the DuckDB where this process has none yet.
    """
    process, number = os.getpid(), next(_NUMBERS)
    shared = _shared(connect, process, number // MADE_IN_ONE)
    database = f"facts_{number}"
    connection = shared.cursor()
    connection.execute(f"ATTACH ':memory:' AS {database}")
    connection.execute(f"COPY FROM DATABASE {_EMPTY} TO {database} (SCHEMA)")
    made = _Within(connection, database)
    weakref.finalize(made, _forget, shared, database, process).atexit = False
    return cast("duckdb.DuckDBPyConnection", made)


@lru_cache(maxsize=1)
def _shared(connect: Connect, _process: int, _generation: int) -> duckdb.DuckDBPyConnection:
    """The present DuckDB of a process; a forked process starts its own."""
    connection = connect()
    connection.execute(f"ATTACH ':memory:' AS {_EMPTY}")
    with connection.cursor() as cursor:
        cursor.execute(f"USE {_EMPTY}")
        tables.create(cursor)
    return connection


def _forget(shared: duckdb.DuckDBPyConnection, database: str, process: int) -> None:
    if os.getpid() == process:
        with shared.cursor() as cursor:
            for (name,) in cursor.execute(_OWN, {"own": database}).fetchall():
                cursor.execute(f'DETACH "{name}"')
