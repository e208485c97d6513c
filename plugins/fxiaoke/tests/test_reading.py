"""Reading whatever happens meanwhile: ties, cut limits, slips of the vendor, quotas, kills."""

import json
import threading
from datetime import timedelta
from typing import Any

import httpx
import pytest
from plugins.fxiaoke.tests.simulated import QUERY, SimulatedFxiaoke
from plugins.fxiaoke.tests.truth import MAIN, PEOPLE_FIELDS, merged, payloads, pull, truth

from crmbridge.adapter.context import InMemoryShared
from crmbridge.adapter.contract import PullRequest
from crmbridge.model.errors import AuthError, ConfigError, ContractError, ScopeError, Throttled
from crmbridge_fxiaoke.judge import SHANGHAI

DEALS, ACCOUNTS = "NewOpportunityObj", "AccountObj"


def accounts(fx: SimulatedFxiaoke, count: int, *, apart_s: float = 0) -> list[str]:
    return fx.create(ACCOUNTS, [{"name": f"客户 {number}"} for number in range(count)], apart_s=apart_s)


class CutLimit(SimulatedFxiaoke):
    """A vendor that gives at most three rows, whatever is asked for, and does not say so."""

    def handle(self, request: httpx.Request) -> httpx.Response:
        if not request.url.path.endswith("/query"):
            return super().handle(request)
        body = json.loads(request.content)
        search = body["data"]["search_query_info"]
        search["limit"] = min(search["limit"], 3)
        cut = httpx.Request("POST", request.url, json=body)
        for name in ("authorization", "x-fs-ea", "x-fs-userid"):
            if name in request.headers:
                cut.headers[name] = request.headers[name]
        return super().handle(cut)


def test_a_limit_that_is_cut_in_silence_loses_nothing() -> None:
    fx = CutLimit()
    made = accounts(fx, 20, apart_s=1)
    adapter = fx.open(page_size=7)
    pages = pull(adapter, ACCOUNTS)
    assert set(merged(pages)) == set(made)
    for key in made[:10]:
        fx.act("edit", module=ACCOUNTS, record_id=key, changes={"remark": "edited"})
    fx.clock.advance(900)
    assert set(made[:10]) <= set(merged(pull(adapter, ACCOUNTS, pages[-1].cursor)))


@pytest.mark.parametrize("second_order", [0, 1])
@pytest.mark.parametrize("count", [6, 7, 8, 14, 23])
def test_many_changes_of_one_instant_at_a_page_border(count: int, second_order: int) -> None:
    fx = SimulatedFxiaoke(switches={"second_order": second_order})
    made = accounts(fx, 30)
    adapter = fx.open(page_size=7)
    cursor = pull(adapter, ACCOUNTS)[-1].cursor
    fx.clock.advance(3600)
    accounts(fx, 3, apart_s=1)
    fx.clock.advance(1)
    for key in made[:count]:
        fx.act("edit", module=ACCOUNTS, record_id=key, changes={"remark": "together"})
    later = accounts(fx, 4, apart_s=1)
    pages = pull(adapter, ACCOUNTS, cursor)
    assert {*made[:count], *later} <= set(merged(pages))
    for page in pages:  # and from every cursor on the way
        rest = pull(adapter, ACCOUNTS, page.cursor)
        before = pages[: pages.index(page) + 1]
        assert {*made[:count], *later} <= set(merged([*before, *rest]))


def test_no_page_is_asked_for_by_an_offset() -> None:
    fx = SimulatedFxiaoke(deals=60)
    adapter = fx.open(page_size=1, calls_per_window=10_000)
    pull(adapter, DEALS)
    bodies = [body["data"]["search_query_info"] for body in fx.bodies(QUERY)]
    assert len(bodies) > 60
    assert {body["offset"] for body in bodies} == {0}


def test_a_first_reading_is_split_into_parts_that_lose_nothing() -> None:
    fx = SimulatedFxiaoke(deals=300)
    expected = truth(fx, fx.open(), DEALS)
    adapter = fx.open(page_size=5, concurrency=4, calls_per_window=10_000)
    pages = pull(adapter, DEALS)
    assert payloads(pages) == expected
    assert sum(len(page.records) for page in pages) == len(expected)
    bounded = [body for body in fx.bodies(QUERY) if "LTE" in json.dumps(body["data"]["search_query_info"]["filters"])]
    assert bounded
    for number in range(0, len(pages), 7):  # by another process, from a cursor in the middle of the parts
        rest = pull(fx.open(page_size=5, calls_per_window=10_000), DEALS, pages[number].cursor)
        assert payloads([*pages[: number + 1], *rest]) == expected
        assert not any(page.whole for page in rest)


