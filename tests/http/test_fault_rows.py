"""Every row of the fault model that the door answers for, over real sockets: what goes wrong, and what comes of it."""

import ast
import os
import resource
import socket
import ssl
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
import trustme

from crmbridge.http import InDoubt, Rules, UnreadableBody
from crmbridge.http.body import TooLarge
from crmbridge.model.errors import AuthError, ContractError, RecordError, Throttled, Timeout, Unavailable
from crmbridge.testing import faults
from crmbridge.testing.faults import Answer, FaultServer

from .conftest import Doors, Store, deals, read, write

QUICK = Rules(deadline_s=3.0, read_s=1.0)


# --- 2.1 network ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("call", [read, write])
def test_refused_connection_is_tried_again_for_any_verb_and_is_unavailable_at_last(doors: Doors, call: object) -> None:
    with FaultServer() as server:
        pass
    door = doors.to(server)
    made = (read if call is read else write)(base=server.url)
    with pytest.raises(Unavailable) as caught:
        door.send(made)
    assert not isinstance(caught.value, InDoubt)
    assert caught.value.exit_code == 5
    assert doors.clock.slept_seconds > 0
    assert door.spent().calls == 0


def test_unknown_host_name_is_tried_again_and_is_unavailable_at_last(
    doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def stub(*args: object, **_named: object) -> list[object]:
        asked.append(args[0])
        raise socket.gaierror(-3, "Temporary failure in name resolution")

    with FaultServer() as server:
        monkeypatch.setattr(socket, "getaddrinfo", stub)
        with pytest.raises(Unavailable):
            doors.to(server).send(write(base=server.url))
    assert len(asked) == 4


def test_connect_timeout_is_tried_again_for_a_write_too(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    store, tries = Store(), []
    real = socket.create_connection

    def slow(*args: object, **named: object) -> object:
        tries.append(args)
        if len(tries) < 3:
            raise TimeoutError
        return real(*args, **named)  # type: ignore[arg-type]

    with FaultServer(store) as server:
        monkeypatch.setattr(socket, "create_connection", slow)
        doors.to(server).send(write(base=server.url))
    assert (len(tries), len(store.written)) == (3, 1)


CUTS = {
    "before_the_headers": faults.reset(0),
    "after_one_byte": faults.reset(1),
    "within_the_headers": faults.reset(20),
    "after_the_headers": faults.cut(0, of="body"),
    "mid_body": faults.cut(10, of="body"),
    "mid_body_by_rst": faults.cut(10, of="body", by_reset=True),
    "before_the_last_byte": faults.cut(-1),
    "orderly_without_answer": faults.drop_after_commit(),
}


@pytest.mark.parametrize("where", CUTS)
def test_read_cut_anywhere_is_asked_again(doors: Doors, where: str) -> None:
    with FaultServer([deals(20)]) as server:
        server.on(call=1, fault=CUTS[where])
        reply = doors.to(server).send(read(base=server.url))
        assert len(server.asked) == 2
    body = reply.json()
    assert isinstance(body, dict)
    assert len(body["data"]) == 20


@pytest.mark.parametrize("where", CUTS)
def test_write_cut_anywhere_is_in_doubt_and_never_sent_again(doors: Doors, where: str) -> None:
    store = Store()
    with FaultServer(store) as server:
        server.on(fault=CUTS[where])
        with pytest.raises(InDoubt):
            doors.to(server).send(write(base=server.url))
        assert len(server.asked) == 1
    assert len(store.written) == 1


def test_write_cut_after_its_body_is_done(doors: Doors) -> None:
    with FaultServer(Store()) as server:
        server.on(fault=faults.cut(10**6))
        assert doors.to(server).send(write(base=server.url)).status == 201


def test_write_reset_before_it_was_read_is_in_doubt_too(doors: Doors) -> None:
    store = Store()
    with FaultServer(store) as server:
        server.on(fault=faults.drop_before())
        with pytest.raises(InDoubt):
            doors.to(server).send(write(base=server.url))
    assert not store.written


def test_read_timeout_is_asked_again_and_a_write_is_in_doubt(doors: Doors) -> None:
    store = Store()
    with FaultServer(store) as server:
        server.on(call=1, fault=faults.delay(1.6)).on(call=3, fault=faults.delay(1.6))
        door = doors.to(server, rules=QUICK)
        assert door.send(read(base=server.url)).status == 200
        with pytest.raises(InDoubt):
            door.send(write(base=server.url))
        assert [asked.method for asked in server.asked] == ["GET", "GET", "POST"]


@pytest.mark.parametrize("start", [0, 120], ids=["in_the_headers", "in_the_body"])
def test_slow_drip_fails_at_the_deadline(doors: Doors, start: int) -> None:
    with FaultServer([deals(20)]) as server:
        server.on(fault=faults.drip(0.1, start=start))
        begun = time.monotonic()
        with pytest.raises(Timeout):
            doors.to(server, rules=Rules(deadline_s=0.7, read_s=30, attempts=1)).send(read(base=server.url))
        assert 0.6 < time.monotonic() - begun < 10


@pytest.mark.parametrize("start", [0, 120], ids=["in_the_headers", "in_the_body"])
def test_silence_ends_at_the_deadline_too(doors: Doors, start: int) -> None:
    with FaultServer([deals(20)]) as server:
        server.on(fault=faults.drip(20.0, start=start))
        begun = time.monotonic()
        with pytest.raises(Timeout):
            doors.to(server, rules=Rules(deadline_s=0.5, read_s=30, attempts=1)).send(read(base=server.url))
        assert time.monotonic() - begun < 10


def test_slow_drip_of_a_write_is_in_doubt_at_the_deadline(doors: Doors) -> None:
    with FaultServer(Store()) as server:
        server.on(fault=faults.drip(0.1, start=100))
        with pytest.raises(InDoubt):
            doors.to(server, rules=Rules(deadline_s=0.5)).send(write(base=server.url))
        assert len(server.asked) == 1


@pytest.mark.parametrize("at", [1, 9, 60, 500])
def test_body_cut_without_length_is_incomplete_and_not_empty(doors: Doors, at: int) -> None:
    with FaultServer([deals(20)]) as server:
        server.on(call=1, fault=faults.trunc_nolen(at))
        reply = doors.to(server).send(read(base=server.url))
        assert len(server.asked) == 2
        assert reply.is_framed
        server.on(fault=faults.trunc_nolen(at))
        with pytest.raises(Unavailable, match="ends early"):
            doors.to(server).send(read(base=server.url))


def test_body_cut_to_nothing_without_length_is_incomplete(doors: Doors) -> None:
    with FaultServer([deals(20)]) as server:
        server.on(fault=faults.trunc_nolen(0))
        with pytest.raises(Unavailable):
            doors.to(server).send(read(base=server.url))


def test_body_cut_without_length_leaves_a_write_in_doubt(doors: Doors) -> None:
    with FaultServer(Store()) as server:
        server.on(fault=faults.trunc_nolen(5))
        with pytest.raises(InDoubt):
            doors.to(server).send(write(base=server.url))


def test_body_without_length_that_is_whole_is_taken_and_said_to_be_unframed(doors: Doors) -> None:
    with FaultServer([deals(20)]) as server:
        server.on(fault=faults.without_length())
        assert not doors.to(server).send(read(base=server.url)).is_framed


def test_packed_body_cut_with_a_right_length_is_incomplete(doors: Doors) -> None:
    with FaultServer([deals(20)]) as server:
        server.on(call=1, fault=faults.gzipped(60)).on(call=2, fault=faults.gzipped())
        reply = doors.to(server).send(read(base=server.url))
        assert len(server.asked) == 2
    assert reply.body == deals(20).body


HOSTILE = """
    import resource, sys, time
    from pathlib import Path
    from pydantic import BaseModel
    from crmbridge.adapter.context import AdapterContext
    from crmbridge.http import Call, Door, Hosts, Ok
    from crmbridge.http.body import TooLarge

    class Options(BaseModel):
        pass

    def peak_mb():  # ru_maxrss of a child begins at what its parent held when it was forked
        status = Path("/proc/self/status")
        if status.exists():
            return int(status.read_text().partition("VmHWM:")[2].split()[0]) // 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024

    url, port, sink = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    door = Door(
        AdapterContext("acme", Options(), Path()),
        hosts=Hosts(frozenset(), frozenset({("127.0.0.1", port)})),
        judge=lambda call, reply: Ok(),
    )
    try:
        door.send(Call("GET", url, safe=True, sink=Path(sink) if sink else None))
    except TooLarge:
        print(peak_mb())
"""
GIB = 1024**3
BOMBS = {
    "gzip_bomb": (faults.gzip_bomb(GIB), ""),
    "a_gigabyte_of_zeros": (faults.zeros(GIB), ""),
    "a_gigabyte_without_length": (faults.zeros(GIB, has_length=False), ""),
    "a_gigabyte_to_a_file": (faults.zeros(GIB, has_length=False, content_type="application/zip"), "result.zip"),
    "gzip_bomb_to_a_file": (faults.gzip_bomb(GIB, content_type="application/zip"), "result.zip"),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_gzip_bomb_and_huge_body_are_stopped_in_little_memory(bomb: str, tmp_path: Path) -> None:
    fault, sink = BOMBS[bomb]
    with FaultServer() as server:
        server.on(fault=fault)
        run = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(HOSTILE), server.url, str(server.port), sink and tmp_path / sink],
            capture_output=True,
            text=True,
            check=False,
            timeout=100,
        )
        assert len(server.asked) == 1, "a body that is too large is not asked for again"
    assert run.stdout, run.stderr
    assert int(run.stdout) < 200
    assert list(tmp_path.iterdir()) == []


def test_bulk_result_goes_to_its_file_whole_or_not_at_all(doors: Doors, tmp_path: Path) -> None:
    content = bytes(range(256)) * 40_000
    sink = tmp_path / "result.zip"
    with FaultServer([Answer(200, content, {"Content-Type": "application/zip"})]) as server:
        server.on(call=1, fault=faults.cut(5_000_000)).on(call=3, fault=faults.html())
        door = doors.to(server)
        reply = door.send(read(base=server.url, sink=sink))
        assert sink.read_bytes() == content
        assert sink.stat().st_mode & 0o777 == 0o600
        assert (reply.body, reply.size_bytes) == (b"", len(content))
        sink.unlink()
        server.on(fault=faults.cut(5_000_000))
        with pytest.raises(Unavailable):
            door.send(read(base=server.url, sink=sink))
    assert list(tmp_path.glob("*.zip*")) == []


def tls_server(authority: trustme.CA, *names: str, **dates: object) -> FaultServer:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(*names, **dates).configure_cert(context)  # type: ignore[arg-type]
    return FaultServer([deals(1)], tls=context)


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> trustme.CA:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    return authority


def test_tls_with_a_certificate_that_holds_works(doors: Doors, trusted: trustme.CA) -> None:
    with tls_server(trusted, "127.0.0.1") as server:
        assert doors.to(server).send(read(base=server.url)).status == 200


def test_other_certificates_in_the_same_file_are_heeded(doors: Doors, trusted: trustme.CA, tmp_path: Path) -> None:
    """What is trusted is read once, and again where it changed: a worker lives longer than a certificate."""
    file = tmp_path / "ca.pem"
    with tls_server(trusted, "127.0.0.1") as server:
        assert doors.to(server).send(read(base=server.url)).status == 200
        trustme.CA().cert_pem.write_to_path(file)
        os.utime(file, (1, 1))
        with pytest.raises(AuthError):
            doors.to(server).send(read(base=server.url))


@pytest.mark.parametrize("why", ["expired", "wrong_host", "self_signed"])
def test_tls_that_does_not_hold_fails_closed_at_once(doors: Doors, trusted: trustme.CA, why: str) -> None:
    from datetime import UTC, datetime  # noqa: PLC0415

    servers = {
        "expired": lambda: tls_server(trusted, "127.0.0.1", not_after=datetime(2020, 1, 1, tzinfo=UTC)),
        "wrong_host": lambda: tls_server(trusted, "www.example.com"),
        "self_signed": lambda: tls_server(trustme.CA(), "127.0.0.1"),
    }
    with servers[why]() as server:
        with pytest.raises(AuthError) as caught:
            doors.to(server).send(write(base=server.url))
        assert server.connections == 1
        assert server.asked == []
    assert caught.value.exit_code == 4
    assert doors.clock.slept_seconds == 0


def test_tls_has_no_switch_to_turn_it_off() -> None:
    for file in Path("src/crmbridge").rglob("*.py"):
        text = file.read_text("utf-8")
        for word in ("verify=False", "CERT_NONE", "check_hostname = False", "_create_unverified_context"):
            assert word not in text, file


@pytest.mark.parametrize("call", [read, write])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect_is_never_followed(doors: Doors, status: int, call: object) -> None:
    with FaultServer() as other, FaultServer() as server:
        server.on(fault=faults.redirect(f"{other.url}/stolen?token=abc", status))
        with pytest.raises(ContractError) as caught:
            doors.to(server, other).send((read if call is read else write)(base=server.url))
        assert (len(server.asked), len(other.asked), other.connections) == (1, 0, 0)
    assert "abc" not in str(caught.value)


# --- 2.2 vendor ----------------------------------------------------------------------------------------------------


def test_429_with_retry_after_waits_that_long(doors: Doors) -> None:
    with FaultServer([Answer.json({}, 429, Retry_After="17"), deals(1)]) as server:
        doors.to(server).send(read(base=server.url))
    assert doors.clock.slept_seconds == 17


def test_429_with_retry_after_beyond_the_cap_ends_the_run(doors: Doors) -> None:
    with FaultServer([Answer.json({}, 429, Retry_After="901")]) as server:
        door = doors.to(server)
        for _ in range(3):
            with pytest.raises(Throttled) as caught:
                door.send(read(base=server.url))
        assert len(server.asked) == 1
    assert caught.value.after == 901
    assert doors.clock.slept_seconds == 0


def test_429_of_a_write_is_waited_for_and_sent_again(doors: Doors) -> None:
    store = Store()
    with FaultServer(store) as server:
        server.on(fault=faults.instead(Answer.json({}, 429)), times=2)
        doors.to(server).send(write(base=server.url))
    assert len(store.written) == 1
    assert doors.clock.slept_seconds >= 2


@pytest.mark.parametrize(
    "fault",
    [
        faults.html(502),
        faults.html(200),
        faults.instead(Answer.json({"error": "oops"}, 500)),
        faults.instead(Answer.json({}, 503)),
        faults.instead(Answer(504)),
    ],
)
def test_5xx_or_html_is_asked_again_and_leaves_a_write_in_doubt(doors: Doors, fault: faults.Fault) -> None:
    store = Store()
    with FaultServer(store) as server:
        server.on(fault=fault, call=1).on(fault=fault, call=3)
        door = doors.to(server)
        assert door.send(read(base=server.url)).status == 200
        with pytest.raises(InDoubt):
            door.send(write(base=server.url))
        assert len(server.asked) == 3


def test_empty_204_is_an_answer(doors: Doors) -> None:
    with FaultServer([Answer(204)]) as server:
        reply = doors.to(server).send(read(base=server.url))
    assert (reply.status, reply.body) == (204, b"")


@pytest.mark.parametrize(
    "body",
    [b'{"a": NaN}', b'{"a": 1e400}', b'{"a": 1, "a": 2}', b"9" * 5000, b"[" * 100_000 + b"]" * 100_000, b"\xff"],
    ids=["nan", "infinite", "duplicate_key", "5000_digits", "deep", "not_utf8"],
)
def test_json_that_cannot_be_trusted_is_a_bad_response(doors: Doors, body: bytes) -> None:
    with FaultServer([Answer(200, body, {"Content-Type": "application/json"})]) as server:
        door = doors.to(server)
        with pytest.raises(UnreadableBody):
            door.send(read(base=server.url))
        with pytest.raises(InDoubt):
            door.send(write(base=server.url))
        assert len(server.asked) == 2


def test_json_is_looked_at_even_where_the_judge_does_not(doors: Doors) -> None:
    from crmbridge.http import Ok  # noqa: PLC0415

    with FaultServer([deals(20)]) as server:
        server.on(fault=faults.trunc_nolen(60))
        with pytest.raises(Unavailable):
            doors.to(server, judge=lambda _call, _reply: Ok()).send(read(base=server.url))


def test_unknown_status_is_never_success(doors: Doors) -> None:
    with FaultServer([Answer.json({}, 418)]) as server, pytest.raises(RecordError):
        doors.to(server).send(read(base=server.url))


def test_peak_memory_is_told_in_the_unit_that_is_compared() -> None:
    assert 10 < resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024 < 10_000


def test_too_large_is_a_contract_error() -> None:
    assert issubclass(TooLarge, ContractError)


# --- the rows and their tests --------------------------------------------------------------------------------------

ROWS = {
    "2.1 Connect timeout, refused, DNS failure": (
        "test_connect_timeout_is_tried_again_for_a_write_too",
        "test_refused_connection_is_tried_again_for_any_verb_and_is_unavailable_at_last",
        "test_unknown_host_name_is_tried_again_and_is_unavailable_at_last",
    ),
    "2.1 Read timeout / RST after request sent": (
        "test_read_timeout_is_asked_again_and_a_write_is_in_doubt",
        "test_read_cut_anywhere_is_asked_again",
        "test_write_cut_anywhere_is_in_doubt_and_never_sent_again",
        "test_write_cut_after_its_body_is_done",
        "test_write_reset_before_it_was_read_is_in_doubt_too",
    ),
    "2.1 Slow drip": (
        "test_slow_drip_fails_at_the_deadline",
        "test_silence_ends_at_the_deadline_too",
        "test_slow_drip_of_a_write_is_in_doubt_at_the_deadline",
    ),
    "2.1 Body cut, no Content-Length": (
        "test_body_cut_without_length_is_incomplete_and_not_empty",
        "test_body_cut_to_nothing_without_length_is_incomplete",
        "test_body_cut_without_length_leaves_a_write_in_doubt",
        "test_body_without_length_that_is_whole_is_taken_and_said_to_be_unframed",
        "test_packed_body_cut_with_a_right_length_is_incomplete",
    ),
    "2.1 Gzip bomb, 1 GB body": (
        "test_gzip_bomb_and_huge_body_are_stopped_in_little_memory",
        "test_bulk_result_goes_to_its_file_whole_or_not_at_all",
    ),
    "2.1 TLS expired / wrong host / self-signed": (
        "test_tls_that_does_not_hold_fails_closed_at_once",
        "test_tls_with_a_certificate_that_holds_works",
        "test_tls_has_no_switch_to_turn_it_off",
    ),
    "2.1 Redirect": ("test_redirect_is_never_followed",),
    "2.2 429 with Retry-After": (
        "test_429_with_retry_after_waits_that_long",
        "test_429_with_retry_after_beyond_the_cap_ends_the_run",
        "test_429_of_a_write_is_waited_for_and_sent_again",
    ),
    "2.2 429 without": (
        "test_breaker.py::test_429_without_a_time_backs_off_with_full_jitter_up_to_a_minute",
        "test_breaker.py::test_a_pause_is_shared_by_all_workers",
    ),
    "2.2 Credits exhausted": (
        "test_breaker.py::test_exhausted_credits_are_looked_at_once_in_15_minutes_by_all_jobs_together",
        "test_breaker.py::test_a_reserve_that_is_touched_stops_every_job_until_it_is_looked_at_again",
        "test_breaker.py::test_this_connections_share_is_never_passed_and_says_when_more_returns",
        "test_budget.py::test_what_is_short_says_when_there_is_more_and_there_is_then",
    ),
    "2.2 Token throttle": (
        "test_tokens.py::test_twenty_processes_that_start_together_make_one_token_request",
        "test_tokens.py::test_a_throttle_of_the_vendor_stops_every_process_for_so_long",
        "test_tokens.py::test_a_kept_token_serves_until_five_minutes_before_its_end",
        "test_tokens.py::test_the_budget_of_fetches_holds_over_all_processes",
    ),
    "2.2 Refresh token revoked": (
        "test_breaker.py::test_a_refused_login_is_not_tried_again_but_new_credentials_are_at_once",
        "test_breaker.py::test_a_renewed_token_that_is_refused_too_is_an_auth_error",
    ),
    "2.2 Scope missing, permission lost": (
        "test_breaker.py::test_a_missing_permission_stops_only_the_call_that_needs_it",
    ),
    "2.2 200 + error": (
        "test_door.py::test_a_verdict_decides_whether_it_goes_again",
        "test_unknown_status_is_never_success",
    ),
    "2.2 5xx, HTML page, empty 204": (
        "test_5xx_or_html_is_asked_again_and_leaves_a_write_in_doubt",
        "test_empty_204_is_an_answer",
    ),
    "2.2 Truncated / duplicate-key / NaN / 5,000-digit / deep JSON": (
        "test_json_that_cannot_be_trusted_is_a_bad_response",
        "test_json_is_looked_at_even_where_the_judge_does_not",
        "test_strict.py::test_what_is_no_exact_json_is_a_bad_answer",
        "test_strict.py::test_every_beginning_of_a_list_or_object_is_incomplete",
    ),
}
"""The rows of reliability.md 2.1, all of them, and those of 2.2 that the door answers for, and what holds each."""


def names_in(file: Path) -> set[str]:
    """The names of the test functions in a file."""
    tree = ast.parse(file.read_text("utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


@pytest.mark.parametrize("row", ROWS)
def test_every_row_has_its_test(row: str) -> None:
    here = Path(__file__)
    assert ROWS[row]
    for one in ROWS[row]:
        file, _, name = one.rpartition("::")
        assert name in names_in(here.with_name(file) if file else here), one
