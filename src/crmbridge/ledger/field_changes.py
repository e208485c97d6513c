"""Past values of the fields whose past matters. Append only."""

from collections.abc import Sequence

from crmbridge.ledger.records import FieldMove
from crmbridge.ledger.transaction import LedgerTx


def append(tx: LedgerTx, kind: str, moves: Sequence[FieldMove], *, at_us: int, origin: str = "observed") -> int:
    """Keeps the moves under this transaction's change number; how many there were."""
    raise NotImplementedError
