"""Records by id and by value: complete, exact and at once, whatever Zoho's lists, queries and index do."""

import httpx
import pytest
from plugins.zoho.tests.desk import DEAL, KEY_FIELD, Desk, applied, create, rejected

from crmbridge.model.errors import ConfigError, ScopeError
from crmbridge_zoho.errors import Refused

LEAD = {"Last_Name": "Petterson", "Company": "Nordlys"}


@pytest.mark.parametrize("limit", [100, 7])
@pytest.mark.parametrize("too_many", ["LIMIT_EXCEEDED", "cut"])
def test_ids_beyond_what_a_call_takes_all_come(desk: Desk, limit: int, too_many: str) -> None:
    """Zoho may refuse too many ids, or drop the rest without a word (dossier 2.2): none is taken for gone."""
    ids = desk.zoho.create("Deals", [DEAL] * 30, apart_s=1)
    desk.zoho.act("delete", module="Deals", record_id=ids[3])
    desk.zoho.act("switch", name="ids_limit", value=limit)
    desk.zoho.act("switch", name="too_many_ids", value=too_many)
    asked = [*reversed(ids), "999999999999999999"]
    found = [one.external_id if one else None for one in desk.open().fetch("Deals", asked)]
    assert found == [None if one in {ids[3], "999999999999999999"} else one for one in asked]


@pytest.mark.parametrize("unknown", [204, 400])
def test_unknown_and_malformed_ids_are_none(desk: Desk, unknown: int) -> None:
    desk.zoho.act("switch", name="unknown_id", value=unknown)
    one = desk.deal()
    found = desk.open().fetch("Deals", ["no id", "999999999999999999", one, "", "٣", "-1"])
    assert [record.external_id if record else None for record in found] == [None, None, one, None, None, None]


def test_an_id_that_makes_zoho_refuse_the_call_spares_the_others(desk: Desk) -> None:
    one = desk.deal()
    refused = {"code": "INVALID_DATA", "details": {"param_name": "ids"}, "message": "invalid data", "status": "error"}
    desk.alter = lambda request, answer: httpx.Response(400, json=refused) if "ids" in request.url.params else answer
    found = desk.open().fetch("Deals", [one, "999999999999999999"])
    assert [record.external_id if record else None for record in found] == [one, None]


