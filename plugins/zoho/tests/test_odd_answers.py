"""Answers that are allowed and rare: what Zoho may leave out, and what it may add."""

import json
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from plugins.zoho.tests.fake import Deals, FakeZoho, Route, answer, deal, refused

from crmbridge.adapter.contract import PullRequest
from crmbridge.http import Call, Fail, Ok, Renew, Reply
from crmbridge.model.errors import AuthError, ConfigError, ContractError, ScopeError
from crmbridge_zoho.judge import judge
from crmbridge_zoho.lenses import link
from crmbridge_zoho.org import org_of, remembered
from crmbridge_zoho.payload import raw_record, reference
from crmbridge_zoho.pipelines import pipelines_of
from crmbridge_zoho.scopes import scope_for

STAGES = [
    {
        "actual_value": "B",
        "display_value": "Zwei",
        "sequence_number": 2,
        "forecast_type": "Closed Won",
        "probability": 100,
    },
    {
        "actual_value": "A",
        "display_value": "Eins",
        "sequence_number": 1,
        "forecast_type": "Open",
        "probability": "12.5",
    },
    {"actual_value": "Old", "display_value": "Old", "sequence_number": 3, "type": "unused"},
    {"actual_value": "-None-", "display_value": "-None-", "sequence_number": 0},
]


def says(body: object, status: int = 200) -> Route:
    return lambda _: answer(body, status)


def keeps(text: str) -> Callable[[str | None], tuple[str | None, None]]:
    return lambda _: (text, None)


def stages(zoho: FakeZoho) -> None:
    field = {"api_name": "Stage", "data_type": "picklist", "pick_list_values": STAGES}
    zoho.routes["GET /crm/v8/settings/fields"] = lambda _: answer({"fields": [field]})


def test_without_pipelines_the_stages_come_from_the_pick_list(zoho: FakeZoho, tmp_path: Path) -> None:
    stages(zoho)
    zoho.routes["GET /crm/v8/settings/layouts"] = lambda _: answer(
        {"layouts": [{"id": "1"}, {"id": "2", "visible": False}]}
    )
    zoho.routes["GET /crm/v8/settings/pipeline"] = lambda _: answer(None, 204)
    adapter = zoho.open(tmp_path)
    (found,) = pipelines_of(adapter.session, adapter.modules)
    told = [(one.id, one.label, one.category, one.probability) for one in found.stages]
    assert told == [("A", "Eins", "open", "0.125"), ("B", "Zwei", "won", "1")]


@pytest.mark.parametrize("what", ["layouts", "pipeline"])
def test_pipelines_that_may_not_be_seen_stop_nothing(zoho: FakeZoho, tmp_path: Path, what: str) -> None:
    stages(zoho)
    zoho.routes["GET /crm/v8/settings/layouts"] = lambda _: answer({"layouts": [{"id": "1"}]})
    zoho.routes[f"GET /crm/v8/settings/{what}"] = lambda _: refused("NO_PERMISSION", 403)
    adapter = zoho.open(tmp_path)
    assert pipelines_of(adapter.session, adapter.modules)[0].id == "Stage"


def test_a_stage_without_a_meaning_has_none(zoho: FakeZoho, tmp_path: Path) -> None:
    stages(zoho)
    maps = [{"actual_value": "X", "display_value": "X", "sequence_number": 1}]
    zoho.routes["GET /crm/v8/settings/layouts"] = lambda _: answer({"layouts": [{"id": "1"}]})
    pipelines = [{"actual_value": "P", "display_value": "P", "maps": maps}, {"nonsense": 1}]
    zoho.routes["GET /crm/v8/settings/pipeline"] = lambda _: answer({"pipeline": pipelines})
    adapter = zoho.open(tmp_path)
    (found,) = pipelines_of(adapter.session, adapter.modules)
    assert (found.id, found.stages[0].category, found.stages[0].probability) == ("P", None, None)


def test_a_parameter_that_zoho_does_not_know_is_left_out(zoho: FakeZoho, deals: Deals, tmp_path: Path) -> None:
    deals.rows = [deal(n, n) for n in range(5)]
    listed = zoho.routes["GET /crm/v8/Deals"]

    def strict(request: httpx.Request) -> httpx.Response:
        if "approved" in request.url.params:
            return refused("INVALID_DATA", details={"param_name": "approved"})
        return listed(request)

    zoho.routes["GET /crm/v8/Deals"] = strict
    pages = list(zoho.open(tmp_path, page_size=3).pull(PullRequest("Deals", None, frozenset({"Deal_Name"}))))
    assert len({record.external_id for page in pages for record in page.records}) == 5


