"""Who is there: the plugins found on this machine, the ones that are broken, and the ones that are not allowed.

A plugin is code with full rights. Our own distributions load by themselves; any other only when the configuration
lists it, and is not even imported before that. A broken plugin is disabled with a reason, never fatal.
"""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points

import pluggy

from crmbridge.adapter import hookspecs
from crmbridge.adapter.contract import CONTRACT_VERSION
from crmbridge.adapter.hookspecs import PROJECT, AdapterDescriptor
from crmbridge.model.errors import ConfigError, nearest

OWN_DISTRIBUTIONS = frozenset({"crmbridge", "crmbridge-csv", "crmbridge-zoho", "crmbridge-fxiaoke", "crmbridge-sim"})
SWITCH = "CRMBRIDGE_NO_PLUGINS"


@dataclass(frozen=True, slots=True)
class PluginReport:
    """One plugin found: loaded, broken or not allowed, and why."""

    name: str
    distribution: str
    status: str
    reason: str = ""


@dataclass(slots=True)
class Registry:
    """The adapters, lenses and KPIs of all loaded plugins, and a report on every plugin found."""

    manager: pluggy.PluginManager
    reports: list[PluginReport] = field(default_factory=list)
    adapters: dict[str, AdapterDescriptor] = field(default_factory=dict)

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
            nearest=nearest(name, self.adapters) or ", ".join(sorted(self.adapters)) or "-",
            hint="did you mean {nearest}? crmbridge adapters lists them all",
        )

    def lenses(self) -> dict[str, object]:
        """The lens factories of all plugins, by name."""
        merged: dict[str, object] = {}
        for part in self.manager.hook.crmbridge_lenses():
            merged |= dict(part)
        return merged


def discover(
    allowed: Iterable[str] = (),
    *,
    points: Iterable[EntryPoint] | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Registry:
    """Every plugin found on this machine. `allowed` names the distributions beside our own that may be loaded."""
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(hookspecs.HookSpecs)
    registry = Registry(manager)
    if environ.get(SWITCH):
        return registry
    trusted = OWN_DISTRIBUTIONS | set(allowed)
    found = entry_points(group=PROJECT) if points is None else points
    for point in sorted(found, key=lambda p: p.name):
        registry.reports.append(_load(registry, point, trusted))
    return registry


def _load(registry: Registry, point: EntryPoint, trusted: Iterable[str]) -> PluginReport:
    distribution = point.dist.name if point.dist else "?"
    if distribution not in trusted:
        reason = f'not allowed; add plugins = ["{distribution}"] to [workspace] of crmbridge.toml to allow it'
        return PluginReport(point.name, distribution, "not allowed", reason)
    try:
        plugin = point.load()
        registry.manager.register(plugin, point.name)
        registry.manager.check_pending()
        added = _adapters_of(registry, point.name)
    except Exception as error:  # noqa: BLE001 - somebody else's code: reported, never fatal
        if registry.manager.has_plugin(point.name):
            registry.manager.unregister(name=point.name)
        return PluginReport(point.name, distribution, "broken", f"{type(error).__name__}: {error}")
    registry.adapters |= added
    return PluginReport(point.name, distribution, "loaded")


def _adapters_of(registry: Registry, plugin_name: str) -> dict[str, AdapterDescriptor]:
    plugin = registry.manager.get_plugin(plugin_name)
    others = [p for p in registry.manager.get_plugins() if p is not plugin]
    caller = registry.manager.subset_hook_caller("crmbridge_adapters", remove_plugins=others)
    added: dict[str, AdapterDescriptor] = {}
    for descriptor in (d for part in caller() for d in part):
        if descriptor.contract_version not in {CONTRACT_VERSION, CONTRACT_VERSION - 1}:
            raise ConfigError(
                "{adapter} speaks contract version {theirs}, this crmbridge speaks {ours}",
                adapter=descriptor.name,
                theirs=descriptor.contract_version,
                ours=CONTRACT_VERSION,
            )
        if descriptor.name in registry.adapters or descriptor.name in added:
            raise ConfigError("another plugin already carries the adapter {adapter}", adapter=descriptor.name)
        added[descriptor.name] = descriptor
    return added
