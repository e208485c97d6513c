"""Pages made ready for the ledger: everything that can be done with them before it is asked anything.

The same functions do it in this process and, for a large source, in one of its own (`sync.apart`); there the mapping
reads the records too, here it reads only those that turn out to be new or changed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from crmbridge.adapter.contract import Page, Problem, RawRecord
from crmbridge.ledger.packing import Packed, is_id, pack, refusal
from crmbridge.ledger.versions import row_versions
from crmbridge.mapping.objects import CompiledObject
from crmbridge.mapping.outcome import Mapped
from crmbridge.model.errors import ContractError
from crmbridge.model.instants import to_us


class Refused(NamedTuple):
    """A record that cannot be kept, and what is said of it."""

    external_id: str
    modified_us: int | None
    is_deleted: bool
    problem: Problem


@dataclass(frozen=True, slots=True)
class Batch:
    """Records of one object, packed. `lacking` are the ids of those that do not have every mapped field."""

    records: Sequence[Packed]
    lacking: Sequence[str] = ()
    refused: Sequence[Refused] = ()

    def __len__(self) -> int:
        return len(self.records) + len(self.refused)

    def ids(self) -> list[str]:
        """The vendor ids of all records, those that cannot be kept too."""
        return [record.external_id for record in self.records] + [record.external_id for record in self.refused]

    def live_ids(self) -> list[str]:
        """The vendor ids of those that are not marked deleted."""
        kept = [record.external_id for record in self.records if not record.deleted]
        return kept + [record.external_id for record in self.refused if not record.is_deleted]


@dataclass(frozen=True, slots=True)
class Packet:
    """A page, packed: see `Page`."""

    batch: Batch
    cursor: str
    problems: Sequence[Problem] = ()
    complete: bool = False
    whole: bool = False
    notices: Sequence[Problem] = ()


def prepare(page: Page, compiled: CompiledObject, *, is_read: bool = False) -> Packet:
    """The page, packed; with `is_read` the mapping reads its records now. ContractError as from `pack`."""
    batch = pack_batch(page.records, compiled, is_read=is_read)
    return Packet(batch, page.cursor, page.problems, page.complete, page.whole, page.notices)


def pack_batch(records: Sequence[RawRecord], compiled: CompiledObject, *, is_read: bool = False) -> Batch:
    """The records, packed; one that cannot be kept stops no other."""
    make = _read if is_read else _packed
    try:
        packed, refused = make(records, compiled), []
    except ContractError:
        refused = [_refused(record, error) for record in records if (error := refusal(record)) is not None]
        if not refused:
            raise
        records = [record for record in records if refusal(record) is None]
        packed = make(records, compiled)
    wanted = compiled.vendor_fields
    lacking = [r.external_id for r in records if not wanted <= r.payload.keys() and not r.deleted]
    return Batch(packed, lacking, refused)


def _packed(records: Sequence[RawRecord], compiled: CompiledObject) -> list[Packed]:
    return pack(records, compiled.object)


def _read(records: Sequence[RawRecord], compiled: CompiledObject) -> list[Packed]:
    read = compiled.read
    found = [None if record.deleted else read(record.payload) for record in records]
    mapped = [one for one in found if isinstance(one, Mapped)]
    if (versions := row_versions([one[:] for one in mapped])) is None:
        return pack(records, compiled.object, found)  # something in a row cannot be kept: the ledger tells what
    of_mapped = iter(versions)
    return pack(records, compiled.object, found, [next(of_mapped) if isinstance(f, Mapped) else None for f in found])


def _refused(record: RawRecord, error: ContractError) -> Refused:
    problem = Problem(
        "RECORD_UNSTORABLE",
        error.message,
        error.context,
        position=record.position or ascii(record.external_id[:80]),
        external_id=record.external_id if is_id(record.external_id) else None,
    )
    modified_us = None if record.modified is None else to_us(record.modified)
    return Refused(record.external_id, modified_us, record.deleted, problem)
