from decimal import Decimal

import pytest

from crmbridge.model import records
from crmbridge.model.errors import ConfigError
from crmbridge.model.kinds import COMPUTED, ENVELOPE, KIND_NAMES, ColumnType, FieldSpec, FieldType, kind
from crmbridge.model.pipeline import Category

EVERY_KIND = (
    "vendor_created_at_us vendor_created_at_precision vendor_modified_at_us vendor_modified_at_precision"
    " created_by_ref modified_by_ref owner_ref"
)
COLUMNS = {
    "user": "name email phone active manager_ref org_unit_ref role level zone locale calendar capacity_fte_e6 ramp_e6"
    " discount_authority_e6",
    "org_unit": "name parent_ref calendar currency fiscal_start_month",
    "product": "name category list_price_e4 list_price_currency active",
    "campaign": "name type status start_date end_date expected_revenue_e4 expected_revenue_currency budgeted_cost_e4"
    " budgeted_cost_currency actual_cost_e4 actual_cost_currency",
    "account": "name registration_no domains industry employees annual_revenue_e4 annual_revenue_currency region city"
    " segment parent_ref phones emails addresses website source status status_raw need_tags preferences vip tier"
    " lifecycle_state pool locale zone last_touch_at_us last_touch_at_precision next_touch_at_us"
    " next_touch_at_precision last_result",
    "contact": "full_name given family title department decision_role account_ref emails phones channels birthday_md"
    " birth_year birthday_calendar consent do_not_contact left_company zone language preferred_channel source"
    " last_touch_at_us last_touch_at_precision",
    "lead": "full_name company_name title emails phones website industry status status_raw pipeline stage"
    " disqualify_reason source channel campaign segment expected_amount_e4 expected_amount_currency need budget"
    " authority timing score_e6 tier pool assigned_at_us assigned_at_precision first_response_at_us"
    " first_response_at_precision converted converted_at_us converted_at_precision converted_account_ref"
    " converted_contact_ref converted_deal_ref next_touch_at_us next_touch_at_precision"
    " last_result",
    "deal": "name account_ref contact_ref product_ref pipeline stage stage_raw category amount_e4 amount_currency"
    " recurring_amount_e4 recurring_amount_currency probability_e6 forecast_override expected_close closed_at_us"
    " closed_at_precision outcome reason competitor source channel campaign segment region deal_type intent need_fit"
    " budget decision_process next_step next_step_due hold_until hold_reason lead_ref last_touch_at_us"
    " last_touch_at_precision next_touch_at_us next_touch_at_precision last_result",
    "order": "account_ref deal_ref product_ref amount_e4 amount_currency quantity_e6 region ordered_at_us"
    " ordered_at_precision delivered_at_us delivered_at_precision paid_at_us paid_at_precision refunded_e4"
    " refunded_currency",
    "payment": "account_ref deal_ref order_ref amount_e4 amount_currency paid_at_us paid_at_precision",
    "refund": "account_ref deal_ref order_ref amount_e4 amount_currency refunded_at_us refunded_at_precision",
    "survey_response": "survey type scale score_e6 comment account_ref contact_ref deal_ref order_ref asked_at_us"
    " asked_at_precision answered_at_us answered_at_precision",
    "quote": "number name account_ref contact_ref deal_ref status status_raw amount_e4 amount_currency"
    " list_total_e4 list_total_currency discount_e6 lines vat_rate_e6 sent_at_us sent_at_precision valid_until"
    " quote_version template template_version approval approved_by_ref trial_ends",
    "contract": "number name account_ref deal_ref status status_raw amount_e4 amount_currency start_date end_date"
    " signed_at_us signed_at_precision renewal_type renewed renews steps clauses is_standard"
    " approved_by_ref",
    "delivery": "name account_ref deal_ref order_ref status status_raw promised_date forecast_date delivered_at_us"
    " delivered_at_precision milestones issue issue_open",
    "ticket": "number name account_ref contact_ref deal_ref type priority status status_raw clock opened_at_us"
    " opened_at_precision first_response_at_us first_response_at_precision resolved_at_us"
    " resolved_at_precision satisfaction_e6 content",
    "spend": "channel campaign period_start period_end amount_e4 amount_currency",
    "activity": "type subject purpose direction channel state outcome automated due_at_us due_at_precision due_date"
    " started_at_us started_at_precision ended_at_us ended_at_precision logged_at_us logged_at_precision actor_ref"
    " lead_ref account_ref contact_ref deal_ref content customer_feedback next_step next_step_due template"
    " external_key counts_as_touch",
    "task": "title due_date due_at_us due_at_precision status status_raw priority assignee_ref lead_ref account_ref"
    " contact_ref deal_ref external_key policy_ref completed_at_us completed_at_precision content link comments",
    "note": "title content lead_ref account_ref contact_ref deal_ref",
}


