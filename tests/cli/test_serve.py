"""`crmbridge serve` and `crmbridge hooks` on the command line."""

import json
import signal
import subprocess
import sys
import textwrap
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.app.connected import Connected, made

from .conftest import Cli


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connected]:
    yield from made(tmp_path / "acme", monkeypatch)


def test_a_webhook_from_the_first_to_the_last(cli: Cli, place: Connected) -> None:
    here = ("-w", str(place.folder))
    answer = cli("hooks", "enable", "crm", "--url", "https://hooks.example.com", *here)
    assert answer.code == 0, answer.err
    assert "next: crmbridge serve" in answer.err
    assert place.vendor.subscribed[0].secret not in answer.out + answer.err
    assert place.vendor.subscribed[0].url not in answer.out + answer.err
    assert cli("hooks", "renew", *here).code == 0
    (row,) = json.loads(cli("hooks", "list", "--json", *here).out)["rows"]
    assert row["state"] == "active"
    assert cli("hooks", "disable", "crm", *here).code == 0
    assert json.loads(cli("hooks", "list", "--json", *here).out)["rows"] == []


def test_a_permission_that_is_missing_ends_with_4(cli: Cli, place: Connected) -> None:
    place.grant("read")
    answer = cli("hooks", "enable", "crm", "--url", "https://hooks.example.com", "-w", str(place.folder))
    assert answer.code == 4
    assert "--enable-webhooks" in answer.err


def test_a_connection_that_is_not_there_is_named_with_the_nearest(cli: Cli, place: Connected) -> None:
    for words in (["enable", "cmr", "--url", "https://x.example"], ["renew", "cmr"], ["disable", "cmr"]):
        answer = cli("hooks", *words, "-w", str(place.folder))
        assert answer.code == 78
        assert "crm" in answer.err


def test_an_address_that_others_reach_is_refused(cli: Cli, place: Connected) -> None:
    answer = cli("serve", "--host", "0.0.0.0", "-w", str(place.folder))  # noqa: S104 - refused
    assert answer.code == 78
    assert "--allow-remote" in answer.err


SCRIPT = textwrap.dedent("""
    import sys
    from crmbridge.cli import app
    sys.exit(app.run(["serve", "--port", "0", "--json", "-w", sys.argv[1]]))
""")


@pytest.mark.parametrize("wish", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_until_it_is_told_to_end(tmp_path: Path, wish: signal.Signals) -> None:
    (tmp_path / "crmbridge.toml").write_text('[workspace]\nname = "acme"\n')
    command = [sys.executable, "-c", SCRIPT, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        assert server.stderr is not None
        url = json.loads(server.stdout.readline())["url"]
        with urllib.request.urlopen(url + "/livez", timeout=10) as answer:  # noqa: S310 - our own address
            assert answer.status == 200
        server.send_signal(wish)
        assert server.wait(20) == 0
        assert "Traceback" not in server.stderr.read()
