"""What an adapter may do besides, without declaring it: each saves calls, or is done once for a person."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

from crmbridge.adapter.catalog import Catalog
from crmbridge.adapter.contract import Payload, RawRecord


@runtime_checkable
class DescribesPart(Protocol):
    """Describes some objects by themselves: no capability, only the saving of calls that a run has no need of."""

    def describe_part(self, objects: frozenset[str]) -> Catalog:
        """These objects as `describe` tells them, those that there are, and the pipelines that they move through."""
        ...


@runtime_checkable
class Revokes(Protocol):
    """Gives a login back: no capability, what `crmbridge disconnect` does at the vendor."""

    def revoke(self) -> None:
        """The login is taken no more afterwards, here or elsewhere; harmless where it is dead already."""
        ...


@runtime_checkable
class LooksUp(Protocol):
    """Tells of ids whether their records are there: no capability, only `fetch` without what it would bring."""

    def are_there(self, object_name: str, external_ids: Sequence[str]) -> Sequence[bool]:
        """One answer for each id, in the same order: false exactly where `fetch` says that there is no such record."""
        ...


@dataclass(frozen=True, slots=True)
class Traced:
    """One change of a record, as its vendor's own log has it: `before` are the changed fields as they stood before it.

    `at` is when the change was made.
    """

    before: Payload
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Trail:
    """What was done to a record, the last change first; `is_told` is false where the vendor does not tell it."""

    changes: Sequence[Traced] = ()
    is_told: bool = True


@runtime_checkable
class Traces(Protocol):
    """Tells what a write may have covered: no capability, for a vendor that takes no condition with a write.

    Between the look at a record and the write to it somebody may edit it, and no reading shows that afterwards.
    """

    def trace(self, now: RawRecord, since: str) -> Trail:
        """What was done to a record from revision `since` until it stood as `now`.

        Without changes, and without a call, where that was one at most.
        """
        ...


@runtime_checkable
class Fenced(Protocol):
    """Asks before each call that writes whether it may go: no capability, for a batch that takes more than one."""

    def keep_within(self, may_send: Callable[[], None]) -> None:
        """`may_send` is called before each of them from now on, by any thread; where it raises, nothing is sent."""
        ...
