"""The hooks a plugin may implement, found through pluggy entry points of the group `crmbridge`.

Few, coarse and typed. A hook only declares: it touches no network and no file, and answers within 20 ms.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pluggy
from pydantic import BaseModel

from crmbridge.adapter.capabilities import Capability, Support
from crmbridge.adapter.context import AdapterContext
from crmbridge.adapter.contract import CONTRACT_VERSION, Adapter

if TYPE_CHECKING:
    from crmbridge.adapter.lens import Lens

PROJECT = "crmbridge"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@dataclass(frozen=True, slots=True)
class AdapterDescriptor:
    """A light card of an adapter: everything that can be said without opening it.

    `open` is the import path of a callable `(AdapterContext) -> Adapter`, as "package.module:name", imported on use.
    `config` is the pydantic model of a connection's own keys; `default_mapping` the import path of a TOML resource
    ("package:file.toml") that a connection's mapping overlays, or None.
    """

    name: str
    title: str
    title_zh: str
    open: str
    config: type[BaseModel]
    support: Mapping[Capability, Support]
    contract_version: int = CONTRACT_VERSION
    default_mapping: str | None = None
    checked_against_docs: str | None = None


@dataclass(frozen=True, slots=True)
class KpiDefinition:
    """A KPI that a plugin adds, in the form of a `[kpi.ID]` table."""

    id: str
    definition: Mapping[str, object] = field(default_factory=dict)


class HookSpecs:
    """The hooks, each one sentence."""

    @hookspec
    def crmbridge_adapters(self) -> Sequence[AdapterDescriptor]:
        """The adapters this plugin carries."""
        return ()

    @hookspec
    def crmbridge_lenses(self) -> Mapping[str, "Callable[..., Lens]"]:
        """Lenses by name, for mappings to use: factories called with the lens's parameters."""
        return {}

    @hookspec
    def crmbridge_kpis(self) -> Sequence[KpiDefinition]:
        """KPIs to add to the registry."""
        return ()


def open_adapter(descriptor: AdapterDescriptor, context: AdapterContext) -> Adapter:
    """The adapter behind a descriptor, imported now and opened on a connection."""
    module_name, _, attribute = descriptor.open.partition(":")
    module = __import__(module_name, fromlist=[attribute])
    factory: Callable[[AdapterContext], Adapter] = getattr(module, attribute)
    return factory(context)
