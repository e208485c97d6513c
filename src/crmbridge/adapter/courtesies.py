"""What an adapter may do besides, without declaring it: each saves calls, or is done once for a person."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from crmbridge.adapter.catalog import Catalog


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
