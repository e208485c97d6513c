"""Lies about export jobs."""

from collections.abc import Iterator
from dataclasses import replace

from tests.testing.hostile import caught_by

from crmbridge.adapter.contract import Page, PullRequest
from crmbridge.model.errors import Unavailable
from crmbridge.testing.memory import MemoryAdapter
from crmbridge.testing.memory.powers import export


@caught_by("test_bulk_equals_a_pull")
class LeavesOutEmptyFields(MemoryAdapter):
    """An empty cell of the export says nothing."""

    def bulk_read(self, request: PullRequest) -> Iterator[Page]:
        for page in super().bulk_read(request):
            records = [
                replace(record, payload={name: value for name, value in record.payload.items() if value != ""})
                for record in page.records
            ]
            yield replace(page, records=records)


@caught_by("test_bulk_equals_a_pull")
class ExportsTheDeadToo(MemoryAdapter):
    def bulk_read(self, request: PullRequest) -> Iterator[Page]:
        rows = self._server.store._rows[request.object].values()
        dead = [replace(self._record(request.object, row), deleted=False) for row in rows if row.deleted]
        for page in super().bulk_read(request):
            yield replace(page, records=[*page.records, *dead]) if page.records else page


@caught_by("test_bulk_of_nothing_gives_a_page")
class GivesNoPageOfNothing(MemoryAdapter):
    def bulk_read(self, request: PullRequest) -> Iterator[Page]:
        is_empty = not self._server.store._rows.get(request.object)
        return iter(()) if is_empty else super().bulk_read(request)


@caught_by("test_bulk_resumes_from_every_cursor")
class CountsAPageTooMuch(MemoryAdapter):
    """The cursor within a result is that of the page to come."""

    def bulk_read(self, request: PullRequest) -> Iterator[Page]:
        for page in super().bulk_read(request):
            name, given = export(page.cursor)
            if given:
                yield replace(page, cursor=f"1:job:{name}:{given + self._page_size}")
            else:
                yield page


@caught_by("test_killed_bulk_takes_up_its_job")
class ForgetsItsJob(MemoryAdapter):
    """Its cursor says that it waits, and not for what."""

    def bulk_read(self, request: PullRequest) -> Iterator[Page]:
        for page in super().bulk_read(request):
            name, given = export(page.cursor)
            yield replace(page, cursor="1:job::0") if name and not given else page


@caught_by("test_lost_job_is_ordered_again")
class TakesALostJobForDone(MemoryAdapter):
    def bulk_read(self, request: PullRequest) -> Iterator[Page]:
        name, _ = export(request.cursor)
        if name and name not in self._server.jobs:
            yield Page([], f"1:{self._server.store.change_no}")
            return
        yield from super().bulk_read(request)


@caught_by("test_failed_job_is_transient_or_read_otherwise")
class TakesAFailedJobForEmpty(MemoryAdapter):
    def bulk_read(self, request: PullRequest) -> Iterator[Page]:
        try:
            yield from super().bulk_read(request)
        except Unavailable:
            if self._server.is_down:
                raise
            yield Page([], f"1:{self._server.store.change_no}", complete=True, whole=True)


@caught_by("test_bulk_goes_on_as_a_pull")
class TakesTheEndOfTheJobForTheWatermark(MemoryAdapter):
    """What was edited since the export was ordered is behind the cursor."""

    def bulk_read(self, request: PullRequest) -> Iterator[Page]:
        for page in super().bulk_read(request):
            name, _ = export(page.cursor)
            yield page if name else replace(page, cursor=f"1:{self._server.store.change_no}")


@caught_by("test_bulk_waits_on_the_clock")
class AsksWithoutPause(MemoryAdapter):
    def bulk_read(self, request: PullRequest) -> Iterator[Page]:
        for job in self._server.jobs.values():
            job.pending = 0
        for page in super().bulk_read(request):
            for job in self._server.jobs.values():
                job.pending = 0
            yield page


@caught_by("test_bulk_writes_nothing")
class MarksWhatItExported(MemoryAdapter):
    def bulk_read(self, request: PullRequest) -> Iterator[Page]:
        yield from super().bulk_read(request)
        self._server.store.writes += 1


@caught_by("test_unreachable_bulk_is_transient")
class TakesSilenceForNothing(MemoryAdapter):
    def bulk_read(self, request: PullRequest) -> Iterator[Page]:
        if self._server.is_down:
            return iter([Page([], "1:0")])
        return super().bulk_read(request)
