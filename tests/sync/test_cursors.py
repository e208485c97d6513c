"""What a reading may do with its cursor: an instant that is read again is no loop, the same page twice is one."""

from collections.abc import Iterator

import pytest

from crmbridge.adapter.contract import Page, PullRequest, RawRecord
from crmbridge.model.errors import ContractError
from crmbridge.sync.answers import listed

AGAIN = Page([RawRecord("deals", "7", {})], "2026-06-30")
REQUEST = PullRequest("deals", "2026-06-30")


def reading(*pages: Page) -> list[Page]:
    def ask(_: PullRequest) -> Iterator[Page]:
        yield from pages

    return list(listed(ask, REQUEST, connection="crm"))


def test_the_last_instant_may_be_read_again_and_nothing_be_new() -> None:
    assert reading(AGAIN) == [AGAIN]
    assert len(reading(AGAIN, Page([], "2026-06-30"))) == 2


@pytest.mark.parametrize("more", [AGAIN, Page([RawRecord("deals", "8", {})], "2026-07-01")])
def test_what_follows_a_page_that_stayed_is_refused(more: Page) -> None:
    with pytest.raises(ContractError, match="did not move"):
        reading(AGAIN, more)


def test_a_later_page_that_comes_back_to_the_beginning_is_refused() -> None:
    with pytest.raises(ContractError, match="did not move"):
        reading(Page([RawRecord("deals", "8", {})], "2026-07-01"), AGAIN)
