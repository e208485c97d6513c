"""The service in front of a store in memory: checks the token, answers in batches, and fails as it is told to.

It stands for what a vendor runs; the adapter reaches the store through here only.
"""

import copy
import itertools
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from weakref import WeakValueDictionary

from crmbridge.adapter.contract import Change
from crmbridge.model.errors import ConfigError
from crmbridge.testing.memory.store import KEY_FIELD, MemoryStore, Move, Row, Tombstone

LONGEST_TEXT = 200_000
LONGEST_ID_LIST = 5
LONGEST_SUBSCRIPTION = timedelta(days=1)
SIGNATURE = "X-Memory-Signature"
"""The header of a notification that carries the HMAC-SHA256 of its body under the subscription's secret, in hex."""


class Mishap(StrEnum):
    """How one call goes wrong."""

    BUSY = "busy"
    NO_ANSWER = "no answer"
    NO_REQUEST = "no request"
    FINE = "fine"


class Busy(Exception):
    """Too many calls; `after_seconds` says when to come back."""

    after_seconds = 30.0


class Refused(Exception):
    """The token is not the store's."""


class Down(Exception):
    """No connection could be made: nothing was sent."""


class Silence(Exception):
    """Something was sent, and no answer came."""


class Gibberish(Exception):
    """The answer is not what this service speaks."""


_RUNNING: "WeakValueDictionary[str, MemoryServer]" = WeakValueDictionary()
_NUMBERS = itertools.count(1)


