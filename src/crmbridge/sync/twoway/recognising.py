"""Records that we made and that carry no key of ours are known by what they hold.

Some objects have no field of one's own, so a create whose answer was lost cannot be looked for. What it made is among
the records that were read since and that nobody knows: one that shows all that was sent, and no other words, is ours.
Where none does, and everything was read once the call must have landed, it did not happen and is planned again.
"""

from collections.abc import Mapping, Sequence

import orjson

from crmbridge.adapter.contract import Applied
from crmbridge.ledger import links, outbox, raw
from crmbridge.ledger.outbox import Write
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.model.canonical import Value
from crmbridge.model.kinds import kind
from crmbridge.sync.twoway.acknowledging import Target, took_over
from crmbridge.sync.twoway.making import STANDS_FOR
from crmbridge.sync.twoway.one_way import Recipient
from crmbridge.sync.twoway.pairs import Pair
from crmbridge.sync.twoway.sight import Seen, Sight
from crmbridge.sync.twoway.state import value_of


def recognise(target: Target, pair: Pair, *, read_us: int | None) -> None:
    """Settles the creates of objects without a key; `read_us` is when their reading began, None where nobody knows."""
    session = target.session
    with session.begin() as tx:
        asked = [
            write
            for write in outbox.waiting(tx, session.connection_id)
            if write.op == "create" and write.settled_us is None and target.key_fields.get(write.object) is None
        ]
        for name in sorted({write.object for write in asked}):
            _recognise(tx, target, pair, [write for write in asked if write.object == name], read_us=read_us)


def _recognise(tx: LedgerTx, target: Target, pair: Pair, asked: Sequence[Write], *, read_us: int | None) -> None:
    session, end, object_name = target.session, pair.right, asked[0].object
    now_us = session.around.now_us()
    lonely = links.first_links(tx, session.connection_id, object_name)
    kept = [item.record for item in raw.fetch(tx, session.connection_id, object_name, sorted(lonely))]
    wanted = {write.id: _sent(write) for write in asked}
    sight = Sight(tx, end, asked[0].kind, frozenset(pair.rules[asked[0].kind]))
    seen = {one: shown for one, shown in sight.seen_in(kept).items() if not shown.is_deleted}
    found: list[tuple[Write, Applied]] = []
    absent: list[int] = []
    for write in asked:
        ours = next((one for one, shown in seen.items() if _is_ours(wanted[write.id], shown)), None)
        if ours is not None:
            found.append((write, Applied(ours, seen.pop(ours).revision)))
        elif read_us is not None and read_us - (write.sent_us or 0) > target.lag_s * 1_000_000:
            absent.append(write.id)
    own_kind = end.recast.get(object_name, asked[0].kind) if isinstance(end, Recipient) else asked[0].kind
    pairs = [(made.external_id, str(write.record_id)) for write, made in found]
    links.claim(tx, session.connection_id, object_name, kind(own_kind), pairs, pair=pair.name)
    outbox.settle(tx, [(write.id, "applied", made.external_id, None) for write, made in found], now_us=now_us)
    outbox.looked(tx, absent, now_us=now_us)
    records = {(record.object, record.external_id): record for record in kept}
    took_over(tx, found, records, target)


def _sent(write: Write) -> Mapping[str, Value]:
    """What a create said of each field, in the form in which the system shows it."""
    return {line["field"]: value_of(line.get("shows", line["to"])) for line in orjson.loads(write.lines)}


def _is_ours(sent: Mapping[str, Value], shown: Seen) -> bool:
    words = {name for name in STANDS_FOR if name in shown.values}
    return bool(words) and all(
        shown.values.get(name) == sent.get(name) for name in words | (sent.keys() & shown.values)
    )