def test_ids_of_either_length_are_walked() -> None:
    fx = SimulatedFxiaoke(deals=30)
    adapter = fx.open(page_size=3, concurrency=4)
    assert payloads(pull(adapter, DEALS)) == truth(fx, adapter, DEALS)


class TwoOrders(SimulatedFxiaoke):
    """A vendor that gives no id of 32 signs behind one of 24: two kinds, and no order between them."""

    def handle(self, request: httpx.Request) -> httpx.Response:
        answer = super().handle(request)
        filters = json.loads(request.content).get("data", {}).get("search_query_info", {}).get("filters", [])
        after = [one["field_values"][0] for one in filters if one["operator"] == "GT" and one["field_name"] == "_id"]
        if not after:
            return answer
        told = json.loads(answer.content)
        rows = told["data"]["dataList"]
        told["data"]["dataList"] = [row for row in rows if len(row["_id"]) == len(after[0])]
        told["data"]["total"] -= len(rows) - len(told["data"]["dataList"])
        return httpx.Response(200, json=told)


def test_ids_without_one_order_are_read_by_time_too() -> None:
    fx = TwoOrders(deals=60)
    adapter = fx.open(page_size=7)
    assert {len(key) for key in truth(fx, adapter, DEALS)} == {24, 32}
    pages = pull(adapter, DEALS)
    assert payloads(pages) == truth(fx, adapter, DEALS)
    assert [notice.code for page in pages for notice in page.notices] == ["read.fewer"]
    assert [page.whole for page in pages] == [False] * (len(pages) - 1) + [True]
    (later,) = pull(adapter, DEALS, pages[-1].cursor)
    assert not later.notices


def test_an_empty_page_that_is_a_slip_is_asked_for_again() -> None:
    fx = SimulatedFxiaoke(deals=30)
    adapter = fx.open(page_size=7)
    for after in range(5):
        fx.act("fault", kind="empty_list", path=QUERY, after=after, times=1)
        assert set(merged(pull(adapter, DEALS))) == set(truth(fx, adapter, DEALS)), after
        fx.act("faults/clear")
    fx.act("fault", kind="empty_list", path=QUERY, times=-1)
    with pytest.raises(ContractError, match="gives none"):
        pull(adapter, DEALS)


@pytest.mark.parametrize("count", [1, 3, 7])
def test_rows_that_come_twice_lose_no_other(count: int) -> None:
    fx = SimulatedFxiaoke(deals=30)
    adapter = fx.open(page_size=7)
    fx.act("fault", kind="duplicate_rows", path=QUERY, count=count, after=1, times=2)
    assert payloads(pull(adapter, DEALS)) == truth(fx, adapter, DEALS)


def test_edits_while_it_is_read_arrive() -> None:
    fx = SimulatedFxiaoke(deals=40)
    adapter = fx.open(page_size=7)
    fx.act("fault", kind="edit_during_paging", path=QUERY, module=DEALS, count=3, times=5)
    pages = pull(adapter, DEALS)
    fx.clock.advance(60)
    pages += pull(adapter, DEALS, pages[-1].cursor)
    assert payloads(pages) == truth(fx, adapter, DEALS)


@pytest.mark.parametrize("seconds", [-7 * 86_400, 7 * 86_400, 90])
def test_a_wrong_clock_passes_over_nothing(seconds: int) -> None:
    fx = SimulatedFxiaoke(deals=20)
    fx.act("fault", kind="clock_skew", seconds=seconds, times=-1)
    adapter = fx.open(page_size=7)
    pages = pull(adapter, DEALS)
    for key in sorted(merged(pages))[:5]:
        fx.clock.advance(3600)
        fx.act("edit", module=DEALS, record_id=key, changes={"next_step__c": "later"})
        pages += pull(adapter, DEALS, pages[-1].cursor)
    assert payloads(pages) == truth(fx, adapter, DEALS)


def test_a_field_that_is_mapped_later_is_read_from_the_beginning() -> None:
    fx = SimulatedFxiaoke(deals=20)
    adapter = fx.open()
    some = pull(adapter, DEALS, fields=frozenset({"name"}))
    again = pull(adapter, DEALS, some[-1].cursor, fields=frozenset({"name", "amount"}))
    assert set(merged(again)) == set(truth(fx, adapter, DEALS))
    assert [notice.code for page in again for notice in page.notices] == ["read.fields_added"]


def test_a_field_that_is_not_there_is_told_and_not_emptied() -> None:
    fx = SimulatedFxiaoke(deals=5, switches={"unknown_projection": "error"})
    pages = pull(fx.open(), DEALS, fields=frozenset({"name", "nope__c"}))
    (notice,) = [notice for page in pages for notice in page.notices]
    assert (notice.code, notice.params) == ("read.field_missing", {"object": DEALS, "field": "nope__c"})
    assert all("nope__c" not in record.payload for record in merged(pages).values())


