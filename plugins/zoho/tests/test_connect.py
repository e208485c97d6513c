"""The first login: every data centre, by hand and by browser; hosts held to the table; only what was asked for."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from crmbridge.adapter.connecting import ConnectContext, Connected, Feature
from crmbridge.adapter.context import AdapterContext
from crmbridge.model.errors import AuthError, ConfigError, CrmBridgeError, Throttled
from crmbridge.model.notes import Note
from crmbridge_zoho import grants
from crmbridge_zoho.centers import CENTERS
from crmbridge_zoho.connect import connect
from crmbridge_zoho.scopes import READING

SECRETS = ("client-secret-canary", "code-canary", "refresh-canary", "access-canary")
READ = frozenset[Feature]({"read"})


@dataclass
class Redirect:
    """What the browser comes back with."""

    answer: Mapping[str, str]
    url: str = "http://127.0.0.1:8917/crmbridge"
    state: str = "state-canary"
    closed: int = 0

    def wait(self) -> Mapping[str, str]:
        return self.answer

    def close(self) -> None:
        self.closed += 1


@dataclass
class Zoho:
    """Zoho's servers: what they answer, and every request that reached them."""

    center: str = "us"
    token: dict[str, object] | None = None
    status: int = 200
    org: str = "7001"
    requests: list[httpx.Request] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if request.url.path == "/oauth/v2/token":
            form = parse_qs(request.content.decode())
            if form["grant_type"] == ["authorization_code"]:
                return httpx.Response(self.status, json=self.exchanged())
            return httpx.Response(200, json={**self.exchanged(), "refresh_token": None})
        assert request.headers["authorization"] == "Zoho-oauthtoken access-canary"
        org = {"id": self.org, "company_name": "Acme Ltd", "time_zone": "Asia/Shanghai", "iso_code": "CNY"}
        return httpx.Response(200, json={"org": [org]})

    def exchanged(self) -> dict[str, object]:
        if self.token is not None:
            return self.token
        return {
            "access_token": "access-canary",
            "refresh_token": "refresh-canary",
            "api_domain": f"https://www.{CENTERS[self.center].domain}",
            "token_type": "Bearer",
            "expires_in": 3600,
        }

    @property
    def hosts(self) -> list[str]:
        return [request.url.host for request in self.requests]


@dataclass
class Attempt:
    """One attempt to connect: the service, the person and the browser."""

    zoho: Zoho
    folder: Path
    options: dict[str, object] = field(default_factory=dict)
    features: frozenset[Feature] = READ
    by_hand: bool = True
    redirect: Redirect | None = None
    told: list[Note] = field(default_factory=list)
    opened: list[str] = field(default_factory=list)

    def run(self) -> Connected:
        answers = {"client_id": "client-1", "client_secret": "client-secret-canary", "code": "code-canary"}

        def ask(key: str, english: str, chinese: str, secret: bool) -> str:  # noqa: FBT001 - as connectors ask
            assert english
            assert chinese
            assert secret == (key != "client_id")
            return answers[key]

        def listen() -> Redirect:
            assert self.redirect is not None
            return self.redirect

        context = ConnectContext(
            connection="crm",
            options=self.options,
            features=self.features,
            ask=ask,
            open_url=self.opened.append,
            listen=listen,
            context=lambda config: AdapterContext("crm", config, self.folder, clock=lambda: datetime.now(UTC)),
            say=self.told.append,
            by_hand=self.by_hand,
        )
        return connect(context, transport=httpx.MockTransport(self.zoho))


@pytest.fixture
def attempt(tmp_path: Path) -> Callable[..., Attempt]:
    return lambda **given: Attempt(given.pop("zoho", Zoho()), tmp_path, **given)


def browsed(**answer: str) -> Redirect:
    return Redirect({"code": "code-canary", **answer})


