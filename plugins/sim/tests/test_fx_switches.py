"""Every switch is declared with its source, looked at by the code, and set by a test."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from plugins.sim.tests.fx_client import PRESET, FxClient

import crmbridge_sim.fxiaoke as package
from crmbridge_sim.fxiaoke import FxiaokeSimulator
from crmbridge_sim.fxiaoke.mishaps import KINDS
from crmbridge_sim.fxiaoke.switches import Setting, Switches

SOURCE = "".join(
    file.read_text(encoding="utf-8")
    for file in Path(str(package.__file__)).parent.rglob("*.py")
    if file.name != "switches.py"
)
TESTS = "".join(file.read_text(encoding="utf-8") for file in Path(__file__).parent.glob("test_fx_*.py"))
KNOWN = Switches().known
PAIRS = [(name, setting) for name, switch in KNOWN.items() for setting in switch.settings]


def test_every_switch_has_its_source_and_a_sentence() -> None:
    assert all(re.match(r"\d+", switch.source) and switch.sentence.endswith(".") for switch in KNOWN.values())


def test_every_switch_is_looked_at() -> None:
    built = {f"{what}_moves_modified" for what in ("owner", "invalid", "recover", "lock", "team")}
    assert [name for name in KNOWN if f'"{name}"' not in SOURCE and name not in built] == []


def test_every_switch_is_set_by_a_test() -> None:
    built = {f"{what}_moves_modified" for what in ("owner", "invalid", "recover", "lock", "team")}
    assert [name for name in KNOWN if f"{name}=" not in TESTS and f'"{name}"' not in TESTS and name not in built] == []


def test_every_fault_is_carried_out_and_tested() -> None:
    assert [kind for kind in KINDS if f'"{kind}"' not in SOURCE or f'"{kind}"' not in TESTS] == []


@pytest.mark.parametrize(("name", "setting"), PAIRS)
def test_ordinary_work_goes_through_under_every_setting(name: str, setting: Setting) -> None:
    """One client, one record of a life; only what a switch says may be refused."""
    sim = FxiaokeSimulator(deals=3, switches={name: setting})
    client = FxClient(sim, style="B")
    if name == "no_quota" and setting:
        assert client.refused(f"{PRESET}/query", data=client.asked("LeadsObj"))[0] == 30003
        return
    lead = client.lead(company="甲", external_key__c="k-1")
    assert client.update("LeadsObj", lead, remark="x")["errorCode"] == 0
    assert client.get("LeadsObj", lead)["remark"] == "x"
    deals = sim.opportunities
    seen = {row["_id"] for row in client.rows(deals, orders=["last_modified_time", "_id"], limit=100)}
    assert seen == set(sim.state([deals])["objects"][deals])
    assert [row["_id"] for row in client.rows("LeadsObj", ("external_key__c", "EQ", ["k-1"]))] == [lead]
    client.ok(f"{PRESET}/invalid", data={"dataObjectApiName": "LeadsObj", "object_data_id": lead})
    client.ok(f"{PRESET}/delete", data={"dataObjectApiName": "LeadsObj", "idList": [lead]})
    assert client.rows("LeadsObj", ("external_key__c", "EQ", ["k-1"]), ("life_status", "ISN", [])) == []
