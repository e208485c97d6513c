"""Quarantine: what could not be used waits here with its place and its reasons, and everything else goes on."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from crmbridge.adapter.contract import Problem
from crmbridge.ledger.transaction import LedgerTx


@dataclass(frozen=True, slots=True)
class QuarantineRow:
    """One record or one place with everything that is wrong with it; open while `resolved_us` is None.

    `key` is the external id, else "@" and the position. `attempts` counts the mappings (and payloads) that failed.
    """

    id: int
    connection: str
    object: str
    key: str
    external_id: str | None
    position: str | None
    code: str
    problems: tuple[Problem, ...]
    raw: str | None
    mapping_id: int | None
    run_id: int | None
    attempts: int
    first_us: int
    last_us: int
    resolved_us: int | None
    resolution: str | None


def key_of(problem: Problem) -> str:
    """What an open row is found by."""
    if problem.external_id is not None:
        return problem.external_id
    return f"@{problem.position or problem.code}"


def put(
    tx: LedgerTx,
    connection_id: int,
    object_name: str,
    problems: Sequence[Problem],
    *,
    run_id: int | None,
    now_us: int,
    mapping_id: int | None = None,
) -> int:
    """Keeps problems, several of one record as one row; how many rows are new or say something else now.

    The same problems under the same mapping again write nothing.
    """
    raise NotImplementedError


def resolve(
    tx: LedgerTx, connection_id: int, object_name: str, keys: Collection[str], *, now_us: int, resolution: str = "read"
) -> int:
    """Closes the open rows of those keys; how many there were."""
    raise NotImplementedError


def resolve_others(
    tx: LedgerTx, connection_id: int, object_name: str, keys: Collection[str], *, now_us: int, resolution: str = "gone"
) -> int:
    """Closes every open row without an external id whose key is not among those: after a complete reading."""
    raise NotImplementedError


def listing(
    tx: LedgerTx,
    *,
    connection_id: int | None = None,
    object_name: str | None = None,
    limit: int | None = None,
    include_resolved: bool = False,
) -> list[QuarantineRow]:
    """The open rows (or all of them), in the order they came."""
    raise NotImplementedError


def count(tx: LedgerTx, *, connection_id: int | None = None) -> int:
    """How many rows are open."""
    raise NotImplementedError


def retryable(tx: LedgerTx, connection_id: int, object_name: str, mapping_id: int) -> list[str]:
    """The external ids of open rows that another mapping put there: `raw.fetch` has their records."""
    raise NotImplementedError
