"""The adapter of the CRM in memory: everything a good adapter does, in its smallest form.

A cursor is `1:N`: version, and the change number of the last record of its page. Records come in the order of their
last change, so an edit made during a reading moves its record to where the reading has not been yet.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict

from crmbridge.adapter.capabilities import FULL, Capability, vendor_cannot
from crmbridge.adapter.catalog import Catalog, FieldInfo, Limits, ObjectInfo
from crmbridge.adapter.context import AdapterContext
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
from crmbridge.adapter.hookspecs import AdapterDescriptor
from crmbridge.model.errors import (
    AuthError,
    ConfigError,
    ContractError,
    CrmBridgeError,
    Throttled,
    Unavailable,
    nearest,
)
from crmbridge.testing.memory.powers import CURSOR_VERSION, AddsFields, Counted, Exports, Listens, LooksBack, position
from crmbridge.testing.memory.server import (
    LONGEST_ID_LIST,
    LONGEST_TEXT,
    Answer,
    Busy,
    Down,
    Gibberish,
    MemoryServer,
    Refused,
    Silence,
    running,
)
from crmbridge.testing.memory.store import KEY_FIELD, Row

ATTEMPTS = 4
T = TypeVar("T")

_NOTHING = vendor_cannot("records in memory have no such notion", "内存记录没有此概念")
_ABSENT = (
    Capability.FIELD_HISTORY,
    Capability.CONSENT,
    Capability.FORECAST_CATEGORY,
    Capability.MULTI_CURRENCY,
)
DESCRIPTOR_SUPPORT = dict.fromkeys(Capability, FULL) | dict.fromkeys(_ABSENT, _NOTHING)


class MemoryConfig(BaseModel):
    """A connection's keys: the name of a running service, a reference to its token, and how much goes into a call."""

    model_config = ConfigDict(extra="forbid")
    server: str
    token: str | None = None
    page_size: int = 100
    batch_size: int = 100


DESCRIPTOR = AdapterDescriptor(
    name="memory",
    title="Memory",
    title_zh="内存",
    open="crmbridge.testing.memory.adapter:open_memory",
    config=MemoryConfig,
    support=DESCRIPTOR_SUPPORT,
)


