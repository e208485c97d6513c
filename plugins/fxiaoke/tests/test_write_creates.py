"""New records: at most one for each key of ours, with nothing set off that nobody asked for (dossier 3.4)."""

from decimal import Decimal
from pathlib import Path

import pytest
from plugins.fxiaoke.tests.desk import DEALS, KEY_FIELD, LEADS, Desk, applied, create, rejected
from pydantic import JsonValue

from crmbridge.adapter.contract import Applied, Change
from crmbridge.model.errors import ConfigError

PLAIN_KEY = "plain_key__c"


def test_a_create_sets_nothing_off_and_comes_back_with_its_revision(desk: Desk) -> None:
    made = applied(desk.one(create(desk, "k-1", remark="hi")))
    (path, body), data = desk.writes[0], desk.data()
    assert path == "/cgi/crm/v2/data/create"
    assert (body["triggerWorkFlow"], body["triggerApprovalFlow"]) == (False, False)
    assert (data["object_data"]["dataObjectApiName"], data["object_data"][KEY_FIELD]) == (LEADS, "k-1")
    assert data["optionInfo"]["isDuplicateSearch"] is True
    stored = desk.stored(LEADS, made.external_id)
    assert (stored["remark"], stored["version"]) == ("hi", made.revision)
    assert desk.look("workflows") == []


def test_workflow_and_approval_are_set_off_where_the_connection_says_so(desk: Desk) -> None:
    desk.act("set_approval", module=LEADS, on=True)
    made = applied(desk.one(create(desk, "k-1"), trigger_workflow=True, trigger_approval=True))
    assert desk.stored(LEADS, made.external_id)["life_status"] == "under_review"
    assert desk.look("workflows") != []


def test_a_record_of_a_custom_object_goes_its_own_path(desk: Desk) -> None:
    change = Change("s-1", "object_Sit3s__c", None, {"name": "现场", "owner": desk.user})
    made = applied(desk.one(change))
    assert desk.writes[0][0] == "/cgi/crm/custom/v2/data/create"
    assert applied(desk.one(change)).external_id == made.external_id


@pytest.mark.parametrize("answer", ["top", "data"])
def test_the_id_is_taken_wherever_it_stands(tmp_path: Path, answer: str) -> None:
    desk = Desk(tmp_path, create_answer=answer)
    made = applied(desk.one(Change("s-1", "object_Sit3s__c", None, {"name": "现场", "owner": desk.user})))
    assert made.revision == "1"


def test_the_same_key_again_finds_the_record_and_writes_nothing(desk: Desk) -> None:
    first = applied(desk.one(create(desk, "k-1", remark="ours")))
    desk.act("edit", module=LEADS, record_id=first.external_id, changes={"remark": "by a person"})
    second = applied(desk.one(create(desk, "k-1", remark="ours")))
    assert second == Applied(first.external_id), "how it stands is not what we wrote"
    assert desk.verbs() == ["create"]
    assert desk.stored(LEADS, first.external_id)["remark"] == "by a person"


def test_who_edits_a_new_record_at_once_as_the_acting_employee_is_not_taken_for_us(desk: Desk) -> None:
    def edit(path: str) -> None:
        if path.endswith("/data/create"):
            (row,) = desk.rows(LEADS)
            desk.act("edit", module=LEADS, record_id=row["_id"], changes={"remark": "by a person"})

    desk.handled = edit
    assert applied(desk.one(create(desk, "k-1", remark="ours"))).revision is None


def test_the_same_key_twice_in_one_push_makes_one(desk: Desk) -> None:
    first, second = desk.push(create(desk, "k-1"), create(desk, "k-1"))
    assert first == second
    assert desk.verbs() == ["create"]


def test_keys_are_looked_for_together(desk: Desk) -> None:
    outcomes = desk.push(*(create(desk, f"k-{number}") for number in range(45)))
    assert all(isinstance(one, Applied) for one in outcomes)
    assert desk.asked.count("/cgi/crm/v2/data/query") == 3


@pytest.mark.parametrize("field", [KEY_FIELD, PLAIN_KEY], ids=["unique", "not unique"])
@pytest.mark.parametrize("lag_s", [0, 20])
def test_the_next_push_knows_what_a_search_does_not_show_yet(tmp_path: Path, field: str, lag_s: int) -> None:
    desk = plain(Desk(tmp_path, index_lag_s=lag_s))
    first = applied(desk.one(create(desk, "k-1"), external_id_field=field))
    again = applied(desk.one(create(desk, "k-1"), external_id_field=field))
    assert again.external_id == first.external_id
    assert len([row for row in desk.rows(LEADS) if row.get(field) == "k-1"]) == 1
    desk.clock.advance(600)
    assert applied(desk.one(create(desk, "k-1"), external_id_field=field)).external_id == first.external_id


def test_another_system_made_it_a_moment_ago_and_a_search_does_not_show_it(tmp_path: Path) -> None:
    """A unique field refuses it; the record that has the key is looked for until a search must show it."""
    desk = Desk(tmp_path, index_lag_s=20)
    theirs = desk.lead(external_key__c="k-1")
    assert applied(desk.one(create(desk, "k-1"))).external_id == theirs
    assert len(desk.keyed(LEADS, "k-1")) == 1


