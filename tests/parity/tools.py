"""The tasks of one world in files, and four systems that show them, over loopback HTTP: Zoho, Fxiaoke, Jira, Trello."""

import csv
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from crmbridge.app import access
from crmbridge.app.bridge import Bridge
from crmbridge.app.demo.systems import PRESENT
from crmbridge.ledger import connections, shared
from crmbridge_sim.clock import VirtualClock
from crmbridge_sim.fxiaoke import FxiaokeSimulator
from crmbridge_sim.fxiaoke import serving as fxiaoke
from crmbridge_sim.jira import JiraSimulator
from crmbridge_sim.jira import serving as jira
from crmbridge_sim.serve import Servers
from crmbridge_sim.trello import TrelloSimulator
from crmbridge_sim.trello import serving as trello
from crmbridge_sim.world import World
from crmbridge_sim.zoho import ZohoSimulator
from crmbridge_sim.zoho import serving as zoho

from .worlds import SWITCHES, UNHURRIED

SEED = 3
TOOLS = ("zoho", "fxiaoke", "jira", "trello")
HEAD = ("No", "What", "Due", "Due At", "State", "Who", "Said")
CONFIG = """\
[workspace]
name = "Fjordtech"
currency = "EUR"
timezone = "Asia/Shanghai"

[connections.crm]
adapter = "csv"
path = "crm"
objects.people = {{ file = "people.csv", key = "No" }}
objects.todos = {{ file = "todos.csv", key = "No", writable = true }}

[connections.zoho]
adapter = "zoho"
credentials = "env:ZOHO_LOGIN"
simulator = true
modules = ["Tasks", "Users"]
external_id_field = "Our_Key"
accounts_url = "{zoho[accounts_url]}"
api_url = "{zoho[api_url]}"

[connections.fxiaoke]
adapter = "fxiaoke"
credentials = "env:FXIAOKE_LOGIN"
simulator = true
objects = ["TaskObj", "users", "departments"]
external_id_field = "external_key__c"
api_url = "{fxiaoke[api_url]}"
{unhurried}
[connections.jira]
adapter = "jira"
site = "{jira[api_url]}"
credentials = "env:JIRA_LOGIN"
simulator = true
people = {{ {people} }}

[connections.jira.objects.tasks]
project = "SALE"
type = "Follow-up"
states = {{ cancelled = "10007" }}

[connections.trello]
adapter = "trello"
api_url = "{trello[api_url]}"
credentials = "env:TRELLO_LOGIN"
simulator = true
people = {{ {members} }}

[connections.trello.objects.tasks]
board = "{trello[board]}"
list = "{trello[list_1]}"
done = ["{trello[list_4]}"]
"""
PAIR = """
[pairs.{name}]
left = "crm"
right = "{name}"
kinds = ["task"]
creates = "right"
only = {{ status = ["open"] }}
deletes = "cancel"
remakes = true
[pairs.{name}.fields]
title = "left-owns"
due_date = "left-owns"
due_at = "left-owns"
status = "right"
assignee = "left"
owner = "left"
"""
CRM = """\
format = 1
[objects.people]
kind = "user"
keys = ["email"]
fields = { name = "Name", email = "Mail" }
[objects.todos]
kind = "task"
[objects.todos.fields]
title = "What"
due_date = { from = "Due", format = ["%Y-%m-%d"] }
due_at = { from = "Due At", format = ["%Y-%m-%d %H:%M"], zone = "Asia/Shanghai" }
status = { from = "State", values = { "open" = "open", "done" = "done", "off" = "cancelled" } }
assignee = { from = "Who", object = "people" }
owner = { from = "Who", object = "people" }
comments = "Said"
"""
MAPPINGS = {
    "crm": CRM,
    "zoho": 'format = 1\n[objects.Users]\nkeys = ["email"]\n',
    "fxiaoke": 'format = 1\n[objects.users]\nkeys = ["email"]\n',
    "jira": "format = 1\n",
    "trello": "format = 1\n",
}
LOGINS = {
    "zoho": ("client_id", "client_secret", "refresh_token"),
    "fxiaoke": ("app_id", "app_secret", "permanent_code", "mobile"),
    "jira": ("email", "token"),
    "trello": ("key", "token"),
}


