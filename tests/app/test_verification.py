"""`doctor --verify-tenant`: what an account tells, as a table in both languages, where an adapter has questions."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from tests.app import vendor as example
from tests.app.connected import Connected, made
from tests.app.vendor import ExampleAdapter
from tests.cli.conftest import Cli, cli

from crmbridge.adapter.context import AdapterContext
from crmbridge.adapter.verifying import Check, Said, Verdict
from crmbridge.model.errors import AuthError, ConfigError

__all__ = ["cli"]
CHECKS = [
    Check(
        "2",
        Said("what becomes of a page of 200?", "每页 200 条时会怎样？"),
        Said("{count} rows", "{count} 行", {"count": 100}),
        Said("asks for 100", "每页请求 100 条"),
        Verdict.EXPECTED,
    ),
    Check("7", Said("q", "问"), Said("s", "见"), Said("w", "法"), Verdict.UNSEEN),
]


class Asking(ExampleAdapter):
    """The example service with questions."""

    checks: Sequence[Check] = CHECKS

    def verify_tenant(self) -> Sequence[Check]:
        self._call()
        return self.checks


def open_asking(context: AdapterContext) -> Asking:
    return Asking(context)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connected]:
    card = replace(example.DESCRIPTOR, open="tests.app.test_verification:open_asking")
    monkeypatch.setattr(example, "DESCRIPTOR", card)
    yield from made(tmp_path / "acme", monkeypatch)


def test_each_question_is_a_row(place: Connected) -> None:
    with place.open() as opened:
        found = opened.verify_tenant()
    assert [(row["key"], row["verdict"]) for row in found.rows] == [("2", "expected"), ("7", "unseen")]
    assert found.exit_code == 0
    assert all(context.read_only for context in place.vendor.contexts)


def test_it_is_told_in_both_languages_and_as_json(place: Connected, cli: Cli) -> None:
    words = ("doctor", "crm", "--verify-tenant", "-w", str(place.folder))
    english, chinese = cli(*words, "--lang", "en"), cli(*words, "--lang", "zh")
    assert "what becomes of a page of 200?" in english.out
    assert "100 rows" in english.out
    assert "每页 200 条时会怎样？" in chinese.out
    assert "100 行" in chinese.out
    (row, _) = json.loads(cli(*words, "--json").out)["rows"]
    assert (row["key"], row["verdict"], row["connection"]) == ("2", "expected", "crm")


def test_what_needs_a_person_ends_with_1(place: Connected, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Asking, "checks", [replace(CHECKS[0], verdict=Verdict.ATTENTION)])
    with place.open() as opened:
        assert opened.verify_tenant("crm").exit_code == 1


def test_a_login_that_is_refused_is_told(place: Connected) -> None:
    place.ring.set_password("crmbridge", "crm", json.dumps({"token": "wrong"}))
    with place.open() as opened, pytest.raises(AuthError):
        opened.verify_tenant("crm")


def test_an_adapter_without_questions_says_so(place: Connected, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "open_asking", example.open_adapter)
    with place.open() as opened, pytest.raises(ConfigError, match="nothing of Example CRM is left to be asked"):
        opened.verify_tenant("crm")


def test_one_connection_is_asked_at_a_time(place: Connected) -> None:
    config = place.folder / "crmbridge.toml"
    config.write_text(config.read_text() + '[connections.two]\nadapter = "example"\n')
    with place.open() as opened, pytest.raises(ConfigError, match="which connection"):
        opened.verify_tenant()


def test_a_sentence_needs_both_languages() -> None:
    with pytest.raises(ValueError, match="both"):
        Said("only English", "")
