"""Whichever way Zoho really is, and whichever way it is read: the same equals the dump. `just zoho-matrix` runs all.

Of what Zoho's documents leave open the simulator has switches (its README lists them with their sources). A day of
reading is gone through under each setting that touches reading, and each way; a few of them always.
"""

from collections.abc import Iterator

import pytest
from tests.systems.clock import Clock

from .acme import Acme, Runner
from .conftest import TEN_MINUTES_S
from .org import Org, serving, share_a_second

READING: dict[str, tuple[object, ...]] = {
    "throttle_status": (400,),
    "throttle_has_status_key": (False,),
    "token_error_status": (400,),
    "refresh_has_scope": (False,),
    "expires_in_old_style": (True,),
    "live_token_limit": (1,),
    "wrong_host_error": ("INVALID_TOKEN",),
    "dead_token_error": ("INVALID_OAUTHTOKEN",),
    "coql_needs_coql_scope": (False,),
    "ids_limit": (20,),
    "too_many_ids": ("cut",),
    "fields_id_alone_is_invalid": (True,),
    "unknown_list_field": ("INVALID_DATA",),
    "list_approved": ("both",),
    "token_walk": ("offset", "snapshot"),
    "token_binds_if_modified_since": (False,),
    "unknown_id": (400,),
    "stage_value": ("actual",),
    "se_module_in_lists": (False,),
    "deleted_since": ("ignored",),
    "deleted_limit": (0,),
    "deleted_order": ("oldest_first",),
    "restore_moves_modified": (True,),
    "conversion_moves_modified": (False,),
    "child_moves_parent": (True,),
    "tags_move_modified": (True,),
    "wrap_single_errors": (True,),
    "credits_for_failed_calls": (False,),
    "throttle_code": ("RATE_LIMIT_EXCEEDED",),
    "retry_after_s": (5,),
    "rate_limit_headers": (True,),
    "edition_concurrency": (3,),
    "heavy_concurrency": (2,),
    "coql_lookup_names": (True,),
    "coql_sees_converted": (False,),
    "bulk_wait_s": (40,),
    "bulk_work_s": (90,),
    "bulk_downloads_a_minute": (1,),
    "bulk_page_rows": (10,),
    "bulk_id_header": ("id", "ID"),
    "bulk_exports_orphans": (True,),
    "bulk_sees_converted": (False,),
}
"""Each switch that touches reading: its other settings."""
WRITING = {
    *("code_life", "unknown_write_field", "unknown_pick_value", "missing_pipeline", "leads_checked_against_contacts"),
    *("edition_credits", "search_lag_s", "text_ignores_case", "not_equal_finds_empty", "bulk_retention_s"),
    *("convert_error_status", "convert_later", "affected_fields", "watch_repeats", "converted_keeps_unique"),
    *("unique_key", "unknown_unique_key", "unique_fields_limit"),
}
"""Switches of connecting, writing, searching and webhooks, and those that other tests turn."""
WAYS = ("auto", "list", "query", "bulk")
SAMPLE = [
    ("stage_value", "actual", "bulk"),
    ("se_module_in_lists", False, "auto"),
    ("coql_sees_converted", False, "query"),
]


def settings() -> Iterator["pytest.param"]:  # type: ignore[valid-type] # pytest names no type for it
    for switch, values in READING.items():
        for value in values:
            for way in WAYS:
                marks = () if (switch, value, way) in SAMPLE else (pytest.mark.zoho_matrix,)
                yield pytest.param(switch, value, way, marks=marks, id=f"{switch}={value}-{way}")


@pytest.fixture(scope="module")
def shared_org() -> Iterator[Org]:
    with serving(30, seed=11) as org:
        yield org


@pytest.fixture
def org(shared_org: Org) -> Iterator[Org]:
    before = {one["name"]: one["value"] for one in shared_org.look("switches")}
    shared_org.reset()
    shared_org.advance(TEN_MINUTES_S)
    yield shared_org
    after = {one["name"]: one["value"] for one in shared_org.look("switches")}
    shared_org.switch(**{name: before[name] for name in before if before[name] != after[name]})


