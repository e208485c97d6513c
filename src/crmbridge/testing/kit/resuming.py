"""Basic group, third part: the law of the cursor.

Resuming from a page's cursor yields everything after that page, perhaps some of it again, never less: after a kill,
after a stop, with people editing meanwhile.
"""

import contextlib

from crmbridge.adapter.contract import MAX_CURSOR_BYTES
from crmbridge.model.errors import CrmBridgeError
from crmbridge.testing.kit.harness import Harness, Need
from crmbridge.testing.kit.reading import (
    decline,
    first_page,
    ids_of,
    last_cursor,
    merge,
    need,
    opened,
    pull,
    read,
    read_pages,
    seed,
    seed_pages,
)


class Resuming:
    """`pull` from a cursor."""

    crmbridge_kit_group = "basic"

    def test_cursor_is_a_short_text(self, harness: Harness) -> None:
        """It fits the column it is kept in, and can be encoded."""
        seed_pages(harness)
        with opened(harness) as adapter:
            for page in read(harness, adapter):
                assert isinstance(page.cursor, str)
                assert page.cursor, "an empty cursor reads like none"
                assert len(page.cursor.encode()) <= MAX_CURSOR_BYTES

    def test_resume_from_every_cursor(self, harness: Harness) -> None:
        """From each page's cursor, in any order and more than once, by the same adapter."""
        seeded = set(seed_pages(harness))
        with opened(harness) as adapter:
            pages = read_pages(harness, adapter)
            for number in [*range(len(pages)), *reversed(range(len(pages)))]:
                rest = read(harness, adapter, pages[number].cursor)
                assert ids_of([*pages[: number + 1], *rest]) == seeded, f"from the cursor of page {number + 1}"

    def test_resume_after_a_kill_at_every_page(self, harness: Harness) -> None:
        """Each page is read by an adapter of its own, that goes no further: all that is kept is the cursor."""
        seeded = set(seed_pages(harness))
        killed = [harness.open()]
        pages = [first_page(harness, killed[0])]
        for _ in range(len(seeded)):
            killed.append(harness.open())
            pages.append(first_page(harness, killed[-1], pages[-1].cursor))
        assert ids_of(pages) == seeded
        for adapter in killed:
            adapter.close()

    def test_edit_during_a_pull_arrives(self, harness: Harness) -> None:
        """What is edited or added behind a reading is in its later pages, or in the next reading."""
        ids = seed_pages(harness)
        with opened(harness) as adapter:
            reading = pull(harness, adapter)
            pages = [next(reading)]
            changed = {ids[0]: "edited, read before", ids[-1]: "edited, not read yet"}
            for external_id, text in changed.items():
                harness.edit(external_id, {harness.field: text})
            added = seed(harness, 1, first=100)
            pages += reading
            pages += read(harness, adapter, last_cursor(pages))
        merged = merge(pages)
        assert set(merged) == {*ids, *added}
        assert {key: merged[key].payload[harness.field] for key in changed} == changed

    def test_edits_between_pulls_arrive(self, harness: Harness) -> None:
        """Readings that find nothing new do not blind the later ones."""
        ids = seed_pages(harness)
        with opened(harness) as adapter:
            pages = read(harness, adapter)
            for number, external_id in enumerate((ids[0], ids[-1], ids[0])):
                pages += read(harness, adapter, last_cursor(pages))
                harness.edit(external_id, {harness.field: f"edit {number}"})
                added = seed(harness, 1, first=200 + number)[0]
                pages += read(harness, adapter, last_cursor(pages))
                merged = merge(pages)
                assert merged[external_id].payload[harness.field] == f"edit {number}"
                assert added in merged

    def test_ties_at_a_page_border_arrive(self, harness: Harness) -> None:
        """More records with one modified time than a page holds: none is missing, from any cursor."""
        need(harness, Need.SAME_INSTANT)
        seeded = set(seed(harness, 1)) | set(seed(harness, 2 * harness.page_size + 1, first=2, together=True))
        with opened(harness) as adapter:
            pages = read(harness, adapter)
        assert ids_of(pages) == seeded
        for number, page in enumerate(pages):
            with opened(harness) as adapter:
                assert ids_of([*pages[: number + 1], *read(harness, adapter, page.cursor)]) == seeded

    def test_late_record_of_the_last_instant_arrives(self, harness: Harness) -> None:
        """What comes in the very instant of the last record, just after that was read, is found from its cursor."""
        need(harness, Need.SAME_INSTANT)
        seeded = set(seed(harness, 2))
        with opened(harness) as adapter:
            pages = read(harness, adapter)
        late = harness.seed_late([harness.sample(300)])
        if late is None:
            decline("the harness cannot add a record at an instant that was read")
        with opened(harness) as adapter:
            assert ids_of([*pages, *read(harness, adapter, last_cursor(pages))]) == {*seeded, *late}

    def test_delete_between_pages_loses_no_other(self, harness: Harness) -> None:
        """A record that goes away shifts those behind it; still every other one arrives."""
        ids = seed_pages(harness)
        with opened(harness) as adapter:
            reading = pull(harness, adapter)
            pages = [next(reading)]
            gone = next(iter(merge(pages)))
            harness.delete(gone)
            pages += reading
        assert ids_of(pages) - {gone} == set(ids) - {gone}

    def test_foreign_cursor_loses_nothing(self, harness: Harness) -> None:
        """A cursor of another version is refused, or reads everything: it is never taken for the end."""
        seeded = set(seed_pages(harness))
        with opened(harness) as adapter, contextlib.suppress(CrmBridgeError):
            assert ids_of(read(harness, adapter, "9999:no cursor of this adapter")) == seeded
