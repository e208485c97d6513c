"""Planted bugs in reading: what has been read, and who is told of it."""

import itertools
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from crmbridge.ledger import streams, touches
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.model.instants import to_us
from crmbridge.sync import late_copies, pull
from crmbridge.testing.world.adapter import WorldAdapter

Plant = AbstractContextManager[object]


def no_overlap() -> Plant:
    """A reading begins where the one before ended, and no earlier."""

    def since(_self: WorldAdapter, cursor: Mapping[str, int]) -> int:
        return int(cursor.get("high", 0))

    return patch.object(WorldAdapter, "since", since)


def clock_as_watermark() -> Plant:
    """The next reading begins at our own time of this one."""

    def high(self: WorldAdapter, _before: int, _times: Sequence[int]) -> int:
        return to_us(self._crm.clock())

    stack = ExitStack()
    stack.enter_context(no_overlap())
    stack.enter_context(patch.object(WorldAdapter, "high", high))
    return stack


def watermark_before_rows() -> Plant:
    """Where a reading came to is committed before what it brought."""
    real = pull._take  # noqa: SLF001

    def take(page: Any, reading: Any) -> Any:  # noqa: ANN401
        session, now_us = reading.session, reading.session.around.now_us()
        with session.begin() as tx:
            place = (session.connection_id, reading.compiled.object)
            streams.advance(tx, *place, cursor=page.cursor, now_us=now_us, complete=page.complete)
        return real(page, reading)

    return patch.object(pull, "_take", take)


def pairs_share_their_touches() -> Plant:
    """What one pair has looked at, the other counts as looked at."""
    touched, looked = touches.touched, touches.looked
    stack = ExitStack()

    def one(tx: LedgerTx, _pair: str, stream_id: int, *, limit: int) -> tuple[list[str], int]:
        return touched(tx, "all", stream_id, limit=limit)

    def other(tx: LedgerTx, _pair: str, stream_id: int, number: int) -> None:
        looked(tx, "all", stream_id, number)

    stack.enter_context(patch.object(touches, "touched", one))
    stack.enter_context(patch.object(touches, "looked", other))
    return stack


def every_third_change_is_missed() -> Plant:
    """The merge is not told of every third batch that changed."""
    real, numbers = touches.touch, itertools.count(1)

    def touch(tx: LedgerTx, stream_id: int, external_ids: Sequence[str]) -> int:
        return 0 if next(numbers) % 3 == 0 else real(tx, stream_id, external_ids)

    return patch.object(touches, "touch", touch)


def late_copies_are_believed() -> Plant:
    """A list that lags behind is believed although something newer is known."""

    def without(_session: object, _adapter: object, _compiled: object, batch: Any) -> Any:  # noqa: ANN401
        return batch, []

    return patch.object(late_copies, "without", without)


def out_of_order_is_ignored() -> Plant:
    """What a reading tells after something newer is left out."""
    real, held = pull._take, dict[str, Any]()  # noqa: SLF001 - what is broken here on purpose

    def take(page: Any, reading: Any) -> Any:  # noqa: ANN401
        if held.get("reading") is not reading:
            held.update(reading=reading, high=0)
        kept = []
        for record in page.batch.records:
            if (record.modified_us or 0) >= held["high"]:
                held["high"] = record.modified_us or 0
                kept.append(record)
        return real(replace(page, batch=replace(page.batch, records=kept)), reading)

    return patch.object(pull, "_take", take)


PLANTED = (
    late_copies_are_believed,
    out_of_order_is_ignored,
    no_overlap,
    clock_as_watermark,
    watermark_before_rows,
    pairs_share_their_touches,
    every_third_change_is_missed,
)
