"""The server that goes wrong does so exactly as it is told, and otherwise not at all."""

import contextlib
import gzip
import http.client
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable

import pytest
import trustme

from crmbridge.testing import faults
from crmbridge.testing.faults import Answer, Asked, Fault, FaultServer

ANSWER = Answer.json({"data": list(range(100))})
RAW = ANSWER.encode()


def raw_from(server: FaultServer, path: str = "/x", *, method: str = "GET", body: bytes = b"") -> bytes:
    """Every byte that comes back until the connection ends."""
    with socket.create_connection(("127.0.0.1", server.port), 10) as connection:
        head = f"{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n"
        connection.sendall(head.encode() + body)
        found = b""
        while piece := connection.recv(65536):
            found += piece
        return found


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (faults.delay(0.01), RAW),
        (faults.drip(0.0, size=50), RAW),
        (faults.drip(0.0, size=50, start=60), RAW),
        (faults.cut(0), b""),
        (faults.cut(17), RAW[:17]),
        (faults.cut(-1), RAW[:-1]),
        (faults.cut(3, of="body"), ANSWER.head() + ANSWER.body[:3]),
        (faults.drop_after_commit(), b""),
        (faults.twice(), RAW),
        (faults.hang_up(), RAW),
    ],
)
def test_a_fault_sends_exactly_its_bytes(
    fault_proxy: Callable[..., FaultServer], fault: Fault, expected: bytes
) -> None:
    assert raw_from(fault_proxy([ANSWER]).on(fault=fault)) == expected


@pytest.mark.parametrize(
    ("fault", "head"),
    [
        (faults.html(), b"HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\n"),
        (faults.redirect("http://127.0.0.1:1/x"), b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/x\r\n"),
        (faults.instead(Answer(599)), b"HTTP/1.1 599 Unknown\r\n"),
    ],
)
def test_another_answer_stands_in_the_place_of_the_right_one(
    fault_proxy: Callable[..., FaultServer], fault: Fault, head: bytes
) -> None:
    assert raw_from(fault_proxy([ANSWER]).on(fault=fault)).startswith(head)


@pytest.mark.parametrize("fault", [faults.reset(), faults.reset(30), faults.drop_before()])
def test_a_reset_is_a_reset(fault_proxy: Callable[..., FaultServer], fault: Fault) -> None:
    with pytest.raises(ConnectionResetError):
        raw_from(fault_proxy([ANSWER]).on(fault=fault))


@pytest.mark.parametrize(("fault", "times"), [(faults.land_late(0.01), 1), (faults.twice(), 2), (faults.cut(9), 1)])
def test_a_request_is_carried_out_late_twice_or_once(
    fault_proxy: Callable[..., FaultServer], fault: Fault, times: int
) -> None:
    done = threading.Semaphore(0)

    def answer(_: Asked) -> Answer:
        done.release()
        return ANSWER

    proxy = fault_proxy(upstream=fault_proxy(answer).url).on(fault=fault)
    with contextlib.suppress(ConnectionResetError):
        raw_from(proxy)
    assert all(done.acquire(timeout=10) for _ in range(times))
    assert not done.acquire(timeout=0.01)


def test_a_connection_that_was_to_stay_is_closed_behind_its_answer(fault_proxy: Callable[..., FaultServer]) -> None:
    server = fault_proxy([ANSWER]).on(call=1, fault=faults.hang_up())
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)) as client:
        client.request("GET", "/")
        assert client.getresponse().read() == ANSWER.body
        assert client.sock is not None
        assert client.sock.recv(1) == b""


def test_an_answer_without_length_ends_with_its_connection(fault_proxy: Callable[..., FaultServer]) -> None:
    server = fault_proxy([ANSWER]).on(call=1, fault=faults.without_length()).on(call=2, fault=faults.trunc_nolen(9))
    whole, cut = raw_from(server), raw_from(server)
    assert b"Content-Length" not in whole + cut
    assert whole.endswith(ANSWER.body)
    assert cut.endswith(b"\r\n\r\n" + ANSWER.body[:9])


def test_packed_answers_unpack_and_bombs_are_small(fault_proxy: Callable[..., FaultServer]) -> None:
    server = fault_proxy([ANSWER]).on(call=1, fault=faults.gzipped()).on(call=2, fault=faults.gzip_bomb(10_000_000))
    server.on(call=3, fault=faults.zeros(100_000)).on(call=4, fault=faults.zeros(100_000, has_length=False))
    packed, bomb = (raw_from(server).partition(b"\r\n\r\n")[2] for _ in range(2))
    assert gzip.decompress(packed) == ANSWER.body
    assert len(bomb) < 20_000
    assert gzip.decompress(bomb) == bytes(10_000_000)
    for length in (True, False):
        head, _, body = raw_from(server).partition(b"\r\n\r\n")
        assert body == bytes(100_000)
        assert (b"Content-Length: 100000" in head) == length


