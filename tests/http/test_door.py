"""What leaves the door, once and again, alone and from many threads."""

import random
import ssl
import subprocess
import sys
import threading
import time
from decimal import Decimal
from pathlib import Path

import httpx
import pytest

from crmbridge.adapter.contract import Spends
from crmbridge.http import Call, Doubt, Fail, InDoubt, Ok, Reply, Retry, Rules, Verdict
from crmbridge.http.retry import Again, RetryBudget, jitter_s, persist
from crmbridge.model.errors import ConfigError, ContractError, StoreError, Timeout, TransientError, Unavailable
from crmbridge.testing import faults
from crmbridge.testing.faults import Answer, FaultServer

from .conftest import HOST, URL, Doors, Store, Vendor, deals, read, write

FINE = httpx.Response(200)
NEVER_SENT = [httpx.ConnectError("refused"), httpx.ConnectTimeout("slow"), httpx.PoolTimeout("full")]
MAYBE_SENT = [
    httpx.ReadTimeout("slow"),
    httpx.ReadError("reset"),
    httpx.WriteError("reset"),
    httpx.WriteTimeout("slow"),
    httpx.RemoteProtocolError("nonsense"),
]


# --- what is sent --------------------------------------------------------------------------------------------------


def test_what_is_sent_is_what_was_said(doors: Doors) -> None:
    vendor = Vendor()
    door = doors.over(vendor)
    door.send(read("/v1/deals?a=1", params={"b": "x y&z", "c": "商机"}, headers={"If-Match": "7"}))
    door.send(Call("PUT", f"{URL}/v1/deals", safe=False, json={"data": [{"Amount": Decimal("0.10"), "Name": "甲"}]}))
    door.send(Call("POST", f"{URL}/token", safe=True, form={"grant_type": "refresh token", "x": "&="}))
    door.send(Call("POST", f"{URL}/file", safe=False, body=b"\x00\x01", headers={"Content-Type": "application/zip"}))
    first, second, third, fourth = vendor.sent
    assert str(first.url) == f"{URL}/v1/deals?a=1&b=x+y%26z&c=%E5%95%86%E6%9C%BA"
    assert (first.headers["if-match"], first.headers["accept-encoding"]) == ("7", "gzip")
    assert first.headers["user-agent"].startswith("crmbridge/")
    assert second.content == '{"data":[{"Amount":0.10,"Name":"甲"}]}'.encode()
    assert second.headers["content-type"] == "application/json"
    assert third.content == b"grant_type=refresh+token&x=%26%3D"
    assert third.headers["content-type"] == "application/x-www-form-urlencoded"
    assert (fourth.content, fourth.headers["content-type"]) == (b"\x00\x01", "application/zip")
    assert all("cookie" not in one.headers for one in vendor.sent)


@pytest.mark.parametrize(
    "parts", [{"json": {}, "form": {}}, {"json": [], "body": b""}, {"json": 1.5}, {"json": {"a": object()}}]
)
def test_what_cannot_be_sent_is_not(doors: Doors, parts: dict[str, object]) -> None:
    vendor = Vendor()
    with pytest.raises(ContractError):
        doors.over(vendor).send(Call("POST", URL, safe=False, **parts))  # type: ignore[arg-type]
    assert vendor.sent == []


def test_cookies_are_not_kept_from_one_call_to_the_next(doors: Doors) -> None:
    vendor = Vendor(httpx.Response(200, headers={"Set-Cookie": "session=1; Path=/"}))
    door = doors.over(vendor)
    door.send(read())
    door.send(read())
    assert "cookie" not in vendor.sent[1].headers


