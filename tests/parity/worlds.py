"""One seeded world in three places, and a workspace on each: Zoho's simulator, Fxiaoke's simulator, and files."""

import json
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from crmbridge.app.bridge import Bridge
from crmbridge.model.kinds import KIND_NAMES
from crmbridge_sim.clock import VirtualClock
from crmbridge_sim.export import write_csv
from crmbridge_sim.fxiaoke import FxiaokeSimulator
from crmbridge_sim.fxiaoke import serving as fxiaoke
from crmbridge_sim.serve import Servers
from crmbridge_sim.world import World
from crmbridge_sim.zoho import ZohoSimulator
from crmbridge_sim.zoho import serving as zoho

SETUP = Path(__file__).parent / "setup"
NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)
AS_OF = datetime(2026, 6, 30, 12, tzinfo=UTC)
CURRENCIES = ("EUR", "USD", "CNY", "JPY", "KWD")
PLACES = ("zoho", "fxiaoke", "files")
WORKSPACE = {"name": "parity", "currency": "EUR", "timezone": "Asia/Shanghai", "calendar": "none"}
FILES = ("users", "accounts", "contacts", "leads", "deals", "tasks", "meetings", "calls", "notes")
HISTORY = {
    "file": "stage_history.csv",
    "record": "Deal",
    "pipeline": "Pipeline",
    "from": "From Stage",
    "to": "To Stage",
    "at": "Entered At",
    "by": "By",
}
SWITCHES = {"task_object": True, "rate_calls": 0, "token_calls_a_minute": 0}
"""A tenant with tasks; its clock stands still, so nothing may be counted in a window of time."""


@dataclass
class Place:
    """A workspace on one of the three. `mapping` is its overlay."""

    name: str
    folder: Path
    mapping: dict[str, Any]
    environ: dict[str, str] = field(default_factory=dict)

    def open(self) -> Bridge:
        return Bridge.open(self.folder, as_of=AS_OF, environ=self.environ)

    def write_mapping(self, mapping: Mapping[str, Any] | None = None) -> None:
        (self.folder / "mapping").mkdir(exist_ok=True)
        (self.folder / "mapping" / "crm.toml").write_text(toml(mapping or self.mapping), "utf-8")

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
        clock = NOW.timestamp()
        at_zoho = ZohoSimulator(seed=seed, deals=deals, clock=VirtualClock(clock), currencies=CURRENCIES)
        at_fxiaoke = FxiaokeSimulator(
            seed=seed, deals=deals, clock=VirtualClock(clock), currencies=CURRENCIES, switches=SWITCHES
        )
        write_csv(World(seed, deals=deals, now=clock), folder / "files" / "exports")
        yield {
            "zoho": _place("zoho", folder, _zoho(zoho.serve(at_zoho, servers))),
            "fxiaoke": _place("fxiaoke", folder, _fxiaoke(fxiaoke.serve(at_fxiaoke, servers))),
            "files": _place("files", folder, (_files(), {})),
        }


Told = Mapping[str, str]


def _zoho(told: Told) -> tuple[dict[str, Any], dict[str, str]]:
    own = {"adapter": "zoho", "simulator": True, "accounts_url": told["accounts_url"], "api_url": told["api_url"]}
    return own, {name: told[name] for name in ("client_id", "client_secret", "refresh_token")}


def _fxiaoke(told: Told) -> tuple[dict[str, Any], dict[str, str]]:
    own = {"adapter": "fxiaoke", "simulator": True, "api_url": told["api_url"], "history": True}
    own |= {"calls_per_window": 1_000_000}
    return own, {name: told[name] for name in ("app_id", "app_secret", "permanent_code", "mobile")}


def _files() -> dict[str, Any]:
    objects: dict[str, dict[str, Any]] = {name: {"file": f"{name}.csv", "key": "World Key"} for name in FILES}
    objects["deals"]["history"] = HISTORY
    return {"adapter": "csv", "path": "exports", "objects": objects}


def _place(name: str, folder: Path, connection: tuple[dict[str, Any], dict[str, str]]) -> Place:
    own, secret = connection
    if secret:
        own["credentials"] = "env:CRM_LOGIN"
    here = folder / name
    here.mkdir(parents=True, exist_ok=True)
    (here / "crmbridge.toml").write_text(toml({"workspace": WORKSPACE, "connections": {"crm": own}}), "utf-8")
    mapping = tomllib.loads((SETUP / f"{name}.toml").read_text("utf-8"))
    place = Place(name, here, mapping, {"CRM_LOGIN": json.dumps(secret)})
    place.write_mapping()
    return place


def toml(document: Mapping[str, Any]) -> str:
    """A document of plain values as TOML: one line for each key at the top, everything else inline."""
    return "".join(f"{_key(name)} = {_inline(value)}\n" for name, value in document.items())


def _inline(value: object) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(name)} = {_inline(one)}" for name, one in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_inline, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def _key(name: str) -> str:
    return json.dumps(name, ensure_ascii=False)
