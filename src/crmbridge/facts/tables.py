"""The fact tables: one per kind, read off `model/kinds.py`, and the few that are composed.

Money is an exact count of 1/10,000 beside its currency, plain numbers are decimals, instants are UTC without a zone
attached. Nothing here is a float. Facts hold no keys and no indexes: they are columns to be scanned, and the ledger
already guarantees one row per record.
"""

import hashlib
from dataclasses import dataclass
from functools import cache

import duckdb

from crmbridge.model.kinds import KIND_NAMES, FieldSpec, FieldType, kind

NUMBER = "DECIMAL(19,6)"
"""How a plain number is kept: exactly what the ledger's count of 1/1,000,000 holds."""

_IRREGULAR = {"spend": "spend"}
_RENAMED = {"vendor_created_at": "created_at", "vendor_modified_at": "modified_at", "subject": "subject_text"}
_PLAIN = {
    FieldType.TEXT: "VARCHAR",
    FieldType.LONG_TEXT: "VARCHAR",
    FieldType.ENUM: "VARCHAR",
    FieldType.TEXTS: "VARCHAR",
    FieldType.JSON: "VARCHAR",
    FieldType.INTEGER: "BIGINT",
    FieldType.BOOL: "BOOLEAN",
    FieldType.DATE: "DATE",
    FieldType.NUMBER: NUMBER,
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a fact table: its name and its DuckDB type."""

    name: str
    type: str


_ENVELOPE = (
    Column("id", "VARCHAR"),
    Column("subject", "VARCHAR"),
    Column("connection", "VARCHAR"),
    Column("object", "VARCHAR"),
    Column("external_id", "VARCHAR"),
    Column("lifecycle", "VARCHAR"),
    Column("merged_into", "VARCHAR"),
    Column("first_seen_at", "TIMESTAMP"),
    Column("last_seen_at", "TIMESTAMP"),
)
_TRAILER = (Column("custom", "VARCHAR"), Column("stage_dates", "VARCHAR"), Column("issues", "VARCHAR"))
HISTORY_QUALITY = Column("history_quality", "VARCHAR")
ROW_NUMBER = Column("no", "BIGINT")
"""The number of a deal or a lead, an inner matter: another one each time that its row is written."""

STAGE_EVENTS, STAGES, PIPELINES = "stage_events", "stages", "pipelines"
"""`stage_events.seq` (1, 2, ...) is the order of a record's events, and its last one is the present stage.

`at` NULL means that nobody knows since when: as the first event, the record was already there when first seen; as a
later one, it came after the one before. Write `e.at`: bare AT is a word of SQL.
"""

CALENDAR_DAYS, SERVICE_EVENTS = "calendar_days", "service_events"
FIELD_CHANGES = "field_changes"
FACTS_STATE, RECORDED_EVENTS = "facts_state", "recorded_events"
"""`calendar_days.workday_no` counts the workdays up to and with a day: the difference of two is the workdays in (a, b].

`service_events` is what services remember of earlier runs: `body` is JSON and means what its service says.

`field_changes` are earlier values of the few fields whose past matters, in the order `seq` in which they became known:
`old` and `new` are JSON as the ledger keeps it, an amount `{"amount": "12.50", "currency": "CNY"}`.

`facts_state` says how far the facts have read the ledger, `recorded_events` is the ledger's own list of stage events,
from which `stage_events` are composed: all three are inner matters.
"""

PERSONS, PERSON_KEYS = "persons", "person_keys"
"""`persons` has a row for each contact and lead: rows of one `person_key` are one person.

`person_keys` says of every key that a person is, or was, known by whose it is: one that was kept is found there again.
"""

HELD_BESIDE, TOLD_APART = "held_beside", "told_apart"
"""Inner matters: which other systems hold a contact or a lead, and of which two a person has said that they are two."""

CLASSES = ("open", "won", "lost", "void")
MOVES = (
    *("create", "noop", "advance", "skip", "regress", "after_sale", "close_won", "close_lost", "reopen", "correction"),
    *("unknown_in", "unknown_out", "close_void", "relabel", "transfer"),
)
A_CLASS, A_MOVE, A_PRECISION = (f"ENUM{words}" for words in (CLASSES, MOVES, ("exact", "day")))
"""Words out of a short list take one byte each in tables of millions of rows, and compare as numbers."""

STAGE_MOVES, DEAL_WAYS = "stage_moves", "deal_ways"
"""Inner matters: what each stage event did to its deal, and how far each deal got by all of them (`stage_moves.py`)."""

_COMPOSED: dict[str, tuple[Column, ...]] = {
    PERSONS: (
        Column("record_id", "VARCHAR"),
        Column("kind", "VARCHAR"),
        Column("person_key", "VARCHAR"),
        Column("known_by", "VARCHAR"),
        Column("records", "BIGINT"),
        Column("joined_by", "VARCHAR"),
    ),
    PERSON_KEYS: (
        Column("key", "VARCHAR"),
        Column("what", "VARCHAR"),
        Column("person_key", "VARCHAR"),
    ),
    HELD_BESIDE: (Column("record_id", "VARCHAR"), Column("connection", "VARCHAR")),
    TOLD_APART: (Column("one_id", "VARCHAR"), Column("other_id", "VARCHAR")),
    STAGE_EVENTS: (
        Column("record_id", "VARCHAR"),
        Column("kind", "VARCHAR"),
        Column("pipeline", "VARCHAR"),
        Column("seq", "BIGINT"),
        Column("from_stage", "VARCHAR"),
        Column("to_stage", "VARCHAR"),
        Column("at", "TIMESTAMP"),
        Column("at_precision", "VARCHAR"),
        Column("origin", "VARCHAR"),
        Column("vendor_label", "VARCHAR"),
    ),
    STAGE_MOVES: (
        Column("deal_no", "BIGINT"),
        Column("k", "INTEGER"),
        Column("pipeline", "VARCHAR"),
        Column("stage", "VARCHAR"),
        Column("class", A_CLASS),
        Column("rank", "SMALLINT"),
        Column("moment", "TIMESTAMP"),
        Column("precision", A_PRECISION),
        Column("is_inferred", "BOOLEAN"),
        Column("is_final", "BOOLEAN"),
        Column("placed_at", "TIMESTAMP"),
        Column("next_placed_at", "TIMESTAMP"),
        Column("next_at", "TIMESTAMP"),
        Column("next_precision", A_PRECISION),
        Column("move", A_MOVE),
        Column("changes_state", "BOOLEAN"),
        Column("changes_pipeline", "BOOLEAN"),
    ),
    DEAL_WAYS: (
        Column("deal_no", "BIGINT"),
        Column("last_placed_at", "TIMESTAMP"),
        Column("pipeline", "VARCHAR"),
        Column("stage", "VARCHAR"),
        Column("class", A_CLASS),
        Column("rank", "SMALLINT"),
        Column("last_at", "TIMESTAMP"),
        Column("last_precision", A_PRECISION),
        Column("first_class", A_CLASS),
        Column("first_at", "TIMESTAMP"),
        Column("first_precision", A_PRECISION),
        Column("highest", "SMALLINT"),
        Column("was_won", "BOOLEAN"),
        Column("has_moved", "BOOLEAN"),
        Column("is_undated", "BOOLEAN"),
        Column("gaps", "BIGINT"),
        Column("episodes", "BIGINT"),
        Column("closings", "BIGINT"),
        Column("closed_at", "TIMESTAMP"),
        Column("closed_precision", A_PRECISION),
        Column("is_straight", "BOOLEAN"),
        Column("has_left", "BOOLEAN"),
    ),
    STAGES: (
        Column("pipeline", "VARCHAR"),
        Column("object", "VARCHAR"),
        Column("key", "VARCHAR"),
        Column("ord", "BIGINT"),
        Column("rank", "BIGINT"),
        Column("category", "VARCHAR"),
        Column("name_en", "VARCHAR"),
        Column("name_zh", "VARCHAR"),
        Column("probability", NUMBER),
        Column("forecast_category", "VARCHAR"),
        Column("sla_days", "BIGINT"),
        Column("sla_unit", "VARCHAR"),
        Column("sla_clock", "VARCHAR"),
    ),
    PIPELINES: (
        Column("id", "VARCHAR"),
        Column("object", "VARCHAR"),
        Column("version", "BIGINT"),
        Column("active", "BOOLEAN"),
        Column("name_en", "VARCHAR"),
        Column("name_zh", "VARCHAR"),
    ),
    CALENDAR_DAYS: (
        Column("calendar", "VARCHAR"),
        Column("day", "DATE"),
        Column("is_workday", "BOOLEAN"),
        Column("workday_no", "BIGINT"),
    ),
    SERVICE_EVENTS: (
        Column("service", "VARCHAR"),
        Column("subject", "VARCHAR"),
        Column("at", "TIMESTAMP"),
        Column("body", "VARCHAR"),
    ),
    FIELD_CHANGES: (
        Column("record_id", "VARCHAR"),
        Column("kind", "VARCHAR"),
        Column("field", "VARCHAR"),
        Column("seq", "BIGINT"),
        Column("at", "TIMESTAMP"),
        Column("old", "VARCHAR"),
        Column("new", "VARCHAR"),
        Column("origin", "VARCHAR"),
    ),
    FACTS_STATE: (Column("name", "VARCHAR"), Column("change_no", "BIGINT"), Column("value", "VARCHAR")),
    RECORDED_EVENTS: (
        Column("record_id", "VARCHAR"),
        Column("kind", "VARCHAR"),
        Column("pipeline", "VARCHAR"),
        Column("seq", "BIGINT"),
        Column("from_stage", "VARCHAR"),
        Column("to_stage", "VARCHAR"),
        Column("at", "TIMESTAMP"),
        Column("at_precision", "VARCHAR"),
        Column("origin", "VARCHAR"),
        Column("vendor_label", "VARCHAR"),
    ),
}


def plural(kind_name: str) -> str:
    """The table of a kind: `deal` -> `deals`, `activity` -> `activities`."""
    if kind_name in _IRREGULAR:
        return _IRREGULAR[kind_name]
    return f"{kind_name[:-1]}ies" if kind_name.endswith("y") else f"{kind_name}s"


def fact_name(field_name: str) -> str:
    """What a neutral field is called in the facts: its own name, with few exceptions.

    The vendor's times lose their prefix; an activity's subject is text, since `subject` names the record itself.
    """
    return _RENAMED.get(field_name, field_name)


def is_staged(kind_name: str) -> bool:
    """Whether records of the kind move through a pipeline, so that stage events can be composed for them."""
    return {"pipeline", "stage"} <= kind(kind_name).fields.keys()


@cache
def columns(table: str) -> tuple[Column, ...]:
    """The columns of a fact table, in order."""
    if table in _COMPOSED:
        return _COMPOSED[table]
    kind_name = _KIND_OF[table]
    own = tuple(column for spec in kind(kind_name).fields.values() for column in field_columns(spec))
    return (*_ENVELOPE, *own, *_TRAILER, *((HISTORY_QUALITY, ROW_NUMBER) if is_staged(kind_name) else ()))


def field_columns(spec: FieldSpec) -> tuple[Column, ...]:
    """Where the facts keep one neutral field: an amount has its currency, an instant its precision, a ref its id."""
    name = fact_name(spec.name)
    if spec.type is FieldType.MONEY:
        return Column(f"{name}_e4", "BIGINT"), Column(f"{name}_currency", "VARCHAR")
    if spec.type is FieldType.INSTANT:
        return Column(name, "TIMESTAMP"), Column(f"{name}_precision", "VARCHAR")
    if spec.type is FieldType.REF:
        return Column(f"{name}_id", "VARCHAR"), Column(f"{name}_ref", "VARCHAR")
    return (Column(name, _PLAIN[spec.type]),)


def ddl(table: str) -> str:
    """The statement that makes one fact table."""
    counted = f" DEFAULT nextval('{_NUMBERS}')"
    body = ", ".join(
        f'"{column.name}" {column.type}{counted if column is ROW_NUMBER else ""}' for column in columns(table)
    )
    return f'CREATE TABLE "{table}" ({body})'


def create(connection: duckdb.DuckDBPyConnection) -> None:
    """All fact tables are made, empty."""
    connection.execute(f"CREATE SEQUENCE IF NOT EXISTS {_NUMBERS}")
    for table in ALL_TABLES:
        connection.execute(ddl(table))


def fingerprint() -> str:
    """A hash of every table's shape: facts of another shape are built anew, never migrated."""
    return hashlib.sha256("\n".join(ddl(table) for table in ALL_TABLES).encode()).hexdigest()[:16]


_NUMBERS = "row_numbers"
_KIND_OF = {plural(name): name for name in KIND_NAMES}
KIND_TABLES = tuple(_KIND_OF)
"""The tables of the kinds, those that others point at first."""

ALL_TABLES = (*KIND_TABLES, *_COMPOSED)
_INNER = {SERVICE_EVENTS, FIELD_CHANGES, FACTS_STATE, RECORDED_EVENTS, STAGE_MOVES, DEAL_WAYS, HELD_BESIDE, TOLD_APART}
PUBLIC_TABLES = tuple(table for table in ALL_TABLES if table not in _INNER)
"""Every table that a service or a BI tool may read."""
