"""How much of what a connection holds is filled: records by kind, and values by field."""

from dataclasses import dataclass
from typing import Any

from crmbridge.ledger import bulk
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.model.kinds import KindSpec

_HERE = (
    "(connection_id = :connection_id OR id IN (SELECT l.record_id FROM link AS l JOIN stream AS s ON s.id = l.stream_id"
    " WHERE l.extra = 1 AND s.connection_id = :connection_id))"
)


@dataclass(frozen=True, slots=True)
class Filled:
    """One connection's records of a kind: how many there are, and how many of them have each field."""

    records: int
    deleted: int
    fields: dict[str, int]


def filled(tx: LedgerTx, kind: KindSpec, connection_id: int) -> Filled:
    """Counted over the records that the connection holds, whichever connection they were first read from."""
    columns = [(name, spec.columns[0].name) for name, spec in kind.fields.items()]
    counts = ", ".join(f"count(CASE WHEN lifecycle = 'active' THEN \"{column}\" END)" for _, column in columns)
    sql = (
        "SELECT count(CASE WHEN lifecycle = 'active' THEN 1 END), count(CASE WHEN lifecycle = 'deleted' THEN 1 END),"  # noqa: S608 - names of columns
        f' {counts} FROM "{kind.name}" WHERE {_HERE}'
    )
    row: tuple[Any, ...] = bulk.select(tx, sql, connection_id=connection_id)[0]
    found = {name: int(count) for (name, _), count in zip(columns, row[2:], strict=True)}
    return Filled(int(row[0]), int(row[1]), found)


def converted(tx: LedgerTx, connection_id: int) -> int:
    """How many leads of that connection have become something else."""
    sql = (
        f"SELECT count(*) FROM lead WHERE {_HERE} AND lifecycle = 'active'"  # noqa: S608 - no words of others
        " AND (status = 'converted' OR converted_at_us IS NOT NULL)"
    )
    return int(bulk.select(tx, sql, connection_id=connection_id)[0][0])


def moves(tx: LedgerTx, connection_id: int, kind_name: str) -> int:
    """How many stage changes the vendor's history has of a kind's records."""
    sql = (
        f'SELECT count(*) FROM stage_event AS e JOIN "{kind_name}" AS k ON k.id = e.record_id'  # noqa: S608 - a kind's own name
        " WHERE k.connection_id = :connection_id AND e.origin = 'vendor'"
    )
    return int(bulk.select(tx, sql, connection_id=connection_id)[0][0])
