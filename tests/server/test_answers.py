"""What is answered, without a socket: who is not known learns nothing, and is slowed down alone."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pytest

from crmbridge.adapter.hearing import Acknowledgement
from crmbridge.app.hints import Taken
from crmbridge.model.errors import AuthError, ConfigError, ContractError, LeaseLost, StoreError
from crmbridge.server.answers import Answers
from crmbridge.server.rate import Bucket


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Box:
    """An inbox that takes one address."""

    error: Exception | None = None
    taken: list[tuple[str, bytes]] = field(default_factory=list)

    def take(self, connection: str, path: str, headers: Mapping[str, str], body: bytes) -> Taken:
        assert isinstance(headers, dict)
        if self.error is not None:
            raise self.error
        if (connection, path) != ("crm", "secret-path"):
            raise AuthError("refused")
        self.taken.append((connection, body))
        return Taken(2, 1)


def answers(box: Box, clock: Callable[[], float] | None = None, **ready: bool) -> Answers:
    now = clock or Clock()
    return Answers(
        box,
        lambda: ready or {"store": True},
        lambda: METRICS,
        genuine=Bucket(burst=5, per_s=1, monotonic=now),
        refused=Bucket(burst=2, per_s=1, monotonic=now),
    )


METRICS = 'crmbridge_info{version="0"} 1\n'
GOOD = "/hooks/crm/secret-path"


def test_a_genuine_notification_is_accepted() -> None:
    box = Box()
    answer = answers(box).to("POST", GOOD, {}, b"x")
    assert (answer.status, answer.payload) == (202, b'{"taken": 2}')
    assert box.taken == [("crm", b"x")]
    assert answer.log == {"connection": "crm", "records": 2, "fresh": 1}


def test_a_query_string_and_an_escaped_name_change_nothing() -> None:
    box = Box()
    assert answers(box).to("POST", GOOD + "?a=1", {}, b"").status == 202
    assert answers(box).to("POST", "/hooks/c%72m/secret-path", {}, b"").status == 202


@pytest.mark.parametrize("path", ["/hooks/crm/wrong", "/hooks/other/secret-path", "/hooks//", "/hooks/crm/"])
def test_every_wrong_address_gets_the_same_answer(path: str) -> None:
    answer = answers(Box()).to("POST", path, {}, b"")
    assert (answer.status, answer.payload, answer.log) == (403, b"", {})


@pytest.mark.parametrize("error", [ContractError("broke over {x}", x="Li Lei"), ConfigError("no mapping")])
def test_what_breaks_tells_nothing_but_a_code_in_the_log(error: Exception) -> None:
    answer = answers(Box(error)).to("POST", GOOD, {}, b"")
    assert (answer.status, answer.payload) == (403, b"")
    assert "Li Lei" not in str(answer.log)
    assert set(answer.log) == {"error"}


@pytest.mark.parametrize("error", [StoreError("full"), LeaseLost("locked")])
def test_a_store_that_cannot_take_it_asks_to_come_back(error: Exception) -> None:
    assert answers(Box(error)).to("POST", GOOD, {}, b"").status == 503


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", GOOD, 405),
        ("GET", "/", 404),
        ("POST", "/", 404),
        ("GET", "/hooks", 404),
        ("POST", "/hooks/crm", 404),
        ("POST", "/hooks/crm/a/b", 404),
        ("POST", "/livez", 405),
        ("GET", "/livez/x", 404),
    ],
)
def test_there_is_nothing_else(method: str, path: str, status: int) -> None:
    box = Box()
    answer = answers(box).to(method, path, {}, b"")
    assert (answer.status, answer.payload, box.taken) == (status, b"", [])


def test_too_many_are_told_to_come_later() -> None:
    clock = Clock()
    here = answers(Box(), clock)
    assert [here.to("POST", GOOD, {}, b"").status for _ in range(7)] == [202] * 5 + [429] * 2
    clock.now += 1
    assert [here.to("POST", GOOD, {}, b"").status for _ in range(2)] == [202, 429]


def test_who_guesses_is_slowed_down_before_those_who_know() -> None:
    here = answers(Box())
    assert [here.to("POST", "/hooks/crm/x", {}, b"").status for _ in range(4)] == [403, 403, 429, 429]
    assert here.to("POST", GOOD, {}, b"").status == 202


def test_health_tells_what_is_wrong() -> None:
    assert answers(Box()).to("GET", "/livez", {}, b"").payload == b'{"live": true}'
    assert answers(Box()).to("HEAD", "/readyz", {}, b"").status == 200
    answer = answers(Box(), store=True, work=False).to("GET", "/readyz", {}, b"")
    assert answer.status == 503
    assert answer.payload == b'{"checks": {"store": true, "work": false}, "ready": false}'


def test_an_answer_that_the_vendor_wants_is_sent_as_it_is() -> None:
    box = Box()
    box.take = lambda *_: Taken(1, 1, Acknowledgement("m", b"\x00sealed", "text/plain"))  # type: ignore[method-assign]
    answer = answers(box).to("POST", GOOD, {}, b"x")
    assert (answer.status, answer.payload, answer.content_type) == (200, b"\x00sealed", "text/plain")
    assert answer.log == {"connection": "crm", "records": 1, "fresh": 1}


HERE = {"Host": "127.0.0.1:8420"}


@pytest.mark.parametrize("host", ["127.0.0.1:8420", "localhost:8420", "[::1]:8420", "localhost"])
def test_metrics_are_told_on_this_machine(host: str) -> None:
    answer = answers(Box()).to("GET", "/metrics", {"Host": host}, b"")
    assert (answer.status, answer.payload) == (200, METRICS.encode())
    assert answer.content_type == "text/plain; version=0.0.4; charset=utf-8"
    assert answer.log == {}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Host": "hooks.example.com"},
        {"Host": "127.0.0.1.example.com:8420"},
        {**HERE, "X-Forwarded-For": "203.0.113.9"},
        {**HERE, "x-forwarded-proto": "https"},
        {**HERE, "Forwarded": "for=203.0.113.9"},
        {**HERE, "Via": "1.1 proxy"},
    ],
)
def test_metrics_are_not_told_to_the_world_that_webhooks_come_from(headers: Mapping[str, str]) -> None:
    assert answers(Box()).to("GET", "/metrics", headers, b"").status == 404


def test_a_server_for_other_machines_tells_metrics_under_any_name_and_never_through_a_proxy() -> None:
    there = answers(Box())
    there.remote = True
    assert there.to("GET", "/metrics", {"Host": "acme:8420"}, b"").status == 200
    assert there.to("GET", "/metrics", {"Host": "acme:8420", "X-Forwarded-For": "203.0.113.9"}, b"").status == 404
    assert there.to("POST", "/metrics", {"Host": "acme:8420"}, b"").status == 405


@pytest.mark.parametrize("error", [StoreError("gone"), LeaseLost("busy")])
def test_metrics_of_a_ledger_that_cannot_be_read_are_none(error: Exception) -> None:
    def broken() -> str:
        raise error

    there = answers(Box())
    there.metrics = broken
    answer = there.to("GET", "/metrics", HERE, b"")
    assert (answer.status, answer.payload) == (503, b"")
