"""A pairing's two systems at the table of a migration."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from crmbridge.sync.twoway import moving
from crmbridge.sync.twoway.one_way import Room
from crmbridge.sync.twoway.rounds import Table

from .pairing import Pairing


@contextmanager
def at_migration(made: Pairing, *, room: Room | None = None) -> Iterator[Table]:
    """Both ends, the left one as it gives and the right one as it receives; `room` is what that says of its fields."""
    with made.table() as table:
        pair = moving.one_way(table.pair, room=room)
        left, right = replace(table.left, end=pair.left), replace(table.right, end=pair.right)
        yield replace(table, pair=pair, left=left, right=right)
