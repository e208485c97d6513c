"""Lies about fetching, finding and counting."""

from collections.abc import Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

from tests.testing.hostile import caught_by

from crmbridge.adapter.context import AdapterContext
from crmbridge.adapter.contract import RawRecord
from crmbridge.model.errors import RecordError
from crmbridge.testing.memory import MemoryAdapter, Row

Fetched = Sequence[RawRecord | None]
Found = Sequence[Sequence[RawRecord]]


@caught_by("test_fetch_answers_in_the_order_asked")
class AnswersInItsOwnOrder(MemoryAdapter):
    def fetch(self, object_name: str, external_ids: Sequence[str]) -> Fetched:
        answers = super().fetch(object_name, external_ids)
        found = iter(sorted((record for record in answers if record), key=lambda record: record.external_id))
        return [next(found) if record else None for record in answers]


@caught_by("test_fetch_answers_in_the_order_asked")
class AnswersOnceForEach(MemoryAdapter):
    def fetch(self, object_name: str, external_ids: Sequence[str]) -> Fetched:
        return super().fetch(object_name, list(dict.fromkeys(external_ids)))


@caught_by("test_whether_records_are_there_is_as_they_are_fetched")
class TakesATombstoneForARecord(MemoryAdapter):
    def are_there(self, object_name: str, external_ids: Sequence[str]) -> Sequence[bool]:
        return [record is not None for record in self.fetch(object_name, external_ids)]


@caught_by("test_whether_records_are_there_is_as_they_are_fetched")
class NamesTheOnesThatAreThere(MemoryAdapter):
    def are_there(self, object_name: str, external_ids: Sequence[str]) -> Sequence[bool]:
        return sorted(super().are_there(object_name, external_ids), reverse=True)


@caught_by("test_fetch_answers_none_for_a_missing_id")
class RaisesForAMissingId(MemoryAdapter):
    def fetch(self, object_name: str, external_ids: Sequence[str]) -> Fetched:
        answers = super().fetch(object_name, external_ids)
        if None in answers:
            raise RecordError("there is no such record")
        return answers


@caught_by("test_fetch_answers_none_for_a_missing_id")
class LeavesOutTheMissing(MemoryAdapter):
    def fetch(self, object_name: str, external_ids: Sequence[str]) -> Fetched:
        return [record for record in super().fetch(object_name, external_ids) if record]


@caught_by("test_fetch_of_a_deleted_record_is_not_live")
class RaisesTheDead(MemoryAdapter):
    def fetch(self, object_name: str, external_ids: Sequence[str]) -> Fetched:
        return [record and replace(record, deleted=False) for record in super().fetch(object_name, external_ids)]


@caught_by("test_fetch_gives_what_a_pull_gives")
class FetchesAFewFields(MemoryAdapter):
    def fetch(self, object_name: str, external_ids: Sequence[str]) -> Fetched:
        return [
            record and replace(record, payload={name: record.payload[name] for name in ("id", "name")})
            for record in super().fetch(object_name, external_ids)
        ]


@caught_by("test_fetch_sees_the_present")
class RemembersWhatItFetched(MemoryAdapter):
    def __init__(self, context: AdapterContext) -> None:
        super().__init__(context)
        self._fetched: dict[tuple[str, ...], Fetched] = {}

    def fetch(self, object_name: str, external_ids: Sequence[str]) -> Fetched:
        key = tuple(external_ids)
        if key not in self._fetched:
            self._fetched[key] = super().fetch(object_name, external_ids)
        return self._fetched[key]


@caught_by("test_fetch_takes_any_number_of_ids")
class AsksForFiveIds(MemoryAdapter):
    def fetch(self, object_name: str, external_ids: Sequence[str]) -> Fetched:
        return [*super().fetch(object_name, external_ids[:5]), *[None] * len(external_ids[5:])]


@caught_by("test_find_is_exact")
class FindsByPrefix(MemoryAdapter):
    def _search(self, object_name: str, field_name: str, value: str) -> list[Row]:
        rows = self._server.store.live(object_name)
        return [row for row in rows if str(row.fields.get(field_name)).startswith(value)]


@caught_by("test_find_is_exact")
class FindsInAnyCase(MemoryAdapter):
    def _search(self, object_name: str, field_name: str, value: str) -> list[Row]:
        rows = self._server.store.live(object_name)
        return [row for row in rows if str(row.fields.get(field_name)).casefold() == value.casefold()]


@caught_by("test_find_returns_every_hit")
class StopsAtTheFirstHit(MemoryAdapter):
    def _search(self, object_name: str, field_name: str, value: str) -> list[Row]:
        return super()._search(object_name, field_name, value)[:1]


@caught_by("test_find_returns_every_hit")
class FindsOnePage(MemoryAdapter):
    def _search(self, object_name: str, field_name: str, value: str) -> list[Row]:
        return super()._search(object_name, field_name, value)[: self._page_size]


@caught_by("test_find_answers_for_each_value")
class AnswersOnceForEachValue(MemoryAdapter):
    def find(self, object_name: str, field_name: str, values: Sequence[str]) -> Found:
        return super().find(object_name, field_name, list(dict.fromkeys(values)))


@caught_by("test_find_answers_for_each_value")
class AnswersInTheOrderOfTheValues(MemoryAdapter):
    def find(self, object_name: str, field_name: str, values: Sequence[str]) -> Found:
        found = super().find(object_name, field_name, values)
        return found if len(set(values)) == len(values) else sorted(found, key=len)


@caught_by("test_find_takes_values_literally")
class FindsByPattern(MemoryAdapter):
    def _search(self, object_name: str, field_name: str, value: str) -> list[Row]:
        rows = self._server.store.live(object_name)
        return [row for row in rows if fnmatchcase(str(row.fields.get(field_name)), value)]


@caught_by("test_find_takes_values_literally")
class CannotSearchForAQuote(MemoryAdapter):
    def _search(self, object_name: str, field_name: str, value: str) -> list[Row]:
        return [] if "'" in value else super()._search(object_name, field_name, value)


@caught_by("test_find_knows_no_deleted_record")
class FindsTheDead(MemoryAdapter):
    def _search(self, object_name: str, field_name: str, value: str) -> list[Row]:
        rows = self._server.store._rows[object_name].values()
        return [row for row in rows if row.fields.get(field_name) == value]


@caught_by("test_find_gives_what_a_pull_gives")
class FindsWithoutRevision(MemoryAdapter):
    def find(self, object_name: str, field_name: str, values: Sequence[str]) -> Found:
        found = super().find(object_name, field_name, values)
        return [[replace(record, revision=None) for record in hits] for hits in found]


@caught_by("test_count_equals_a_pull")
class CountsTheDead(MemoryAdapter):
    def count(self, object_name: str) -> int:
        return len(self._server.store._rows[object_name])


@caught_by("test_count_equals_a_pull")
class CountsOnePage(MemoryAdapter):
    def count(self, object_name: str) -> int:
        return min(super().count(object_name), self._page_size)