def test_plans_are_by_number_by_path_by_times_and_the_last_one_acts(fault_proxy: Callable[..., FaultServer]) -> None:
    server = fault_proxy([ANSWER])
    server.on(fault=faults.cut(1)).on(path="/b", fault=faults.cut(2)).on(call=3, fault=faults.cut(3))
    server.on(path="/c", fault=faults.cut(4), times=1)
    found = [len(raw_from(server, path)) for path in ("/a", "/b?x=1", "/b", "/bc", "/c", "/c")]
    assert found == [1, 2, 3, 2, 4, 1]
    server.heal()
    assert raw_from(server) == RAW
    assert [asked.number for asked in server.asked] == list(range(1, 8))
    assert (server.asked[1].target, server.asked[1].path) == ("/b?x=1", "/b")


def test_a_proxy_passes_everything_through_and_drops_only_after_it_was_done(
    fault_proxy: Callable[..., FaultServer],
) -> None:
    done: list[bytes] = []

    def answer(asked: Asked) -> Answer:
        done.append(asked.body)
        return Answer.json({"path": asked.target, "name": asked.headers["x-name"]}, 201, X_Left="7")

    upstream = fault_proxy(answer)
    proxy = fault_proxy(upstream=upstream.url)
    proxy.on(call=2, fault=faults.drop_after_commit()).on(call=3, fault=faults.drop_before())
    proxy.on(call=4, fault=faults.html(after_commit=True)).on(call=5, fault=faults.html())
    client = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=10)
    client.request("POST", "/v1?x=1", body=b"one", headers={"X-Name": "a"})
    reply = client.getresponse()
    assert (reply.status, reply.headers["X-Left"]) == (201, "7")
    assert json.loads(reply.read()) == {"path": "/v1?x=1", "name": "a"}
    client.close()
    for number, name in enumerate((b"two", b"three", b"four", b"five"), 2):
        client = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=10)
        client.request("POST", "/v1", body=name, headers={"X-Name": "a"})
        if number < 4:
            with pytest.raises(ConnectionError):
                client.getresponse()
        else:
            assert client.getresponse().status == 502
        client.close()
    assert done == [b"one", b"two", b"four"]


def test_one_connection_carries_several_requests(fault_proxy: Callable[..., FaultServer]) -> None:
    server = fault_proxy([Answer.json(1), Answer.json(2)])
    client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    found = []
    for _ in range(3):
        client.request("GET", "/")
        found.append(json.loads(client.getresponse().read()))
    client.close()
    assert found == [1, 2, 2]
    assert server.connections == 1


def test_it_speaks_https_and_ends_kept_connections_at_once(fault_proxy: Callable[..., FaultServer]) -> None:
    authority, context = trustme.CA(), ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    server = fault_proxy([ANSWER], tls=context)
    client = http.client.HTTPSConnection("127.0.0.1", server.port, timeout=10, context=trusting)
    client.request("GET", "/")
    assert client.getresponse().read() == ANSWER.body
    begun = time.monotonic()
    server.close()
    server.close()
    assert time.monotonic() - begun < 5
    client.close()


def test_closing_ends_a_fault_that_would_go_on_for_ever() -> None:
    server, found = FaultServer([ANSWER]).on(fault=faults.drip(30.0)), list[bytes]()
    thread = threading.Thread(target=lambda: found.append(raw_from(server)))
    thread.start()
    while not server.asked:
        time.sleep(0.01)
    server.close()
    thread.join(10)
    assert not thread.is_alive()
    assert found == [b""]


@pytest.mark.parametrize(
    "rubbish", [b"", b"GET", b"x\r\n\r\n", b"x" * 200_000, b"POST / HTTP/1.1\r\nContent-Length: 50\r\n\r\nabc"]
)
def test_what_is_no_whole_request_is_not_taken_for_one(fault_proxy: Callable[..., FaultServer], rubbish: bytes) -> None:
    server = fault_proxy([ANSWER])
    with socket.create_connection(("127.0.0.1", server.port), 10) as connection, contextlib.suppress(OSError):
        connection.sendall(rubbish)
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(10) == b""
    assert server.asked == []


def test_every_public_name_is_there_and_said_to_be_so() -> None:
    assert all(hasattr(faults, name) for name in faults.__all__)
    assert {name for name in dir(faults.faults) if callable(getattr(faults.faults, name)) and name[0].islower()} - {
        "split"
    } <= set(faults.__all__)
