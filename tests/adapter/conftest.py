"""Distributions made up on the spot: real metadata, real modules, found as the installed ones are."""

import importlib.metadata
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

ADAPTER = """
from pydantic import BaseModel
from crmbridge.adapter.capabilities import FULL, Capability
from crmbridge.adapter.hookspecs import AdapterDescriptor, hookimpl

@hookimpl
def crmbridge_adapters():
    return [AdapterDescriptor(
        name="{name}", title="Made up", title_zh="虚构", open="made.up:open", config=BaseModel,
        support=dict.fromkeys(Capability, FULL), contract_version={version})]
"""

Install = Callable[..., None]


class Site:
    """A folder of distributions."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def install(
        self,
        distribution: str,
        source: str,
        *,
        version: str = "1.0",
        point: str | None = None,
        module: str | None = None,
    ) -> None:
        """A distribution of one module with one entry point."""
        module = module or distribution.lower().replace("-", "_").replace(".", "_")
        (self.path / f"{module}.py").write_text(source, encoding="utf-8")
        info = self.path / f"{distribution.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n")
        (info / "entry_points.txt").write_text(f"[crmbridge]\n{point or module} = {module}\n")

    def install_adapter(self, distribution: str, name: str, *, version: int = 1, module: str | None = None) -> None:
        """A distribution that carries one adapter."""
        self.install(distribution, ADAPTER.format(name=name, version=version), module=module)

    def points(self) -> list[EntryPoint]:
        """The entry points of all of them."""
        return [
            point
            for distribution in importlib.metadata.distributions(path=[str(self.path)])
            for point in distribution.entry_points.select(group="crmbridge")
        ]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    before = set(sys.modules)
    monkeypatch.syspath_prepend(tmp_path)
    yield Site(tmp_path)
    for name in set(sys.modules) - before:
        if getattr(sys.modules[name], "__file__", None) and str(tmp_path) in str(sys.modules[name].__file__):
            del sys.modules[name]
