"""Custom fields that are not made: wrong definitions, limits, rights (OAS25 fields.json; DOC7:create-custom-field)."""

from __future__ import annotations

import pytest
from plugins.sim.tests.conftest import Client
from plugins.sim.tests.field_calls import FIELDS, OURS, described, make, refused

REFUSED: list[tuple[dict[str, object], str, str]] = [
    ({"data_type": "text"}, "MANDATORY_NOT_FOUND", "field_label"),
    ({"field_label": "  ", "data_type": "text"}, "MANDATORY_NOT_FOUND", "field_label"),
    ({"field_label": 5, "data_type": "text"}, "INVALID_DATA", "field_label"),
    ({"field_label": "x" * 51, "data_type": "text"}, "INVALID_DATA", "field_label"),
    ({"field_label": "Email", "data_type": "text"}, "DUPLICATE_DATA", "field_label"),
    ({"field_label": "world-KEY", "data_type": "text"}, "DUPLICATE_DATA", "field_label"),
    ({"api_name": "World_Key", "data_type": "text"}, "DUPLICATE_DATA", "api_name"),
    ({"api_name": "Mine__s", "data_type": "text"}, "RESERVED_KEYWORD_NOT_ALLOWED", "api_name"),
    ({"api_name": "7up", "data_type": "text"}, "INVALID_DATA", "api_name"),
    ({"data_type": "hologram"}, "INVALID_DATA", "data_type"),
    ({"data_type": "formula"}, "NOT_SUPPORTED", "data_type"),
    ({"data_type": "text", "length": 256}, "DEPENDENT_MISMATCH", "length"),
    ({"data_type": "text", "length": 0}, "DEPENDENT_MISMATCH", "length"),
    ({"data_type": "text", "length": "80"}, "INVALID_DATA", "length"),
    ({"data_type": "textarea"}, "DEPENDENT_FIELD_MISSING", "textarea"),
    ({"data_type": "textarea", "textarea": {"type": "huge"}}, "INVALID_DATA", "textarea.type"),
    ({"data_type": "textarea", "length": 2_000, "textarea": {"type": "large"}}, "DEPENDENT_MISMATCH", "length"),
    ({"data_type": "currency"}, "DEPENDENT_FIELD_MISSING", "currency"),
    ({"data_type": "currency", "currency": {"precision": 1}}, "MANDATORY_NOT_FOUND", "currency.rounding_option"),
    ({"data_type": "double", "decimal_place": 10}, "INVALID_DATA", "decimal_place"),
    ({"data_type": "picklist"}, "EXPECTED_DEPENDENT_FIELD_MISSING", "pick_list_values"),
    ({"data_type": "picklist", "global_picklist": {"id": "1"}}, "INVALID_DATA", "global_picklist"),
    ({"data_type": "lookup"}, "DEPENDENT_FIELD_MISSING", "lookup"),
    ({"data_type": "boolean", "unique": {"casesensitive": False}}, "NOT_ALLOWED", "unique"),
    ({"data_type": "text", "unique": True}, "INVALID_DATA", "unique"),
    ({"data_type": "text", "unique": {"casesensitive": True}}, "INVALID_DATA", "unique.casesensitive"),
    ({"data_type": "textarea", "textarea": {"type": "small"}, "filterable": True}, "NOT_ALLOWED", "filterable"),
    ({"data_type": "text", "tooltip": {"name": "static_text", "value": "x" * 36}}, "INVALID_DATA", "tooltip.value"),
    ({"data_type": "email", "external": {"type": "org"}}, "NOT_ALLOWED", "external"),
    (
        {"data_type": "text", "profiles": [{"id": "1", "permission_type": "hidden"}]},
        "INVALID_DATA",
        "profiles[0].id",
    ),
]


@pytest.mark.parametrize(("definition", "code", "place"), REFUSED)
def test_refusals_name_the_place(client: Client, definition: dict[str, object], code: str, place: str) -> None:
    named = {} if place == "field_label" else {"field_label": "A new one"}
    before = described(client)
    assert refused(client, {**named, **definition}) == (code, f"$.fields[0].{place}")
    assert described(client) == before