@pytest.mark.parametrize("way", ["list", "bulk"])
def test_fields_that_only_single_readings_give_are_read_one_by_one(
    zoho: FakeZoho, deals: Deals, tmp_path: Path, way: str
) -> None:
    zoho.fields = (*zoho.fields, ("Lines", "subform"))
    deals.rows = [deal(n, n) for n in range(3)]
    gone = str(deals.rows[2]["id"])
    for row in deals.rows[:2]:
        body = {**row, "Lines": [{"id": "1", "Units": 2}]}
        zoho.routes[f"GET /crm/v8/Deals/{row['id']}"] = says({"data": [body]})
    zoho.routes[f"GET /crm/v8/Deals/{gone}"] = lambda _: refused("INVALID_DATA", details={"id": gone})
    pages = list(zoho.open(tmp_path, read_by=way).pull(PullRequest("Deals", None, frozenset({"Deal_Name", "Lines"}))))
    found = {record.external_id: record.payload["Lines"] for page in pages for record in page.records}
    assert set(found) == {str(row["id"]) for row in deals.rows[:2]}
    assert all(lines == [{"id": "1", "Units": 2}] for lines in found.values())
    assert "read.single_fields" in [notice.code for page in pages for notice in page.notices]


def test_a_single_reading_that_is_refused_is_an_error(zoho: FakeZoho, deals: Deals, tmp_path: Path) -> None:
    zoho.fields = (*zoho.fields, ("Lines", "subform"))
    deals.rows = [deal(1, 1)]
    zoho.routes[f"GET /crm/v8/Deals/{deals.rows[0]['id']}"] = lambda _: refused("PATTERN_NOT_MATCHED")
    with pytest.raises(ContractError):
        list(zoho.open(tmp_path).pull(PullRequest("Deals", None, frozenset({"Lines"}))))


def test_an_error_that_comes_instead_of_a_file_is_an_error(tmp_path: Path) -> None:
    sink = tmp_path / "export.zip"
    call = Call("GET", "https://www.zohoapis.com/crm/bulk/v8/read/1/result", safe=True, sink=sink)
    told = {"content-type": "application/json"}
    refusal = {"code": "RESOURCE_NOT_FOUND", "details": {}, "message": "", "status": "error"}
    for body in (json.dumps(refusal).encode(), b"half of", b"{}"):
        assert isinstance(judge(call, Reply(200, headers=told, body=body)), Fail)
    assert isinstance(judge(call, Reply(200, headers={"content-type": "application/zip"})), Ok)


def test_a_refused_login_without_a_code_is_a_refused_login() -> None:
    call = Call("GET", "https://www.zohoapis.com/crm/v8/Deals", safe=True)
    told = {"content-type": "application/json"}
    assert isinstance(judge(call, Reply(401, headers=told, body=b"{}")), Renew)
    assert isinstance(judge(call, Reply(418, headers=told, body=b"{}")), Fail)
    assert isinstance(judge(call, Reply(200, headers=told, body=b"{}")), Ok)


def test_scopes_have_their_names() -> None:
    assert scope_for("GET", "/crm/v8/settings/pipeline") == "ZohoCRM.settings.pipeline.READ"
    assert scope_for("POST", "/crm/v8/settings/fields") == "ZohoCRM.settings.CREATE"
    assert scope_for("GET", "/crm/v8/Deals/search") == "ZohoSearch.securesearch.READ"
    assert scope_for("DELETE", "/crm/v8/Deals") == "ZohoCRM.modules.DELETE"


def test_an_organisation_that_says_too_little_is_taken_for_the_smallest() -> None:
    org = org_of({"org": [{"id": 5}]})
    assert (org.id, org.edition, org.zone, org.daily_credits) == ("5", "free", "UTC", 5_000)
    bodies: tuple[object, ...] = (None, {}, {"org": []}, {"org": [{}]})
    for body in bodies:
        with pytest.raises(ContractError):
            org_of(body)


