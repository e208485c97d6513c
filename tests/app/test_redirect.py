"""The listener of a login by browser: one answer, ours, in time."""

import socket
import threading
import time
from collections.abc import Iterator, Mapping
from http.client import HTTPConnection
from urllib.parse import urlencode

import pytest

from crmbridge.app.redirect import LoopbackRedirect
from crmbridge.model.errors import StoreError, Timeout

CODE = "1000.code-canary"


class Login:
    """A person's browser and the listener that waits for it."""

    def __init__(self, redirect: LoopbackRedirect) -> None:
        self.redirect = redirect
        self.found: list[Mapping[str, str]] = []
        self._thread = threading.Thread(target=lambda: self.found.append(redirect.wait()))
        self._thread.start()
        self.port = int(redirect.url.split(":")[2].split("/")[0])

    def get(self, path: str, host: str | None = None, method: str = "GET") -> tuple[int, str]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request(method, path, headers={"Host": host} if host else {})
        answer = connection.getresponse()
        body = answer.read().decode()
        connection.close()
        return answer.status, body

    def back(self, **params: str) -> tuple[int, str]:
        return self.get("/crmbridge?" + urlencode({"state": self.redirect.state, **params}))

    def ended(self) -> Mapping[str, str]:
        self._thread.join(10)
        (found,) = self.found
        return found


@pytest.fixture
def login() -> Iterator[Login]:
    made = Login(LoopbackRedirect(port=0, time_limit_s=20))
    yield made
    if not made.found:
        made.back(code="x")
        made.ended()


def test_the_answer_is_taken_once_and_the_port_let_go(login: Login) -> None:
    status, page = login.back(code=CODE, location="eu")
    assert status == 200
    assert "close this window" in page
    assert CODE not in page
    assert login.ended() == {"code": CODE, "location": "eu"}
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", login.port), timeout=2)


def test_it_listens_on_this_machine_alone(login: Login) -> None:
    assert login.redirect.url == f"http://127.0.0.1:{login.port}/crmbridge"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/crmbridge?code=evil", 403),
        ("/crmbridge?code=evil&state=", 403),
        ("/crmbridge?code=evil&state=wrong", 403),
        ("/favicon.ico", 404),
        ("/", 404),
        ("/crmbridge/x?code=evil", 404),
        ("/crmbridge?code=a&code=b&state=x", 400),
        ("/crmbridge?" + "&".join(f"k{n}=1" for n in range(40)), 400),
        ("/crmbridge?x=" + "y" * 5000, 404),
    ],
)
def test_what_is_not_the_answer_is_refused_and_ends_nothing(login: Login, path: str, status: int) -> None:
    assert login.get(path)[0] == status
    assert login.back(code=CODE)[0] == 200
    assert login.ended() == {"code": CODE}


def test_a_page_of_another_host_that_points_here_is_refused(login: Login) -> None:
    path = "/crmbridge?" + urlencode({"code": "evil", "state": login.redirect.state})
    assert login.get(path, host="evil.example")[0] == 403
    assert login.get(path, host=f"localhost:{login.port}")[0] == 403
    assert login.back(code=CODE)[0] == 200
    assert login.ended() == {"code": CODE}


def test_only_reading_is_answered(login: Login) -> None:
    assert login.get("/crmbridge", method="POST")[0] == 501


def test_a_refusal_of_the_vendor_is_an_answer(login: Login) -> None:
    assert login.back(error="access_denied")[0] == 200
    assert login.ended() == {"error": "access_denied"}


def test_nothing_is_logged(login: Login, capfd: pytest.CaptureFixture[str]) -> None:
    login.back(code=CODE)
    login.ended()
    assert capfd.readouterr() == ("", "")


def test_it_waits_no_longer_than_it_says() -> None:
    now = [0.0]

    def monotonic() -> float:
        now[0] += 50
        return now[0]

    redirect = LoopbackRedirect(port=0, time_limit_s=120, monotonic=monotonic)
    redirect._server.handle_request = lambda: None  # type: ignore[method-assign]
    with pytest.raises(Timeout, match="within 2 minutes"):
        redirect.wait()
    redirect.close()


def test_a_browser_that_opens_a_connection_and_waits_holds_nobody_up(login: Login) -> None:
    with socket.create_connection(("127.0.0.1", login.port)), socket.create_connection(("127.0.0.1", login.port)):
        began = time.monotonic()
        assert login.back(code=CODE)[0] == 200
        assert login.ended() == {"code": CODE}
        assert time.monotonic() - began < 5


def test_of_several_answers_at_once_one_is_taken() -> None:
    with LoopbackRedirect(port=0) as redirect:
        host = redirect.url.split("/")[2]
        path = "/crmbridge?" + urlencode({"code": CODE, "state": redirect.state})
        found: list[int] = []
        threads = [threading.Thread(target=lambda: found.append(redirect.take(path, host))) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
        assert sorted(found) == [200] + [403] * 7


def test_each_login_has_a_state_of_its_own() -> None:
    with LoopbackRedirect(port=0) as one, LoopbackRedirect(port=0) as two:
        assert one.state != two.state
        assert len(one.state) >= 43


def test_a_port_in_use_is_told_with_what_to_do() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(StoreError, match=r"cannot be opened.*--port"):
            LoopbackRedirect(port=taken.getsockname()[1])
