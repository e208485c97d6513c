"""A call goes to one of the connection's hosts or nowhere, whatever the URL looks like."""

import httpx
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crmbridge.http import Call, HostRefused, Hosts
from crmbridge.model.errors import ConfigError, ContractError

from .conftest import HOST, Doors, Vendor, read, write

HOSTS = Hosts(frozenset({HOST, "xn--bcher-kva.example"}), frozenset({("127.0.0.1", 8099)}))

REFUSED = [
    f"http://{HOST}/",
    f"https://{HOST}:8443/",
    f"https://{HOST}:80/",
    f"https://{HOST}.evil.example/",
    f"https://{HOST}@evil.example/",
    f"https://user@{HOST}/",
    f"https://user:secret@{HOST}/",
    f"https://evil.example#@{HOST}/",
    f"https://evil.example?@{HOST}/",
    f"https://evil.example/{HOST}",
    f"https://evil.example\\@{HOST}/",
    f"https://{HOST}\\.evil.example/",
    f"https://{HOST}%2eevil.example/",
    f"https://{HOST}./",
    f"https://x{HOST}/",
    f"https://sub.{HOST}/",
    "https://example-crm.com/",
    "https://com/",
    "https://127.0.0.1/",
    "https://127.0.0.1:443/",
    "http://127.0.0.1:8098/",
    "http://localhost:8099/",
    "http://2130706433:8099/",
    "http://0x7f000001:8099/",
    "http://127.1:8099/",
    "http://[::1]:8099/",
    "http://[::ffff:127.0.0.1]:8099/",
    "https://[::ffff:7f00:1]/",
    "https://169.254.169.254/latest/meta-data/",
    "https://１２７.0.0.1/",
    f"ftp://{HOST}/",
    f"file://{HOST}/etc/passwd",
    f"//{HOST}/",
    f"https:/{HOST}/",
    f"https:{HOST}/",
    f"https:///{HOST}/",
    f"/{HOST}",
    "",
    " ",
    f"https://{HOST}\n.evil.example/",
    f"https://{HOST}\x00.evil.example/",
    f"https://{HOST}\t/",
    "https://www.example-crm.cοm/",  # a Greek letter
]


@pytest.mark.parametrize("url", REFUSED)
def test_what_is_not_exactly_a_host_of_the_connection_gets_nothing(doors: Doors, url: str) -> None:
    assert not HOSTS.allows(url)
    vendor = Vendor()
    door = doors.over(vendor)
    for safe in (True, False):
        with pytest.raises(HostRefused) as caught:
            door.send(Call("GET", url, safe=safe))
    assert vendor.sent == []
    assert caught.value.exit_code == 78
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        f"https://{HOST}",
        f"https://{HOST}:443/v1/deals?x=1",
        f"https://{HOST.upper()}/",
        f"HTTPS://{HOST}/",
        "https://bücher.example/",
        "https://BÜCHER.example/",
        "http://127.0.0.1:8099/v1",
        "https://127.0.0.1:8099/v1",
        f"https://{HOST}/a@b/c?redirect=https://evil.example#x",
    ],
)
def test_another_spelling_of_the_same_host_is_the_same_host(url: str) -> None:
    HOSTS.check(url)


PIECES = ["http", ":", "//", "/", "@", "#", "?", "\\", ".", "%2e", "%00", "443", "[", "]", "::1", "xn--", "。", "8099"]
PARTS = st.sampled_from([HOST, "evil.example", "127.0.0.1", "https", "\t", "\r\n", "ａ", "é", "-", "_", "*", *PIECES])


URLS = st.lists(PARTS, max_size=9).map("".join) | st.text(max_size=30).map(lambda text: f"https://{text}{HOST}/")


def stays(url: str) -> None:
    if not HOSTS.allows(url):
        return
    request = httpx.Request("GET", url)  # what would really be connected to
    where = (request.url.scheme, request.url.raw_host.decode(), request.url.port or 443)
    assert where in {("https", HOST, 443), ("http", "127.0.0.1", 8099), ("https", "127.0.0.1", 8099)}
    assert not request.url.userinfo


@settings(max_examples=1_000, deadline=None)
@given(URLS)
@example(f"https://{HOST}:443@evil.example/")
def test_a_thousand_urls_and_none_leaves_for_another_host(url: str) -> None:
    stays(url)


@pytest.mark.wide
@settings(max_examples=10_000, deadline=None)
@given(URLS)
def test_ten_thousand_urls_and_none_leaves_for_another_host(url: str) -> None:
    stays(url)


@pytest.mark.parametrize(
    "name",
    ["*.a.com", ".a.com", "example", "127.0.0.1", "1.2.3.4", "a.b.7", "https://a.b", "a.b:443", "A.b", "bü.de", "a..b"],
)
def test_a_name_that_could_never_match_is_refused_at_once(name: str) -> None:
    with pytest.raises(ConfigError):
        Hosts(frozenset({name}))


