"""Who is there: the plugins found on this machine, the ones that are broken, and the ones that are not allowed.

A plugin is code with full rights. Our own distributions load by themselves; any other only when the configuration
lists it, and is not even imported before that. A broken plugin is disabled with a reason, never fatal.
"""

import inspect
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points

import pluggy

from crmbridge.adapter import hookspecs
from crmbridge.adapter.contract import accepted_versions
from crmbridge.adapter.hookspecs import PROJECT, AdapterDescriptor, KpiDefinition
from crmbridge.adapter.lens import Lens
from crmbridge.model.errors import ConfigError, CrmBridgeError, suggestion
from crmbridge.model.notes import Note

OWN_DISTRIBUTIONS = {"crmbridge", *map("crmbridge-{}".format, ("csv", "fxiaoke", "jira", "sim", "trello", "zoho"))}
SWITCH = "CRMBRIDGE_NO_PLUGINS"
HOOK_PREFIX = "crmbridge_"
LensFactory = Callable[..., Lens]


@dataclass(frozen=True, slots=True)
class PluginReport:
    """One plugin found: `loaded`, `broken` or `not allowed`, and why."""

    name: str
    distribution: str
    status: str
    note: Note | None = None

    @property
    def reason(self) -> str:
        """Why it is not loaded, in English."""
        return str(self.note) if self.note else ""


@dataclass(frozen=True, slots=True)
class Offer:
    """What one plugin brings."""

    adapters: Mapping[str, AdapterDescriptor]
    lenses: Mapping[str, LensFactory]
    kpis: Sequence[KpiDefinition]


@dataclass(slots=True)
class Registry:
    """The adapters, lenses and KPIs of all loaded plugins, and a report on every plugin found."""

    manager: pluggy.PluginManager
    reports: list[PluginReport] = field(default_factory=list)
    adapters: dict[str, AdapterDescriptor] = field(default_factory=dict)
    lens_factories: dict[str, LensFactory] = field(default_factory=dict)
    kpi_definitions: list[KpiDefinition] = field(default_factory=list)

    def adapter(self, name: str) -> AdapterDescriptor:
        """The descriptor of that name; ConfigError with the nearest name, or the reason why it is disabled."""
        if name in self.adapters:
            return self.adapters[name]
        broken = next((r for r in self.reports if r.name == name and r.status != "loaded"), None)
        if broken:
            raise ConfigError(
                "the adapter {name} is not usable: {reason}",
                name=name,
                reason=broken.reason,
                hint="crmbridge doctor shows every plugin",
            )
        raise ConfigError(
            "there is no adapter {name}",
            name=name,
            nearest=suggestion(name, self.adapters),
            hint="did you mean {nearest}? crmbridge adapters lists them all",
        )

    def lenses(self) -> dict[str, LensFactory]:
        """The lens factories of all plugins, by name."""
        return dict(self.lens_factories)

    def kpis(self) -> tuple[KpiDefinition, ...]:
        """The KPIs of all plugins."""
        return tuple(self.kpi_definitions)

    def add(self, plugin_name: str, plugin: object, offer: Offer) -> None:
        """Takes in a plugin and what it brings; ConfigError, and nothing taken, where a name is there already."""
        if self.manager.has_plugin(plugin_name) or self.manager.is_registered(plugin):
            raise ConfigError("another plugin is already called {name}, or is the same", name=plugin_name)
        for kind, mine, theirs in (
            ("adapter", self.adapters, offer.adapters),
            ("lens", self.lens_factories, offer.lenses),
        ):
            for name in sorted(set(mine) & set(theirs)):
                raise ConfigError("another plugin already carries the {kind} {name}", kind=kind, name=name)
        self.adapters |= offer.adapters
        self.lens_factories |= offer.lenses
        self.kpi_definitions += offer.kpis
        self.manager.register(plugin, plugin_name)


def discover(
    allowed: Iterable[str] = (),
    *,
    points: Iterable[EntryPoint] | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Registry:
    """Every plugin found on this machine, our own first.

    `allowed` names the distributions beside our own that may be loaded, each perhaps with its only version:
    `crmbridge-acme==1.2`.
    """
    registry = Registry(_manager())
    if environ.get(SWITCH):
        return registry
    trusted: dict[str, str] = dict.fromkeys(OWN_DISTRIBUTIONS, "")
    for entry in allowed:
        name, _, version = entry.partition("==")
        trusted.setdefault(_canonical(name), version.strip())
    found = entry_points(group=PROJECT) if points is None else points
    for point in sorted(found, key=lambda p: (_distribution(p) not in OWN_DISTRIBUTIONS, p.name, _distribution(p))):
        registry.reports.append(_load(registry, point, trusted))
    return registry


def _manager() -> pluggy.PluginManager:
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(hookspecs.HookSpecs)
    return manager


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name.strip()).lower()


