"""A newcomer gets the versions that we tested, from whatever index is configured."""

import re
import tomllib
from typing import Any

from tests.docs.pages import ROOT, text_of

CONSTRAINTS = text_of(ROOT / "constraints.txt")
PROJECT: dict[str, Any] = tomllib.loads(text_of(ROOT / "pyproject.toml"))
PLUGINS = [tomllib.loads(text_of(file)) for file in sorted((ROOT / "plugins").glob("*/pyproject.toml"))]
ASKED = [one for project in (PROJECT, *PLUGINS) for one in project["project"]["dependencies"]]
PINS = [line.strip() for line in CONSTRAINTS.splitlines() if line.strip() and not line.startswith("#")]


def test_both_lists_of_versions_are_one() -> None:
    assert PROJECT["tool"]["uv"]["constraint-dependencies"] == PINS


def test_every_line_pins_one_version_and_names_no_host() -> None:
    for pin in PINS:
        assert re.fullmatch(r"[a-z0-9][a-z0-9._-]*==[\w.+!-]+( ; .+)?", pin), pin
    for text in (CONSTRAINTS, text_of(ROOT / "pyproject.toml")):
        assert not re.search(r"https?://|--(extra-)?index-url|--find-links|@ file:", text)
    assert "index" not in PROJECT["tool"]["uv"]


def test_everything_that_is_asked_for_is_pinned() -> None:
    project = PROJECT["project"]
    wanted = [*ASKED, *(one for group in PROJECT["dependency-groups"].values() for one in group)]
    wanted += [one for extra in project["optional-dependencies"].values() for one in extra]
    ours = {"crmbridge", *(plugin["project"]["name"] for plugin in PLUGINS)}
    names = {re.split(r"[\[<>=!~ ;]", one)[0] for one in wanted} - ours
    assert not names - {pin.partition("==")[0] for pin in PINS}


def test_every_dependency_has_its_reason() -> None:
    page = text_of(ROOT / "docs" / "reference" / "dependencies.md")
    names = {re.split(r"[\[<>=!~ ;]", one)[0] for one in ASKED} - {"crmbridge"}
    assert not {name for name in names if name not in page}
    rows = {cell.strip() for row in re.findall(r"^\| ([\w, -]+) \|", page, re.MULTILINE) for cell in row.split(",")}
    assert not rows - names - {"package", "---"}, "a reason for something that is no dependency"
