"""A login at the simulated Zoho, by browser, from the command to the first reading."""

import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.ledger.old_schemas import rows_of

from crmbridge.cli import simulators
from crmbridge.ledger.engine import open_ledger
from crmbridge_zoho.scopes import READING

from .conftest import Answer, Cli

RUN = "import sys; from crmbridge.cli import app; sys.exit(app.run(sys.argv[1:]))"


@pytest.fixture
def zoho() -> Iterator[dict[str, Any]]:
    with simulators.running(["zoho", "--port", "0", "--seed", "7", "--deals", "20"]) as (_, line):
        yield json.loads(line)


def words(folder: Path, zoho: dict[str, Any], *more: str) -> list[str]:
    places = [f"{name}={zoho[name]}" for name in ("accounts_url", "api_url")]
    sets = [word for one in ("simulator=true", *places) for word in ("--set", one)]
    kept = ["--credentials", "env:CRM_LOGIN", "--secret-file", str(folder / "login.json")]
    return ["connect", "zoho", "--name", "crm", "--enable-webhooks", *sets, *kept, "-w", str(folder), *more]


def logged_in(folder: Path, zoho: dict[str, Any], *more: str, secret: str | None = None) -> tuple[int, str]:
    """Connects, a browser going where it is sent; the exit code, and all that was said."""
    environ = {
        **os.environ,
        "CRMBRIDGE_CONNECT_CLIENT_ID": zoho["client_id"],
        "CRMBRIDGE_CONNECT_CLIENT_SECRET": secret or zoho["client_secret"],
    }
    command = [sys.executable, "-c", RUN, *words(folder, zoho, "--port", str(free_port()), *more)]
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        said = []
        for line in process.stderr:
            said.append(line)
            if found := re.search(r"browser: (http://127\.0\.0\.1\S+)", line):
                with urllib.request.urlopen(found[1], timeout=20) as page:  # noqa: S310 - our own simulator
                    assert page.status == 200
        assert process.stdout is not None
        return process.wait(30), "".join(said) + process.stdout.read()


def free_port() -> int:
    import socket  # noqa: PLC0415 - only here

    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def ledger_of(folder: Path) -> str:
    """Every row of every table, wherever the ledger is kept."""
    ledger = open_ledger(f"sqlite:///{folder / 'crmbridge.db'}", create=False)
    with ledger.engine.connect() as connection:
        found = rows_of(connection)
    ledger.close()
    assert found["connection"]
    return repr(found)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "crmbridge.toml").write_text('[workspace]\nname = "acme"\ncurrency = "EUR"\n')
    return tmp_path


