"""References to records that the same plan makes: the vendor's ids take their places when a write leaves.

What is kept is what is sent, so it is kept before it leaves. A record that was refused is pointed at by nobody: the
field is left out of the write, and a later plan fills it. What points at one that is in doubt waits for it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import orjson

from crmbridge.ledger import links, outbox
from crmbridge.ledger.outbox import Write
from crmbridge.ledger.payloads import decode_payload, encode_payload
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.sync.twoway.one_way import PROMISE

Found = Mapping[tuple[str, str], str]


def resolved(tx: LedgerTx, batch: Sequence[Write], connection_id: int) -> list[Write]:
    """The writes with the ids that their targets have by now; kept so."""
    wanted: dict[str, set[str]] = {}
    for write in batch:
        for kind_name, record_id in PROMISE.findall(write.fields):
            wanted.setdefault(kind_name, set()).add(record_id)
    if not wanted:
        return list(batch)
    found = {
        (kind_name, record_id): places[0][2]
        for kind_name, ids in wanted.items()
        for record_id, places in links.places(tx, kind_name, sorted(ids), connection_id).items()
    }
    made = [_resolved(write, found) for write in batch]
    outbox.fitted(tx, [now for now, before in zip(made, batch, strict=True) if now is not before])
    return made


def in_doubt(tx: LedgerTx, planned: Sequence[Write], connection_id: int, *, behind: set[str]) -> set[int]:
    """Those of the writes that point at a record of which nobody knows yet whether it was made, or at one that waits.

    `behind` are the records that wait already; those that wait from now on are added.
    """
    told = {write.id: {record_id for _, record_id in PROMISE.findall(write.fields)} for write in planned}
    if not any(told.values()):
        return set()
    made = {write.record_id for write in outbox.waiting(tx, connection_id) if write.op == "create"}
    found: set[int] = set()
    for write in planned:
        if told[write.id] & (made | behind):
            found.add(write.id)
            behind |= {write.record_id} if write.op == "create" and write.record_id is not None else set()
    return found


def together(planned: Sequence[Write]) -> list[Write]:
    """The first of the writes that may leave at once: none points at one that leaves with it."""
    leaving: set[str | None] = set()
    for number, write in enumerate(planned):
        if any(record_id in leaving for _, record_id in PROMISE.findall(write.fields)):
            return [*planned[:number]]
        leaving.add(write.record_id)
    return [*planned]


def _resolved(write: Write, found: Found) -> Write:
    told = PROMISE.findall(write.fields)
    if not told:
        return write
    missing = {record_id for kind_name, record_id in told if (kind_name, record_id) not in found}
    fields = {name: _put(value, found) for name, value in decode_payload(write.fields.encode()).items()}
    kept = {name: value for name, value in fields.items() if not _is_open(value)}
    lines = [line for line in orjson.loads(write.lines) if not _means(line["to"], missing)]
    return replace(write, fields=encode_payload(kept).decode(), lines=orjson.dumps(lines).decode())


def _put(value: Any, found: Found) -> Any:  # noqa: ANN401 - a JSON value
    if isinstance(value, str):
        return PROMISE.sub(lambda told: found.get((told[1], told[2]), told[0]), value)
    if isinstance(value, list):
        return [_put(item, found) for item in value]
    return {key: _put(item, found) for key, item in value.items()} if isinstance(value, dict) else value


def _is_open(value: Any) -> bool:  # noqa: ANN401 - a JSON value
    if isinstance(value, str):
        return PROMISE.search(value) is not None
    if isinstance(value, list):
        return any(map(_is_open, value))
    return isinstance(value, dict) and any(map(_is_open, value.values()))


def _means(value: object, missing: set[str]) -> bool:
    return isinstance(value, str) and value in missing
