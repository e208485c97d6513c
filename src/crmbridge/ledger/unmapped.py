"""What records hold that their mapping has no name for: stages, pipelines and choices, counted by value."""

import json
from collections import Counter
from dataclasses import dataclass

from sqlalchemy import func, select

from crmbridge.ledger.schema import KIND_TABLES
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.model.kinds import KindSpec


@dataclass(frozen=True, slots=True)
class UnmappedValue:
    """A value of one field of one object, and how many records have it."""

    object: str
    code: str
    field: str
    value: str
    count: int


def unmapped_values(tx: LedgerTx, connection_id: int, kind: KindSpec) -> list[UnmappedValue]:
    """The values of a connection's records that no rule names, those of most records first."""
    table = KIND_TABLES[kind.name]
    statement = (
        select(table.c.object, table.c.issues, func.count().label("records"))
        .where(table.c.connection_id == connection_id, table.c.lifecycle == "active", table.c.issues.is_not(None))
        .group_by(table.c.object, table.c.issues)
    )
    counts: Counter[tuple[str, str, str, str]] = Counter()
    for row in tx.execute(statement).mappings():
        for code, field, value in json.loads(row["issues"]):
            counts[row["object"], code, field, value or ""] += row["records"]
    found = [UnmappedValue(*key, count) for key, count in counts.items()]
    return sorted(found, key=lambda one: (one.object, one.field, -one.count, one.value))
