"""Builds the packages of the workspace, and makes environments that hold nothing but them."""

import os
import shutil
import subprocess
import tarfile
import tomllib
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OUTSIDE = {
    name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV", "CRMBRIDGE"))
}
"""The environment of a machine on which nobody works on crmbridge."""


@dataclass(frozen=True)
class Package:
    """A distribution of the workspace: its name, its folder, its version and the module that it brings."""

    name: str
    folder: Path
    version: str
    is_plugin: bool

    @property
    def module(self) -> str:
        return self.name.replace("-", "_")

    @property
    def source(self) -> Path:
        return self.folder / "src" / self.module

    def wheel(self, dist: Path) -> Path:
        return dist / f"{self.module}-{self.version}-py3-none-any.whl"

    def sdist(self, dist: Path) -> Path:
        return dist / f"{self.module}-{self.version}.tar.gz"


@cache
def packages() -> tuple[Package, ...]:
    """Every package of the workspace, the core first."""
    members = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["uv"]["workspace"]["members"]
    return tuple(_packages(ROOT, *(ROOT / member for member in members)))


def _packages(*folders: Path) -> Iterator[Package]:
    for folder in folders:
        project = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))["project"]
        yield Package(project["name"], folder, project["version"], "crmbridge" in project.get("entry-points", {}))


def uv(*words: str | Path) -> str:
    """What uv says; it is what the test line of the README starts tests with."""
    program = os.environ.get("UV") or shutil.which("uv")
    assert program, "uv builds the packages: pip install uv"
    return output(program, *words)


def output(*words: str | Path) -> str:
    """What a program prints, run outside of this environment; it must end well."""
    done = subprocess.run(words, env=OUTSIDE, cwd="/", capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def build(into: Path) -> Path:
    """Builds every package: a sdist from the tree, and a wheel from that sdist."""
    uv("build", "--quiet", "--all-packages", "--out-dir", into, ROOT)
    return into


def installed(folder: Path, *files: Path) -> Path:
    """The programs of a new environment that holds the files and what they ask for, at the versions we tested."""
    uv("venv", "--quiet", "--python", "3.11", folder)
    programs = folder / ("Scripts" if os.name == "nt" else "bin")
    uv("pip", "install", "--quiet", "--python", programs / "python", "-c", ROOT / "constraints.txt", *files)
    return programs


def in_wheel(file: Path) -> set[str]:
    """The files of a wheel, without what describes it."""
    return {name for name in zipfile.ZipFile(file).namelist() if ".dist-info/" not in name}


def described(file: Path) -> set[str]:
    """What describes a wheel, by name within its folder."""
    return {name.partition(".dist-info/")[2] for name in zipfile.ZipFile(file).namelist()} - {""}


def in_sdist(file: Path) -> set[str]:
    """The files of a sdist, without its top folder."""
    with tarfile.open(file) as archive:
        return {one.name.partition("/")[2] for one in archive.getmembers() if one.isfile()}


def in_tree(package: Package) -> set[str]:
    """The files of a package's module as they stand in the tree: all of them, whatever they are."""
    found = (one for one in package.source.rglob("*") if one.is_file() and "__pycache__" not in one.parts)
    return {f"{package.module}/{one.relative_to(package.source).as_posix()}" for one in found}
