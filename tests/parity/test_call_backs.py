"""A customer is called back in both CRMs over loopback HTTP; what the rep writes into the task is logged there."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from crmbridge.app import follow_up
from crmbridge_sim.zoho import ZohoSimulator
from crmbridge_sim.zoho.backdoor import Backdoor as ZohoPeople

from .following import KEY, Followed, following

SAID = "Called Ms Chen\nFeedback: all well, CSAT 4\nNext step: send the manual"
TEXT = {"zoho": "Description", "fxiaoke": "active_record_content"}
LOGS = {"zoho": "Calls", "fxiaoke": "ActiveRecordObj"}


@pytest.fixture(params=["zoho", pytest.param("fxiaoke", marks=pytest.mark.wide)])
def crm(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Followed]:
    monkeypatch.setattr(follow_up, "SERVICES", {"satisfaction": follow_up.SERVICES["satisfaction"]})
    with following(tmp_path, request.param, deals=30) as found:
        (found.system.workspace / "satisfaction.toml").write_text(
            "[call_backs]\ncatch_up_days = 90\n", encoding="utf-8"
        )
        if isinstance(found.simulator, ZohoSimulator):
            found.simulator.administration.add_field("Calls", KEY["zoho"])
            mapping = found.system.workspace / "mapping" / "crm.toml"
            text = mapping.read_text("utf-8").replace("account = false\n", "").replace("content = false\n", "")
            mapping.write_text(text, encoding="utf-8")
            found.close()
        yield found


def run(crm: Followed) -> list[dict[str, object]]:
    told = crm.bridge.follow_up()
    rows = [dict(row) for row in told.rows if row["state"] != "nothing"]
    for row in rows:
        if row["state"] == "waiting":
            crm.bridge.apply(str(row["plan"]))
    return rows


def finish(crm: Followed, key: str) -> None:
    """The rep writes what came of the call into its task, and completes it."""
    people = crm.simulator.backdoor
    vendor_id, task = crm.made()[key]
    if isinstance(people, ZohoPeople):
        people.edit("Tasks", vendor_id, {"Status": "Completed", "Description": f"{task.get('Description')}\n{SAID}"})
    else:
        done = {"status": "2", "finished_time": int(crm.simulator.clock.now() * 1000)}
        people.edit("TaskObj", vendor_id, {**done, "description": f"{task.get('description')}\n{SAID}"})


def logged(crm: Followed) -> list[dict[str, Any]]:
    return [one for one in crm.rows(LOGS[crm.name]).values() if "all well, CSAT 4" in str(one)]


def test_the_result_of_a_call_is_logged_once(crm: Followed) -> None:
    assert run(crm)
    crm.sync()
    key = min(crm.made())
    finish(crm, key)
    crm.wait(1)
    crm.sync()
    (row,) = run(crm)
    assert (row["written"], row["refused"]) == (1, 0)
    (log,) = logged(crm)
    assert SAID in str(log[TEXT[crm.name]]), "all of it, where the parts have no field of their own"
    crm.sync()
    assert run(crm) == [], "a second run logs nothing"
    assert len(logged(crm)) == 1
    told = crm.bridge.satisfaction()
    assert [row["n"] for row in told.rows if row["section"] == "csat"] == [1], "the task and the call are one answer"
    assert [row["state"] for row in told.rows if row.get("key") == key] == ["done"]
