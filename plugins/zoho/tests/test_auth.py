"""Tokens: one for all, refreshed where the account lives, and a message for each way Zoho says no."""

import json
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs

import httpx
import pytest
from plugins.zoho.tests.fake import API, SECRET, Deals, FakeZoho, Secrets, answer, refused

from crmbridge.model.errors import AuthError, ConfigError, CrmBridgeError, ScopeError, Throttled, Unavailable

CANARIES = ("secret-canary", "refresh-canary", "1000.t")


def says(body: object, status: int = 200) -> object:
    return lambda _: answer(body, status)


def test_one_token_for_all_calls_in_the_words_that_zoho_wants(zoho: FakeZoho, deals: Deals, tmp_path: Path) -> None:
    adapter = zoho.open(tmp_path)
    adapter.check()
    adapter.count("Deals")
    assert len(zoho.tokens) == 1
    form = parse_qs(zoho.tokens[0].content.decode())
    assert form["grant_type"] == ["refresh_token"]
    assert zoho.tokens[0].url.query == b""
    assert {call.headers["Authorization"] for call in zoho.calls} == {"Zoho-oauthtoken 1000.t1"}


def test_a_token_is_fetched_anew_before_it_ends(zoho: FakeZoho, deals: Deals, tmp_path: Path) -> None:
    adapter = zoho.open(tmp_path)
    adapter.count("Deals")
    zoho.clock.now += timedelta(minutes=56)
    adapter.count("Deals")
    assert len(zoho.tokens) == 2


def test_a_token_refused_in_the_middle_is_renewed_once(zoho: FakeZoho, tmp_path: Path) -> None:
    def count(request: httpx.Request) -> httpx.Response:
        is_old = request.headers["Authorization"].endswith("t1")
        return refused("INVALID_TOKEN", 401) if is_old else answer({"count": 3})

    zoho.routes["GET /crm/v8/Deals/actions/count"] = count
    assert zoho.open(tmp_path).count("Deals") == 3
    assert len(zoho.tokens) == 2


def test_a_token_refused_again_and_again_is_an_auth_error(zoho: FakeZoho, tmp_path: Path) -> None:
    zoho.routes["GET /crm/v8/Deals/actions/count"] = lambda _: refused("AUTHENTICATION_FAILURE", 401)
    with pytest.raises(AuthError):
        zoho.open(tmp_path).count("Deals")
    assert len(zoho.tokens) <= 2


@pytest.mark.parametrize(
    ("body", "status", "error", "said"),
    [
        ({"error": "invalid_code"}, 200, AuthError, "connect zoho --name zoho logs in again"),
        ({"error": "invalid_code"}, 400, AuthError, "data_center = us"),
        ({"error": "invalid_client"}, 200, AuthError, "multi-DC"),
        ({"error": "invalid_client_secret"}, 200, AuthError, "invalid_client_secret"),
        (
            {"error": "Access Denied", "error_description": "You have made too many requests"},
            200,
            Throttled,
            "ten minutes",
        ),
        ({"error": "Access Denied", "status": "failure"}, 400, Throttled, "ten minutes"),
        ({"error": "general_error"}, 200, Unavailable, ""),
        ({"error": "something_new"}, 200, AuthError, "something_new"),
    ],
)
def test_each_way_of_saying_no_is_its_own_error(
    zoho: FakeZoho, tmp_path: Path, *, body: object, status: int, error: type[CrmBridgeError], said: str
) -> None:
    zoho.token = lambda _: answer(body, status)
    with pytest.raises(error) as raised:
        zoho.open(tmp_path).count("Deals")
    assert said in str(raised.value)
    assert zoho.calls == []
    assert not [canary for canary in CANARIES if canary in str(raised.value) + repr(raised.value.context)]


def test_after_the_throttle_nobody_asks_for_ten_minutes(zoho: FakeZoho, deals: Deals, tmp_path: Path) -> None:
    zoho.token = lambda _: answer({"error": "Access Denied"})
    adapter = zoho.open(tmp_path)
    for _ in range(3):
        with pytest.raises(Throttled):
            adapter.count("Deals")
    assert len(zoho.tokens) == 1
    zoho.token = None
    zoho.clock.now += timedelta(minutes=11)
    assert adapter.count("Deals") == 0


