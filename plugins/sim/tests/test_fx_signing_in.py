"""Both ways of signing in, the life of tokens, who acts (dossier 1)."""

from __future__ import annotations

from typing import Any

import pytest
from plugins.sim.tests.fx_client import PRESET, FxClient

from crmbridge_sim.fxiaoke import FxiaokeSimulator
from crmbridge_sim.fxiaoke.switches import Setting
from crmbridge_sim.wire import Request

A, B = "/cgi/corpAccessToken/get/V2", "/oauth2.0/token"
QUERY = f"{PRESET}/query"
ASKED = FxClient.asked("LeadsObj")


def made(**switches: Setting) -> FxiaokeSimulator:
    return FxiaokeSimulator(deals=0, switches=switches)


def post(sim: FxiaokeSimulator, path: str, body: object, **headers: str) -> dict[str, Any]:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    told: dict[str, Any] = sim.handle(Request.of("POST", path, headers=sent, json_body=body)).json()
    return told


def secrets(sim: FxiaokeSimulator, **other: Any) -> dict[str, Any]:
    known = sim.credentials
    parts = {"appId": known["app_id"], "appSecret": known["app_secret"], "permanentCode": known["permanent_code"]}
    return {**parts, **other}


def test_style_a_signs_in_by_body_and_finds_its_user_by_mobile() -> None:
    sim = made()
    told = post(sim, A, secrets(sim))
    assert (told["errorCode"], told["expiresIn"]) == (0, 7200)
    auth = {"corpAccessToken": told["corpAccessToken"], "corpId": told["corpId"]}
    found = post(sim, "/cgi/user/getByMobile", {**auth, "mobile": sim.credentials["mobile"]})["empList"]
    assert found[0]["openUserId"].startswith("FSUID_")
    assert post(sim, "/cgi/user/getByMobile", {**auth, "mobile": "13800000000"})["empList"] == []
    told = post(sim, QUERY, {**auth, "currentOpenUserId": found[0]["openUserId"], "data": ASKED})
    assert told["errorMessage"] == "OK"
    assert told["traceId"].startswith(f"E-O.{sim.ea}.1000-")


def test_style_b_signs_in_by_headers() -> None:
    sim = made()
    told = post(sim, f"{B}?thirdTraceId=1", secrets(sim, grantType="app_secret"))
    assert told["openUserId"].startswith("FSCID_")
    headers = {"authorization": f"Bearer {told['accessToken']}", "x_fs_ea": told["ea"], "x_fs_userid": "1000"}
    assert post(sim, QUERY, {"data": ASKED}, **headers)["errorCode"] == 0
    assert post(sim, QUERY, {"data": ASKED}, **{**headers, "x_fs_ea": "other"})["errorCode"] == 20016
    assert post(sim, B, secrets(sim))["errorCode"] == 10006


def test_the_two_styles_have_ids_of_their_own() -> None:
    sim = made()
    old, new = FxClient(sim), FxClient(sim, style="B")
    lead = old.lead()
    assert old.get("LeadsObj", lead)["owner"] == [sim.admin.open_id]
    assert new.get("LeadsObj", lead)["owner"] == ["1000"]
    assert {old.get("LeadsObj", lead)["owner__r"]["id"], new.get("LeadsObj", lead)["owner__r"]["id"]} == {"1000"}
    sent = {"dataObjectApiName": "LeadsObj", "name": "x", "owner": ["1000"]}
    assert old.refused(f"{PRESET}/create", data={"object_data": sent})[0] == 30027
    asked = {"data": {"dataObjectApiName": "LeadsObj", "objectDataId": lead}}
    assert new.ok(f"{PRESET}/get", convertUserId=True, **asked)["data"]["owner"] == [sim.admin.open_id]
    assert [len(one.rows("LeadsObj", ("owner", "IN", [sim.admin.open_id]))) for one in (old, new)] == [1, 0]


def test_a_token_is_the_same_for_6600_seconds_and_lives_for_7200() -> None:
    sim = made()
    first = post(sim, A, secrets(sim))
    sim.clock.advance(6599)
    again = post(sim, A, secrets(sim))
    assert (again["corpAccessToken"], again["expiresIn"]) == (first["corpAccessToken"], 601)
    sim.clock.advance(1)
    second = post(sim, A, secrets(sim))
    assert second["corpAccessToken"] != first["corpAccessToken"]
    auth = {"corpAccessToken": first["corpAccessToken"], "corpId": first["corpId"]}
    sim.clock.advance(599)
    assert post(sim, "/cgi/department/list", auth)["errorCode"] == 0
    sim.clock.advance(1)
    assert post(sim, "/cgi/department/list", auth)["errorCode"] == 20016


def test_more_than_ten_token_calls_a_minute_are_refused() -> None:
    sim = made()
    assert [post(sim, A, secrets(sim))["errorCode"] for _ in range(11)] == [0] * 10 + [14001]
    sim.clock.advance(61)
    assert post(sim, A, secrets(sim))["errorCode"] == 0
    sim.switches.set("token_calls_a_minute", 0)
    assert {post(sim, A, secrets(sim))["errorCode"] for _ in range(20)} == {0}


