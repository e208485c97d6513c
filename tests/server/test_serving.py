"""The server on a socket: bounded, silent about what it knows, and a hint read again a moment later."""

import json
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text
from tests.app.connected import Connected, made

from crmbridge.app import hooks
from crmbridge.app.hints import Inbox
from crmbridge.ledger import records
from crmbridge.model.errors import ConfigError, StoreError
from crmbridge.model.kinds import kind
from crmbridge.server import listening, serving
from crmbridge.server.listening import Listener, require_local
from crmbridge.server.metering import Metering
from crmbridge.server.serving import Chores, Place, serve


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connected]:
    monkeypatch.setattr(serving, "FOLLOW_EVERY_S", 0.05)
    yield from made(tmp_path / "acme", monkeypatch)


class Running:
    """A server in a thread."""

    def __init__(self, place: Connected) -> None:
        self.place = place
        self.log: list[Mapping[str, Any]] = []
        self.stop, self._told = threading.Event(), threading.Event()
        self.url = ""
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        assert self._told.wait(20)

    def _run(self) -> None:
        with self.place.open() as bridge:
            serve(bridge, Place("127.0.0.1", 0), stop=self.stop, tell=self._tell, log=self.log.append)

    def _tell(self, url: str) -> None:
        self.url = url
        self._told.set()

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        found = answer.status, answer.read()
        connection.close()
        return found

    def raw(self, text: bytes) -> bytes:
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as there:
            there.sendall(text)
            parts = []
            while part := there.recv(4096):
                parts.append(part)
        return b"".join(parts)

    def end(self) -> None:
        self.stop.set()
        self._thread.join(20)
        assert not self._thread.is_alive()


@contextmanager
def running(place: Connected) -> Iterator[Running]:
    made_ = Running(place)
    try:
        yield made_
    finally:
        made_.end()


def enabled(place: Connected) -> tuple[str, str]:
    """The path of the webhook's address, and its token."""
    with place.open() as opened:
        opened.hooks_enable("crm", "https://hooks.example.com")
    (request,) = place.vendor.subscribed
    return request.url.removeprefix("https://hooks.example.com"), request.secret


def names(place: Connected) -> set[str]:
    with place.open() as opened, opened.wiring.ledger.read() as tx:
        return {record["name"] for record in records.read(tx, kind("account"))}


def test_a_hint_is_read_again_a_moment_later(place: Connected) -> None:
    path, token = enabled(place)
    place.vendor.deals["D3"] = "Fresh"
    with running(place) as server:
        status, body = server.ask("POST", path, json.dumps({"token": token, "ids": ["D3"]}).encode())
        assert (status, json.loads(body)) == (202, {"taken": 1})
        ends = time.monotonic() + 20
        while "Fresh" not in names(place) and time.monotonic() < ends:
            time.sleep(0.02)
    assert "Fresh" in names(place)
    assert place.waiting() == []
    assert [entry["connection"] for entry in server.log if entry["event"] == "follow"] == ["crm"]


def test_a_hint_waits_while_the_vendor_does_not_answer(place: Connected) -> None:
    path, token = enabled(place)
    place.vendor.down = True
    with running(place) as server:
        assert server.ask("POST", path, json.dumps({"token": token, "ids": ["D1"]}).encode())[0] == 202
        ends = time.monotonic() + 20
        while not any(entry.get("exit_code") == 5 for entry in server.log) and time.monotonic() < ends:
            time.sleep(0.02)
    assert place.waiting() == ["D1"]


def test_the_log_holds_neither_secret_nor_record(place: Connected) -> None:
    path, token = enabled(place)
    with running(place) as server:
        server.ask("POST", path, json.dumps({"token": token, "ids": ["D-canary"], "name": "Li Lei"}).encode())
        server.ask("POST", path, b"broken Li Lei")
        server.ask("POST", path + "x", b"{}")
    logged = json.dumps([dict(entry) for entry in server.log])
    for word in (token, path, path.rpartition("/")[2], "D-canary", "Li Lei", "hooks.example"):
        assert word not in logged
    assert sorted(entry["status"] for entry in server.log if entry["event"] == "request") == [202, 403, 403]


def test_health(place: Connected) -> None:
    enabled(place)
    calls = place.vendor.calls
    with running(place) as server:
        assert server.ask("GET", "/livez") == (200, b'{"live": true}')
        assert server.ask("HEAD", "/readyz") == (200, b"")
        status, body = server.ask("GET", "/readyz")
    checks = dict.fromkeys(("store", "schema", "key", "work", "open"), True)
    assert (status, json.loads(body)["checks"]) == (200, checks)
    assert place.vendor.calls == calls


