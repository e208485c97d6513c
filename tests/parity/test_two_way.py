"""Zoho and Fxiaoke kept in step over loopback HTTP: filled from each other, edited on both sides, and quiet again."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from crmbridge.app import access
from crmbridge.app.bridge import Bridge
from crmbridge.app.demo.systems import PRESENT, mapping_of
from crmbridge.ledger import connections, shared
from crmbridge_sim.clock import VirtualClock
from crmbridge_sim.fxiaoke import FxiaokeSimulator
from crmbridge_sim.fxiaoke import serving as fxiaoke
from crmbridge_sim.serve import Servers
from crmbridge_sim.zoho import ZohoSimulator
from crmbridge_sim.zoho import serving as zoho

from .worlds import SWITCHES, UNHURRIED

KEY = "Our_Key"
KEYS = {
    "zoho": '\n[objects.Users]\nkeys = ["email"]\n[objects.Accounts]\nkeys = ["name"]\n',
    "fxiaoke": '\n[objects.users]\nkeys = ["email"]\n[objects.AccountObj]\nkeys = ["name"]\n',
}
"""People are the same by their address, companies by their name: the seeded world has no register."""
CONFIG = """\
[workspace]
name = "Fjordtech"
currency = "EUR"
timezone = "Asia/Shanghai"

[connections.zoho]
adapter = "zoho"
credentials = "env:ZOHO_LOGIN"
simulator = true
modules = ["Accounts", "Users"]
external_id_field = "{key}"
accounts_url = "{zoho[accounts_url]}"
api_url = "{zoho[api_url]}"

[connections.fxiaoke]
adapter = "fxiaoke"
credentials = "env:FXIAOKE_LOGIN"
simulator = true
objects = ["AccountObj", "users", "departments"]
external_id_field = "external_key__c"
api_url = "{fxiaoke[api_url]}"
{unhurried}
[pairs.main]
left = "zoho"
right = "fxiaoke"
kinds = ["account"]

[pairs.main.fields]
name = "left"
"""


@dataclass
class Both:
    """The workspace and both simulators."""

    folder: Path
    zoho: ZohoSimulator
    fxiaoke: FxiaokeSimulator
    environ: dict[str, str]

    def open(self) -> Bridge:
        return Bridge.open(self.folder, environ=self.environ)

    def sync(self) -> tuple[int, list[str]]:
        for simulator in (self.zoho, self.fxiaoke):
            simulator.clock.advance(60)
        with self.open() as bridge:
            report = bridge.sync()
            return report.exit_code, [str(note.params) + note.template for note in report.listing.warnings]

    def at_zoho(self, name: str) -> dict[str, Any]:
        rows = self.zoho.state(["Accounts"])["modules"]["Accounts"].values()
        (found,) = [row for row in rows if row["Account_Name"] == name]
        return dict(found)

    def at_fxiaoke(self, name: str) -> dict[str, Any]:
        rows = self.fxiaoke.state()["objects"]["AccountObj"].values()
        (found,) = [row for row in rows if row["name"] == name]
        return dict(found)


@pytest.fixture
def both(tmp_path: Path) -> Iterator[Both]:
    with Servers() as servers:
        at_zoho = ZohoSimulator(seed=3, deals=40, clock=VirtualClock(PRESENT.timestamp()))
        at_fxiaoke = FxiaokeSimulator(seed=3, deals=40, clock=VirtualClock(PRESENT.timestamp()), switches=SWITCHES)
        at_zoho.administration.add_field("Accounts", KEY, data_type="text", length=255, unique=True)
        told = {"zoho": zoho.serve(at_zoho, servers), "fxiaoke": fxiaoke.serve(at_fxiaoke, servers)}
        (tmp_path / "mapping").mkdir()
        for name in told:
            (tmp_path / "mapping" / f"{name}.toml").write_text(mapping_of(name) + KEYS[name], "utf-8")
        (tmp_path / "crmbridge.toml").write_text(CONFIG.format(key=KEY, unhurried=UNHURRIED, **told), "utf-8")
        secrets = {
            "zoho": ("client_id", "client_secret", "refresh_token"),
            "fxiaoke": ("app_id", "app_secret", "permanent_code", "mobile"),
        }
        environ = {
            f"{name.upper()}_LOGIN": json.dumps({key: told[name][key] for key in keys})
            for name, keys in secrets.items()
        }
        yield Both(tmp_path, at_zoho, at_fxiaoke, environ)


def granted(both: Both) -> None:
    with both.open() as bridge:
        with bridge.wiring.ledger.begin() as tx:
            for row in connections.listing(tx):
                text = access.granted_text(["read", "tasks", "fields"], [])
                shared.put(tx, row.id, access.GRANTED, text, now_us=1)
        for name in ("zoho", "fxiaoke"):
            bridge.grant(name, "two-way")


def test_two_crms_are_filled_from_each_other_and_stay_in_step(both: Both) -> None:
    assert both.sync()[0] in {0, 1}
    granted(both)
    assert both.sync() == (0, []), "one world in both: nothing to write, and no question"
    owner = both.at_zoho("Granite Labs 0 AB")["Owner"]
    both.zoho.backdoor.create(
        "Accounts", {"Account_Name": "From Zoho", "Website": "https://zoho.example", "Owner": owner}
    )
    code, told = both.sync()
    assert code == 3, told
    with both.open() as bridge:
        name = str(bridge.plans().rows[0]["plan"])
        assert bridge.apply(name).exit_code == 0
    made = both.at_fxiaoke("From Zoho")
    assert made["url"] == "https://zoho.example"
    new = {"name": "From Fxiaoke", "owner": made["owner"], "url": "https://fxiaoke.example"}
    both.fxiaoke.backdoor.create("AccountObj", new)
    both.fxiaoke.backdoor.edit("AccountObj", made["_id"], {"url": "https://edited.example"})
    code, told = both.sync()
    assert code == 0, told
    assert both.at_zoho("From Fxiaoke")["Website"] == "https://fxiaoke.example"
    record = both.at_zoho("From Zoho")
    assert record["Website"] == "https://edited.example"
    both.zoho.backdoor.edit("Accounts", record["id"], {"Account_Name": "Left", "Website": "https://left.example"})
    both.fxiaoke.backdoor.edit("AccountObj", made["_id"], {"name": "Right", "url": "https://right.example"})
    code, told = both.sync()
    assert code == 0, told
    assert both.at_fxiaoke("Left")["_id"] == made["_id"], "the pair says that the left one wins"
    with both.open() as bridge:
        lost = [(row["field"], row["loser"], row["lost"]) for row in bridge.conflicts().rows]
        assert lost == [("name", "fxiaoke", "Right")], "every loser is in the log"
        (asked,) = bridge.review().rows
        values = (asked["field"], asked["base"], asked["left"], asked["right"])
        assert values == ("website", "https://edited.example", "https://left.example", "https://right.example")
        bridge.answer(int(str(asked["id"])), take="right")
    assert both.sync()[0] == 0
    assert both.at_zoho("Left")["Website"] == both.at_fxiaoke("Left")["url"] == "https://right.example"
    before = (both.zoho.state(["Accounts"])["modules"], both.fxiaoke.state()["objects"]["AccountObj"])
    assert both.sync() == (0, [])
    assert (both.zoho.state(["Accounts"])["modules"], both.fxiaoke.state()["objects"]["AccountObj"]) == before
