"""The control API and the state dump."""

from __future__ import annotations

from typing import Any

import pytest

from crmbridge_sim.wire import Request
from crmbridge_sim.zoho import ZohoSimulator, state
from crmbridge_sim.zoho.switches import Switches, UnknownSwitch


def look(sim: ZohoSimulator, name: str) -> Any:
    answer = sim.handle(Request.of("GET", f"/__sim__/{name}"))
    assert answer.status == 200, answer.body
    return answer.json()


def act(sim: ZohoSimulator, action: str, /, *, status: int = 200, **arguments: object) -> Any:
    answer = sim.handle(Request.of("POST", f"/__sim__/{action}", json_body=arguments))
    assert answer.status == status, answer.body
    return answer.json().get("result" if status == 200 else "error")


def test_the_dump_is_what_single_reads_show() -> None:
    sim = ZohoSimulator(deals=30)
    content = look(sim, "state")
    deal = next(iter(content["modules"]["Deals"]))
    headers = {"Authorization": f"Zoho-oauthtoken {sim.token()}"}
    read = sim.handle(Request.of("GET", f"/crm/v8/Deals/{deal}", headers=headers)).json()["data"][0]
    assert content["modules"]["Deals"][deal] == read
    assert len(content["modules"]["Deals"]) == 30
    history = content["stage_history"][deal]
    assert history[-1]["Stage"] == read["Stage"]
    assert history[-1]["Moved_To__s"] is None
    assert content["org_id"] == str(sim.org.id)


def test_the_dump_of_some_modules_and_pages_of_records() -> None:
    sim = ZohoSimulator(deals=30)
    assert set(look(sim, "state?modules=Leads")["modules"]) == {"Leads"}
    first = look(sim, "records?module=Deals&limit=10")
    second = look(sim, f"records?module=Deals&limit=100&after={first[-1]['id']}")
    assert len(first) == 10
    assert len(second) == 20


def test_records_change_behind_the_back(sim: ZohoSimulator) -> None:
    lead = act(sim, "create", module="Leads", record={"Last_Name": "A", "Company": "B"})
    act(sim, "edit", module="Leads", record_id=lead, changes={"City": "X"})
    act(sim, "tag", module="Leads", record_id=lead, names=["VIP"])
    made = act(
        sim,
        "convert",
        lead=lead,
        deal={
            "Deal_Name": "D",
            "Stage": "Qualification",
            "Pipeline": "Standard (Standard)",
            "Closing_Date": "2026-09-01",
        },
    )
    assert made["Deals"]["name"] == "D"
    act(sim, "delete", module="Deals", record_id=made["Deals"]["id"])
    content = look(sim, "state")
    assert content["modules"]["Leads"][lead]["Converted__s"] is True
    assert content["deleted"]["Deals"] == {made["Deals"]["id"]: "recycle"}
    act(sim, "restore", record_id=made["Deals"]["id"])
    assert look(sim, "state")["deleted"]["Deals"] == {}
    assert sim.trigger_runs == []


def test_clock_switches_faults_and_latency(sim: ZohoSimulator) -> None:
    before = look(sim, "clock")["now"]
    act(sim, "clock/advance", seconds=60)
    assert look(sim, "clock")["now"] == before + 60
    act(sim, "switch", name="token_walk", value="offset")
    assert sim.switches.text("token_walk") == "offset"
    act(sim, "fault", kind="throttle", module="Leads", times=2, retry_after=5)
    assert look(sim, "faults")[0]["options"] == {"retry_after": 5}
    act(sim, "faults/clear")
    assert look(sim, "faults") == []
    act(sim, "latency", seconds=0.25)
    assert sim.latency_s == 0.25


def test_looks(sim: ZohoSimulator) -> None:
    assert look(sim, "credentials") == sim.credentials
    assert look(sim, "limits")["credits_limit"] == 75_000
    assert look(sim, "counts")["Leads"] == 0
    assert look(sim, "calls")["calls"] == 0
    assert look(sim, "calls/rows") == []
    assert look(sim, "triggers") == []
    assert {row["name"] for row in look(sim, "switches")} == set(sim.switches.known)
    assert "edit_some" in look(sim, "")["POST"]


def test_mistakes_say_what_is_wrong(sim: ZohoSimulator) -> None:
    assert "did you mean convert" in act(sim, "convrt", status=400)
    assert "did you mean token_walk" in act(sim, "switch", status=400, name="token_wolk", value="x")
    assert act(sim, "create", status=400, module="Leads", record={}) == "MANDATORY_NOT_FOUND"
    assert "keyset, offset, snapshot" in act(sim, "switch", status=400, name="token_walk", value="x")
    assert sim.handle(Request.of("GET", "/__sim__/nothing")).status == 404


def test_every_switch_has_a_source_and_a_sentence() -> None:
    for row in Switches().listing():
        assert row["source"], row["name"]
        assert str(row["sentence"]).endswith("."), row["name"]
    with pytest.raises(UnknownSwitch, match="on or off"):
        Switches({"restore_moves_modified": "maybe"})
    with pytest.raises(UnknownSwitch, match="whole number"):
        Switches({"deleted_limit": "many"})
    assert Switches({"restore_moves_modified": "on"}).flag("restore_moves_modified") is True


def test_mass_transfer_may_leave_the_modified_time() -> None:
    sim = ZohoSimulator(deals=30)
    owners = [user.email for user in sim.people if user.status == "active"][1:3]
    sim.clock.advance(10)
    owned = [row for row in state.records(sim, "Deals") if row["Owner"]["email"] == owners[0]]
    moved = act(sim, "transfer", module="Deals", old_email=owners[0], new_email=owners[1], move=False)
    row = state.dump(sim, ["Deals"])["modules"]["Deals"]
    assert moved == len(owned)
    assert all(row[one["id"]]["Modified_Time"] == one["Modified_Time"] for one in owned)
    assert all(one["Owner"]["email"] != owners[0] for one in row.values())
