"""Records that are there: only what changed, only where nobody else was faster, and the truth about the rest."""

from decimal import Decimal
from pathlib import Path

import pytest
from plugins.fxiaoke.tests.desk import DEALS, LEADS, Desk, applied, rejected, update
from pydantic import JsonValue

from crmbridge.adapter.contract import Applied, Change, Stale

UPDATE, GET = "/cgi/crm/v2/data/update", "/cgi/crm/v2/data/get"
CLEARING = ("any", "not_null", "not_empty")


def test_only_what_changed_is_sent_and_nothing_is_set_off(desk: Desk) -> None:
    one = desk.lead(remark="stays", company="示例科技")
    made = applied(desk.one(update(one, company="新名字")))
    ((path, body),) = desk.writes
    assert path == UPDATE
    assert body["data"] == {"object_data": {"_id": one, "dataObjectApiName": LEADS, "company": "新名字"}}
    assert (body["triggerWorkFlow"], body["triggerApprovalFlow"]) == (False, False)
    stored = desk.stored(LEADS, one)
    assert (stored["remark"], stored["company"], stored["version"]) == ("stays", "新名字", made.revision)


def test_nothing_to_change_sends_nothing(desk: Desk) -> None:
    one = desk.lead()
    assert desk.one(Change("u", LEADS, one, {}, "1")) == Applied(one, "1")
    assert desk.asked.count(UPDATE) == 0


def test_an_update_on_the_present_revision_goes_and_gives_the_next(desk: Desk) -> None:
    one = desk.lead()
    revision: str | None = desk.version(LEADS, one)
    for text in ("once", "twice"):
        revision = applied(desk.one(update(one, revision, remark=text))).revision
        assert revision == desk.version(LEADS, one)


def test_a_record_that_moved_on_is_stale_and_left_alone(desk: Desk) -> None:
    one = desk.lead()
    base = desk.version(LEADS, one)
    desk.act("edit", module=LEADS, record_id=one, changes={"remark": "by a person"})
    outcome = desk.one(update(one, base, remark="by us"))
    assert isinstance(outcome, Stale)
    assert outcome.current is not None
    assert (outcome.current.payload["remark"], outcome.current.revision) == ("by a person", "2")
    assert desk.writes == []


def test_two_changes_from_one_look_follow_each_other(desk: Desk) -> None:
    one = desk.lead()
    base = desk.version(LEADS, one)
    first, second = desk.push(update(one, base, remark="x"), update(one, base, company="y"))
    assert applied(second).revision == desk.version(LEADS, one)
    assert applied(first).revision != applied(second).revision
    stored = desk.stored(LEADS, one)
    assert (stored["remark"], stored["company"]) == ("x", "y")


def test_a_revision_is_told_only_where_the_last_change_was_ours(desk: Desk) -> None:
    """Else the next conditional write would pass over what a colleague wrote right after us."""
    one = desk.lead()
    user = desk.act("add_user", name="同事", mobile="13900009999", admin=True)

    def edited(path: str) -> None:
        if path == UPDATE:
            desk.act("edit", module=LEADS, record_id=one, changes={"company": "by a person"}, user=user)

    desk.handled = edited
    assert desk.one(update(one, remark="x")) == Applied(one, None)


@pytest.mark.parametrize("clearing", CLEARING)
def test_fields_of_every_kind_are_emptied_under_either_reading(tmp_path: Path, clearing: str) -> None:
    desk = Desk(tmp_path, clearing=clearing, deals=5)
    one = next(row["_id"] for row in desk.rows(DEALS) if row.get("contact_id__c"))
    full: dict[str, JsonValue] = {
        "amount": "12.50",
        "close_date": "2026-09-30",
        "tags__c": ["VIP"],
        "remark": "x",
        "source__c": "官网",
    }
    applied(desk.one(update(one, on=DEALS, **full)))
    cleared: dict[str, JsonValue] = dict.fromkeys([*full, "contact_id__c"])
    made = applied(desk.one(update(one, on=DEALS, name="still here", **cleared)))
    stored = desk.stored(DEALS, one)
    assert all(stored.get(name) in (None, "", []) for name in cleared)
    assert (stored["name"], stored["version"]) == ("still here", made.revision)


def test_the_reading_that_empties_is_remembered_by_all_who_write(tmp_path: Path) -> None:
    desk = Desk(tmp_path, clearing="not_null")
    ids = [desk.lead(remark="x") for _ in range(3)]
    assert all(isinstance(one, Applied) for one in desk.push(*(update(one, remark=None) for one in ids)))
    assert desk.verbs() == ["update"] * 4
    applied(desk.one(update(desk.lead(remark="x"), remark=None)))
    assert desk.verbs() == ["update"] * 5


def test_a_field_that_cannot_be_emptied_is_told(desk: Desk) -> None:
    """Fxiaoke says yes and puts a department of its own there."""
    one = desk.lead()
    refusal = rejected(desk.one(update(one, remark="x", data_own_department=None)))
    assert (refusal.code, refusal.field) == ("NOT_TAKEN", "data_own_department")
    assert "remark" in str(refusal)
    assert desk.stored(LEADS, one)["remark"] == "x"


def test_numbers_keep_every_digit(desk: Desk) -> None:
    world = Desk(desk.folder, deals=3)
    one = world.rows(DEALS)[0]["_id"]
    for text in ("0.10", "0.20", "99999999999.99"):
        applied(world.one(update(one, on=DEALS, amount=text)))
        assert Decimal(world.stored(DEALS, one)["amount"]) == Decimal(text)


