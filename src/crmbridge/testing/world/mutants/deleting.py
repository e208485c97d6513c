"""Planted bugs in what becomes of deletions."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from crmbridge.adapter.contract import RawRecord
from crmbridge.ledger import tombstones
from crmbridge.ledger.twins import Twin
from crmbridge.sync import deletions, pull
from crmbridge.sync.absence import Listing
from crmbridge.sync.twoway import deciding, last_looks, planning

Plant = AbstractContextManager[object]


def absence_deletes() -> Plant:
    """What a list lacks is deleted, and the source is not asked: not then, and not before the peer is deleted."""

    def missing(known: set[str], listed: Listing, *, object_name: str) -> list[str]:
        del object_name
        return listed.lacks(known)

    def dead(_adapter: object, object_name: str, gone: Sequence[str], *, connection: str) -> list[RawRecord]:
        del connection
        return [RawRecord(object_name, external_id, {}, deleted=True) for external_id in gone]

    stack = ExitStack()
    stack.enter_context(patch.object(pull, "missing_ids", missing))
    stack.enter_context(patch.object(pull, "tombstones", dead))
    stack.enter_context(peers_are_not_asked_for())
    return stack


def deletions_although_unwanted() -> Plant:
    """A deletion is carried over although the pair says no."""
    real = planning.draft

    def draft(tx: Any, pair: Any, **more: Any) -> Any:  # noqa: ANN401
        return real(tx, replace(pair, deletes=True), **more)

    return patch.object(planning, "draft", draft)


def deletions_over_edits() -> Plant:
    """A record that was edited is deleted with its peer."""

    def is_unseen(*_: object) -> bool:
        return False

    return patch.object(planning._Drafter, "_is_unseen", is_unseen)  # noqa: SLF001


def deletions_are_not_believed() -> Plant:
    """What a source lists as deleted is not."""

    def believed(*_: object, **__: object) -> list[RawRecord]:
        return []

    return patch.object(deletions, "believed", believed)


def old_deletions_delete_again() -> Plant:
    """What a source lists as deleted is gone, also where it was delivered since."""

    def believed(session: Any, _adapter: object, told: Sequence[RawRecord], *, object_name: str) -> list[RawRecord]:  # noqa: ANN401
        with session.around.ledger.read() as tx:
            known = tombstones.live(tx, session.connection_id, object_name, [record.external_id for record in told])
        return [record for record in told if record.external_id in known]

    return patch.object(deletions, "believed", believed)


def peers_are_not_asked_for() -> Plant:
    """A record is deleted although its peer was brought back just before."""

    def spared(*_: object) -> frozenset[int]:
        return frozenset()

    return patch.object(last_looks, "spared", spared)


def own_deletions_are_somebodys() -> Plant:
    """A record that we have deleted ourselves counts as deleted by somebody: its peer, brought back, goes again."""
    real = deciding._state  # noqa: SLF001

    def widowed(_tx: object, half_gone: Sequence[Twin]) -> list[Twin]:
        return list(half_gone)

    def state(_before: object, gone: Any) -> Any:  # noqa: ANN401
        return real("linked", gone)

    stack = ExitStack()
    stack.enter_context(patch.object(planning, "_widowed", widowed))
    stack.enter_context(patch.object(deciding, "_state", state))
    return stack


def restored_stays_parted() -> Plant:
    """Two records that were deleted and brought back are never in step again."""
    real = deciding._state  # noqa: SLF001

    def state(before: Any, gone: Any) -> Any:  # noqa: ANN401
        return before if before == "parted" else real(before, gone)

    return patch.object(deciding, "_state", state)


PLANTED = (
    absence_deletes,
    deletions_although_unwanted,
    deletions_over_edits,
    deletions_are_not_believed,
    old_deletions_delete_again,
    own_deletions_are_somebodys,
    peers_are_not_asked_for,
    restored_stays_parted,
)
CALM = frozenset(
    {deletions_are_not_believed, own_deletions_are_somebodys, peers_are_not_asked_for, restored_stays_parted}
)
"""Those that need deletions which are carried across: what is edited all the time is kept."""
