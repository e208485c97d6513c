"""The pipelines and stages that the mappings declare."""

from collections.abc import Sequence

from crmbridge.ledger.transaction import LedgerTx
from crmbridge.model.pipeline import Pipeline


def store(tx: LedgerTx, pipelines: Sequence[Pipeline]) -> int:
    """Keeps pipelines that differ from what is kept, with a version raised by one; how many were written."""
    raise NotImplementedError


def load(tx: LedgerTx) -> list[Pipeline]:
    """Every pipeline, by its id."""
    raise NotImplementedError
