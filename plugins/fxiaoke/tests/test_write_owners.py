"""Owners, pools and stages: each by the call that Fxiaoke has for it, and a half-done record told as such."""

from pathlib import Path

import pytest
from plugins.fxiaoke.tests.desk import DEALS, LEADS, Desk, applied, rejected, unknown, update

from crmbridge.adapter.contract import Applied, Change, Rejected, Stale, Unknown
from crmbridge_fxiaoke.pools import Move, PoolMove, pool_move

OWNER_CALL = "/cgi/crm/v2/data/changeOwner"
ACCOUNTS, OLD_DEALS = "AccountObj", "OpportunityObj"


@pytest.fixture(params=["A", "B"])
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Desk:
    return Desk(tmp_path, letter=request.param)


def colleague(desk: Desk, *, stopped: bool = False) -> str:
    users = desk.look("state")["users"].items()
    key, told = next((key, one) for key, one in users if key != "1000" and one["is_stop"] is stopped)
    return str(told["open_id"] if desk.letter == "A" else key)


def pool_of(desk: Desk, object_name: str = LEADS) -> str:
    return str(desk.act("pools", module=object_name)[0])


def pooled(desk: Desk, pool: str) -> str:
    return desk.made(LEADS, name="池中", leads_pool_id=pool, owner=None)


@pytest.mark.parametrize("switch", ["ignore", "error"])
def test_an_owner_goes_by_its_own_call_and_last(tmp_path: Path, switch: str) -> None:
    desk = Desk(tmp_path, owner_in_update=switch)
    one, other = desk.lead(), colleague(desk)
    made = applied(desk.one(update(one, owner=other, remark="x")))
    assert desk.verbs() == ["update", "changeOwner"]
    assert "owner" not in desk.data(0)["object_data"]
    assert desk.data(1) == {"dataObjectApiName": LEADS, "Data": [{"objectDataId": one, "ownerId": [other]}]}
    stored = desk.stored(LEADS, one)
    assert (stored["owner"], stored["remark"]) == ([other], "x")
    assert made.revision == stored["version"]


def test_the_owner_it_has_already_is_not_written(desk: Desk) -> None:
    one = desk.lead()
    assert desk.one(update(one, owner=[desk.user])) == Applied(one, "1")
    assert desk.writes == []


def test_the_other_id_space_never_leaves(desk: Desk) -> None:
    one = desk.lead()
    other = "1001" if desk.letter == "A" else "FSUID_33A974F5FF510CEF8B1F76DAC92E356B"
    assert rejected(desk.one(update(one, owner=other))).code == "ID_SPACE"
    assert desk.writes == []


def test_a_record_cannot_be_without_an_owner(desk: Desk) -> None:
    one = desk.lead()
    assert rejected(desk.one(update(one, owner=None))).code == "NO_POOL"
    contact = desk.made("ContactObj", name="李示例")
    assert rejected(desk.one(update(contact, on="ContactObj", owner=None))).code == "OWNER_EMPTY"
    assert desk.writes == []


def test_fields_written_and_the_owner_refused_is_told_as_both(desk: Desk) -> None:
    one = desk.lead()
    nobody = "FSUID_00000000000000000000000000000000" if desk.letter == "A" else "987654"
    refusal = rejected(desk.one(update(one, owner=nobody, remark="x")))
    assert (refusal.code, refusal.field) == ("PARTLY_WRITTEN", "owner")
    assert "remark" in str(refusal)
    assert "员工不存在" in str(refusal)
    stored = desk.stored(LEADS, one)
    assert (stored["remark"], stored["owner"]) == ("x", [desk.user])


def test_fields_written_and_the_owner_in_doubt_is_unknown_and_says_so(desk: Desk) -> None:
    one = desk.lead()
    desk.act("fault", kind="drop", path=OWNER_CALL, times=1)
    told = str(unknown(desk.one(update(one, owner=colleague(desk), remark="x"))))
    assert told.startswith("written: remark; not known: owner")


def test_fields_written_and_the_push_ended_is_told_and_nothing_more_is_sent(desk: Desk) -> None:
    one, other = desk.lead(), desk.lead()
    desk.act("fault", kind="quota_exhausted", path=OWNER_CALL, times=1)
    first, second = desk.push(update(one, owner=colleague(desk), remark="x"), update(other, remark="x"))
    assert str(unknown(first)).startswith("written: remark; not sent: owner")
    assert str(unknown(second)).startswith("not sent")
    assert desk.verbs() == ["update", "changeOwner"]


