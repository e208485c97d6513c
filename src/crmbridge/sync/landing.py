"""A page is landed: absent fields keep what they were, and a record that cannot be kept stops no other."""

from collections.abc import Sequence

from crmbridge.adapter.contract import Problem, RawRecord
from crmbridge.ledger import raw
from crmbridge.ledger.packing import Packed, repack
from crmbridge.ledger.raw import Conflict, Landing
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.sync import erasures
from crmbridge.sync.normalise import Scope
from crmbridge.sync.packets import Batch, pack_batch


def land(tx: LedgerTx, records: Sequence[RawRecord], scope: Scope) -> tuple[Landing, list[Problem]]:
    """As `land_batch`, for records that nobody has packed yet."""
    return land_batch(tx, pack_batch(records, scope.mapped), scope)


def land_batch(tx: LedgerTx, batch: Batch, scope: Scope) -> tuple[Landing, list[Problem]]:
    """What of the batch is new or has changed, and what cannot be used at all."""
    source = scope.source
    batch = erasures.without(batch, scope.mapped, source.connection, scope.erased)
    landing = raw.keep(
        tx,
        source.connection_id,
        source.object,
        _with_absent_fields(tx, batch, scope),
        run_id=scope.run_id,
        now_us=scope.now_us,
        mapping_id=source.mapping_id,
    )
    refused = [record.problem for record in batch.refused]
    return landing, [*refused, *(_conflict(found) for found in landing.conflicts)]


def _with_absent_fields(tx: LedgerTx, batch: Batch, scope: Scope) -> Sequence[Packed]:
    """The records, those that lack a mapped field with what was last known of it: absent is not empty."""
    if not batch.lacking:
        return batch.records
    kept = raw.fetch(tx, scope.source.connection_id, scope.source.object, batch.lacking)
    known = {item.record.external_id: item.record.payload for item in kept}
    if not known:
        return batch.records
    return [
        r if r.deleted or (earlier := known.get(r.external_id)) is None else repack(r, {**earlier, **r.content})
        for r in batch.records
    ]


def _conflict(found: Conflict) -> Problem:
    return Problem(
        "DUPLICATE_ID",
        "{count} different records have the id {external_id}",
        {"count": len(found.records), "external_id": found.external_id},
        position=", ".join(record.position for record in found.records if record.position) or None,
        external_id=found.external_id,
    )