@pytest.mark.parametrize("name", KIND_NAMES)
def test_every_kind_has_its_columns(name: str) -> None:
    assert [column.name for column in kind(name).columns] == f"{EVERY_KIND} {COLUMNS[name]}".split()


@pytest.mark.parametrize("name", KIND_NAMES)
def test_numbers_are_stored_as_integers_and_the_rest_as_text(name: str) -> None:
    counted = {FieldType.INTEGER, FieldType.NUMBER, FieldType.BOOL}
    for spec in kind(name).fields.values():
        for column in spec.columns:
            is_counted = spec.type in counted or column.name.endswith(("_e4", "_us"))
            assert (column.type is ColumnType.INT) is is_counted


@pytest.mark.parametrize("name", KIND_NAMES)
def test_every_reference_points_at_a_kind_that_there_is(name: str) -> None:
    for spec in kind(name).references:
        assert spec.target in KIND_NAMES
        assert [column.name for column in spec.columns] == [f"{spec.name}_ref"]


def test_every_kind_is_in_the_table_above() -> None:
    assert set(COLUMNS) == set(KIND_NAMES)


def test_a_field_knows_its_type_and_what_it_may_hold() -> None:
    deal = kind("deal")
    assert deal.field("account").target == "account"
    assert deal.field("category").values == tuple(Category)
    assert deal.field("deal_type").values == ("new", "upsell", "renewal")
    assert deal.field("expected_close").type is FieldType.DATE
    assert deal.field("closed_at").type is FieldType.INSTANT
    assert kind("note").field("content").type is FieldType.LONG_TEXT
    assert kind("account").field("domains").type is FieldType.TEXTS
    assert kind("contact").field("consent").type is FieldType.JSON
    assert [(f.name, f.required) for f in kind("task").fields.values() if f.required] == [("title", True)]


def test_what_is_worked_out_elsewhere_is_not_stored() -> None:
    assert "history_quality" not in kind("deal").fields
    assert all(field in kind(name).fields for name, field in COMPUTED)


def test_the_envelope_fields_of_every_kind_come_first() -> None:
    for name in KIND_NAMES:
        assert tuple(kind(name).fields)[: len(ENVELOPE)] == ENVELOPE


@pytest.mark.parametrize(
    ("name", "meant"), [("deals", "deal"), ("Account", "account"), ("surveyresponse", "survey_response")]
)
def test_an_unknown_kind_is_told_with_the_nearest(name: str, meant: str) -> None:
    with pytest.raises(ConfigError, match=rf"there is no kind {name} \(did you mean {meant}\?\)"):
        kind(name)


def test_a_kind_like_no_other_lists_all() -> None:
    with pytest.raises(ConfigError, match="user, org_unit, product"):
        kind("####")


@pytest.mark.parametrize(("name", "meant"), [("close_at", "closed_at"), ("Amount", "amount"), ("accounts", "account")])
def test_an_unknown_field_is_told_with_the_nearest(name: str, meant: str) -> None:
    with pytest.raises(ConfigError, match=rf"deal has no field {name} \(did you mean {meant}\?\)"):
        kind("deal").field(name)


def test_a_record_refuses_what_it_does_not_know() -> None:
    envelope = {
        "id": "1",
        "refs": (),
        "version": "v",
        "first_seen_at": "2026-01-01T00:00Z",
        "last_seen_at": "2026-01-01T00:00Z",
    }
    deal = records.Deal.model_validate({**envelope, "name": "x", "probability": "0.10"})
    assert deal.probability == Decimal("0.10")
    assert deal.amount is None
    with pytest.raises(ValueError, match="close_date"):
        records.Deal.model_validate({**envelope, "name": "x", "close_date": "2026-01-01"})
    with pytest.raises(ValueError, match="timezone"):
        records.Deal.model_validate({**envelope, "name": "x", "closed_at": "2026-01-01T00:00"})


def test_columns_of_a_field() -> None:
    assert [column.name for column in FieldSpec("x", FieldType.MONEY).columns] == ["x_e4", "x_currency"]
