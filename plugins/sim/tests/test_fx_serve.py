"""The server on loopback, the command line and the control API of the Fxiaoke simulator."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import pytest
from plugins.sim.tests.fx_client import PRESET, FxClient

from crmbridge_sim.__main__ import main
from crmbridge_sim.fxiaoke import FxiaokeSimulator
from crmbridge_sim.fxiaoke.serving import serve
from crmbridge_sim.serve import Servers
from crmbridge_sim.wire import Request

PARTS = "api_url control_url app_id app_secret permanent_code mobile user_id corp_id ea open_user_id aes_key"


@pytest.fixture(scope="module")
def sim() -> FxiaokeSimulator:
    return FxiaokeSimulator(deals=6)


@pytest.fixture(scope="module")
def served(sim: FxiaokeSimulator) -> Iterator[dict[str, str]]:
    with Servers() as servers:
        yield serve(sim, servers)


def ask(url: str, path: str, body: object = None, *, method: str = "POST") -> tuple[int, dict[str, Any]]:
    with closing(HTTPConnection(urlsplit(url).netloc, timeout=10)) as connection:
        connection.request(method, path, body=None if body is None else json.dumps(body).encode())
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())


def control(sim: FxiaokeSimulator, method: str, name: str, body: object = None) -> Any:
    return sim.handle(Request.of(method, f"/__sim__/{name}", json_body=body)).json()


def test_a_connection_needs_nothing_but_what_is_announced(served: dict[str, str]) -> None:
    assert set(served) == set(PARTS.split())
    secrets = {"appId": served["app_id"], "appSecret": served["app_secret"], "permanentCode": served["permanent_code"]}
    _, token = ask(served["api_url"], "/cgi/corpAccessToken/get/V2", secrets)
    assert token["corpId"] == served["corp_id"]
    auth = {"corpAccessToken": token["corpAccessToken"], "corpId": token["corpId"]}
    _, found = ask(served["api_url"], "/cgi/user/getByMobile", {**auth, "mobile": served["mobile"]})
    assert found["empList"][0]["openUserId"] == served["open_user_id"]
    body = {**auth, "currentOpenUserId": served["open_user_id"], "data": FxClient.asked("LeadsObj")}
    assert ask(served["api_url"], f"{PRESET}/query", body)[1]["errorCode"] == 0


def test_the_control_api_is_on_its_own_port(served: dict[str, str]) -> None:
    status, told = ask(served["api_url"], "/__sim__/state", method="GET")
    assert (status, told["errorMessage"]) == (200, "uri not exists")
    assert ask(served["control_url"], "/__sim__/state", method="GET")[1]["ea"] == served["ea"]


def test_many_callers_at_once_are_counted_exactly() -> None:
    sim = FxiaokeSimulator(deals=0, switches={"rate_calls": 50, "daily_quota": 60})
    headers, _ = sim.signed(style="B")

    def create(url: str) -> list[int]:
        codes = []
        with closing(HTTPConnection(urlsplit(url).netloc, timeout=10)) as connection:
            for _ in range(10):
                sent = {"dataObjectApiName": "LeadsObj", "name": "王", "owner": ["1000"]}
                body = json.dumps({"data": {"object_data": sent}}).encode()
                connection.request("POST", f"{PRESET}/create", body=body, headers=headers)
                codes.append(json.loads(connection.getresponse().read())["errorCode"])
        return codes

    with Servers() as servers, ThreadPoolExecutor(8) as pool:
        url = serve(sim, servers)["api_url"]
        codes = Counter(code for found in pool.map(create, [url] * 8) for code in found)
    assert codes == {0: 50, 14001: 10, 30002: 20}
    assert sim.store.count("LeadsObj") == 50


def test_looks(sim: FxiaokeSimulator) -> None:
    told = control(sim, "GET", "")
    for name in told["GET"]:
        suffix = "?module=LeadsObj" if name == "records" else ""
        assert "error" not in (control(sim, "GET", name + suffix) or {}), name
    assert control(sim, "GET", "counts")["NewOpportunityObj"] == 6
    records = control(sim, "GET", "records?module=NewOpportunityObj&limit=2")
    more = control(sim, "GET", f"records?module=NewOpportunityObj&after={records[1]['_id']}")
    assert len(more) == 4
    state = control(sim, "GET", "state?modules=NewOpportunityObj&style=A")
    assert set(state["objects"]) == {"NewOpportunityObj"}
    row = next(iter(state["objects"]["NewOpportunityObj"].values()))
    assert row["owner"][0].startswith("FSUID_")
    assert sim.handle(Request.of("GET", "/__sim__/nothing")).status == 404


def test_actions() -> None:
    sim = FxiaokeSimulator(deals=6)
    before = sim.clock.now()
    control(sim, "POST", "clock/advance", {"seconds": 5})
    assert sim.clock.now() == before + 5
    lead = control(sim, "POST", "create", {"module": "LeadsObj", "record": {"name": "控制"}})["result"]
    control(sim, "POST", "edit", {"module": "LeadsObj", "record_id": lead, "changes": {"remark": "x"}})
    control(sim, "POST", "switch", {"name": "over_limit", "value": "error"})
    assert sim.switches.text("over_limit") == "error"
    control(sim, "POST", "fault", {"kind": "busy", "path": "query", "times": 1, "seconds": 3})
    assert control(sim, "GET", "faults")[0]["options"] == {"seconds": 3}
    control(sim, "DELETE", "faults")
    assert control(sim, "GET", "faults") == []
    old = sim.credentials["app_secret"]
    assert control(sim, "POST", "reset_secret", {})["result"] == sim.credentials["app_secret"] != old
    control(sim, "POST", "exhaust_quota", {})
    assert FxClient(sim).refused(f"{PRESET}/query", data=FxClient.asked("LeadsObj"))[0] == 30002
    control(sim, "POST", "reset_quota", {})
    control(sim, "POST", "calls/reset", {})
    assert len(sim.calls) == 0


@pytest.mark.parametrize(
    ("name", "body", "words"),
    [
        ("edit_sume", {}, "did you mean edit_some"),
        ("switch", {"name": "over_limt", "value": "x"}, "did you mean over_limit"),
        ("edit", {"module": "LeadsObj", "record_id": "no", "changes": {}}, "数据不存在"),
        ("stage", {"deal": "no", "stage": "won"}, "no opportunity no"),
        ("fault", {"kind": "nothing"}, "unknown fault"),
        ("edit", [], "JSON object"),
        ("edit", {}, "missing"),
    ],
)
def test_mistakes_in_control_calls(sim: FxiaokeSimulator, name: str, body: object, words: str) -> None:
    answer = sim.handle(Request.of("POST", f"/__sim__/{name}", json_body=body))
    assert answer.status == 400
    assert words in answer.body.decode()


def test_the_process_prints_one_line_and_ends_with_its_stdin() -> None:
    command = [sys.executable, "-m", "crmbridge_sim", "serve", "fxiaoke", "--deals", "3", "--now", "2026-05-01T12:00"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        assert set(told) == set(PARTS.split())
        now = ask(told["control_url"], "/__sim__/clock", method="GET")[1]["now"]
        assert 0 <= now - 1_777_608_000 < 60  # noon in Shanghai
        process.stdin.close()
        assert process.wait(timeout=10) == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--switch", "over_limt=error"], "did you mean over_limit"),
        (["--switch", "over_limit=some"], "is one of clamp, error, allow"),
        (["--switch", "rate_calls=many"], "is a whole number"),
        (["--switch", "no_quota=maybe"], "is on or off"),
        (["--switch", "over_limit"], "crmbridge-sim switches fxiaoke"),
        (["--currencies", "XXX"], "no exchange rate for XXX"),
    ],
)
def test_mistakes_on_the_command_line(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["serve", "fxiaoke", *arguments])
    assert ended.value.code == 2
    assert words in capsys.readouterr().err


def test_the_switches_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["switches", "fxiaoke"]) == 0
    assert "throttle_code = 14001" in capsys.readouterr().out
