"""Just before a record is deleted because its peer was, the peer is asked for by id: somebody may have brought it back.

Between that answer and our deletion nothing else is asked, and only writes to the same system leave.
"""

from collections.abc import Sequence

import orjson

from crmbridge.adapter.contract import Fetches, RawRecord
from crmbridge.ledger import links
from crmbridge.ledger.outbox import Write
from crmbridge.sync.answers import answering
from crmbridge.sync.pull import take_in
from crmbridge.sync.twoway.acknowledging import Target


def spared(planned: Sequence[Write], peer: Target) -> frozenset[int]:
    """The ids of deletions whose peer is there again; takes in what it is now. None where it cannot be asked by id."""
    deletions = [write for write in planned if write.op == "delete" and not orjson.loads(write.lines)]
    if not deletions or not isinstance(peer.adapter, Fetches):
        return frozenset()
    session, found = peer.session, dict[int, RawRecord]()
    for name, asked in _places(deletions, peer).items():
        with answering(session.connection):
            records = peer.adapter.fetch(name, [external_id for _, external_id in asked])
        here = [(write, one) for (write, _), one in zip(asked, records, strict=True) if one and not one.deleted]
        with session.begin() as tx:
            take_in(tx, [record for _, record in here], session.scope(peer.objects[name]))
        found |= {write.id: record for write, record in here}
    return frozenset(found)


def _places(deletions: Sequence[Write], peer: Target) -> dict[str, list[tuple[Write, str]]]:
    """By object, each deletion with the ids under which the peer's system held the record."""
    asked: dict[str, list[tuple[Write, str]]] = {}
    with peer.session.around.ledger.read() as tx:
        for kind_name in sorted({write.kind for write in deletions}):
            some = {str(write.record_id): write for write in deletions if write.kind == kind_name}
            held = links.places(tx, kind_name, sorted(some), peer.session.connection_id)
            for record_id, places in held.items():
                for _, object_name, external_id in places:
                    if object_name in peer.objects:
                        asked.setdefault(object_name, []).append((some[record_id], external_id))
    return asked