def test_a_field_that_is_switched_off_is_absent() -> None:
    fx = SimulatedFxiaoke(deals=5)
    fx.act("disable_field", module=DEALS, name="next_step__c")
    assert all("next_step__c" not in record.payload for record in merged(pull(fx.open(), DEALS)).values())


def test_a_cleared_field_is_there_and_empty() -> None:
    fx = SimulatedFxiaoke(deals=5)
    adapter = fx.open()
    pages = pull(adapter, DEALS)
    key = min(merged(pages))
    fx.act("edit", module=DEALS, record_id=key, changes={"amount": None, "name": "n", "remark": ""})
    fx.clock.advance(60)
    payload = payloads(pull(adapter, DEALS, pages[-1].cursor))[key]
    assert (payload["amount"], payload["remark"]) == (None, None)


def test_a_long_text_that_a_list_cuts_comes_whole() -> None:
    fx = SimulatedFxiaoke(deals=12, switches={"long_text_cut": 1})
    adapter = fx.open(page_size=5)
    for number, key in enumerate(sorted(truth(fx, adapter, DEALS))):
        fx.act("edit", module=DEALS, record_id=key, changes={"background__c": f"{number} " + "长" * (90 + 30 * number)})
    assert payloads(pull(adapter, DEALS)) == truth(fx, adapter, DEALS)
    before = len(fx.bodies("/get"))
    pull(adapter, DEALS, fields=frozenset({"name"}))
    assert len(fx.bodies("/get")) == before


def test_both_ways_to_sign_in_read_the_same_but_for_the_ids_of_people() -> None:
    found: list[dict[str, Any]] = []
    for style in ("corp", "oauth"):
        fx = SimulatedFxiaoke(style=style, deals=40)
        adapter = fx.open()
        told: dict[str, Any] = {}
        for name in MAIN:
            types = {one.name: one.type for one in next(o for o in adapter.describe().objects if o.name == name).fields}
            told[name] = {
                key: {k: v for k, v in row.items() if k not in PEOPLE_FIELDS and types.get(k) != "employee"}
                for key, row in payloads(pull(adapter, name)).items()
            }
        told["users"] = sorted(str(one["account"]) for one in payloads(pull(adapter, "users")).values())
        found.append(told)
    assert found[0] == found[1]


# people


def test_people_and_departments_are_listed_whole_those_who_left_too() -> None:
    fx = SimulatedFxiaoke(deals=20)
    fx.act("stop_user", user="1002")
    adapter = fx.open()
    users = payloads(pull(adapter, "users"))
    assert any(one["isStop"] for one in users.values())
    owners = {one["owner"][0] for one in payloads(pull(adapter, DEALS)).values() if one["owner"]}
    assert owners <= set(users)
    departments = payloads(pull(adapter, "departments"))
    assert {one["mainDepartmentId"] for one in users.values() if one["mainDepartmentId"]} <= set(departments)
    assert departments["999999"]["parentId"] is None
    first = min(users)
    assert [one and one.external_id for one in adapter.fetch("users", [first, "nobody"])] == [first, None]


# what is not allowed, and what is too much


def test_an_object_that_may_not_be_read_stops_no_other() -> None:
    fx = SimulatedFxiaoke(deals=5)
    adapter = fx.open()
    adapter.check()
    fx.act("forbid", module="ContactObj", allowed=False)
    catalog = adapter.describe()
    contact = catalog.object("ContactObj")
    assert contact is not None
    assert not contact.readable
    assert "没有" in (contact.note or "")
    with pytest.raises(ScopeError):
        pull(adapter, "ContactObj")
    assert pull(adapter, DEALS)
    assert "ContactObj" in " ".join(fx.open().check().problems)


def test_an_object_that_is_not_there_is_a_config_error_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match="NewOpportunityObj"):
        pull(SimulatedFxiaoke().open(), "NewOpportunitiesObj")


@pytest.mark.parametrize("code", ["14001", "30004", "text"])
def test_a_throttled_call_waits_for_its_window(code: str) -> None:
    fx = SimulatedFxiaoke(deals=20, switches={"throttle_code": code})
    adapter = fx.open(page_size=7)
    pull(adapter, ACCOUNTS)
    before = fx.clock.slept_seconds
    fx.act("fault", kind="throttle", path=QUERY, times=1)
    assert set(merged(pull(adapter, DEALS))) == set(truth(fx, adapter, DEALS))
    assert 20 <= fx.clock.slept_seconds - before < 30


