"""Plans: what is to be written, saved before anything is, and found again by its name."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import orjson

from crmbridge.ledger import bulk, counted
from crmbridge.ledger.restoring import RESTORED_US
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.model.errors import ConfigError, nearest

State = Literal["open", "approved", "running", "done", "refused", "superseded"]
_COLUMNS = (
    *("name", "scope", "basis", "state", "lines", "guards", "lifted", "approved_by", "undoes", "run_id", "held"),
    *("made_us", "expires_us", "ended_us"),
)
_PUT = bulk.Upsert("write_plan", ("id", *_COLUMNS), ("id",))
_SELECT = f"SELECT id, {', '.join(_COLUMNS)} FROM write_plan"  # noqa: S608 - names of columns


@dataclass(frozen=True, slots=True)
class Plan:
    """A row of `write_plan`. `scope` is what it is for (`pair:main`, `undo:...`); `lines` how many writes it has.

    `guards` (what stopped it), `lifted` (what a person let pass) and `held` (what cannot be written) are JSON texts.
    """

    name: str
    scope: str
    basis: str
    state: State
    lines: int
    made_us: int
    expires_us: int
    guards: str | None = None
    lifted: str | None = None
    approved_by: str | None = None
    undoes: str | None = None
    run_id: int | None = None
    held: str | None = None
    ended_us: int | None = None
    id: int = 0


def add(tx: LedgerTx, plan: Plan) -> int:
    """Keeps a new plan, under the id that is answered; those of the same scope that are not done give way to it."""
    (number,) = bulk.take_ids(tx, "write_plan", 1)
    old = [one.id for one in waiting(tx, plan.scope)]
    _end(tx, old, "superseded", plan.made_us)
    bulk.upsert(tx, _PUT, [(number, *(getattr(plan, name) for name in _COLUMNS))])
    counted.tripped(tx, (guard for guard, *_ in orjson.loads(plan.guards or "[]")))
    return number


def get(tx: LedgerTx, name: str) -> Plan:
    """The plan of that name; ConfigError with the nearest one otherwise."""
    rows = bulk.select(tx, f"{_SELECT} WHERE name = :name", name=name)
    if rows:
        return _plan(rows[0])
    known = [row[0] for row in bulk.select(tx, "SELECT name FROM write_plan ORDER BY id DESC LIMIT 200")]
    near = nearest(name, known)
    hint = "did you mean {nearest}?" if near else "crmbridge plan --list lists the plans"
    raise ConfigError("there is no plan {plan}", plan=name, nearest=near, hint=hint)


def listing(tx: LedgerTx, *, limit: int = 50) -> list[Plan]:
    """The plans, the newest first."""
    return [_plan(row) for row in bulk.select(tx, f"{_SELECT} ORDER BY id DESC LIMIT :limit", limit=limit)]


def approved_basis(tx: LedgerTx, scope: str) -> str | None:
    """The basis of the last plan of a scope that a person approved; None where there was none.

    Where that plan, or a later one of the same basis, was refused on its way, a person must approve it again; and so
    it is where the ledger was restored since.
    """
    where = f"scope = :scope AND approved_by IS NOT NULL AND made_us >= {RESTORED_US}"
    sql = f"SELECT id, basis FROM write_plan WHERE {where} ORDER BY id DESC LIMIT 1"  # noqa: S608 - no value in it
    for number, basis in bulk.select(tx, sql, scope=scope):
        bad = "SELECT 1 FROM write_plan WHERE scope = :scope AND basis = :basis AND state = 'refused' AND id >= :number"
        if not bulk.select(tx, f"{bad} LIMIT 1", scope=scope, basis=basis, number=number):
            return str(basis)
    return None


def waiting(tx: LedgerTx, scope: str) -> list[Plan]:
    """The plans of a scope that are not done: open, approved, or left on their way."""
    return [_plan(row) for row in bulk.select(tx, f"{_SELECT} {_OPEN} ORDER BY id DESC", scope=scope)]


def scopes(tx: LedgerTx, beginning: str) -> list[str]:
    """The scopes that begin so, of which there was ever a plan."""
    sql = "SELECT DISTINCT scope FROM write_plan WHERE substr(scope, 1, :length) = :beginning ORDER BY scope"
    rows = bulk.select(tx, sql, length=len(beginning), beginning=beginning)
    return [str(row[0]) for row in rows]


def of_run(tx: LedgerTx, run_id: int) -> list[Plan]:
    """The plans that a run carried out."""
    return [_plan(row) for row in bulk.select(tx, f"{_SELECT} WHERE run_id = :run_id ORDER BY id", run_id=run_id)]


def move(
    tx: LedgerTx, plan_id: int, state: State, *, now_us: int, approved_by: str | None = None, run_id: int | None = None
) -> None:
    """The plan stands there now; whoever approved it is kept, and the run that carries it out."""
    if run_id is not None:
        bulk.update(tx, "write_plan", ("run_id",), [(run_id, plan_id)])
    if approved_by is not None:
        bulk.update(tx, "write_plan", ("approved_by",), [(approved_by, plan_id)])
    if state in {"done", "refused", "superseded"}:
        _end(tx, [plan_id], state, now_us)
    else:
        bulk.update(tx, "write_plan", ("state",), [(state, plan_id)])


def guarded(tx: LedgerTx, plan_id: int, *, guards: str | None, lifted: str | None) -> None:
    """What stops the plan, and what of it a person has let pass."""
    bulk.update(tx, "write_plan", ("guards", "lifted"), [(guards, lifted, plan_id)])


_OPEN = "WHERE scope = :scope AND state IN ('open', 'approved', 'running')"


def _end(tx: LedgerTx, ids: Sequence[int], state: State, now_us: int) -> None:
    """The plans stand there for good; what they had not sent is dropped."""
    bulk.update(tx, "write_plan", ("state", "ended_us"), [(state, now_us, number) for number in ids])
    sql = "UPDATE outbox SET state = 'dropped', settled_us = :now_us WHERE state = 'planned' AND plan_id IN {wanted}"
    bulk.fetch(tx, f"{sql} RETURNING 1", list(ids), now_us=now_us)


def _plan(row: tuple[Any, ...]) -> Plan:
    return Plan(**dict(zip(("id", *_COLUMNS), row, strict=True)))
