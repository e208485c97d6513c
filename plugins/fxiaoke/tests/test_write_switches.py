"""One journey of writes under every setting that concerns writing: what the dossier leaves open changes no result."""

from pathlib import Path
from typing import Any

import pytest
from plugins.fxiaoke.tests.desk import DEALS, KEY_FIELD, LEADS, Desk, applied, create, rejected, update

from crmbridge.adapter.contract import Applied, Change, Rejected, Stale, Unknown

SETTINGS: list[tuple[str, object]] = [
    ("third_trace_id", "required"),
    ("mixed_styles", "error"),
    ("throttle_code", "text"),
    ("refused_calls_count", True),
    ("failed_calls_cost", False),
    ("over_limit", "error"),
    ("offset_step", "floor"),
    ("unknown_filter", "ignore"),
    ("unknown_projection", "error"),
    ("total_rule", "returnTotalNum"),
    ("default_hides_invalid", False),
    ("second_order", False),
    ("not_in_finds_empty", False),
    ("related_filter", "works"),
    ("projection_adds_id", False),
    ("projection_adds_labels", False),
    ("select_labels", False),
    ("empty_values_shown", False),
    ("long_text_cut", True),
    ("custom_rows_at", "top"),
    ("path_mixing", "error"),
    ("unknown_id", "null"),
    ("index_lag_s", 20),
    ("label_key", "display_name"),
    ("phone_type", "phone"),
    ("state_codes", "own"),
    ("option_flag", "not_usable"),
    ("option_flag", "is_active"),
    ("unknown_write_field", "error"),
    ("unknown_option", "accept"),
    ("required_code", "business"),
    ("missing_owner", "acting_user"),
    ("process_required", False),
    ("owner_in_update", "error"),
    ("clearing", "not_null"),
    ("clearing", "not_empty"),
    ("stage_write", "forward_only"),
    ("stage_write", "refuse"),
    ("duplicate_text", "english"),
    ("create_answer", "data"),
    ("invalid_under_review", "allow"),
    ("owner_id_shape", "either"),
    ("old_owner_stays", True),
    ("owner_moves_modified", False),
    ("invalid_moves_modified", False),
    ("lock_moves_modified", True),
    ("record_update", "error"),
    ("task_object", True),
    ("transfer_answer", "none"),
]


@pytest.mark.parametrize("letter", ["A", "B"])
@pytest.mark.parametrize(("switch", "value"), [("rate_calls", 100), *SETTINGS], ids=str)
def test_a_journey_of_writes_ends_the_same(tmp_path: Path, switch: str, value: Any, letter: str) -> None:
    desk = Desk(tmp_path, letter=letter, deals=3, **{switch: value})
    before = {row["_id"] for row in desk.rows(LEADS)}
    one = applied(desk.one(create(desk, "k-1", remark="x", source="官网", mobile="13900001234"))).external_id
    assert applied(desk.one(create(desk, "k-1"))).external_id == one
    base = desk.version(LEADS, one)
    desk.act("edit", module=LEADS, record_id=one, changes={"company": "示例"})
    assert isinstance(desk.one(update(one, base, remark="y")), Stale)
    made = applied(desk.one(update(one, desk.version(LEADS, one), remark=None, source="展会")))
    assert made.revision == desk.version(LEADS, one)
    stored = desk.stored(LEADS, one)
    assert (stored.get("remark") or None, stored["source"], stored["company"]) == (None, "2", "示例")
    colleague = next(
        (known["open_id"] if letter == "A" else key)
        for key, known in desk.look("state")["users"].items()
        if key != "1000" and not known["is_stop"]
    )
    applied(desk.one(update(one, owner=colleague, remark="z")))
    assert (desk.stored(LEADS, one)["owner"], desk.stored(LEADS, one)["remark"]) == ([colleague], "z")
    assert rejected(desk.one(update(one, no_such="x"))).code == "FIELD_UNKNOWN"
    desk.act("lock", module=LEADS, record_id=one)
    assert "锁定" in str(rejected(desk.one(update(one, remark="locked"))))
    desk.act("unlock", module=LEADS, record_id=one)
    desk.act("fault", kind="drop_after_commit", path="/data/create", times=1)
    assert isinstance(desk.one(create(desk, "k-2")), Unknown)
    desk.clock.advance(120)
    two = applied(desk.one(create(desk, "k-2"))).external_id
    desk.clock.advance(60)
    hits = desk.hand().find(LEADS, KEY_FIELD, ["k-2", "k-1"])
    assert [[hit.external_id for hit in some] for some in hits] == [[two], [one]]
    applied(desk.one(Change("d", LEADS, two, {}, delete=True)))
    assert {row["_id"] for row in desk.rows(LEADS)} - before == {one}


@pytest.mark.parametrize(("switch", "value"), [("rate_calls", 100), *SETTINGS], ids=str)
def test_a_deal_moves_or_is_refused_and_its_money_is_exact(tmp_path: Path, switch: str, value: Any) -> None:
    desk = Desk(tmp_path, deals=10, **{switch: value})
    deal = next(row for row in desk.rows(DEALS) if row["sales_stage__r" if "sales_stage__r" in row else "sales_stage"])
    desk.act("stage", deal=deal["_id"], stage="初步接触")
    outcome = desk.one(update(deal["_id"], on=DEALS, sales_stage="商务谈判"))
    stored = desk.stored(DEALS, deal["_id"])
    assert isinstance(outcome, Applied | Rejected)
    assert isinstance(outcome, Applied) == (stored["sales_stage"] == "6") == (switch != "stage_write")
    applied(desk.one(update(deal["_id"], on=DEALS, amount="0.30")))
    assert desk.stored(DEALS, deal["_id"])["amount"].rstrip("0") == "0.3"
