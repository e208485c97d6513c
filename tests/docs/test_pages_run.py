"""Every page of the tutorial and the how-tos is run as it stands: files written, commands run, output compared."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.docs.pages import ROOT
from tests.docs.running import Runner, matches, runner

__all__ = ["runner"]

NEEDS_A_SERVER = "postgresql.md"
PAGES = sorted([*(ROOT / "docs" / "tutorial").glob("*.md"), *(ROOT / "docs" / "how-to").glob("*.md")])


@pytest.mark.parametrize("page", [p for p in PAGES if p.name != NEEDS_A_SERVER], ids=lambda p: p.name)
def test_every_example_of_a_page_runs(page: Path, runner: Runner) -> None:
    assert runner.run(page) > 0


@pytest.mark.postgres
def test_the_page_about_postgresql_runs(runner: Runner, postgres_uri: str, drop_schema: Callable[[str], None]) -> None:
    address = f"{postgres_uri}{'&' if '?' in postgres_uri else '?'}schema=docs_page"
    runner.replace = {"postgresql://crmbridge@localhost/sales?schema=acme": address}
    try:
        assert runner.run(ROOT / "docs" / "how-to" / NEEDS_A_SERVER) > 0
    finally:
        drop_schema("docs_page")


@pytest.mark.parametrize(
    ("expected", "output"), [("a  b", "a      b"), ("a\n...\nd", "a\nb\nc\nd"), ("a ---- b", "a  b")]
)
def test_output_may_have_other_spaces_and_what_the_page_leaves_out(expected: str, output: str) -> None:
    assert matches(expected, output)


@pytest.mark.parametrize(("expected", "output"), [("a\n...", "b"), ("won  3", "won  4"), ("a", "a\nmore")])
def test_other_output_is_told_apart(expected: str, output: str) -> None:
    assert not matches(expected, output)
