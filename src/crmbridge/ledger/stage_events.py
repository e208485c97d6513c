"""Stage events: entries into stages, as the vendor's history tells or as we saw them. Append only."""

from collections.abc import Sequence
from typing import NamedTuple

from crmbridge.ledger.transaction import LedgerTx


class StageEventRow(NamedTuple):
    """One entry into a stage; the defaults are what a source without history can say.

    `at_precision` is exact, day or sync; `origin` vendor, observed, import, manual or inferred.
    """

    record_id: str
    kind: str
    pipeline: str | None
    from_stage: str | None
    to_stage: str
    at_us: int
    at_precision: str
    origin: str
    vendor_label: str | None = None
    amount_e4: int | None = None
    amount_currency: str | None = None
    expected_close: str | None = None
    probability_e6: int | None = None
    owner_ref: str | None = None
    actor_ref: str | None = None
    earliest_us: int | None = None
    latest_us: int | None = None


def append(tx: LedgerTx, rows: Sequence[StageEventRow]) -> int:
    """Keeps the events under this transaction's change number; one delivered again is one. How many were new."""
    raise NotImplementedError


def for_record(tx: LedgerTx, record_id: str) -> list[StageEventRow]:
    """The events of a record by their instants, then as they came."""
    raise NotImplementedError
