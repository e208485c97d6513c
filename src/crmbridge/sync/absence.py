"""Records that a complete listing no longer has. Absence alone deletes nothing: the source is asked for each by id.

A listing that is empty, or has shrunk by more than 30 %, is more likely a mistake than a clear-out: it stops the
stream before anything is deleted (`reliability.md` section 5).
"""

from array import array
from collections.abc import Iterable, Sequence

from crmbridge.adapter.contract import Adapter, Fetches, RawRecord
from crmbridge.adapter.courtesies import LooksUp
from crmbridge.model.errors import GuardStop
from crmbridge.sync.answers import answering

SHRINK_LIMIT_PERCENT = 30
"""A listing may lack so much of what is known. A single missing record is asked about whatever share it is."""
_ASK = 100
_UINT64 = 2**64 - 1


class Listing:
    """The ids that one reading has listed, eight bytes each: their hashes in this process."""

    def __init__(self) -> None:
        self._hashes = array("Q")

    def add(self, external_ids: Iterable[str]) -> None:
        """These records are there."""
        self._hashes.extend([hash(external_id) & _UINT64 for external_id in external_ids])

    def __len__(self) -> int:
        return len(self._hashes)

    def lacks(self, known: set[str]) -> list[str]:
        """The known ids that were not listed, in order."""
        listed = set(self._hashes)
        return sorted(external_id for external_id in known if hash(external_id) & _UINT64 not in listed)


def missing_ids(known: set[str], listed: Listing, *, object_name: str) -> list[str]:
    """The known ids that a complete listing lacks; GuardStop where that is too many to be believed."""
    gone = listed.lacks(known)
    is_too_many = len(gone) > 1 and len(gone) * 100 > len(known) * SHRINK_LIMIT_PERCENT
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


def untold(adapter: Adapter, object_name: str, known: set[str], *, connection: str) -> list[RawRecord]:
    """A record marked deleted for each of the known ids that the source does not know, of which no list tells.

    GuardStop where that is too many to be believed: the login may have lost the sight of them.
    """
    dead = tombstones(adapter, object_name, sorted(known), connection=connection)
    if len(dead) > 1 and len(dead) * 100 > len(known) * SHRINK_LIMIT_PERCENT:
        raise GuardStop(
            "{missing} of the {known} known records of {object} are not there by id: nothing was deleted",
            object=object_name,
            missing=len(dead),
            known=len(known),
            hint="check what the login may see; if they are really gone, sync more often while so many are deleted",
        )
    return dead


def _are_there(adapter: Fetches, object_name: str, batch: Sequence[str]) -> Sequence[bool]:
    """Whether each record is there, asked as cheaply as the adapter can."""
    if isinstance(adapter, LooksUp):
        return adapter.are_there(object_name, batch)
    return [record is not None and not record.deleted for record in adapter.fetch(object_name, batch)]


def tombstones(adapter: Adapter, object_name: str, gone: Sequence[str], *, connection: str) -> list[RawRecord]:
    """A record marked deleted for each of the ids that the source, asked for it, does not know.

    An adapter that cannot be asked by id deletes nothing.
    """
    if not gone or not isinstance(adapter, Fetches):
        return []
    dead: list[str] = []
    for start in range(0, len(gone), _ASK):
        batch = list(gone[start : start + _ASK])
        with answering(connection):
            answers = zip(batch, _are_there(adapter, object_name, batch), strict=True)
            dead += [external_id for external_id, is_there in answers if not is_there]
    return [RawRecord(object_name, external_id, {}, deleted=True) for external_id in dead]