def test_what_changes_while_everything_is_read_comes_in_the_same_reading() -> None:
    """A first reading that was interrupted may end days after it began: what it read first is old by then."""
    fx = SimulatedFxiaoke()
    ids = accounts(fx, 12, apart_s=60)
    first = next(iter(fx.open(page_size=5).pull(PullRequest(ACCOUNTS))))
    early = next(one.external_id for one in first.records if one.external_id in ids)
    fx.clock.advance(2 * 86_400)
    fx.act("edit", module=ACCOUNTS, record_id=early, changes={"name": "改过的客户"})
    fx.clock.advance(60)
    rest = pull(fx.open(page_size=5), ACCOUNTS, first.cursor)
    assert merged([first, *rest])[early].payload["name"] == "改过的客户"
    assert set(merged([first, *rest])) >= set(ids)
    assert merged(pull(fx.open(page_size=5), ACCOUNTS, rest[-1].cursor)).keys() <= {early}


def test_the_rate_of_an_interface_is_used_and_never_passed() -> None:
    """One call at a time: several that wait together would each move the one clock that they share."""
    fx = SimulatedFxiaoke()
    accounts(fx, 600)
    adapter = fx.open(page_size=1, calls_per_window=100, concurrency=1)
    began = fx.clock()
    assert len(merged(pull(adapter, ACCOUNTS))) == 600
    throttled = [row for row in fx.look("calls/rows") if row.get("error_code", row.get("code")) == 14001]
    assert throttled == []
    calls = len(fx.bodies(QUERY))
    took_s = (fx.clock() - began).total_seconds()
    assert took_s <= 1.05 * 20 * (calls // 100)


def test_calls_that_are_used_up_end_everything_until_midnight_in_shanghai() -> None:
    fx = SimulatedFxiaoke(deals=20)
    shared = InMemoryShared()
    adapter = fx.open(page_size=7, shared=shared)
    first = next(iter(adapter.pull(PullRequest(DEALS))))
    fx.act("exhaust_quota")
    with pytest.raises(Throttled) as caught:
        pull(adapter, DEALS, first.cursor)
    until = fx.clock() + timedelta(seconds=caught.value.after or 0)
    local = until.astimezone(SHANGHAI)
    assert (local.hour, local.minute) == (0, 3)
    before = len(fx.sent)
    for one in (adapter, fx.open(page_size=7, shared=shared)):
        with pytest.raises(Throttled):
            pull(one, DEALS, first.cursor)
    assert len([one for one in fx.sent[before:] if "oken" not in one.url.path]) == 0
    fx.clock.advance((caught.value.after or 0) + 1)
    rest = pull(fx.open(page_size=7, shared=shared), DEALS, first.cursor)
    assert set(merged([first, *rest])) == set(truth(fx, fx.open(), DEALS))


def test_a_company_without_calls_is_told_and_not_asked_again() -> None:
    fx = SimulatedFxiaoke(switches={"no_quota": 1})
    adapter = fx.open()
    with pytest.raises(AuthError, match="call packs"):
        adapter.check()
    before = len(fx.sent)
    with pytest.raises(AuthError):
        pull(adapter, DEALS)
    assert len(fx.sent) == before


@pytest.mark.parametrize("kind", ["busy", "system_error", "service", "server_error", "drop"])
def test_a_vendor_in_trouble_is_asked_again(kind: str) -> None:
    fx = SimulatedFxiaoke(deals=20)
    adapter = fx.open(page_size=7)
    fx.act("fault", kind=kind, path=QUERY, after=1, times=2)
    assert set(merged(pull(adapter, DEALS))) == set(truth(fx, adapter, DEALS))


def test_the_wrong_host_is_a_config_error() -> None:
    fx = SimulatedFxiaoke(deals=5)
    adapter = fx.open()
    fx.act("fault", kind="redirect", path=QUERY, times=1)
    with pytest.raises(ConfigError, match="not the gateway"):
        pull(adapter, DEALS)


def test_a_stop_ends_a_reading_side_by_side() -> None:
    fx = SimulatedFxiaoke(deals=100)
    stop = threading.Event()
    adapter = fx.open(page_size=1, stop=stop, calls_per_window=10_000)
    reading = adapter.pull(PullRequest(DEALS))
    pages = [next(reading) for _ in range(5)]
    stop.set()
    pages += reading
    assert len(pages) <= 6
    rest = pull(fx.open(page_size=20), DEALS, pages[-1].cursor)
    assert set(merged([*pages, *rest])) == set(truth(fx, fx.open(), DEALS))


def test_the_old_model_of_opportunities() -> None:
    fx = SimulatedFxiaoke(deals=20, switches={"opportunity_model": "1.0"})
    adapter = fx.open(page_size=7)
    assert adapter.check().problems == ()
    catalog = adapter.describe()
    assert catalog.extra["opportunities"] == "OpportunityObj"
    assert payloads(pull(adapter, "OpportunityObj")) == truth(fx, adapter, "OpportunityObj")
    assert any(one.object == "OpportunityObj" for one in catalog.pipelines)
