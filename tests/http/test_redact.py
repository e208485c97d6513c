"""Secrets stay out of every text."""

import copy
import io
import json
import logging
import pickle
import traceback
from collections.abc import Iterator

import httpx
import pytest

from crmbridge.http import Call, Fail, Reply, Rules, Secret, Verdict, fingerprint
from crmbridge.http import redact as redaction
from crmbridge.http.redact import guard, redact
from crmbridge.http.strict import encode
from crmbridge.model.errors import ContractError, CrmBridgeError, RecordError
from crmbridge.testing import faults
from crmbridge.testing.faults import Answer, FaultServer

from .conftest import Doors, Vendor, deals, read, write

CANARY = "canary-7f3b9c-secret"


@pytest.fixture(autouse=True)
def _forget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redaction, "_known", {})


@pytest.fixture
def screen() -> Iterator[io.StringIO]:
    text = io.StringIO()
    handler, root = logging.StreamHandler(text), logging.getLogger()
    guard(handler)
    guard(handler)
    assert len(handler.filters) == 1
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield text
    root.removeHandler(handler)
    root.setLevel(level)


def test_a_secret_does_not_show_itself_and_is_not_written() -> None:
    secret = Secret(CANARY)
    for text in (repr(secret), str(secret), f"{secret}", f"{secret:>40}", "%s" % secret, "{}".format(secret)):  # noqa: UP031, UP032
        assert CANARY not in text
    assert secret.reveal() == CANARY
    with pytest.raises(TypeError):
        pickle.dumps(secret)
    with pytest.raises(TypeError):
        copy.deepcopy(secret)
    with pytest.raises(TypeError):
        json.dumps(secret)
    with pytest.raises(ContractError):
        encode({"token": secret})
    assert secret == Secret(CANARY)
    assert hash(secret) == hash(Secret(CANARY))
    assert secret != CANARY
    assert not hasattr(secret, "__dict__")


def test_a_known_secret_is_hidden_wherever_it_stands() -> None:
    Secret(CANARY)
    assert redact(f"x{CANARY}y {CANARY}") == "x***y ***"
    Secret("abc")
    assert redact("abc") == "abc", "what is too short would be found in half of all words"


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer {}",
        "authorization: Basic {}",
        "{{'Authorization': 'Zoho-oauthtoken {}'}}",
        "access_token={}&x=1",
        "GET /x?refresh_token={}&y=2",
        '{{"client_secret": "{}", "a": 1}}',
        "{{'password': '{}'}}",
        "api_key: {}",
        "x-api-key={}",
        '"corpAccessToken":"{}"',
        "Set-Cookie: {}; Path=/",
        "sent Bearer {}",
    ],
)
def test_what_looks_like_a_secret_is_hidden_unknown_as_it_is(text: str) -> None:
    said = redact(text.format("9f8e7d6c5b4a3210"))
    assert "9f8e7d6c5b4a3210" not in said
    assert "***" in said


@pytest.mark.parametrize(
    "text",
    ["the token is gone", "page_token was bound", "Deal_Name: Big one", "authorization failed here", "1000.5 CNY"],
)
def test_what_is_no_secret_is_left_alone(text: str) -> None:
    assert redact(text) == text


def test_logs_are_redacted_with_their_arguments_and_tracebacks(screen: io.StringIO) -> None:
    Secret(CANARY)
    log = logging.getLogger("some.plugin")
    log.warning("got %s", CANARY)
    log.warning("a dict %s", {"k": CANARY})
    log.warning("broken %s %s", CANARY)  # noqa: PLE1206 - a mistake that must not tell more
    try:
        int(CANARY)
    except ValueError:
        log.exception("failed")
    log.warning("where", stack_info=True)
    said = screen.getvalue()
    assert CANARY not in said
    assert said.count("***") >= 4
    assert "ValueError" in said


