"""OAuth: codes, tokens and their limits (dossier 1.1-1.5)."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from plugins.sim.tests.conftest import Client

from crmbridge_sim.wire import Request, Response
from crmbridge_sim.zoho import ZohoSimulator

SCOPES = "ZohoCRM.modules.READ,ZohoCRM.org.READ"


def ask(sim: ZohoSimulator, path: str = "/oauth/v2/token", **form: str) -> Response:
    body = urlencode({**{k: v for k, v in sim.credentials.items() if k != "refresh_token"}, **form}).encode()
    return sim.handle(Request.of("POST", path, body=body))


def refresh(sim: ZohoSimulator, **form: str) -> Response:
    return ask(sim, **{"grant_type": "refresh_token", "refresh_token": sim.grant.token, **form})


def consent(sim: ZohoSimulator, **params: str) -> dict[str, str]:
    asked = {
        "response_type": "code",
        "client_id": sim.client.client_id,
        "scope": SCOPES,
        "redirect_uri": "http://127.0.0.1:5000/back",
        "access_type": "offline",
        "state": "s1",
        **params,
    }
    answer = sim.handle(Request.of("GET", "/oauth/v2/auth?" + urlencode(asked)))
    assert answer.status == 302
    return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))


def test_a_refresh_answers_without_a_refresh_token(sim: ZohoSimulator) -> None:
    answer = refresh(sim).json()
    assert "refresh_token" not in answer
    assert answer["expires_in"] == 3600
    assert answer["api_domain"] == "https://www.zohoapis.com"
    assert answer["token_type"] == "Bearer"  # noqa: S105  # the word Zoho sends
    assert Client(sim, answer["access_token"]).get("/org").status == 200


def test_the_query_string_is_read_too(sim: ZohoSimulator) -> None:
    query = urlencode({"grant_type": "refresh_token", **sim.credentials})
    assert "access_token" in sim.handle(Request.of("POST", f"/oauth/v2/token?{query}")).json()


def test_the_callback_names_location_and_accounts_server() -> None:
    sim = ZohoSimulator(deals=0, center="eu")
    given = consent(sim)
    assert given["location"] == "eu"
    assert given["accounts-server"] == "https://accounts.zoho.eu"
    assert given["state"] == "s1"


def test_a_code_is_exchanged_once(sim: ZohoSimulator) -> None:
    code = consent(sim)["code"]
    wanted = {"grant_type": "authorization_code", "code": code, "redirect_uri": "http://127.0.0.1:5000/back"}
    first = ask(sim, **wanted).json()
    assert first["refresh_token"]
    assert first["scope"] == SCOPES.replace(",", " ")
    again = ask(sim, **wanted)
    assert (again.status, again.json()) == (200, {"error": "invalid_code"})


def test_a_code_needs_the_same_redirect(sim: ZohoSimulator) -> None:
    code = consent(sim)["code"]
    answer = ask(sim, grant_type="authorization_code", code=code, redirect_uri="http://127.0.0.1:1/x")
    assert answer.json() == {"error": "invalid_redirect_uri"}


def test_a_code_dies_after_three_minutes(sim: ZohoSimulator) -> None:
    code = sim.administration.grant_code()
    sim.clock.advance(180)
    assert ask(sim, grant_type="authorization_code", code=code).json() == {"error": "invalid_code"}


def test_without_offline_there_is_no_refresh_token(sim: ZohoSimulator) -> None:
    code = consent(sim, access_type="online")["code"]
    answer = ask(sim, grant_type="authorization_code", code=code, redirect_uri="http://127.0.0.1:5000/back").json()
    assert "refresh_token" not in answer
    assert Client(sim, answer["access_token"]).get("/org").status == 200


def test_an_unregistered_redirect_is_refused(sim: ZohoSimulator) -> None:
    url = f"/oauth/v2/auth?response_type=code&client_id={sim.client.client_id}&redirect_uri=https://evil.example/"
    assert sim.handle(Request.of("GET", url)).json() == {"error": "invalid_redirect_uri"}


def test_ten_codes_in_ten_minutes(sim: ZohoSimulator) -> None:
    given = [consent(sim) for _ in range(11)]
    assert all("code" in one for one in given[:10])
    assert given[10]["error"] == "access_denied"


def test_a_wrong_secret_is_an_invalid_client(sim: ZohoSimulator) -> None:
    assert refresh(sim, client_secret="x").json() == {"error": "invalid_client"}  # noqa: S106  # a wrong one


def test_ten_refreshes_in_ten_minutes_then_denied_with_200(sim: ZohoSimulator) -> None:
    assert all("access_token" in refresh(sim).json() for _ in range(10))
    denied = refresh(sim)
    assert denied.status == 200
    assert denied.json()["error"] == "Access Denied"
    sim.clock.advance(300)
    assert refresh(sim).json()["error"] == "Access Denied"
    sim.clock.advance(599)
    assert "access_token" in refresh(sim).json()  # the try at 300 s still counts, the ten before it do not


def test_the_throttle_may_come_with_400() -> None:
    sim = ZohoSimulator(deals=0, switches={"throttle_status": "400", "throttle_has_status_key": False})
    answers = [refresh(sim) for _ in range(11)]
    assert answers[-1].status == 400
    assert "status" not in answers[-1].json()


def test_a_token_lives_an_hour(client: Client) -> None:
    client.sim.clock.advance(3599)
    assert client.get("/org").status == 200
    client.sim.clock.advance(1)
    answer = client.get("/org")
    assert (answer.status, answer.json()["code"]) == (401, "INVALID_TOKEN")
    assert answer.json()["message"] == "invalid oauth token"


def test_the_sixteenth_token_kills_the_oldest(sim: ZohoSimulator) -> None:
    clients = [Client(sim) for _ in range(16)]
    assert clients[0].get("/org").status == 401
    assert clients[1].get("/org").status == 200


def test_the_twenty_first_refresh_token_kills_the_first_and_its_tokens(sim: ZohoSimulator) -> None:
    first = Client(sim)
    for _ in range(20):
        sim.accounts.grant(sim.client, user_id=sim.api_user.id)
    assert first.get("/org").status == 401
    assert refresh(sim).json() == {"error": "invalid_code"}


def test_a_revoked_refresh_token(sim: ZohoSimulator) -> None:
    client, token = Client(sim), sim.grant.token
    assert ask(sim, "/oauth/v2/token/revoke", token=token).json() == {"status": "success"}
    assert client.get("/org").json()["code"] == "INVALID_TOKEN"
    assert refresh(sim).json() == {"error": "invalid_code"}


@pytest.mark.parametrize("header", ["", "Bearer {}", "Zoho-oauthtoken", "zoho {}"])
def test_any_other_header_is_an_authentication_failure(client: Client, header: str) -> None:
    headers = {"Authorization": header.format(client.token)} if header else {}
    answer = client.sim.handle(Request.of("GET", "/crm/v8/org", headers=headers))
    assert (answer.status, answer.json()["code"]) == (401, "AUTHENTICATION_FAILURE")


def test_a_host_of_another_data_centre(sim: ZohoSimulator) -> None:
    headers = {"Authorization": f"Zoho-oauthtoken {sim.token()}"}
    answer = sim.handle(Request.of("GET", "https://www.zohoapis.eu/crm/v8/org", headers=headers))
    assert (answer.status, answer.json()["code"]) == (401, "AUTHENTICATION_FAILURE")
    body = urlencode({"grant_type": "refresh_token", **sim.credentials}).encode()
    wrong = sim.handle(Request.of("POST", "https://accounts.zoho.eu/oauth/v2/token", body=body))
    assert "error" in wrong.json()


def test_a_disabled_user_loses_the_token(client: Client) -> None:
    client.sim.administration.set_user("api@fjordtech.example", status="disabled")
    assert client.get("/org").status == 401
