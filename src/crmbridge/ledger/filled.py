"""How much of what a connection holds is filled: records by kind, and values by field."""

from dataclasses import dataclass
from typing import Any

import orjson

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


def customs(tx: LedgerTx, kind: KindSpec, connection_id: int) -> dict[str, tuple[int, str]]:
    """How many active records of a connection have each custom field, and one of its values."""
    sql = (
        f"SELECT custom FROM \"{kind.name}\" WHERE {_HERE} AND lifecycle = 'active' AND custom IS NOT NULL ORDER BY id"  # noqa: S608 - a kind's own name
    )
    found: dict[str, tuple[int, str]] = {}
    for (text,) in bulk.select(tx, sql, connection_id=connection_id):
        for name, one in orjson.loads(text).items():
            value = one.get("value") if isinstance(one, dict) else one
            if value not in (None, "", []):
                count, example = found.get(name, (0, str(value)))
                found[name] = count + 1, example
    return found


def strangers(tx: LedgerTx, kind_name: str, connection_id: int, other_id: int) -> list[tuple[str | None, str, int]]:
    """Owners of a connection's records whom another does not have: (our id, name, count); no id is no owner."""
    sql = (
        f"SELECT owner_id, count(*) FROM \"{kind_name}\" WHERE {_HERE} AND lifecycle = 'active' AND (owner_id IS NULL"  # noqa: S608 - a kind's own name
        " OR owner_id NOT IN (SELECT l.record_id FROM link AS l JOIN stream AS s ON s.id = l.stream_id"
        " WHERE s.connection_id = :other_id)) GROUP BY owner_id ORDER BY 2 DESC, 1"
    )
    rows = bulk.select(tx, sql, connection_id=connection_id, other_id=other_id)
    return [(row[0], "" if row[0] is None else user_name(tx, row[0]), int(row[1])) for row in rows]


def user_name(tx: LedgerTx, record_id: str) -> str:
    """What people call a user: the name, or the address; the id where neither is known."""
    rows = bulk.select(tx, 'SELECT name, email FROM "user" WHERE id = :record_id', record_id=record_id)
    return next((str(text) for text in (rows[0] if rows else ()) if text), record_id)
