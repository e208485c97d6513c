"""On whose board a record belongs, and what is not made again: the questions of a mirror to the ledger."""

from collections.abc import Iterable, Iterator, Sequence

from crmbridge.ledger import bulk, outbox
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.model.kinds import kind
from crmbridge.sync.twoway.mirror import EVERYBODY, Mirror

_DEEPEST = 12
"""So many managers, or teams of teams, at most."""


def owners(tx: LedgerTx, kind_name: str, record_ids: Sequence[str]) -> dict[str, str]:
    """For each record the user of ours whose it is: who is to do it, else the owner; those of nobody are left out."""
    columns = [f"{name}_id" for name in ("assignee", "owner") if name in kind(kind_name).fields]
    rows = bulk.kept(tx, kind_name, columns, record_ids) if columns else []
    found = ((record_id, next((one for one in who if one is not None), None)) for record_id, *who in rows)
    return {record_id: str(who) for record_id, who in found if who is not None}


def boards_of(tx: LedgerTx, mirror: Mirror, owner_ids: Iterable[str]) -> dict[str, str]:
    """The object for what each user of ours owns: by who that is, then teams upwards, then managers upwards."""
    found = {
        one: next((mirror.boards[name] for name in _names(tx, one) if name in mirror.boards), None) for one in owner_ids
    }
    everybody = mirror.boards.get(EVERYBODY)
    return {one: told for one, board in found.items() if (told := board or everybody) is not None}


def is_ours(tx: LedgerTx, twin_id: int, side: str) -> bool:
    """Whether it was we who deleted a twin's record on a side: what was taken back is not made again."""
    writes = outbox.of_twins(tx, [twin_id], ("sent", "unknown", "applied"))
    return any(write.op == "delete" and write.side == side for write in writes)


def _names(tx: LedgerTx, owner_id: str) -> Iterator[str]:
    people = list(_upwards(tx, "user", ("email", "name", "org_unit_id"), "manager_id", owner_id))
    for email, name, unit in people[:1]:
        yield from (one for one in (email, name) if one)
        yield from (str(one) for (one,) in _upwards(tx, "org_unit", ("name",), "parent_id", unit) if one)
    yield from (one for email, name, _ in people[1:] for one in (email, name) if one)


def _upwards(
    tx: LedgerTx, table: str, columns: Sequence[str], above: str, start: str | None
) -> Iterator[tuple[str | None, ...]]:
    """These columns of a record, of the one above it, and so on."""
    at = start
    for _ in range(_DEEPEST):
        rows = bulk.kept(tx, table, [above, *columns], [at]) if at else []
        if not rows:
            return
        _, at, *told = rows[0]
        yield tuple(told)