def test_fields_written_and_the_call_for_owners_not_allowed_is_told_as_both(desk: Desk) -> None:
    one, other = desk.lead(), desk.lead()
    desk.act("fault", kind="error", code=15003, message="无权限", path=OWNER_CALL, times=-1)
    first, second = desk.push(update(one, owner=colleague(desk), remark="x"), update(other, remark="x"))
    assert rejected(first).code == "PARTLY_WRITTEN"
    assert "无权限 (traceId E-O." in str(first)
    assert isinstance(second, Applied)


def test_the_fields_refused_leaves_the_owner_as_it_was(desk: Desk) -> None:
    one = desk.lead()
    desk.act("lock", module=LEADS, record_id=one)
    assert rejected(desk.one(update(one, owner=colleague(desk), remark="x"))).code == "50009"
    assert desk.verbs() == ["update"]


def test_an_ambiguous_owner_change_is_settled_by_looking(desk: Desk) -> None:
    one, other = desk.lead(), colleague(desk)
    desk.act("fault", kind="service_after_commit", path=OWNER_CALL, times=1)
    applied(desk.one(update(one, owner=other)))
    assert desk.verbs() == ["changeOwner"]
    assert desk.stored(LEADS, one)["owner"] == [other]


def test_an_owner_on_an_old_revision_is_stale(desk: Desk) -> None:
    one = desk.lead()
    base = desk.version(LEADS, one)
    desk.act("edit", module=LEADS, record_id=one, changes={"remark": "by a person"})
    assert isinstance(desk.one(update(one, base, owner=colleague(desk))), Stale)
    assert desk.writes == []


@pytest.mark.parametrize("moves", [True, False])
def test_an_owner_change_is_applied_whether_or_not_it_moves_the_time(tmp_path: Path, moves: bool) -> None:  # noqa: FBT001 - a parameter of the test
    desk = Desk(tmp_path, owner_moves_modified=moves)
    one, other = desk.lead(), colleague(desk)
    applied(desk.one(update(one, owner=other)))
    assert desk.stored(LEADS, one)["owner"] == [other]


# pools


def test_a_record_in_a_pool_gets_no_owner_unless_it_may_be_claimed(desk: Desk) -> None:
    one = pooled(desk, pool_of(desk))
    refusal = rejected(desk.one(update(one, owner=colleague(desk), remark="x")))
    assert (refusal.code, refusal.field) == ("IN_POOL", "owner")
    assert "claim_from_pool" in str(refusal)
    assert desk.writes == []


def test_a_record_in_a_pool_is_claimed_first_where_it_may_be(desk: Desk) -> None:
    one, other = pooled(desk, pool_of(desk)), colleague(desk)
    made = applied(desk.one(update(one, owner=other, remark="x"), claim_from_pool=True))
    assert desk.verbs() == ["choose", "update", "changeOwner"]
    stored = desk.stored(LEADS, one)
    assert (stored["owner"], stored["remark"], stored["version"]) == ([other], "x", made.revision)


def test_a_record_that_is_claimed_for_the_acting_employee_needs_no_second_call(desk: Desk) -> None:
    one = pooled(desk, pool_of(desk))
    applied(desk.one(update(one, owner=desk.user), claim_from_pool=True))
    assert desk.verbs() == ["choose"]


def test_a_record_in_a_pool_that_somebody_else_took_is_told(desk: Desk) -> None:
    one, other = pooled(desk, pool_of(desk)), colleague(desk)

    def taken(path: str) -> None:
        if path.endswith("/get"):
            desk.handled = lambda _path: None
            desk.call("/cgi/crm/v2/data/choose", {"apiName": LEADS, "objectIds": [one]})

    desk.handled = taken
    assert "领取" in str(rejected(desk.one(update(one, owner=other), claim_from_pool=True)))


def test_other_fields_of_a_record_in_a_pool_are_written(desk: Desk) -> None:
    one = pooled(desk, pool_of(desk))
    applied(desk.one(update(one, remark="x")))
    assert desk.verbs() == ["update"]


def test_a_record_is_given_back_to_its_pool(desk: Desk) -> None:
    pool = pool_of(desk)
    one = desk.lead()
    applied(desk.one(update(one, owner=None, leads_pool_id=pool, remark="x")))
    assert desk.verbs() == ["update", "return"]
    assert desk.data() == {
        "apiName": LEADS,
        "objectIds": [one],
        "objectPoolId": pool,
        "backReason": "other",
        "backReason__o": "crmbridge",
    }
    stored = desk.stored(LEADS, one)
    assert (stored.get("owner") or [], stored["leads_pool_id"], stored["remark"]) == ([], pool, "x")