def running(name: str) -> "MemoryServer":
    """The service of that name, as long as somebody holds it."""
    server = _RUNNING.get(name)
    if server is None:
        raise ConfigError("there is no service {name} in memory", name=name)
    return server


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one change: `state` is done, refused or stale; `row` is how it stands now."""

    state: str
    row: Row | None
    code: str = ""
    field: str | None = None


@dataclass(slots=True)
class Job:
    """One export: everything of an object as it stood when it was ordered, ready after some questions about it."""

    rows: list[Row]
    change_no: int
    pending: int = 2
    is_failed: bool = False


@dataclass(slots=True)
class Channel:
    """One subscription."""

    url: str
    secret: str
    objects: frozenset[str]
    expires: datetime


@dataclass(slots=True, weakref_slot=True, eq=False)
class MemoryServer:
    """One service, reached by its name. `mishaps` are used up one a call; `is_down` and `is_garbled` last."""

    store: MemoryStore
    name: str = ""
    mishaps: deque[Mishap] = field(default_factory=deque)
    is_down: bool = False
    is_garbled: bool = False
    calls: int = 0
    jobs: dict[str, Job] = field(default_factory=dict)
    jobs_made: int = 0
    jobs_fail: int = 0
    channels: dict[str, Channel] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.name = self.name or f"memory-{next(_NUMBERS)}"
        _RUNNING[self.name] = self

    def org(self, token: str | None) -> str:
        """Who the account is."""
        self._enter(token)
        return self.store.org_id

    def objects(self, token: str | None) -> Mapping[str, Sequence[str]]:
        """The objects and their fields."""
        self._enter(token)
        return self.store.objects

    def changed(self, token: str | None, object_name: str, *, after: int, limit: int) -> list[Row]:
        """The live records changed after that change number, in the order of their changes."""
        self._enter(token)
        return [row for row in self.store.live(object_name) if row.change_no > after][:limit]

    def deleted(self, token: str | None, object_name: str, *, after: int, limit: int) -> list[Tombstone]:
        """The deletions after that change number, the oldest first."""
        self._enter(token)
        return [dead for dead in self.store.tombstones(object_name) if dead.change_no > after][:limit]

    def moves(self, token: str | None, object_name: str, *, after: int, limit: int) -> list[Move]:
        """The changes of stage after that change number, the oldest first."""
        self._enter(token)
        return [move for move in self.store.moves(object_name) if move.change_no > after][:limit]

    def order(self, token: str | None, object_name: str) -> str:
        """The name of a new export job."""
        self._enter(token)
        self.jobs_made += 1
        name = f"export-{self.jobs_made}"
        rows = [copy.deepcopy(row) for row in self.store.live(object_name)]
        self.jobs[name] = Job(rows, self.store.change_no, is_failed=self.jobs_fail > 0)
        self.jobs_fail = max(0, self.jobs_fail - 1)
        return name

    def job(self, token: str | None, name: str) -> Job | None:
        """How a job stands, a little further at each question; None where there is none of that name."""
        self._enter(token)
        job = self.jobs.get(name)
        if job is not None:
            job.pending = max(0, job.pending - 1)
        return job

    def watch(
        self, token: str | None, url: str, secret: str, objects: frozenset[str], known: str | None
    ) -> tuple[str, Channel]:
        """A subscription, made or renewed for a day from now, and its name."""
        self._enter(token)
        self.channels = {name: channel for name, channel in self.channels.items() if name != known}
        name = known or f"channel-{len(self.channels) + 1}"
        self.channels[name] = Channel(url, secret, objects, self.store.clock() + LONGEST_SUBSCRIPTION)
        return name, self.channels[name]

    def unwatch(self, token: str | None, name: str) -> None:
        """That subscription is no more."""
        self._enter(token)
        self.channels.pop(name, None)

    def add_field(self, token: str | None, object_name: str, field_name: str, type_name: str) -> None:
        """The object has a new field."""
        self._enter(token)
        self.store.writes += 1
        self.store.add_field(object_name, field_name, type_name)

    def get(self, token: str | None, object_name: str, external_ids: Sequence[str]) -> dict[str, Row]:
        """The records under at most five ids, deleted ones too; missing ones are left out."""
        self._enter(token)
        if len(external_ids) > LONGEST_ID_LIST:
            raise Gibberish
        found = ((external_id, self.store.row(object_name, external_id)) for external_id in external_ids)
        return {external_id: row for external_id, row in found if row}

    def search(self, token: str | None, object_name: str, field_name: str, value: str) -> list[Row]:
        """The live records whose field is that value."""
        self._enter(token)
        return [row for row in self.store.live(object_name) if row.fields.get(field_name) == value]

    def count(self, token: str | None, object_name: str) -> int:
        """How many live records there are."""
        self._enter(token)
        return len(self.store.live(object_name))

    def save(self, token: str | None, changes: Sequence[Change]) -> list[Answer]:
        """Creates, updates and deletes: one answer for each change, in the same order."""
        mishap = self._enter(token)
        if mishap is Mishap.NO_REQUEST:
            raise Silence
        answers = [self._save(change) for change in changes]
        if mishap is Mishap.NO_ANSWER:
            raise Silence
        return answers

    def _save(self, change: Change) -> Answer:
        refusal = self._refusal(change)
        if refusal:
            return refusal
        if change.external_id is None:
            return Answer("done", self._create(change))
        self.store.writes += 1
        if change.delete:
            self.store.delete(change.object, change.external_id)
        else:
            self.store.edit(change.object, change.external_id, change.fields)
        return Answer("done", self.store.row(change.object, change.external_id))

    def _create(self, change: Change) -> Row | None:
        made = self.store.with_key(change.object, change.key)
        if made:
            return made
        self.store.writes += 1
        return self.store.row(change.object, self.store.put(change.object, {**change.fields, KEY_FIELD: change.key}))

    def _refusal(self, change: Change) -> Answer | None:
        if change.external_id is not None:
            row = self.store.row(change.object, change.external_id)
            if row is None or row.deleted:
                return Answer("refused", None, "no_such_record")
            if change.base_revision not in {None, str(row.revision)}:
                return Answer("stale", row)
        for name, value in change.fields.items():
            if name not in self.store.objects[change.object]:
                return Answer("refused", None, "no_such_field", name)
            if isinstance(value, str) and len(value) > LONGEST_TEXT:
                return Answer("refused", None, "too_long", name)
        return None

    def _enter(self, token: str | None) -> Mishap:
        self.calls += 1
        if self.is_down:
            raise Down
        if token != self.store.token:
            raise Refused
        mishap = self.mishaps.popleft() if self.mishaps else Mishap.FINE
        if mishap is Mishap.BUSY:
            raise Busy
        if self.is_garbled:
            raise Gibberish
        return mishap
