"""Puts the parts together: plugins, mappings, connections, calendars and the ledger of one workspace."""

from __future__ import annotations

import os
import platform
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from crmbridge.adapter.context import AdapterContext
from crmbridge.adapter.hookspecs import AdapterDescriptor, open_adapter
from crmbridge.adapter.registry import Registry, discover
from crmbridge.model import calendar, instants
from crmbridge.model.calendar import Calendar
from crmbridge.model.errors import ConfigError, ConfigErrors
from crmbridge.model.ids import new_ulid
from crmbridge.model.notes import Note

if TYPE_CHECKING:
    from crmbridge.adapter.contract import Adapter
    from crmbridge.app.access import ConnectionShared, Purpose
    from crmbridge.app.auditing import Audit
    from crmbridge.app.config import Workspace
    from crmbridge.app.modes import Allowance
    from crmbridge.app.secrets import ConnectionSecrets
    from crmbridge.ledger.engine import Ledger
    from crmbridge.mapping.compiler import CompiledMapping, MappingSettings
    from crmbridge.mapping.document import MappingDocument
    from crmbridge.model.modes import Mode
    from crmbridge.model.pipeline import Pipeline
    from crmbridge.sync.apart.recipe import Recipe
    from crmbridge.sync.setup import ConnectionSetup, Progress, Surroundings


