"""What a plan is measured against: how much is linked, what was written lately, whose records would change hands."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import orjson

from crmbridge.ledger import links, outbox, plans, twins
from crmbridge.ledger.outbox import Write
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.sync.twoway import state
from crmbridge.sync.twoway.deciding import BATCH
from crmbridge.sync.twoway.guards import Standing
from crmbridge.sync.twoway.merging import Side

DAY_US = 24 * 3_600 * 1_000_000


def of_pair(
    tx: LedgerTx, pair: str, writes: Sequence[Write], *, basis: str, changed: int, is_seen: bool, now_us: int
) -> Standing:
    """The standing of a pair. `changed` records were edited since the last merge; `is_seen`: a person approves this."""
    updated = len({write.record_id for write in writes if write.op == "update"})
    return Standing(
        linked=twins.count(tx, pair),
        changed=max(changed, updated),
        deleted_today=outbox.deleted_since(tx, pair, now_us - DAY_US),
        accounts_of=_held(tx, pair) if _fields(writes) & {"owner"} else {},
        is_approved=plans.approved_basis(tx, f"pair:{pair}") == basis,
        is_seen=is_seen,
    )


def of_connection(
    tx: LedgerTx, connection_id: int, scope: str, writes: Sequence[Write], *, basis: str, is_seen: bool
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
        held += Counter(links.held(tx, kind_name, connection_id))
    return Standing(
        linked=sum(held.values()),
        accounts_of=held,
        owner_of=owner_of,
        is_approved=plans.approved_basis(tx, scope) == basis,
        is_seen=is_seen,
    )


def _fields(writes: Iterable[Write]) -> set[str]:
    return {line["field"] for write in writes for line in orjson.loads(write.lines)}


def _held(tx: LedgerTx, pair: str) -> Mapping[str, int]:
    """For each owner how many records of the pair are his, on the side where they are more."""
    counts: dict[Side, Counter[str]] = {side: Counter() for side in Side}
    after = 0
    while page := twins.listing(tx, pair, limit=BATCH, after=after):
        after = page[-1].id
        for twin in page:
            one = state.load(twin.fields).get("owner")
            if one is None:
                continue
            for side in Side:
                if isinstance(owner := one.known(side), str):
                    counts[side][owner] += 1
    return counts[Side.LEFT] | counts[Side.RIGHT]
