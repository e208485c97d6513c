"""docs/reference/public-names.md is what others may build on: each name is told of, and ours use no other."""

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.docs.pages import OUR_PAGES, ROOT, blocks, text_of

from crmbridge.adapter.contract import CONTRACT_VERSION

PAGE = text_of(ROOT / "docs" / "reference" / "public-names.md")
SECTIONS = re.findall(r"^## (crmbridge[\w.]*)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
PUBLIC = {module: set(re.findall(r"^\| `(\w+)", text, re.MULTILINE)) for module, text in SECTIONS}
CONTRACT_TESTED = {"crmbridge_csv", "crmbridge_fxiaoke", "crmbridge_zoho", "crmbridge_jira", "crmbridge_trello"}


def used(source: str) -> Iterator[tuple[str, str]]:
    """Module and name of everything that a piece of Python takes from crmbridge."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "crmbridge":
            yield from ((str(node.module), one.name) for one in node.names)
        elif isinstance(node, ast.Import):
            yield from ((one.name, "") for one in node.names if one.name.split(".")[0] == "crmbridge")


def is_public(module: str, name: str) -> bool:
    return name in PUBLIC.get(module, ()) or f"{module}.{name}" in PUBLIC or (not name and module in PUBLIC)


@pytest.mark.parametrize("package", sorted(CONTRACT_TESTED))
def test_our_adapters_use_public_names_alone(package: str) -> None:
    files = [*(ROOT / "plugins" / package.removeprefix("crmbridge_") / "src").rglob("*.py")]
    assert files
    private = {
        f"{file.name}: {module}.{name}"
        for file in files
        for module, name in used(text_of(file))
        if not is_public(module, name)
    }
    assert not private


def test_a_plugin_that_is_made_begins_with_public_names_alone() -> None:
    made = ROOT / "src" / "crmbridge" / "app" / "extending" / "template"
    files = [*made.rglob("*.py.in")]
    assert len(files) > 5
    lines = re.findall(r"^from (crmbridge[.\w]*) import (.+)$", "\n".join(map(text_of, files)), re.MULTILINE)
    shown = {(module, name.strip()) for module, names in lines for name in names.split(",")}
    assert not {one for one in shown if not is_public(*one)}


def test_pages_show_public_names_alone() -> None:
    shown = [
        (f"{page.relative_to(ROOT)}: {module}.{name}", is_public(module, name))
        for page in OUR_PAGES
        for block in blocks(page)
        if block.language == "python" and page != ROOT / "CONTRIBUTING.md"
        for module, name in used(block.body)
    ]
    assert len(shown) > 10
    assert not [where for where, is_ok in shown if not is_ok]


@pytest.mark.parametrize("module", sorted(PUBLIC))
def test_every_public_name_is_there_and_has_a_line(module: str) -> None:
    there = importlib.import_module(module)
    assert PUBLIC[module]
    assert not {name for name in PUBLIC[module] if not hasattr(there, name)}
    assert not re.findall(r"^\| `[^`]*` \| +\|$", dict(SECTIONS)[module], re.MULTILINE), "a name without a line"


def test_the_page_of_compatibility_names_the_contract_that_is_kept() -> None:
    page = text_of(ROOT / "docs" / "explanation" / "compatibility.md")
    assert f"The contract is at version {CONTRACT_VERSION}" in page


@pytest.mark.parametrize("module", ["crmbridge.ledger.engine", "crmbridge.sync", "crmbridge.adapter.registry"])
def test_what_is_not_on_the_page_is_told_apart(module: str) -> None:
    assert not is_public(module, "discover")


def test_a_page_that_lacks_a_name_would_be_found(tmp_path: Path) -> None:
    file = tmp_path / "adapter.py"
    file.write_text("from crmbridge.adapter.contract import Page, Gone\n", encoding="utf-8")
    assert [is_public(*one) for one in used(text_of(file))] == [True, False]
