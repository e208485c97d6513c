"""A company's workspace that moves: a full Zoho, an empty Fxiaoke, a second Zoho, and one directory."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

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
OWNER = "seller002@fjordtech.example"
"""Of the larger directory not everybody is in the smaller ones: what is theirs becomes hers."""
MODULES = ("Accounts", "Contacts", "Leads", "Deals", "Tasks", "Events", "Calls", "Notes")
OBJECTS = ("AccountObj", "ContactObj", "LeadsObj", "NewOpportunityObj", "TaskObj", "ScheduleObj", "ActiveRecordObj")
UNIQUE = ("Accounts", "Contacts", "Leads", "Deals")
KEYED = (*UNIQUE, "Tasks", "Events", "Calls")
"""Where a field of one's own can hold our key; a note has none."""
PATIENCE_S = 600
_WORKSPACE = '[workspace]\nname = "Fjordtech"\ncurrency = "EUR"\ntimezone = "Asia/Shanghai"\n'
_ZOHO = """
[connections.{name}]
adapter = "zoho"
credentials = "env:{login}"
simulator = true
external_id_field = "{key}"
accounts_url = "{accounts_url}"
api_url = "{api_url}"
"""
_FXIAOKE = """
[connections.{name}]
adapter = "fxiaoke"
credentials = "env:{login}"
simulator = true
external_id_field = "external_key__c"
api_url = "{api_url}"
"""
_MINE = {
    "zoho": '\n[objects.Users]\nkeys = ["email"]\n',
    "fxiaoke": '\n[objects.users]\nkeys = ["email"]\n[objects.NewOpportunityObj]\n'
    'pipeline = {{ from = "sales_process_id", values = {{ "{sales}" = "sales", "{renewal}" = "renewal" }} }}\n'
    '[objects.ActiveRecordObj.fields.direction.write]\nin = "true"\nout = "false"\n',
}
"""People are the same by their address; a sales process is written by its id."""
_SECRETS = {
    "zoho": ("client_id", "client_secret", "refresh_token"),
    "fxiaoke": ("app_id", "app_secret", "permanent_code", "mobile"),
}


@dataclass
class Company:
    """The workspace and its three systems; `later` is how far its clock is before the machine's."""

    folder: Path
    old: ZohoSimulator
    new: FxiaokeSimulator
    third: ZohoSimulator
    environ: dict[str, str]
    later: timedelta = timedelta()

    def open(self) -> Bridge:
        return Bridge.open(self.folder, environ=self.environ)

    def wait(self, minutes: int) -> None:
        """Time passes everywhere."""
        self.later += timedelta(minutes=minutes)
        for one in (self.old, self.new, self.third):
            one.clock.advance(minutes * 60)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.later

    def grant(self, name: str) -> None:
        with self.open() as bridge:
            with bridge.wiring.ledger.begin() as tx:
                (row,) = [one for one in connections.listing(tx) if one.name == name]
                shared.put(tx, row.id, access.GRANTED, access.granted_text(["read", "tasks", "fields"], []), now_us=1)
            bridge.grant(name, "two-way")

    def plan(self, giver: str, receiver: str, *, again: bool = False) -> tuple[str | None, list[dict[str, Any]]]:
        """The plan that waits, and what is told."""
        with self.open() as bridge:
            found = bridge.migrate(giver, receiver, owner=OWNER, again=again)
            window = found.window or {}
            return (None if window["plan"] is None else str(window["plan"])), [dict(row) for row in found.rows]

    def apply(self, giver: str, receiver: str, plan: str) -> int:
        with self.open() as bridge:
            return bridge.migrate_apply(giver, receiver, plan).exit_code

    def apply_and_kill(self, giver: str, receiver: str, plan: str, *, after: int) -> bool:
        """The same in a process of its own, killed once so many records more are there; whether it was in time."""
        words = ["migrate", giver, receiver, "--apply", plan, "--workspace", str(self.folder)]
        command = [sys.executable, "-c", "from crmbridge.cli.app import main; main()", *words]
        wanted, until = self.received(receiver) + after, time.monotonic() + PATIENCE_S
        with subprocess.Popen(
            command, env={**os.environ, **self.environ}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        ) as process:
            while process.poll() is None and self.received(receiver) < wanted:
                assert time.monotonic() < until
                time.sleep(0.05)
            process.kill()
            process.communicate()
            return process.returncode == -signal.SIGKILL

    def received(self, receiver: str) -> int:
        """How many records are at the receiver's; asked so that the simulator is not kept from its work."""
        if receiver == "fxiaoke":
            with self.new.lock:
                return sum(map(self.new.store.count, OBJECTS))
        simulator = self.old if receiver == "zoho" else self.third
        with simulator.lock:
            return sum(map(simulator.store.count, MODULES))

    def held(self, name: str) -> dict[str, Any]:
        """The records of the kinds that are carried, as the system itself holds them."""
        if name == "fxiaoke":
            objects = self.new.state()["objects"]
            return {one: objects[one] for one in OBJECTS}
        simulator = self.old if name == "zoho" else self.third
        modules = simulator.state(MODULES)["modules"]
        return {one: modules[one] for one in MODULES}

    def truth(self, name: str) -> dict[str, Counter[tuple[object, ...]]]:
        """What both can hold of each kind, by names: nothing of our ledger, no ids."""
        held = self.held(name)
        return _at_fxiaoke(held, self.notes()) if name == "fxiaoke" else _at_zoho(held)

    def notes(self) -> str:
        """The option of a sales record that is a note."""
        field = self.new.schema["ActiveRecordObj"]["active_record_type"]
        return next(one.value for one in field.options if one.label == "备注")


