"""Records that a vendor has merged into others: no system says so, and all that is listed is that one was deleted.

Two things tell it from a deletion. What pointed at the deleted record points at another one now; or another record of
the same system holds what it was recognised by (a registration number, an address). Then its peer is not deleted, for
with it would go what hangs on it there: the two are parted, and people are told which records to merge there too.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import orjson

from crmbridge.ledger import identities, links, raw, twins
from crmbridge.ledger.outbox import Write
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.model.kinds import kind
from crmbridge.sync.twoway.merging import Side
from crmbridge.sync.twoway.pairs import Pair
from crmbridge.sync.twoway.planning import Draft, Held

_PROBABLY = (
    "{other} has probably merged it into {into}: it is not deleted here, and not kept in step any more; merge the two "
    "here as well"
)


def spare(tx: LedgerTx, pair: Pair, draft: Draft) -> None:
    """Takes the deletions out of a draft that a merge explains; their twins are parted."""
    deletions = [write for write in draft.writes if write.op == "delete" and write.record_id is not None]
    if not deletions:
        return
    into = _pointed_away(draft.writes) | _recognised(tx, pair, deletions)
    known = twins.by_id(tx, [write.twin_id for write in deletions if write.twin_id])
    spared: set[int] = set()
    for write in deletions:
        winner, twin, side = into.get(_place(write)), known.get(write.twin_id or 0), Side(write.side or "")
        if winner is None or twin is None or not _is_there(tx, pair, side.other, write.kind, winner):
            continue
        params = {"other": pair.end(side.other).connection, "into": _title(tx, write.kind, winner)}
        draft.held.append(Held(twin.record_id, side, None, _PROBABLY, params))
        twins.put(tx, [replace(twin, state="parted", behind=0)])
        spared.add(id(write))
    draft.writes = [write for write in draft.writes if id(write) not in spared]


def _place(write: Write) -> tuple[str, str]:
    return write.side or "", str(write.record_id)


def _pointed_away(writes: Iterable[Write]) -> dict[tuple[str, str], str]:
    """(side, record) -> the record of its kind at which what still points at it there is to point instead."""
    found: dict[tuple[str, str], str] = {}
    for write in writes:
        if write.op != "update":
            continue
        fields = kind(write.kind).fields
        for line in orjson.loads(write.lines):
            before, after = line["from"], line["to"]
            if fields[line["field"]].target and isinstance(before, str) and isinstance(after, str):
                found.setdefault((write.side or "", before), after)
    return found


def _recognised(tx: LedgerTx, pair: Pair, deletions: Sequence[Write]) -> dict[tuple[str, str], str]:
    """(side, record) -> the record that has, in the system that deleted it, what it is recognised by here."""
    held = identities.values_of(tx, sorted({str(write.record_id) for write in deletions}))
    found: dict[tuple[str, str], str] = {}
    for write in deletions:
        other = pair.end(Side(write.side or "").other).connection_id
        for name, values in sorted(_of_fields(write.kind, held.get(str(write.record_id), {})).items()):
            for holders in identities.find(tx, write.kind, name, sorted(values)).values():
                for holder in holders:
                    if holder.connection_id == other and holder.record_id != write.record_id:
                        found.setdefault(_place(write), holder.record_id)
    return found


def _of_fields(kind_name: str, held: Mapping[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    return {name: values for name, values in held.items() if name in kind(kind_name).fields}


def _title(tx: LedgerTx, kind_name: str, record_id: str) -> str:
    """What a record is called, else its id."""
    name = next((name for name in ("name", "full_name") if name in kind(kind_name).fields), None)
    return links.titles(tx, kind_name, name, [record_id]).get(record_id, record_id) if name else record_id


def _is_there(tx: LedgerTx, pair: Pair, side: Side, kind_name: str, record_id: str) -> bool:
    """Whether a side shows a record."""
    connection_id = pair.end(side).connection_id
    return any(
        not item.record.deleted
        for _, object_name, external_id in links.places(tx, kind_name, [record_id], connection_id).get(record_id, ())
        for item in raw.fetch(tx, connection_id, object_name, [external_id])
    )
