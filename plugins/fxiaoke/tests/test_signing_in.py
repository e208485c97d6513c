"""Signing in, in both styles: one token, renewed once, and seen nowhere."""

import json
import logging
from typing import Any

import pytest
from plugins.fxiaoke.tests.simulated import QUERY, SimulatedFxiaoke

from crmbridge.adapter.context import InMemoryShared
from crmbridge.model.errors import AuthError, ConfigError, Throttled
from crmbridge_fxiaoke.session import OBJECT_LIST

STYLES = ("corp", "oauth")


def rows(fx: SimulatedFxiaoke, **options: Any) -> list[dict[str, Any]]:
    adapter = fx.open(**options)
    data = {"dataObjectApiName": "AccountObj", "search_query_info": {"offset": 0, "limit": 5, "filters": []}}
    found: list[dict[str, Any]] = adapter.session.ask(QUERY, data)["data"]["dataList"]
    return found


@pytest.mark.parametrize("style", STYLES)
def test_who_it_is(style: str) -> None:
    fx = SimulatedFxiaoke(style=style)
    health = fx.open().check()
    assert (health.ok, health.problems) == (True, ())
    assert health.org_id.startswith("FSCID_")
    assert health.title.endswith("Api User")


def test_both_styles_are_of_one_company() -> None:
    fx = SimulatedFxiaoke()
    told = [SimulatedFxiaoke(style=style, clock=fx.clock).open().check().org_id for style in STYLES]
    assert told[0] == told[1]


@pytest.mark.parametrize("style", STYLES)
def test_the_proof_is_where_the_style_wants_it(style: str) -> None:
    fx = SimulatedFxiaoke(style=style, deals=5)
    assert rows(fx)
    sent = next(one for one in fx.sent if one.url.path == QUERY)
    body = json.loads(sent.content)
    assert ("corpAccessToken" in body, "authorization" in sent.headers) == (style == "corp", style == "oauth")
    assert {"thirdTraceId"} == set(sent.url.params)


@pytest.mark.parametrize("style", STYLES)
def test_a_dead_token_is_renewed_once_and_the_call_sent_once_more(style: str) -> None:
    fx = SimulatedFxiaoke(style=style, deals=5)
    adapter = fx.open()
    adapter.check()
    fx.act("kill_tokens")
    before = len(fx.bodies())
    adapter.session.ask(OBJECT_LIST)
    assert len(fx.bodies()) - before == 3  # refused, a token, once more


@pytest.mark.parametrize("style", STYLES)
def test_a_token_that_is_refused_again_stops_everything(style: str) -> None:
    fx = SimulatedFxiaoke(style=style, deals=5)
    shared = InMemoryShared()
    adapter = fx.open(shared=shared)
    adapter.check()
    fx.act("fault", kind="error", code=20016, message="the cropId,cropAccessToken or authorization is error", times=-1)
    with pytest.raises(AuthError):
        adapter.session.ask(OBJECT_LIST)
    before = len(fx.sent)
    with pytest.raises(AuthError):
        adapter.session.ask(OBJECT_LIST)
    assert len(fx.sent) == before


def test_a_token_lives_as_long_as_is_left_of_it() -> None:
    fx = SimulatedFxiaoke()
    adapter = fx.open()
    adapter.check()
    tokens = len(fx.bodies("/get/V2"))
    fx.clock.advance(6700)
    adapter.session.ask(OBJECT_LIST)
    assert len(fx.bodies("/get/V2")) == tokens
    fx.clock.advance(300)  # five minutes before its end
    adapter.session.ask(OBJECT_LIST)
    fx.clock.advance(6000)
    adapter.session.ask(OBJECT_LIST)
    assert len(fx.bodies("/get/V2")) == tokens + 1


@pytest.mark.parametrize("style", STYLES)
def test_a_wrong_secret_is_refused_and_not_tried_again(style: str) -> None:
    fx = SimulatedFxiaoke(style=style)
    wrong = json.dumps({**json.loads(fx.secret), "app_secret": "wrong-secret-canary"})
    adapter = fx.open(secret=wrong)
    for _ in range(2):
        with pytest.raises(AuthError) as caught:
            adapter.check()
        assert "wrong-secret-canary" not in str(caught.value)
    assert len(fx.sent) == 1
    assert fx.open().check().ok


@pytest.mark.parametrize(
    ("secret", "said"),
    [
        ("{", "no JSON object"),
        ("[]", "no JSON object"),
        ('{"app_id": "x"}', "app_secret"),
        ('{"app_id": "x", "app_secret": "y", "permanent_code": "z"}', "whom the app acts for"),
        ('{"app_id": "x", "app_secret": "y", "permanent_code": "z", "mobile": "1", "style": "C"}', "style"),
    ],
)
def test_credentials_that_cannot_be_used_say_why(secret: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        SimulatedFxiaoke().open(secret=secret).check()


def test_an_employee_who_is_not_there() -> None:
    fx = SimulatedFxiaoke()
    nobody = json.dumps({**json.loads(fx.secret), "mobile": "13999999999"})
    with pytest.raises(AuthError, match="no employee"):
        fx.open(secret=nobody).check()


def test_an_employee_by_id_needs_no_look_up() -> None:
    fx = SimulatedFxiaoke(style="oauth", switches={"get_by_mobile_b": "refuse"})
    with pytest.raises(AuthError, match="user_id"):
        fx.open().check()
    by_id = json.dumps({**json.loads(fx.secret), "user_id": fx.simulator.credentials["user_id"]})
    assert fx.open(secret=by_id).check().ok


def test_another_company_than_the_pinned_one() -> None:
    with pytest.raises(ConfigError, match="the connection is for FSCID_X"):
        SimulatedFxiaoke().open(org="FSCID_X").check()


def test_no_token_in_a_log_or_a_text(caplog: pytest.LogCaptureFixture) -> None:
    fx = SimulatedFxiaoke(deals=5)
    adapter = fx.open()
    with caplog.at_level(logging.DEBUG):
        adapter.check()
        token = fx.bodies(OBJECT_LIST)[0]["corpAccessToken"]
        fx.act("fault", kind="error", code=987654, message=f"no good: {token}", times=1)
        with pytest.raises(Exception, match="987654") as caught:
            adapter.session.ask(OBJECT_LIST)
    secrets = [token, *(json.loads(fx.secret)[key] for key in ("app_secret", "permanent_code"))]
    shown = caplog.text + repr(caught.value) + str(caught.value) + repr(caught.value.args) + repr(vars(adapter.session))
    assert not [secret for secret in secrets if secret in shown]


def test_ten_token_calls_a_minute_are_never_passed() -> None:
    fx = SimulatedFxiaoke()
    adapter = fx.open()

    def ask_often() -> None:
        for _ in range(12):
            fx.act("kill_tokens")
            adapter.session.ask(OBJECT_LIST)

    with pytest.raises(Throttled):
        ask_often()
    assert len(fx.bodies("/get/V2")) <= 8
