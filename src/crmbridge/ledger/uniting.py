"""Two records of ours become one: everything that meant the one means the other from now on."""

from crmbridge.ledger import bulk, links, outbox, raw, touches
from crmbridge.ledger.changes import next_change
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.model.errors import ConfigError
from crmbridge.model.kinds import KIND_NAMES, KindSpec, kind

_PLACES = "SELECT left_stream, left_id, right_stream, right_id FROM twin WHERE record_id IN (:winner, :loser)"

_MEET = "UPDATE twin SET fields = '{}', behind = 0, open = 0 WHERE pair = :pair AND record_id = :winner"
"""What was decided while each was alone binds nobody: the two meet as at first sight."""


def unite(tx: LedgerTx, spec: KindSpec, winner: str, loser: str, *, now_us: int, is_proven: bool = False) -> None:
    """`loser` is `winner` now: its links, its twins and what points at it; its row stays, marked as merged into it.

    The row of one that is still there wins over one that was deleted. `is_proven` says that the two are one whoever
    holds both: a connection that shows both has one record of ours twice. ConfigError otherwise, and where a write to
    either may still arrive: then nothing has changed.
    """
    winner, loser = _ordered(tx, spec, winner, loser)
    both = _held_twice(tx, spec, winner, loser)
    if both and not is_proven:
        raise ConfigError("one connection holds both records: they are merged there, not here")
    streams = bulk.select(tx, _PLACES, winner=winner, loser=loser)
    known = bulk.select(tx, "SELECT id, pair FROM twin WHERE record_id = :loser", loser=loser)
    taken = {row[0] for row in bulk.select(tx, "SELECT pair FROM twin WHERE record_id = :winner", winner=winner)}
    writes = outbox.of_twins(tx, _twin_ids(tx, winner, loser), ("planned", "sent", "unknown"))
    if any(write.is_doubted for write in writes):
        raise ConfigError(
            "a write to one of the two records may still arrive",
            hint="the next sync looks for it; answer after it (crmbridge outbox)",
        )
    outbox.settle(tx, [(write.id, "dropped", None, None) for write in writes], now_us=now_us)
    for twin_id, pair in known:
        if pair in taken:
            bulk.run(tx, "DELETE FROM twin WHERE id = :twin_id", twin_id=twin_id)
            if not both:
                bulk.run(tx, _MEET, pair=pair, winner=winner)
        else:
            bulk.run(tx, "UPDATE twin SET record_id = :winner WHERE id = :twin_id", winner=winner, twin_id=twin_id)
    _relink(tx, spec, winner, loser)
    _repoint(tx, spec, winner, loser)
    for left, left_id, right, right_id in streams:
        for stream_id, external_id in ((left, left_id), (right, right_id)):
            if stream_id is not None:
                touches.touch(tx, stream_id, [external_id])


def _ordered(tx: LedgerTx, spec: KindSpec, winner: str, loser: str) -> tuple[str, str]:
    """The two, the one that is still there first; ConfigError where one is another's already, or was never kept."""
    states = dict(bulk.kept(tx, spec.name, ("lifecycle",), [winner, loser]))
    if len(states) < len((winner, loser)) or "merged" in states.values():
        raise ConfigError("one of the two records is not there any more")
    return (loser, winner) if states[winner] == "deleted" != states[loser] else (winner, loser)


def _held_twice(tx: LedgerTx, spec: KindSpec, winner: str, loser: str) -> frozenset[int]:
    """The connections that show both; what a vendor merged into the other, or deleted, is shown no more."""
    held = links.connections_of(tx, spec.name, [winner, loser])
    return frozenset(
        connection_id
        for connection_id in held[winner] & held[loser]
        if len(_shown(tx, spec, (winner, loser), connection_id)) > 1
    )


def _shown(tx: LedgerTx, spec: KindSpec, record_ids: tuple[str, str], connection_id: int) -> set[str]:
    """Those of the records that a connection shows somewhere."""
    return {
        record_id
        for record_id, places in links.places(tx, spec.name, record_ids, connection_id).items()
        for _, object_name, external_id in places
        for item in raw.fetch(tx, connection_id, object_name, [external_id])
        if not item.record.deleted
    }


def _twin_ids(tx: LedgerTx, winner: str, loser: str) -> list[int]:
    sql = "SELECT id FROM twin WHERE record_id IN (:winner, :loser)"
    return [row[0] for row in bulk.select(tx, sql, winner=winner, loser=loser)]


def _relink(tx: LedgerTx, spec: KindSpec, winner: str, loser: str) -> None:
    row = bulk.first(
        tx,
        "SELECT s.id, r.external_id FROM stream AS s JOIN"  # noqa: S608 - a kind's own name
        f' "{spec.name}" AS r ON r.connection_id = s.connection_id AND r.object = s.object WHERE r.id = :loser',
        loser=loser,
    )
    sql = "UPDATE link SET record_id = :winner, extra = 1 WHERE extra = 1 AND record_id = :loser"
    bulk.run(tx, sql, winner=winner, loser=loser)
    if row is not None:
        sql = (
            "UPDATE link SET record_id = :winner, extra = 1"
            " WHERE stream_id = :stream_id AND external_id = :external_id AND record_id = :loser"
        )
        bulk.run(tx, sql, winner=winner, loser=loser, stream_id=row[0], external_id=row[1])
    bulk.update(tx, spec.name, ("lifecycle", "merged_into", "change_no"), [("merged", winner, next_change(tx), loser)])


def _repoint(tx: LedgerTx, spec: KindSpec, winner: str, loser: str) -> None:
    """What pointed at the loser points at the winner: rows, and what is remembered of them in pairs."""
    change_no = next_change(tx)
    for name in KIND_NAMES:
        for ref in kind(name).references:
            if ref.target == spec.name:
                sql = f'UPDATE "{name}" SET "{ref.name}_id" = :winner, change_no = :n WHERE "{ref.name}_id" = :loser'  # noqa: S608 - names of columns
                bulk.run(tx, sql, winner=winner, loser=loser, n=change_no)
    sql = "UPDATE twin SET fields = replace(fields, :loser, :winner) WHERE fields LIKE :mentions"
    bulk.run(tx, sql, winner=winner, loser=loser, mentions=f"%{loser}%")
