"""The adapter of a simulated CRM: everything that the contract asks of one whose lists lag and whose answers get lost.

A cursor is JSON: `high`, the latest time that a reading saw and the next one begins before, by more than any list lags;
`from`, where this reading began; `at`, the last record of this page; and the number of the page, so that each cursor is
another. A CRM without a feed of deletions is listed as a whole each time.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import orjson
from pydantic import JsonValue

from crmbridge.adapter.catalog import Catalog, FieldInfo, Limits, ObjectInfo
from crmbridge.adapter.contract import (
    Applied,
    Change,
    Health,
    Outcome,
    Page,
    PullRequest,
    RawRecord,
    Rejected,
    Stale,
    Unknown,
)
from crmbridge.model.errors import Unavailable
from crmbridge.model.instants import from_us, to_us
from crmbridge.testing.world.crm import SECOND_US, Crm, Late, Row, Version
from crmbridge.testing.world.gate import Gate
from crmbridge.testing.world.habits import FIELDS, KEY, MARK

OBJECT = "companies"
OVERLAP_US = 60 * SECOND_US
"""More than any list lags behind."""
SHORTEST_OUTAGE_S, LONGEST_OUTAGE_S = 20.0, 240.0
LATEST_S = 60.0
"""A record that was made without an answer is there by then, or never will be; so it is with one that was deleted."""
LATEST_UPDATE_S = 300.0
"""So late an update may still land."""


class WorldAdapter:
    """One connection to a simulated CRM. `names` are the CRM's own names of our fields."""

    def __init__(self, crm: Crm, gate: Gate, names: Mapping[str, str]) -> None:
        self._crm, self._gate, self._names = crm, gate, names
        self._ours = {vendor: name for name, vendor in names.items()}

    def check(self) -> Health:
        """Who the account is."""
        self._ask("check")
        self._gate.after("check")
        return Health(ok=True, org_id=f"org-{self._crm.name}", title=self._crm.name)

    def describe(self) -> Catalog:
        """One object."""
        self._ask("describe")
        fields = tuple(FieldInfo(name=name, label=name, type="text") for name in self._names.values())
        found = ObjectInfo(
            name=OBJECT,
            label=OBJECT,
            fields=fields,
            external_key_field=self._names[KEY],
            has_modified_time=True,
            writable=True,
        )
        self._gate.after("describe")
        return Catalog(objects=(found,), limits=Limits(page_size=100, batch_size=100))

    def pull(self, request: PullRequest) -> Iterator[Page]:
        """Goes along the times of the records, as the lists show them; in another order where the gate has one."""
        return self._pages(request) if self._gate.order is None else self._mixed(list(self._pages(request)))

    def _mixed(self, pages: Sequence[Page]) -> Iterator[Page]:
        """The same records in any order, on as many pages of the same sizes."""
        records = [record for page in pages for record in page.records]
        if self._gate.order is not None:
            self._gate.order.shuffle(records)
        for page in pages:
            size = len(page.records)
            yield replace(page, records=records[:size])
            records = records[size:]

    def _pages(self, request: PullRequest) -> Iterator[Page]:
        told_before = orjson.loads(request.cursor or "{}")
        cursor = {} if self._gate.is_again else told_before
        whole = not self._crm.habits.has_feed
        since = 0 if whole else self.since(cursor)
        at = cursor.get("at") if cursor else None
        since, high = (cursor["from"] if at else since), told_before.get("high", 0)
        from_the_start, number, handed = at is None, int(told_before.get("n", 0)), dict[str, int]()
        while True:
            self._ask("pull")
            rows = self._listed(since, at)
            if rows and self._gate.fate("empty"):
                rows = []
            page = rows[: self._crm.habits.page_size]
            is_last, number = len(page) == len(rows), number + 1
            at = [page[-1][1].at_us, page[-1][0].external_id] if page else at
            high = self.high(high, [version.at_us for _, version in page])
            told: dict[str, object] = {"n": number, "high": high, "from": since, "at": None if is_last else at}
            records = [self._record(row, version) for row, version in page]
            handed |= {row.external_id: version.at_us for row, version in page}
            self._gate.handed[self._crm.name, _json(told)] = dict(handed)
            self._gate.after("pull")
            yield Page(records, _json(told), complete=is_last and from_the_start and whole)
            if is_last:
                return

    def since(self, cursor: Mapping[str, int]) -> int:
        """Where a reading begins that goes on from the end of another."""
        return int(cursor.get("high", 0)) - OVERLAP_US

    def high(self, before: int, times: Sequence[int]) -> int:
        """The latest time that the CRM itself has told."""
        return max([before, *times])

    def push(self, changes: Sequence[Change]) -> Sequence[Outcome]:
        """Batch by batch; after one without an answer, the others were not sent."""
        outcomes: list[Outcome] = []
        size = self._crm.habits.batch_size
        for start in range(0, len(changes), size):
            try:
                self._ask("push", "fail_write")
            except Unavailable:
                if not outcomes:
                    raise
                break
            answers, is_heard = self._batch(changes[start : start + size])
            outcomes += answers
            if not is_heard:
                self._crm.line.failed()
            self._gate.after("push")
            if not is_heard:
                break
        return [*outcomes, *[Unknown("not sent")] * (len(changes) - len(outcomes))]

    def fetch(self, _object_name: str, external_ids: Sequence[str]) -> Sequence[RawRecord | None]:
        """The records as they are now."""
        self._ask("fetch")
        rows = [self._crm.get(external_id) for external_id in external_ids]
        missing = [one for one, row in zip(external_ids, rows, strict=True) if row is None]
        self._crm.chronicle.ask("fetch", self._crm.name, missing)
        found = [None if row is None else self._record(row, row.now) for row in rows]
        self._gate.after("fetch")
        return found

    def find(self, _object_name: str, field_name: str, values: Sequence[str]) -> Sequence[Sequence[RawRecord]]:
        """By the external key, as far as the index has come."""
        self._ask("find")
        name, now_us = self._ours[field_name], to_us(self._crm.clock())
        shown = [(row, version) for row in self._crm.live() if (version := row.shown(now_us)) is not None]
        found = [[self._record(r, r.now) for r, version in shown if version.fields.get(name) == v] for v in values]
        self._gate.after("find")
        return found

    def close(self) -> None:
        """Nothing is held."""

    # -- inside

    def _ask(self, what: str, fault: str = "fail") -> None:
        """One call leaves and is taken; Unavailable where the breaker, an outage or that fault is in its way."""
        line = self._crm.line
        line.ask()
        self._gate.before(what, self._crm.name)
        if not line.is_away and self._gate.fate("outage"):
            line.leave(SHORTEST_OUTAGE_S + self._gate.rng.random() * (LONGEST_OUTAGE_S - SHORTEST_OUTAGE_S))
        if line.is_away or self._gate.fate(fault):
            raise line.failed()
        line.answered()
        if what != "fetch":
            self._crm.chronicle.ask(what, self._crm.name)

    def _listed(self, since: int, at: Sequence[object] | None) -> list[tuple[Row, Version]]:
        now_us = to_us(self._crm.clock())
        shown = [(row, version) for row in self._crm.rows.values() if (version := row.shown(now_us)) is not None]
        rows = [(r, v) for r, v in shown if not v.is_deleted and not r.now.is_deleted and v.at_us >= since]
        rows.sort(key=lambda one: (one[1].at_us, one[0].external_id))
        return [(r, v) for r, v in rows if at is None or [v.at_us, r.external_id] > list(at)]

    def _batch(self, batch: Sequence[Change]) -> tuple[list[Outcome], bool]:
        fate = self._gate.fate("lost", "unanswered", "late")
        answers = [self._one(change, fate, is_alone=len(batch) == 1) for change in batch]
        return answers, fate is None

    def _one(self, change: Change, fate: str | None, *, is_alone: bool) -> Outcome:
        if fate is None and not is_alone and self._gate.strikes("partial"):
            self._gate.struck("partial")
            fate = self._gate.rng.choice(["lost", "unanswered", "late"])
        if fate == "lost":
            return Unknown("no answer")
        fields = {self._ours[name]: _text(value) for name, value in change.fields.items()}
        if change.external_id is None:
            fields[KEY] = change.key
        if fate == "late":
            self._delay(change, fields)
            return Unknown("no answer")
        found = self._take(change, fields)
        if fate is not None:
            return Unknown("no answer")
        if isinstance(found, Applied):
            row = self._crm.rows[found.external_id]
            self._crm.tell(row, row.now, is_read=False)
        return found

    def _delay(self, change: Change, fields: dict[str, str | None]) -> None:
        if self._crm.refuses(fields) is None:
            latest_s = LATEST_S if change.external_id is None or change.delete else LATEST_UPDATE_S
            due_us = to_us(self._crm.clock()) + int(self._gate.rng.random() * latest_s * SECOND_US)
            calls = len(self._crm.chronicle.calls)
            late = Late(due_us, change.external_id, fields, change.base_revision, change.delete, calls)
            self._crm.late.append(late)

    def _take(self, change: Change, fields: dict[str, str | None]) -> Outcome:
        refused = self._crm.refuses(fields)
        if refused is not None:
            return Rejected("SPOILT", "{field} may not hold that", {"field": refused}, field=self._names[refused])
        if change.external_id is not None and not self._crm.habits.is_conditional and change.base_revision is not None:
            row = self._crm.get(change.external_id)  # looks first, since the CRM does not
            if row is not None and self._crm.is_moved(row, change.base_revision):
                return Stale(self._record(row, row.now))
        found = self._crm.take(change.external_id, fields, change.base_revision, is_delete=change.delete)
        if isinstance(found, Row):
            return Applied(found.external_id, self._crm.revision(found.now))
        if found == "stale" and change.external_id is not None:
            now = self._crm.get(change.external_id)
            return Stale(None if now is None else self._record(now, now.now))
        return Rejected("GONE", "there is no such record")

    def _record(self, row: Row, version: Version) -> RawRecord:
        self._crm.tell(row, version)
        payload: dict[str, JsonValue] = {"id": row.external_id}
        payload |= {self._names[name]: version.fields.get(name) for name in (MARK, *FIELDS, KEY)}
        revision, modified = self._crm.revision(version), self._crm.modified(version)
        return RawRecord(OBJECT, row.external_id, payload, revision, modified)


