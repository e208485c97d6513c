"""Which optional powers an opened adapter really has, found by looking, beside what its descriptor declares."""

from dataclasses import dataclass

from crmbridge.adapter import contract
from crmbridge.adapter.capabilities import Capability, Support

PROTOCOLS: dict[Capability, type] = {
    Capability.WRITE: contract.Writes,
    Capability.FETCH: contract.Fetches,
    Capability.FIND: contract.Finds,
    Capability.COUNT: contract.Counts,
    Capability.DELETE: contract.ListsDeleted,
    Capability.HISTORY: contract.ListsHistory,
    Capability.BULK: contract.BulkReads,
    Capability.RECEIVE: contract.Receives,
    Capability.SUBSCRIBE: contract.Subscribes,
    Capability.SCHEMA: contract.ManagesSchema,
}
"""The capabilities that are a Protocol; the others are declarations only."""


@dataclass(frozen=True, slots=True)
class Features:
    """The powers of one opened adapter."""

    powers: frozenset[Capability]

    @classmethod
    def of(cls, adapter: contract.Adapter) -> "Features":
        """What the object can do, by its methods."""
        return cls(frozenset(name for name, protocol in PROTOCOLS.items() if isinstance(adapter, protocol)))

    def disagreements(self, declared: dict[Capability, Support]) -> list[str]:
        """Each power declared and missing, present and undeclared, or not declared at all."""
        found = []
        for capability in Capability:
            support, has = declared.get(capability), capability in self.powers
            if support is None:
                found.append(f"{capability} is not declared")
            elif capability in PROTOCOLS and support.present != has:
                found.append(f"{capability} is declared {support.level} and is {'present' if has else 'missing'}")
        return found