def test_whether_records_are_there_is_asked_without_their_fields(desk: Desk) -> None:
    """However many fields are mapped: one call for a hundred of them, and one field (deletions that are not told)."""
    ids = desk.zoho.create("Deals", [DEAL] * 3, apart_s=1)
    desk.zoho.act("delete", module="Deals", record_id=ids[1])
    asked: list[httpx.Request] = []

    def note(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        asked.extend([request] if "ids" in request.url.params else [])
        return answer

    adapter = desk.open()
    adapter.fetch("Deals", ids)
    desk.alter = note
    assert adapter.are_there("Deals", ["no id", *reversed(ids)]) == [False, True, False, True]
    assert {request.url.params["fields"] for request in asked} == {"Modified_Time"}
    assert len(asked) <= 2  # the missing one is asked for again


def test_users_are_there_or_not(desk: Desk) -> None:
    users = desk.zoho.api("GET", "/crm/v8/users", type="AllUsers")["users"]
    assert desk.open().are_there("Users", [users[0]["id"], "1"]) == [True, False]


def test_converted_leads_and_records_in_approval_are_fetched(desk: Desk) -> None:
    lead = applied(desk.one(create("l", module="Leads", **LEAD))).external_id
    desk.zoho.act("convert", lead=lead)
    deal = desk.deal()
    desk.zoho.act("approval", module="Deals", record_id=deal)
    assert [one is not None for one in desk.open().fetch("Leads", [lead])] == [True]
    assert [one is not None for one in desk.open().fetch("Deals", [deal])] == [True]


def test_users_are_fetched_and_found(desk: Desk) -> None:
    adapter = desk.open()
    users = desk.zoho.api("GET", "/crm/v8/users", type="AllUsers")["users"]
    (user,) = adapter.fetch("Users", [users[0]["id"]])
    assert user is not None
    ((hit,),) = adapter.find("Users", "email", [users[0]["email"]])
    assert hit.external_id == user.external_id


def test_find_is_exact_though_queries_ignore_case_and_search_lags(desk: Desk) -> None:
    """A record is found the moment it was written (dossier 2.7): the search index is not asked."""
    for setting in ("on", "off"):
        desk.zoho.act("switch", name="text_ignores_case", value=setting)
        key = f"Key-{setting}"
        made = applied(desk.one(create(key)))
        found = desk.open().find("Deals", KEY_FIELD, [key, key.upper(), f"{key} ", key[:-1]])
        assert [[one.external_id for one in hits] for hits in found] == [[made.external_id], [], [], []]
    assert not [row for row in desk.zoho.look("calls/rows") if row["path"].endswith("/search")]


def test_more_values_than_a_condition_holds_take_more_calls(desk: Desk) -> None:
    desk.push(*(create(f"k{n}") for n in range(130)))
    found = desk.open().find("Deals", KEY_FIELD, [f"k{n}" for n in range(131)])
    assert [len(hits) for hits in found] == [1] * 130 + [0]


def test_more_hits_than_a_call_gives_all_come(desk: Desk) -> None:
    ids = desk.zoho.create("Deals", [DEAL] * 230, apart_s=0)
    (hits,) = desk.open().find("Deals", "Deal_Name", ["retrofit"])
    assert sorted(one.external_id for one in hits) == sorted(ids)


@pytest.mark.parametrize("sees", ["on", "off"])
def test_converted_lead_is_found_whether_queries_give_it_or_not(desk: Desk, sees: str) -> None:
    lead = applied(desk.one(create("l, (1)\\", module="Leads", **LEAD))).external_id
    desk.zoho.act("convert", lead=lead)
    desk.zoho.clock.advance(600)
    desk.zoho.act("switch", name="coql_sees_converted", value=sees)
    (hits, none) = desk.open().find("Leads", KEY_FIELD, ["l, (1)\\", "l"])
    assert [one.external_id for one in hits] == [lead]
    assert list(none) == []


def test_picklist_is_found_by_its_value_whichever_text_records_carry(desk: Desk) -> None:
    one = desk.deal(Stage="Id. Decision Makers")
    for setting in ("display", "actual"):
        desk.zoho.act("switch", name="stage_value", value=setting)
        ((hit,),) = desk.open().find("Deals", "Stage", ["Id. Decision Makers"])
        assert hit.external_id == one


def test_values_that_nobody_can_write_into_a_query_are_found_all_the_same(desk: Desk) -> None:
    values = ["a\\b", "\\", "x\\%_'y", "plain"]
    ids = desk.zoho.create("Deals", [{**DEAL, "Next_Step": value} for value in values], apart_s=1)
    found = desk.open().find("Deals", "Next_Step", values)
    assert [[one.external_id for one in hits] for hits in found] == [[one] for one in ids]


@pytest.mark.parametrize(("module", "field"), [("Deals", "Description"), ("Deals", "Amount"), ("Notes", "Note_Title")])
def test_a_field_that_cannot_be_looked_for_is_a_config_error(desk: Desk, module: str, field: str) -> None:
    with pytest.raises(ConfigError, match=field):
        desk.open().find(module, field, ["x"])


def test_a_field_that_is_not_there_names_the_nearest(desk: Desk) -> None:
    with pytest.raises(ConfigError, match="Next_Step"):
        desk.open().find("Deals", "Next_Stp", ["x"])


def test_finding_an_empty_text_asks_nobody(desk: Desk) -> None:
    adapter = desk.open()
    adapter.modules.fields("Deals")
    before = len(desk.zoho.look("calls/rows"))
    assert adapter.find("Deals", KEY_FIELD, ["", ""]) == [[], []]
    assert adapter.find("Deals", "id", ["x"]) == [[]]
    assert len(desk.zoho.look("calls/rows")) == before


def refused(code: str, status: int = 400, **details: object) -> httpx.Response:
    return httpx.Response(status, json={"code": code, "details": details, "message": "no", "status": "error"})


def test_a_parameter_that_zoho_does_not_take_with_ids_is_left_out(desk: Desk) -> None:
    one = desk.deal()
    desk.alter = lambda request, answer: (
        refused("INVALID_DATA", param_name="approved")
        if "ids" in request.url.params and "approved" in request.url.params
        else answer
    )
    assert [record is not None for record in desk.open().fetch("Deals", [one])] == [True]


def test_any_other_refusal_is_never_read_as_no_record(desk: Desk) -> None:
    one = desk.deal()
    for code, status, error in (("AMBIGUITY_DURING_PROCESSING", 400, Refused), ("NO_PERMISSION", 403, ScopeError)):
        desk.alter = lambda request, answer, code=code, status=status: (
            refused(code, status) if "ids" in request.url.params else answer
        )
        with pytest.raises(error):
            desk.open().fetch("Deals", [one])


def unsearchable(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
    return refused("OAUTH_SCOPE_MISMATCH", 401) if request.url.path.endswith("/search") else answer


def test_a_login_that_may_not_search_is_never_told_that_there_is_none(desk: Desk) -> None:
    """A converted lead may have that key: none found would have it made a second time."""
    lead = applied(desk.one(create("l-1", module="Leads", **LEAD))).external_id
    desk.alter = unsearchable
    ((hit,),) = desk.open().find("Leads", KEY_FIELD, ["l-1"])
    assert hit.external_id == lead
    with pytest.raises(ScopeError, match=r"ZohoSearch\.securesearch\.READ is missing"):
        desk.open().find("Leads", KEY_FIELD, ["l-1", "l-2"])


def test_a_login_that_may_not_search_makes_no_leads_and_everything_else(desk: Desk) -> None:
    desk.alter = unsearchable
    lead, deal = desk.push(create("l-1", module="Leads", **LEAD), create("d-1"))
    assert rejected(lead).code == "scope"
    applied(deal)
    assert not desk.zoho.records("Leads")
    with pytest.raises(ScopeError):
        desk.one(create("l-2", module="Leads", **LEAD))