def test_the_http_librarys_own_logs_are_quiet(screen: io.StringIO, doors: Doors) -> None:
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.NOTSET)
    cookie = Answer(200, b"{}", {"Content-Type": "application/json", "Set-Cookie": f"session={CANARY}"})
    with FaultServer([cookie]) as server:
        doors.to(server).send(read("/v1/deals?customer=Zhang", base=server.url))
    said = screen.getvalue()
    assert CANARY not in said
    assert "Zhang" not in said
    assert "crmbridge.http" not in said
    assert "/v1/deals: 200" in said


class Login:
    identity = "x"

    def headers(self, call: Call) -> dict[str, str]:
        assert call.url
        return {"Authorization": f"Zoho-oauthtoken {Secret(CANARY).reveal()}"}

    def renew(self, reason: str) -> None:
        assert reason


def every_failure() -> list[faults.Fault]:
    echo = Answer.json({"error": f"bad token {CANARY}"}, 400)
    return [
        faults.reset(),
        faults.reset(30),
        faults.cut(5, of="body"),
        faults.drop_after_commit(),
        faults.trunc_nolen(4),
        faults.html(),
        faults.redirect(f"https://evil.example/?token={CANARY}"),
        faults.instead(Answer.json({}, 429, Retry_After="9999")),
        faults.instead(Answer(200, b'{"a": NaN}', {"Content-Type": "application/json"})),
        faults.instead(Answer(200, b"x", {"Content-Encoding": "br"})),
        faults.instead(echo),
        faults.delay(0.4),
        faults.zeros(40 * 1024 * 1024),
    ]


@pytest.mark.parametrize("number", range(len(every_failure())))
@pytest.mark.parametrize("call", [read, write])
def test_no_failing_path_tells_a_secret_or_a_query(
    doors: Doors, screen: io.StringIO, number: int, call: object
) -> None:
    def judge(_call: Call, reply: Reply) -> Verdict:
        from .conftest import judge as plain  # noqa: PLC0415

        if reply.status == 400:
            return Fail(RecordError("refused: {said}", said=redact(reply.body.decode())))
        return plain(_call, reply)

    with FaultServer([deals(20)]) as server:
        server.on(fault=every_failure()[number])
        door = doors.to(server, auth=Login(), judge=judge, rules=Rules(read_s=0.2, attempts=2))
        made = (read if call is read else write)("/v1/deals?email=zhang@example.com", base=server.url)
        with pytest.raises(CrmBridgeError) as caught:
            door.send(made)
    error = caught.value
    logging.getLogger("app").error("failed", exc_info=error)
    texts = [str(error), repr(error), repr(error.context), *traceback.format_exception(error), screen.getvalue()]
    chain: BaseException | None = error
    while chain is not None:
        assert not isinstance(chain, httpx.HTTPError), "an error of the library carries the request and its headers"
        chain = chain.__cause__ or chain.__context__
    for text in texts:
        assert CANARY not in text
        assert "zhang@" not in text


def test_a_secret_in_an_address_is_refused_before_a_byte_is_sent(doors: Doors) -> None:
    Secret(CANARY)
    vendor = Vendor()
    door = doors.over(vendor)
    for call in (read(f"/v1?x={CANARY}"), read(f"/v1/{CANARY}"), read(params={"token": CANARY})):
        with pytest.raises(ContractError) as caught:
            door.send(call)
        assert CANARY not in str(caught.value)
    assert vendor.sent == []


def test_a_call_does_not_show_what_it_sends() -> None:
    shown = repr(read("/v1?mail=z@example.com", headers={"X": CANARY}, params={"q": CANARY}, form={"p": CANARY}))
    assert CANARY not in shown
    assert "z@example.com" not in shown


def test_a_fingerprint_tells_credentials_apart_and_nothing_else() -> None:
    assert fingerprint("a", "bc") != fingerprint("ab", "c")
    assert fingerprint(CANARY) == fingerprint(CANARY)
    assert CANARY not in fingerprint(CANARY)
    assert len(fingerprint("")) == 16
