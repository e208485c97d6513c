"""The hooks a plugin may implement, found through pluggy entry points of the group `crmbridge`.

Few, coarse and typed. A hook only declares: it touches no network and no file, and answers within 20 ms. The one
exception is `crmbridge_propose`, which looks at files because a person asked it to (`crmbridge init --files DIR`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pluggy
from pydantic import BaseModel

from crmbridge.adapter.capabilities import Capability, Support
from crmbridge.adapter.context import AdapterContext
from crmbridge.adapter.contract import CONTRACT_VERSION, Adapter
from crmbridge.model.errors import ConfigError
from crmbridge.model.notes import Note

if TYPE_CHECKING:
    from crmbridge.adapter.connecting import Connector
    from crmbridge.adapter.lens import Lens

PROJECT = "crmbridge"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)
"""Marks a function of a plugin as the implementation of the hook of the same name."""


@dataclass(frozen=True, slots=True)
class AdapterDescriptor:
    """A light card of an adapter: everything that can be said without opening it.

    `open` is the import path of a callable `(AdapterContext) -> Adapter`, as "package.module:name", imported on use.
    `config` is the pydantic model of a connection's own keys; `default_mapping` the import path of a TOML resource
    ("package:file.toml") that a connection's mapping overlays, or None. `connect` is the import path of a
    `connecting.Connector`, None where a connection needs no login. `reads_apart` promises that opening needs nothing
    but the configuration and files (no secret, nothing shared), and that `PullRequest.reached` is exact and cheap: a
    large source is then read in a process of its own.
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
    connect: str | None = None
    reads_apart: bool = False


@dataclass(frozen=True, slots=True)
class KpiDefinition:
    """A KPI that a plugin adds, in the form of a `[kpi.ID]` table."""

    id: str
    definition: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ConnectionProposal:
    """A connection that an adapter could make of a folder: its own keys, and what each guess rests on.

    `options` are the keys of the connection as TOML has them (tables, lists, texts, numbers, booleans) without the
    folder: `folder_option` names the key that holds it, which the workspace writes, relative where it can. `evidence`
    gives the path of an option, or of a table of options, and why it is so; several notes may stand at one path.
    `keyed_by(object, column, alone=...)` gives the options of an object with another key, or, alone, of the distinct
    values of that column as an object of their own; None where the adapter can do neither. `history_of(options, table,
    columns)` gives the options of an object whose stage history another proposed object turned out to be; `columns`
    name its `record`, `to`, `at`, and where there are such `from`, `by`, `pipeline`, `key` and `format`.
    `notices` tell what was looked at and left out. A proposal without options connects nothing: it only tells why.
    """

    adapter: str
    options: Mapping[str, object]
    evidence: tuple[tuple[tuple[str, ...], Note], ...] = ()
    notices: tuple[Note, ...] = ()
    folder_option: str = "path"
    keyed_by: Callable[..., Mapping[str, object]] | None = None
    history_of: Callable[[Mapping[str, object], str, Mapping[str, object]], Mapping[str, object]] | None = None


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

    @hookspec
    def crmbridge_propose(self, folder: Path) -> ConnectionProposal | None:  # noqa: ARG002 - named for implementations
        """The connection that this plugin could make of the files in a folder, or None where it sees none for it.

        The only hook that may look at files, because a person asked; it reads them in bounded memory, writes nothing
        and leaves them as they are. A file that it cannot use is a notice, never an error.
        """
        return None


def open_adapter(descriptor: AdapterDescriptor, context: AdapterContext) -> Adapter:
    """The adapter behind a descriptor, imported now and opened on a connection."""
    return open_by_path(descriptor.open, context)


def open_by_path(path: str, context: AdapterContext) -> Adapter:
    """The adapter behind a descriptor's `open`, for a process that has nothing else of it."""
    factory: Callable[[AdapterContext], Adapter] = _imported(path)
    return factory(context)


def login_of(descriptor: AdapterDescriptor) -> "Connector":
    """What connects an account to this adapter, imported now; ConfigError where a connection needs no login."""
    if descriptor.connect is None:
        raise ConfigError("{adapter} needs no login", adapter=descriptor.name)
    connector: Connector = _imported(descriptor.connect)
    return connector


def _imported(path: str) -> Any:  # noqa: ANN401 - what a plugin names
    module_name, _, attribute = path.partition(":")
    return getattr(__import__(module_name, fromlist=[attribute]), attribute)
