"""Notifications: who may tell, what is believed, and that a channel never ends unnoticed."""

import json
from datetime import timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from plugins.zoho.tests.desk import DEAL, Desk

from crmbridge.adapter.contract import Subscription, SubscriptionRequest
from crmbridge.model.errors import AuthError, ConfigError, ContractError, CrmBridgeError
from crmbridge_zoho.errors import Refused
from crmbridge_zoho.notify import receive, token_of

URL, SECRET = "https://hooks.example.com/hooks/zoho/3f9a", "t" * 43


def told(**parts: object) -> bytes:
    body: dict[str, object] = {
        "module": "Deals",
        "ids": ["6102030000000454033"],
        "token": SECRET,
        "operation": "update",
        "query_params": {},
        "resource_uri": "https://www.zohoapis.com/crm/v2/Deals",
    }
    return json.dumps({**body, **parts}).encode()


def hear(body: bytes, secret: str = SECRET) -> list[tuple[str, str]]:
    return receive(body, secret, connection="zoho")


@pytest.mark.parametrize(
    "ids",
    [["6102030000000454033"], [6102030000000454033], 6102030000000454033, "6102030000000454033"],
    ids=["texts", "numbers", "a number", "a text"],
)
def test_ids_come_as_texts_or_as_numbers_to_the_last_digit(ids: object) -> None:
    assert hear(told(ids=ids)) == [("Deals", "6102030000000454033")]


def test_the_module_counts_not_the_address_that_is_told_beside_it() -> None:
    assert hear(told(resource_uri="https://www.zohoapis.com/crm/v2/Contacts")) == [("Deals", "6102030000000454033")]


def test_users_are_told_of_in_small_letters() -> None:
    assert hear(told(module="users", ids=["7"])) == [("Users", "7")]


@pytest.mark.parametrize("operation", ["insert", "update", "delete", "unheard of", None])
def test_every_operation_is_only_a_hint(operation: str | None) -> None:
    assert hear(told(operation=operation)) == [("Deals", "6102030000000454033")]


def test_what_is_no_id_is_left_out_and_one_told_twice_comes_once() -> None:
    assert hear(told(ids=["1", "1", "x", None, True, 1.5, {"id": "2"}, "-3", 4])) == [("Deals", "1"), ("Deals", "4")]
    assert hear(told(ids=None)) == []


@pytest.mark.parametrize(
    "body",
    [
        told(token="t" * 42),
        told(token="t" * 44),
        told(token=None),
        told(token=["t" * 43]),
        told(token="\ud83d"),  # noqa: S106 - half a character
        told(module=None),
        told(module=""),
        told()[:-1],
        b"[" + told() + b"]",
        b'{"token": "' + b"t" * 43 + b'", "token": "' + b"t" * 43 + b'", "module": "Deals"}',
        b'{"token": "' + b"t" * 43 + b'", "module": "Deals", "ids": NaN}',
        told(padding="x" * (1 << 20)),
    ],
)
def test_anything_else_is_refused(body: bytes) -> None:
    with pytest.raises(AuthError) as caught:
        hear(body)
    assert SECRET not in str(caught.value)


def test_no_secret_is_no_way_in() -> None:
    with pytest.raises(AuthError):
        hear(told(token=""), "")


@given(st.binary(max_size=300))
def test_whatever_is_posted_is_refused_and_breaks_nothing(body: bytes) -> None:
    with pytest.raises(AuthError):
        hear(body)


@given(st.text(min_size=1, max_size=200))
def test_a_token_fits_into_zohos_fifty_characters_and_follows_from_the_secret(secret: str) -> None:
    token = token_of(secret)
    assert len(token) <= 50
    assert token == token_of(secret)
    assert len(secret) <= 50 or token not in secret


# channels


def subscribe(desk: Desk, *objects: str, known: str | None = None, secret: str = SECRET) -> Subscription:
    return desk.open().subscribe(SubscriptionRequest(URL, secret, frozenset(objects or ("Deals",)), known))


