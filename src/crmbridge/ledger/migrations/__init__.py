"""How a ledger of an older crmbridge becomes one of ours: linear, forward only, in one transaction.

A ledger that is made now gets the tables of `schema` at once and is stamped with the latest version. An older one
runs the numbered steps after its version. Columns that `model.kinds` has gained since are added by themselves, after
the steps: they are nullable, and a mapping that fills them is a new mapping, which re-normalises.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Dialect, insert, select, update
from sqlalchemy.schema import CreateIndex, CreateTable, ExecutableDDLElement

from crmbridge.ledger import schema, schema_audit
from crmbridge.ledger.declaring import METADATA
from crmbridge.ledger.migrations import (
    m0002_shared_state,
    m0003_feeds,
    m0004_hint_marks,
    m0005_two_way,
    m0006_likenesses,
    m0007_service_events,
    m0008_after_the_deal,
    m0009_jobs,
    m0010_audit,
    m0011_notices,
)
from crmbridge.ledger.migrations.columns import add_missing_columns, missing_columns
from crmbridge.model.errors import StoreError


@dataclass(frozen=True, slots=True)
class Migration:
    """One step: brings a ledger from `version - 1` to `version`."""

    version: int
    apply: Callable[[Connection], None]


BASE = 1
STEPS: list[Migration] = [
    Migration(2, m0002_shared_state.apply),
    Migration(3, m0003_feeds.apply),
    Migration(4, m0004_hint_marks.apply),
    Migration(5, m0005_two_way.apply),
    Migration(6, m0006_likenesses.apply),
    Migration(7, m0007_service_events.apply),
    Migration(8, m0008_after_the_deal.apply),
    Migration(9, m0009_jobs.apply),
    Migration(10, m0010_audit.apply),
    Migration(11, m0011_notices.apply),
]
"""In order, without gaps, from BASE + 1 on; each in a module `mNNNN_name.py` of this package."""

_COMPILED: dict[str, Sequence[str]] = {}
"""What makes every table, by the name of the dialect."""


@dataclass(frozen=True, slots=True)
class State:
    """Where a ledger stands."""

    version: int
    is_behind: bool


def latest() -> int:
    """The version that this crmbridge writes."""
    return STEPS[-1].version if STEPS else BASE


def create(connection: Connection) -> None:
    """Makes every table and stamps the latest version; where none of them is there."""
    statements = _statements(connection.dialect)
    for one in statements if connection.dialect.name == "sqlite" else [";".join(statements)]:
        connection.exec_driver_sql(one)
    schema_audit.protect(connection)
    connection.execute(insert(schema.meta), [{"key": "schema_version", "value": str(latest())}])
    connection.execute(insert(schema.change_counter), [{"id": 1, "last": 0}])


def _statements(dialect: Dialect) -> Sequence[str]:
    """The tables of `schema` and their indexes in the words of a store, compiled once: running is quicker."""
    if dialect.name not in _COMPILED:
        parts: list[ExecutableDDLElement] = []
        for table in METADATA.sorted_tables:
            indexes = sorted(table.indexes, key=lambda index: str(index.name))
            parts += [CreateTable(table), *map(CreateIndex, indexes)]
        _COMPILED[dialect.name] = tuple(str(part.compile(dialect=dialect)) for part in parts)
    return _COMPILED[dialect.name]


def stamp(connection: Connection) -> int:
    """The version that a ledger says it has; 0 where it says none."""
    told = connection.execute(select(schema.meta.c.value).where(schema.meta.c.key == "schema_version")).scalar()
    return int(told) if told is not None and told.isdigit() else 0


def state(connection: Connection, place: str) -> State:
    """The ledger's version and whether something is to be done; StoreError where it is newer than we are."""
    version = stamp(connection)
    if version > latest() or version < BASE:
        raise StoreError(
            "{file} has schema version {theirs}, this crmbridge knows {ours}",
            file=place,
            theirs=version,
            ours=latest(),
            hint="use the crmbridge that wrote it, or a newer one",
        )
    return State(version, version < latest() or bool(missing_columns(connection)))


def upgrade(connection: Connection, place: str) -> None:
    """Runs every step after the ledger's version and adds the columns it lacks; all of it or nothing."""
    version = state(connection, place).version
    for step in STEPS:
        if step.version > version:
            step.apply(connection)
    add_missing_columns(connection)
    connection.execute(update(schema.meta).where(schema.meta.c.key == "schema_version").values(value=str(latest())))
