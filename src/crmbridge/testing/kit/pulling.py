"""Basic group, second part: a full reading, and what the records are like."""

import threading
from collections.abc import Iterator
from itertools import zip_longest

from crmbridge.adapter.contract import Page, PullRequest
from crmbridge.testing.kit.harness import Harness, Need
from crmbridge.testing.kit.reading import (
    first_page,
    ids_of,
    last_cursor,
    merge,
    need,
    opened,
    pull,
    pulled,
    read,
    seed,
    seed_pages,
)


class Pulling:
    """`pull` from the start, `close`, and the stop signal."""

    crmbridge_kit_group = "basic"

    def test_pull_returns_every_record(self, harness: Harness) -> None:
        """At each number of records around a page border."""
        size, seeded = harness.page_size, set[str]()
        for count in sorted({1, max(1, size - 1), size, size + 1, 2 * size, 3 * size}):
            seeded |= set(seed(harness, count - len(seeded), first=len(seeded) + 1))
            with opened(harness) as adapter:
                assert ids_of(read(harness, adapter)) == seeded, f"with {count} records and pages of {size}"

    def test_empty_source_gives_a_page(self, harness: Harness) -> None:
        """One page without records, so that there is a cursor; what comes later is found from it."""
        with opened(harness) as adapter:
            pages = read(harness, adapter)
            assert pages, "an object without records gave no page, and so no cursor"
            assert ids_of(pages) == set()
            seeded = seed(harness, 2)
            assert ids_of(read(harness, adapter, last_cursor(pages))) == set(seeded)

    def test_complete_means_everything_was_listed(self, harness: Harness) -> None:
        """Only the last page may say so, and only where the reading has listed every record."""
        seeded = set(seed_pages(harness))
        with opened(harness) as adapter:
            pages = read(harness, adapter)
            readings = [pages, *(read(harness, adapter, page.cursor) for page in pages)]
        for reading in readings:
            assert not any(page.complete for page in reading[:-1]), "a page before the last says complete"
            if reading and reading[-1].complete:
                assert ids_of(reading) == seeded, "a reading that went on from a cursor says complete"

    def test_whole_means_from_the_beginning(self, harness: Harness) -> None:
        """The last page of a pull from the start says so, and no page of a reading that began later."""
        seeded = set(seed_pages(harness))
        with opened(harness) as adapter:
            pages = read(harness, adapter)
            resumed = [read(harness, adapter, page.cursor) for page in pages]
        assert [page.whole for page in pages] == [False] * (len(pages) - 1) + [True]
        for reading in resumed:
            assert not any(page.whole for page in reading) or ids_of(reading) == seeded, (
                "a reading that went on from a cursor says whole"
            )

    def test_records_are_well_formed(self, harness: Harness) -> None:
        """Each names its object and has an id that is a text; times are aware."""
        seed(harness, 2)
        for record in pulled(harness).values():
            assert record.object == harness.object_name
            assert isinstance(record.external_id, str)
            assert record.external_id
            assert record.revision is None or isinstance(record.revision, str)
            assert record.modified is None or record.modified.utcoffset() is not None, "a time without a zone"

    def test_payload_is_verbatim(self, harness: Harness) -> None:
        """Key for key what the source holds: nothing added, renamed or left out."""
        seed(harness, 2)
        assert {key: dict(record.payload) for key, record in pulled(harness).items()} == {
            key: dict(payload) for key, payload in harness.stored().items()
        }

    def test_asked_fields_are_there(self, harness: Harness) -> None:
        """A reading of some fields has at least those."""
        seed(harness, 1)
        names = (harness.field, harness.other_field)
        with opened(harness) as adapter:
            records = merge(adapter.pull(PullRequest(harness.object_name, fields=frozenset(names))))
        stored = harness.stored()
        assert {key: [record.payload.get(name) for name in names] for key, record in records.items()} == {
            key: [payload[name] for name in names] for key, payload in stored.items()
        }

    def test_ids_are_kept_as_they_are(self, harness: Harness) -> None:
        """Leading zeros and seventeen digits are part of an id."""
        need(harness, Need.CHOSEN_IDS)
        chosen = ["000042", "42", "12345678901234567", "12345678901234568", "1e3"]
        harness.seed([harness.sample(number) for number in range(len(chosen))], ids=chosen)
        assert set(pulled(harness)) == set(chosen)

    def test_opened_twice(self, harness: Harness) -> None:
        """Two adapters read side by side and do not disturb each other."""
        seeded = set(seed_pages(harness))
        with opened(harness) as one, opened(harness) as other:
            pages = list(_alternate(pull(harness, one), pull(harness, other)))
        assert ids_of(page for which, page in pages if which == 0) == seeded
        assert ids_of(page for which, page in pages if which == 1) == seeded

    def test_closed_twice(self, harness: Harness) -> None:
        """Closing again is harmless, after a reading that was dropped half-way too."""
        seed_pages(harness)
        adapter = harness.open()
        first_page(harness, adapter)
        adapter.close()
        adapter.close()

    def test_stop_is_obeyed_within_a_page(self, harness: Harness) -> None:
        """At most one page more, and a cursor from which the rest is found."""
        seeded, stop = set(seed(harness, 4 * harness.page_size + 1)), threading.Event()
        with opened(harness, stop=stop) as adapter:
            reading = pull(harness, adapter)
            pages = [next(reading)]
            stop.set()
            pages += reading
        assert len(pages) <= 2, f"{len(pages) - 1} pages came after the stop signal"
        assert not pages[-1].complete, "a reading that was stopped says complete"
        with opened(harness) as adapter:
            assert ids_of([*pages, *read(harness, adapter, last_cursor(pages))]) == seeded

    def test_reading_writes_nothing(self, harness: Harness) -> None:
        """No write reaches the source during check, describe and pull, not even where writing is allowed."""
        seed_pages(harness)
        before, stored = harness.writes(), harness.stored()
        for read_only in (True, False):
            with opened(harness, read_only=read_only) as adapter:
                adapter.check()
                adapter.describe()
                read(harness, adapter)
        assert harness.writes() == before
        assert harness.stored() == stored


def _alternate(one: Iterator[Page], other: Iterator[Page]) -> Iterator[tuple[int, Page]]:
    """A page of each in turn, with which it is of, until both have ended."""
    for pages in zip_longest(one, other):
        yield from ((which, page) for which, page in enumerate(pages) if page is not None)
