"""One seeded world in three places, and a workspace on each: Zoho's simulator, Fxiaoke's simulator, and files.

The workspaces and their mappings are those of `crmbridge demo`.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from crmbridge.app.bridge import Bridge
from crmbridge.app.demo import systems
from crmbridge.app.demo.systems import System
from crmbridge.model.kinds import KIND_NAMES
from crmbridge_sim.clock import VirtualClock
from crmbridge_sim.export import write_csv
from crmbridge_sim.fxiaoke import FxiaokeSimulator
from crmbridge_sim.fxiaoke import serving as fxiaoke
from crmbridge_sim.serve import Servers
from crmbridge_sim.world import World
from crmbridge_sim.zoho import ZohoSimulator
from crmbridge_sim.zoho import serving as zoho

AS_OF = systems.PRESENT
CURRENCIES = ("EUR", "USD", "CNY", "JPY", "KWD")
PLACES = tuple(systems.SYSTEMS)
SWITCHES = {"task_object": True, "rate_calls": 0, "token_calls_a_minute": 0}
"""A tenant with tasks; its clock stands still, so nothing may be counted in a window of time."""
UNHURRIED = "calls_per_window = 1000000\n"
"""So our side must not count either."""
GOALS = """
[[goals]]
id = "revenue-2026"
metric = "revenue"
currency = "EUR"
period = "2026"
target = "10000000"
org = { method = "even" }
[[goals]]
id = "wins-q2"
metric = "win_rate"
period = "2026-Q2"
target = "30 %"
org = { method = "even" }
"""
"""The goals of the company, the same wherever its records come from."""


@dataclass(frozen=True)
class Place:
    """A workspace on one of the three, and the simulator behind it; files have none."""

    system: System
    simulator: ZohoSimulator | FxiaokeSimulator | None = None

    @property
    def name(self) -> str:
        return self.system.name

    @property
    def folder(self) -> Path:
        return self.system.workspace

    def open(self) -> Bridge:
        return Bridge.open(self.folder, as_of=AS_OF, environ=self.system.environ)

    def sync(self) -> list[str]:
        """Reads everything there is; what did not go as it should."""
        with self.open() as bridge:
            report = bridge.sync()
            rows = [row for row in report.listing.rows if row["result"] != "done" or row["quarantined"]]
            told = [str(note) for note in report.listing.warnings]
            return [] if report.exit_code == 0 else [str(rows), *told]

    def records(self) -> dict[str, list[dict[str, Any]]]:
        """The exported records by kind; amounts exact."""
        with self.open() as bridge:
            return {
                name: [json.loads(json.dumps(one), parse_float=Decimal) for one in bridge.export(name)]
                for name in KIND_NAMES
            }


@contextmanager
def three_places(folder: Path, *, seed: int, deals: int) -> Iterator[dict[str, Place]]:
    """The three workspaces, nothing of them read yet; the simulators listen until the end."""
    with Servers() as servers:
        present = AS_OF.timestamp()
        at_zoho = ZohoSimulator(seed=seed, deals=deals, clock=VirtualClock(present), currencies=CURRENCIES)
        at_fxiaoke = FxiaokeSimulator(
            seed=seed, deals=deals, clock=VirtualClock(present), currencies=CURRENCIES, switches=SWITCHES
        )
        told = {"zoho": zoho.serve(at_zoho, servers), "fxiaoke": fxiaoke.serve(at_fxiaoke, servers), "files": {}}
        behind: dict[str, ZohoSimulator | FxiaokeSimulator] = {"zoho": at_zoho, "fxiaoke": at_fxiaoke}
        found = {name: Place(systems.write_system(folder, name, told[name]), behind.get(name)) for name in PLACES}
        with (found["fxiaoke"].folder / "crmbridge.toml").open("a", encoding="utf-8") as file:
            file.write(UNHURRIED)
        for place in found.values():
            (place.folder / "goals.toml").write_text(GOALS, "utf-8")
        write_csv(World(seed, deals=deals, now=present), found["files"].folder / "exports")
        yield found