@pytest.mark.parametrize(("switch", "value", "way"), [*settings()])
def test_a_day_of_reading_under_each_setting(acme: Acme, org: Org, switch: str, value: object, way: str) -> None:
    org.switch(**{switch: value})
    acme.configure(read_by=way, page_size=10, daily_share=1.0)
    acme.sync()
    acme.check()
    org.advance(3600)
    morning(org)
    org.fault("token_expiry", path="/crm/v8/Leads", times=1)
    org.fault("throttle", path="/crm/v8/Deals", times=1)
    org.fault("edit_during_paging", module="Deals", count=2, times=2)
    acme.sync()
    acme.sync()
    acme.check()


def morning(org: Org) -> None:
    """Everything that people do to a CRM."""
    deals = org.movable
    lead = org.create("Leads", 1, Last_Name="Morning", Company="Morning AG")[0]
    deal = {"Deal_Name": "morning", "Stage": "Qualification", "Closing_Date": "2027-01-31"}
    org.act("convert", lead=lead, deal={**deal, "Pipeline": "Standard (Standard)"})
    org.edit("Deals", deals[0], Amount=12.34, Currency="USD", Competitors=["In-house"], Score=None)
    org.act("stage", deal=deals[1], stage="Identify Decision Makers")
    for key in deals[2:4]:
        org.act("delete", module="Deals", record_id=key)
    org.act("restore", record_id=deals[3])
    org.edit("Deals", deals[3], Next_Step="restored")
    org.create("Notes", 1, Note_Content="called", Parent_Id={"module": {"api_name": "Deals"}, "id": deals[0]})
    org.create("Tasks", 1, **{"Subject": "call", "What_Id": {"id": deals[0]}, "$se_module": "Deals"})
    account = next(iter(org.records("Accounts")))
    org.act("tag", module="Accounts", record_id=account, names=["morning"])
    org.edit("Accounts", account, Phone="+46 8 123456")
    org.deals(2, Amount=1.5, Currency="EUR")


def test_every_switch_is_looked_at(org: Org) -> None:
    """A new switch of the simulator is put into one of the two lists."""
    assert {one["name"] for one in org.look("switches")} == set(READING) | WRITING
    assert {(switch, value) for switch, value, _ in SAMPLE} <= {
        (name, one) for name in READING for one in READING[name]
    }


@pytest.mark.zoho_matrix
@pytest.mark.parametrize("has_coql", [True, False], ids=["by query", "by token"])
@pytest.mark.parametrize("walk", ["keyset", "offset", "snapshot"])
def test_case_2_more_records_of_one_second_than_page_numbers_reach(
    acme: Acme,
    org: Org,
    walk: str,
    has_coql: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """2,500 of one second; without queries only page tokens pass it."""
    made = [key for key, one in org.records("Deals").items() if one["Deal_Name"].startswith("Deal ")]
    made += org.deals(max(0, 2_500 - len(made)))
    share_a_second(org, made)
    org.switch(token_walk=walk)
    if not has_coql:
        org.act("drop_scope", scope="ZohoCRM.coql.READ")
    acme.configure(read_by="list")
    org.advance(3600)
    org.reset()
    acme.sync()
    acme.check(custom=False)
    assert org.count("GET /crm/v8/{module}") < 60


@pytest.mark.zoho_matrix
@pytest.mark.parametrize("way", ["list", "query", "auto"])
def test_case_2_more_than_a_hundred_thousand_records(
    tmp_path_factory: pytest.TempPathFactory, cli: Runner, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """101,000 deals: more than a walk of page tokens or the offset of a query reaches."""
    with serving(101_000, options=("--edition", "ultimate")) as big:
        monkeypatch.setattr("crmbridge.app.bridge.system_clock", Clock(big))
        acme = Acme(tmp_path_factory.mktemp("big") / "acme", big, cli)
        acme.configure(read_by=way, daily_share=1.0)
        acme.sync()
        counts = big.look("counts")
        held = {module: len(acme.lifecycles(module)) for module in ("Deals", "Leads", "Contacts", "Accounts")}
        assert held == {module: counts[module] for module in held}
        history = acme.count("stage_change")
        assert history == counts["DealHistory"]
