"""What a call came to counts, even where the store cannot be told: no write is sent twice for a lock or a full disk."""

from collections.abc import Callable
from typing import TypeVar

import httpx
import pytest

from crmbridge.adapter.context import InMemoryShared
from crmbridge.http import InDoubt
from crmbridge.model.errors import CrmBridgeError, LeaseLost, StoreError

from .conftest import Doors, Vendor, read, write

T = TypeVar("T")
REASONS = [LeaseLost("locked"), StoreError("the disk is full")]


class Failing(InMemoryShared):
    """A store that can be written until the vendor has been called."""

    def __init__(self, vendor: Vendor, error: CrmBridgeError) -> None:
        super().__init__()
        self._vendor, self._error = vendor, error
        self.refused = 0

    def update(self, key: str, change: Callable[[str | None], tuple[str | None, T]]) -> T:
        if self._vendor.sent:
            self.refused += 1
            raise self._error
        return super().update(key, change)


@pytest.mark.parametrize("error", REASONS, ids=lambda error: error.code)
@pytest.mark.parametrize(
    "lost", [httpx.ReadError("cut"), httpx.Response(500), httpx.Response(503, headers={"Retry-After": "5"})], ids=repr
)
def test_a_lost_answer_of_a_write_stays_in_doubt_where_the_store_cannot_be_told(
    doors: Doors, error: CrmBridgeError, lost: httpx.Response | Exception
) -> None:
    vendor = Vendor(lost)
    doors.shared = shared = Failing(vendor, error)
    with pytest.raises(InDoubt):
        doors.over(vendor).send(write())
    assert len(vendor.sent) == 1
    assert shared.refused


@pytest.mark.parametrize("error", REASONS, ids=lambda error: error.code)
def test_a_write_that_was_done_is_done_where_the_store_cannot_be_told(doors: Doors, error: CrmBridgeError) -> None:
    vendor = Vendor(httpx.Response(200))
    other = doors.over(Vendor(httpx.Response(500), httpx.Response(200)), name="api")
    other.send(read())  # a failure is on record, so that the next good outcomes are told
    kept = doors.shared
    doors.shared = shared = Failing(vendor, error)
    shared.update("door:api", lambda _: (kept.read("door:api"), None))
    door = doors.over(vendor)
    for number in range(8):
        assert door.send(write()).status == 200, number
    door.observe_credits(5)
    assert len(vendor.sent) == 8
    assert shared.refused


def test_a_write_at_503_with_a_time_is_sent_once(doors: Doors) -> None:
    vendor = Vendor(httpx.Response(503, headers={"Retry-After": "5"}), httpx.Response(200))
    with pytest.raises(InDoubt):
        doors.over(vendor).send(write())
    assert len(vendor.sent) == 1
