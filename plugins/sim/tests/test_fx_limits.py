"""Rate, daily quota and the fault plan (dossier 5, 6, 9)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from plugins.sim.tests.fx_client import PRESET, FxClient

from crmbridge_sim.faults import UnknownFault
from crmbridge_sim.fxiaoke import FxiaokeSimulator
from crmbridge_sim.fxiaoke.mishaps import KINDS, FxFault
from crmbridge_sim.fxiaoke.switches import Setting

QUERY = f"{PRESET}/query"
ASKED = FxClient.asked("LeadsObj", limit=1)
# 2026-06-30T12:00:00Z is 20:00 in Shanghai: four hours until the quota's midnight.
UNTIL_MIDNIGHT_S = 4 * 3_600


def made(deals: int = 0, **switches: Setting) -> FxClient:
    return FxClient(FxiaokeSimulator(deals=deals, switches=switches))


def test_a_hundred_calls_in_twenty_seconds_for_each_interface() -> None:
    client = made()
    assert {client.call(QUERY, data=ASKED)["errorCode"] for _ in range(100)} == {0}
    assert client.call(QUERY, data=ASKED)["errorCode"] == 14001
    assert client.ok("/cgi/crm/v2/object/list")  # another interface
    client.sim.clock.advance(19)
    assert client.call(QUERY, data=ASKED)["errorCode"] == 14001
    client.sim.clock.advance(1)
    assert client.call(QUERY, data=ASKED)["errorCode"] == 0
    assert client.sim.gate.throttled == 2
    assert client.sim.gate.most_in_window[QUERY] == 100


@pytest.mark.parametrize(
    ("rule", "told"),
    [("14001", (14001, "接口调用次数超限")), ("30004", (30004, "每秒调用超限")), ("text", (0, "读取速度过快"))],
)
def test_how_a_throttled_call_is_refused_is_a_switch(rule: str, told: tuple[int, str]) -> None:
    client = made(throttle_code=rule, rate_calls=1)
    client.ok(QUERY, data=ASKED)
    code, text = client.refused(QUERY, data=ASKED)
    assert text == told[1]
    assert code == told[0] or (rule == "text" and code > 320_000_000)


@pytest.mark.parametrize(("counts", "again"), [(False, 0), (True, 14001)])
def test_refused_calls_may_fill_the_window(counts: bool, again: int) -> None:  # noqa: FBT001  # a setting
    client = made(rate_calls=1, refused_calls_count=counts)
    client.ok(QUERY, data=ASKED)
    client.sim.clock.advance(10)
    client.refused(QUERY, data=ASKED)
    client.sim.clock.advance(10)
    assert client.call(QUERY, data=ASKED)["errorCode"] == again


def test_the_days_calls_end_and_come_back_at_midnight_of_shanghai() -> None:
    client = made(daily_quota=3, rate_calls=0)
    assert [client.call(QUERY, data=ASKED)["errorCode"] for _ in range(4)] == [0, 0, 0, 30002]
    client.sim.clock.advance(UNTIL_MIDNIGHT_S - 1)
    assert client.call(QUERY, data=ASKED)["errorCode"] == 30002
    client.sim.clock.advance(1)
    assert client.call(QUERY, data=ASKED)["errorCode"] == 0


@pytest.mark.parametrize(("costs", "used"), [(True, 1), (False, 0)])
def test_whether_failed_calls_cost_is_a_switch(costs: bool, used: int) -> None:  # noqa: FBT001  # a setting
    client = made(failed_calls_cost=costs)
    client.refused(QUERY, data={})
    assert client.sim.gate.used() == used
    assert client.sim.calls.credits == used


def test_without_a_call_pack_nothing_works() -> None:
    assert made(no_quota=True).refused(QUERY, data=ASKED)[0] == 30003


def test_token_calls_may_cost_too() -> None:
    client = made(token_calls_cost=True)
    known = client.sim.credentials
    client.call(
        "/cgi/corpAccessToken/get/V2", appId=known["app_id"], appSecret=known["app_secret"],
        permanentCode=known["permanent_code"],
    )  # fmt: skip
    assert client.sim.gate.used() == 1


@pytest.mark.parametrize(
    ("kind", "code"),
    [("throttle", 14001), ("busy", -1), ("system_error", -2), ("service", 50009), ("error", 320009999),
     ("token_expiry", 20016), ("quota_exhausted", 30002)],
)  # fmt: skip
def test_faults_with_a_code_do_no_work(kind: str, code: int) -> None:
    client = made()
    client.sim.faults.add(FxFault(kind, path="create"))
    sent = {"dataObjectApiName": "LeadsObj", "name": "x", "owner": [client.me()]}
    assert client.refused(f"{PRESET}/create", data={"object_data": sent})[0] == code
    assert client.sim.store.count("LeadsObj") == 0


def test_an_error_may_be_any_code_with_any_text() -> None:
    client = made()
    client.sim.faults.add(FxFault("error", options={"code": 15003, "message": "没有权限"}))
    assert client.refused(QUERY, data=ASKED) == (15003, "没有权限")


@pytest.mark.parametrize("kind", ["drop_after_commit", "service_after_commit", "truncate"])
def test_faults_after_the_work_leave_it_done(kind: str) -> None:
    client = made()
    client.sim.faults.add(FxFault(kind))
    sent = {"dataObjectApiName": "LeadsObj", "name": "x", "owner": [client.me()]}
    answer = client.send(f"{PRESET}/create", data={"object_data": sent})
    assert client.sim.store.count("LeadsObj") == 1
    if kind == "service_after_commit":
        assert answer.json()["errorCode"] == 50009
    elif kind == "truncate":
        with pytest.raises(json.JSONDecodeError):
            answer.json()
    else:
        assert answer.dropped


@pytest.mark.parametrize(("kind", "status"), [("server_error", 500), ("redirect", 302), ("garbage", 200), ("drop", 0)])
def test_answers_that_are_no_json(kind: str, status: int) -> None:
    client = made()
    client.sim.faults.add(FxFault(kind))
    answer = client.send(QUERY, data=ASKED)
    assert (answer.status, answer.dropped) == (status, kind == "drop")
    with pytest.raises(json.JSONDecodeError):
        answer.json()


def test_faults_of_lists() -> None:
    client = made(30)
    client.sim.faults.add(FxFault("empty_list", module="NewOpportunityObj"))
    assert client.rows("NewOpportunityObj") == []
    client.sim.faults.add(FxFault("duplicate_rows", after=1, options={"count": 2}))
    pages = [client.rows("NewOpportunityObj", orders=["_id"], limit=10, offset=offset) for offset in (0, 10)]
    assert [row["_id"] for row in pages[1][:2]] == [row["_id"] for row in pages[0][-2:]]
    client.sim.clock.advance(1)
    client.sim.faults.add(FxFault("edit_during_paging", options={"count": 3}))
    client.rows("NewOpportunityObj")
    changed = ("last_modified_time", "EQ", [client.sim.now_ms()])
    assert len(client.rows("NewOpportunityObj", changed)) == 3


def test_the_clock_in_the_headers_may_be_wrong() -> None:
    client = made()
    assert client.send(QUERY, data=ASKED).headers["Date"] == "Tue, 30 Jun 2026 12:00:00 GMT"
    client.sim.faults.add(FxFault("clock_skew", options={"seconds": 3600}))
    assert client.send(QUERY, data=ASKED).headers["Date"] == "Tue, 30 Jun 2026 13:00:00 GMT"


def test_an_answer_may_take_longer() -> None:
    client = made()
    waited: list[float] = []
    client.sim.wait = waited.append  # type: ignore[assignment]  # no test waits
    client.sim.faults.add(FxFault("delay", options={"seconds": 7}))
    client.ok(QUERY, data=ASKED)
    assert waited == [7]


def test_the_window_has_a_length_of_its_own() -> None:
    client = made(rate_calls=1, rate_window_s=5)
    client.ok(QUERY, data=ASKED)
    client.sim.clock.advance(5)
    client.ok(QUERY, data=ASKED)


def test_unknown_faults_are_refused() -> None:
    with pytest.raises(UnknownFault, match="did you mean throttle"):
        FxFault("throtle")
    assert "credits_exhausted" not in KINDS


def test_every_call_is_in_the_ledger() -> None:
    client = made()
    client.lead()
    client.refused(QUERY, data={"dataObjectApiName": "LeadsObj"})
    rows: list[dict[str, Any]] = client.sim.calls.rows()
    assert [(row["module"], row["code"], row["credits"]) for row in rows] == [
        ("LeadsObj", "", 1),
        ("LeadsObj", "10006", 1),
    ]
    assert rows[0]["route"] == f"{PRESET}/create"
    assert "corpAccessToken" not in json.dumps(rows)