@pytest.mark.parametrize("domain", ["https://www.zohoapis.eu", "http://127.0.0.1:7777", "https://evil.example"])
def test_an_api_host_named_by_a_token_is_not_called_unless_it_is_ours(
    zoho: FakeZoho, tmp_path: Path, domain: str
) -> None:
    zoho.token = lambda _: answer({"access_token": "1000.t1", "api_domain": domain, "expires_in": 3600})
    with pytest.raises(CrmBridgeError):
        zoho.open(tmp_path).count("Deals")
    assert zoho.calls == []


def test_old_replies_with_milliseconds_do_not_make_a_token_of_weeks(
    zoho: FakeZoho, deals: Deals, tmp_path: Path
) -> None:
    told = {"access_token": "1000.t1", "api_domain": API, "expires_in_sec": 3600, "expires_in": 3_600_000}
    zoho.token = lambda _: answer(told)
    adapter = zoho.open(tmp_path)
    adapter.count("Deals")
    zoho.clock.now += timedelta(hours=2)
    adapter.count("Deals")
    assert len(zoho.tokens) == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("not json", "no JSON object"),
        ('["x"]', "no JSON object"),
        (json.dumps({"client_id": "a"}), "client_secret, refresh_token"),
    ],
)
def test_bad_credentials_are_told_and_never_shown(zoho: FakeZoho, tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError) as raised:
        zoho.open(tmp_path, secrets=Secrets(text)).check()
    assert said in str(raised.value)
    assert text not in str(raised.value)


def test_credentials_of_another_data_centre_are_refused_before_a_byte_is_sent(tmp_path: Path) -> None:
    from crmbridge.adapter.context import AdapterContext  # noqa: PLC0415 - a real host's options
    from crmbridge_zoho.adapter import ZohoAdapter  # noqa: PLC0415
    from crmbridge_zoho.config import ZohoOptions  # noqa: PLC0415

    def nothing(request: httpx.Request) -> httpx.Response:
        raise AssertionError(request.url)

    options = ZohoOptions(data_center="us", credentials="x")
    secret = json.dumps({**SECRET, "accounts_server": "https://accounts.zoho.eu"})
    context = AdapterContext("zoho", options, tmp_path, secrets=Secrets(secret))
    with pytest.raises(ConfigError, match='data_center = "eu"'):
        ZohoAdapter(context, options, transport=httpx.MockTransport(nothing)).check()


def test_another_organisation_behind_the_credentials_stops_everything(zoho: FakeZoho, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="the connection is for 99"):
        zoho.open(tmp_path, org="99").check()
    assert zoho.open(tmp_path, org="77").check().org_id == "77"


def test_a_scope_that_is_missing_is_named(zoho: FakeZoho, tmp_path: Path) -> None:
    zoho.routes["POST /crm/bulk/v8/read"] = lambda _: refused("OAUTH_SCOPE_MISMATCH", 401)
    with pytest.raises(ScopeError, match=r"ZohoCRM\.bulk\.READ"):
        zoho.open(tmp_path).session.ask("/crm/bulk/v8/read", {})
    assert len(zoho.tokens) == 1


def test_the_edition_decides_how_many_calls_go_at_once(zoho: FakeZoho, deals: Deals, tmp_path: Path) -> None:
    adapter = zoho.open(tmp_path, concurrency=25)
    adapter.check()
    assert adapter.session.org.allowance.concurrency == 20
    assert adapter.session.org.daily_credits == 60_000
    assert adapter.spent().calls == len(zoho.calls) + len(zoho.tokens)


def test_a_token_kept_for_another_address_is_not_used(zoho: FakeZoho, deals: Deals, tmp_path: Path) -> None:
    from dataclasses import replace  # noqa: PLC0415 - one test

    from crmbridge_zoho.adapter import ZohoAdapter  # noqa: PLC0415
    from crmbridge_zoho.config import ZohoOptions  # noqa: PLC0415

    def opened(port: int) -> ZohoAdapter:
        api = f"http://127.0.0.1:{port}"
        zoho.token = lambda _: answer({"access_token": f"1000.t{port}", "api_domain": api, "expires_in": 3600})
        first = zoho.open(tmp_path)
        options = ZohoOptions.model_validate({**first.session.options.model_dump(), "api_url": api})
        context = replace(first.session.context, config=options, state_dir=tmp_path)
        return ZohoAdapter(context, options, transport=httpx.MockTransport(zoho.handle))

    for port in (7002, 7003):
        opened(port).count("Deals")
        assert zoho.calls[-1].url.port == port
