"""Which plugins there are on this machine, and the folder that one is developed in; none of them is imported."""

import json
from importlib.metadata import Distribution, PackageNotFoundError, distribution, entry_points
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from crmbridge.adapter.hookspecs import PROJECT
from crmbridge.model.errors import ConfigError, suggestion

PREFIX = "crmbridge-"


def adapter_names() -> frozenset[str]:
    """What the plugins of this machine are called; the adapters that each carries are called so too, as a rule."""
    return frozenset(point.name for point in entry_points(group=PROJECT))


def plugin_folder(named: str) -> Path:
    """The folder of a plugin: a path, or the distribution or adapter that is installed from one.

    ConfigError with the nearest choice where there is none, or where it is installed without its tests.
    """
    path = Path(named)
    if path.is_dir():
        if not (path / "pyproject.toml").is_file():
            hint = "crmbridge plugin new makes a plugin"
            raise ConfigError("{folder} is no plugin: there is no pyproject.toml in it", folder=named, hint=hint)
        return path.resolve()
    found = _distribution(named)
    if found is None:
        installed = {point.dist.name for point in entry_points(group=PROJECT) if point.dist}
        raise ConfigError(
            "there is neither a folder nor a plugin {name}",
            name=named,
            nearest=suggestion(named, sorted({*installed, *adapter_names()})),
            hint="did you mean {nearest}?",
        )
    folder = _source_of(found)
    if folder is None:
        hint = "give the folder of its source"
        raise ConfigError("{name} is installed without its tests", name=found.name, hint=hint)
    return folder


def _distribution(named: str) -> Distribution | None:
    for name in (named, f"{PREFIX}{named}"):
        try:
            return distribution(name)
        except (PackageNotFoundError, ValueError):
            continue
    return None


def _source_of(found: Distribution) -> Path | None:
    told = found.read_text("direct_url.json")
    url = json.loads(told).get("url", "") if told else ""
    parts = urlsplit(url)
    folder = Path(url2pathname(parts.path))
    return folder if parts.scheme == "file" and (folder / "pyproject.toml").is_file() else None
