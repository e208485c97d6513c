"""Links: which record of ours a vendor's record is."""

from collections.abc import Sequence

from crmbridge.ledger import bulk, streams
from crmbridge.ledger.changes import next_change
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.model.kinds import KindSpec

_MAKE = bulk.Upsert("link", ("external_id", "record_id"), ("stream_id", "external_id"), fixed=("stream_id", "extra"))
_RESOLVE = "SELECT external_id, record_id FROM link WHERE stream_id = :stream_id AND external_id IN {wanted}"


def resolve(tx: LedgerTx, connection_id: int, object_name: str, external_ids: Sequence[str]) -> dict[str, str]:
    """The record ids of those vendor ids that are linked."""
    stream_id = streams.find(tx, connection_id, object_name)
    return dict(bulk.fetch(tx, _RESOLVE, external_ids, stream_id=stream_id))


def make(
    tx: LedgerTx, connection_id: int, object_name: str, rows: Sequence[tuple[str, str]], *, extra: bool = False
) -> int:
    """Links (vendor id, record id) pairs; a vendor id that is linked stays with its record. How many were made.

    `extra` marks links to records that exist already through another link.
    """
    stream_id = streams.ensure(tx, connection_id, object_name)
    return bulk.upsert(tx, _MAKE, sorted(rows), fixed=(stream_id, int(extra)))


def first_links(tx: LedgerTx, connection_id: int, object_name: str) -> dict[str, str]:
    """The vendor ids of an object that are the first link of their record, each with that record."""
    stream_id = streams.find(tx, connection_id, object_name)
    sql = "SELECT external_id, record_id FROM link WHERE stream_id = :stream_id AND extra = 0"
    return dict(bulk.select(tx, sql, stream_id=stream_id))


def claim(
    tx: LedgerTx, connection_id: int, object_name: str, spec: KindSpec, rows: Sequence[tuple[str, str]], *, pair: str
) -> None:
    """Vendor ids that were taken for new records are other ones: (vendor id, record). What a pair kept of them goes."""
    stream_id = streams.find(tx, connection_id, object_name)
    known = resolve(tx, connection_id, object_name, [external_id for external_id, _ in rows])
    sql = "UPDATE link SET record_id = :to, extra = 1 WHERE stream_id = :stream_id AND external_id = :external_id"
    for external_id, record_id in rows:
        bulk.run(tx, sql, to=record_id, stream_id=stream_id, external_id=external_id)
    if rows:
        change_no = next_change(tx)
        gone = [("merged", record_id, change_no, known[external_id]) for external_id, record_id in rows]
        bulk.update(tx, spec.name, ("lifecycle", "merged_into", "change_no"), gone)
        for *_, before in gone:
            bulk.run(tx, "DELETE FROM twin WHERE pair = :pair AND record_id = :before", pair=pair, before=before)


def extra_refs(tx: LedgerTx, record_ids: Sequence[str]) -> dict[str, list[tuple[str, str, str]]]:
    """For each record its links beside the first, as (connection, object, vendor id), in the order of trust."""
    sql = (
        "SELECT l.record_id, c.name, s.object, l.external_id FROM link AS l"
        " JOIN stream AS s ON s.id = l.stream_id JOIN connection AS c ON c.id = s.connection_id"
        " WHERE l.extra = 1 AND l.record_id IN {wanted} ORDER BY l.record_id, c.rank, s.id, l.external_id"
    )
    found: dict[str, list[tuple[str, str, str]]] = {}
    for record_id, *ref in bulk.fetch(tx, sql, record_ids):
        found.setdefault(record_id, []).append((ref[0], ref[1], ref[2]))
    return found


def owners(tx: LedgerTx, kind_name: str, record_ids: Sequence[str]) -> dict[str, int]:
    """For each record of a kind the connection (its id) that its row belongs to: the one it was first read from."""
    sql = f'SELECT id, connection_id FROM "{kind_name}" WHERE id IN {{wanted}}'  # noqa: S608 - a kind's own name
    return dict(bulk.fetch(tx, sql, record_ids))


def places_of_rows(tx: LedgerTx, kind_name: str, record_ids: Sequence[str]) -> dict[str, tuple[int, str, str]]:
    """For each record of a kind whose row it is: (connection id, object, vendor id), of the place it was first read."""
    sql = f'SELECT id, connection_id, object, external_id FROM "{kind_name}" WHERE id IN {{wanted}}'  # noqa: S608 - a kind's own name
    return {row[0]: (row[1], row[2], row[3]) for row in bulk.fetch(tx, sql, list(record_ids))}


def extra_places(tx: LedgerTx, record_ids: Sequence[str], connection_id: int, object_name: str) -> list[str]:
    """The vendor ids of an object that link to those records beside their first link."""
    stream_id = streams.find(tx, connection_id, object_name)
    sql = "SELECT external_id FROM link WHERE extra = 1 AND stream_id = :stream_id AND record_id IN {wanted}"
    return [row[0] for row in bulk.fetch(tx, sql, list(record_ids), stream_id=stream_id)]


