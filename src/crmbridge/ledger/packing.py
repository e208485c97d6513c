"""Records made ready for the ledger: whatever of landing needs no ledger, so that another process can do it.

Knows nothing of SQL; a process that only reads must be able to import this without the ledger's engine.
"""

from collections.abc import Iterable, Sequence
from itertools import repeat
from typing import Any, NamedTuple

from crmbridge.adapter.contract import Payload, RawRecord
from crmbridge.ledger.hashes import signed_hash, signed_hashes
from crmbridge.ledger.payloads import decode_payload, encode_payload
from crmbridge.model.errors import ContractError
from crmbridge.model.instants import to_us

LONGEST_ID = 512
"""A vendor id longer than this is refused: ContractError."""
_new = tuple.__new__  # a named tuple without its own constructor, which costs twice as much


class Packed(NamedTuple):
    """A record as it is kept: `body` is the payload's JSON, `digest` the signed hash of that.

    `payload` is None where the record came from another process: `content` has it then. `found` is what a mapping has
    read of it already, and `version` the hash of the row that it gave; None where that is still to be done.
    """

    external_id: str
    body: bytes
    digest: int
    revision: str | None
    modified_us: int | None
    deleted: int
    position: str | None
    payload: Payload | None = None
    found: Any = None
    version: int | None = None

    @property
    def content(self) -> Payload:
        """The payload."""
        return decode_payload(self.body) if self.payload is None else self.payload


def pack(
    records: Sequence[RawRecord],
    object_name: str,
    found: Iterable[object] = repeat(None),
    versions: Iterable[int | None] = repeat(None),
) -> list[Packed]:
    """The records of one object, packed. `found` and `versions` have one value for each of them.

    ContractError for floats, for ids that are empty, too long or cannot be stored, and for records of another object.
    """
    bodies = [encode_payload(record.payload) for record in records]
    packed: list[Packed] = []
    for record, body, digest, read, version in zip(
        records, bodies, signed_hashes(bodies), found, versions, strict=False
    ):
        external_id, modified = record.external_id, record.modified
        if record.object != object_name:
            raise ContractError("a page holds {one} and {other}", one=object_name, other=record.object)
        if not is_id(external_id):
            raise _unkeepable(record)
        modified_us = None if modified is None else to_us(modified)
        deleted = 1 if record.deleted else 0
        kept = (external_id, body, digest, record.revision, modified_us, deleted, record.position)
        packed.append(_new(Packed, (*kept, record.payload, read, version)))
    return packed


def repack(record: Packed, payload: Payload) -> Packed:
    """The record with another payload, which nobody has read yet."""
    body = encode_payload(payload)
    return record._replace(body=body, digest=signed_hash(body), payload=payload, found=None, version=None)


def refusal(record: RawRecord) -> ContractError | None:
    """Why a single record cannot be kept: its id, or half of a surrogate pair in its text. None where it can."""
    if not is_id(record.external_id):
        return _unkeepable(record)
    try:
        encode_payload(record.payload)
    except ContractError as error:
        return error if "surrogate" in str(error.__cause__ or "") else None
    return None


def is_id(external_id: str) -> bool:
    """Whether a vendor's id can be kept."""
    if not 0 < len(external_id) <= LONGEST_ID or "\0" in external_id:
        return False
    return external_id.isascii() or not any("\ud800" <= character <= "\udfff" for character in external_id)


def _unkeepable(record: RawRecord) -> ContractError:
    return ContractError(
        "{object} has a record whose id cannot be kept: {id}",
        object=record.object,
        id=ascii(record.external_id[:LONGEST_ID]),
    )
