"""Every ledger that would be a file is a schema of PostgreSQL: in this process, and in each that it starts.

Python imports `sitecustomize` by itself where PYTHONPATH has this folder. Without the address in the environment
ledgers stay what they are.
"""

import hashlib
import importlib.abc
import importlib.util
import os
import sys
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType

ADDRESS = "LEDGERS_OF_TESTS"
_FILE = "sqlite:///"


def schema_of(file: str) -> str:
    """The schema in place of a file."""
    return "w_" + hashlib.sha256(os.path.realpath(file).encode()).hexdigest()[:20]


def moved(url: str) -> str:
    """The address in PostgreSQL in place of a file's."""
    server = os.environ.get(ADDRESS)
    if server is None or not url.startswith(_FILE + "/"):
        return url
    return f"{server}{'&' if '?' in server else '?'}schema={schema_of(url.removeprefix(_FILE))}"


def _engine(module: ModuleType) -> None:
    original = module._open
    module._open = lambda url, **how: original(moved(url), **how)  # type: ignore[attr-defined]
    looking = module.is_there
    module.is_there = lambda url: looking(moved(url))  # type: ignore[attr-defined] # as above


def _config(module: ModuleType) -> None:
    original = module.Workspace.ledger_url.fget
    module.Workspace.ledger_url = property(lambda self: moved(original(self)))


_CHANGED: dict[str, Callable[[ModuleType], None]] = {
    "crmbridge.ledger.engine": _engine,
    "crmbridge.app.config": _config,
}


class _Loader(importlib.abc.Loader):
    def __init__(self, loader: importlib.abc.Loader, change: Callable[[ModuleType], None]) -> None:
        self._loader = loader
        self._change = change

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        self._loader.exec_module(module)
        self._change(module)


class _Finder(importlib.abc.MetaPathFinder):
    """Finds what the others find, and changes it once it is loaded."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name not in _CHANGED:
            return None
        others = (finder for finder in sys.meta_path if finder is not self)
        spec = next(filter(None, (finder.find_spec(name, path, target) for finder in others)), None)
        if spec is not None and spec.loader is not None:
            spec.loader = _Loader(spec.loader, _CHANGED[name])
        return spec


def install() -> None:
    """From now on; modules that are loaded already are changed at once."""
    if any(type(finder).__name__ == _Finder.__name__ for finder in sys.meta_path):
        return
    sys.meta_path.insert(0, _Finder())
    for name, change in _CHANGED.items():
        if name in sys.modules:
            change(sys.modules[name])


if ADDRESS in os.environ:
    install()
