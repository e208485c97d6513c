"""Every page of the tutorial and the how-tos is run as it stands: files written, commands run, output compared."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.app.jobs.cluster.crew import database
from tests.docs.pages import ROOT, text_of
from tests.docs.running import Runner, kept_demo, matches, runner

from crmbridge.adapter.connecting import FEATURES
from crmbridge.cli import simulators
from crmbridge_zoho.grants import BY_FEATURE

__all__ = ["kept_demo", "runner"]

NEEDS_A_SERVER = "postgresql.md"
NEEDS_WORKERS = "many-workers.md"
NEEDS_A_SIMULATOR = "connect-zoho.md"
NEEDS_FXIAOKE = "connect-fxiaoke.md"
TUTORIAL = ROOT / "docs" / "tutorial"
TUTORIALS_OF_ZOHO = ("zoho.md", "zoho.zh-CN.md")
TUTORIALS_OF_FXIAOKE = ("fxiaoke.md", "fxiaoke.zh-CN.md")
APART = {NEEDS_A_SERVER, NEEDS_WORKERS, NEEDS_A_SIMULATOR, NEEDS_FXIAOKE, *TUTORIALS_OF_ZOHO, *TUTORIALS_OF_FXIAOKE}
"""Pages that need something beside a folder."""

PAGES = sorted([*(ROOT / "docs" / "tutorial").glob("*.md"), *(ROOT / "docs" / "how-to").glob("*.md")])


@pytest.mark.parametrize(
    "page",
    [p for p in PAGES if p.name not in APART],
    ids=lambda p: p.name,
)
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


@pytest.mark.postgres
def test_the_page_about_workers_runs(runner: Runner, postgres_uri: str) -> None:
    with database(postgres_uri) as uri:
        runner.replace = {
            "postgresql://crmbridge@localhost/sales?schema=acme": f"{uri}{'&' if '?' in uri else '?'}schema=acme"
        }
        assert runner.run(ROOT / "docs" / "how-to" / NEEDS_WORKERS) > 0


def test_the_page_about_zoho_runs_against_the_simulator(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    with simulators.running(["zoho", "--port", "0", "--seed", "7", "--deals", "40"]) as (_, line):
        said = json.loads(line)
        login = {name: said[name] for name in ("client_id", "client_secret", "refresh_token")}
        monkeypatch.setenv("CRM_LOGIN", json.dumps(login))
        runner.replace = {"http://127.0.0.1:8401": said["accounts_url"], "http://127.0.0.1:8402": said["api_url"]}
        assert runner.run(ROOT / "docs" / "how-to" / NEEDS_A_SIMULATOR) > 0


def test_the_page_about_fxiaoke_runs_against_the_simulator(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ["fxiaoke", "--port", "0", "--seed", "7", "--deals", "40", "--currencies", "CNY"]
    with simulators.running(words) as (_, line):
        said = json.loads(line)
        login = {name: said[name] for name in ("app_id", "app_secret", "permanent_code", "mobile")}
        monkeypatch.setenv("CRM_LOGIN", json.dumps(login))
        runner.replace = {"http://127.0.0.1:8401": said["api_url"]}
        assert runner.run(ROOT / "docs" / "how-to" / NEEDS_FXIAOKE) > 0


@pytest.mark.parametrize("name", TUTORIALS_OF_ZOHO)
def test_a_tutorial_of_zoho_runs_against_the_simulator(
    name: str, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["zoho", "--port", "0", "--seed", "7", "--deals", "40", "--currencies", "EUR"]
    with simulators.running(words) as (_, line):
        said = json.loads(line)
        login = {key: said[key] for key in ("client_id", "client_secret", "refresh_token")}
        monkeypatch.setenv("CRM_LOGIN", json.dumps(login))
        runner.replace = {"http://127.0.0.1:8401": said["accounts_url"], "http://127.0.0.1:8402": said["api_url"]}
        assert runner.run(TUTORIAL / name) > 0


@pytest.mark.parametrize("name", TUTORIALS_OF_FXIAOKE)
def test_a_tutorial_of_fxiaoke_runs_against_the_simulator(
    name: str, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["fxiaoke", "--port", "0", "--seed", "7", "--deals", "40", "--currencies", "CNY", "--chinese-names"]
    with simulators.running(words) as (_, line):
        said = json.loads(line)
        login = {key: said[key] for key in ("app_id", "app_secret", "permanent_code", "mobile")}
        monkeypatch.setenv("CRM_LOGIN", json.dumps(login))
        runner.replace = {"http://127.0.0.1:8401": said["api_url"]}
        assert runner.run(TUTORIAL / name) > 0


def test_the_page_about_zoho_lists_the_permissions_that_are_asked_for() -> None:
    page = text_of(ROOT / "docs" / "how-to" / NEEDS_A_SIMULATOR)
    listed = re.findall(r"^\|[^|]*\| `(Zoho[A-Za-z.]+)` \| ([^|]+) \|$", page, re.MULTILINE)
    assert listed == [(one.scope, one.purpose) for feature in FEATURES for one in BY_FEATURE[feature]]


@pytest.mark.parametrize(
    ("expected", "output"), [("a  b", "a      b"), ("a\n...\nd", "a\nb\nc\nd"), ("a ---- b", "a  b")]
)
def test_output_may_have_other_spaces_and_what_the_page_leaves_out(expected: str, output: str) -> None:
    assert matches(expected, output)


@pytest.mark.parametrize(("expected", "output"), [("a\n...", "b"), ("won  3", "won  4"), ("a", "a\nmore")])
def test_other_output_is_told_apart(expected: str, output: str) -> None:
    assert not matches(expected, output)
