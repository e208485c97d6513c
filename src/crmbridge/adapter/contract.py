"""What an adapter is, and the optional powers it may have.

An adapter returns the vendor's records verbatim; what they mean is decided by the mapping, in the core. It is
synchronous and used by one thread at a time; pages come from a generator, so nothing is read before it is wanted.

Errors that may leave: AuthError, ScopeError, TransientError (and its children), ConfigError, ContractError. One bad
record is never an exception: it is a `Problem` on its page, or a `Rejected` outcome.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol, Self, runtime_checkable

from pydantic import JsonValue

from crmbridge.adapter.catalog import Catalog
from crmbridge.model.errors import CrmBridgeError, render

FIRST_CONTRACT_VERSION = 1
CONTRACT_VERSION = 1
"""Grows where an adapter that was right would be wrong. The core accepts this version and the one before."""


def accepted_versions() -> range:
    """The versions of the contract that this core accepts: its own and the one before, where there was one."""
    return range(max(FIRST_CONTRACT_VERSION, CONTRACT_VERSION - 1), CONTRACT_VERSION + 1)


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
    `reached` is asked only of an adapter that `reads_apart`: this very pull has come to the page with that cursor
    already, in another process, and only the pages after it are wanted, as they would have been. Unavailable where
    the source is no longer what it was.
    """

    object: str
    cursor: str | None = None
    fields: frozenset[str] | None = None
    reached: str | None = None


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


FIELDS_MISSING = frozenset({"read.field_missing"})
"""The codes of notices that say that the source has no such field as was asked for: `field` of `object`.

The reading goes on, and what the field gave before stays. Where an earlier catalog had it, a person must look: the run
ends with exit code 3.
"""


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
    """The vendor refused this record, and said why; sending it again unchanged will not help.

    `message` and `hint`, what a person can do about it, are templates over `params`, in English; `params` hold plain
    values, the vendor's own words among them.
    """

    code: str
    message: str
    params: Mapping[str, object] = field(default_factory=dict)
    field: str | None = None
    hint: str | None = None

    def __str__(self) -> str:
        text = render(self.message, dict(self.params))
        return f"{text} ({render(self.hint, dict(self.params))})" if self.hint else text

    @classmethod
    def by(cls, error: CrmBridgeError, *, at: str | None = None) -> Self:
        """The refusal of a record because of an error, in its words; `at` is the field it is about."""
        return cls(error.code, error.message, dict(error.context), at, error.hint)


@dataclass(frozen=True, slots=True)
class Stale:
    """The record has moved since `base_revision`; nothing was written."""

    current: RawRecord | None


@dataclass(frozen=True, slots=True)
class Unknown:
    """No answer: it may or may not have happened. Settled by looking, never by sending again.

    `reason` is a template over `params`, in English.
    """

    reason: str
    params: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return render(self.reason, dict(self.params))

    @classmethod
    def by(cls, error: CrmBridgeError) -> Self:
        """The doubt about a record because of an error, in its words."""
        return cls(error.message, dict(error.context))


Outcome = Applied | Rejected | Stale | Unknown


@dataclass(frozen=True, slots=True)
class StageChange:
    """One past change of a record's stage, as the vendor keeps it.

    `change_id` is the same whenever this change is listed and no other of the object has it. Labels are the vendor's
    own, ids or words, as its records carry them. `at` None means that the vendor does not say when; `precision` how
    exactly it says it. `from_label` None means not told, and `modified` is when this line of history itself was last
    touched, where that is another time than `at`.
    """

    record_id: str
    change_id: str
    to_label: str
    at: datetime | None
    from_label: str | None = None
    pipeline: str | None = None
    by: str | None = None
    precision: Literal["exact", "day"] = "exact"
    modified: datetime | None = None


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """Some changes of stage and the cursor after them, under the law of the cursor.

    `complete` is true on the last page of a listing that began at the beginning and gave all the history there is.
    """

    changes: Sequence[StageChange]
    cursor: str
    problems: Sequence[Problem] = ()
    complete: bool = False
    notices: Sequence[Problem] = ()


