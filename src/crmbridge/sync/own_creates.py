"""Records that we made ourselves and whose answer was lost: they are met in a reading before anybody has looked.

The external key that was sent with a create is on the record. Whoever took such a record for a new one would make it
once more on the side that it came from.

The key says for which vendor record ours was made. So a ledger that was restored from a backup, and knows of no such
create, works the same key out again and finds what belongs together: from the copy its origin, where that was read
first, and from the origin its copy.
"""

import hashlib
from collections.abc import Mapping, Sequence

from crmbridge.ledger import connections, identities, links, outbox, raw, restoring
from crmbridge.ledger.records import Source
from crmbridge.ledger.transaction import LedgerTx

_KEY = "external_key"
"""Under this name the hard keys hold the external key of a copy whose origin was not read yet."""


def external_key(kind: str, connection: str, object_name: str, external_id: str) -> str:
    """The key of what is made on another side for that vendor record: the same each time, and nobody else's."""
    parts = (kind, connection, object_name, external_id)
    told = "|".join(part.replace("%", "%25").replace("|", "%7C") for part in parts)
    return f"cb2-{hashlib.sha256(told.encode()).hexdigest()[:24]}"


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
    strange = {external_id: key for external_id, key in keys.items() if key not in sent}
    if strange and restoring.is_restored(tx):
        sent |= _origins(tx, kind_name, frozenset(strange.values()), source)
        lonely = {external_id: {_KEY: [key]} for external_id, key in strange.items() if key not in sent}
        identities.keep(tx, source.connection_id, source.object, lonely)
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


def meet(tx: LedgerTx, kind_name: str, newcomers: Sequence[str], *, source: Source) -> dict[str, str]:
    """In a ledger that was restored: links newcomers to the records of ours that are their copies, read before them."""
    if not newcomers or not restoring.is_restored(tx):
        return {}
    keys = {external_key(kind_name, source.connection, source.object, one): one for one in newcomers}
    found = {
        keys[key]: holders[0].record_id
        for key, holders in identities.find(tx, kind_name, _KEY, sorted(keys)).items()
        if len(holders) == 1 and holders[0].connection_id != source.connection_id
    }
    held = links.places(tx, kind_name, sorted(found.values()), source.connection_id)
    met = {external_id: record_id for external_id, record_id in found.items() if record_id not in held}
    links.make(tx, source.connection_id, source.object, list(met.items()), extra=True)
    return met


def orphans(tx: LedgerTx, record_ids: Sequence[str]) -> frozenset[str]:
    """In a ledger that was restored: those records that are copies of what was not read, or is not there any more."""
    if not record_ids or not restoring.is_restored(tx):
        return frozenset()
    return frozenset(one for one, values in identities.values_of(tx, record_ids).items() if _KEY in values)


def _origins(tx: LedgerTx, kind_name: str, keys: frozenset[str], source: Source) -> dict[str, str]:
    """Which record of ours a key was worked out for, among all that other connections hold."""
    names = {row.id: row.name for row in connections.listing(tx)}
    found: dict[str, str] = {}
    for connection_id, object_name, external_id, record_id in links.elsewhere(tx, kind_name, source.connection_id):
        key = external_key(kind_name, names[connection_id], object_name, external_id)
        if key in keys:
            found[key] = record_id
    return found
