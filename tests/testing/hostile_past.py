"""Lies about what was deleted and about stages of the past."""

import itertools
from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

from tests.testing.hostile import caught_by

from crmbridge.adapter.context import AdapterContext
from crmbridge.adapter.contract import HistoryPage, Page, PullRequest, RawRecord, StageChange
from crmbridge.model.errors import AuthError, ConfigError
from crmbridge.testing.memory import MemoryAdapter
from crmbridge.testing.memory.powers import position, stage_change, tombstone


@caught_by("test_every_deletion_arrives")
class ListsTwoPagesOfDeletions(MemoryAdapter):
    """The vendor's paging cap, taken for the end."""

    def list_deleted(self, request: PullRequest) -> Iterator[Page]:
        pages = super().list_deleted(request)
        return itertools.islice(pages, 2) if request.cursor is None else pages


@caught_by("test_no_deletion_is_invented")
class DeletesWhatWasEdited(MemoryAdapter):
    """Compares two listings, and takes a record that moved for one that is gone."""

    def list_deleted(self, request: PullRequest) -> Iterator[Page]:
        edited = [row for row in self._server.store.live(request.object) if row.revision == 2]
        for page in super().list_deleted(request):
            invented = [RawRecord(request.object, row.external_id, {}, None, row.modified, True) for row in edited]
            yield replace(page, records=[*page.records, *invented])


@caught_by("test_deletion_says_what_and_when")
class KeepsThePayloadOfTheDead(MemoryAdapter):
    def list_deleted(self, request: PullRequest) -> Iterator[Page]:
        for page in super().list_deleted(request):
            dead = [replace(record, payload={"id": record.external_id}) for record in page.records]
            yield replace(page, records=dead)


@caught_by("test_no_deletion_gives_a_page")
class GivesNoPageOfNoDeletions(MemoryAdapter):
    def list_deleted(self, request: PullRequest) -> Iterator[Page]:
        is_empty = not self._server.store._rows.get(request.object)
        return iter(()) if is_empty else super().list_deleted(request)


@caught_by("test_deletions_between_listings_arrive")
class RemembersThatNobodyDied(MemoryAdapter):
    def __init__(self, context: AdapterContext) -> None:
        super().__init__(context)
        self._nothing_after: set[str] = set()

    def list_deleted(self, request: PullRequest) -> Iterator[Page]:
        if request.cursor in self._nothing_after:
            yield Page([], str(request.cursor))
            return
        for page in super().list_deleted(request):
            if not page.records and page.cursor == request.cursor:
                self._nothing_after.add(page.cursor)
            yield page


@caught_by("test_deletions_resume_from_every_cursor")
class KnowsItsOwnCursorsOfDeletions(MemoryAdapter):
    """The cursor is a token of this session."""

    def __init__(self, context: AdapterContext) -> None:
        super().__init__(context)
        self._given: set[str] = set()

    def list_deleted(self, request: PullRequest) -> Iterator[Page]:
        if request.cursor is not None and request.cursor not in self._given:
            yield Page([], request.cursor)
            return
        for page in super().list_deleted(request):
            self._given.add(page.cursor)
            yield page


@caught_by("test_deletions_in_one_instant_arrive")
class AsksForLaterDeletionsOnly(MemoryAdapter):
    """Its cursor is the time of the last deletion, and the next page starts strictly after it."""

    def list_deleted(self, request: PullRequest) -> Iterator[Page]:
        self._known(request.object)
        self._changed(request.object, self._server.store.change_no)
        after = position(request.cursor)
        while True:
            every = self._server.store.tombstones(request.object)
            dead = [one for one in every if one.change_no > after][: self._page_size]
            if dead:
                after = max(one.change_no for one in every if one.at <= dead[-1].at)
            yield Page([tombstone(request.object, one) for one in dead], f"1:{after}")
            if len(dead) < self._page_size:
                return


@caught_by("test_restored_record_is_not_deleted")
class StampsDeletionsWithItsOwnClock(MemoryAdapter):
    def list_deleted(self, request: PullRequest) -> Iterator[Page]:
        for page in super().list_deleted(request):
            yield replace(page, records=[replace(dead, modified=self._context.clock()) for dead in page.records])


@caught_by("test_refused_deletions_are_an_auth_error")
class TakesRefusalForNoDeletions(MemoryAdapter):
    def list_deleted(self, request: PullRequest) -> Iterator[Page]:
        try:
            yield from super().list_deleted(request)
        except AuthError:
            yield Page([], request.cursor or "1:0")