@pytest.mark.parametrize("text", ["chinese", "english"])
def test_a_duplicate_by_another_rule_is_refused_with_fxiaokes_words(tmp_path: Path, text: str) -> None:
    desk = Desk(tmp_path, duplicate_text=text)
    desk.act("add_field", module=LEADS, name="licence__c", type="text", label="执照号", unique=True)
    desk.lead(licence__c="L-1")
    refusal = rejected(desk.one(create(desk, "k-1", licence__c="L-1")))
    assert "traceId" in str(refusal)
    assert desk.keyed(LEADS, "k-1") == []
    desk.act("edit", module=LEADS, record_id=desk.rows(LEADS)[0]["_id"], changes={"licence__c": "L-2"})
    assert isinstance(desk.one(create(desk, "k-1", licence__c="L-1")), Applied)


def test_without_the_field_for_our_key_nothing_is_made(desk: Desk) -> None:
    refusal = rejected(desk.one(create(desk, "k-1"), external_id_field="no_such__c"))
    assert (refusal.code, refusal.field) == ("KEY_FIELD_MISSING", "no_such__c")
    assert desk.writes == []


def test_without_a_field_configured_a_create_carries_no_key(desk: Desk) -> None:
    applied(desk.one(create(desk, "k-1"), external_id_field=None))
    assert KEY_FIELD not in desk.data()["object_data"]


@pytest.mark.parametrize("code", ["32000", "business"])
def test_a_missing_required_field_is_refused_by_its_name_and_may_come_again(tmp_path: Path, code: str) -> None:
    desk = Desk(tmp_path, required_code=code)
    refusal = rejected(desk.one(Change("k-1", LEADS, None, {"name": None, "owner": desk.user})))
    assert "姓名" in str(refusal)
    assert isinstance(desk.one(create(desk, "k-1")), Applied)


def test_one_refused_spares_the_others(desk: Desk) -> None:
    outcomes = desk.push(create(desk, "k-1"), create(desk, "k-2", source="没有这个"), create(desk, "k-3"))
    assert [type(one).__name__ for one in outcomes] == ["Applied", "Rejected", "Applied"]
    assert len(desk.rows(LEADS)) == 2


def test_a_lead_goes_into_a_pool_without_an_owner(desk: Desk) -> None:
    pool = desk.act("pools", module=LEADS)[0]
    made = applied(desk.one(Change("k-1", LEADS, None, {"name": "池", "leads_pool_id": pool})))
    stored = desk.stored(LEADS, made.external_id)
    assert (stored["leads_pool_id"], stored.get("owner") or []) == (pool, [])


def deal(desk: Desk, **fields: JsonValue) -> Change:
    account = next(iter(desk.rows("AccountObj")))["_id"]
    standard: dict[str, JsonValue] = {"name": "年度采购", "account_id": account, "owner": [desk.user]}
    return Change("d-1", DEALS, None, {**standard, **fields})


def test_a_deal_is_exact_to_the_last_place(tmp_path: Path) -> None:
    desk = Desk(tmp_path, deals=20)
    row = next(row for row in desk.rows(DEALS) if row["sales_status"] == "1")
    fields: dict[str, JsonValue] = {"sales_stage": "需求确认", "sales_process_id": row["sales_process_id"]}
    made = applied(desk.one(deal(desk, amount="120000.10", close_date="2026-09-30", **fields)))
    stored = desk.stored(DEALS, made.external_id)
    assert Decimal(stored["amount"]) == Decimal("120000.10")
    assert stored["close_date"] == 1_790_697_600_000
    assert stored["sales_stage__r"] == "需求确认"


def test_a_deal_gets_the_process_that_all_deals_in_its_stage_have(tmp_path: Path) -> None:
    desk = Desk(tmp_path, deals=20)
    row = next(row for row in desk.rows(DEALS) if row["sales_status"] == "1")
    made = applied(desk.one(deal(desk, sales_stage=row["sales_stage"])))
    assert desk.stored(DEALS, made.external_id)["sales_process_id"] == row["sales_process_id"]


def test_a_deal_whose_process_nobody_can_tell_is_refused_by_fxiaoke(desk: Desk) -> None:
    account = desk.made("AccountObj", name="示例科技")
    fields: dict[str, JsonValue] = {"name": "x", "account_id": account, "owner": [desk.user], "sales_stage": "1"}
    assert "销售流程" in str(rejected(desk.one(Change("d-1", DEALS, None, fields))))


def test_an_object_that_is_not_there_blocks_no_other(desk: Desk) -> None:
    first, second = desk.push(Change("x", "LeedsObj", None, {"name": "x"}), create(desk, "k-1"))
    assert "LeadsObj" in str(rejected(first))
    assert isinstance(second, Applied)
    with pytest.raises(ConfigError):
        desk.one(Change("x", "LeedsObj", None, {"name": "x"}))


def plain(desk: Desk) -> Desk:
    """The same with a key field that Fxiaoke does not hold to be unique."""
    desk.act("add_field", module=LEADS, name=PLAIN_KEY, type="text", label="普通键")
    return desk
