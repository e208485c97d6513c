"""What a plan is measured against: how much is linked, what was written lately, whose records would change hands."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import orjson

from crmbridge.ledger import links, outbox, plans, twins
from crmbridge.ledger.outbox import Write
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.sync import fields_gone
from crmbridge.sync.twoway import state
from crmbridge.sync.twoway.deciding import BATCH
from crmbridge.sync.twoway.guards import Standing
from crmbridge.sync.twoway.merging import Side
from crmbridge.sync.twoway.pairs import End, Pair

DAY_US = 24 * 3_600 * 1_000_000


def of_pair(
    tx: LedgerTx, pair: Pair, writes: Sequence[Write], *, basis: str, changed: int, is_seen: bool, now_us: int
) -> Standing:
    """The standing of a pair. `changed` records were edited since the last merge; `is_seen`: a person approves this."""
    updated = len({write.record_id for write in writes if write.op == "update"})
    return Standing(
        linked=twins.count(tx, pair.name),
        changed=max(changed, updated),
        deleted_today=outbox.deleted_since(tx, pair.name, now_us - DAY_US),
        accounts_of=_held(tx, pair.name) if _fields(writes) & {"owner"} else {},
        is_approved=plans.approved_basis(tx, f"pair:{pair.name}") == basis,
        is_seen=is_seen,
        gone=_gone(tx, pair),
    )


def of_connection(
    tx: LedgerTx, end: End, scope: str, writes: Sequence[Write], *, basis: str, is_seen: bool
) -> Standing:
    """The standing of one connection that is written by itself: its records, and who owns those that would change."""
    by_kind: dict[str, list[str]] = {}
    for write in writes:
        if write.record_id is not None:
            by_kind.setdefault(write.kind, []).append(write.record_id)
    owner_of: dict[str, str] = {}
    held: Counter[str] = Counter()
    for kind_name, ids in sorted(by_kind.items()):
        owner_of |= links.people(tx, kind_name, ids)
        held += Counter(links.held(tx, kind_name, end.connection_id))
    objects = [one for kind_name in sorted(by_kind) for one in end.objects(kind_name)]
    return Standing(
        linked=sum(held.values()),
        accounts_of=held,
        owner_of=owner_of,
        is_approved=plans.approved_basis(tx, scope) == basis,
        is_seen=is_seen,
        gone=fields_gone.of_mapping(tx, end.connection_id, objects),
    )


def _gone(tx: LedgerTx, pair: Pair) -> list[tuple[str, str]]:
    """What either mapping reads of the pair's kinds, and its source has no more."""
    ends = (pair.left, pair.right)
    return [
        lost
        for end in ends
        for kind_name in pair.kinds
        for lost in fields_gone.of_mapping(tx, end.connection_id, end.objects(kind_name))
    ]


def _fields(writes: Iterable[Write]) -> set[str]:
    return {line["field"] for write in writes for line in orjson.loads(write.lines)}


def _held(tx: LedgerTx, pair: str) -> Mapping[str, int]:
    """For each owner how many records of the pair are his, on the side where they are more."""
    counts: dict[Side, Counter[str]] = {side: Counter() for side in Side}
    after = ""
    while page := twins.listing(tx, pair, limit=BATCH, after=after):
        after = page[-1].record_id
        for twin in page:
            one = state.load(twin.fields).get("owner")
            if one is None:
                continue
            for side in Side:
                if isinstance(owner := one.known(side), str):
                    counts[side][owner] += 1
    return counts[Side.LEFT] | counts[Side.RIGHT]