def test_a_record_goes_back_to_the_pool_it_came_from(desk: Desk) -> None:
    pool = pool_of(desk)
    one = pooled(desk, pool)
    applied(desk.one(update(one, owner=desk.user), claim_from_pool=True))
    applied(desk.one(update(one, owner=None)))
    assert (desk.stored(LEADS, one).get("owner") or [], desk.data()["objectPoolId"]) == ([], pool)


def test_a_record_is_taken_out_of_its_pool(desk: Desk) -> None:
    one = pooled(desk, pool_of(desk))
    applied(desk.one(update(one, owner=desk.user, leads_pool_id=None)))
    assert desk.verbs() == ["remove"]
    assert desk.data()["objectIDs"] == [one]
    stored = desk.stored(LEADS, one)
    assert (stored["owner"], stored.get("leads_pool_id") or "") == ([desk.user], "")


def test_no_call_moves_a_record_from_one_pool_into_another(desk: Desk) -> None:
    first, second = desk.act("pools", module=LEADS)[:2]
    one = pooled(desk, first)
    assert rejected(desk.one(update(one, leads_pool_id=second))).code == "POOL_MOVE"
    assert desk.writes == []


def test_the_pool_of_accounts_is_the_high_seas(desk: Desk) -> None:
    one = desk.made(ACCOUNTS, name="示例科技")
    pool = pool_of(desk, ACCOUNTS)
    applied(desk.one(update(one, on=ACCOUNTS, high_seas_id=pool)))
    assert desk.verbs() == ["return"]
    assert desk.stored(ACCOUNTS, one)["high_seas_id"] == pool


def test_an_owned_record_goes_to_a_pool_or_to_an_owner(desk: Desk) -> None:
    one = desk.lead()
    refusal = rejected(desk.one(update(one, owner=colleague(desk), leads_pool_id=pool_of(desk))))
    assert (refusal.code, desk.writes) == ("POOL_MOVE", [])


def test_an_owned_record_leaves_its_pool_and_keeps_its_owner(desk: Desk) -> None:
    one, other = pooled(desk, pool_of(desk)), colleague(desk)
    applied(desk.one(update(one, owner=desk.user), claim_from_pool=True))
    applied(desk.one(update(one, leads_pool_id=None, owner=other)))
    assert desk.verbs() == ["choose", "remove", "changeOwner"]
    stored = desk.stored(LEADS, one)
    assert (stored["owner"], stored.get("leads_pool_id") or "") == ([other], "")


ORPHAN = {"_id": "66f0", "owner": [], "leads_pool_id": ""}


@pytest.mark.parametrize(
    ("asked", "move"),
    [
        ({"owner": ["1000"]}, Move.NOTHING),
        ({"leads_pool_id": "p"}, Move.GIVE_BACK),
        ({"leads_pool_id": None}, Move.NOTHING),
        ({"leads_pool_id": "p", "owner": ["1000"]}, None),
    ],
)
def test_a_record_in_no_pool_that_nobody_owns(asked: dict[str, object], move: Move | None) -> None:
    found = pool_move(LEADS, asked, ORPHAN, may_claim=False)
    assert (found.move if isinstance(found, PoolMove) else None) == move


# stages


def deal_at(desk: Desk, stage: str) -> str:
    """A deal of the world, put to a stage behind the adapter."""
    row = next(row for row in desk.rows(DEALS) if row["sales_status"] == "1")
    desk.act("stage", deal=row["_id"], stage=stage)
    return str(row["_id"])


def test_a_stage_is_moved_by_its_label_with_the_other_fields(tmp_path: Path) -> None:
    desk = Desk(tmp_path, deals=20, stage_write="allow")
    one = deal_at(desk, "初步接触")
    applied(desk.one(update(one, on=DEALS, sales_stage="方案报价", amount="10.00")))
    stored = desk.stored(DEALS, one)
    assert (stored["sales_stage__r"], desk.verbs()) == ("方案报价", ["update"])