@pytest.mark.parametrize("center", CENTERS)
def test_a_self_client_of_every_data_centre(attempt: Callable[..., Attempt], center: str) -> None:
    tried = attempt(zoho=Zoho(center), options={"data_center": center})
    found = tried.run()
    assert set(tried.zoho.hosts) == {CENTERS[center].accounts, f"www.{CENTERS[center].domain}"}
    assert (found.org_id, found.title) == ("7001", "Acme Ltd")
    assert found.options == {"data_center": center, "org": "7001"}
    assert json.loads(found.secret) == {
        "client_id": "client-1",
        "client_secret": "client-secret-canary",
        "refresh_token": "refresh-canary",
        "accounts_server": f"https://{CENTERS[center].accounts}",
        "api_domain": f"https://www.{CENTERS[center].domain}",
    }


@pytest.mark.parametrize("center", CENTERS)
def test_a_browser_says_itself_where_the_account_lives(attempt: Callable[..., Attempt], center: str) -> None:
    redirect = browsed(**{"location": center, "accounts-server": f"https://{CENTERS[center].accounts}"})
    tried = attempt(zoho=Zoho(center), by_hand=False, redirect=redirect)
    found = tried.run()
    assert found.options["data_center"] == center
    assert set(tried.zoho.hosts) == {CENTERS[center].accounts, f"www.{CENTERS[center].domain}"}
    assert [note.code for note in found.notices] == ([] if center == "us" else ["DATA_CENTER"])
    assert redirect.closed >= 1


def test_the_browser_is_sent_with_the_state_and_asks_for_a_refresh_token(attempt: Callable[..., Attempt]) -> None:
    tried = attempt(by_hand=False, redirect=browsed(), options={"data_center": "eu"}, zoho=Zoho("eu"))
    tried.run()
    (url,) = tried.opened
    parts = urlsplit(url)
    asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
    assert (parts.scheme, parts.netloc, parts.path) == ("https", "accounts.zoho.eu", "/oauth/v2/auth")
    assert set(asked.pop("scope").split(",")) == set(READING)
    assert asked == {
        "response_type": "code",
        "client_id": "client-1",
        "redirect_uri": "http://127.0.0.1:8917/crmbridge",
        "access_type": "offline",
        "prompt": "consent",
        "state": "state-canary",
    }
    form = parse_qs(tried.zoho.requests[0].content.decode())
    assert form["redirect_uri"] == ["http://127.0.0.1:8917/crmbridge"]
    assert tried.zoho.requests[0].url.query == b""


EVIL = [
    "https://accounts.zoho.com.evil.example",
    "https://evil.example",
    "http://accounts.zoho.eu",
    "https://accounts.zoho.eu:8443",
    "https://u:p@accounts.zoho.eu",
    "https://203.0.113.7",
    "https://accounts.zoho.eu/x",
]


@pytest.mark.parametrize("server", EVIL)
def test_an_accounts_server_off_the_table_gets_nothing(attempt: Callable[..., Attempt], server: str) -> None:
    tried = attempt(by_hand=False, redirect=browsed(**{"accounts-server": server}))
    with pytest.raises(ConfigError, match="nothing was sent"):
        tried.run()
    assert tried.zoho.requests == []


@pytest.mark.parametrize(
    "domain", ["https://www.zohoapis.com.evil.example", "https://evil.example", "http://www.zohoapis.com"]
)
def test_an_api_domain_off_the_table_gets_nothing(attempt: Callable[..., Attempt], domain: str) -> None:
    zoho = Zoho()
    zoho.token = {**zoho.exchanged(), "api_domain": domain}
    with pytest.raises(ConfigError, match="nothing was sent"):
        attempt(zoho=zoho).run()
    assert zoho.hosts == ["accounts.zoho.com"]


def test_an_api_domain_of_another_data_centre_is_told(attempt: Callable[..., Attempt]) -> None:
    zoho = Zoho("eu")
    with pytest.raises(ConfigError, match=r"lives in the data centre eu.*data_center = \"eu\""):
        attempt(zoho=zoho).run()
    assert zoho.hosts == ["accounts.zoho.com"]


