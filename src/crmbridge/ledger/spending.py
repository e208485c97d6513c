"""What reading cost, from the history of runs: calls, and the vendor's credits, by connection."""

from dataclasses import dataclass

from sqlalchemy import func, select

from crmbridge.ledger.schema import run_step
from crmbridge.ledger.transaction import LedgerTx


@dataclass(frozen=True, slots=True)
class Spending:
    """What one connection has used since an instant, and what its account had left when that was last told.

    `left` was told at `told_us`, and more is there at `returns_us`; None where the vendor does not say.
    """

    calls: int
    credits: int
    left: int | None = None
    returns_us: int | None = None
    told_us: int | None = None


def since(tx: LedgerTx, start_us: int) -> dict[str, Spending]:
    """The connections that made calls since then; what they have left is of the last step that told it."""
    calls, spent = func.sum(run_step.c.calls).label("calls"), func.sum(run_step.c.credits).label("credits")
    sums = select(run_step.c.connection, calls, spent).where(run_step.c.started_us >= start_us)
    last = select(func.max(run_step.c.id)).where(run_step.c.credits_left.is_not(None)).group_by(run_step.c.connection)
    told = {row["connection"]: row for row in tx.execute(select(run_step).where(run_step.c.id.in_(last))).mappings()}
    found = {}
    for row in tx.execute(sums.group_by(run_step.c.connection)).mappings():
        last_told = told.get(row["connection"])
        names = ("credits_left", "returns_us", "started_us")
        left = [last_told[name] for name in names] if last_told else []
        if row["calls"] or left:
            found[row["connection"]] = Spending(int(row["calls"]), int(row["credits"]), *left)
    return found
