"""Upsert: which fields tell that a record is there (dossier 2.4: DOC7:upsert table)."""

from __future__ import annotations

from typing import Any

import pytest
from plugins.sim.tests.conftest import Client

STANDARD = {"Pipeline": "Standard (Standard)", "Stage": "Qualification"}


def upsert(client: Client, module: str, record: dict[str, object], **body: object) -> dict[str, Any]:
    answer = client.post(f"/{module}/upsert", {"data": [record], **body})
    item: dict[str, Any] = answer.json()["data"][0]
    return item


def test_without_fields_the_system_field_decides(client: Client) -> None:
    first = upsert(client, "Deals", {"Deal_Name": "Same", **STANDARD})
    assert (first["action"], first["duplicate_field"], first["message"]) == ("insert", None, "record added")
    second = upsert(client, "Deals", {"Deal_Name": "same", "Amount": 5, **STANDARD})
    assert (second["action"], second["duplicate_field"]) == ("update", "Deal_Name")
    assert second["details"]["id"] == first["details"]["id"]


def test_with_fields_the_system_field_is_ignored(client: Client) -> None:
    listed = {"duplicate_check_fields": ["World_Key"]}
    first = upsert(client, "Deals", {"Deal_Name": "Same", "World_Key": "k1", **STANDARD}, **listed)
    second = upsert(client, "Deals", {"Deal_Name": "Same", "World_Key": "k2", **STANDARD}, **listed)
    assert second["action"] == "insert"
    third = upsert(client, "Deals", {"Deal_Name": "Other", "World_Key": "K1", **STANDARD}, **listed)
    assert (third["action"], third["duplicate_field"]) == ("update", "World_Key")
    assert third["details"]["id"] == first["details"]["id"]


def test_unique_fields_are_still_checked_when_others_are_listed(client: Client) -> None:
    first = upsert(client, "Leads", {"Last_Name": "A", "Email": "a@x.example", "World_Key": "k1"})
    item = upsert(
        client,
        "Leads",
        {"Last_Name": "A", "Email": "b@x.example", "World_Key": "k1"},
        duplicate_check_fields=["Email"],
    )
    assert (item["action"], item["duplicate_field"]) == ("update", "World_Key")
    assert item["details"]["id"] == first["details"]["id"]


def test_the_header_is_not_the_body(client: Client) -> None:
    client.post("/Deals/upsert", {"data": [{"Deal_Name": "Same", "World_Key": "k1", **STANDARD}]})
    answer = client.call(
        "POST",
        "/crm/v8/Deals/upsert",
        json={"data": [{"Deal_Name": "Same", "World_Key": "k2", **STANDARD}]},
        headers={"duplicate_check_fields": "World_Key"},
    )
    assert answer.json()["data"][0]["action"] == "update"


def test_a_listed_field_must_be_one_that_can_tell(client: Client) -> None:
    body = {"data": [{"Deal_Name": "A", **STANDARD}], "duplicate_check_fields": ["Amount"]}
    assert client.post("/Deals/upsert", body).json()["code"] == "INVALID_DATA"


@pytest.mark.parametrize("module", ["Tasks", "Events", "Calls", "Notes"])
def test_activities_and_notes_have_no_upsert(client: Client, module: str) -> None:
    assert client.post(f"/{module}/upsert", {"data": [{"Subject": "x"}]}).status == 400


def test_a_plain_insert_twice_makes_two(client: Client) -> None:
    for _ in range(2):
        client.post("/Deals", {"data": [{"Deal_Name": "Same", **STANDARD}]})
    assert client.sim.store.count("Deals") == 2


def test_a_converted_lead_is_no_duplicate(client: Client) -> None:
    lead = client.sim.backdoor.create("Leads", {"Last_Name": "A", "Company": "B", "Email": "a@x.example"})
    client.sim.backdoor.convert(lead)
    assert upsert(client, "Leads", {"Last_Name": "A", "Email": "a@x.example"})["action"] == "insert"


@pytest.mark.parametrize("keeps", [False, True])
def test_the_unique_key_of_a_converted_lead_is_free_or_taken(client: Client, keeps: bool) -> None:  # noqa: FBT001
    client.sim.switches.set("converted_keeps_unique", keeps)
    lead = client.sim.backdoor.create("Leads", {"Last_Name": "A", "Company": "C", "World_Key": "k-1"})
    client.sim.backdoor.convert(lead)
    again = {"data": [{"Last_Name": "B", "World_Key": "K-1"}]}
    upserted = client.post("/Leads/upsert", {**again, "duplicate_check_fields": ["World_Key"]}).json()["data"][0]
    inserted = client.post("/Leads", again).json()["data"][0]
    if keeps:
        assert (upserted["code"], upserted["details"]) == ("CONVERTED_RECORD", {"id": lead})
        assert (inserted["code"], inserted["details"]["id"]) == ("DUPLICATE_DATA", lead)
    else:
        assert (upserted["action"], upserted["status"]) == ("insert", "success")
        assert inserted["details"]["id"] == upserted["details"]["id"]
