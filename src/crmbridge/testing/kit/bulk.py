"""The bulk group: what an adapter that reads by an export job must prove."""

from collections.abc import Iterator
from itertools import islice

import pytest

from crmbridge.adapter.capabilities import Capability
from crmbridge.adapter.contract import Adapter, BulkReads, Page, PullRequest, RawRecord
from crmbridge.model.errors import TransientError
from crmbridge.testing.kit.harness import Fault, Harness
from crmbridge.testing.kit.reading import (
    MOST_PAGES,
    ids_of,
    last_cursor,
    merge,
    need,
    opened,
    pulled,
    read,
    require,
    seed,
    seed_pages,
)


class BulkGroup:
    """`bulk_read`."""

    crmbridge_kit_group = "bulk"

    def test_bulk_equals_a_pull(self, harness: Harness) -> None:
        """The same records, key for key and revision for revision; empty fields and deleted records too."""
        require(harness, Capability.BULK)
        ids = seed(harness, 2 * harness.page_size + 2)
        harness.edit(ids[0], {harness.field: "edited", harness.other_field: ""})
        harness.delete(ids[1])
        by_pull, by_job = pulled(harness), _exported(harness)
        assert set(by_job) == set(by_pull)
        for key, record in by_job.items():
            assert _plain(record) == _plain(by_pull[key])

    def test_bulk_of_nothing_gives_a_page(self, harness: Harness) -> None:
        """An object without records is read, and the cursor is known."""
        require(harness, Capability.BULK)
        with opened(harness) as adapter:
            pages = list(_reading(harness, adapter))
        assert pages, "an export of nothing gave no page"
        assert ids_of(pages) == set()

    def test_bulk_resumes_from_every_cursor(self, harness: Harness) -> None:
        """By another adapter, from before the job is ready and from within its result: the law of the cursor."""
        require(harness, Capability.BULK)
        seeded = set(seed_pages(harness))
        with opened(harness) as adapter:
            cursors = [page.cursor for page in _reading(harness, adapter)]
        for number in range(len(cursors)):
            with opened(harness) as adapter:
                before = list(islice(_reading(harness, adapter), number + 1))
            with opened(harness) as adapter:
                is_whole = number + 1 == len(cursors)
                rest = [] if is_whole else list(_reading(harness, adapter, before[-1].cursor))
            assert ids_of([*before, *rest]) == seeded, f"from the cursor of page {number + 1}"

    def test_killed_bulk_takes_up_its_job(self, harness: Harness) -> None:
        """A process that dies while it waits has told which job it waits for: no second one is ordered."""
        require(harness, Capability.BULK)
        seeded = set(seed_pages(harness))
        before = harness.jobs()
        with opened(harness) as adapter:
            (first,) = islice(_reading(harness, adapter), 1)
        assert harness.jobs() == before + 1
        with opened(harness) as adapter:
            rest = list(_reading(harness, adapter, first.cursor))
        assert ids_of([first, *rest]) == seeded
        assert harness.jobs() == before + 1, "the job was ordered once more"

    def test_lost_job_is_ordered_again(self, harness: Harness) -> None:
        """Vendors forget their exports after a day; nothing is missing for that."""
        require(harness, Capability.BULK)
        need(harness, Fault.JOB_LOST)
        seeded = set(seed_pages(harness))
        with opened(harness) as adapter:
            (first,) = islice(_reading(harness, adapter), 1)
        harness.inject(Fault.JOB_LOST)
        with opened(harness) as adapter:
            assert ids_of([first, *_reading(harness, adapter, first.cursor)]) == seeded

    def test_failed_job_is_transient_or_read_otherwise(self, harness: Harness) -> None:
        """Never read as an object without records; the next attempt brings all."""
        require(harness, Capability.BULK)
        need(harness, Fault.JOB_FAILS)
        seeded = set(seed_pages(harness))
        harness.inject(Fault.JOB_FAILS)
        pages: list[Page] = []
        try:
            with opened(harness) as adapter:
                pages += _reading(harness, adapter)
        except TransientError:
            harness.heal()
            assert set(_exported(harness)) == seeded
        else:
            assert ids_of(pages) == seeded

    def test_bulk_goes_on_as_a_pull(self, harness: Harness) -> None:
        """What is edited or deleted while the job runs comes by a pull from the last cursor."""
        require(harness, Capability.BULK)
        ids = seed_pages(harness)
        with opened(harness) as adapter:
            reading = _reading(harness, adapter)
            pages = [next(reading)]
            harness.edit(ids[0], {harness.field: "during the export"})
            pages += reading
            harness.edit(ids[1], {harness.field: "after the export"})
            pages += read(harness, adapter, last_cursor(pages))
        merged = merge(pages)
        assert set(merged) == set(ids)
        assert merged[ids[0]].payload[harness.field] == "during the export"
        assert merged[ids[1]].payload[harness.field] == "after the export"

    def test_bulk_waits_on_the_clock(self, harness: Harness) -> None:
        """While the job runs the adapter waits by context.pause, which a stop ends."""
        require(harness, Capability.BULK)
        seed_pages(harness)
        slept = harness.clock.slept_seconds
        _exported(harness)
        assert harness.clock.slept_seconds > slept, "the adapter did not wait for the job, or not by context.pause"

    def test_bulk_writes_nothing(self, harness: Harness) -> None:
        """An export changes no record."""
        require(harness, Capability.BULK)
        seed_pages(harness)
        before, stored = harness.writes(), dict(harness.stored())
        _exported(harness)
        assert harness.writes() == before
        assert dict(harness.stored()) == stored

    def test_unreachable_bulk_is_transient(self, harness: Harness) -> None:
        """A source that is not there may be there later."""
        require(harness, Capability.BULK)
        need(harness, Fault.UNREACHABLE)
        seed_pages(harness)
        harness.inject(Fault.UNREACHABLE)
        with pytest.raises(TransientError), opened(harness) as adapter:
            list(_reading(harness, adapter))


def _reading(harness: Harness, adapter: Adapter, cursor: str | None = None) -> Iterator[Page]:
    assert isinstance(adapter, BulkReads), "bulk is declared, and there is no bulk_read"
    for number, page in enumerate(adapter.bulk_read(PullRequest(harness.object_name, cursor)), start=1):
        assert number <= MOST_PAGES, f"an export of few records has not ended after {MOST_PAGES} pages"
        yield page


def _exported(harness: Harness) -> dict[str, RawRecord]:
    with opened(harness) as adapter:
        return merge(_reading(harness, adapter))


def _plain(record: RawRecord) -> tuple[object, ...]:
    return record.object, dict(record.payload), record.revision, record.modified, record.deleted
