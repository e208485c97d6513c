"""What we publish is whole: every package builds, installs into a clean environment, and works there."""

import json
from pathlib import Path

import pytest
from tests.packages.building import (
    ROOT,
    Package,
    build,
    described,
    in_sdist,
    in_tree,
    in_wheel,
    installed,
    output,
    packages,
)

from crmbridge.adapter.registry import OWN_DISTRIBUTIONS

WITHOUT_CORE = {"crmbridge-sim"}
"""Packages that ask for nothing."""

NOT_IN_A_WHEEL = ".po"
"""Catalogues as translators see them; programs read the compiled ones."""


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a sdist and a wheel of every package."""
    return build(tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="module")
def programs(dist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment with every package in it."""
    return installed(tmp_path_factory.mktemp("clean") / "all", *(one.wheel(dist) for one in packages()))


def test_every_plugin_is_a_package_of_the_workspace() -> None:
    folders = {one.parent for one in (ROOT / "plugins").glob("*/pyproject.toml")}
    assert {one.folder for one in packages()} == {ROOT, *folders}


def test_every_package_is_built_twice_and_holds_every_file_of_its_module(dist: Path) -> None:
    for package in packages():
        tree = in_tree(package)
        assert {f"src/{name}" for name in tree} <= in_sdist(package.sdist(dist)), package.name
        assert in_wheel(package.wheel(dist)) == {one for one in tree if not one.endswith(NOT_IN_A_WHEEL)}, package.name


def test_data_is_in_the_wheels(dist: Path) -> None:
    for name, module in (("mapping.toml", "crmbridge_zoho"), ("mapping.toml", "crmbridge_fxiaoke")):
        (package,) = (one for one in packages() if one.module == module)
        assert f"{module}/{name}" in in_wheel(package.wheel(dist))
    core = in_wheel(packages()[0].wheel(dist))
    for ending in (".mo", ".sql", ".html", ".css", ".toml", "py.typed"):
        assert [one for one in core if one.endswith(ending)], ending


def test_a_sdist_of_the_core_holds_the_core_alone(dist: Path) -> None:
    tops = {one.partition("/")[0] for one in in_sdist(packages()[0].sdist(dist))}
    assert tops <= {
        "src",
        "README.md",
        "README.zh-CN.md",
        "CHANGELOG.md",
        "LICENSE",
        "constraints.txt",
        "pyproject.toml",
        "PKG-INFO",
        ".gitignore",
    }


def test_every_package_brings_the_licence(dist: Path) -> None:
    ours = (ROOT / "LICENSE").read_bytes()
    for package in packages():
        assert "licenses/LICENSE" in described(package.wheel(dist)), package.name
        assert "LICENSE" in in_sdist(package.sdist(dist)), package.name
        assert (package.folder / "LICENSE").read_bytes() == ours, package.name


def test_it_works_where_it_is_installed(programs: Path) -> None:
    version = packages()[0].version
    assert output(programs / "crmbridge", "--version").strip() == f"crmbridge {version}"
    rows = json.loads(output(programs / "crmbridge", "adapters", "--json"))["rows"]
    plugins = {row["distribution"]: row["status"] for row in rows if row["section"] == "plugins"}
    assert set(plugins) == {one.name for one in packages() if one.is_plugin}
    assert {name for name, status in plugins.items() if status == "loaded"} == OWN_DISTRIBUTIONS & set(plugins)
    assert "用法" in output(programs / "crmbridge", "demo", "--help", "--lang", "zh")
    assert "serve" in output(programs / "crmbridge-sim", "--help")


@pytest.mark.wide
@pytest.mark.parametrize("package", packages(), ids=lambda one: one.name)
@pytest.mark.parametrize("form", ["wheel", "sdist"])
def test_every_package_installs_with_the_core_alone(package: Package, form: str, dist: Path, tmp_path: Path) -> None:
    core = packages()[0]
    wanted = [package] if package.name in WITHOUT_CORE or package is core else [core, package]
    files = [one.wheel(dist) if form == "wheel" else one.sdist(dist) for one in wanted]
    here = installed(tmp_path / "clean", *files)
    output(here / "python", "-I", "-W", "error", "-c", f"import {package.module}")
    if package.name not in WITHOUT_CORE:
        assert output(here / "crmbridge", "--version").strip() == f"crmbridge {core.version}"
        output(here / "crmbridge", "adapters", "--json")


@pytest.mark.wide
def test_the_demo_runs_where_it_is_installed(programs: Path, tmp_path: Path) -> None:
    output(programs / "crmbridge", "demo", "--keep", tmp_path / "demo")
    assert (tmp_path / "demo").is_dir()