class Wiring:
    """The parts of one workspace, each made when it is first asked for."""

    def __init__(
        self, workspace: Workspace, *, clock: Callable[[], datetime], environ: Mapping[str, str] | None = None
    ) -> None:
        from crmbridge.app.secrets import Vault

        self.workspace = workspace
        self.clock = clock
        self.vault = Vault(workspace.folder, os.environ if environ is None else environ)
        self.secret_notes: list[Note] = []
        self.stop = threading.Event()
        self.run_id: int | None = None
        self._shared: dict[str, ConnectionShared] = {}

    @property
    def zone(self) -> ZoneInfo:
        """The company's zone."""
        return instants.zone(self.workspace.config.workspace.timezone)

    @cached_property
    def registry(self) -> Registry:
        """Every plugin found; those not allowed are reported, not imported."""
        return discover(self.workspace.config.workspace.plugins)

    @cached_property
    def ledger(self) -> Ledger:
        """The ledger, made where there is none. A large file is read through once a sync, not at every look."""
        from crmbridge.ledger.engine import open_ledger

        return open_ledger(self.workspace.ledger_url, check=False)

    @cached_property
    def audit(self) -> Audit:
        """The audit log: what a person or a job did that matters."""
        from crmbridge.app.auditing import Audit

        return Audit(self)

    @cached_property
    def calendar(self) -> Calendar:
        """The company's business calendar: a built-in one, with the workspace's own file over it."""
        section = self.workspace.config.workspace
        if section.calendar_file is None:
            return calendar.named(section.calendar, zone=self.zone)
        file = self.workspace.folder / section.calendar_file
        try:
            text = file.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(
                "{file} cannot be read: {reason}", file=section.calendar_file, reason=str(error)
            ) from error
        return calendar.read(text, file=section.calendar_file, zone=self.zone, extends=section.calendar)

    def descriptor(self, connection: str) -> AdapterDescriptor:
        """The adapter that a connection names."""
        return self.registry.adapter(self.workspace.connection(connection).adapter)

    def document(self, connection: str) -> MappingDocument:
        """The connection's mapping over the default that its adapter ships, or that default alone."""
        from crmbridge.mapping.document import alone, load, overlay

        file, default = self.workspace.mapping_file(connection), self._default_mapping(connection)
        shown = os.path.relpath(file, self.workspace.folder)
        if file.exists():
            return overlay(default, load(file, file=shown))
        if default is not None and self.workspace.connection(connection).mapping is None:
            return alone(default)
        raise ConfigError(
            "{connection} has no mapping: there is no {file}",
            connection=connection,
            file=shown,
            hint="crmbridge mapping init {connection} writes a draft",
        )

    def _default_mapping(self, connection: str) -> MappingDocument | None:
        from importlib import resources

        from crmbridge.mapping.document import load

        named = self.descriptor(connection).default_mapping
        if named is None:
            return None
        package, _, file = named.partition(":")
        return load((resources.files(package) / file).read_text(encoding="utf-8"), file=f"{package}/{file}")

    def mapping(self, connection: str) -> CompiledMapping:
        """The connection's mapping as functions."""
        from crmbridge.mapping.compiler import compile_mapping

        return compile_mapping(self.document(connection), self._mapping_settings, lenses=self.registry.lenses())

    @property
    def _mapping_settings(self) -> MappingSettings:
        from crmbridge.mapping.compiler import MappingSettings

        return MappingSettings(self.zone, self.workspace.config.workspace.currency)

    def secrets(self, connection: str) -> ConnectionSecrets:
        """What a connection may ask for: its own secret."""
        from crmbridge.app.secrets import ConnectionSecrets

        reference = self.workspace.connection(connection).credentials
        return ConnectionSecrets(self.vault, connection, reference, self.secret_notes)

    def shared(self, connection: str) -> ConnectionShared:
        """What the processes of a connection tell each other, in the ledger."""
        from crmbridge.app.access import ConnectionShared

        if connection not in self._shared:
            rank = list(self.workspace.config.connections).index(connection)
            adapter = self.workspace.connection(connection).adapter
            self._shared[connection] = ConnectionShared(connection, adapter, rank, self.ledger_there, self.clock)
        return self._shared[connection]

    def ledger_there(self) -> Ledger | None:
        """The ledger, None where there is none yet: nothing is made by a look."""
        from crmbridge.ledger.engine import is_there

        return self.ledger if "ledger" in self.__dict__ or is_there(self.workspace.ledger_url) else None

    def open(self, connection: str, purpose: Purpose = "read") -> Adapter:
        """The connection's adapter, read-only unless it is opened for something else and that is allowed."""
        from crmbridge.app import access

        descriptor = self.descriptor(connection)
        if purpose == "webhooks":
            access.require_webhooks(connection, self.shared(connection))
        elif purpose == "write":
            allowed = self.allowance(connection)
            self.require_login(connection, allowed.written or allowed.mode)
            allowed.require("tasks")
        return open_adapter(descriptor, self.context(connection, descriptor, read_only=purpose == "read"))

    def allowance(self, connection: str) -> Allowance:
        """What may be written to a connection."""
        from crmbridge.app import modes

        return modes.allowance(self.ledger_there(), connection, self.workspace.connection(connection).allowed)

    def require_login(self, connection: str, mode: Mode) -> None:
        """Nothing happens where the login is good for a mode, or none is needed; ScopeError otherwise."""
        from crmbridge.app import access, modes

        if self.descriptor(connection).connect is not None:
            found = access.granted(self.shared(connection))
            modes.require_login(connection, mode, None if found is None else found[0])

    def context(self, connection: str, descriptor: AdapterDescriptor, *, read_only: bool = True) -> AdapterContext:
        """What the connection's adapter is opened with."""
        from crmbridge.app import access

        section = self.workspace.config.workspace
        return AdapterContext(
            connection,
            self.workspace.adapter_config(connection, descriptor),
            self.workspace.folder,
            zone=section.timezone,
            currency=section.currency,
            secrets=self.secrets(connection),
            clock=self.clock,
            stop=self.stop,
            read_only=read_only,
            shared=self.shared(connection),
            state_dir=access.state_dir(self.workspace.folder) if descriptor.connect else None,
        )

    def setups(self, connections: list[str]) -> list[ConnectionSetup]:
        """The connections to sync, in the order of the configuration; everything wrong with them at once."""
        wanted = connections or list(self.workspace.config.connections)
        problems: list[ConfigError] = []
        setups: list[ConnectionSetup] = []
        ranks = {name: rank for rank, name in enumerate(self.workspace.config.connections)}
        for name in sorted(wanted, key=lambda n: ranks.get(n, len(ranks))):
            try:
                setups.append(self._setup(name, ranks))
            except ConfigErrors as error:
                problems += error.problems
            except ConfigError as error:
                problems.append(error)
        problems += _disagreements(setups)
        if problems:
            raise problems[0] if len(problems) == 1 else ConfigErrors(problems)
        return setups

    def _setup(self, name: str, ranks: dict[str, int]) -> ConnectionSetup:
        from crmbridge.sync.setup import ConnectionSetup

        descriptor = self.descriptor(name)
        self.workspace.adapter_config(name, descriptor)
        mapping = self.mapping(name)
        recipe = self._recipe(name, descriptor, mapping) if descriptor.reads_apart else None
        paired = self.workspace.paired_kinds(name) | self._migrating(name)
        return ConnectionSetup(name, descriptor.name, ranks[name], lambda: self.open(name), mapping, recipe, paired)

    def _migrating(self, name: str) -> frozenset[str]:
        """The kinds that a migration carries, where the connection is an end of one: what comes is told to it."""
        from crmbridge.ledger import plans
        from crmbridge.sync.twoway import moving

        ledger = self.ledger_there()
        if ledger is None:
            return frozenset()
        with ledger.read() as tx:
            scopes = plans.scopes(tx, f"pair:{moving.MIGRATION}")
        ends = {end for scope in scopes for end in moving.ends_of(scope.removeprefix("pair:")) or ()}
        return frozenset(moving.KINDS) if name in ends else frozenset()

    def _recipe(self, name: str, descriptor: AdapterDescriptor, mapping: CompiledMapping) -> Recipe:
        """What another process needs to read of that connection."""
        from crmbridge.sync.apart.recipe import Recipe

        return Recipe.of(
            descriptor,
            self.context(name, descriptor),
            document=self.document(name),
            settings=self._mapping_settings,
            lenses=self.registry.lenses(),
            mapping_hash=mapping.hash,
        )

    def surroundings(self, progress: Progress | None, *, check: bool = True) -> Surroundings:
        """What a sync takes from outside; StoreError where the ledger is damaged, before anything is written to it.

        `check` False leaves the looking out, for one that reads a few records every few seconds.
        """
        from crmbridge.sync.setup import Silent, Surroundings

        if check:
            self.ledger.require_whole()
        told = progress or Silent()
        return Surroundings(
            self.ledger,
            self.clock,
            new_ulid,
            self.holder,
            is_gone=is_gone,
            progress=told,
            run_id=self.run_id,
            sealing=lambda: self.audit.sealing,
        )

    @property
    def holder(self) -> str:
        """A name for this process in a lease, new each time."""
        return f"{platform.node()}:{os.getpid()}:{new_ulid()}"

    def close(self) -> None:
        """Lets go of the ledger, if it was opened; the next use opens it again."""
        if "ledger" in self.__dict__:
            self.__dict__.pop("ledger").close()


def _disagreements(setups: Sequence[ConnectionSetup]) -> Iterator[ConfigError]:
    """Pipelines that two mappings declare under one name and differently, so that each sync would undo the other."""
    declared: dict[str, tuple[str, Pipeline]] = {}
    for setup in setups:
        for pipeline in setup.mapping.pipelines:
            other, known = declared.setdefault(pipeline.id, (setup.name, pipeline))
            if known != pipeline:
                yield ConfigError(
                    "the mappings of {one} and {other} both declare the pipeline {pipeline}, and differ",
                    one=other,
                    other=setup.name,
                    pipeline=pipeline.id,
                    hint="make them equal, or give it another name in one of them",
                )


def is_gone(holder: str) -> bool:
    """Whether a lease's holder is a process of this machine that has ended."""
    node, _, rest = holder.partition(":")
    process = rest.partition(":")[0]
    if node != platform.node() or not process.isdigit():
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
