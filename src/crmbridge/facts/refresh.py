"""Brings open facts to the state of the ledger, reading only what changed since they were last brought there.

Everything happens in one DuckDB transaction against one view of the ledger: facts are of one moment or stay as they
were. Facts of another ledger, of another shape, or of a ledger before it was restored are built anew.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import duckdb

from crmbridge.facts import calendar_days, copy, persons, stage_moves, tables
from crmbridge.facts.copy import CopySpec
from crmbridge.facts.source import Source
from crmbridge.facts.statements import sql
from crmbridge.model.calendar import Calendar
from crmbridge.model.kinds import KIND_NAMES, ColumnType

_TEXT, _INT = ColumnType.TEXT, ColumnType.INT
_IDENTITY = ("ledger_id", "schema_version", "restored_us")
"""What of `meta` says which ledger it is; one that was restored counts its changes anew from where it was."""

_APPENDED = {tables.SERVICE_EVENTS, tables.FIELD_CHANGES}
"""Tables that only grow: what is there never changes."""


@dataclass(slots=True)
class Refreshed:
    """What a refresh did: whether all was built anew, and how many rows of each ledger table were read."""

    is_rebuilt: bool = False
    read: dict[str, int] = field(default_factory=dict)

    @property
    def is_unchanged(self) -> bool:
        """Whether nothing had to be read."""
        return not self.is_rebuilt and not self.read


@dataclass(frozen=True, slots=True)
class _Head:
    """Where the ledger stands: which one it is, and its last change number."""

    identity: str
    change_no: int
    connections: tuple[tuple[int, str], ...]


def refresh(
    connection: duckdb.DuckDBPyConnection, source: Source, calendars: Sequence[Calendar] = (), *, is_empty: bool = False
) -> Refreshed:
    """The facts are as the ledger is; all of it or nothing. duckdb.Error and StoreError leave.

    `is_empty`: the tables are those of today, and nothing is in them.
    """
    connection.execute("BEGIN")
    try:
        head = _head(connection, source)
        done = _refresh(connection, source, head, is_empty=is_empty)
        _write_days(connection, calendars, is_unchanged=done.is_unchanged)
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
    return done


def marks(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Up to which change number each of the ledger's tables has been read."""
    rows = connection.execute("SELECT name, change_no FROM facts_state WHERE change_no IS NOT NULL").fetchall()
    return dict(rows)


def _head(connection: duckdb.DuckDBPyConnection, source: Source) -> _Head:
    keys = ", ".join(f"'{key}'" for key in _IDENTITY)
    about = source.rows(connection, [("key", _TEXT), ("value", _TEXT)], f'FROM meta WHERE "key" IN ({keys})')
    known = [("id", _INT), ("name", _TEXT), ("created_us", _INT)]
    connections = sorted(source.rows(connection, known, "FROM connection"))
    ((change_no,),) = source.rows(connection, [("last", _INT)], "FROM change_counter")
    rules = [*(sql(name) for name in _STATEMENTS), stage_moves.rules()]
    identity = repr((sorted(about), connections, tables.fingerprint(), rules, persons.RULES))
    return _Head(identity, change_no, tuple((number, name) for number, name, _ in connections))


def _refresh(connection: duckdb.DuckDBPyConnection, source: Source, head: _Head, *, is_empty: bool) -> Refreshed:
    done = Refreshed(is_rebuilt=is_empty or not _continues(connection, head))
    if done.is_rebuilt and not is_empty:
        _empty(connection)
    before = marks(connection)
    if before and min(before.values()) >= head.change_no:
        return done
    _name_connections(connection, head)
    stages_moved = _copy_stages(connection, source, done)
    connection.execute("CREATE OR REPLACE TEMP TABLE changed (id VARCHAR)")
    moved = _moved(connection, source, before)
    events = (copy.of_stage_events(), copy.of_service_events(), copy.of_field_changes())
    for spec in (*(copy.of_kind(name) for name in KIND_NAMES if name in moved), *events):
        _copy(connection, source, spec, done, after=before.get(spec.source, 0))
    _compose(connection, everything=stages_moved or done.is_rebuilt)
    if done.is_rebuilt or moved & persons.KINDS:
        persons.read(connection, source)
    _remember(connection, head)
    return done


def _continues(connection: duckdb.DuckDBPyConnection, head: _Head) -> bool:
    """Whether what the facts hold is an earlier state of this ledger."""
    there = connection.execute(
        "SELECT table_name FROM duckdb_tables() WHERE NOT temporary AND table_name = ?", [tables.FACTS_STATE]
    ).fetchall()
    if not there:
        return False
    known = connection.execute("SELECT value FROM facts_state WHERE name = 'ledger'").fetchall()
    before = marks(connection)
    return known == [(head.identity,)] and bool(before) and max(before.values()) <= head.change_no


def _empty(connection: duckdb.DuckDBPyConnection) -> None:
    names = connection.execute("SELECT table_name FROM duckdb_tables() WHERE NOT temporary").fetchall()
    for (name,) in names:
        connection.execute(f'DROP TABLE "{name}"')
    tables.create(connection)


def _name_connections(connection: duckdb.DuckDBPyConnection, head: _Head) -> None:
    connection.execute("CREATE OR REPLACE TEMP TABLE connection_names (id BIGINT, name VARCHAR)")
    for row in head.connections:
        connection.execute("INSERT INTO connection_names VALUES (?, ?)", row)


