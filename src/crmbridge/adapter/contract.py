"""What an adapter is, and the optional powers it may have.

An adapter returns the vendor's records verbatim; what they mean is decided by the mapping, in the core. It is
synchronous and used by one thread at a time; pages come from a generator, so nothing is read before it is wanted.

Errors that may leave: AuthError, ScopeError, TransientError (and its children), ConfigError, ContractError. One bad
record is never an exception: it is a `Problem` on its page, or a `Rejected` outcome.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol, runtime_checkable

from pydantic import JsonValue

from crmbridge.adapter.catalog import Catalog

CONTRACT_VERSION = 1
"""The core accepts adapters of this version and of the one before."""

MAX_CURSOR_BYTES = 4096

Payload = Mapping[str, object]
"""A vendor's record as JSON values; numbers with a fraction are Decimal, never float.

Absent is not null: a field that is there and empty is empty, a field that is not there says nothing and keeps its
earlier value. A vendor that leaves out empty fields has them filled in by its adapter.
"""


@dataclass(frozen=True, slots=True)
class Health:
    """What `check` found. `org_id` pins the account behind the credentials; `problems` are for a person."""

    ok: bool
    org_id: str
    title: str
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PullRequest:
    """One object to read: everything after `cursor`, or everything there is where it is None.

    `fields` are the vendor fields that the mapping needs, `None` all of them. An adapter may return more.
    """

    object: str
    cursor: str | None = None
    fields: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class RawRecord:
    """One vendor record. `revision` is what a later write may be conditional on; `modified` is the vendor's time.

    `position` says where it stood (a line of a file), for messages.
    """

    object: str
    external_id: str
    payload: Payload
    revision: str | None = None
    modified: datetime | None = None
    deleted: bool = False
    position: str | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing on a page that is no record: it goes to quarantine with its place, the reading goes on.

    `message` is a template over `params`, in English; `raw` is what stood there, as far as it can be shown.
    """

    code: str
    message: str
    params: Mapping[str, object] = field(default_factory=dict)
    position: str | None = None
    field: str | None = None
    external_id: str | None = None
    raw: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Some records and the cursor after them.

    Law of the cursor: an opaque text of at most 4 KiB that the adapter versions itself. Resuming from it yields
    everything after this page, perhaps some of it again, never less. `complete` is true on the last page of a
    reading that listed everything there is (only then can an absent record even be asked about). `whole` is true on
    the last page of a pull that began at the beginning: a problem without an id that it did not meet again is gone.
    `notices` tell a person about the source: it lost a column, it is unchanged.
    """

    records: Sequence[RawRecord]
    cursor: str
    problems: Sequence[Problem] = ()
    complete: bool = False
    whole: bool = False
    notices: Sequence[Problem] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """One write. `fields` are vendor names with what changed; `None` empties a field, an absent one stays.

    `external_id` None creates; `key` is the correlation key, written to the vendor where it has a field for it, so
    that a second create with the same key finds the first. With `base_revision` the write must be refused as Stale
    where the record has moved on. `delete` removes the record.
    """

    key: str
    object: str
    external_id: str | None
    fields: Mapping[str, JsonValue]
    base_revision: str | None = None
    delete: bool = False


@dataclass(frozen=True, slots=True)
class Applied:
    """The vendor has it."""

    external_id: str
    revision: str | None = None


@dataclass(frozen=True, slots=True)
class Rejected:
    """The vendor refused this record, and said why; sending it again unchanged will not help."""

    code: str
    message: str
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Stale:
    """The record has moved since `base_revision`; nothing was written."""

    current: RawRecord | None


@dataclass(frozen=True, slots=True)
class Unknown:
    """No answer: it may or may not have happened. Settled by looking, never by sending again."""

    reason: str


Outcome = Applied | Rejected | Stale | Unknown


@runtime_checkable
class Adapter(Protocol):
    """The whole mandatory surface."""

    def check(self) -> Health:
        """Whether the source answers and who it is: cheap, honest, no writes."""
        ...

    def describe(self) -> Catalog:
        """Objects, fields, picklists, pipelines, users, limits: stable between two calls without a change."""
        ...

    def pull(self, request: PullRequest) -> Iterator[Page]:
        """The pages of one object. Always at least one page, so that the cursor is known; stops between pages."""
        ...

    def close(self) -> None:
        """Lets go of everything; harmless twice."""
        ...


@runtime_checkable
class Writes(Protocol):
    """Writes records."""

    def push(self, changes: Sequence[Change]) -> Sequence[Outcome]:
        """One outcome for each change, in the same order. Raises only when no record at all was tried."""
        ...


@runtime_checkable
class Fetches(Protocol):
    """Reads records by id."""

    def fetch(self, object_name: str, external_ids: Sequence[str]) -> Sequence[RawRecord | None]:
        """One answer for each id, in the same order; None where the vendor says that there is no such record."""
        ...


@runtime_checkable
class Finds(Protocol):
    """Finds records by a natural or external key."""

    def find(self, object_name: str, field_name: str, values: Sequence[str]) -> Sequence[Sequence[RawRecord]]:
        """For each value, in the same order, the records whose field is exactly that; empty where there are none."""
        ...


@runtime_checkable
class Counts(Protocol):
    """Counts records."""

    def count(self, object_name: str) -> int:
        """How many live records a full pull would yield."""
        ...


@runtime_checkable
class ListsDeleted(Protocol):
    """Lists what was deleted."""

    def list_deleted(self, request: PullRequest) -> Iterator[Page]:
        """The pages of deletions after the cursor, each record with `deleted` true."""
        ...


@runtime_checkable
class ListsHistory(Protocol):
    """Lists past changes of stage."""

    def list_history(self, request: PullRequest) -> Iterator[Page]:
        """The pages of stage changes after the cursor."""
        ...


@runtime_checkable
class BulkReads(Protocol):
    """Reads a whole object by an export job."""

    def bulk_read(self, request: PullRequest) -> Iterator[Page]:
        """The same records that a full pull would yield."""
        ...


@runtime_checkable
class Receives(Protocol):
    """Takes the vendor's notifications."""

    def receive(self, headers: Mapping[str, str], body: bytes) -> Sequence[tuple[str, str]]:
        """The (object, external id) pairs that a genuine notification speaks of; AuthError for any other."""
        ...


@runtime_checkable
class ManagesSchema(Protocol):
    """Makes the fields that crmbridge needs."""

    def ensure_field(self, object_name: str, field_name: str, kind: Literal["text", "number", "date"]) -> str:
        """The vendor's name of the field, made where it was missing."""
        ...
