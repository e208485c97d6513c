"""The hot loops, and the only place that knows how the two engines differ in them.

Rows are plain tuples. SQLite takes them by `executemany` on the driver's own connection, PostgreSQL by COPY into a
temporary table and one merge. An upsert is guarded: a row that is there already is not written again.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, Any

import orjson
import xxhash

from crmbridge.ledger.transaction import LedgerTx

if TYPE_CHECKING:
    import psycopg

Row = Sequence[Any]
_MOST_PARAMETERS = 999
"""More than these no SQLite before 3.32 takes, and a larger statement gains nothing."""
_PARAMETER = re.compile(r"(?<!:):([a-z_]+)")


@dataclass(frozen=True, slots=True)
class Upsert:
    """How rows of `columns` go into a table: new keys are inserted; known ones updated where `guard` differs.

    Without `guard` known ones are left alone. Columns in `fixed` have one value for all rows of a call; those in `keep`
    hold their first value; those in `cleared` become NULL when a row is updated.
    """

    table: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    guard: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    cleared: tuple[str, ...] = ()
    fixed: tuple[str, ...] = ()


def upsert(tx: LedgerTx, plan: Upsert, rows: Sequence[Row], fixed: Row = ()) -> int:
    """How many rows were written, inserted and updated together; `fixed` are the values of the plan's fixed columns."""
    if not rows:
        return 0
    if not tx.is_sqlite:
        whole = [(*fixed, *row) for row in rows] if fixed else rows
        return _copy_and_run(tx, plan.table, (*plan.fixed, *plan.columns), whole, _merge_sql(plan))
    before = tx.sqlite.total_changes
    at_once = max(1, (_MOST_PARAMETERS - len(fixed)) // len(plan.columns))
    whole, rest = _joined(rows, at_once, fixed)
    if whole:  # the long statement costs a millisecond to prepare
        tx.sqlite.executemany(_sqlite_upsert_sql(plan, at_once), whole)
    tx.sqlite.executemany(_sqlite_upsert_sql(plan, 1), rest)
    return tx.sqlite.total_changes - before


def _joined(rows: Sequence[Row], at_once: int, fixed: Row) -> tuple[list[list[Any]], list[list[Any]]]:
    """The parameters of statements that take many rows, and of those that take the last few one by one."""
    end = len(rows) // at_once * at_once
    head = list(fixed)
    many = [head + list(chain.from_iterable(rows[at : at + at_once])) for at in range(0, end, at_once)]
    return many, [[*head, *row] for row in rows[end:]]


def is_free(tx: LedgerTx, sql: str, wanted: Sequence[str], **parameters: object) -> bool:
    """Whether no row of a query lies between the smallest and the largest of some texts; False where that is unknown.

    The query has `:low` and `:high`. Most files come in the order of their keys: then one look into the index stands
    for thousands (1.2 us a row). Engines order texts differently, so only SQLite is asked, which does as Python.
    """
    if not tx.is_sqlite:
        return False
    bounds = {"low": min(wanted), "high": max(wanted)}
    return tx.sqlite.execute(sql, {**parameters, **bounds}).fetchone() is None


def update(tx: LedgerTx, table: str, columns: tuple[str, ...], rows: Sequence[Row]) -> int:
    """How many rows were updated: each row is the new values of `columns`, then the primary key `id`."""
    if not rows:
        return 0
    if tx.is_sqlite:
        sets = ", ".join(f"{_q(name)}=?" for name in columns)
        return tx.sqlite.executemany(f"UPDATE {_q(table)} SET {sets} WHERE id=?", rows).rowcount
    sets = ", ".join(f"{_q(name)}=n.{_q(name)}" for name in columns)
    sql = f"UPDATE {_q(table)} AS t SET {sets} FROM {{load}} AS n WHERE t.id=n.id"
    return _copy_and_run(tx, table, (*columns, "id"), rows, sql)


def take_ids(tx: LedgerTx, table: str, count: int) -> Sequence[int]:
    """Fresh ids for a table with an integer `id`, none of which another transaction takes."""
    if tx.is_sqlite:  # the only writer: nobody else can take them
        (top,) = tx.sqlite.execute(f"SELECT coalesce(max(id), 0) FROM {_q(table)}").fetchone()
        return range(top + 1, top + 1 + count)
    sequence = f"(SELECT pg_get_serial_sequence('{table}', 'id')::regclass)"  # once, and not for every row
    sql = f"SELECT nextval({sequence}) FROM generate_series(1, {count:d})"
    return [row[0] for row in tx.postgres.execute(_sql(sql))]


def fetch(tx: LedgerTx, sql: str, wanted: Sequence[str] | Sequence[int], **parameters: object) -> list[tuple[Any, ...]]:
    """The rows of a query over many values at once: `{wanted}` in it is a table of one column, `wanted`."""
    if not wanted:
        return []
    if tx.is_sqlite:
        query = sql.replace("{wanted}", "(SELECT value AS wanted FROM json_each(:wanted))")
        found = tx.sqlite.execute(query, {**parameters, "wanted": orjson.dumps(wanted).decode()})
        return found.fetchall()
    kind = "bigint" if isinstance(wanted[0], int) else "text"
    query = sql.replace("{wanted}", f"(SELECT unnest(:wanted::{kind}[]) AS wanted)")
    with tx.postgres.cursor() as cursor:
        return cursor.execute(_postgres_sql(query), {**parameters, "wanted": list(wanted)}).fetchall()


def select(tx: LedgerTx, sql: str, **parameters: object) -> list[tuple[Any, ...]]:
    """The rows of a query, as the driver gives them."""
    if tx.is_sqlite:
        return tx.sqlite.execute(sql, parameters).fetchall()
    with tx.postgres.cursor() as cursor:
        return cursor.execute(_postgres_sql(sql), parameters).fetchall()


def first(tx: LedgerTx, sql: str, **parameters: object) -> tuple[Any, ...] | None:
    """The first row of a query, or None."""
    return next(iter(select(tx, sql, **parameters)), None)


def lock(tx: LedgerTx, sql: str, **parameters: object) -> tuple[Any, ...] | None:
    """As `first`, and nobody else changes that row before this transaction ends; SQLite has one writer anyway."""
    return first(tx, sql if tx.is_sqlite else f"{sql} FOR UPDATE", **parameters)


def run(tx: LedgerTx, sql: str, **parameters: object) -> int:
    """How many rows one statement wrote. It has to be written out: one that is put together anew costs ten times it."""
    if tx.is_sqlite:
        return tx.sqlite.execute(sql, parameters).rowcount
    with tx.postgres.cursor() as cursor:
        return cursor.execute(_postgres_sql(sql), parameters).rowcount


def delete(tx: LedgerTx, sql: str, wanted: Sequence[str], **parameters: object) -> int:
    """How many rows a DELETE over many values at once took away; `{wanted}` as in `fetch`."""
    return len(fetch(tx, f"{sql} RETURNING 1", wanted, **parameters))


def kept(tx: LedgerTx, table: str, columns: Sequence[str], ids: Sequence[str]) -> list[tuple[Any, ...]]:
    """The id and these columns of the rows that are there."""
    return fetch(tx, f"SELECT id, {_names(columns)} FROM {_q(table)} WHERE id IN {{wanted}}", ids)


def _q(name: str) -> str:
    return f'"{name}"'


def _sql(text: str) -> Any:  # noqa: ANN401 - psycopg wants a literal; ours is built from names of `schema` alone
    return text


@cache
def _postgres_sql(text: str) -> Any:  # noqa: ANN401 - as above
    return _sql(_PARAMETER.sub(r"%(\1)s", text))


def _names(names: Iterable[str]) -> str:
    return ", ".join(map(_q, names))


@cache
def _sqlite_upsert_sql(plan: Upsert, at_once: int) -> str:
    """Takes the fixed values first, then `at_once` rows: a third less work than a statement for each row."""
    first, width = len(plan.fixed), len(plan.columns)
    shared = [f"?{number + 1}" for number in range(first)]
    rows = (
        "?" + ",?".join(map(str, range(at + 1, at + width + 1))) for at in range(first, first + at_once * width, width)
    )
    values = ",".join(f"({','.join([*shared, row])})" for row in rows)
    head = f"INSERT INTO {_q(plan.table)} ({_names((*plan.fixed, *plan.columns))}) VALUES {values}"
    return f"{head} ON CONFLICT ({_names(plan.key)}) {_on_conflict(plan, 'IS NOT')}"


@cache
def _merge_sql(plan: Upsert) -> str:
    names = _names((*plan.fixed, *plan.columns))
    head = f"INSERT INTO {_q(plan.table)} ({names}) SELECT {names} FROM {{load}}"
    return f"{head} ON CONFLICT ({_names(plan.key)}) {_on_conflict(plan, 'IS DISTINCT FROM')}"


def _on_conflict(plan: Upsert, differs: str) -> str:
    if not plan.guard:
        return "DO NOTHING"
    table = _q(plan.table)
    changed = [name for name in (*plan.fixed, *plan.columns) if name not in plan.key and name not in plan.keep]
    sets = [f"{_q(name)}=excluded.{_q(name)}" for name in changed] + [f"{_q(name)}=NULL" for name in plan.cleared]
    guards = " OR ".join(f"{table}.{_q(name)} {differs} excluded.{_q(name)}" for name in plan.guard)
    return f"DO UPDATE SET {', '.join(sets)} WHERE {guards}"


def _copy_and_run(tx: LedgerTx, table: str, columns: Sequence[str], rows: Iterable[Row], sql: str) -> int:
    with tx.postgres.cursor() as cursor:
        load = _q(_load_table(tx, cursor, table, columns))
        with cursor.copy(_sql(f"COPY {load} ({_names(columns)}) FROM STDIN")) as copy:
            for row in rows:
                copy.write_row(row)
        return cursor.execute(_sql(sql.replace("{load}", load))).rowcount


def _load_table(tx: LedgerTx, cursor: "psycopg.Cursor[Any]", table: str, columns: Sequence[str]) -> str:
    """An empty temporary table of these columns, which stays, without its rows, until the connection is closed.

    Made and dropped for every page it would fill the server's catalog.
    """
    names = _names(columns)
    load = f"load_{table}_{xxhash.xxh32_hexdigest(names.encode())}"
    if ("load", load) in tx.cache:
        cursor.execute(_sql(f"DELETE FROM {_q(load)}"))
        return load
    source = f"SELECT {names} FROM {_q(table)} WITH NO DATA"
    cursor.execute(_sql(f"CREATE TEMP TABLE IF NOT EXISTS {_q(load)} ON COMMIT DELETE ROWS AS {source}"))
    tx.cache["load", load] = True
    return load
