"""One lying adapter for each promise of the kit; each is caught by the test it names, and by no other.

Every lie is a mistake that real connectors make, as narrow as it comes. Where a lie must know what a real adapter
cannot (whether a request or an answer was lost), it peeks into the store: it is a puppet, the test is not.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from crmbridge.adapter.hookspecs import AdapterDescriptor
from crmbridge.testing.memory import DESCRIPTOR, MemoryAdapter, MemoryHarness


@dataclass(frozen=True, slots=True)
class Liar:
    """An adapter that lies, the test that must catch it, and what its descriptor says."""

    adapter: type[MemoryAdapter]
    caught_by: str
    descriptor: AdapterDescriptor = DESCRIPTOR

    def harness(self) -> MemoryHarness:
        harness = MemoryHarness(self.adapter)
        harness.descriptor = self.descriptor
        return harness


LIARS: list[Liar] = []
A = TypeVar("A", bound=type[MemoryAdapter])


def caught_by(test: str, *, descriptor: AdapterDescriptor = DESCRIPTOR) -> Callable[[A], A]:
    """Enters an adapter among the liars."""

    def enter(adapter: A) -> A:
        LIARS.append(Liar(adapter, test, descriptor))
        return adapter

    return enter