@pytest.mark.parametrize("name", ["0.0.0.0", "10.0.0.1", "example.com", "127.0.0.2"])  # noqa: S104 - must be refused
def test_only_this_machine_is_loopback(name: str) -> None:
    with pytest.raises(ConfigError):
        Hosts(frozenset(), frozenset({(name, 80)}))


@pytest.mark.parametrize("name", ["Host", "host", "Content-Length", "Transfer-Encoding", "Connection", "Cookie"])
def test_a_call_cannot_rename_its_host_or_its_length(doors: Doors, name: str) -> None:
    vendor = Vendor()
    door = doors.over(vendor)
    with pytest.raises(ContractError):
        door.send(read(headers={name: "evil.example"}))
    assert vendor.sent == []


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\n", "ä\ud800", "\x00"])
def test_a_header_cannot_carry_another_one(doors: Doors, value: str) -> None:
    from crmbridge.testing.faults import FaultServer  # noqa: PLC0415

    with FaultServer() as server:
        with pytest.raises(ContractError) as caught:
            doors.to(server).send(read(base=server.url, headers={"X-One": value}))
        assert server.asked == []
    assert "Evil" not in str(caught.value)


# --- a read-only connection ----------------------------------------------------------------------------------------


class Asks:
    """Credentials that tell when they are asked for."""

    identity = "me"

    def __init__(self) -> None:
        self.asked = 0

    def headers(self, call: Call) -> dict[str, str]:
        self.asked += 1
        assert call.url
        return {"Authorization": "Bearer x"}

    def renew(self, reason: str) -> None:
        raise AssertionError(reason)


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("safe", [True, False])
def test_read_only_connection_sends_no_write_verb_and_nothing_that_is_not_safe(
    doors: Doors,
    method: str,
    safe: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    vendor = Vendor()
    auth = Asks()
    door = doors.over(vendor, read_only=True, auth=auth)
    call = Call(method, f"https://{HOST}/v1/deals", safe=safe)  # type: ignore[arg-type]
    if safe and method in {"GET", "HEAD"}:
        door.send(call)
        assert len(vendor.sent) == 1
        return
    with pytest.raises(ConfigError, match="reading only"):
        door.send(call)
    assert vendor.sent == []
    assert auth.asked == 0, "not even a token is asked for"


def test_read_only_connection_sends_the_queries_by_post_that_its_rules_name(doors: Doors) -> None:
    from crmbridge.http import Rules  # noqa: PLC0415

    vendor = Vendor()
    rules = Rules(posts_that_read=frozenset({"POST /v1/query", "POST /v1/export*"}))
    door = doors.over(vendor, read_only=True, rules=rules)
    for path in ("/v1/query", "/v1/export", "/v1/export/7"):
        door.send(Call("POST", f"https://{HOST}{path}", safe=True, json={"select": "x"}))
    assert len(vendor.sent) == 3
    for path in ("/v1/query/x", "/v1/deals", "/v1/Query", "/v1/deals?/v1/query"):
        with pytest.raises(ConfigError):
            door.send(Call("POST", f"https://{HOST}{path}", safe=True))
    with pytest.raises(ConfigError):
        door.send(Call("POST", f"https://{HOST}/v1/query", safe=False))
    assert len(vendor.sent) == 3


def test_the_transport_itself_refuses_whatever_the_door_forgets() -> None:
    from crmbridge.http import Rules  # noqa: PLC0415
    from crmbridge.http.guard import Guarded  # noqa: PLC0415

    vendor = Vendor()
    inner = httpx.MockTransport(vendor)
    guard = Guarded(inner, HOSTS, Rules(), connection="acme", read_only=True)
    safe = {"crmbridge.safe": True}
    for request in (
        httpx.Request("GET", f"https://{HOST}/"),
        httpx.Request("POST", f"https://{HOST}/", extensions=safe),
        httpx.Request("GET", "https://evil.example/", extensions=safe),
        httpx.Request("GET", f"https://{HOST}/", headers={"Host": "evil.example"}, extensions=safe),
    ):
        with pytest.raises(ConfigError):
            guard.handle_request(request)
    assert vendor.sent == []
    moved = httpx.MockTransport(Vendor(httpx.Response(302, headers={"location": "https://evil.example/"})))
    client = httpx.Client(
        transport=Guarded(moved, HOSTS, Rules(), connection="acme", read_only=False), follow_redirects=True
    )
    with pytest.raises(HostRefused):
        client.get(f"https://{HOST}/")


def test_write_allowed_connection_writes(doors: Doors) -> None:
    assert doors.over(lambda _request: httpx.Response(201)).send(write()).status == 201