def test_a_locked_record_is_refused_in_fxiaokes_words(desk: Desk) -> None:
    one = desk.lead()
    desk.act("lock", module=LEADS, record_id=one)
    refusal = rejected(desk.one(update(one, remark="x")))
    assert "不能进行[编辑]操作，以下这些数据已被锁定。" in str(refusal)
    assert "unlocked" in str(refusal)
    assert refusal.code == "50009"
    assert "E-O." in str(refusal)
    desk.act("unlock", module=LEADS, record_id=one)
    applied(desk.one(update(one, remark="x")))


def test_a_record_that_waits_for_its_approval_is_refused(desk: Desk) -> None:
    one = desk.lead()
    desk.act("set_approval", module=LEADS, on=True)
    told = desk.call(
        UPDATE, {"object_data": {"_id": one, "dataObjectApiName": LEADS, "remark": "x"}}, triggerApprovalFlow=True
    )
    assert told["errorCode"] == 0
    assert desk.stored(LEADS, one)["life_status"] == "in_change"
    assert "锁定" in str(rejected(desk.one(update(one, remark="y"))))
    desk.act("approve", module=LEADS, record_id=one)
    applied(desk.one(update(one, remark="y")))


@pytest.mark.parametrize("unknown_id", ["error", "null"])
@pytest.mark.parametrize("based", [False, True])
def test_a_record_that_is_gone_is_refused_and_not_made(tmp_path: Path, unknown_id: str, based: bool) -> None:  # noqa: FBT001 - a parameter of the test
    desk = Desk(tmp_path, unknown_id=unknown_id)
    gone = "66f0a1b2c3d4e5f607182930"
    rejected(desk.one(update(gone, "1" if based else None, remark="x")))
    assert desk.rows(LEADS) == []


def test_a_record_that_is_invalid_is_refused(desk: Desk) -> None:
    one = desk.lead()
    desk.act("invalid", module=LEADS, record_id=one)
    assert "作废" in str(rejected(desk.one(update(one, remark="x"))))


@pytest.mark.parametrize("switch", ["ignore", "error"])
def test_an_unknown_field_never_leaves(tmp_path: Path, switch: str) -> None:
    desk = Desk(tmp_path, unknown_write_field=switch)
    one = desk.lead()
    refusal = rejected(desk.one(update(one, remarks="x")))
    assert (refusal.code, refusal.hint) == ("FIELD_UNKNOWN", "did you mean {nearest}?")
    assert desk.writes == []


@pytest.mark.parametrize("switch", ["error", "accept"])
def test_an_unknown_option_never_leaves(tmp_path: Path, switch: str) -> None:
    desk = Desk(tmp_path, unknown_option=switch)
    assert rejected(desk.one(update(desk.lead(), source="nobody's"))).code == "OPTION_UNKNOWN"
    assert desk.writes == []


@pytest.mark.parametrize("flag", ["not_usable", "is_active"])
def test_an_option_out_of_use_never_leaves(tmp_path: Path, flag: str) -> None:
    desk = Desk(tmp_path, option_flag=flag)
    one = desk.lead()
    desk.act("disable_option", module=LEADS, field="source", value="1")
    assert rejected(desk.one(update(one, source="1"))).code == "OPTION_OUT_OF_USE"


def test_an_option_that_was_added_later_is_known(desk: Desk) -> None:
    one = desk.lead()
    hand = desk.hand()
    applied(hand.push([update(one, source="官网")])[0])
    desk.act("add_option", module=LEADS, field="source", value="new1", label="短视频")
    applied(hand.push([update(one, source="短视频")])[0])
    assert desk.stored(LEADS, one)["source"] == "new1"


# 作废


def test_a_deletion_is_a_way_to_the_recycle_bin(desk: Desk) -> None:
    one = desk.lead()
    delete = Change("d", LEADS, one, {}, delete=True)
    made = applied(desk.one(delete))
    stored = desk.stored(LEADS, one)
    assert (stored["life_status"], stored["version"]) == ("invalid", made.revision)
    assert desk.verbs() == ["invalid"]
    assert isinstance(desk.one(delete), Applied)
    assert desk.verbs() == ["invalid"]


def test_a_deletion_on_an_old_revision_is_stale(desk: Desk) -> None:
    one = desk.lead()
    base = desk.version(LEADS, one)
    desk.act("edit", module=LEADS, record_id=one, changes={"remark": "by a person"})
    assert isinstance(desk.one(Change("d", LEADS, one, {}, base, delete=True)), Stale)
    assert desk.stored(LEADS, one)["life_status"] == "normal"


def test_a_record_under_review_is_not_deleted(desk: Desk) -> None:
    desk.act("set_approval", module=LEADS, on=True)
    told = desk.call(
        "/cgi/crm/v2/data/create",
        {"object_data": {"dataObjectApiName": LEADS, "name": "x", "owner": [desk.user]}},
        triggerApprovalFlow=True,
    )
    rejected(desk.one(Change("d", LEADS, told["dataId"], {}, delete=True)))


def test_a_deletion_needs_a_record(desk: Desk) -> None:
    assert rejected(desk.one(Change("d", LEADS, None, {}, delete=True))).code == "INVALID_DATA"


def test_a_deletion_of_a_record_that_is_gone_is_refused(tmp_path: Path) -> None:
    """It may be gone, or only out of sight: nobody can tell, so it is not said to be deleted."""
    gone = Change("d", LEADS, "66f0a1b2c3d4e5f607182930", {}, delete=True)
    assert rejected(Desk(tmp_path, unknown_id="null").one(gone)).code == "GONE"
    assert "不存在" in str(rejected(Desk(tmp_path, unknown_id="error").one(gone)))