@pytest.mark.parametrize(
    ("error", "match"),
    [
        ("invalid_code", r"does not take the code.*--data-center"),
        ("invalid_client", r"no such client.*multi-DC"),
        ("invalid_redirect_uri", "exactly as it was shown"),
        ("something_new", "refuses the login: something_new"),
    ],
)
@pytest.mark.parametrize("status", [200, 400])
def test_a_refusal_is_one_whatever_its_status(
    attempt: Callable[..., Attempt], error: str, match: str, status: int
) -> None:
    zoho = Zoho(token={"error": error}, status=status)
    with pytest.raises(AuthError, match=match) as caught:
        attempt(zoho=zoho).run()
    assert caught.value.exit_code == 4
    assert len(zoho.requests) == 1


def test_too_many_tokens_say_when_to_come_back(attempt: Callable[..., Attempt]) -> None:
    zoho = Zoho(token={"error": "Access Denied", "error_description": "too many requests", "status": "failure"})
    with pytest.raises(Throttled) as caught:
        attempt(zoho=zoho).run()
    assert caught.value.after == 600
    assert len(zoho.requests) == 1


def test_a_person_who_does_not_agree_is_no_bug(attempt: Callable[..., Attempt]) -> None:
    tried = attempt(by_hand=False, redirect=Redirect({"error": "access_denied"}))
    with pytest.raises(AuthError, match="not agreed to: access_denied"):
        tried.run()
    assert tried.zoho.requests == []


def test_without_a_refresh_token_nothing_is_kept(attempt: Callable[..., Attempt]) -> None:
    zoho = Zoho()
    zoho.token = {name: value for name, value in zoho.exchanged().items() if name != "refresh_token"}
    with pytest.raises(AuthError, match="no refresh token"):
        attempt(zoho=zoho).run()


def test_another_organisation_than_the_pinned_one_is_refused(attempt: Callable[..., Attempt]) -> None:
    with pytest.raises(ConfigError, match="7001, the connection is for 9"):
        attempt(options={"org": "9"}).run()


def test_no_secret_is_told_or_shown(attempt: Callable[..., Attempt]) -> None:
    tried = attempt(by_hand=False, redirect=browsed())
    shown = repr(tried.run()) + "".join(map(str, tried.told)) + "".join(tried.opened)
    shown += "".join(str(request.url) for request in tried.zoho.requests)
    for error in ("invalid_code", "invalid_client"):
        with pytest.raises(CrmBridgeError) as caught:
            attempt(zoho=Zoho(token={"error": error})).run()
        shown += repr(caught.value) + str(caught.value.context)
    assert not [secret for secret in SECRETS if secret in shown]


# -- permissions -----------------------------------------------------------------------------------------------------


def test_reading_asks_for_reading_alone() -> None:
    assert {one.scope for one in grants.wanted({"read"})} == set(READING)
    assert all(one.scope.endswith(".READ") for one in grants.wanted({"read"}))


def test_each_permission_says_in_both_languages_what_it_is_for() -> None:
    for granted in grants.BY_FEATURE.values():
        for one in granted:
            assert one.purpose.isascii()
            assert not one.purpose_zh.isascii()
            assert not one.scope.endswith(".DELETE")


def test_what_was_not_granted_is_told_and_its_feature_not_claimed(attempt: Callable[..., Attempt]) -> None:
    zoho = Zoho()
    zoho.token = {**zoho.exchanged(), "scope": " ".join(READING)}
    found = attempt(zoho=zoho, features=frozenset({"read", "webhooks"})).run()
    assert found.features == READ
    assert "ZohoCRM.notifications.ALL" not in [one.scope for one in found.scopes]
    (note,) = found.notices
    assert "ZohoCRM.notifications.ALL" in str(note)


@pytest.mark.parametrize(
    ("told", "lacking"),
    [
        ("", set()),
        (" ".join(f"ZohoCRM.{name}.ALL" for name in ("modules", "settings", "users", "org", "coql", "bulk")), set()),
        (",".join(scope.lower() for scope in READING if "bulk" not in scope), {"ZohoCRM.bulk.READ"}),
        ("ZohoCRM.modules.leads.READ", set(READING)),
    ],
)
def test_a_wider_permission_covers_a_narrower_one(told: str, lacking: set[str]) -> None:
    assert grants.missing(grants.wanted({"read"}), told) == lacking
