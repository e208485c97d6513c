"""Change numbers: what was committed later has a greater number, so facts refresh by "greater than the last seen"."""

from sqlalchemy import select, update

from crmbridge.ledger.schema import change_counter
from crmbridge.ledger.transaction import LedgerTx


def next_change(tx: LedgerTx) -> int:
    """This transaction's change number: taken at the first call, the same at every later one.

    Taking it makes other writers wait until this transaction ends, so numbers become visible in their order. Ask for
    it only when something is written.
    """
    if tx.change_no is None:
        statement = update(change_counter).values(last=change_counter.c.last + 1).returning(change_counter.c.last)
        tx.change_no = int(tx.execute(statement).scalar_one())
    return tx.change_no


def last_change(tx: LedgerTx) -> int:
    """The greatest number that is visible here; 0 in a new ledger."""
    return int(tx.execute(select(change_counter.c.last)).scalar_one())
