"""Lies about readings: pages, cursors, the end, other adapters beside."""

from collections.abc import Iterator
from dataclasses import replace
from threading import Event
from typing import ClassVar
from weakref import WeakKeyDictionary

from tests.testing.hostile import caught_by

from crmbridge.adapter.context import AdapterContext
from crmbridge.adapter.contract import Health, Page, PullRequest, RawRecord
from crmbridge.testing.memory import MemoryAdapter, MemoryServer


def position(cursor: str | None) -> int:
    """The number in a cursor of the honest form; the start for any other."""
    version, _, number = (cursor or "").partition(":")
    return int(number) if version == "1" else 0


@caught_by("test_pull_returns_every_record")
class SkipsTheLastFullPage(MemoryAdapter):
    """Reckons the pages ahead, and is wrong where the records fill them exactly."""

    def pull(self, request: PullRequest) -> Iterator[Page]:
        total = len(self._server.store.live(request.object)) if request.object in self._server.store.objects else 0
        last = total // self._page_size if request.cursor is None and total and total % self._page_size == 0 else None
        for number, page in enumerate(super().pull(request), start=1):
            if number != last:
                yield page


@caught_by("test_empty_source_gives_a_page")
class GivesNoPageWhenEmpty(MemoryAdapter):
    def pull(self, request: PullRequest) -> Iterator[Page]:
        return (page for page in super().pull(request) if page.records or request.cursor is not None)


@caught_by("test_complete_means_everything_was_listed")
class CallsEveryEndComplete(MemoryAdapter):
    def pull(self, request: PullRequest) -> Iterator[Page]:
        for page in super().pull(request):
            yield replace(page, complete=len(page.records) < self._page_size)


@caught_by("test_complete_means_everything_was_listed")
class CallsTheSecondPageComplete(MemoryAdapter):
    def pull(self, request: PullRequest) -> Iterator[Page]:
        for number, page in enumerate(super().pull(request)):
            yield replace(page, complete=page.complete or (request.cursor is None and number > 0))


@caught_by("test_whole_means_from_the_beginning")
class NeverSaysWhole(MemoryAdapter):
    def pull(self, request: PullRequest) -> Iterator[Page]:
        return (replace(page, whole=False) for page in super().pull(request))


@caught_by("test_whole_means_from_the_beginning")
class CallsEveryEndWhole(MemoryAdapter):
    def pull(self, request: PullRequest) -> Iterator[Page]:
        for page in super().pull(request):
            yield replace(page, whole=len(page.records) < self._page_size)


@caught_by("test_asked_fields_are_there")
class SendsIdsOnly(MemoryAdapter):
    def pull(self, request: PullRequest) -> Iterator[Page]:
        for page in super().pull(request):
            if request.fields is None:
                yield page
            else:
                yield replace(page, records=[_bare(record) for record in page.records])


def _bare(record: RawRecord) -> RawRecord:
    return replace(record, payload={"id": record.external_id})


@caught_by("test_opened_twice")
class SharesItsPosition(MemoryAdapter):
    at: ClassVar[int] = 0

    def pull(self, request: PullRequest) -> Iterator[Page]:
        self._known(request.object)
        SharesItsPosition.at = position(request.cursor)
        while True:
            page = next(super().pull(replace(request, cursor=f"1:{SharesItsPosition.at}")))
            SharesItsPosition.at = position(page.cursor)
            is_last = len(page.records) < self._page_size
            yield replace(page, complete=False, whole=is_last and request.cursor is None)
            if is_last or self._context.stop.is_set():
                return


@caught_by("test_closed_twice")
class ClosesOnce(MemoryAdapter):
    closed = False

    def close(self) -> None:
        if self.closed:
            raise ValueError("I/O operation on closed file")
        self.closed = True


@caught_by("test_stop_is_obeyed_within_a_page")
class IgnoresTheStop(MemoryAdapter):
    def __init__(self, context: AdapterContext) -> None:
        super().__init__(replace(context, stop=Event()))


@caught_by("test_stop_is_obeyed_within_a_page")
class SkipsAheadWhenStopped(MemoryAdapter):
    def pull(self, request: PullRequest) -> Iterator[Page]:
        yield from super().pull(request)
        if self._context.stop.is_set():
            yield Page([], f"1:{self._server.store.change_no}")


@caught_by("test_reading_writes_nothing")
class StampsWhatItReads(MemoryAdapter):
    def pull(self, request: PullRequest) -> Iterator[Page]:
        yield from super().pull(request)
        self._server.store.put("account", {"name": "last read by crmbridge"})
        self._server.store.writes += 1


@caught_by("test_reading_writes_nothing")
class RegistersItself(MemoryAdapter):
    """Only where it may write, and only to be checked."""

    def check(self) -> Health:
        if not self._context.read_only:
            self._server.store.writes += 1
        return super().check()


@caught_by("test_cursor_is_a_short_text")
class PutsEverythingIntoTheCursor(MemoryAdapter):
    def pull(self, request: PullRequest) -> Iterator[Page]:
        cursor = request.cursor.partition("#")[0] if request.cursor else None
        for page in super().pull(replace(request, cursor=cursor)):
            yield replace(page, cursor=f"{page.cursor}#{'已读' * 800}")


