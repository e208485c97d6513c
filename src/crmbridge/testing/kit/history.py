"""The history group: what an adapter that lists changes of stage must prove."""

from collections.abc import Iterator
from itertools import islice

import pytest

from crmbridge.adapter.capabilities import Capability
from crmbridge.adapter.contract import Adapter, HistoryPage, ListsHistory, PullRequest, StageChange
from crmbridge.model.errors import AuthError
from crmbridge.testing.kit.harness import Harness, Need
from crmbridge.testing.kit.reading import MOST_PAGES, last_cursor, need, opened, require, seed


class HistoryGroup:
    """`list_history`."""

    crmbridge_kit_group = "history"

    def test_every_move_arrives(self, harness: Harness) -> None:
        """Each change of stage once merged, with where it came from and went to, over several pages."""
        require(harness, Capability.HISTORY)
        moves = _move_pages(harness)
        changes = _merge(_history(harness))
        for key in {key for key, _ in moves}:
            wanted = [label for moved, label in moves if moved == key]
            assert _labels(changes, key)[-len(wanted) :] == wanted
            own = [change for change in changes if change.record_id == key]
            assert [change.from_label for change in own if change.from_label is not None][-1] == wanted[-2]

    def test_no_move_is_invented(self, harness: Harness) -> None:
        """An edit of another field is none."""
        require(harness, Capability.HISTORY)
        (key,) = seed(harness, 1)
        harness.move([(key, harness.stages[1])])
        with opened(harness) as adapter:
            pages = _listed(harness, adapter)
            before = _told(pages)
            harness.edit(key, {harness.field: "edited"})
            assert _told([*pages, *_listed(harness, adapter, last_cursor(pages))]) == before
        assert _told(_history(harness)) == before

    def test_moves_have_one_id_each(self, harness: Harness) -> None:
        """The same id at every listing, and no two changes with one id."""
        require(harness, Capability.HISTORY)
        _move_pages(harness)
        first, again = (_merge(_history(harness)) for _ in range(2))
        assert first == again, "a change that was listed twice is told in two ways"
        assert len(_told(_history(harness))) == len(first), "two changes have one id"

    def test_moves_say_when(self, harness: Harness) -> None:
        """With a zone, in the order in which they happened."""
        require(harness, Capability.HISTORY)
        (key,) = seed(harness, 1)
        for label in harness.stages:
            harness.move([(key, label)])
        times = [change.at for change in _changes(_history(harness)) if change.record_id == key]
        assert all(at is None or at.tzinfo is not None for at in times)
        known = [at for at in times if at is not None]
        assert known, "no change says when it was made"
        assert known == sorted(known), "the changes of one record come in another order than they happened"

    def test_no_move_gives_a_page(self, harness: Harness) -> None:
        """So that the cursor is known from the beginning; later changes are found from it."""
        require(harness, Capability.HISTORY)
        with opened(harness) as adapter:
            pages = _listed(harness, adapter)
            assert pages, "a listing without history gave no page"
            assert _changes(pages) == []
            (key,) = seed(harness, 1)
            for label in harness.stages:
                harness.move([(key, label)])
                pages += _listed(harness, adapter, last_cursor(pages))
                assert _labels(_merge(pages), key)[-1] == label

    def test_history_resumes_from_every_cursor(self, harness: Harness) -> None:
        """By another adapter, that goes no further than one page: the law of the cursor."""
        require(harness, Capability.HISTORY)
        _move_pages(harness)
        pages = _history(harness)
        every = _told(pages)
        for number, page in enumerate(pages):
            rest = _one_by_one(harness, page.cursor, len(every) + 2)
            assert every <= _told([*pages[: number + 1], *rest]), f"from the cursor of page {number + 1}"

    def test_moves_in_one_instant_arrive(self, harness: Harness) -> None:
        """More of them than fit in a page, and again as many after that page was read."""
        require(harness, Capability.HISTORY)
        need(harness, Need.SAME_INSTANT)
        ids = seed(harness, 4 * harness.page_size + 2)
        half = len(ids) // 2
        harness.move([(key, harness.stages[1]) for key in ids[:half]], together=True)
        with opened(harness) as adapter:
            pages = _listed(harness, adapter)
            harness.move([(key, harness.stages[1]) for key in ids[half:]], together=True)
            pages += _listed(harness, adapter, last_cursor(pages))
        moved = {change.record_id for change in _changes(pages) if change.to_label == harness.stages[1]}
        assert moved == set(ids)

    def test_history_of_a_deleted_record_stops_no_other(self, harness: Harness) -> None:
        """It may be told or not; what comes after it arrives."""
        require(harness, Capability.HISTORY)
        gone, kept = seed(harness, 2)
        harness.move([(gone, harness.stages[1]), (kept, harness.stages[1])])
        harness.delete(gone)
        harness.move([(kept, harness.stages[2])])
        assert _labels(_merge(_history(harness)), kept)[-2:] == [harness.stages[1], harness.stages[2]]

    def test_refused_history_is_an_auth_error(self, harness: Harness) -> None:
        """Never an empty list."""
        require(harness, Capability.HISTORY)
        need(harness, Need.CREDENTIALS)
        harness.move([(seed(harness, 1)[0], harness.stages[1])])
        with pytest.raises(AuthError), opened(harness, wrong_credentials=True) as adapter:
            _listed(harness, adapter)


def _move_pages(harness: Harness) -> list[tuple[str, str]]:
    """More moves than two pages hold, some records twice."""
    assert len(harness.stages) >= 3, "the harness names no stages to move to"
    ids = seed(harness, harness.page_size + 2)
    moves = [(key, label) for label in (harness.stages[1], harness.stages[2]) for key in ids]
    for move in moves:
        harness.move([move])
    return moves


def _listing(harness: Harness, adapter: Adapter, cursor: str | None = None) -> Iterator[HistoryPage]:
    assert isinstance(adapter, ListsHistory), "history is declared, and there is no list_history"
    for number, page in enumerate(adapter.list_history(PullRequest(harness.object_name, cursor)), start=1):
        assert number <= MOST_PAGES, f"a listing of few changes has not ended after {MOST_PAGES} pages"
        yield page


def _listed(harness: Harness, adapter: Adapter, cursor: str | None = None) -> list[HistoryPage]:
    return list(_listing(harness, adapter, cursor))


def _history(harness: Harness) -> list[HistoryPage]:
    """Every change, listed by a new adapter from the start."""
    with opened(harness) as adapter:
        return _listed(harness, adapter)


def _one_by_one(harness: Harness, cursor: str, count: int) -> list[HistoryPage]:
    """So many pages, each listed by an adapter of its own that is killed after it."""
    pages: list[HistoryPage] = []
    for _ in range(count):
        with opened(harness) as adapter:
            pages += islice(_listing(harness, adapter, pages[-1].cursor if pages else cursor), 1)
    return pages


def _changes(pages: list[HistoryPage]) -> list[StageChange]:
    return [change for page in pages for change in page.changes]


def _merge(pages: list[HistoryPage]) -> list[StageChange]:
    """Each change once, in the order of the first time it was told."""
    return list({change.change_id: change for change in _changes(pages)}.values())


def _labels(changes: list[StageChange], key: str) -> list[str]:
    return [change.to_label for change in changes if change.record_id == key]


def _told(pages: list[HistoryPage]) -> set[tuple[str, str, str]]:
    """What was told, whatever its id."""
    return {(change.record_id, change.to_label, str(change.at)) for change in _changes(pages)}