@dataclass
class Tools:
    """The workspace and what is behind it."""

    folder: Path
    behind: Mapping[str, Any]
    environ: Mapping[str, str]

    def open(self) -> Bridge:
        return Bridge.open(self.folder, environ=self.environ)

    def sync(self) -> tuple[int, list[str]]:
        """Every clock goes on beyond what a search lags, and everything is read and written."""
        for simulator in self.behind.values():
            simulator.clock.advance(120)
        with self.open() as bridge:
            report = bridge.sync()
            return report.exit_code, [str(note) for note in report.listing.warnings]

    def grant(self) -> None:
        with self.open() as bridge:
            with bridge.wiring.ledger.begin() as tx:
                for row in connections.listing(tx):
                    shared.put(
                        tx, row.id, access.GRANTED, access.granted_text(["read", "tasks", "fields"], []), now_us=1
                    )
            for name in ("crm", *self.behind):
                bridge.grant(name, "two-way")

    def apply(self) -> None:
        """Carries out the first plan of every pair."""
        with self.open() as bridge:
            for name in [str(row["plan"]) for row in bridge.plans().rows]:
                assert bridge.apply(name).exit_code == 0

    # -- the tasks

    def rows(self) -> dict[str, dict[str, str]]:
        """The tasks of the files by their numbers."""
        with (self.folder / "crm" / "todos.csv").open(encoding="utf-8", newline="") as file:
            return {row["No"]: row for row in csv.DictReader(file)}

    def edit(self, number: str, **fields: str) -> None:
        """Somebody types into the file."""
        rows = self.rows()
        rows[number] |= fields
        self.write(list(rows.values()))

    def write(self, rows: list[dict[str, str]]) -> None:
        with (self.folder / "crm" / "todos.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, HEAD)
            writer.writeheader()
            writer.writerows(rows)

    def shown(self, name: str) -> dict[str, tuple[str, str]]:
        """For each title of a system's tasks the id and what it says of the state."""
        return _SHOWN[name](self.behind[name])

    def finish(self, name: str, title: str) -> None:
        """Somebody completes a task in one of the systems."""
        _FINISH[name](self.behind[name], self.shown(name)[title][0])


def _zoho(sim: ZohoSimulator) -> dict[str, tuple[str, str]]:
    rows = sim.state(["Tasks"])["modules"]["Tasks"]
    return {row["Subject"]: (key, row["Status"]) for key, row in rows.items()}


def _fxiaoke(sim: FxiaokeSimulator) -> dict[str, tuple[str, str]]:
    rows = sim.state()["objects"].get("TaskObj", {})
    return {row["name"]: (key, row["status"]) for key, row in rows.items() if row.get("life_status") != "invalid"}


def _jira(sim: JiraSimulator) -> dict[str, tuple[str, str]]:
    return {one.values["summary"]: (str(one.id), one.values["status"]) for one in sim.store.issues.values()}


def _trello(sim: TrelloSimulator) -> dict[str, tuple[str, str]]:
    done = list(sim.lists)[3]
    return {
        one.name: (one.id, "done" if one.due_complete or one.place == done else "open")
        for one in sim.cards.values()
        if not one.closed
    }


_SHOWN: Mapping[str, Callable[[Any], dict[str, tuple[str, str]]]] = {
    "zoho": _zoho,
    "fxiaoke": _fxiaoke,
    "jira": _jira,
    "trello": _trello,
}
_FINISH: Mapping[str, Callable[[Any, str], object]] = {
    "zoho": lambda sim, key: sim.backdoor.edit("Tasks", key, {"Status": "Completed"}),
    "fxiaoke": lambda sim, key: sim.backdoor.edit("TaskObj", key, {"status": "2"}),
    "jira": lambda sim, key: sim.backdoor.transition(key, "10004"),
    "trello": lambda sim, key: sim.backdoor.move(key, list(sim.lists)[3]),
}


@contextmanager
def serving(folder: Path, *, deals: int = 48) -> Iterator[Tools]:
    """The workspace; nothing was read yet. The systems have the people of the world, and none of its tasks."""
    present = PRESENT.timestamp()
    with Servers() as servers:
        at_zoho = ZohoSimulator(seed=SEED, deals=0, clock=VirtualClock(present))
        at_zoho.administration.add_field("Tasks", "Our_Key")
        at_fxiaoke = FxiaokeSimulator(seed=SEED, deals=0, clock=VirtualClock(present), switches=SWITCHES)
        at_jira = JiraSimulator(seed=SEED, deals=0, clock=VirtualClock(present))
        at_trello = TrelloSimulator(seed=SEED, deals=0, clock=VirtualClock(present))
        told = {
            "zoho": zoho.serve(at_zoho, servers),
            "fxiaoke": fxiaoke.serve(at_fxiaoke, servers),
            "jira": jira.serve(at_jira, servers),
            "trello": trello.serve(at_trello, servers),
        }
        people = ", ".join(f'"{one.email}" = "{key}"' for key, one in at_jira.people.items())
        members = ", ".join(f'"{one.email}" = "{one.id}"' for one in at_trello.members.values())
        text = CONFIG.format(unhurried=UNHURRIED, people=people, members=members, **told) + "".join(
            PAIR.format(name=name) for name in TOOLS
        )
        (folder / "crmbridge.toml").write_text(text, "utf-8")
        (folder / "mapping").mkdir()
        for name, mapping in MAPPINGS.items():
            (folder / "mapping" / f"{name}.toml").write_text(mapping, "utf-8")
        environ = {f"{n.upper()}_LOGIN": json.dumps({key: told[n][key] for key in keys}) for n, keys in LOGINS.items()}
        found = Tools(folder, {"zoho": at_zoho, "fxiaoke": at_fxiaoke, "jira": at_jira, "trello": at_trello}, environ)
        _write_world(found, World(SEED, deals=deals, now=present))
        yield found


def _write_world(tools: Tools, world: World) -> None:
    folder = tools.folder / "crm"
    folder.mkdir()
    people = [f"P{n},{one.first_name} {one.last_name},{one.email}\n" for n, one in enumerate(world.colleagues)]
    (folder / "people.csv").write_text("No,Name,Mail\n" + "".join(people), "utf-8")
    rows = []
    for number, task in enumerate(world.tasks(), 1):
        due = datetime.fromtimestamp(task.due, UTC).date().isoformat()
        state = "open" if task.done is None else "done"
        title = f"{task.subject} ({task.key})"
        rows.append(
            dict(zip(HEAD, (str(number), title, due, f"{due} 18:00", state, f"P{task.owner}", ""), strict=True))
        )
    tools.write(rows)