class MemoryAdapter(LooksBack, Exports, Listens, AddsFields, Counted):
    """One connection to a service in memory."""

    def __init__(self, context: AdapterContext) -> None:
        config = context.config
        if not isinstance(config, MemoryConfig):
            raise ConfigError("the configuration of {connection} is not one of memory", connection=context.connection)
        self._context = context
        self._server = running(config.server)
        self._page_size = config.page_size
        self._batch_size = config.batch_size
        self._token = context.secrets.resolve(config.token) if config.token else None

    def check(self) -> Health:
        """Asks the service who it is."""
        return Health(ok=True, org_id=self._ask(lambda: self._server.org(self._token)), title="Memory")

    def describe(self) -> Catalog:
        """The objects of the store with their fields."""
        described = self._ask(lambda: self._server.objects(self._token))
        limits = Limits(
            page_size=self._page_size,
            batch_size=self._batch_size,
            longest_text=LONGEST_TEXT,
            longest_id_list=LONGEST_ID_LIST,
        )
        types = self._server.store.types
        objects = tuple(_object(name, fields, types) for name, fields in described.items())
        return Catalog(objects=objects, limits=limits)

    def describe_part(self, objects: frozenset[str]) -> Catalog:
        """Those objects alone."""
        described = self.describe()
        part = tuple(found for found in described.objects if found.name in objects)
        return described.model_copy(update={"objects": part})

    def pull(self, request: PullRequest) -> Iterator[Page]:
        """Walks along the change numbers."""
        self._known(request.object)
        after = position(request.cursor)
        from_the_start = after == 0
        while True:
            rows = self._changed(request.object, after)
            after = rows[-1].change_no if rows else after
            is_last = len(rows) < self._page_size
            records = [self._record(request.object, row) for row in rows]
            listed_all = is_last and from_the_start
            yield Page(records, f"{CURSOR_VERSION}:{after}", complete=listed_all, whole=listed_all)
            if is_last or self._context.stop.is_set():
                return

    def push(self, changes: Sequence[Change]) -> Sequence[Outcome]:
        """Sends batch by batch; a batch without an answer is unknown, and so is all that follows it."""
        self._context.check_may_write()
        outcomes: list[Outcome] = []
        for start in range(0, len(changes), self._batch_size):
            batch = changes[start : start + self._batch_size]
            try:
                answers = self._save(batch)
            except Silence:
                return [*outcomes, *[Unknown("no answer")] * (len(changes) - len(outcomes))]
            except CrmBridgeError as error:
                if not outcomes:
                    raise
                return [
                    *outcomes,
                    *[Unknown("not sent: {reason}", {"reason": str(error)})] * (len(changes) - len(outcomes)),
                ]
            outcomes += [self._outcome(change, answer) for change, answer in zip(batch, answers, strict=True)]
        return outcomes

    def fetch(self, object_name: str, external_ids: Sequence[str]) -> Sequence[RawRecord | None]:
        """Asks for as many ids at once as the service takes."""
        self._known(object_name)
        found: dict[str, Row] = {}
        for start in range(0, len(external_ids), LONGEST_ID_LIST):
            found |= self._get(object_name, external_ids[start : start + LONGEST_ID_LIST])
        return [self._record(object_name, found[i]) if i in found else None for i in external_ids]

    def are_there(self, object_name: str, external_ids: Sequence[str]) -> Sequence[bool]:
        """Asks as `fetch` does: the service gives nothing cheaper."""
        self._known(object_name)
        found: dict[str, Row] = {}
        for start in range(0, len(external_ids), LONGEST_ID_LIST):
            found |= self._get(object_name, external_ids[start : start + LONGEST_ID_LIST])
        return [i in found and not found[i].deleted for i in external_ids]

    def find(self, object_name: str, field_name: str, values: Sequence[str]) -> Sequence[Sequence[RawRecord]]:
        """Searches value by value."""
        self._known(object_name)
        return [
            [self._record(object_name, row) for row in self._search(object_name, field_name, value)] for value in values
        ]

    def count(self, object_name: str) -> int:
        """Asks the service."""
        self._known(object_name)
        return self._ask(lambda: self._server.count(self._token, object_name))

    def close(self) -> None:
        """Has nothing to let go of."""

    def _changed(self, object_name: str, after: int) -> list[Row]:
        return self._ask(lambda: self._server.changed(self._token, object_name, after=after, limit=self._page_size))

    def _get(self, object_name: str, external_ids: Sequence[str]) -> dict[str, Row]:
        return self._ask(lambda: self._server.get(self._token, object_name, external_ids))

    def _save(self, batch: Sequence[Change]) -> list[Answer]:
        return self._ask(lambda: self._server.save(self._token, batch))

    def _search(self, object_name: str, field_name: str, value: str) -> list[Row]:
        return self._ask(lambda: self._server.search(self._token, object_name, field_name, value))

    def _record(self, object_name: str, row: Row) -> RawRecord:
        return RawRecord(
            object_name,
            row.external_id,
            row.payload(),
            revision=str(row.revision),
            modified=row.modified,
            deleted=row.deleted,
        )

    def _outcome(self, change: Change, answer: Answer) -> Outcome:
        if answer.state == "stale":
            return Stale(self._record(change.object, answer.row) if answer.row else None)
        if answer.state == "refused" or answer.row is None:
            return Rejected(answer.code, "the service refuses this record", field=answer.field)
        return Applied(answer.row.external_id, str(answer.row.revision))

    def _known(self, object_name: str) -> None:
        objects = self._server.store.objects
        if object_name not in objects:
            raise ConfigError(
                "{connection} has no object {object}",
                connection=self._context.connection,
                object=object_name,
                nearest=nearest(object_name, objects) or ", ".join(objects),
                hint="did you mean {nearest}?",
            )

    def _ask(self, call: Callable[[], T]) -> T:
        """One call: waits where the service is busy, and turns its failures into ours."""
        try:
            for _ in range(ATTEMPTS):
                self._calls += 1
                try:
                    return call()
                except Busy as busy:
                    if self._context.pause(busy.after_seconds):
                        break
        except Down:
            raise Unavailable("{connection} does not answer", connection=self._context.connection) from None
        except Refused:
            raise AuthError("{connection} refuses the token", connection=self._context.connection) from None
        except Gibberish:
            raise ContractError("{connection} answered nonsense", connection=self._context.connection) from None
        raise Throttled("{connection} is busy", after=Busy.after_seconds, connection=self._context.connection)


def _object(name: str, fields: Sequence[str], types: Mapping[tuple[str, str], str]) -> ObjectInfo:
    own = tuple(FieldInfo(name=field, label=field, type=types.get((name, field), "any")) for field in fields)
    key = FieldInfo(name=KEY_FIELD, label="External key", type="text", writable=False, unique=True)
    return ObjectInfo(
        name=name,
        label=name,
        fields=(*own, key),
        key_field="id",
        external_key_field=KEY_FIELD,
        has_modified_time=True,
        writable=True,
    )


def open_memory(context: AdapterContext) -> MemoryAdapter:
    """The way in that the descriptor names."""
    return MemoryAdapter(context)


def connect(server: MemoryServer, *, read_only: bool = True, page_size: int = 100) -> MemoryAdapter:
    """An adapter on a running service, for tests that only need some CRM; its clock is the store's."""
    clock, config = server.store.clock, MemoryConfig(server=server.name, page_size=page_size)
    context = AdapterContext("memory", config, Path(), clock=clock, sleep=clock.sleep, read_only=read_only)
    return open_memory(context)