@caught_by("test_resume_from_every_cursor")
class KnowsItsNewestCursorOnly(MemoryAdapter):
    """The vendor's paging token holds for the page it came with: an older one finds nothing any more."""

    newest = 0

    def pull(self, request: PullRequest) -> Iterator[Page]:
        if 0 < position(request.cursor) < self.newest:
            yield Page([], f"1:{self.newest}")
            return
        for page in super().pull(request):
            self.newest = max(self.newest, position(page.cursor))
            yield page


@caught_by("test_resume_after_a_kill_at_every_page")
class SavesItsCursorsOnClosing(MemoryAdapter):
    """The cursor is a key into notes that are written down when all went well."""

    notes: ClassVar[WeakKeyDictionary[MemoryServer, set[int]]] = WeakKeyDictionary()

    def __init__(self, context: AdapterContext) -> None:
        super().__init__(context)
        self._given = set(self.notes.get(self._server, ()))

    def pull(self, request: PullRequest) -> Iterator[Page]:
        at = position(request.cursor)
        if at and at not in self._given:
            yield Page([], f"1:{at}")
            return
        for page in super().pull(request):
            self._given.add(position(page.cursor))
            yield page

    def bulk_read(self, request: PullRequest) -> Iterator[Page]:
        for page in super().bulk_read(request):
            self._given.add(0 if "job" in page.cursor else position(page.cursor))
            yield page

    def close(self) -> None:
        self.notes.setdefault(self._server, set()).update(self._given)


@caught_by("test_edit_during_a_pull_arrives")
class TakesTheEndForTheWatermark(MemoryAdapter):
    """Reads a snapshot, and says at the end that it knows everything up to now."""

    def pull(self, request: PullRequest) -> Iterator[Page]:
        pages = list(super().pull(request))
        for page in pages[:-1]:
            yield page
            if self._context.stop.is_set():
                return
        yield replace(pages[-1], cursor=f"1:{self._server.store.change_no}")


@caught_by("test_edits_between_pulls_arrive")
class RemembersThatNothingIsNew(MemoryAdapter):
    def __init__(self, context: AdapterContext) -> None:
        super().__init__(context)
        self._nothing_after: set[str] = set()

    def pull(self, request: PullRequest) -> Iterator[Page]:
        if request.cursor in self._nothing_after:
            yield Page([], str(request.cursor))
            return
        for page in super().pull(request):
            if not page.records and page.cursor == request.cursor:
                self._nothing_after.add(page.cursor)
            yield page


@caught_by("test_ties_at_a_page_border_arrive")
class AsksForLaterTimesOnly(MemoryAdapter):
    """Its cursor is the modified time of the last record, and the next page starts strictly after it."""

    def pull(self, request: PullRequest) -> Iterator[Page]:
        at, is_last = position(request.cursor), False
        while not is_last:
            page = next(super().pull(replace(request, cursor=f"1:{at}")))
            is_last = len(page.records) < self._page_size
            newest = page.records[-1].modified if page.records else None
            rows = self._server.store.live(request.object)
            at = max((row.change_no for row in rows if newest and row.modified <= newest), default=at)
            listed_all = is_last and request.cursor is None
            yield replace(page, cursor=f"1:{at}", complete=listed_all, whole=listed_all)
            if self._context.stop.is_set():
                return


@caught_by("test_late_record_of_the_last_instant_arrives")
class AsksForTheLastTimeAndAMoment(MemoryAdapter):
    """A reading that goes on from the end of another asks for what is later than the last record by its time."""

    ENDED = ":ended"

    def pull(self, request: PullRequest) -> Iterator[Page]:
        asked = request.cursor or ""
        at = position(asked.removesuffix(self.ENDED))
        if asked.endswith(self.ENDED):
            rows = sorted(self._server.store.live(request.object), key=lambda row: row.change_no)
            read = [row.modified for row in rows if row.change_no <= at]
            same = [row.change_no for row in rows if read and row.modified <= max(read)]
            at = max([at, *same])
        for page in super().pull(replace(request, cursor=f"1:{at}" if at else None)):
            is_last = len(page.records) < self._page_size
            yield replace(page, cursor=f"{page.cursor}{self.ENDED}") if is_last else page


@caught_by("test_delete_between_pages_loses_no_other")
class PagesByOffset(MemoryAdapter):
    """Page n starts at record n times the size, whatever has gone away before it."""

    def pull(self, request: PullRequest) -> Iterator[Page]:
        self._known(request.object)
        store, at, offset, is_last = self._server.store, position(request.cursor), 0, False
        start = store.change_no
        while not is_last:
            self._changed(request.object, at)
            in_order_of_making = [row for row in store._rows[request.object].values() if not row.deleted]
            rows = [row for row in in_order_of_making if row.change_no > at][offset : offset + self._page_size]
            offset, is_last = offset + self._page_size, len(rows) < self._page_size
            records = [self._record(request.object, row) for row in rows]
            cursor, listed_all = f"1:{start if is_last else rows[-1].change_no}", is_last and at == 0
            yield Page(records, cursor, complete=listed_all, whole=listed_all)
            if self._context.stop.is_set():
                return


@caught_by("test_foreign_cursor_loses_nothing")
class TakesAForeignCursorForTheEnd(MemoryAdapter):
    def pull(self, request: PullRequest) -> Iterator[Page]:
        if request.cursor and not request.cursor.startswith("1:"):
            return iter([Page([], request.cursor)])
        return super().pull(request)
