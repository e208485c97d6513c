"""Records that a complete listing no longer has. Absence alone deletes nothing: the source is asked for each by id.

A listing that is empty, or has shrunk by more than 30 %, is more likely a mistake than a clear-out: it stops the
stream before anything is deleted (`reliability.md` section 5).
"""

from array import array
from collections.abc import Iterator, Sequence

import xxhash

from crmbridge.adapter.contract import Adapter, Fetches, RawRecord
from crmbridge.model.errors import GuardStop

SHRINK_LIMIT_PERCENT = 30
_FEW = 10
"""Fewer missing records than this are asked about whatever share of the listing they are."""
_ASK = 100


class Listing:
    """The ids that one reading has listed, eight bytes each."""

    def __init__(self) -> None:
        self._hashes = array("Q")

    def add(self, page: Sequence[RawRecord]) -> None:
        """These records are there."""
        self._hashes.extend(_hash(record.external_id) for record in page if not record.deleted)

    def __len__(self) -> int:
        return len(self._hashes)

    def lacks(self, known: set[str]) -> list[str]:
        """The known ids that were not listed, in order."""
        listed = set(self._hashes)
        return sorted(external_id for external_id in known if _hash(external_id) not in listed)


def missing_ids(known: set[str], listed: Listing, *, object_name: str) -> list[str]:
    """The known ids that a complete listing lacks; GuardStop where that is too many to be believed."""
    gone = listed.lacks(known)
    is_too_many = len(gone) >= _FEW and len(gone) * 100 > len(known) * SHRINK_LIMIT_PERCENT
    if gone and (is_too_many or not len(listed)):
        raise GuardStop(
            "{object} lists {listed} records, {missing} of the {known} known ones are missing: nothing was deleted",
            object=object_name,
            listed=len(listed),
            missing=len(gone),
            known=len(known),
            hint="check the source; if they are really gone, delete them there in smaller steps",
        )
    return gone


def tombstones(adapter: Adapter, object_name: str, gone: Sequence[str]) -> Iterator[list[RawRecord]]:
    """For the ids that the source, asked by id, does not know: batches of records marked deleted."""
    if not isinstance(adapter, Fetches):
        return
    for start in range(0, len(gone), _ASK):
        batch = list(gone[start : start + _ASK])
        answers = adapter.fetch(object_name, batch)
        dead = [i for i, answer in zip(batch, answers, strict=True) if answer is None or answer.deleted]
        if dead:
            yield [RawRecord(object_name, external_id, {}, deleted=True) for external_id in dead]


def _hash(external_id: str) -> int:
    return xxhash.xxh3_64_intdigest(external_id.encode())