def test_from_the_login_to_the_first_look(
    cli: Cli, folder: Path, zoho: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, said = logged_in(folder, zoho)
    assert code == 0, said
    assert "ZohoCRM.notifications.ALL" in said
    login = (folder / "login.json").read_text()
    for secret in (zoho["client_secret"], json.loads(login)["refresh_token"]):
        assert secret not in said
        assert secret not in ledger_of(folder)
    monkeypatch.setenv("CRM_LOGIN", login)
    answer = cli("doctor", "crm", "--json", "-w", str(folder))
    rows = json.loads(answer.out)["rows"]
    assert answer.code == 0, rows
    assert any(zoho["org_id"] in str(row["message"]) for row in rows if row["area"] == "connection")
    cli("sync", "-w", str(folder))
    cli("funnel", "-w", str(folder))
    files = [file for file in folder.rglob("*") if file.is_file() and file.name != "login.json"]
    assert "token-crm-access.json" in {file.name for file in files}
    for secret in (zoho["client_secret"], json.loads(login)["refresh_token"]):
        assert secret not in ledger_of(folder)
        assert not [file for file in files if secret.encode() in file.read_bytes()]
    assert not [row for row in rows if row["area"] == "credentials" and "is only read" in str(row["message"])]


def test_a_login_that_was_ended_is_dead_at_zoho_too(
    cli: Cli, folder: Path, zoho: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, said = logged_in(folder, zoho)
    assert code == 0, said
    monkeypatch.setenv("CRM_LOGIN", (folder / "login.json").read_text())
    assert cli("sync", "-w", str(folder)).code == 0
    asked = cli("disconnect", "crm", "-w", str(folder))
    assert asked.code == 78
    assert "--yes does it without" in asked.err
    assert cli("sync", "-w", str(folder)).code == 0
    answer = cli("disconnect", "crm", "--yes", "-w", str(folder), "--lang", "zh")
    assert answer.code == 0, answer.err
    assert "登录" in answer.out
    assert "env:CRM_LOGIN" in answer.out
    assert not (folder / ".crmbridge" / "token-crm-access.json").exists()
    dead = cli("sync", "-w", str(folder))
    assert dead.code == 4
    assert "crmbridge connect zoho --name crm" in dead.err + dead.out
    assert cli("status", "-w", str(folder)).code == 0
    again = cli("disconnect", "crm", "--yes", "-w", str(folder))
    assert again.code == 0, again.err


def control(zoho: dict[str, Any], action: str, **given: Any) -> Any:
    """What the simulator does behind everybody's back."""
    body = json.dumps(given).encode()
    request = urllib.request.Request(f"{zoho['control_url']}/__sim__/{action}", body, method="POST")  # noqa: S310
    with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 - our own simulator
        return json.loads(answer.read() or b"{}").get("result")


def by_hand(cli: Cli, patch: pytest.MonkeyPatch, folder: Path, zoho: dict[str, Any], code: str) -> Answer:
    """A login with a code that was copied."""
    patch.setenv("CRMBRIDGE_CONNECT_CLIENT_ID", zoho["client_id"])
    patch.setenv("CRMBRIDGE_CONNECT_CLIENT_SECRET", zoho["client_secret"])
    patch.setenv("CRMBRIDGE_CONNECT_CODE", code)
    return cli(*words(folder, zoho, "--self-client"))


def test_a_code_that_was_copied_is_good_once(
    cli: Cli, folder: Path, zoho: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    code = control(zoho, "grant_code", scopes=",".join(READING))
    assert by_hand(cli, monkeypatch, folder, zoho, code).code == 0
    (folder / "login.json").unlink()
    again = by_hand(cli, monkeypatch, folder, zoho, code)
    assert again.code == 4
    assert "does not take the code" in again.err
    assert code not in again.err


def test_a_change_at_the_vendor_is_read_a_moment_later(
    cli: Cli, folder: Path, zoho: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    here = ("-w", str(folder))
    code = control(zoho, "grant_code", scopes=",".join([*READING, "ZohoCRM.notifications.ALL"]))
    patched = by_hand(cli, monkeypatch, folder, zoho, code)
    assert patched.code == 0, patched.err
    monkeypatch.setenv("CRM_LOGIN", (folder / "login.json").read_text())
    assert cli("sync", *here).code == 0
    command = [sys.executable, "-c", RUN, "serve", "--port", "0", "--json", *here]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        assert server.stderr is not None
        url = json.loads(server.stdout.readline())["url"]
        assert cli("hooks", "enable", "crm", "--url", url, *here).code == 0
        deal = json.loads(cli("export", "deal", "--format", "ndjson", *here).out.splitlines()[0])
        vendor_id = deal["refs"][0]["vendor_id"]
        control(zoho, "edit", module="Deals", record_id=vendor_id, changes={"Deal_Name": "Told at once"})
        followed = next(line for line in server.stderr if '"event": "follow"' in line)
        assert json.loads(followed)["exit_code"] == 0
        assert vendor_id not in followed
        server.send_signal(signal.SIGTERM)
        assert server.wait(30) == 0
    assert "Told at once" in cli("export", "deal", "--format", "ndjson", *here).out


def test_another_account_than_the_one_meant_leaves_nothing(folder: Path, zoho: dict[str, Any]) -> None:
    code, said = logged_in(folder, zoho, "--org", "1")
    assert code == 78
    assert "not 1" in said
    assert sorted(path.name for path in folder.iterdir()) == ["crmbridge.toml"]


def test_a_wrong_client_secret_ends_with_4(folder: Path, zoho: dict[str, Any]) -> None:
    code, said = logged_in(folder, zoho, secret="wrong-canary")  # noqa: S106 - a wrong one
    assert code == 4, said
    assert "wrong-canary" not in said
    assert "[connections" not in (folder / "crmbridge.toml").read_text()


def test_an_address_off_this_machine_is_no_simulator(cli: Cli, folder: Path, zoho: dict[str, Any]) -> None:
    answer = cli(*words(folder, {**zoho, "api_url": "http://evil.example:80"}))
    assert answer.code == 78
    assert "no address of a simulator" in answer.err