def channels(desk: Desk) -> list[dict[str, Any]]:
    listed = (desk.zoho.api("GET", "/crm/v8/actions/watch") or {}).get("watch", [])
    return sorted(listed, key=lambda one: str(one["resource_name"]))


def codes(made: Subscription) -> list[str]:
    return [notice.code for notice in made.notices]


def test_subscription_lasts_almost_a_week_and_asks_for_no_more_than_it_needs(desk: Desk) -> None:
    made = subscribe(desk, "Deals", "Leads")
    assert made.expires is not None
    assert timedelta(days=6, hours=22) < made.expires - desk.zoho.clock() <= timedelta(days=7)
    (watch,) = desk.bodies()[-1]["watch"]
    assert watch["events"] == ["Deals.all", "Leads.all"]
    assert (watch["notify_on_related_action"], watch["return_affected_field_values"]) == (False, False)
    assert watch["token"] == SECRET
    assert [one["resource_name"] for one in channels(desk)] == ["Deals", "Leads"]
    assert codes(made) == []
    assert SECRET not in made.state


def test_what_is_posted_over_a_channel_is_heard(desk: Desk) -> None:
    subscribe(desk, "Deals")
    one = desk.zoho.create("Deals", [DEAL])[0]
    desk.zoho.clock.advance(60)
    posted = [one["body"] for one in desk.zoho.look("callbacks")["waiting"]]
    heard = [pair for body in posted for pair in hear(json.dumps(body).encode())]
    assert ("Deals", one) in heard


def test_renewing_changes_end_and_token_by_patch(desk: Desk) -> None:
    made = subscribe(desk)
    desk.zoho.clock.advance(86_400)
    again = subscribe(desk, known=made.state, secret="u" * 43)
    assert desk.paths()[-1] == "PATCH actions/watch"
    assert again.expires is not None
    assert made.expires is not None
    assert again.expires > made.expires
    assert [one["token"] for one in channels(desk)] == ["u" * 43]


def test_a_channel_that_ended_is_made_anew(desk: Desk) -> None:
    """After its end a channel is forgotten: NOT_SUBSCRIBED, then POST (dossier 7)."""
    made = subscribe(desk)
    desk.zoho.clock.advance(8 * 86_400)
    again = subscribe(desk, known=made.state)
    assert desk.paths()[-2:] == ["PATCH actions/watch", "POST actions/watch"]
    assert again.expires is not None
    assert again.expires > desk.zoho.clock()
    assert len(channels(desk)) == 1


def test_other_modules_replace_those_before(desk: Desk) -> None:
    made = subscribe(desk, "Deals", "Leads")
    again = subscribe(desk, "Deals", "Tasks", known=made.state)
    assert [one["resource_name"] for one in channels(desk)] == ["Deals", "Tasks"]
    assert codes(again) == []


def test_subscribing_again_without_the_state_leaves_one_channel(desk: Desk) -> None:
    """The answer was lost, and with it the state: the channel's number follows from the address."""
    desk.zoho.act("fault", kind="drop_after_commit", method="POST", path="/crm/v8/actions/watch", times=1)
    with pytest.raises(CrmBridgeError):
        subscribe(desk)
    subscribe(desk)
    assert len({one["channel_id"] for one in channels(desk)}) == 1