@caught_by("test_every_move_arrives")
class ListsTwoPagesOfHistory(MemoryAdapter):
    def list_history(self, request: PullRequest) -> Iterator[HistoryPage]:
        pages = super().list_history(request)
        return itertools.islice(pages, 2) if request.cursor is None else pages


@caught_by("test_every_move_arrives")
class ForgetsWhereItCameFrom(MemoryAdapter):
    """Tells the present stage as the one before."""

    def list_history(self, request: PullRequest) -> Iterator[HistoryPage]:
        for page in super().list_history(request):
            yield replace(page, changes=[replace(change, from_label=change.to_label) for change in page.changes])


@caught_by("test_no_move_is_invented")
class TakesEveryEditForAMove(MemoryAdapter):
    def list_history(self, request: PullRequest) -> Iterator[HistoryPage]:
        store = self._server.store
        moved = {move.external_id: move.change_no for move in store.moves(request.object)}
        edited = [row for row in store.live(request.object) if row.change_no > moved.get(row.external_id, 10**9)]
        for page in super().list_history(request):
            invented = [
                StageChange(row.external_id, f"edit-{row.change_no}", str(row.fields["stage"]), row.modified)
                for row in edited
            ]
            yield replace(page, changes=[*page.changes, *invented])


@caught_by("test_moves_have_one_id_each")
class NumbersChangesAsTheyCome(MemoryAdapter):
    numbers: ClassVar[Iterator[int]] = itertools.count(1)

    def list_history(self, request: PullRequest) -> Iterator[HistoryPage]:
        for page in super().list_history(request):
            yield replace(page, changes=[replace(c, change_id=str(next(self.numbers))) for c in page.changes])


@caught_by("test_moves_say_when")
class LosesTheZone(MemoryAdapter):
    def list_history(self, request: PullRequest) -> Iterator[HistoryPage]:
        for page in super().list_history(request):
            changes = [replace(c, at=c.at.replace(tzinfo=None) if c.at else None) for c in page.changes]
            yield replace(page, changes=changes)


@caught_by("test_no_move_gives_a_page")
class GivesNoPageOfNoHistory(MemoryAdapter):
    def list_history(self, request: PullRequest) -> Iterator[HistoryPage]:
        is_empty = not self._server.store._rows.get(request.object)
        return iter(()) if is_empty else super().list_history(request)


@caught_by("test_history_resumes_from_every_cursor")
class KnowsItsOwnCursorsOfHistory(MemoryAdapter):
    def __init__(self, context: AdapterContext) -> None:
        super().__init__(context)
        self._given: set[str] = set()

    def list_history(self, request: PullRequest) -> Iterator[HistoryPage]:
        if request.cursor is not None and request.cursor not in self._given:
            yield HistoryPage([], request.cursor)
            return
        for page in super().list_history(request):
            self._given.add(page.cursor)
            yield page


@caught_by("test_moves_in_one_instant_arrive")
class AsksForLaterMovesOnly(MemoryAdapter):
    def list_history(self, request: PullRequest) -> Iterator[HistoryPage]:
        self._known(request.object)
        self._changed(request.object, self._server.store.change_no)
        after = position(request.cursor)
        while True:
            every = self._server.store.moves(request.object)
            moves = [one for one in every if one.change_no > after][: self._page_size]
            if moves:
                after = max(one.change_no for one in every if one.at <= moves[-1].at)
            yield HistoryPage([stage_change(one) for one in moves], f"1:{after}")
            if len(moves) < self._page_size:
                return


@caught_by("test_history_of_a_deleted_record_stops_no_other")
class StopsAtTheDead(MemoryAdapter):
    """Looks up each record of the history, and gives up where one is gone."""

    def list_history(self, request: PullRequest) -> Iterator[HistoryPage]:
        live = {row.external_id for row in self._server.store.live(request.object)}
        for page in super().list_history(request):
            told = itertools.takewhile(lambda change: change.record_id in live, page.changes)
            yield replace(page, changes=list(told))


@caught_by("test_refused_history_is_an_auth_error")
class TakesRefusalForNoHistory(MemoryAdapter):
    def list_history(self, request: PullRequest) -> Iterator[HistoryPage]:
        try:
            yield from super().list_history(request)
        except AuthError:
            yield HistoryPage([], request.cursor or "1:0")


@caught_by("test_no_secret_in_any_text")
class TellsItsTokenWhereHistoryFails(MemoryAdapter):
    def list_history(self, request: PullRequest) -> Iterator[HistoryPage]:
        if request.object not in self._server.store.objects:
            raise ConfigError("no history of {object} for {token}", object=request.object, token=self._token)
        return super().list_history(request)
