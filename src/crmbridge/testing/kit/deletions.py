"""The delete group: what an adapter that lists deletions must prove, so that nothing is deleted by absence."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice

import pytest

from crmbridge.adapter.capabilities import Capability
from crmbridge.adapter.contract import Adapter, ListsDeleted, Page, PullRequest, RawRecord
from crmbridge.model.errors import AuthError
from crmbridge.testing.kit.harness import Harness, Need
from crmbridge.testing.kit.reading import MOST_PAGES, last_cursor, need, opened, pulled, require, seed, seed_pages


class DeleteGroup:
    """`list_deleted`."""

    crmbridge_kit_group = "delete"

    def test_every_deletion_arrives(self, harness: Harness) -> None:
        """Over several pages, each once merged."""
        require(harness, Capability.DELETE)
        ids = _delete_pages(harness)
        assert set(ids) <= _ids(_deletions(harness))

    def test_no_deletion_is_invented(self, harness: Harness) -> None:
        """Neither of an edited record nor of a new one, nor of one that only was not listed."""
        require(harness, Capability.DELETE)
        ids = seed_pages(harness)
        harness.edit(ids[0], {harness.field: "edited"})
        harness.delete(ids[1])
        seed(harness, 1, first=200)
        with opened(harness) as adapter:
            first = _listed(harness, adapter)
            harness.edit(ids[2], {harness.field: "edited too"})
            pages = [*first, *_listed(harness, adapter, last_cursor(first))]
        assert _ids(pages) <= {ids[1]}

    def test_deletion_says_what_and_when(self, harness: Harness) -> None:
        """An empty payload, marked deleted, with the time of the deletion: later than the record's last edit."""
        require(harness, Capability.DELETE)
        (key,) = seed(harness, 1)
        edited = pulled(harness)[key].modified
        harness.delete(key)
        (record,) = [record for record in _records(_deletions(harness)) if record.external_id == key]
        assert (record.object, record.deleted, dict(record.payload)) == (harness.object_name, True, {})
        assert record.modified is not None, "a deletion does not say when"
        assert record.modified.tzinfo is not None, "the time of a deletion has no zone"
        assert edited is None or record.modified >= _zoned(edited)

    def test_no_deletion_gives_a_page(self, harness: Harness) -> None:
        """So that the cursor is known from the beginning; what is deleted later is found from it."""
        require(harness, Capability.DELETE)
        with opened(harness) as adapter:
            pages = _listed(harness, adapter)
            assert pages, "a listing without deletions gave no page"
            assert _ids(pages) == set()
            (key,) = seed(harness, 1)
            harness.delete(key)
            assert _ids(_listed(harness, adapter, last_cursor(pages))) == {key}

    def test_deletions_between_listings_arrive(self, harness: Harness) -> None:
        """Each later one, also after listings that found nothing new."""
        require(harness, Capability.DELETE)
        ids = seed(harness, 3)
        with opened(harness) as adapter:
            pages = _listed(harness, adapter)
            for key in ids:
                pages += _listed(harness, adapter, last_cursor(pages))
                harness.delete(key)
                pages += _listed(harness, adapter, last_cursor(pages))
                assert key in _ids(pages)

    def test_deletions_resume_from_every_cursor(self, harness: Harness) -> None:
        """By another adapter, that goes no further than one page: the law of the cursor."""
        require(harness, Capability.DELETE)
        count = len(_delete_pages(harness))
        pages = _deletions(harness)
        for number, page in enumerate(pages):
            rest = _one_by_one(harness, page.cursor, count + 2)
            assert _ids(pages) <= _ids([*pages[: number + 1], *rest]), f"from the cursor of page {number + 1}"

    def test_deletions_in_one_instant_arrive(self, harness: Harness) -> None:
        """More of them than fit in a page, and again as many after that page was read."""
        require(harness, Capability.DELETE)
        need(harness, Need.SAME_INSTANT)
        ids = seed(harness, 4 * harness.page_size + 2)
        half = len(ids) // 2
        harness.delete_together(ids[:half])
        with opened(harness) as adapter:
            pages = _listed(harness, adapter)
            harness.delete_together(ids[half:])
            pages += _listed(harness, adapter, last_cursor(pages))
        assert _ids(pages) == set(ids)

    def test_restored_record_is_not_deleted(self, harness: Harness) -> None:
        """It is pulled again, and its old deletion is listed no more, or is older than what is pulled."""
        require(harness, Capability.DELETE)
        need(harness, Need.RESTORES)
        kept, back = seed(harness, 2)
        harness.delete(back)
        harness.restore(back)
        records, dead = pulled(harness), _records(_deletions(harness))
        assert set(records) == {kept, back}
        assert records[back].modified is not None, "a record that can be restored does not say when it was"
        modified = _zoned(records[back].modified)
        for record in dead:
            assert record.external_id == back
            assert record.modified is not None
            assert record.modified < modified, "the deletion of a restored record is as new as the record"
        harness.delete(back)
        latest = [record.modified for record in _records(_deletions(harness)) if record.external_id == back]
        assert any(at is not None and at >= modified for at in latest)

    def test_refused_deletions_are_an_auth_error(self, harness: Harness) -> None:
        """Never an empty list."""
        require(harness, Capability.DELETE)
        need(harness, Need.CREDENTIALS)
        harness.delete(seed(harness, 1)[0])
        with pytest.raises(AuthError), opened(harness, wrong_credentials=True) as adapter:
            _listed(harness, adapter)


def _delete_pages(harness: Harness) -> list[str]:
    """More deletions than two pages hold, one after the other, and a record that stays."""
    _, *ids = seed(harness, 2 * harness.page_size + 2)
    for key in ids:
        harness.delete(key)
    return ids


def _listing(harness: Harness, adapter: Adapter, cursor: str | None = None) -> Iterator[Page]:
    assert isinstance(adapter, ListsDeleted), "delete is declared, and there is no list_deleted"
    for number, page in enumerate(adapter.list_deleted(PullRequest(harness.object_name, cursor)), start=1):
        assert number <= MOST_PAGES, f"a listing of few deletions has not ended after {MOST_PAGES} pages"
        yield page


def _listed(harness: Harness, adapter: Adapter, cursor: str | None = None) -> list[Page]:
    return list(_listing(harness, adapter, cursor))


def _deletions(harness: Harness) -> list[Page]:
    """Every deletion, listed by a new adapter from the start."""
    with opened(harness) as adapter:
        return _listed(harness, adapter)


def _one_by_one(harness: Harness, cursor: str, count: int) -> list[Page]:
    """So many pages, each listed by an adapter of its own that is killed after it."""
    pages: list[Page] = []
    for _ in range(count):
        with opened(harness) as adapter:
            pages += islice(_listing(harness, adapter, pages[-1].cursor if pages else cursor), 1)
    return pages


def _zoned(at: datetime | None) -> datetime:
    """A time to compare with; whether it has a zone is another test's matter."""
    assert at is not None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _records(pages: list[Page]) -> list[RawRecord]:
    return [record for page in pages for record in page.records]


def _ids(pages: list[Page]) -> set[str]:
    return {record.external_id for record in _records(pages)}