def titles(tx: LedgerTx, kind_name: str, column: str, record_ids: Sequence[str]) -> dict[str, str]:
    """For each record of a kind what it is called, by one of its fields; those without it are left out."""
    sql = f'SELECT id, "{column}" FROM "{kind_name}" WHERE "{column}" IS NOT NULL AND id IN {{wanted}}'  # noqa: S608 - names of columns
    return dict(bulk.fetch(tx, sql, record_ids))


def people(tx: LedgerTx, kind_name: str, record_ids: Sequence[str]) -> dict[str, str]:
    """For each record of a kind the one who owns it; those that nobody owns are left out."""
    sql = f'SELECT id, owner_id FROM "{kind_name}" WHERE owner_id IS NOT NULL AND id IN {{wanted}}'  # noqa: S608 - a kind's own name
    return dict(bulk.fetch(tx, sql, record_ids))


def held(tx: LedgerTx, kind_name: str, connection_id: int) -> dict[str, int]:
    """For each owner how many active records of a kind of that connection are his; `*` for what nobody owns."""
    sql = (
        f"SELECT coalesce(owner_id, '*'), count(*) FROM \"{kind_name}\""  # noqa: S608 - a kind's own name
        " WHERE connection_id = :connection_id AND lifecycle = 'active' GROUP BY 1"
    )
    return dict(bulk.select(tx, sql, connection_id=connection_id))


def addresses(tx: LedgerTx, connection_id: int) -> dict[str, str]:
    """The users that a connection holds, by their e-mail in small letters."""
    sql = (
        'SELECT DISTINCT u.email, u.id FROM "user" AS u LEFT JOIN link AS l ON l.record_id = u.id AND l.extra = 1'
        " LEFT JOIN stream AS s ON s.id = l.stream_id WHERE u.email IS NOT NULL AND u.lifecycle = 'active'"
        " AND (u.connection_id = :connection_id OR s.connection_id = :connection_id)"
    )
    return {email.casefold(): record_id for email, record_id in bulk.select(tx, sql, connection_id=connection_id)}


def connections_of(tx: LedgerTx, kind_name: str, record_ids: Sequence[str]) -> dict[str, frozenset[int]]:
    """For each record of a kind all connections (their ids) that hold it."""
    sql = (
        "SELECT l.record_id, s.connection_id FROM link AS l JOIN stream AS s ON s.id = l.stream_id"
        " WHERE l.extra = 1 AND l.record_id IN {wanted}"
    )
    found: dict[str, set[int]] = {}
    for record_id, connection_id in (*owners(tx, kind_name, record_ids).items(), *bulk.fetch(tx, sql, record_ids)):
        found.setdefault(record_id, set()).add(connection_id)
    return {record_id: frozenset(connections) for record_id, connections in found.items()}


def places(
    tx: LedgerTx, kind_name: str, record_ids: Sequence[str], connection_id: int
) -> dict[str, list[tuple[int, str, str]]]:
    """Where a connection holds records of a kind: for each (stream id, object, vendor id), its first link first.

    One that was merged into another is held nowhere.
    """
    sql = (
        f'SELECT k.id, s.id, s.object, k.external_id, 0 AS extra FROM "{kind_name}" AS k'  # noqa: S608 - a kind's name
        " JOIN stream AS s ON s.connection_id = k.connection_id AND s.object = k.object"
        " WHERE k.connection_id = :connection_id AND k.lifecycle <> 'merged' AND k.id IN {wanted}"
        " UNION ALL SELECT l.record_id, s.id, s.object, l.external_id, 1 FROM link AS l"
        " JOIN stream AS s ON s.id = l.stream_id"
        " WHERE l.extra = 1 AND s.connection_id = :connection_id AND l.record_id IN {wanted}"
        " ORDER BY 1, 5, 2, 4"
    )
    found: dict[str, list[tuple[int, str, str]]] = {}
    for record_id, stream_id, object_name, external_id, _ in bulk.fetch(
        tx, sql, list(record_ids), connection_id=connection_id
    ):
        found.setdefault(record_id, []).append((stream_id, object_name, external_id))
    return found


def elsewhere(tx: LedgerTx, kind_name: str, connection_id: int) -> list[tuple[int, str, str, str]]:
    """Everything of a kind that other connections hold: (connection id, object, vendor id, record of ours)."""
    sql = (
        "SELECT s.connection_id, s.object, l.external_id, l.record_id FROM link AS l"  # noqa: S608 - a kind's own name
        f' JOIN stream AS s ON s.id = l.stream_id JOIN "{kind_name}" AS k ON k.id = l.record_id'
        " WHERE s.connection_id <> :connection_id ORDER BY 1, 2, 3"
    )
    return [(row[0], row[1], row[2], row[3]) for row in bulk.select(tx, sql, connection_id=connection_id)]
