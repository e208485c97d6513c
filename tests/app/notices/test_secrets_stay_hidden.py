"""No secret of a channel's URL is in any output, log, row, file or argument, however the channel behaves."""

from pathlib import Path

import pytest
from tests.app.notices.conftest import Opened
from tests.app.notices.hub import Hub
from tests.app.notices.office import BOSS, OPS, REPS, Office

from crmbridge.app import logs
from crmbridge.cli import app
from crmbridge.http.secret import Secret
from crmbridge.report.notices.message import Message
from crmbridge.report.notices.postman import Postman

CANARIES = ("canary-user-51", "canary-password-52", "canary-token-53", "canary-query-54")
COMMANDS = (
    ("notices", "send", "--dry-run"),
    ("notices", "send"),
    ("notices", "send", "--json"),
    ("notices", "list"),
    ("notices", "list", "--json"),
    ("notices", "test", "room"),
    ("notices", "test", "mail", "--email", "who@acme.example", "--json", "--debug"),
    ("schedule", "run-now", "tell", "--log", "json"),
    ("status", "--json"),
    ("runs", "--json"),
    ("config", "show", "--origin"),
    ("audit", "list", "--json"),
    ("doctor",),
)
TELL = '\n[jobs.tell]\nkind = "notices"\nschedule = "0 7 * * *"\n[log]\nlevel = "debug"\n'


def poisoned(hub: Hub, path: str) -> str:
    user, password, token, query = CANARIES
    return f"json://{user}:{password}@127.0.0.1:{hub.port}/{path}/{token}?+X-Key={query}"


def said(made: Office, caught: pytest.CaptureFixture[str], *command: str) -> str:
    """Everything that a command says."""
    app.run([*command, "--workspace", str(made.folder)], made.environ)
    found = caught.readouterr()
    return found.out + found.err


def test_no_secret_is_anywhere(
    office: Opened, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    made = office(REPS, BOSS, OPS, '\n[notices]\nquiet = "none"\n', TELL)
    for name in ("MAIL", "ROOM", "OPS"):
        email = "/{email}" if name == "MAIL" else ""
        made.environ[f"TOLD_{name}"] = poisoned(made.hub, name.lower() + email)
        monkeypatch.setenv(f"TOLD_{name}", made.environ[f"TOLD_{name}"])
    made.hub.ways |= {
        f"mail/ann@acme.example/{CANARIES[2]}": (404, CANARIES[1].encode()),
        f"room/{CANARIES[2]}": "garbage",
    }
    with logs.to_standard_error("debug"):
        assert ("boss", "room", "doubted") in made.fates()
        made.perform("tell")
    assert "notice.sent" in (logged := capfd.readouterr().err)
    assert not [one for one in CANARIES if one in logged]
    texts = {command: said(made, capfd, *command) for command in COMMANDS}
    assert {path.split("/")[0] for path, _ in made.hub.got} >= {"mail", "room"}
    assert "doubted" in texts["notices", "list", "--json"]
    assert not [(command, one) for command, text in texts.items() for one in CANARIES if one in text]
    for file in made.folder.rglob("*"):
        if file.is_file():
            assert not [one for one in CANARIES if one.encode() in file.read_bytes()], file


@pytest.mark.file_ledger  # the workspace is a copy of a folder
def test_no_name_and_no_address_is_in_a_log_or_in_the_rows_of_notices(
    office: Opened, capfd: pytest.CaptureFixture[str]
) -> None:
    made = office(REPS, TELL)
    made.hub.ways["mail/ann@acme.example"] = (404, b"")
    with logs.to_standard_error("debug"):
        made.perform("tell")
    told = capfd.readouterr().err
    lines = [line for line in told.splitlines() if line.startswith("{")]
    assert any("notice.sent" in line for line in lines)
    for word in ("Ann", "ann@", "ann-1"):
        assert not [line for line in lines if word in line]
        assert word not in str(made.kept())


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="this system shows no process from the inside")
def test_no_secret_is_an_argument_or_in_the_environment_of_the_process_that_sends(hub: Hub) -> None:
    with Postman() as postman:
        url = Secret(poisoned(hub, "room"))
        assert postman.carry(url, Message("a", "b")).code == "delivered"
        assert postman._process is not None
        place = Path(f"/proc/{postman._process.pid}")
        seen = (place / "cmdline").read_bytes() + (place / "environ").read_bytes()
    assert not [one for one in CANARIES if one.encode() in seen]
    assert repr(url) == "***"