def test_a_shorter_end_than_asked_for_is_told(desk: Desk) -> None:
    """Zoho falls back to an hour without a word (dossier 7)."""

    def shorten(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        if request.url.path != "/crm/v8/actions/watch" or request.method != "GET":
            return answer
        body = answer.json()
        for one in body["watch"]:
            one["channel_expiry"] = (desk.zoho.clock() + timedelta(hours=1)).isoformat()
        return httpx.Response(200, json=body)

    desk.alter = shorten
    made = subscribe(desk)
    assert made.expires is not None
    assert made.expires - desk.zoho.clock() <= timedelta(hours=1)
    assert codes(made) == ["watch.short"]


def test_a_module_that_cannot_be_watched_is_left_out_and_told(desk: Desk) -> None:
    made = subscribe(desk, "Deals", "No_Such_Module")
    assert [one["resource_name"] for one in channels(desk)] == ["Deals"]
    assert codes(made) == ["watch.not_watched"]
    with pytest.raises(ConfigError):
        subscribe(desk, "No_Such_Module")


def test_a_channel_that_zoho_does_not_list_is_not_believed(desk: Desk) -> None:
    def hide(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        is_list = request.url.path == "/crm/v8/actions/watch" and request.method == "GET"
        return httpx.Response(204) if is_list else answer

    desk.alter = hide
    with pytest.raises(ContractError, match="does not list"):
        subscribe(desk)


def test_other_refusals_of_a_channel_leave_with_what_zoho_said(desk: Desk) -> None:
    refused = {"code": "INVALID_DATA", "details": {"api_name": "notify_url"}, "message": "no", "status": "error"}
    desk.alter = lambda request, answer: (
        httpx.Response(400, json={"watch": [refused]})
        if request.method in {"PUT", "POST"} and "watch" in request.url.path
        else answer
    )
    with pytest.raises(Refused, match="notify_url"):
        subscribe(desk)


def test_too_long_an_address_is_refused_before_anything_is_sent(desk: Desk) -> None:
    with pytest.raises(ConfigError):
        desk.open().subscribe(SubscriptionRequest(URL + "x" * 255, SECRET, frozenset({"Deals"})))
    assert desk.sent == []


def test_ending_what_has_ended_or_is_no_state_is_harmless(desk: Desk) -> None:
    made = subscribe(desk)
    for state in (made.state, made.state, "", "no json", "[]", '{"channel": "x"}'):
        desk.open().unsubscribe(state)
    assert channels(desk) == []
    assert desk.paths()[-2:] == ["DELETE actions/watch"] * 2


@pytest.mark.parametrize("bare", [True, False])
def test_ending_a_channel_that_zoho_forgot_is_harmless_in_either_shape(desk: Desk, *, bare: bool) -> None:
    made = subscribe(desk)
    refused = {"code": "NOT_SUBSCRIBED", "details": {}, "message": "no", "status": "error"}
    body = refused if bare else {"watch": [refused]}
    desk.alter = lambda request, answer: httpx.Response(400, json=body) if request.method == "DELETE" else answer
    desk.open().unsubscribe(made.state)


@pytest.mark.parametrize("bare", [True, False])
def test_a_channel_that_zoho_will_not_end_is_an_error(desk: Desk, *, bare: bool) -> None:
    made = subscribe(desk)
    refused = {"code": "INVALID_DATA", "details": {}, "message": "no", "status": "error"}
    body = refused if bare else {"watch": [refused]}
    desk.alter = lambda request, answer: httpx.Response(400, json=body) if request.method == "DELETE" else answer
    with pytest.raises(Refused):
        desk.open().unsubscribe(made.state)


def test_every_module_of_the_default_mapping_may_be_asked_for(desk: Desk) -> None:
    """What cannot be watched is named, and the others are watched all the same."""
    wanted = ("Accounts", "Calls", "Contacts", "Deals", "Events", "Leads", "Notes", "Tasks", "Users")
    made = subscribe(desk, *wanted)
    listed = {str(one["resource_name"]).casefold() for one in channels(desk)}
    told = {str(notice.params["object"]).casefold() for notice in made.notices}
    assert listed | told == {one.casefold() for one in wanted}
    assert {"accounts", "contacts", "deals", "leads", "tasks"} <= listed


def test_an_event_that_zoho_names_by_its_place_is_the_one_left_out(desk: Desk) -> None:
    refused = {"code": "INVALID_DATA", "details": {"json_path": "$.watch[0].events[1]"}, "message": "no"}

    def refuse(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        if request.method == "POST" and b"Leads.all" in request.content:
            return httpx.Response(400, json={"watch": [{**refused, "status": "error"}]})
        return answer

    desk.alter = refuse
    made = subscribe(desk, "Deals", "Leads", "Tasks")
    assert [notice.params["object"] for notice in made.notices] == ["Leads"]
