"""People behind the client's back, the control API, the command and a third-party client of the Jira simulator."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from plugins.sim.tests.jira_client import QUIET, JiraClient

from crmbridge_sim.__main__ import main
from crmbridge_sim.jira import JiraSimulator
from crmbridge_sim.jira.serving import serve
from crmbridge_sim.jira.switches import Switches
from crmbridge_sim.serve import Servers
from crmbridge_sim.wire import Request

TOUR = Path(__file__).with_name("jira_tour.py")
SOURCE = Path(__file__).parents[1] / "src" / "crmbridge_sim" / "jira"


@pytest.fixture
def client() -> JiraClient:
    return JiraClient(JiraSimulator(deals=0, switches=QUIET))


def control(sim: JiraSimulator, method: str, name: str, body: object = None) -> Any:
    return sim.handle(Request.of(method, f"/__sim__/{name}", json_body=body)).json()


def test_the_world_is_the_site() -> None:
    client = JiraClient(JiraSimulator(deals=60, switches=QUIET))
    told = client.sim.state()
    assert len(told["issues"]) == 20
    assert {one["category"] for one in told["issues"]} == {"new", "done"}
    assert told["issues"][0]["properties"]["world"]["key"].startswith("task-")
    assert len(client.found("project in (SALE, OPS)")) == 20
    assert JiraSimulator(deals=60).state() == told


def test_a_clone_copies_the_labels(client: JiraClient) -> None:
    made = client.create(labels=["crm-t-1"])
    client.ok("PUT", f"/issue/{made}/properties/crm.task", 1, status=201)
    copied = client.sim.backdoor.copy(made)
    assert client.found("labels = crm-t-1 ORDER BY id") == [made, copied]
    assert client.ok("GET", f"/issue/{copied}/properties")["keys"] == []
    client.sim.switches.set("clone_copies_properties", True)
    assert len(client.ok("GET", f"/issue/{client.sim.backdoor.copy(made)}/properties")["keys"]) == 1


def test_a_moved_issue_is_found_by_its_old_key(client: JiraClient) -> None:
    made = client.create()
    assert client.sim.backdoor.move(made, "OPS") == "OPS-1"
    told = client.issue("SALE-1")
    assert (told["id"], told["key"], told["fields"]["project"]["key"]) == (made, "OPS-1", "OPS")
    assert told["fields"]["status"]["name"] == "待办"
    assert client.found("project = SALE") == []


def test_people_edit_comment_and_delete(client: JiraClient) -> None:
    door, made = client.sim.backdoor, client.create()
    who = list(client.sim.people.values())[4]
    client.sim.clock.advance(60)
    door.edit(made, {"summary": "theirs", "description": "plain"}, user=who.display_name)
    door.labels(made, add=["x"])
    door.assign(made, who.email)
    said = door.comment(made, "hello", user=who.account_id)
    door.edit_comment(made, said, "hello again")
    told = client.issue(made)["fields"]
    assert (told["summary"], told["labels"], told["assignee"]["accountId"]) == ("theirs", ["x"], who.account_id)
    assert told["comment"]["comments"][0]["author"]["accountId"] == who.account_id
    door.delete_comment(made, said)
    door.delete(made)
    assert client.send("GET", f"/issue/{made}").status == 404


@pytest.mark.parametrize(("setting", "moves"), [("all", [1, 1, 1]), ("add", [1, 0, 0]), ("none", [0, 0, 0])])
def test_whether_comments_move_updated_is_a_switch(client: JiraClient, setting: str, moves: list[int]) -> None:
    client.sim.switches.set("comment_moves_updated", setting)
    made, door, seen = client.create(), client.sim.backdoor, []
    said = ""
    for step in range(3):
        before = client.sim.store.issues[int(made)].updated
        client.sim.clock.advance(60)
        if step == 0:
            said = door.comment(made, "a")
        elif step == 1:
            door.edit_comment(made, said, "b")
        else:
            door.delete_comment(made, said)
        seen.append(int(client.sim.store.issues[int(made)].updated > before))
    assert seen == moves


def test_control(client: JiraClient) -> None:
    sim = client.sim
    told = control(sim, "GET", "")
    assert {"state", "events", "limits"} <= set(told["GET"])
    assert "drop_after_commit" in told["fault kinds"]
    made = control(sim, "POST", "create", {"summary": "x"})["result"]
    assert control(sim, "GET", f"issue?id={made}")["values"]["summary"] == "x"
    assert "no issue 1" in control(sim, "POST", "delete", {"issue": "1"})["error"]
    assert control(sim, "POST", "edit", {"issue": made, "fields": {"labels": ["a b"]}})["error"] == 400
    control(sim, "POST", "fault", {"kind": "conflict"})
    assert client.send("GET", "/myself").status == 409


def test_every_switch_is_looked_at_somewhere_and_has_its_source() -> None:
    text = "".join(file.read_text(encoding="utf-8") for file in SOURCE.rglob("*.py") if file.name != "switches.py")
    assert [name for name in Switches().known if f'"{name}"' not in text] == []
    assert all(one.source and one.sentence.endswith(".") for one in Switches().known.values())


def test_the_command_says_what_it_does_not_understand(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["switches", "jira"]) == 0
    assert "index_lag_s = 2" in capsys.readouterr().out
    with pytest.raises(SystemExit) as ended:
        main(["serve", "jira", "--switch", "index_lag=1"])
    assert ended.value.code == 2
    assert "index_lag_s" in capsys.readouterr().err


def test_the_command_serves_until_its_stdin_closes() -> None:
    line = [sys.executable, "-m", "crmbridge_sim", "serve", "jira", "--deals", "3"]
    with subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        told = json.loads(child.stdout.readline())
        child.communicate(timeout=30)
    assert child.returncode == 0
    assert {"api_url", "control_url", "gateway_url", "email", "token", "client_id", "refresh_token"} <= set(told)


@pytest.mark.parametrize("deployment", ["cloud", "data_center"])
def test_the_client_jira_of_other_people_works(tmp_path: Path, deployment: str) -> None:
    sim = JiraSimulator(deals=0, switches={**QUIET, "deployment": deployment})
    with Servers() as servers:
        given = json.dumps({**serve(sim, servers), "deployment": deployment})
        outer = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        done = subprocess.run(
            [sys.executable, str(TOUR), given],
            cwd=tmp_path, env={**outer, "HOME": str(tmp_path)}, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout)
    assert told == {
        "me": "CRM Sync", "projects": ["OPS", "SALE"], "summary": "edited", "description": "Deal D-88",
        "found": told["key"] and [told["key"]], "status": "Done", "comments": ["hello"], "property": {"id": "t1"},
        "label": ["crm-sync"], "link": "Deal", "gone": 404, "key": "SALE-1", "refused": told["refused"], "all": 3,
    }  # fmt: skip
    assert "contains spaces" in told["refused"]
    assert len(sim.store.issues) == 2