def _distribution(point: EntryPoint) -> str:
    return _canonical(point.dist.name) if point.dist else "?"


def _load(registry: Registry, point: EntryPoint, trusted: Mapping[str, str]) -> PluginReport:
    distribution = _distribution(point)
    refusal = _refusal(point, trusted)
    if refusal:
        return PluginReport(point.name, distribution, "not allowed", refusal)
    try:
        plugin = point.load()
        offer = _offer(plugin)
        registry.add(point.name, plugin, offer)
    except CrmBridgeError as error:
        note = Note("PLUGIN_BROKEN", error.message, error.context)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - somebody else's code: reported, never fatal
        template = "it cannot be loaded: {error}: {message}"
        note = Note("PLUGIN_BROKEN", template, {"error": type(error).__name__, "message": str(error)})
    else:
        return PluginReport(point.name, distribution, "loaded")
    return PluginReport(point.name, distribution, "broken", note)


def _refusal(point: EntryPoint, trusted: Mapping[str, str]) -> Note | None:
    distribution = _distribution(point)
    if distribution not in trusted:
        template = 'not allowed; add plugins = ["{distribution}"] to [workspace] of crmbridge.toml to allow it'
        return Note("PLUGIN_NOT_ALLOWED", template, {"distribution": distribution})
    only, installed = trusted[distribution], point.dist.version if point.dist else "?"
    if only and only != installed:
        template = "version {installed} is installed, and only {allowed} is allowed"
        return Note("PLUGIN_NOT_ALLOWED", template, {"installed": installed, "allowed": only})
    return None


def _offer(plugin: object) -> Offer:
    """What the plugin brings, asked of it alone; ConfigError where it breaks a rule, anything where it is broken."""
    manager = _manager()
    manager.register(plugin)
    manager.check_pending()
    hooks = {caller.name for caller in manager.get_hookcallers(plugin) or ()}
    _check_names(plugin, hooks)
    adapters: dict[str, AdapterDescriptor] = {}
    for descriptor in (found for part in manager.hook.crmbridge_adapters() for found in part):
        _check_descriptor(descriptor)
        if descriptor.name in adapters:
            raise ConfigError("it carries two adapters {adapter}", adapter=descriptor.name)
        adapters[descriptor.name] = descriptor
    lenses = {name: lens for part in manager.hook.crmbridge_lenses() for name, lens in part.items()}
    return Offer(adapters, lenses, [kpi for part in manager.hook.crmbridge_kpis() for kpi in part])


def _check_names(plugin: object, hooks: set[str]) -> None:
    """Finds the function that was meant to be a hook and is none, which pluggy passes over in silence."""
    known = [name for name in vars(hookspecs.HookSpecs) if name.startswith(HOOK_PREFIX)]
    for name, _ in inspect.getmembers(plugin, inspect.isroutine):
        if name.startswith(HOOK_PREFIX) and name not in hooks:
            like = suggestion(name, known)
            raise ConfigError(
                "{function} is no hook: @hookimpl is missing, or {nearest} is meant", function=name, nearest=like
            )
    if not hooks:
        raise ConfigError("it implements no hook; there are {hooks}", hooks=", ".join(known))


def _check_descriptor(descriptor: object) -> None:
    if not isinstance(descriptor, AdapterDescriptor):
        raise ConfigError("crmbridge_adapters gave a {type}, no AdapterDescriptor", type=type(descriptor).__name__)
    ours, theirs = accepted_versions(), descriptor.contract_version
    if theirs not in ours:
        text = (
            "{adapter} speaks contract version {theirs}, this crmbridge {ours}: a newer crmbridge is needed"
            if theirs > ours[-1]
            else "{adapter} speaks contract version {theirs}, this crmbridge {ours}: a newer version of it is needed"
        )
        raise ConfigError(text, adapter=descriptor.name, theirs=theirs, ours=", ".join(map(str, ours)))
