"""What a process that reads is made of: everything that opening the adapter and compiling the mapping needs."""

import os
import pickle
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from pydantic import BaseModel

from crmbridge.adapter.context import AdapterContext
from crmbridge.adapter.contract import Adapter
from crmbridge.adapter.hookspecs import AdapterDescriptor, open_by_path
from crmbridge.mapping.compiler import CompiledMapping, MappingSettings, compile_mapping
from crmbridge.mapping.document import MappingDocument
from crmbridge.model.errors import ContractError

AFTER_RECORDS = 10_000
"""A process costs about half a second of another core: what is read sooner than it starts never pays for one."""


@dataclass(frozen=True, slots=True)
class GoingApart:
    """When a source is read in a process of its own: once so many records have come from it.

    Until that process is ready the reading goes on here; with `is_waited_for` it stops there, so that a test knows
    which page is whose.
    """

    after_records: int = AFTER_RECORDS
    is_waited_for: bool = False

    @classmethod
    def here(cls) -> Self | None:
        """What fits this machine: with one processor there is nothing to gain."""
        affinity = getattr(os, "sched_getaffinity", None)
        count = len(affinity(0)) if affinity else os.cpu_count() or 1
        return cls() if count > 1 else None


@dataclass(frozen=True, slots=True)
class Recipe:
    """One connection whose adapter `reads_apart`. `stop` is the signal of this process, and stays in it.

    Holds no secret: such an adapter has none. The mapping goes over as its document, and is compiled there to the
    same hash.
    """

    connection: str
    open: str
    config: BaseModel
    workspace: Path
    zone: str
    currency: str | None
    document: MappingDocument
    settings: MappingSettings
    lenses: Mapping[str, object]
    mapping_hash: str
    stop: threading.Event | None = None

    @classmethod
    def of(
        cls,
        descriptor: AdapterDescriptor,
        context: AdapterContext,
        *,
        document: MappingDocument,
        settings: MappingSettings,
        lenses: Mapping[str, object],
        mapping_hash: str,
    ) -> Self:
        """The recipe of a connection that could be opened here with that context."""
        where = (context.connection, descriptor.open, context.config, context.workspace, context.zone, context.currency)
        return cls(*where, document, settings, lenses, mapping_hash, context.stop)

    def sealed(self) -> bytes | None:
        """The recipe for another process; None where a part of it (a plugin's lens) cannot leave this one."""
        try:
            return pickle.dumps(replace(self, stop=None), pickle.HIGHEST_PROTOCOL)
        except (pickle.PicklingError, TypeError, AttributeError):
            return None

    def adapter(self) -> Adapter:
        """The adapter, opened for reading."""
        context = AdapterContext(self.connection, self.config, self.workspace, zone=self.zone, currency=self.currency)
        return open_by_path(self.open, context)

    def mapping(self) -> CompiledMapping:
        """The mapping; ContractError where it is not the same one as where the recipe was made."""
        made = compile_mapping(self.document, self.settings, lenses=self.lenses)
        if made.hash != self.mapping_hash:
            raise ContractError("the mapping of {connection} has changed on its way", connection=self.connection)
        return made


def unsealed(sealed: bytes) -> Recipe:
    """The recipe again, in the process that it was made for."""
    recipe: Recipe = pickle.loads(sealed)  # noqa: S301 - from the process that started this one, over its own pipe
    return recipe