def test_a_ledger_that_a_newer_program_upgraded_is_not_ready(place: Connected) -> None:
    enabled(place)
    with running(place) as server:
        with place.open() as opened, opened.wiring.ledger.begin() as tx:
            tx.execute(text("UPDATE meta SET value = '9999' WHERE key = 'schema_version'"))
        status, body = server.ask("GET", "/readyz")
        assert server.ask("GET", "/livez")[0] == 200
    checks = json.loads(body)["checks"]
    assert (status, checks["store"], checks["schema"]) == (503, True, False)


def test_a_server_that_is_told_to_end_is_not_ready_any_more(place: Connected) -> None:
    with place.open() as opened:
        stop = threading.Event()
        chores = Chores(opened.wiring, lambda _: None, lambda: 0.0)
        assert serving._ready(opened.wiring, chores, stop)["open"]
        stop.set()
        assert not serving._ready(opened.wiring, chores, stop)["open"]


def test_metrics_are_those_of_the_ledger_and_hold_no_secret(place: Connected) -> None:
    path, token = enabled(place)
    with running(place) as server:
        status, body = server.ask("GET", "/metrics")
        assert server.ask("GET", "/metrics", None, Via="1.1 proxy")[0] == 404
    told = body.decode()
    samples = {one.name: one for family in text_string_to_metric_families(told) for one in family.samples}
    assert status == 200
    assert samples["crmbridge_breaker_state"].labels["connection"] == "crm"
    assert samples["crmbridge_webhook_expires_timestamp_seconds"].value > place.now.timestamp()
    assert token not in told
    assert path.rpartition("/")[2] not in told


def test_metrics_are_made_anew_after_a_moment_and_not_at_every_look(place: Connected) -> None:
    now = [0.0]
    with place.open() as opened:
        metering = Metering(opened.wiring, lambda: now[0])
        first = metering.text()
        place.later(minutes=1)
        assert metering.text() == first
        now[0] += 10
        assert metering.text() != first


def test_a_webhook_is_renewed_while_it_serves(place: Connected, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "RENEW_EVERY_S", 0.0)
    enabled(place)
    place.later(days=2)
    with running(place):
        ends = time.monotonic() + 20
        while len(place.vendor.subscribed) < 2 and time.monotonic() < ends:
            time.sleep(0.02)
    assert len(place.vendor.subscribed) == 2


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"POST {path} HTTP/1.1\r\nHost: x\r\n\r\n", b" 411 "),
        (b"POST {path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b" 411 "),
        (b"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 1048577\r\n\r\n", b" 413 "),
        (b"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999999999999999999\r\n\r\n", b" 413 "),
        (b"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", b" 400 "),
        (b"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n{}", b" 400 "),
        (b"PUT {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", b" 501 "),
    ],
)
def test_requests_that_are_not_bounded_are_not_read(place: Connected, head: bytes, status: bytes) -> None:
    path, _ = enabled(place)
    with running(place) as server:
        assert status in server.raw(head.replace(b"{path}", path.encode())).split(b"\r\n")[0]
    assert place.waiting() == []


def test_a_body_of_a_mebibyte_is_read(place: Connected) -> None:
    path, token = enabled(place)
    body = json.dumps({"token": token, "ids": ["D1"], "x": ""}).encode()
    body = body.replace(b'"x": ""', b'"x": "' + b"y" * (listening.LARGEST_BODY - len(body)) + b'"')
    assert len(body) == listening.LARGEST_BODY
    with running(place) as server:
        assert server.ask("POST", path, body)[0] == 202