def test_refusals_are_those_that_were_seen() -> None:
    sim = made()
    told = post(sim, A, secrets(sim, appSecret="wrong"))
    assert (told["errorCode"], told["errorMessage"]) == (10006, "the parameter appSecret is missing or illegal")
    told = post(sim, B, secrets(sim, appSecret="wrong", grantType="app_secret"))
    assert told["error_description"] == "the parameter appSecret is missing or illegal"
    told = post(sim, QUERY, {"data": ASKED})
    assert (told["errorCode"], told["errorMessage"]) == (20017, "corpAccessToken为必填项，不能为空")
    assert told["traceId"].startswith("E-O.null.-1000-")
    told = post(sim, QUERY, {"corpAccessToken": "x", "corpId": "y", "data": ASKED})
    assert told == {"errorMessage": "the cropId,cropAccessToken or authorization is error", "errorCode": 20016}


@pytest.mark.parametrize("code", ["20012", "30027"])
def test_a_departed_employee_may_not_act(code: str) -> None:
    sim = made(stopped_user=code)
    sim.backdoor.stop_user("1001")
    assert FxClient(sim, user=sim.people.get("1001")).refused(QUERY, data=ASKED)[0] == int(code)


def test_who_acts_in_style_b_is_a_switch() -> None:
    sim = made()
    headers, _ = sim.signed(style="B")
    assert post(sim, QUERY, {"data": ASKED}, **{**headers, "x-fs-userid": "9999"})["errorCode"] == 20012
    assert post(sim, QUERY, {"data": ASKED}, **{**headers, "x-fs-userid": ""})["errorCode"] == 10010
    for name in ("unknown_user_b", "missing_user_b"):
        sim.switches.set(name, "admin")
    for user in ("9999", ""):
        assert post(sim, QUERY, {"data": ASKED}, **{**headers, "x-fs-userid": user})["errorCode"] == 0


def test_the_trace_id_may_be_enforced() -> None:
    sim = made(third_trace_id="required")
    headers, _ = sim.signed(style="B")
    assert post(sim, QUERY, {"data": ASKED}, **headers)["errorCode"] == 10006
    assert FxClient(sim, style="B").call(QUERY, data=ASKED)["errorCode"] == 0


@pytest.mark.parametrize(("rule", "owner"), [("body", "FSUID"), ("headers", "1000"), ("error", "")])
def test_both_styles_in_one_call_are_a_switch(rule: str, owner: str) -> None:
    sim = made(mixed_styles=rule)
    FxClient(sim).lead()
    headers, _ = sim.signed(style="B")
    _, body = sim.signed(style="A")
    told = post(sim, QUERY, {**body, "data": ASKED}, **headers)
    assert told["errorCode"] == (0 if owner else 20016)
    assert not owner or told["data"]["dataList"][0]["owner"][0].startswith(owner)


def test_a_second_token_call_at_once_may_be_refused() -> None:
    sim = made()
    sim.switches.set("concurrent_token_calls", "refuse")
    with sim.tokens:
        assert post(sim, A, secrets(sim))["errorCode"] == 14001
    assert post(sim, A, secrets(sim))["errorCode"] == 0
    assert sim.tokens.most_at_once == 2


def test_get_by_mobile_of_style_b_is_a_switch() -> None:
    sim = made()
    client = FxClient(sim, style="B")
    assert client.ok("/cgi/user/getByMobile", mobile=sim.admin.mobile)["empList"][0]["openUserId"] == "1000"
    sim.switches.set("get_by_mobile_b", "refuse")
    assert client.refused("/cgi/user/getByMobile", mobile=sim.admin.mobile)[0] == 15003


def test_what_is_no_post_of_json_to_a_known_path_is_refused() -> None:
    sim = made()
    unknown = (10006, "uri not exists")
    for request in (Request.of("GET", QUERY), Request.of("POST", "/cgi/crm/v2/nothing", json_body={})):
        told = sim.handle(request).json()
        assert (told["errorCode"], told["errorMessage"]) == unknown
    assert sim.handle(Request.of("POST", QUERY)).json()["errorCode"] == 12004
    assert sim.handle(Request.of("POST", QUERY, body=b"[1")).json()["errorCode"] == 15002


def test_an_address_or_an_app_may_be_refused() -> None:
    sim = made(ip_refused_code=20023, app_disabled_code=20022)
    client = FxClient(sim)
    for switch_off, code in ((sim.backdoor.refuse_ip, 20023), (sim.backdoor.disable_app, 20022)):
        switch_off()
        assert client.refused(QUERY, data=ASKED)[0] == code
        assert post(sim, A, secrets(sim))["errorCode"] == code
        switch_off(on=False)
        assert client.ok(QUERY, data=ASKED)