def _copy_stages(connection: duckdb.DuckDBPyConnection, source: Source, done: Refreshed) -> bool:
    """Pipelines and stages are small and read whole; says whether any stage differs from before."""
    before = _all_stages(connection)
    for spec in (copy.of_pipelines(), copy.of_stages()):
        connection.execute(f'DELETE FROM "{spec.target}"')  # noqa: S608 - our own name
        with source.stream(connection, spec.columns, f'FROM "{spec.source}"'):
            connection.execute(spec.insert())
        done.read[spec.source] = _count(connection, f'"{spec.target}"')
    connection.execute("UPDATE stages SET object = p.object FROM pipelines AS p WHERE p.id = stages.pipeline")
    return _all_stages(connection) != before


def _all_stages(connection: duckdb.DuckDBPyConnection) -> list[tuple[object, ...]]:
    """All that the composed tables take of stages and of pipelines, also of one without a stage."""
    return connection.execute(
        "SELECT p.id, p.object, s.pipeline, s.key, s.rank, s.category FROM pipelines AS p"
        " FULL JOIN stages AS s ON s.pipeline = p.id ORDER BY ALL"
    ).fetchall()


def _moved(connection: duckdb.DuckDBPyConnection, source: Source, before: Mapping[str, int]) -> set[str]:
    """The kinds of which anything changed: one question to the ledger, where a copy of nothing costs several each."""
    asked = " UNION ALL ".join(
        f"SELECT '{name}' AS name WHERE EXISTS (SELECT 1 FROM \"{name}\" WHERE change_no > {before.get(name, 0):d})"  # noqa: S608 - our own names
        for name in KIND_NAMES
    )
    return {name for (name,) in source.rows(connection, [("name", _TEXT)], f"FROM ({asked}) AS moved")}


def _copy(
    connection: duckdb.DuckDBPyConnection, source: Source, spec: CopySpec, done: Refreshed, *, after: int
) -> None:
    """New and changed rows of one table replace those of the same ids; `changed` gathers what to compose again."""
    is_new = done.is_rebuilt
    into = spec.target if is_new else "arrived"
    if not is_new:
        connection.execute(f'CREATE OR REPLACE TEMP TABLE arrived AS SELECT {spec.names} FROM "{spec.target}" LIMIT 0')  # noqa: S608 - our own names
    with source.stream(connection, spec.columns, spec.tail(after=after)):
        connection.execute(spec.insert(into))
    if not (count := _count(connection, f'"{into}"')):
        return
    done.read[spec.source] = count
    if is_new:
        return
    if spec.target == tables.RECORDED_EVENTS:
        connection.execute("INSERT INTO changed SELECT record_id FROM arrived")
        connection.execute(_TOLD_ANEW)
    elif spec.target not in _APPENDED:
        connection.execute(f'DELETE FROM "{spec.target}" WHERE id IN (SELECT id FROM arrived)')  # noqa: S608 - our own name
        if tables.is_staged(spec.source):
            connection.execute("INSERT INTO changed SELECT id FROM arrived")
    connection.execute(f'INSERT INTO "{spec.target}" ({spec.names}) FROM arrived')


def _compose(connection: duckdb.DuckDBPyConnection, *, everything: bool) -> None:
    """The stage events of changed records are made anew from what is known of them now."""
    if everything:
        connection.execute(
            "CREATE OR REPLACE TEMP TABLE changed AS SELECT id FROM deals UNION ALL SELECT id FROM leads"
        )
        connection.execute("DELETE FROM stage_events")
        if not _count(connection, "changed"):
            stage_moves.keep(connection)
            return
    elif not _count(connection, "changed"):
        return
    else:
        connection.execute("DELETE FROM stage_events WHERE record_id IN (SELECT id FROM changed)")
    for name in _STATEMENTS:
        connection.execute(sql(name))
    for table in map(tables.plural, filter(tables.is_staged, KIND_NAMES)):
        connection.execute(
            f"UPDATE {table} SET history_quality = q.history_quality FROM quality AS q "  # noqa: S608 - our own name
            f"WHERE q.record_id = {table}.id AND q.history_quality <> {table}.history_quality"
        )
    stage_moves.keep(connection, everything=everything)
    for name in ("changed", "present", "quality"):
        connection.execute(f"DROP TABLE {name}")


def _remember(connection: duckdb.DuckDBPyConnection, head: _Head) -> None:
    state: Mapping[str, int] = dict.fromkeys(
        (*KIND_NAMES, "stage_event", "service_event", "field_change", "stage", "pipeline"), head.change_no
    )
    connection.execute("DELETE FROM facts_state WHERE change_no IS NOT NULL OR name = 'ledger'")
    rows = [*((name, number, None) for name, number in state.items()), ("ledger", None, head.identity)]
    columns = [list(column) for column in zip(*rows, strict=True)]
    connection.execute(
        "INSERT INTO facts_state SELECT unnest(?::VARCHAR[]), unnest(?::BIGINT[]), unnest(?::VARCHAR[])", columns
    )


def _write_days(connection: duckdb.DuckDBPyConnection, calendars: Sequence[Calendar], *, is_unchanged: bool) -> None:
    """The days are written where the data or the calendars moved; a calendar is known by its fingerprint."""
    said = repr([(calendar.id, calendar.fingerprint) for calendar in calendars])
    before = connection.execute("SELECT value FROM facts_state WHERE name = 'calendars'").fetchall()
    if is_unchanged and before == [(said,)]:
        return
    calendar_days.write(connection, calendars)
    connection.execute("DELETE FROM facts_state WHERE name = 'calendars'")
    connection.execute("INSERT INTO facts_state VALUES ('calendars', NULL, ?)", [said])


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    ((count,),) = connection.execute(f"SELECT count(*) FROM {table}").fetchall()  # noqa: S608 - our own name
    return int(count)


_TOLD_ANEW = (
    f"DELETE FROM {tables.RECORDED_EVENTS} AS r USING arrived AS a WHERE a.record_id = r.record_id AND a.seq = r.seq"  # noqa: S608 - our own name
)
_STATEMENTS = ("closings", "stage_events", "history_quality")
