"""Notifications: channels live as long as Zoho lets them, and tell what they were asked to."""

from __future__ import annotations

import pytest
from plugins.sim.tests.conftest import Client

URL = "https://hook.example/zoho?tenant=7"
WATCH = "/actions/watch"
BASE = {"channel_id": "1000000068001", "events": ["Deals.all"], "notify_url": URL, "token": "secret"}
PIPELINE = {"Pipeline": "Standard (Standard)", "Stage": "Qualification"}


def enable(client: Client, **more: object) -> dict[str, object]:
    answer = client.post(WATCH, {"watch": [{**BASE, **more}]})
    assert answer.status == 201, answer.body
    event: dict[str, object] = answer.json()["watch"][0]["details"]["events"][0]
    return event


def bodies(client: Client) -> list[dict[str, object]]:
    return [callback.body for callback in client.sim.features.channels.outbox.take()]


def deal(client: Client) -> str:
    made = client.post("/Deals", {"data": [{"Deal_Name": "One", **PIPELINE}]})
    return str(made.json()["data"][0]["details"]["id"])


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        ("2026-07-05T14:00:00+02:00", "2026-07-05T14:00:00+02:00"),
        ("2026-07-08T14:00:00+02:00", "2026-06-30T15:00:00+02:00"),
        ("2026-06-01T14:00:00+02:00", "2026-06-30T15:00:00+02:00"),
        (None, "2026-06-30T15:00:00+02:00"),
    ],
)
def test_a_missing_or_too_long_expiry_falls_back_to_an_hour(client: Client, asked: str | None, kept: str) -> None:
    assert enable(client, channel_expiry=asked)["channel_expiry"] == kept


def test_a_change_is_told_with_the_token(client: Client) -> None:
    enable(client)
    made = deal(client)
    client.put(f"/Deals/{made}", {"data": [{"Amount": 5}]})
    client.delete(f"/Deals/{made}")
    told = bodies(client)
    assert [body["operation"] for body in told] == ["insert", "update", "delete"]
    assert told[0] == {
        "server_time": 1782820800000,
        "query_params": {"tenant": "7"},
        "module": "Deals",
        "resource_uri": "https://www.zohoapis.com/crm/v2/Deals",
        "ids": [made],
        "affected_fields": [],
        "affected_values": [],
        "operation": "insert",
        "channel_id": "1000000068001",
        "token": "secret",
    }


def test_values_come_only_when_asked_for(client: Client) -> None:
    enable(client, return_affected_field_values=True)
    made = deal(client)
    bodies(client)
    client.put(f"/Deals/{made}", {"data": [{"Amount": 5}]})
    values = bodies(client)[0]["affected_values"]
    assert isinstance(values, list)
    assert values[0]["record_id"] == made
    assert values[0]["values"]["Amount"] == 5


def test_only_the_events_and_fields_asked_for(client: Client) -> None:
    field = {"field": {"api_name": "Amount"}}
    condition = {"type": "field_selection", "module": {"api_name": "Deals"}, "field_selection": field}
    enable(client, events=["Deals.edit"], notification_condition=[condition])
    made = deal(client)
    client.post("/Accounts", {"data": [{"Account_Name": "X"}]})
    client.put(f"/Deals/{made}", {"data": [{"Next_Step": "call"}]})
    assert bodies(client) == []
    client.put(f"/Deals/{made}", {"data": [{"Amount": 5}]})
    assert len(bodies(client)) == 1


def test_after_its_expiry_a_channel_is_forgotten(client: Client) -> None:
    enable(client)
    client.sim.clock.advance(3_600)
    client.token = client.sim.token()
    deal(client)
    assert bodies(client) == []
    assert client.get(WATCH).status == 204
    for method in ("PUT", "PATCH"):
        answer = client.call(method, "/crm/v8" + WATCH, json={"watch": [BASE]})
        assert (answer.status, answer.json()["watch"][0]["code"]) == (400, "NOT_SUBSCRIBED")


def test_put_drops_what_is_left_out_and_patch_keeps_it(client: Client) -> None:
    enable(client, return_affected_field_values=True)
    patched = {"channel_id": BASE["channel_id"], "channel_expiry": "2026-07-05T14:00:00+02:00"}
    answer = client.call("PATCH", "/crm/v8" + WATCH, json={"watch": [patched]})
    assert answer.json()["watch"][0]["message"] == "Successfully updated the subscribe details"
    entry = client.get(WATCH).json()["watch"][0]
    assert (entry["return_affected_field_values"], entry["channel_expiry"]) == (True, "2026-07-05T14:00:00+02:00")
    client.call("PUT", "/crm/v8" + WATCH, json={"watch": [BASE]})
    entry = client.get(WATCH).json()["watch"][0]
    assert (entry["return_affected_field_values"], entry["channel_expiry"]) == (False, "2026-06-30T15:00:00+02:00")


def test_delete_events_and_disable(client: Client) -> None:
    enable(client, events=["Deals.all", "Accounts.create"])
    gone = {"channel_id": BASE["channel_id"], "events": ["Deals.all"], "_delete_events": True}
    client.call("PATCH", "/crm/v8" + WATCH, json={"watch": [gone]})
    assert [entry["events"] for entry in client.get(WATCH).json()["watch"]] == [["Accounts.create"]]
    answer = client.delete(f"{WATCH}?channel_ids={BASE['channel_id']},77")
    assert answer.status == 207
    assert [item["code"] for item in answer.json()["watch"]] == ["SUCCESS", "NOT_SUBSCRIBED"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"channel_id": None}, "MANDATORY_NOT_FOUND"),
        ({"channel_id": "x"}, "INVALID_DATA"),
        ({"token": "x" * 51}, "INVALID_DATA"),
        ({"notify_url": "https://h.example/" + "x" * 255}, "INVALID_DATA"),
        ({"events": ["Deals.never"]}, "INVALID_DATA"),
        ({"events": ["Nothing.all"]}, "INVALID_DATA"),
    ],
)
def test_bad_subscriptions_are_refused(client: Client, change: dict[str, object], code: str) -> None:
    answer = client.post(WATCH, {"watch": [{**BASE, **change}]})
    assert (answer.status, answer.json()["watch"][0]["code"]) == (400, code)


def test_at_most_fifty_channels_a_call(client: Client) -> None:
    assert client.post(WATCH, {"watch": [BASE] * 51}).json()["code"] == "LIMIT_EXCEEDED"


def test_repeats_by_a_switch(client: Client) -> None:
    client.sim.switches.set("watch_repeats", value=True)
    enable(client)
    deal(client)
    assert len(bodies(client)) == 2
