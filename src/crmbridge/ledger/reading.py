"""Reading neutral records for everyone outside: as public JSON values, by what people call them, counted."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, func, select

from crmbridge.ledger import bulk, links, mappings, public
from crmbridge.ledger.schema import KIND_TABLES, connection, link, stream
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.model.kinds import KindSpec

_BATCH = 1000


def read(
    tx: LedgerTx,
    kind: KindSpec,
    *,
    ids: Sequence[str] | None = None,
    since_change: int = 0,
    lifecycles: Sequence[str] | None = None,
) -> Iterator[dict[str, Any]]:
    """Public records as JSON values, ready for the kind's pydantic type, in the order of their ids.

    Money is {"amount": "1054.00", "currency": "USD"}, numbers are decimal text, instants ISO 8601 in UTC, references
    the ids of their targets (None while a target is not known). `ids` picks records, `since_change` those with a
    greater change number, `lifecycles` those in one of these states.
    """
    table = KIND_TABLES[kind.name]
    statement = select(table).order_by(table.c.id)
    if since_change:
        statement = statement.where(table.c.change_no > since_change)
    if lifecycles is not None:
        statement = statement.where(table.c.lifecycle.in_(lifecycles))
    names = {row.id: row.name for row in tx.execute(select(connection.c.id, connection.c.name))}
    unknown = mappings.unknown_fields(tx)
    for rows in _batches(tx, statement, None if ids is None else sorted(set(ids))):
        extra = links.extra_refs(tx, [row["id"] for row in rows])
        quality = _history_quality(tx, kind, rows)
        for row in rows:
            blank = unknown.get(row["mapping_id"], {}).get(row["object"], frozenset())
            found = public.envelope(row, connection=names[row["connection_id"]], unknown=sorted(blank))
            found["refs"] += [public.ref(*where) for where in extra.get(row["id"], ())]
            yield found | public.fields(kind, row) | quality.get(row["id"], {})


def _batches(tx: LedgerTx, statement: Select[Any], ids: Sequence[str] | None) -> Iterator[Sequence[Mapping[str, Any]]]:
    """The rows in batches: a keyset walk, so that no engine holds them all."""
    column = statement.selected_columns.id
    if ids is not None:
        for start in range(0, len(ids), _BATCH):
            yield tx.execute(statement.where(column.in_(ids[start : start + _BATCH]))).mappings().all()  # type: ignore[misc] # RowMapping is a Mapping
        return
    last = ""
    while rows := tx.execute(statement.where(column > last).limit(_BATCH)).mappings().all():
        yield rows  # type: ignore[misc] # RowMapping is a Mapping
        last = rows[-1]["id"]


def _history_quality(tx: LedgerTx, kind: KindSpec, rows: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, str]]:
    """How well a deal's way is known: by the vendor's history, by what we saw, by dates in columns, or not at all."""
    if kind.name != "deal":
        return {}
    sql = "SELECT DISTINCT record_id, origin FROM stage_event WHERE record_id IN {wanted}"
    origins: dict[str, set[str]] = {}
    for record_id, origin in bulk.fetch(tx, sql, [row["id"] for row in rows]):
        origins.setdefault(record_id, set()).add(origin)
    return {row["id"]: {"history_quality": _quality(row, origins.get(row["id"], set()))} for row in rows}


def _quality(row: Mapping[str, Any], origins: set[str]) -> str:
    if "vendor" in origins:
        return "full"
    if origins:
        return "observed"
    return "dates" if row["stage_dates"] or row["closed_at_us"] is not None else "current_only"


def find(tx: LedgerTx, kind: KindSpec, text: str) -> list[str]:
    """The ids of the records that a person means by an id of ours, a subject id (connection:vendor id) or a vendor id.

    None where there is none of this kind; several where two sources use the same vendor id.
    """
    table = KIND_TABLES[kind.name]
    own = tx.execute(select(table.c.id).where(table.c.id == text)).scalar()
    if own is not None:
        return [str(own)]
    found: set[str] = set()
    statement = select(stream.c.id, connection.c.name).join(connection, connection.c.id == stream.c.connection_id)
    for row in tx.execute(statement).all():
        stream_id, name = int(row.id), str(row.name)
        wanted = {text, text.removeprefix(f"{name}:")}
        linked = select(link.c.record_id).where(link.c.stream_id == stream_id, link.c.external_id.in_(wanted))
        found |= set(tx.execute(select(table.c.id).where(table.c.id.in_(linked))).scalars())
    return sorted(found)


def count(tx: LedgerTx, kind: KindSpec, *, lifecycles: Sequence[str] | None = ("active",)) -> int:
    """How many records of the kind there are in these states (None: in any)."""
    table = KIND_TABLES[kind.name]
    statement = select(func.count()).select_from(table)
    if lifecycles is not None:
        statement = statement.where(table.c.lifecycle.in_(lifecycles))
    return int(tx.execute(statement).scalar_one())
