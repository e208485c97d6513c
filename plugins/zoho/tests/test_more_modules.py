"""Modules that are unlike the others: without a modified time, without history, without a list of deletions."""

from pathlib import Path

import pytest
from plugins.zoho.tests.fake import Deals, FakeZoho, answer, deal, refused

from crmbridge.adapter.contract import PullRequest
from crmbridge.model.errors import ConfigError
from crmbridge_zoho.catalog import field_info
from crmbridge_zoho.lenses import link
from crmbridge_zoho.pipelines import category_of


def test_a_module_without_a_modified_time_is_read_whole_each_time(zoho: FakeZoho, deals: Deals, tmp_path: Path) -> None:
    zoho.fields = (("Deal_Name", "text"),)
    deals.rows = [deal(n, n) for n in range(9)]
    adapter = zoho.open(tmp_path, page_size=4)
    asked = PullRequest("Deals", None, frozenset({"Deal_Name"}))
    first = list(adapter.pull(asked))
    deals.rows[0]["Deal_Name"] = "edited"
    second = list(adapter.pull(PullRequest("Deals", first[-1].cursor, asked.fields)))
    found = {record.external_id: record.payload["Deal_Name"] for page in second for record in page.records}
    assert len(found) == 9
    assert found[str(deals.rows[0]["id"])] == "edited"


def test_users_have_no_deletions_and_leads_no_history_and_neither_stops_anything(
    zoho: FakeZoho, tmp_path: Path
) -> None:
    adapter = zoho.open(tmp_path)
    deletions = list(adapter.list_deleted(PullRequest("Users")))
    assert [list(page.records) for page in deletions] == [[]]
    history = list(adapter.list_history(PullRequest("Leads")))
    assert [notice.code for page in history for notice in page.notices] == ["history.none"]
    zoho.routes["GET /crm/v8/Odd/deleted"] = lambda _: refused("INVALID_MODULE")
    odd = list(adapter.list_deleted(PullRequest("Odd")))
    assert [notice.code for page in odd for notice in page.notices] == ["deleted.unknown"]


def test_history_is_read_deal_by_deal_where_there_is_no_other_way(zoho: FakeZoho, deals: Deals, tmp_path: Path) -> None:
    deals.rows = [deal(1, 1, Stage="B"), deal(2, 2, Stage="A")]
    zoho.routes["GET /crm/v8/DealHistory"] = lambda _: refused("INVALID_MODULE")
    zoho.routes["GET /crm/v8/DealHistory/actions/count"] = lambda _: refused("INVALID_MODULE")
    rows = [
        {"id": "9", "Stage": "B", "Modified_Time": "2026-05-03T10:00:00+02:00", "Moved_To__s": None},
        {"id": "8", "Stage": "A", "Modified_Time": "2026-05-02T10:00:00+02:00", "Moved_To__s": "B"},
    ]
    one = f"GET /crm/v8/Deals/{deals.rows[0]['id']}/Stage_History"
    other = f"GET /crm/v8/Deals/{deals.rows[1]['id']}/Stage_History"
    zoho.routes[one] = lambda _: answer({"data": rows, "info": {"more_records": False}})
    zoho.routes[other] = lambda _: answer(None, 204)
    adapter = zoho.open(tmp_path)
    pages = list(adapter.list_history(PullRequest("Deals")))
    told = [(change.change_id, change.from_label, change.to_label) for page in pages for change in page.changes]
    assert told == [("8", None, "A"), ("9", "A", "B")]
    assert "history.by_deal" in [notice.code for page in pages for notice in page.notices]
    assert list(adapter.list_history(PullRequest("Deals", pages[-1].cursor)))


def test_a_module_that_is_not_there_is_a_config_error_with_the_nearest_name(zoho: FakeZoho, tmp_path: Path) -> None:
    zoho.routes["GET /crm/v8/settings/fields"] = lambda _: refused("INVALID_MODULE")
    zoho.routes["GET /crm/v8/settings/modules"] = lambda _: answer({"modules": [{"api_name": "Deals"}]})
    with pytest.raises(ConfigError, match="did you mean Deals"):
        list(zoho.open(tmp_path).pull(PullRequest("Dealz")))


@pytest.mark.parametrize(
    "kind",
    ["text", "picklist", "multiselectpicklist", "lookup", "formula", "subform", "RRULE", "hologram", "autonumber"],
)
def test_every_type_of_field_is_described_by_its_own_name(kind: str) -> None:
    told = {
        "api_name": "X__c",
        "field_label": "X",
        "data_type": kind,
        "custom_field": True,
        "lookup": {"module": {"api_name": "Accounts"}} if kind == "lookup" else {},
        "pick_list_values": [
            {"actual_value": "a", "display_value": "A", "type": "used"},
            {"actual_value": "b", "display_value": "B", "type": "unused"},
        ],
    }
    info = field_info(told)
    assert (info.name, info.type, info.custom) == ("X__c", kind, True)
    assert info.target == ("Accounts" if kind == "lookup" else None)
    assert [choice.value for choice in info.picklist] == ["a"]


def test_what_a_stage_means_comes_from_its_forecast_type_alone() -> None:
    assert [category_of(told) for told in ("Open", "Closed Won", "Closed Lost")] == ["open", "won", "lost"]
    assert category_of("Gewonnen") is None
    assert category_of(None) is None


def test_a_link_is_read_by_the_module_it_points_into() -> None:
    value = {"id": "7", "module": {"api_name": "Deals"}}
    assert link("Deals").read(value) == "7"
    assert link("Leads").read(value) is None
    assert link("Deals").read(None) is None
    assert link("Deals").read(link("Deals").write("7")) == "7"
    assert type(link("Deals").read("7")).__name__ == "LensFailure"
