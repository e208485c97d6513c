"""`crmbridge connect` on the command line: no terminal, no prompt; no secret in an argument or on the screen."""

import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.app import vendor as example
from tests.app.vendor import CONFIG, TOKEN, Ring, Vendor

from crmbridge.cli.asking import Terminal
from crmbridge.cli.connecting import options
from crmbridge.cli.usage import Usage
from crmbridge.model.errors import ConfigError

from .conftest import Cli

CODE = "good"


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Path, Vendor, Ring]]:
    vendor, ring = example.install(monkeypatch)
    folder = tmp_path / "acme"
    folder.mkdir()
    (folder / "crmbridge.toml").write_text(CONFIG)
    yield folder, vendor, ring
    example.STATE.clear()


def give(patch: pytest.MonkeyPatch) -> None:
    patch.setenv("CRMBRIDGE_CONNECT_CLIENT_ID", "me")
    patch.setenv("CRMBRIDGE_CONNECT_CODE", CODE)


def test_without_a_terminal_answers_come_from_the_environment(
    cli: Cli, service: tuple[Path, Vendor, Ring], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, vendor, ring = service
    give(monkeypatch)
    answer = cli("connect", "example", "--name", "crm", "--data-center", "cn", "--json", "-w", str(folder))
    assert answer.code == 0, answer.err
    (row,) = json.loads(answer.out)["rows"]
    assert row == {
        "connection": "crm",
        "account": "Acme Ltd (org-1)",
        "scope": "Deals.READ",
        "purpose": "to read deals",
        "secret": "keyring:crm (keyring.backends.SecretService.Keyring)",
    }
    assert "next: crmbridge doctor crm" in answer.err
    assert vendor.answers == ["me", CODE]
    assert len(ring.kept) == 1
    assert TOKEN not in answer.out + answer.err


def test_without_a_terminal_and_an_answer_nothing_hangs(cli: Cli, service: tuple[Path, Vendor, Ring]) -> None:
    folder, vendor, _ = service
    answer = cli("connect", "example", "-w", str(folder))
    assert answer.code == 78
    assert "there is no terminal to ask on: Client id" in answer.err
    assert "CRMBRIDGE_CONNECT_CLIENT_ID" in answer.err
    assert vendor.answers == []


def test_what_was_granted_is_shown_in_the_readers_language(
    cli: Cli, service: tuple[Path, Vendor, Ring], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, _, _ = service
    give(monkeypatch)
    answer = cli("connect", "example", "--enable-write", "tasks", "--lang", "zh", "-w", str(folder))
    assert answer.code == 0, answer.err
    assert "读取商机" in answer.out
    assert "创建任务" in answer.out


def test_connecting_twice_says_so(
    cli: Cli, service: tuple[Path, Vendor, Ring], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, _, _ = service
    give(monkeypatch)
    assert cli("connect", "example", "--name", "crm", "-w", str(folder)).code == 0
    answer = cli("connect", "example", "--name", "again", "-w", str(folder))
    assert answer.code == 78
    assert "is connected already, as crm" in answer.err


def test_outside_a_workspace_the_way_into_one_is_named(cli: Cli, tmp_path: Path) -> None:
    answer = cli("connect", "example", "-w", str(tmp_path))
    assert answer.code == 78
    assert "crmbridge init" in answer.err


@pytest.mark.parametrize("words", [["--enable-write", "everything"], ["--port", "80"], ["--set", "novalue"]])
def test_options_that_make_no_sense_are_usage_errors(
    cli: Cli, service: tuple[Path, Vendor, Ring], words: list[str]
) -> None:
    assert cli("connect", "example", *words, "-w", str(service[0])).code == 2


def test_keys_of_the_adapter_have_the_values_of_toml() -> None:
    given = ["simulator=true", "page_size = 100", "api_url=http://127.0.0.1:1", 'modules=["Deals"]', "org='7'", "x="]
    assert options(given, "eu") == {
        "data_center": "eu",
        "simulator": True,
        "page_size": 100,
        "api_url": "http://127.0.0.1:1",
        "modules": ["Deals"],
        "org": "7",
        "x": "",
    }
    with pytest.raises(Usage):
        options(["=1"], None)


# -- on a terminal ---------------------------------------------------------------------------------------------------


def test_a_secret_is_typed_unseen_and_an_empty_answer_asked_again(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    typed = iter(["", "  s3cret-canary "])
    monkeypatch.setattr("getpass.getpass", lambda *_, **__: next(typed))
    assert Terminal(environ={}, tty=True).ask("client_secret", "Client secret", "密钥", secret=True) == "s3cret-canary"
    assert "s3cret-canary" not in "".join(capfd.readouterr())


def test_a_terminal_that_is_closed_interrupts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n me \n"))
    terminal = Terminal(environ={}, tty=True)
    assert terminal.ask("client_id", "Client id", "编号", secret=False) == "me"
    with pytest.raises(KeyboardInterrupt):
        terminal.ask("client_id", "Client id", "编号", secret=False)


def test_without_a_terminal_no_browser_is_opened(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    Terminal(environ={}, tty=False).open_url("https://x.example/auth")
    assert opened == []
    assert "https://x.example/auth" in capfd.readouterr().err
    Terminal(environ={}, tty=True).open_url("https://x.example/auth")
    assert opened == ["https://x.example/auth"]


def test_the_variable_of_a_question_is_named_after_its_key() -> None:
    with pytest.raises(ConfigError, match="CRMBRIDGE_CONNECT_DATA_CENTER"):
        Terminal(environ={}, tty=False).ask("data-center", "Where?", "哪里？", secret=False)


def test_the_listener_speaks_the_readers_language() -> None:
    with Terminal(environ={}, tty=False, port=0).listen() as redirect:
        assert redirect.page(200) != redirect.page(403)


def test_what_has_a_usual_answer_needs_nobody(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    asked = ("cloud", "Cloud", "云", "fxiaoke")
    assert Terminal(environ={}, tty=False).choose(*asked) == "fxiaoke"
    assert Terminal(environ={"CRMBRIDGE_CONNECT_CLOUD": "huawei"}, tty=False).choose(*asked) == "huawei"
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n ale \n"))
    assert [Terminal(environ={}, tty=True).choose(*asked) for _ in range(2)] == ["fxiaoke", "ale"]
    assert "Cloud [fxiaoke]: " in capfd.readouterr().err
    with pytest.raises(KeyboardInterrupt):
        Terminal(environ={}, tty=True).choose(*asked)