def dripped(server: Running, first: bytes) -> float:
    """How long a request is listened to that sends a byte now and then and never ends."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as there:
        there.sendall(first)
        began = time.monotonic()
        there.settimeout(0.05)
        while time.monotonic() - began < 20:
            try:
                there.sendall(b"x")
                if there.recv(4096) == b"":
                    break
            except TimeoutError:
                continue
            except OSError:
                break
        return time.monotonic() - began


def test_a_body_that_drips_is_let_go(place: Connected, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "DEADLINE_S", 0.3)
    path, _ = enabled(place)
    with running(place) as server:
        assert dripped(server, f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 99999\r\n\r\n".encode()) < 8
    assert [entry["status"] for entry in server.log if entry["event"] == "request"] == [408]


def test_a_head_that_drips_is_cut_off(place: Connected, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "LIFE_S", 0.3)
    with running(place) as server:
        assert dripped(server, b"POST /livez HTTP/1.1\r\nX-Long: ") < 8


def test_more_than_there_are_places_for_are_turned_away(place: Connected, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "MOST_AT_ONCE", 2)
    with running(place) as server:
        held = [socket.create_connection(("127.0.0.1", server.port), timeout=10) for _ in range(2)]
        for one in held:
            one.sendall(b"GET /livez HTTP/1.1\r\n")
        time.sleep(0.3)
        assert server.raw(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n") == b""
        for one in held:
            one.close()
        ends = time.monotonic() + 10
        while time.monotonic() < ends:
            if b" 200 " in server.raw(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"):
                break
            time.sleep(0.05)
        else:
            pytest.fail("the places were not given back")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "203.0.113.7", "hooks.example.com", ""])  # noqa: S104 - refused
def test_other_machines_reach_it_only_if_that_was_asked_for(host: str) -> None:
    with pytest.raises(ConfigError, match="--allow-remote"):
        require_local(host, remote=False)
    require_local(host, remote=True)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.8.8.8"])
def test_this_machine_is_always_allowed(host: str) -> None:
    require_local(host, remote=False)


def test_a_port_that_is_taken_is_told(place: Connected) -> None:
    with running(place) as server, place.open() as bridge, pytest.raises(StoreError, match="--port names another"):
        serve(bridge, Place("127.0.0.1", server.port), stop=threading.Event(), tell=lambda _: None)


def test_a_wait_for_the_vendor_ends_with_the_server(place: Connected) -> None:
    """A pause that a vendor asked for may be a quarter of an hour; what stops a service waits for a minute."""
    stop = threading.Event()
    stop.set()
    with place.open() as bridge:
        serve(bridge, Place("127.0.0.1", 0), stop=stop, tell=lambda _: None)
        (name,) = bridge.workspace.config.connections
        context = bridge.wiring.context(name, bridge.wiring.descriptor(name))
    assert context.pause(900)


def test_an_error_nobody_thought_of_ends_one_request_alone(place: Connected, monkeypatch: pytest.MonkeyPatch) -> None:
    path, _ = enabled(place)
    with running(place) as server:

        def broken(*_: object) -> None:
            raise RuntimeError("Li Lei")

        monkeypatch.setattr("crmbridge.app.hints.Inbox.take", broken)
        assert server.ask("POST", path, b"{}") == (500, b"")
        assert server.ask("GET", "/livez")[0] == 200
    (entry,) = [entry for entry in server.log if entry.get("level") == "error"]
    assert entry["error"] == "RuntimeError"
    assert "Li Lei" not in str(entry)


def test_it_listens_on_ipv6_too() -> None:
    answers: Any = None
    try:
        listener = Listener("::1", 0, answers)
    except StoreError:
        pytest.skip("this machine has no IPv6")
    assert listener.url.startswith("http://[::1]:")
    listener.server_close()


def test_a_connection_that_cannot_be_read_rests_longer_each_time(place: Connected) -> None:
    path, token = enabled(place)
    now, log = [0.0], list[Mapping[str, Any]]()
    with place.open() as opened:
        box = Inbox(opened.wiring, hooks.keys(opened.wiring))
        box.take("crm", path.rpartition("/")[2], {"X": "1"}, json.dumps({"token": token, "ids": ["D1"]}).encode())
        place.vendor.down = True
        chores = Chores(opened.wiring, log.append, lambda: now[0])
        tried = []
        for second in range(0, 130, 5):
            now[0], before = float(second), len(log)
            chores.round()
            tried += [second] * (len(log) > before)
        assert tried == [0, 15, 45, 105]
        place.vendor.down = False
        now[0] = 300.0
        chores.round()
        assert log[-1]["exit_code"] == 0
        box.close()
    assert place.waiting() == []


def test_only_the_records_spoken_of_are_asked_for(place: Connected) -> None:
    path, token = enabled(place)
    place.vendor.deals |= {"D3": "Fresh", "D4": "Not spoken of"}
    with place.open() as opened:
        box = Inbox(opened.wiring, hooks.keys(opened.wiring))
        box.take("crm", path.rpartition("/")[2], {"X": "1"}, json.dumps({"token": token, "ids": ["D3"]}).encode())
        Chores(opened.wiring, lambda _: None).round()
        box.close()
    assert names(place) == {"Fresh"}
