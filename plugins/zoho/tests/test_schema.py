"""The fields that crmbridge makes: once, unique where they hold our key, and never beside one that is there."""

import json
from typing import Any

import httpx
import pytest
from plugins.zoho.tests.desk import Desk

from crmbridge.model.errors import ConfigError, ContractError
from crmbridge_zoho.errors import Refused

KEY = "crmbridge_key"


def made(desk: Desk) -> list[dict[str, Any]]:
    return [json.loads(request.content)["fields"][0] for request in desk.sent if request.url.path.endswith("/fields")]


def test_key_field_is_made_as_unique_text_of_its_label(desk: Desk) -> None:
    desk.zoho.act("switch", name="unique_fields_limit", value=0)
    name = desk.open(external_id_field=KEY).ensure_field("Contacts", KEY, "text")
    assert name == KEY
    (body,) = made(desk)
    expected = {"field_label": "crmbridge key", "data_type": "text", "length": 255, "unique": {"casesensitive": False}}
    assert body == expected
    assert desk.sent[0].url.params["module"] == "Contacts"
    described = desk.open(external_id_field=KEY).describe().object("Contacts")
    assert described is not None
    assert [field.unique for field in described.fields if field.name == KEY] == [True]


def test_key_field_of_a_module_without_unique_fields_is_plain(desk: Desk) -> None:
    desk.open(external_id_field=KEY).ensure_field("Tasks", KEY, "text")
    assert "unique" not in made(desk)[0]


@pytest.mark.parametrize(("kind", "kind_of_zoho"), [("text", "text"), ("number", "double"), ("date", "date")])
def test_other_fields_are_made_by_their_kind(desk: Desk, kind: Any, kind_of_zoho: str) -> None:
    adapter = desk.open(external_id_field=KEY)
    assert adapter.ensure_field("Deals", "Fit Score", kind) == "Fit_Score"
    assert adapter.ensure_field("Deals", "Fit_Score", kind) == "Fit_Score"
    (body,) = made(desk)
    assert body["data_type"] == kind_of_zoho
    assert "unique" not in body


def test_field_made_by_a_person_is_found_by_its_label(desk: Desk) -> None:
    assert desk.open().ensure_field("Deals", "next step", "text") == "Next_Step"
    assert made(desk) == []


def test_field_that_another_process_makes_meanwhile_is_used(desk: Desk) -> None:
    first, second = desk.open(), desk.open()
    first.modules.fields("Deals")
    second.modules.fields("Deals")
    assert first.ensure_field("Deals", "Twice", "text") == second.ensure_field("Deals", "Twice", "text")


def _answer(code: str, details: dict[str, object]) -> httpx.Response:
    item = {"code": code, "details": details, "message": "no", "status": "error"}
    return httpx.Response(400, json={"fields": [item]})


@pytest.mark.parametrize("spelling", ["casesensitive", "case_sensitive"])
def test_either_spelling_of_unique_is_found(desk: Desk, spelling: str) -> None:
    desk.zoho.act("switch", name="unique_fields_limit", value=0)
    desk.zoho.act("switch", name="unique_key", value=spelling)
    assert desk.open(external_id_field=KEY).ensure_field("Deals", KEY, "text") == KEY
    tried = [list(body["unique"]) for body in made(desk)]
    assert tried == [["casesensitive"], ["case_sensitive"]][: 1 if spelling == "casesensitive" else 2]


def test_no_room_for_a_field_is_a_config_error(desk: Desk) -> None:
    desk.alter = lambda request, answer: (
        _answer("LIMIT_EXCEEDED", {}) if request.method == "POST" and "fields" in request.url.path else answer
    )
    with pytest.raises(ConfigError, match="as many custom fields"):
        desk.open().ensure_field("Deals", "One More", "text")


def test_no_room_for_another_unique_field_is_told_as_that(desk: Desk) -> None:
    with pytest.raises(ConfigError, match="as many unique fields"):
        desk.open(external_id_field=KEY).ensure_field("Deals", KEY, "text")
    assert len(made(desk)) == 1


def test_any_other_refusal_leaves_with_what_zoho_said(desk: Desk) -> None:
    desk.alter = lambda request, answer: (
        _answer("NOT_ALLOWED", {"api_name": "field_label"})
        if request.method == "POST" and "fields" in request.url.path
        else answer
    )
    with pytest.raises(Refused, match="NOT_ALLOWED"):
        desk.open().ensure_field("Deals", "One More", "text")


def test_a_field_that_is_made_and_not_listed_is_not_believed(desk: Desk) -> None:
    done = {"code": "SUCCESS", "details": {"id": "1"}, "message": "field created", "status": "success"}

    def only_say_so(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        if request.method != "POST" or not request.url.path.endswith("/fields"):
            return answer
        desk.zoho.act("remove_field", module="Deals", name="One_More")
        return httpx.Response(201, json={"fields": [done]})

    desk.alter = only_say_so
    with pytest.raises(ContractError, match="does not list"):
        desk.open().ensure_field("Deals", "One More", "text")
