"""The server on loopback: one line of JSON, three ports, keep-alive, ends with its parent."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection, RemoteDisconnected
from urllib.parse import urlencode, urlsplit

import pytest

from crmbridge_sim.__main__ import main
from crmbridge_sim.faults import Fault
from crmbridge_sim.serve import Servers
from crmbridge_sim.zoho import ZohoSimulator
from crmbridge_sim.zoho.serving import serve


@pytest.fixture
def served(sim: ZohoSimulator) -> Iterator[dict[str, str]]:
    with Servers() as servers:
        yield serve(sim, servers)


@contextmanager
def connect(url: str) -> Iterator[HTTPConnection]:
    with closing(HTTPConnection(urlsplit(url).netloc, timeout=10)) as connection:
        yield connection


def ask(connection: HTTPConnection, method: str, path: str, **rest: object) -> tuple[int, bytes]:
    connection.request(method, path, **rest)  # type: ignore[arg-type]  # body and headers
    answer = connection.getresponse()
    return answer.status, answer.read()


def authorised(sim: ZohoSimulator) -> dict[str, str]:
    return {"Authorization": f"Zoho-oauthtoken {sim.token()}"}


def test_a_token_names_the_loopback_api(served: dict[str, str]) -> None:
    names = ("client_id", "client_secret", "refresh_token")
    form = urlencode({"grant_type": "refresh_token", **{name: served[name] for name in names}})
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    with connect(served["accounts_url"]) as accounts:
        _, body = ask(accounts, "POST", "/oauth/v2/token", body=form, headers=headers)
        assert json.loads(body)["api_domain"] == served["api_url"]
        assert ask(accounts, "GET", "/crm/v8/org")[0] == 404


def test_one_connection_serves_many_calls(sim: ZohoSimulator, served: dict[str, str]) -> None:
    headers = authorised(sim)
    body = json.dumps({"data": [{"Last_Name": "王"}]}).encode()
    with connect(served["api_url"]) as api:
        assert ask(api, "GET", "/crm/v8/org", headers=headers)[0] == 200
        first = api.sock
        assert ask(api, "GET", "/crm/v8/Leads?fields=id", headers=headers) == (204, b"")
        assert ask(api, "POST", "/crm/v8/Leads", body=body, headers=headers)[0] == 201
        chunked = {**headers, "Transfer-Encoding": "chunked"}
        answer = ask(
            api, "POST", "/crm/v8/Leads", body=iter([body[:5], body[5:]]), headers=chunked, encode_chunked=True
        )
        assert answer[0] == 201
        assert api.sock is first
        assert ask(api, "GET", "/__sim__/calls")[0] == 404


def test_a_dropped_answer_resets_the_connection(sim: ZohoSimulator, served: dict[str, str]) -> None:
    sim.faults.add(Fault("drop_after_commit"))
    body = json.dumps({"data": [{"Last_Name": "A"}]})
    with connect(served["api_url"]) as api, pytest.raises((RemoteDisconnected, ConnectionError)):
        ask(api, "POST", "/crm/v8/Leads", body=body, headers=authorised(sim))
    assert sim.store.count("Leads") == 1


def test_rubbish_is_a_400(served: dict[str, str]) -> None:
    host, _, port = urlsplit(served["api_url"]).netloc.partition(":")
    with socket.create_connection((host, int(port)), timeout=10) as raw:
        raw.sendall(b"HELLO\r\n\r\n")
        assert raw.recv(100).startswith(b"HTTP/1.1 400")


def test_the_process_prints_one_line_and_ends_with_its_stdin() -> None:
    command = [sys.executable, "-m", "crmbridge_sim", "serve", "zoho", "--deals", "3", "--now", "2026-05-01T12:00:00"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        names = "accounts_url api_url control_url client_id client_secret refresh_token org_id"
        assert set(told) == set(names.split())
        with connect(told["control_url"]) as control:
            status, body = ask(control, "GET", "/__sim__/state")
        assert status == 200
        assert json.loads(body)["now"].startswith("2026-05-01T12:00:")
        process.stdin.close()
        assert process.wait(timeout=10) == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["serve", "zoho", "--switch", "token_wolk=offset"], "did you mean token_walk"),
        (["serve", "zoho", "--switch", "token_walk"], "name=value"),
        (["serve", "zoho", "--currencies", "XXX"], "no exchange rate for XXX"),
        (["serve", "zoho", "--zone", "Nowhere"], "is no time zone"),
    ],
)
def test_mistakes_on_the_command_line(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert words in capsys.readouterr().err


def test_the_switches_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["switches", "zoho"]) == 0
    assert "token_walk = keyset" in capsys.readouterr().out