class FeedAdapter(WorldAdapter):
    """Of a CRM that lists what was deleted."""

    def list_deleted(self, request: PullRequest) -> Iterator[Page]:
        """Every deletion from a little before the last one that was told."""
        cursor = orjson.loads(request.cursor or "{}")
        self._ask("deleted")
        now_us = to_us(self._crm.clock())
        dead = [
            (row.external_id, version.at_us)
            for row in self._crm.rows.values()
            for version in row.versions
            if version.is_deleted and version.shown_us <= now_us and version.at_us >= self.since(cursor)
        ]
        if dead and self._gate.fate("empty"):
            dead = []
        high = max([int(cursor.get("high", 0)), *(at_us for _, at_us in dead)])
        records = [RawRecord(OBJECT, i, {}, None, from_us(at_us), deleted=True) for i, at_us in sorted(dead)]
        told: dict[str, object] = {"n": int(cursor.get("n", 0)) + 1, "high": high}
        self._gate.after("deleted")
        yield Page(records, _json(told))


def adapter(crm: Crm, gate: Gate, names: Mapping[str, str]) -> WorldAdapter:
    """The adapter that fits a CRM."""
    return FeedAdapter(crm, gate, names) if crm.habits.has_feed else WorldAdapter(crm, gate, names)


def _text(value: JsonValue) -> str | None:
    return None if value is None else str(value)


def _json(told: Mapping[str, object]) -> str:
    return orjson.dumps(told).decode()
