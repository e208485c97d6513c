"""Whichever way Fxiaoke really is: the same equals the dump. `just fxiaoke-matrix` runs all.

Of what Fxiaoke's documents leave open the simulator has switches (its README lists them with their sources). A day of
reading is gone through under each setting that touches reading, in both styles; a few of them always.
"""

from collections.abc import Callable, Iterator

import pytest

from .acme import Acme
from .org import QUERY, Org, serving

Setting = tuple[str, object]
AT_BIRTH = {"state_codes": ("own",), "task_object": (True,), "opportunity_model": ("1.0",), "date_zone": ("UTC",)}
"""Read when the simulator is made."""
READING: dict[str, tuple[object, ...]] = {
    "third_trace_id": ("required",),
    "mixed_styles": ("headers", "error"),
    "unknown_user_b": ("admin",),
    "missing_user_b": ("admin",),
    "concurrent_token_calls": ("refuse",),
    "get_by_mobile_b": ("refuse",),
    "personnel": ("error", "rows"),
    "throttle_code": ("30004", "text"),
    "refused_calls_count": (True,),
    "failed_calls_cost": (False,),
    "token_calls_cost": (True,),
    "over_limit": ("error", "allow"),
    "default_limit": (3,),
    "offset_step": ("allow", "floor"),
    "unknown_filter": ("ignore",),
    "unknown_projection": ("error",),
    "total_rule": ("returnTotalNum", "find_explicit_total_num"),
    "total_cap": (5,),
    "default_hides_invalid": (False,),
    "second_order": (False,),
    "not_in_finds_empty": (False,),
    "time_as_text": ("error",),
    "projection_adds_id": (False,),
    "projection_adds_labels": (False,),
    "select_labels": (False,),
    "empty_values_shown": (False,),
    "long_text_cut": (True,),
    "custom_rows_at": ("top",),
    "path_mixing": ("error",),
    "unknown_id": ("null",),
    "index_lag_s": (30,),
    "label_key": ("display_name",),
    "phone_type": ("phone",),
    "option_flag": ("not_usable", "is_active"),
    "invalid_moves_modified": (False,),
    "recover_moves_modified": (False,),
    "lock_moves_modified": (True,),
    "team_moves_modified": (True,),
    "follow_up_moves_modified": (True,),
    "formula_moves_modified": (True,),
    "transfer_log_readable": (False,),
    "transfer_answer": ("none",),
    "related_filter": ("ignore", "works"),
}
"""Each switch that touches reading: its other settings."""
ELSEWHERE = {
    *("token_calls_a_minute", "rate_calls", "rate_window_s", "daily_quota", "no_quota", "stopped_user"),
    *("ip_refused_code", "app_disabled_code", "owner_moves_modified"),
    *("unknown_write_field", "unknown_option", "required_code", "missing_owner", "process_required"),
    *("owner_in_update", "clearing", "stage_write", "duplicate_text", "create_answer", "invalid_under_review"),
    *("batch_limit", "owner_id_shape", "old_owner_stays", "record_update"),
    *("version_step", "change_log", "log_lag_s"),
    *("event_words", "event_delay_ms", "event_retries", "event_retry_s", "event_answer", "first_retry_times"),
    *("event_drop_every", "event_twice_every", "event_order", "event_per_field"),
}
"""Switches of writing, of pushes, and those that other tests of this folder turn."""
SAMPLE = {("default_hides_invalid", False, "corp"), ("projection_adds_labels", False, "oauth")}


def settings() -> Iterator["pytest.param"]:  # type: ignore[valid-type] # pytest names no type for it
    for switch, values in READING.items():
        for value in values:
            for style in ("corp", "oauth"):
                marks = () if (switch, value, style) in SAMPLE else (pytest.mark.fxiaoke_matrix,)
                yield pytest.param(switch, value, style, marks=marks, id=f"{switch}={value}-{style}")


@pytest.fixture(scope="module")
def shared_org() -> Iterator[Org]:
    with serving(25) as org:
        yield org


@pytest.fixture
def org(shared_org: Org, request: pytest.FixtureRequest) -> Org:
    shared_org.heal()
    shared_org.style = (
        request.node.callspec.params.get("style", "corp") if hasattr(request.node, "callspec") else "corp"
    )
    shared_org.advance(120)
    return shared_org


@pytest.mark.parametrize(("switch", "value", "style"), [*settings()])
def test_a_day_of_reading_under_each_setting(acme: Acme, org: Org, switch: str, value: object, style: str) -> None:
    org.switch(**{switch: value})
    day(acme, org)


@pytest.mark.fxiaoke_matrix
@pytest.mark.parametrize("style", ["corp", "oauth"])
@pytest.mark.parametrize(("switch", "value"), [(name, one) for name, values in AT_BIRTH.items() for one in values])
def test_a_day_of_reading_in_a_tenant_made_so(
    acme_of: Callable[[Org], Acme], switch: str, value: object, style: str
) -> None:
    model = "1.0" if switch == "opportunity_model" else "2.0"
    with serving(25, style=style, model=model, switches={switch: value}) as org:
        day(acme_of(org), org)


def day(acme: Acme, org: Org) -> None:
    """Everything read, a morning of work, and that read too."""
    acme.configure(page_size=10)
    acme.sync()
    acme.check()
    org.advance(3600)
    morning(org)
    org.fault("token_expiry", path=QUERY, after=2, times=1)
    org.fault("throttle", path=QUERY, after=5, times=1)
    org.fault("edit_during_paging", path=QUERY, module=org.deals, count=2, times=2)
    org.advance(60)
    acme.sync()
    org.reset()
    org.advance(60)
    acme.sync()
    acme.check()


def morning(org: Org) -> None:
    """Everything that people do to a CRM."""
    deals = org.make_deals(4)
    lead = org.create("LeadsObj", 1, name="早上", company="早上公司")[0]
    org.act("convert", lead=lead, **({"deal": {"name": "morning"}} if org.model == "2.0" else {}))
    amount = "amount" if org.model == "2.0" else "expected_deal_amount"
    org.edit(org.deals, deals[0], **{amount: "12.34"}, competitors__c=["ngVY2FKKY"], units__c=None)
    if org.movable:
        org.act("stage", deal=org.movable[0], stage="4")
    free = [key for key, one in org.records(org.deals).items() if one["lock_status"] == "0"]
    org.invalidate(org.deals, deals[1], deals[2], free[0])
    org.act("recover", module=org.deals, record_id=deals[2])
    org.edit(org.deals, deals[2], next_step__c="recovered")
    org.act("lock", module=org.deals, record_id=deals[3])
    org.create("ActiveRecordObj", 1, active_record_content="电话说了", active_record_type="1")
    org.edit("AccountObj", max(org.records("AccountObj")), account_level="2")
    org.act("edit_some", module="ContactObj", count=12)


def test_every_switch_is_looked_at(org: Org) -> None:
    """A new switch of the simulator is put into one of the lists."""
    assert set(org.switches) == set(READING) | set(AT_BIRTH) | ELSEWHERE
    assert {(switch, value) for switch, value, _ in SAMPLE} <= {
        (name, one) for name in READING for one in READING[name]
    }