def test_equal_values_of_a_picklist_are_refused(client: Client) -> None:
    values = [{"display_value": "A", "actual_value": "a"}, {"display_value": "A", "actual_value": "b"}]
    field = {"field_label": "Region", "data_type": "picklist", "pick_list_values": values}
    assert refused(client, field) == ("DUPLICATE_DATA", "$.fields[0].pick_list_values[1].display_value")


def test_a_lookup_whose_id_and_name_differ_is_ambiguous(client: Client) -> None:
    deals = str(client.sim.schema["Deals"].id)
    lookup = {"module": {"api_name": "Accounts", "id": deals}, "display_label": "x"}
    field = {"field_label": "Partner 2", "data_type": "lookup", "lookup": lookup}
    assert refused(client, field) == ("AMBIGUITY_DURING_PROCESSING", "$.fields[0].lookup.module.id")


def test_encryption_is_not_imitated_and_says_so(client: Client) -> None:
    field = {"field_label": "Secret", "data_type": "text", "crypt": {"mode": "encryption"}}
    assert refused(client, field, status=403) == ("NOT_SUPPORTED", "$.fields[0].crypt")


def test_limits_on_calls_unique_fields_and_editions(client: Client) -> None:
    six = [{"field_label": f"Field {n}", "data_type": "text"} for n in range(6)]
    assert make(client, *six, status=400)[0]["details"] == {
        "limit": 5,
        "limit_due_to": [{"api_name": "fields", "json_path": "$.fields"}],
    }
    make(client, OURS)  # World_Key is the first unique field of every module
    third = OURS | {"field_label": "Third"}
    item = make(client, third, status=400)[0]
    assert (item["code"], item["details"]["limit"]) == ("LIMIT_EXCEEDED", 2)
    client.sim.switches.set("unique_fields_limit", 0)
    make(client, third)
    client.sim.administration.set_edition("standard")
    make(client, *six[:5])
    item = make(client, *({"field_label": f"More {n}", "data_type": "text"} for n in range(3)), status=207)[-1]
    assert (item["code"], item["details"]["limit"]) == ("LIMIT_EXCEEDED", 10)


@pytest.mark.parametrize("body", [{}, {"fields": []}, {"fields": {}}, {"fields": ["x"]}])
def test_a_body_without_fields(client: Client, body: dict[str, object]) -> None:
    answer = client.post(f"{FIELDS}?module=Leads", body)
    assert answer.status == 400
    assert answer.json()["fields"][0]["code"] in {"MANDATORY_NOT_FOUND", "INVALID_DATA"}


def test_who_may_and_where(client: Client) -> None:
    body = {"fields": [OURS]}
    assert client.post(FIELDS, body).json()["code"] == "REQUIRED_PARAM_MISSING"
    for module in ("Nothing", "Notes"):
        assert client.post(f"{FIELDS}?module={module}", body).json()["details"] == {"api_name": "module"}
    reader = Client(client.sim, client.sim.token(scopes=("ZohoCRM.settings.fields.READ",)))
    for answer in (
        reader.post(f"{FIELDS}?module=Leads", body),
        reader.patch(f"{FIELDS}/1?module=Leads", body),
        reader.delete(f"{FIELDS}/1?module=Leads"),
    ):
        assert (answer.status, answer.json()["code"]) == (401, "OAUTH_SCOPE_MISMATCH")
    client.sim.administration.set_permission("Leads", allowed=False)
    assert client.post(f"{FIELDS}?module=Leads", body).json()["code"] == "NO_PERMISSION"
    client.sim.administration.set_permission("Leads", allowed=True)
    client.sim.administration.set_user(client.sim.api_user.email, profile="Standard")
    answer = client.post(f"{FIELDS}?module=Leads", body)
    assert (answer.status, answer.json()["code"]) == (403, "NO_PERMISSION")
    assert "Source_Key" not in client.sim.schema["Leads"]


@pytest.mark.parametrize("scope", ["ZohoCRM.settings.fields.CREATE", "ZohoCRM.settings.fields.ALL"])
def test_scopes_that_may_create(client: Client, scope: str) -> None:
    make(Client(client.sim, client.sim.token(scopes=(scope,))), OURS)