def test_a_stage_that_may_only_go_on_is_refused_with_the_reason_and_nothing_is_written(tmp_path: Path) -> None:
    desk = Desk(tmp_path, deals=20, stage_write="forward_only")
    one = deal_at(desk, "初步接触")
    refusal = rejected(desk.one(update(one, on=DEALS, sales_stage="商务谈判", amount="10.00")))
    assert "商机阶段只能逐级推进" in str(refusal)
    assert "move the stage in Fxiaoke" in str(refusal)
    assert desk.stored(DEALS, one)["sales_stage__r"] == "初步接触"
    applied(desk.one(update(one, on=DEALS, sales_stage="需求确认")))


def test_a_stage_that_no_update_moves_is_refused_with_the_reason(tmp_path: Path) -> None:
    desk = Desk(tmp_path, deals=20, stage_write="refuse")
    refusal = rejected(desk.one(update(deal_at(desk, "初步接触"), on=DEALS, sales_stage="需求确认")))
    assert "阶段推进器" in str(refusal)


def test_a_stage_that_fxiaoke_takes_and_keeps_as_it_was_is_told(tmp_path: Path) -> None:
    desk = Desk(tmp_path, deals=20)
    one = deal_at(desk, "初步接触")

    def kept(path: str) -> None:
        if path.endswith("/update"):
            desk.act("stage", deal=one, stage="初步接触")

    desk.handled = kept
    refusal = rejected(desk.one(update(one, on=DEALS, sales_stage="需求确认", remark="x")))
    assert (refusal.code, refusal.field) == ("NOT_TAKEN", "sales_stage")
    assert "remark" in str(refusal)


def test_a_stage_of_the_old_model_has_a_call_of_its_own(tmp_path: Path) -> None:
    desk = Desk(tmp_path, deals=20, opportunity_model="1.0")
    stages = [one["old_id"] for one in desk.look("stages") if one["process"] == "sales"]
    row = next(row for row in desk.rows(OLD_DEALS) if row["biz_status"] == "running")
    one, present = row["_id"], row["oppo_stage_id"]
    entered = stages[stages.index(present) + 1]
    outcome = desk.one(update(one, on=OLD_DEALS, oppo_stage_id=entered, remark="x"))
    assert isinstance(outcome, Applied)
    assert desk.verbs() == ["update", "moveNextSaleActionStage"]
    assert desk.data() == {"opportunityId": one, "currentSaleActionStageId": present, "backReason__o": entered}
    assert desk.stored(OLD_DEALS, one)["oppo_stage_id"] == entered
    assert isinstance(desk.one(update(one, on=OLD_DEALS, oppo_stage_id=entered)), Applied)
    assert len(desk.writes) == 2


def test_a_stage_of_the_old_model_that_is_refused_leaves_the_fields_told(tmp_path: Path) -> None:
    desk = Desk(tmp_path, deals=20, opportunity_model="1.0")
    row = next(row for row in desk.rows(OLD_DEALS) if row["biz_status"] == "running")
    refusal = rejected(desk.one(update(row["_id"], on=OLD_DEALS, oppo_stage_id="nobody", remark="x")))
    assert (refusal.code, refusal.field) == ("PARTLY_WRITTEN", "oppo_stage_id")
    assert rejected(desk.one(update(row["_id"], on=OLD_DEALS, oppo_stage_id=None))).code == "STAGE_EMPTY"


def test_an_object_the_company_does_not_use_is_refused_by_name(tmp_path: Path) -> None:
    desk = Desk(tmp_path, deals=3)
    outcomes = desk.push(update("66f0a1b2c3d4e5f607182930", on=OLD_DEALS, name="x"), update(desk.lead(), remark="x"))
    assert isinstance(outcomes[0], Rejected)
    assert "NewOpportunityObj" in str(outcomes[0])
    assert isinstance(outcomes[1], Applied)


def test_a_lead_is_not_converted_here(desk: Desk) -> None:
    """leads/transfer is a decision of a person; its results are fields that nobody writes."""
    one = desk.lead()
    assert rejected(desk.one(update(one, transform_time=1_758_700_800_000))).code == "FIELD_READ_ONLY"


def test_outcomes_keep_their_order(desk: Desk) -> None:
    one, other = desk.lead(), desk.lead()
    changes = [
        update(other, remark="2"),
        Change("x", LEADS, None, {"name": "n", "owner": desk.user}),
        update(one, remark="1"),
    ]
    outcomes = desk.push(*changes)
    assert [applied(outcome).external_id for outcome in outcomes][::2] == [other, one]
    assert not any(isinstance(outcome, Unknown) for outcome in outcomes)