def _at_fxiaoke(held: Mapping[str, Any], note: str) -> dict[str, Counter[tuple[object, ...]]]:
    accounts, contacts, leads, deals, tasks, schedules, records = held.values()
    names = {key: row["name"] for key, row in accounts.items()}
    of_deals = {key: row["name"] for key, row in deals.items()}

    def deal(row: Mapping[str, Any]) -> object:
        links = [one["id"] for one in row.get("related_object_data") or [] if one["id"] in of_deals]
        return of_deals.get(row.get("new_opportunity_id") or (links[0] if links else ""))

    calls = [row for row in records.values() if row["active_record_type"] != note]
    notes = [row for row in records.values() if row["active_record_type"] == note]
    return {
        "account": Counter((row["name"], row.get("url") or None) for row in accounts.values()),
        "contact": Counter((row["name"], names.get(row.get("account_id") or "")) for row in contacts.values()),
        "lead": Counter((row["name"], row["company"]) for row in leads.values()),
        "deal": Counter(
            (row["name"], names.get(row.get("account_id") or ""), _amount(row.get("amount"))) for row in deals.values()
        ),
        "task": Counter(
            (row["name"], deal(row), row["status"] == "2", _day(row["dead_line"])) for row in tasks.values()
        ),
        "meeting": Counter(
            (row["name"], deal(row), _at(row["begin_time"]), _at(row["end_time"])) for row in schedules.values()
        ),
        "call": Counter((row["name"], deal(row), _at(row["started_at__c"]), row["inbound__c"]) for row in calls),
        "note": Counter((row["name"], row["active_record_content"], deal(row)) for row in notes),
    }


