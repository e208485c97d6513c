"""Past values of the fields whose past matters. Append only."""

from collections.abc import Sequence

import orjson
from sqlalchemy import select

from crmbridge.ledger import bulk
from crmbridge.ledger.changes import next_change
from crmbridge.ledger.records import FieldMove
from crmbridge.ledger.schema import field_change as table
from crmbridge.ledger.transaction import LedgerTx

_COLUMNS = ("id", "record_id", "kind", "field", "old", "new", "at_us", "origin", "change_no")
_APPEND = bulk.Upsert("field_change", _COLUMNS, ("id",))


def append(tx: LedgerTx, kind: str, moves: Sequence[FieldMove], *, at_us: int, origin: str = "observed") -> int:
    """Keeps the moves under this transaction's change number; how many there were."""
    if not moves:
        return 0
    change_no = next_change(tx)
    ids = bulk.take_ids(tx, "field_change", len(moves))
    rows = [
        (number, move.record_id, kind, move.field, _json(move.old), _json(move.new), at_us, origin, change_no)
        for number, move in zip(ids, moves, strict=True)
    ]
    return bulk.upsert(tx, _APPEND, rows)


def for_record(tx: LedgerTx, record_id: str) -> list[tuple[int, FieldMove]]:
    """The moves of a record with their instants (microseconds), in the order in which they came."""
    statement = select(table).where(table.c.record_id == record_id).order_by(table.c.id)
    return [
        (row.at_us, FieldMove(row.record_id, row.field, orjson.loads(row.old), orjson.loads(row.new)))
        for row in tx.execute(statement)
    ]


def _json(value: object) -> str:
    return orjson.dumps(value).decode()
