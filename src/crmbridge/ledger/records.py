"""Neutral records: rows written where they differ, references filled in, and records read for everyone outside."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from crmbridge.ledger.transaction import LedgerTx
from crmbridge.model.kinds import KindSpec


class RecordRow(NamedTuple):
    """One row to write. `values` are aligned with `kind.columns`; the last three before `lifecycle` are JSON texts.

    `is_new` says that the id was made in this transaction, so nothing needs to be looked up.
    """

    id: str
    external_id: str
    values: tuple[object, ...]
    custom: str | None = None
    stage_dates: str | None = None
    issues: str | None = None
    revision: str | None = None
    lifecycle: str = "active"
    is_new: bool = False


@dataclass(frozen=True)
class Source:
    """Where a batch of rows comes from.

    `ref_targets` names for each mapped reference the vendor object that its ids are of; `unknown` the fields that this
    mapping never fills.
    """

    connection_id: int
    connection: str
    object: str
    mapping_id: int
    ref_targets: Mapping[str, str] = field(default_factory=dict)
    unknown: frozenset[str] = frozenset()


class FieldMove(NamedTuple):
    """A watched field of a record that was there before: its old and new value as in the public record."""

    record_id: str
    field: str
    old: Any
    new: Any


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a batch; `moves` are the changes of watched fields (`WATCHED`) of records that were there."""

    inserted: int
    updated: int
    unchanged: int
    moves: list[FieldMove]


WATCHED: dict[str, tuple[str, ...]] = {
    "deal": ("pipeline", "stage", "category", "amount", "expected_close", "owner", "probability"),
    "lead": ("pipeline", "stage", "status", "owner", "tier"),
    "account": ("owner", "tier", "status"),
}
"""The fields whose past matters."""


def write(tx: LedgerTx, kind: KindSpec, rows: Sequence[RecordRow], *, source: Source, now_us: int) -> Written:
    """Writes the rows that differ from what is kept, under this transaction's change number.

    A row whose canonical values (values, custom, stage_dates, issues, lifecycle) are the same writes nothing, unless
    its mapping or revision moved: then only those are stamped and the change number stays. References get their ids
    where the target is linked already; the others are for `resolve_references`. Ids must differ within a batch.
    """
    raise NotImplementedError


def resolve_references(tx: LedgerTx, kind: KindSpec, *, source: Source, since_change: int | None = None) -> int:
    """Fills in the ids of references whose target is linked by now; how many references were filled.

    `since_change` looks only at rows of that change number and later; None at every open one.
    """
    raise NotImplementedError


def read(
    tx: LedgerTx,
    kind: KindSpec,
    *,
    ids: Sequence[str] | None = None,
    since_change: int = 0,
    lifecycles: Sequence[str] | None = None,
) -> Iterator[dict[str, Any]]:
    """Public records as JSON values, ready for the kind's pydantic type, in the order of their ids.

    Money is {"amount": "1054.00", "currency": "USD"}, numbers are decimal text, instants ISO 8601 in UTC. `ids` picks
    records, `since_change` those with a greater change number, `lifecycles` those in one of these states.
    """
    raise NotImplementedError


def find(tx: LedgerTx, kind: KindSpec, text: str) -> list[str]:
    """The ids of the records that a person means by an id of ours, a subject id or a vendor's id."""
    raise NotImplementedError


def count(tx: LedgerTx, kind: KindSpec, *, lifecycles: Sequence[str] | None = ("active",)) -> int:
    """How many records of the kind there are in these states (None: in any)."""
    raise NotImplementedError


def set_lifecycle(tx: LedgerTx, kind: KindSpec, ids: Sequence[str], lifecycle: str) -> int:
    """Moves records to a state (active, suspect, archived, deleted); how many were not in it yet."""
    raise NotImplementedError