@dataclass(frozen=True, slots=True)
class SubscriptionRequest:
    """What is asked of a vendor that tells of changes: to call `url`, with `secret` to know it by, about `objects`.

    `known` is the state of the subscription that this one renews, None for the first.
    """

    url: str
    secret: str
    objects: frozenset[str]
    known: str | None = None


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscription as the vendor granted it.

    `state` is a text that the adapter alone reads, of at most 4 KiB and without the secret; `expires` is when the
    vendor will stop, None where it never does. `notices` tell what it did not grant.
    """

    state: str
    expires: datetime | None = None
    notices: Sequence[Problem] = ()


@dataclass(frozen=True, slots=True)
class Spent:
    """What an adapter has used since it was opened: calls, and the vendor's credits.

    `credits_left` is what the account has left, None where nobody knows; `returns_at` is when more will be there.
    """

    calls: int
    credits: int = 0
    credits_left: int | None = None
    returns_at: datetime | None = None


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


DELETIONS_UNTOLD = frozenset({"deleted.capped", "deleted.forgotten"})
"""The codes of notices that say that a list of deletions has a gap: it holds no more, or does not go back so far."""


@runtime_checkable
class ListsDeleted(Protocol):
    """Lists what was deleted."""

    def list_deleted(self, request: PullRequest) -> Iterator[Page]:
        """The pages of deletions after the cursor: records with `deleted` true, an empty payload, and the time.

        `modified` is when the record was deleted. Always at least one page; the law of the cursor holds, and the
        cursor is no cursor of `pull`. A record that was restored comes by a pull with a newer time: its old deletion
        may be listed again, and deletes nothing. Without a cursor, as far back as the vendor remembers. An object whose
        deletions the vendor does not keep gives one empty page.

        Where the vendor does not tell all since the cursor, a notice of `DELETIONS_UNTOLD` says so: what is kept is
        then asked for by id.
        """
        ...


@runtime_checkable
class ListsHistory(Protocol):
    """Lists past changes of stage."""

    def list_history(self, request: PullRequest) -> Iterator[HistoryPage]:
        """The pages of stage changes of the records of `request.object` after the cursor, at least one page.

        A change may come more than once, under the same `change_id`; it may speak of a record that is gone. Those of
        one record come in the order in which they happened. An object without history gives one empty page.
        """
        ...


@runtime_checkable
class BulkReads(Protocol):
    """Reads a whole object by an export job."""

    def bulk_read(self, request: PullRequest) -> Iterator[Page]:
        """The same records that a full pull would yield, key for key, by an export job of the vendor.

        The job is named in the cursor, so that a process that was killed takes up the same job. A cursor whose job is
        gone begins a new one; a job that fails is a TransientError. The last page's cursor is one that `pull` goes on
        from: changes made since the export arrive. `pull` may choose this way by itself: a notice of the first page
        with the code `read.way` says which way was taken, and why.
        """
        ...


@runtime_checkable
class Receives(Protocol):
    """Takes the vendor's notifications."""

    def receive(self, headers: Mapping[str, str], body: bytes, secret: str) -> Sequence[tuple[str, str]]:
        """The (object, external id) pairs that a genuine notification speaks of; AuthError for any other.

        `secret` is the one the subscription was made with. No call is made, nothing is remembered, and names of
        headers are compared without case. A notification is only a hint: what it says of a record is not used.
        """
        ...


@runtime_checkable
class Subscribes(Protocol):
    """Has the vendor send notifications."""

    def subscribe(self, request: SubscriptionRequest) -> Subscription:
        """The subscription, made or, with `known`, renewed: one afterwards, never two. `expires` as the vendor says."""
        ...

    def unsubscribe(self, state: str) -> None:
        """Ends the subscription; harmless where it has ended already."""
        ...


@runtime_checkable
class ManagesSchema(Protocol):
    """Makes the fields that crmbridge needs."""

    def ensure_field(self, object_name: str, field_name: str, kind: Literal["text", "number", "date"]) -> str:
        """The vendor's name of the field, made where it was missing; ConfigError where it is there as another type.

        The name it gives is the field's name in payloads and changes. A second call makes nothing. Refused on a
        read-only connection, as a write is.
        """
        ...


@runtime_checkable
class Spends(Protocol):
    """Tells what it has used: no capability, only a courtesy that the run's history keeps."""

    def spent(self) -> Spent:
        """What was used since this adapter was opened; makes no call, and never fails."""
        ...