def _at_zoho(held: Mapping[str, Any]) -> dict[str, Counter[tuple[object, ...]]]:
    accounts, contacts, leads, deals, tasks, events, calls, notes = held.values()
    names = {key: row["Account_Name"] for key, row in accounts.items()}
    of_deals = {key: row["Deal_Name"] for key, row in deals.items()}

    def deal(row: Mapping[str, Any], field: str = "What_Id") -> object:
        return of_deals.get(_id(row.get(field)))

    return {
        "account": Counter((row["Account_Name"], row.get("Website") or None) for row in accounts.values()),
        "contact": Counter((row["Full_Name"], names.get(_id(row.get("Account_Name")))) for row in contacts.values()),
        "lead": Counter((row["Full_Name"], row["Company"]) for row in leads.values() if not row.get("Converted__s")),
        "deal": Counter(
            (row["Deal_Name"], names.get(_id(row.get("Account_Name"))), _amount(row.get("Amount")))
            for row in deals.values()
        ),
        "task": Counter(
            (row["Subject"], deal(row), row["Status"] == "Completed", row["Due_Date"]) for row in tasks.values()
        ),
        "meeting": Counter(
            (row["Event_Title"], deal(row), _at(row["Start_DateTime"]), _at(row["End_DateTime"]))
            for row in events.values()
        ),
        "call": Counter(
            (row["Subject"], deal(row), _at(row["Call_Start_Time"]), row["Call_Type"] == "Inbound")
            for row in calls.values()
        ),
        "note": Counter((row["Note_Title"], row["Note_Content"], deal(row, "Parent_Id")) for row in notes.values()),
    }


def _at(value: Any) -> int:
    """Seconds, of milliseconds or of a time with its offset."""
    return int(value) // 1000 if isinstance(value, int) else int(datetime.fromisoformat(value).timestamp())


def _day(value: int | None) -> str | None:
    return None if value is None else datetime.fromtimestamp(value / 1000, ZoneInfo("Asia/Shanghai")).date().isoformat()


def _id(value: Any) -> str:
    return str(value["id"] if isinstance(value, dict) else value)


def _amount(value: Any) -> float | None:
    return None if value in {None, ""} else float(value)


def _words(vendor: str) -> str:
    """The company's own mapping, with the content of a schedule: Fxiaoke makes none without."""
    return mapping_of(vendor).replace("content = false\n", "" if vendor == "fxiaoke" else "content = false\n")


@contextmanager
def company(folder: Path, monkeypatch: pytest.MonkeyPatch, *, deals: int) -> Iterator[Company]:
    """The workspace; nothing of it is read yet."""
    present = VirtualClock(PRESENT.timestamp()), VirtualClock(PRESENT.timestamp()), VirtualClock(PRESENT.timestamp())
    with Servers() as servers:
        old = ZohoSimulator(seed=3, deals=deals, clock=present[0])
        new = FxiaokeSimulator(seed=3, deals=0, clock=present[1], switches=SWITCHES)
        third = ZohoSimulator(seed=3, deals=0, clock=present[2])
        for simulator in (old, third):
            for module in KEYED:
                unique = module in UNIQUE
                simulator.administration.add_field(module, KEY, data_type="text", length=255, unique=unique)
        told = {
            "zoho": zoho.serve(old, servers),
            "fxiaoke": fxiaoke.serve(new, servers),
            "third": zoho.serve(third, servers),
        }
        processes = {name: new.stages.process_id(name) for name in ("sales", "renewal")}
        (folder / "mapping").mkdir()
        text, environ = _WORKSPACE, {}
        for name, words in told.items():
            vendor = "fxiaoke" if name == "fxiaoke" else "zoho"
            mine = _MINE[vendor].format(**processes) if vendor == "fxiaoke" else _MINE[vendor]
            (folder / "mapping" / f"{name}.toml").write_text(_words(vendor) + mine, "utf-8")
            login = f"{name.upper()}_LOGIN"
            text += (_FXIAOKE + UNHURRIED if vendor == "fxiaoke" else _ZOHO).format(
                name=name, login=login, key=KEY, **words
            )
            environ[login] = json.dumps({key: words[key] for key in _SECRETS[vendor]})
        (folder / "crmbridge.toml").write_text(text, "utf-8")
        made = Company(folder, old, new, third, environ)
        monkeypatch.setattr("crmbridge.app.bridge.system_clock", made.now)
        yield made