def test_what_is_remembered_wrongly_is_forgotten(zoho: FakeZoho, tmp_path: Path) -> None:
    context = zoho.open(tmp_path).session.context
    for text in ("{", '{"id": 1, "nonsense": 2}', "[]"):
        context.shared.update("zoho.org", keeps(text))
        assert remembered(context) is None


def test_a_connection_without_credentials_says_how_to_make_them(zoho: FakeZoho, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="crmbridge connect zoho"):
        zoho.open(tmp_path, credentials="").check()


def test_a_token_without_a_token_is_no_login(zoho: FakeZoho, tmp_path: Path) -> None:
    zoho.token = lambda _: answer({"access_token": None, "api_domain": "x"})
    with pytest.raises(ContractError):
        zoho.open(tmp_path).check()
    zoho.token = lambda _: answer(
        {"error": "Access Denied", "error_description": "you are blocked by an administrator"}
    )
    with pytest.raises(AuthError):
        zoho.open(tmp_path).check()


def test_who_the_user_is_may_be_hidden(zoho: FakeZoho, tmp_path: Path) -> None:
    zoho.routes["GET /crm/v8/users"] = lambda _: refused("OAUTH_SCOPE_MISMATCH", 401)
    health = zoho.open(tmp_path).check()
    assert health.ok
    assert "ZohoCRM.users.READ" in health.problems[0]
    user = {"id": "1", "full_name": "Mara", "profile": {"name": "Standard"}}
    zoho.routes["GET /crm/v8/users"] = lambda _: answer({"users": [user]})
    health = zoho.open(tmp_path).check()
    assert "Mara" in health.title
    assert "no administrator" in health.problems[0]


def test_counts_come_as_numbers_or_texts_or_not_at_all(zoho: FakeZoho, tmp_path: Path) -> None:
    adapter = zoho.open(tmp_path)
    told: tuple[tuple[object, int], ...] = (({"count": 3}, 3), ({"count": "4"}, 4), (None, 0))
    for body, count in told:
        zoho.routes["GET /crm/v8/Deals/actions/count"] = says(body, 200 if body else 204)
        assert adapter.count("Deals") == count
    zoho.routes["GET /crm/v8/Deals/actions/count"] = lambda _: answer({"count": "many"})
    with pytest.raises(ContractError):
        adapter.count("Deals")
    zoho.routes["GET /crm/v8/users"] = lambda _: answer(
        {"users": [{"id": "1"}, {"x": 1}], "info": {"more_records": False}}
    )
    assert adapter.count("Users") == 2


def test_records_without_an_id_are_problems_and_stop_no_other(zoho: FakeZoho, tmp_path: Path) -> None:
    zoho.routes["GET /crm/v8/Deals/actions/count"] = lambda _: answer({"count": 2})
    rows = [deal(1, 1), {"Deal_Name": "nobody"}]
    zoho.routes["GET /crm/v8/Deals"] = lambda _: answer({"data": rows, "info": {"more_records": False}})
    (page,) = zoho.open(tmp_path).pull(PullRequest("Deals", None, frozenset({"Deal_Name"})))
    assert [record.external_id for record in page.records] == ["77000001"]
    assert [problem.code for problem in page.problems] == ["RECORD_UNUSABLE"]
    with pytest.raises(ContractError):
        raw_record("Deals", {"id": None})


def test_references_and_links_of_odd_shapes_are_kept() -> None:
    assert reference("7") == "7"
    assert reference({"name": "x"}) == {"name": "x"}
    assert link("Deals").write(None) is None
    assert type(link("Deals").write(7)).__name__ == "LensFailure"
    assert link("Deals").read({"id": "7"}) is None


def test_fields_that_may_not_be_seen_are_a_scope_error(zoho: FakeZoho, tmp_path: Path) -> None:
    zoho.routes["GET /crm/v8/settings/fields"] = lambda _: answer(None, 204)
    with pytest.raises(ScopeError):
        list(zoho.open(tmp_path).pull(PullRequest("Deals")))
    zoho.routes["GET /crm/v8/settings/fields"] = lambda _: answer({"fields": [{"data_type": "text"}]})
    with pytest.raises(ContractError):
        list(zoho.open(tmp_path).pull(PullRequest("Deals")))
    zoho.routes["GET /crm/v8/settings/fields"] = lambda _: answer({"nonsense": []})
    with pytest.raises(ContractError):
        list(zoho.open(tmp_path).pull(PullRequest("Deals")))
