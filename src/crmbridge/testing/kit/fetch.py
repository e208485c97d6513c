"""The fetch group: what an adapter that reads by id must prove."""

from collections.abc import Sequence

from crmbridge.adapter.capabilities import Capability
from crmbridge.adapter.contract import Fetches, RawRecord
from crmbridge.adapter.courtesies import LooksUp
from crmbridge.testing.kit.harness import Harness
from crmbridge.testing.kit.reading import decline, opened, pulled, require, seed

NEVER = "999999999999999999"
"""An id that no source has."""


class FetchGroup:
    """`fetch`."""

    crmbridge_kit_group = "fetch"

    def test_fetch_answers_in_the_order_asked(self, harness: Harness) -> None:
        """One answer for each id, the same id twice too."""
        require(harness, Capability.FETCH)
        first, second, third = seed(harness, 3)
        asked = [third, first, second, first]
        assert [_id(record) for record in _fetch(harness, asked)] == asked

    def test_fetch_answers_none_for_a_missing_id(self, harness: Harness) -> None:
        """In its place between the others; missing is no error."""
        require(harness, Capability.FETCH)
        first, second = seed(harness, 2)
        assert [_id(record) for record in _fetch(harness, [first, NEVER, second])] == [first, None, second]
        assert list(_fetch(harness, [NEVER])) == [None]

    def test_fetch_of_a_deleted_record_is_not_live(self, harness: Harness) -> None:
        """None, or the record marked as deleted: never as if it were still there."""
        require(harness, Capability.FETCH)
        kept, gone = seed(harness, 2)
        harness.delete(gone)
        live, dead = _fetch(harness, [kept, gone])
        assert _id(live) == kept
        assert dead is None or dead.deleted

    def test_whether_records_are_there_is_as_they_are_fetched(self, harness: Harness) -> None:
        """An adapter that can be asked for that alone says the same of each id, in the same order."""
        require(harness, Capability.FETCH)
        kept, gone = seed(harness, 2)
        harness.delete(gone)
        with opened(harness) as adapter:
            if not isinstance(adapter, LooksUp):
                decline("it is asked by fetch")
            told = list(adapter.are_there(harness.object_name, [NEVER, kept, gone, kept]))
            assert list(adapter.are_there(harness.object_name, [])) == []
        assert told == [False, True, False, True]

    def test_fetch_gives_what_a_pull_gives(self, harness: Harness) -> None:
        """The same payload and revision."""
        require(harness, Capability.FETCH)
        ids = seed(harness, 2)
        records = pulled(harness)
        for key, record in zip(ids, _fetch(harness, ids), strict=True):
            assert record is not None
            assert dict(record.payload) == dict(records[key].payload)
            assert (record.object, record.revision, record.deleted) == (
                harness.object_name,
                records[key].revision,
                False,
            )

    def test_fetch_sees_the_present(self, harness: Harness) -> None:
        """An edit made a moment ago is in the answer, also of an adapter that fetched before."""
        require(harness, Capability.FETCH)
        (key,) = seed(harness, 1)
        with opened(harness) as adapter:
            assert isinstance(adapter, Fetches)
            adapter.fetch(harness.object_name, [key])
            harness.edit(key, {harness.field: "just now"})
            (record,) = adapter.fetch(harness.object_name, [key])
        assert record is not None
        assert record.payload[harness.field] == "just now"

    def test_fetch_takes_any_number_of_ids(self, harness: Harness) -> None:
        """None, and more than fit in one of the vendor's calls."""
        require(harness, Capability.FETCH)
        with opened(harness) as adapter:
            limits = adapter.describe().limits
        ids = seed(harness, min(limits.longest_id_list or limits.page_size, 250) + 1)
        assert [_id(record) for record in _fetch(harness, ids)] == ids
        assert list(_fetch(harness, [])) == []


def _fetch(harness: Harness, external_ids: Sequence[str]) -> Sequence[RawRecord | None]:
    with opened(harness) as adapter:
        assert isinstance(adapter, Fetches), "fetch is declared, and missing"
        return adapter.fetch(harness.object_name, external_ids)


def _id(record: RawRecord | None) -> str | None:
    return record.external_id if record else None
