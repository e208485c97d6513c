"""On whose board a record belongs, and what is not made again: the questions of a mirror to the ledger."""

from collections.abc import Iterator, Sequence

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


def board_of(tx: LedgerTx, mirror: Mirror, owner_id: str | None) -> str | None:
    """The object for what a user of ours owns: by who that is, then teams upwards, then managers upwards."""
    found = (mirror.boards[name] for name in _names(tx, owner_id) if name in mirror.boards)
    return next(found, mirror.boards.get(EVERYBODY))


def is_ours(tx: LedgerTx, twin_id: int, side: str) -> bool:
    """Whether it was we who deleted a twin's record on a side: what was taken back is not made again."""
    writes = outbox.of_twins(tx, [twin_id], ("sent", "unknown", "applied"))
    return any(write.op == "delete" and write.side == side for write in writes)


def _names(tx: LedgerTx, owner_id: str | None) -> Iterator[str]:
    managers: list[str] = []
    units: list[str] = []
    at: str | None = owner_id
    for step in range(_DEEPEST):
        row = (
            next(iter(bulk.kept(tx, "user", ["email", "name", "manager_id", "org_unit_id"], [at])), None)
            if at
            else None
        )
        if row is None:
            break
        _, email, name, at, unit = row
        if step == 0:
            yield from (one for one in (email, name) if one)
            units = list(_units(tx, unit))
        else:
            managers += [one for one in (email, name) if one]
    yield from units
    yield from managers


def _units(tx: LedgerTx, unit_id: str | None) -> Iterator[str]:
    for _ in range(_DEEPEST):
        row = next(iter(bulk.kept(tx, "org_unit", ["name", "parent_id"], [unit_id])), None) if unit_id else None
        if row is None:
            return
        _, name, unit_id = row
        if name:
            yield name
