"""Records that we made ourselves and whose answer was lost: they are met in a reading before anybody has looked.

The external key that was sent with a create is on the record. Whoever took such a record for a new one would make it
once more on the side that it came from.
"""

from collections.abc import Mapping

from crmbridge.ledger import links, outbox, raw
from crmbridge.ledger.records import Source
from crmbridge.ledger.transaction import LedgerTx


def adopt(tx: LedgerTx, kind_name: str, keys: Mapping[str, str], *, source: Source) -> dict[str, str]:
    """Links vendor records to the records of ours that they were made for: vendor id -> record of ours.

    `keys` holds the external key of each that has one. A key that was never sent to this connection says nothing, and
    neither does that of a record which this connection holds and shows already: somebody has copied it.
    """
    if not keys:
        return {}
    sent = {
        write.key: write.record_id
        for write in outbox.creates(tx, source.connection_id, sorted(set(keys.values())))
        if write.record_id is not None and write.object == source.object
    }
    held = links.places(tx, kind_name, sorted(set(sent.values())), source.connection_id) if sent else {}
    places = {
        (place[2], record_id) for record_id, found in held.items() for place in found if place[1] == source.object
    }
    kept = raw.fetch(tx, source.connection_id, source.object, sorted({external_id for external_id, _ in places}))
    dead = {item.record.external_id for item in kept if item.record.deleted}
    taken = {record_id for external_id, record_id in places if external_id not in dead}
    adopted: dict[str, str] = {}
    for external_id, key in sorted(keys.items()):
        record_id = sent.get(key)
        if record_id is not None and record_id not in taken:
            adopted[external_id] = record_id
            taken.add(record_id)
    links.make(tx, source.connection_id, source.object, list(adopted.items()), extra=True)
    return adopted
