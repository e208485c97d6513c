"""Change numbers: what was committed later has a greater number, so facts refresh by "greater than the last seen"."""

from crmbridge.ledger import bulk
from crmbridge.ledger.transaction import LedgerTx


def next_change(tx: LedgerTx) -> int:
    """This transaction's change number: taken at the first call, the same at every later one.

    Taking it makes other writers wait until this transaction ends, so numbers become visible in their order. Ask for
    it only when something is written.
    """
    if tx.change_no is None:
        [(taken,)] = bulk.select(tx, "UPDATE change_counter SET last = last + 1 RETURNING last")
        tx.change_no = int(taken)
    return tx.change_no


def last_change(tx: LedgerTx) -> int:
    """The greatest number that is visible here; 0 in a new ledger."""
    [(last,)] = bulk.select(tx, "SELECT last FROM change_counter")
    return int(last)
