"""A page is landed: absent fields keep what they were, and a record that cannot be kept stops no other."""

from collections.abc import Sequence
from dataclasses import replace

from crmbridge.adapter.contract import Problem, RawRecord
from crmbridge.ledger import raw
from crmbridge.ledger.raw import Conflict, Landing
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.model.errors import ContractError
from crmbridge.sync.normalise import Scope


def land(tx: LedgerTx, page: Sequence[RawRecord], scope: Scope) -> tuple[Landing, list[Problem]]:
    """What of the page is new or has changed, and what cannot be used at all."""
    try:
        landing, refused = _land(tx, page, scope), []
    except ContractError:
        refused = [_refused(record, error) for record in page if (error := raw.refusal(record)) is not None]
        if not refused:
            raise
        landing = _land(tx, [record for record in page if raw.refusal(record) is None], scope)
    return landing, [*refused, *(_conflict(found) for found in landing.conflicts)]


def _land(tx: LedgerTx, page: Sequence[RawRecord], scope: Scope) -> Landing:
    source = scope.source
    filled = _with_absent_fields(tx, page, scope)
    return raw.land(
        tx,
        source.connection_id,
        filled,
        run_id=scope.run_id,
        now_us=scope.now_us,
        mapping_id=source.mapping_id,
    )


def _with_absent_fields(tx: LedgerTx, page: Sequence[RawRecord], scope: Scope) -> Sequence[RawRecord]:
    """The records, those that lack a mapped field with what was last known of it: absent is not empty."""
    wanted, source = scope.mapped.vendor_fields, scope.source
    lacking = [r.external_id for r in page if not wanted <= r.payload.keys() and not r.deleted]
    if not lacking:
        return page
    kept = raw.fetch(tx, source.connection_id, source.object, [i for i in lacking if raw.is_id(i)])
    known = {item.record.external_id: item.record.payload for item in kept}
    if not known:
        return page
    return [
        r
        if r.deleted or (earlier := known.get(r.external_id)) is None
        else replace(r, payload={**earlier, **r.payload})
        for r in page
    ]


def _conflict(found: Conflict) -> Problem:
    return Problem(
        "DUPLICATE_ID",
        "{count} different records have the id {external_id}",
        {"count": len(found.records), "external_id": found.external_id},
        position=", ".join(record.position for record in found.records if record.position) or None,
        external_id=found.external_id,
    )


def _refused(record: RawRecord, error: ContractError) -> Problem:
    return Problem(
        "RECORD_UNSTORABLE",
        error.message,
        error.context,
        position=record.position or ascii(record.external_id[:80]),
        external_id=record.external_id if raw.is_id(record.external_id) else None,
    )