def test_nothing_of_the_environment_sends_calls_elsewhere(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://evil.example:3128")
    with FaultServer() as server:
        doors.to(server).send(read(base=server.url))
        assert len(server.asked) == 1


# --- once and again ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", NEVER_SENT, ids=repr)
def test_nothing_was_sent_so_even_a_write_goes_again(doors: Doors, error: Exception) -> None:
    vendor = Vendor(error, error, FINE)
    assert doors.over(vendor).send(write()).status == 200
    assert len(vendor.sent) == 3


@pytest.mark.parametrize("error", MAYBE_SENT, ids=repr)
def test_a_lost_answer_of_a_write_is_in_doubt_and_a_read_goes_again(doors: Doors, error: Exception) -> None:
    vendor = Vendor(error, FINE)
    with pytest.raises(InDoubt) as caught:
        doors.over(vendor).send(write())
    assert len(vendor.sent) == 1
    assert isinstance(caught.value, TransientError)
    assert (caught.value.code, caught.value.exit_code) == ("in_doubt", 5)
    vendor = Vendor(error, error, error, FINE)
    assert doors.over(vendor, name="other").send(read()).status == 200


def test_a_write_that_went_again_and_was_lost_then_is_in_doubt(doors: Doors) -> None:
    vendor = Vendor(httpx.ConnectError("refused"), httpx.ReadError("reset"), FINE)
    with pytest.raises(InDoubt):
        doors.over(vendor).send(write())
    assert len(vendor.sent) == 2


def test_four_attempts_and_then_the_last_error(doors: Doors) -> None:
    vendor = Vendor(httpx.ReadError("a"), httpx.ReadTimeout("b"))
    with pytest.raises(Timeout):
        doors.over(vendor).send(read())
    assert len(vendor.sent) == 4
    assert 0 < doors.clock.slept_seconds <= 0.5 + 1 + 2


@pytest.mark.parametrize(
    ("verdict", "safe", "sent"),
    [
        (Retry("busy"), True, 4),
        (Retry("busy"), False, 1),
        (Retry("locked", undone=True), False, 4),
        (Doubt("?"), True, 1),
        (Doubt("?"), False, 1),
        (Fail(ConfigError("no such module")), True, 1),
    ],
)
def test_a_verdict_decides_whether_it_goes_again(
    doors: Doors,
    verdict: Verdict,
    safe: bool,  # noqa: FBT001 - a parameter of the test
    sent: int,
) -> None:
    vendor = Vendor()
    with pytest.raises((Unavailable, InDoubt, ConfigError)) as caught:
        doors.over(vendor, judge=lambda _call, _reply: verdict).send(Call("POST", URL, safe=safe))
    assert len(vendor.sent) == sent
    assert isinstance(caught.value, InDoubt) == (isinstance(verdict, Doubt) or (not safe and sent == 1))


def test_an_answer_that_may_mean_either_is_told_with_the_doubt(doors: Doors) -> None:
    said = ContractError("a timeout, perhaps")
    with pytest.raises(InDoubt) as caught:
        doors.over(Vendor(), judge=lambda _call, _reply: Doubt("?", said)).send(write())
    assert caught.value.__cause__ is said
    with pytest.raises(InDoubt) as lost:
        doors.over(Vendor(httpx.ReadError("reset"))).send(write())
    assert lost.value.__cause__ is None


def test_the_wait_that_a_verdict_asks_for_is_kept(doors: Doors) -> None:
    verdicts: list[Verdict] = [Retry("later", after=120.0), Ok()]
    doors.over(Vendor(), judge=lambda _call, _reply: verdicts.pop(0)).send(read())
    assert doors.clock.slept_seconds == 120
    with pytest.raises(Unavailable) as caught:
        doors.over(Vendor(), judge=lambda _call, _reply: Retry("tomorrow", after=10_000.0)).send(read())
    assert caught.value.after == 10_000
    assert doors.clock.slept_seconds == 120


def test_a_call_may_bring_its_own_judge(doors: Doors) -> None:
    door = doors.over(Vendor(httpx.Response(500)))
    assert door.send(read(judge=lambda _call, _reply: Ok())).status == 500


def test_a_judge_that_finds_a_broken_promise_leaves_a_write_in_doubt(doors: Doors) -> None:
    def puzzled(_call: Call, _reply: Reply) -> Ok:
        raise ContractError("no data in the answer")

    with pytest.raises(InDoubt):
        doors.over(Vendor(), judge=puzzled).send(write())
    with pytest.raises(ContractError, match="no data"):
        doors.over(Vendor(), judge=puzzled).send(read())


def test_what_is_no_verdict_is_the_adapters_mistake(doors: Doors) -> None:
    with pytest.raises(TypeError):
        doors.over(Vendor(), judge=lambda _call, _reply: "fine").send(read())  # type: ignore[arg-type,return-value]


def test_a_stop_ends_the_waiting_with_the_error_before(doors: Doors) -> None:
    vendor = Vendor(httpx.ReadError("reset"))
    doors.stop.set()
    with pytest.raises(Unavailable, match="cannot be reached"):
        doors.over(vendor).send(read())
    assert len(vendor.sent) == 1


def test_a_stop_lets_the_call_that_is_needed_to_finish_a_page_through(doors: Doors) -> None:
    doors.stop.set()
    assert doors.over(Vendor()).send(read()).status == 200


def test_retries_are_a_tenth_of_the_calls_in_the_long_run(doors: Doors) -> None:
    answers = [answer for _ in range(400) for answer in (httpx.ReadError("x"), FINE, FINE)]
    vendor, gone, made = Vendor(*answers), 0, 0
    door = doors.over(vendor)
    while len(vendor.sent) < 900:
        made += 1
        try:
            door.send(read())
        except Unavailable:
            gone += 1
            doors.clock.advance(61)
    assert len(vendor.sent) - made <= made * 0.1 + 11
    assert gone > 0


def test_jitter_is_full_and_bounded() -> None:
    draw = random.Random(3)  # noqa: S311 - jitter
    for number in range(1, 12):
        waits = [jitter_s(number, draw) for _ in range(300)]
        bound = min(60, 0.5 * 2 ** (number - 1))
        assert 0 <= min(waits) < bound * 0.1
        assert bound * 0.9 < max(waits) <= bound


def test_an_error_that_is_not_again_leaves_at_once() -> None:
    def broken() -> None:
        raise KeyError("ours")

    with pytest.raises(KeyError):
        persist(broken, attempts=4, budget=RetryBudget(), pause=lambda _s: False, draw=random.Random(1))  # noqa: S311
    assert issubclass(Again, Exception)


# --- what comes back -----------------------------------------------------------------------------------------------


def test_an_answer_carries_what_it_cost(doors: Doors) -> None:
    with FaultServer([deals(3)]) as server:
        server.on(fault=faults.delay(0.05))
        door = doors.to(server)
        reply = door.send(read(base=server.url, cost=3))
        assert reply.elapsed_s >= 0.05
        assert reply.media_type == "application/json"
        assert reply.size_bytes == len(reply.body)
    spent = door.spent()
    assert (spent.calls, spent.credits, spent.credits_left, spent.returns_at) == (1, 3, None, None)
    assert isinstance(door, Spends)


def test_every_attempt_that_left_is_counted_and_none_that_did_not(doors: Doors) -> None:
    door = doors.over(Vendor(httpx.ConnectError("x"), httpx.ReadError("x"), FINE))
    door.send(read(cost=2))
    assert (door.spent().calls, door.spent().credits) == (2, 4)


def test_a_call_that_never_left_costs_no_credits_of_the_day(doors: Doors) -> None:
    door = doors.over(Vendor(httpx.ConnectError("x"), httpx.ConnectError("x"), FINE), rules=Rules(daily_credits=1000))
    door.send(read(cost=10))
    assert door.spent().credits_left == 130


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, gzip", "compress"])
def test_a_packing_that_was_not_asked_for_is_refused(doors: Doors, coding: str) -> None:
    with FaultServer([Answer(200, b"xx", {"Content-Encoding": coding})]) as server, pytest.raises(ContractError):
        doors.to(server).send(read(base=server.url))


def test_what_cannot_be_unpacked_is_refused(doors: Doors) -> None:
    with FaultServer([Answer(200, b"not gzip", {"Content-Encoding": "gzip"})]) as server, pytest.raises(ContractError):
        doors.to(server).send(read(base=server.url))


def test_a_limit_of_the_call_is_kept(doors: Doors) -> None:
    with FaultServer([deals(20)]) as server:
        door = doors.to(server)
        with pytest.raises(ContractError, match="larger"):
            door.send(read(base=server.url, limit_bytes=100))
        with pytest.raises(InDoubt):
            door.send(Call("POST", server.url, safe=False, limit_bytes=100))


def test_a_sink_that_cannot_be_written_is_a_store_error(doors: Doors, tmp_path: Path) -> None:
    with FaultServer([Answer(200, b"PK", {"Content-Type": "application/zip"})]) as server, pytest.raises(StoreError):
        doors.to(server).send(read(base=server.url, sink=tmp_path / "no such folder" / "x.zip"))


def test_an_error_in_the_place_of_a_bulk_result_is_judged_and_not_kept(doors: Doors, tmp_path: Path) -> None:
    sink, bodies = tmp_path / "x.zip", []

    def look(_call: Call, reply: Reply) -> Fail:
        bodies.append(reply.json())
        return Fail(ConfigError("no such job"))

    with FaultServer([Answer.json({"code": "RESOURCE_NOT_FOUND"}, 404)]) as server, pytest.raises(ConfigError):
        doors.to(server, judge=look).send(read(base=server.url, sink=sink))
    assert bodies == [{"code": "RESOURCE_NOT_FOUND"}]
    assert list(tmp_path.iterdir()) == []


def test_a_bulk_result_that_the_judge_refuses_is_not_kept(doors: Doors, tmp_path: Path) -> None:
    def refuse(_call: Call, _reply: Reply) -> Fail:
        return Fail(ConfigError("the job of another connection"))

    with FaultServer([Answer(200, b"PK", {"Content-Type": "application/zip"})]) as server, pytest.raises(ConfigError):
        doors.to(server, judge=refuse).send(read(base=server.url, sink=tmp_path / "x.zip"))
    assert list(tmp_path.iterdir()) == []


def test_a_head_and_a_304_have_no_body_whatever_they_announce(doors: Doors) -> None:
    long = {"Content-Length": "500", "Content-Type": "application/json"}
    assert doors.over(Vendor(httpx.Response(304, headers=long))).send(read()).body == b""
    assert doors.over(Vendor(httpx.Response(200, headers=long))).send(Call("HEAD", URL, safe=True)).body == b""


def test_a_length_that_is_not_kept_is_seen_without_the_network_too(doors: Doors) -> None:
    def short(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"Content-Length": "500"}, stream=httpx.ByteStream(b"[]"))

    with pytest.raises(Unavailable, match="before its end"):
        doors.over(short).send(read())


