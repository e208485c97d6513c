"""A CRM in memory whose every habit can be set: what it lists, what it forgets, where it fails."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from crmbridge.adapter.catalog import Catalog, FieldInfo, Limits, ObjectInfo, PicklistValue, PipelineInfo
from crmbridge.adapter.contract import (
    Adapter,
    Health,
    HistoryPage,
    Page,
    Problem,
    PullRequest,
    RawRecord,
    Spent,
    StageChange,
)
from crmbridge.model.errors import Unavailable
from crmbridge.testing.memory import MemoryStore, Row
from crmbridge.testing.memory.powers import stage_change, tombstone

OBJECTS = {
    "users": ("name",),
    "managers": ("name",),
    "accounts": ("name", "reg", "phone", "owner"),
    "deals": ("name", "stage", "amount", "close", "owner", "account"),
}


@dataclass
class Crm:
    """A store and its habits.

    `lists` gives everything at every pull and says so; otherwise only what changed, tombstones among it. `errors`
    are raised when an object is pulled, `late_errors` after its first page. `lost` fields are left out of payloads,
    `hidden` records out of listings; another `edition` makes a listing be read again. With `feeds` it lists
    deletions and history too (`feed_errors` by "deleted:OBJECT" or "history:OBJECT", `untimed` deletions say no
    time), and tells what it spent; `broken_after` so many pages of history it goes away. `pipelines` and the options
    of `picklists` are described.
    With `selects` it sends only the fields that it is asked for.
    """

    store: MemoryStore = field(default_factory=lambda: MemoryStore(OBJECTS, stage_fields={"deals": "stage"}))
    lists: bool = False
    fetches: bool = True
    feeds: bool = False
    selects: bool = False
    untimed: bool = False
    feed_errors: dict[str, Exception] = field(default_factory=dict)
    notices: list[Problem] = field(default_factory=list)
    alter: Callable[[StageChange], StageChange] | None = None
    page_size: int = 3
    org_id: str = "org-1"
    health: Health | None = None
    check_error: Exception | None = None
    errors: dict[str, Exception] = field(default_factory=dict)
    late_errors: dict[str, BaseException] = field(default_factory=dict)
    unreadable: frozenset[str] = frozenset()
    lost: frozenset[str] = frozenset()
    problems: dict[str, list[Problem]] = field(default_factory=dict)
    extra: dict[str, list[RawRecord]] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)
    edition: int = 0
    is_backwards: bool = False
    tamper: Callable[[Page], Page] | None = None
    calls: list[tuple[str, object]] = field(default_factory=list)
    before_page: Callable[[], object] | None = None
    broken_after: dict[str, int] = field(default_factory=dict)
    spent: int = 0
    asked: list[PullRequest] = field(default_factory=list)
    pipelines: tuple[PipelineInfo, ...] = ()
    picklists: dict[tuple[str, str], tuple[PicklistValue, ...]] = field(default_factory=dict)

    def open(self) -> Adapter:
        if self.feeds:
            return FeedingAdapter(self) if self.fetches else ListingAdapter(self)
        return FetchingAdapter(self) if self.fetches else PlainAdapter(self)

    def rows(self, object_name: str) -> list[Row]:
        every = self.store._rows[object_name].values()
        return sorted(every, key=lambda row: row.change_no, reverse=self.is_backwards)

    def record(self, object_name: str, row: Row) -> RawRecord:
        payload = {name: value for name, value in row.payload().items() if name not in self.lost}
        modified = None if row.fields.get("undated") else row.modified
        revision = str(row.revision)
        place = f"{object_name}.csv:{row.change_no}"
        return RawRecord(object_name, row.external_id, payload, revision, modified, row.deleted, place)


class PlainAdapter:
    """Cannot be asked by id."""

    def __init__(self, crm: Crm) -> None:
        self.crm = crm
        self.closed = 0

    def check(self) -> Health:
        self.crm.calls.append(("check", None))
        if self.crm.check_error is not None:
            raise self.crm.check_error
        return self.crm.health or Health(ok=True, org_id=self.crm.org_id, title="Books Ltd")

    def describe(self) -> Catalog:
        self.crm.calls.append(("describe", None))
        return Catalog(
            limits=Limits(page_size=self.crm.page_size, batch_size=1),
            pipelines=self.crm.pipelines,
            objects=tuple(
                ObjectInfo(
                    name=name,
                    label=name,
                    fields=tuple(
                        FieldInfo(name=f, label=f, type="text", picklist=self.crm.picklists.get((name, f), ()))
                        for f in fields
                    ),
                    readable=name not in self.crm.unreadable,
                    note="no permission" if name in self.crm.unreadable else None,
                )
                for name, fields in self.crm.store.objects.items()
            ),
        )

    def pull(self, request: PullRequest) -> Iterator[Page]:
        crm, name = self.crm, request.object
        crm.calls.append(("pull", name))
        crm.asked.append(request)
        if name in crm.errors:
            raise crm.errors[name]
        crm.spent += 1
        for number, page in enumerate(self._pages(request)):
            if crm.selects and request.fields is not None:
                asked = [replace(r, payload=_only(r.payload, request.fields)) for r in page.records]
                page = replace(page, records=asked)  # noqa: PLW2901 - what is sent of it
            if number and name in crm.late_errors:
                raise crm.late_errors[name]
            if crm.before_page is not None:
                crm.before_page()
            yield crm.tamper(page) if crm.tamper else page

    def _pages(self, request: PullRequest) -> Iterator[Page]:
        return self._listing(request) if self.crm.lists else self._changes(request)

    def _listing(self, request: PullRequest) -> Iterator[Page]:
        """Everything at every pull, unless nothing changed since the last; it goes on where it was interrupted."""
        crm, name = self.crm, request.object
        state = f"{max((row.change_no for row in crm.rows(name)), default=0)}.{len(crm.hidden)}.{crm.edition}"
        known, _, at = (request.cursor or ":0").partition(":")
        if known == state and at == "end":
            yield Page((), f"{state}:end")
            return
        rows = [row for row in crm.rows(name) if not row.deleted and row.external_id not in crm.hidden]
        records = [crm.record(name, row) for row in rows] + crm.extra.get(name, [])
        start = int(at) if known == state else 0
        for first in range(start, max(len(records), start + 1), crm.page_size):
            is_last = first + crm.page_size >= len(records)
            ends = is_last and start == 0
            cursor = f"{state}:{'end' if is_last else first + crm.page_size}"
            problems = crm.problems.get(name, []) if is_last else ()
            yield Page(records[first : first + crm.page_size], cursor, problems, complete=ends, whole=ends)

    def _changes(self, request: PullRequest) -> Iterator[Page]:
        """What changed after the cursor, deletions too."""
        crm, name = self.crm, request.object
        after = int(request.cursor or 0)
        rows = [row for row in crm.rows(name) if row.change_no > after and not (crm.feeds and row.deleted)]
        top = max((row.change_no for row in rows), default=after)
        records = [crm.record(name, row) for row in rows] + crm.extra.get(name, [])
        for first in range(0, max(len(records), 1), crm.page_size):
            last = first + crm.page_size
            is_last = last >= len(records)
            cursor = top if is_last else rows[last - 1].change_no
            problems = crm.problems.get(name, []) if is_last else ()
            yield Page(records[first:last], str(cursor), problems, whole=is_last and request.cursor is None)

    def close(self) -> None:
        self.crm.calls.append(("close", None))


class FetchingAdapter(PlainAdapter):
    """Can be asked by id."""

    def fetch(self, object_name: str, external_ids: Sequence[str]) -> Sequence[RawRecord | None]:
        self.crm.calls.append(("fetch", list(external_ids)))
        rows = [self.crm.store.row(object_name, external_id) for external_id in external_ids]
        return [None if row is None or row.deleted else self.crm.record(object_name, row) for row in rows]


class ListingAdapter(PlainAdapter):
    """Lists deletions and history, a page at a time, and tells what it spent."""

    def list_deleted(self, request: PullRequest) -> Iterator[Page]:
        crm, name = self.crm, request.object
        self._enter("deleted", name)
        after = int(request.cursor or 0)
        told = [tombstone(name, one) for one in crm.store.tombstones(name) if one.change_no > after]
        numbers = [one.change_no for one in crm.store.tombstones(name) if one.change_no > after]
        if crm.untimed:
            told = [replace(record, modified=None) for record in told]
        for first in range(0, max(len(told), 1), crm.page_size):
            last = numbers[first : first + crm.page_size]
            yield Page(told[first : first + crm.page_size], str(last[-1] if last else after), notices=crm.notices)

    def list_history(self, request: PullRequest) -> Iterator[HistoryPage]:
        crm, name = self.crm, request.object
        self._enter("history", name)
        after = int(request.cursor or 0)
        moves = [move for move in crm.store.moves(name) if move.change_no > after]
        for first in range(0, max(len(moves), 1), crm.page_size):
            page = moves[first : first + crm.page_size]
            if first // crm.page_size == crm.broken_after.get("history:deals"):
                raise Unavailable("the source went away")
            changes = [crm.alter(stage_change(move)) if crm.alter else stage_change(move) for move in page]
            yield HistoryPage(changes, str(page[-1].change_no if page else after), notices=crm.notices)

    def spent(self) -> Spent:
        return Spent(self.crm.spent, 10 * self.crm.spent, 1000 - self.crm.spent)

    def _enter(self, feed: str, name: str) -> None:
        self.crm.calls.append((feed, name))
        self.crm.spent += 1
        if error := self.crm.feed_errors.get(f"{feed}:{name}"):
            raise error


class FeedingAdapter(FetchingAdapter, ListingAdapter):
    """Can be asked by id too."""


def _only(payload: Mapping[str, object], fields: frozenset[str]) -> dict[str, object]:
    return {name: payload.get(name) for name in ("id", *sorted(fields))}
