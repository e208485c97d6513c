"""What all groups share: asking for a power, seeding some pages, reading them, merging them."""

import contextlib
import threading
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import NoReturn

import pytest

from crmbridge.adapter.capabilities import Capability, Support
from crmbridge.adapter.contract import Adapter, HistoryPage, Page, PullRequest, RawRecord
from crmbridge.testing.kit.harness import Fault, Harness, Need

COURTESY = "no courtesy: "
"""What the reason starts with where a test was skipped because its adapter does without a courtesy."""

MOST_PAGES = 500
"""More than any test of the kit seeds: a reading that goes on after them has no end."""


def require(harness: Harness, *capabilities: Capability) -> None:
    """Skips the test where the adapter declares, with a reason, that it lacks a power."""
    for capability in capabilities:
        support = harness.descriptor.support.get(capability)
        if support is not None and not support.present:
            _skip(support, capability)


def need(harness: Harness, *means: Fault | Need) -> None:
    """Skips the test where the source cannot be made to show what it is about."""
    for mean in means:
        support = harness.cannot.get(mean)
        if support is not None:
            assert not support.present, f"`cannot` of the harness says that {mean} is {support.level}"
            _skip(support, mean)


def _skip(support: Support, subject: str) -> None:
    pytest.skip(f"{support.level}: {subject}: {support.note}")


def decline(reason: str) -> NoReturn:
    """Skips the test of a mere courtesy, which an adapter may have or not."""
    pytest.skip(f"{COURTESY}{reason}")


@contextlib.contextmanager
def opened(
    harness: Harness, *, read_only: bool = True, stop: threading.Event | None = None, wrong_credentials: bool = False
) -> Iterator[Adapter]:
    """An adapter that is closed at the end."""
    adapter = harness.open(read_only=read_only, stop=stop, wrong_credentials=wrong_credentials)
    try:
        yield adapter
    finally:
        adapter.close()


def seed(harness: Harness, count: int, *, first: int = 1, together: bool = False) -> list[str]:
    """That many sample records, and their ids."""
    samples = [harness.sample(number) for number in range(first, first + count)]
    ids = harness.seed(samples, together=together)
    assert len(ids) == len(set(ids)) == count, "seed of the harness must give one new id for each record"
    return ids


def seed_pages(harness: Harness, *, together: bool = False) -> list[str]:
    """Records for three pages, the last one not full."""
    return seed(harness, 2 * harness.page_size + 1, together=together)


def pull(harness: Harness, adapter: Adapter, cursor: str | None = None) -> Iterator[Page]:
    """The pages of the harness's object, one by one."""
    for number, page in enumerate(adapter.pull(PullRequest(harness.object_name, cursor)), start=1):
        assert number <= MOST_PAGES, f"a reading of few records has not ended after {MOST_PAGES} pages"
        yield page


def read(harness: Harness, adapter: Adapter, cursor: str | None = None) -> list[Page]:
    """All pages at once."""
    return list(pull(harness, adapter, cursor))


def read_pages(harness: Harness, adapter: Adapter) -> list[Page]:
    """All pages of what `seed_pages` made; fails where they are too few for the test to mean something."""
    pages = read(harness, adapter)
    assert len(pages) >= 3, (
        f"{2 * harness.page_size + 1} records came in {len(pages)} page(s): the harness says that a page holds "
        f"{harness.page_size}; open the adapter with pages of that size"
    )
    return pages


def first_page(harness: Harness, adapter: Adapter, cursor: str | None = None) -> Page:
    """The first page alone; the reading is dropped after it, as by a kill."""
    pages = list(islice(pull(harness, adapter, cursor), 1))
    assert pages, "a reading gave no page at all, so there is no cursor to go on from"
    return pages[0]


def merge(pages: Iterable[Page]) -> dict[str, RawRecord]:
    """The records by id, the one delivered last winning, deleted ones gone."""
    merged: dict[str, RawRecord] = {}
    for record in (record for page in pages for record in page.records):
        if record.deleted:
            merged.pop(record.external_id, None)
        else:
            merged[record.external_id] = record
    return merged


def ids_of(pages: Iterable[Page]) -> set[str]:
    """The ids of the merged records."""
    return set(merge(pages))


def last_cursor(pages: Sequence[Page] | Sequence[HistoryPage]) -> str:
    """The cursor after a reading."""
    assert pages, "a reading gave no page at all, so there is no cursor to go on from"
    return pages[-1].cursor


def pulled(harness: Harness) -> dict[str, RawRecord]:
    """Everything the source holds, read by a new adapter from the start."""
    with opened(harness) as adapter:
        return merge(read(harness, adapter))


def is_empty(record: RawRecord, field_name: str) -> bool:
    """Whether the field holds nothing: null, an empty text, or no such key."""
    return record.payload.get(field_name) in {None, ""}
