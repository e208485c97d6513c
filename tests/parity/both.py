"""A workspace on Zoho and Fxiaoke that keeps both in step, over loopback HTTP."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crmbridge.app import access
from crmbridge.app.bridge import Bridge
from crmbridge.app.demo.systems import PRESENT, mapping_of
from crmbridge.ledger import connections, shared
from crmbridge_sim.clock import Clock, VirtualClock
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


Way = Callable[[str, str], str]
"""From the name of a connection and the address of its simulator to the address that the workspace is told."""


@contextmanager
def serving(
    folder: Path,
    *,
    deals: int = 40,
    clock: Callable[[], Clock] = lambda: VirtualClock(PRESENT.timestamp()),
    way: Way = lambda _, url: url,
    rules: str = "",
    unread: Sequence[str] = (),
) -> Iterator[Both]:
    """One seeded world in both simulators, and a workspace that has not read them yet.

    `rules` are more of fields, `unread` modules of Zoho that no run reads.
    """
    with Servers() as servers:
        at_zoho = ZohoSimulator(seed=3, deals=deals, clock=clock())
        at_fxiaoke = FxiaokeSimulator(seed=3, deals=deals, clock=clock(), switches=SWITCHES)
        at_zoho.administration.add_field("Accounts", KEY, data_type="text", length=255, unique=True)
        told = {"zoho": zoho.serve(at_zoho, servers), "fxiaoke": fxiaoke.serve(at_fxiaoke, servers)}
        for name, one in told.items():
            one |= {key: way(name, url) for key, url in one.items() if key in {"accounts_url", "api_url"}}
        at_zoho.accounts_url, at_zoho.api_url = told["zoho"]["accounts_url"], told["zoho"]["api_url"]
        (folder / "mapping").mkdir()
        for name in told:
            text = _without(mapping_of(name), unread if name == "zoho" else ())
            (folder / "mapping" / f"{name}.toml").write_text(text + KEYS[name], "utf-8")
        (folder / "crmbridge.toml").write_text(CONFIG.format(key=KEY, unhurried=UNHURRIED, **told) + rules, "utf-8")
        secrets = {
            "zoho": ("client_id", "client_secret", "refresh_token"),
            "fxiaoke": ("app_id", "app_secret", "permanent_code", "mobile"),
        }
        environ = {
            f"{name.upper()}_LOGIN": json.dumps({key: told[name][key] for key in keys})
            for name, keys in secrets.items()
        }
        yield Both(folder, at_zoho, at_fxiaoke, environ)


def _without(mapping: str, objects: Sequence[str]) -> str:
    for name in objects:
        head = f"[objects.{name}]\n"
        mapping = mapping if head in mapping else f"{mapping}\n{head}"
        mapping = mapping.replace(head, f"{head}read = false\n")
    return mapping


def granted(both: Both) -> None:
    with both.open() as bridge:
        with bridge.wiring.ledger.begin() as tx:
            for row in connections.listing(tx):
                text = access.granted_text(["read", "tasks", "fields"], [])
                shared.put(tx, row.id, access.GRANTED, text, now_us=1)
        for name in ("zoho", "fxiaoke"):
            bridge.grant(name, "two-way")