# --- connections ---------------------------------------------------------------------------------------------------


def test_reads_share_a_connection_and_every_write_has_its_own(doors: Doors) -> None:
    with FaultServer(Store()) as server:
        door = doors.to(server)
        for _ in range(5):
            door.send(read(base=server.url))
        assert server.connections == 1
        for _ in range(3):
            door.send(write(base=server.url))
        assert server.connections == 4


def test_a_kept_connection_that_was_closed_meanwhile_costs_a_read_nothing(doors: Doors) -> None:
    with FaultServer(Store()) as server:
        server.on(call=1, fault=_answer_then_close)
        door = doors.to(server)
        for _ in range(3):
            door.send(read(base=server.url))
        assert len(server.asked) == 3


def _answer_then_close(exchange: faults.faults.Exchange) -> None:
    exchange.send(exchange.answer())
    exchange.close()


def test_no_more_than_the_allowed_calls_are_on_their_way_at_once(doors: Doors) -> None:
    lock, now, most = threading.Lock(), {"all": 0, "heavy": 0}, {"all": 0, "heavy": 0}

    def slow(request: httpx.Request) -> httpx.Response:
        kinds = ["all", "heavy"] if "heavy" in str(request.url) else ["all"]
        with lock:
            for kind in kinds:
                now[kind] += 1
                most[kind] = max(most[kind], now[kind])
        time.sleep(0.01)
        with lock:
            for kind in kinds:
                now[kind] -= 1
        return FINE

    door = doors.over(slow, rules=Rules(concurrency=4, heavy_concurrency=2))
    calls = [read("/heavy", heavy=True)] * 12 + [read("/light")] * 20
    threads = [threading.Thread(target=door.send, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (most["all"], most["heavy"]) == (4, 2)


def test_a_deadline_of_one_thread_is_not_that_of_another(doors: Doors) -> None:
    with FaultServer([deals(20)]) as server:
        server.on(path="/slow", fault=faults.delay(0.6))
        door, found = doors.to(server, rules=Rules(attempts=1)), []

        def ask(path: str, deadline_s: float) -> None:
            try:
                found.append((path, door.send(read(path, base=server.url, deadline_s=deadline_s)).status))
            except Timeout:
                found.append((path, 0))

        threads = [threading.Thread(target=ask, args=one) for one in (("/slow", 0.2), ("/slow/too", 20.0))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(found) == [("/slow", 0), ("/slow/too", 200)]


def test_tls_that_breaks_off_is_no_refused_certificate(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: object, **_named: object) -> None:
        raise ssl.SSLEOFError(8, "EOF occurred in violation of protocol")

    with FaultServer() as server:
        monkeypatch.setattr(ssl.SSLContext, "wrap_socket", broken)
        with pytest.raises(Unavailable):
            doors.to(server).send(read(base=server.url.replace("http:", "https:")))


def test_closing_twice_is_harmless(doors: Doors) -> None:
    door = doors.over(Vendor(), rules=Rules(daily_credits=100_000))
    door.send(read())
    door.close()
    door.close()


def test_doors_of_another_name_share_nothing(doors: Doors) -> None:
    rules = Rules(daily_credits=10, share=1.0, read_share=1.0)
    one, other = doors.over(Vendor(), rules=rules, name="a"), doors.over(Vendor(), rules=rules, name="b")
    for _ in range(10):
        one.send(read())
        other.send(read())


def test_credits_known_later_bound_the_calls_from_then_on(doors: Doors) -> None:
    door = doors.over(Vendor())
    door.send(read())
    door.know_daily_credits(100)
    assert door.spent().credits_left == 14


def test_importing_the_door_does_not_import_the_http_library() -> None:
    code = "import sys, crmbridge.http; print([n for n in ('httpx', 'httpcore', 'ssl') if n in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_the_help_does_not_import_the_http_library() -> None:
    code = (
        "import sys\nfrom crmbridge.cli import app\napp.run(['--help'])\n"
        "print([n for n in ('httpx', 'httpcore', 'tenacity', 'filelock') if n in sys.modules], file=sys.stderr)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.stderr.strip() == "[]"


def test_the_host_of_the_tests_is_no_real_one() -> None:
    assert HOST.endswith("example-crm.com")
