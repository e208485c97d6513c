"""Mapped fields that a source described once and describes no more: renamed, deleted, or hidden from the login.

What they gave stays, and nothing is written by a mapping that reads them: nobody knows what its records hold now. They
are remembered until they are back, and then everything is read once more: their values moved while nobody could see.
"""

from collections.abc import Mapping, Sequence

import orjson

from crmbridge.adapter.catalog import Catalog
from crmbridge.ledger import catalogs, shared
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.mapping.objects import CompiledObject

Gone = Mapping[str, frozenset[str]]
"""For each object the mapped vendor fields that are gone; objects that miss nothing are left out."""


def look(tx: LedgerTx, connection_id: int, objects: Sequence[CompiledObject], catalog: Catalog) -> Gone:
    """What those objects miss by the newest catalog. An object that it does not tell of misses nothing."""
    gone: dict[str, frozenset[str]] = {}
    for compiled in objects:
        info = catalog.object(compiled.object)
        if info is None:
            continue
        lacking = compiled.vendor_fields - {one.name for one in info.fields}
        lost = {name for name in lacking if catalogs.had_field(tx, connection_id, compiled.object, name)}
        if lost:
            gone[compiled.object] = frozenset(lost)
    return gone


def known(tx: LedgerTx, connection_id: int) -> Gone:
    """What was gone when each object was read last."""
    text = shared.get(tx, connection_id, shared.FIELDS_GONE)
    return {name: frozenset(fields) for name, fields in orjson.loads(text).items()} if text else {}


def keep(tx: LedgerTx, connection_id: int, object_name: str, lost: frozenset[str], *, now_us: int) -> frozenset[str]:
    """Remembers what an object misses now; the fields that it missed before and that are back."""
    before = known(tx, connection_id)
    if before.get(object_name, frozenset()) == lost:
        return frozenset()
    after = {name: sorted(fields) for name, fields in before.items() if name != object_name}
    if lost:
        after[object_name] = sorted(lost)
    text = orjson.dumps(after, option=orjson.OPT_SORT_KEYS).decode() if after else None
    shared.put(tx, connection_id, shared.FIELDS_GONE, text, now_us=now_us)
    return before.get(object_name, frozenset()) - lost


def of_mapping(tx: LedgerTx, connection_id: int, objects: Sequence[CompiledObject]) -> list[tuple[str, str]]:
    """(object, vendor field) of everything that these mapped objects read and that is gone."""
    found = known(tx, connection_id)
    return [
        (compiled.object, name)
        for compiled in objects
        for name in sorted(found.get(compiled.object, frozenset()) & compiled.vendor_fields)
    ]
