"""A workspace on one of both simulators that follows up: what is worked out has fields there, tasks a key of ours."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from crmbridge.app import access
from crmbridge.app.bridge import Bridge
from crmbridge.app.demo.systems import PRESENT, write_system
from crmbridge.app.demo.systems import System as Workspace
from crmbridge.app.follow_up import Asking, Wanted
from crmbridge.app.tasks_made import tasks_made
from crmbridge.ledger import connections, records, shared
from crmbridge.model.external_keys import task_key
from crmbridge.model.kinds import kind
from crmbridge.services.wants import TaskMade, TaskWanted
from crmbridge_sim.clock import VirtualClock
from crmbridge_sim.fxiaoke import FxiaokeSimulator
from crmbridge_sim.fxiaoke import serving as fxiaoke
from crmbridge_sim.serve import Servers
from crmbridge_sim.zoho import ZohoSimulator
from crmbridge_sim.zoho import serving as zoho

from .worlds import SWITCHES, UNHURRIED

KEY = {"zoho": "Our_Key", "fxiaoke": "external_key__c"}
ACCOUNTS = {"zoho": "Accounts", "fxiaoke": "AccountObj"}
DEALS = {"zoho": "Deals", "fxiaoke": "NewOpportunityObj"}
LEADS = {"zoho": "Leads", "fxiaoke": "LeadsObj"}
FIELDS = (
    "account.tier",
    "account.lifecycle_state",
    "lead.tier",
    "lead.score",
    "lead.next_touch_at",
    "deal.last_result",
)
SHOWN = {"zoho": ("Our_Tier", "Our_State"), "fxiaoke": ("our_tier__c", "our_state__c")}
"""The fields of accounts that show tier and life cycle."""
SCORED = {"zoho": ("Our_Tier", "Our_Score", "Our_Next"), "fxiaoke": ("our_tier__c", "our_score__c", "our_next__c")}
"""The fields of leads that show tier, score and the day of the next touch."""
RESULT = {"zoho": "Our_Result", "fxiaoke": "our_result__c"}
"""The field of deals that shows what came of the last touch."""
DUE = date(2026, 7, 2)
_SHOWS = '[shows.lead]\nnext_touch = "next_touch_at"\n[shows.deal]\nlast_result = "last_result"\n'
_RULES = 'tier = "{}"\nlifecycle_state = "{}"\n'
_LEAD_RULES = {
    "zoho": 'tier = "{}"\nscore = "{}"\n'
    'next_touch_at = {{ from = "{}", format = ["%Y-%m-%d"], zone = "Asia/Shanghai" }}\n',
    "fxiaoke": 'tier = "{}"\nscore = "{}"\n'
    'next_touch_at = {{ from = "{}", lens = "epoch_ms", zone = "Asia/Shanghai", precision = "day" }}\n',
}
_LINKS = {"zoho": "account = false\nlead = false\npriority", "fxiaoke": "contact = false\nlead = false\ndue_at"}
"""What the mappings of the demo say of tasks: nothing of leads. Here tasks are about leads too."""


@dataclass
class Followed:
    """One workspace, its simulator, and where tasks stand there: as themselves, or as the records in their place."""

    system: Workspace
    simulator: ZohoSimulator | FxiaokeSimulator
    tasks: str
    later: timedelta = timedelta()
    opened: Bridge | None = None

    @property
    def name(self) -> str:
        return self.system.name

    @property
    def bridge(self) -> Bridge:
        """The workspace, as of the day that it is."""
        if self.opened is None:
            self.opened = Bridge.open(
                self.system.workspace, as_of=PRESENT + self.later, environ=self.system.environ
            ).__enter__()
        return self.opened

    def close(self) -> None:
        """The next that is asked opens it anew, as another process does."""
        if self.opened is not None:
            self.opened.close()
            self.opened = None

    def wait(self, days: int) -> None:
        """So many days go by, for the system and for us."""
        self.close()
        self.later += timedelta(days=days)
        self.simulator.clock.advance(days * 86_400)

    def sync(self) -> None:
        self.simulator.clock.advance(60)
        assert self.bridge.sync().exit_code == 0

    def rows(self, where: str) -> dict[str, dict[str, Any]]:
        """The live records of an object, as the simulator has them."""
        if isinstance(self.simulator, ZohoSimulator):
            return {key: dict(row) for key, row in self.simulator.state([where])["modules"][where].items()}
        found = self.simulator.state()["objects"].get(where, {})
        return {key: dict(row) for key, row in found.items() if row.get("life_status") != "invalid"}

    def scored(self) -> list[tuple[object, ...]]:
        """Tier, score and next touch of every lead, as people see them."""
        return [tuple(row.get(name) for name in SCORED[self.name]) for row in self.rows(LEADS[self.name]).values()]

    def shown(self) -> dict[str, tuple[object, ...]]:
        """Tier and life cycle of every account, as people see them."""
        return {
            str(row.get("Account_Name") or row["name"]): tuple(row.get(name) for name in SHOWN[self.name])
            for row in self.rows(ACCOUNTS[self.name]).values()
        }

    def results(self) -> dict[str, str]:
        """What came of the last touch of each deal that says so, as people see it on the deal."""
        return {
            str(row.get("Deal_Name") or row["name"]): str(row[RESULT[self.name]])
            for row in self.rows(DEALS[self.name]).values()
            if row.get(RESULT[self.name])
        }

    def made(self) -> dict[str, tuple[str, dict[str, Any]]]:
        """The tasks with a key of ours: by it, the vendor's id and the record."""
        found = [
            (one[KEY[self.name]], key, one) for key, one in self.rows(self.tasks).items() if one.get(KEY[self.name])
        ]
        assert len({key for key, _, _ in found}) == len(found), "one key, two records"
        return {key: (vendor_id, one) for key, vendor_id, one in found}

    def days(self) -> dict[str, date]:
        """The day on which each task of ours is due, as the vendor itself shows it in its own field."""
        made = self.made()
        if self.name == "zoho":
            return {key: date.fromisoformat(row["Due_Date"]) for key, (_, row) in made.items()}
        return {key: shanghai_day(int(row["dead_line"])) for key, (_, row) in made.items()}

    def told(self) -> dict[str, TaskMade]:
        """What came back of them."""
        return tasks_made(self.bridge.wiring)


@contextmanager
def following(folder: Path, name: str, *, has_tasks: bool = True, deals: int = 12) -> Iterator[Followed]:
    """A workspace that has read everything and may be given tasks, tier and life cycle."""
    clock = VirtualClock(PRESENT.timestamp())
    with Servers() as servers:
        simulator: ZohoSimulator | FxiaokeSimulator
        if name == "zoho":
            simulator = ZohoSimulator(seed=3, deals=deals, clock=clock)
            for field in SHOWN[name]:
                simulator.administration.add_field("Accounts", field)
            for field, kind_ in zip(SCORED[name], ("text", "integer", "date"), strict=True):
                simulator.administration.add_field("Leads", field, data_type=kind_)
            simulator.administration.add_field("Deals", RESULT[name])
            for module in ("Accounts", "Deals", "Tasks"):
                simulator.administration.add_field(module, KEY[name], unique=module != "Tasks")
            told, tasks = zoho.serve(simulator, servers), "Tasks"
        else:
            switches = {**SWITCHES, "task_object": has_tasks}
            simulator = FxiaokeSimulator(seed=3, deals=deals, clock=clock, switches=switches)
            for field in SHOWN[name]:
                simulator.backdoor.add_field("AccountObj", field)
            for field, kind_ in zip(SCORED[name], ("text", "number", "date"), strict=True):
                simulator.backdoor.add_field("LeadsObj", field, type=kind_)
            simulator.backdoor.add_field("NewOpportunityObj", RESULT[name])
            told, tasks = fxiaoke.serve(simulator, servers), "TaskObj" if has_tasks else "ActiveRecordObj"
        found = Followed(write_system(folder, name, told), simulator, tasks)
        _configure(found)
        found.sync()
        with found.bridge.wiring.ledger.begin() as tx:
            (row,) = connections.listing(tx)
            shared.put(tx, row.id, access.GRANTED, access.granted_text(["read", "tasks", "fields"], []), now_us=1)
        found.bridge.grant("crm", "fields", FIELDS)
        yield found
        found.close()


def _configure(found: Followed) -> None:
    folder, name = found.system.workspace, found.name
    (folder / "follow_up.toml").write_text(_SHOWS, "utf-8")
    with (folder / "crmbridge.toml").open("a", encoding="utf-8") as file:
        file.write(f'external_id_field = "{KEY[name]}"\n' + (UNHURRIED if name == "fxiaoke" else ""))
    mapping = folder / "mapping" / "crm.toml"
    head = f"[objects.{ACCOUNTS[name]}.fields]\n"
    text = mapping.read_text("utf-8").replace("tier = false\n", "")
    assert head in text
    text = text.replace(head, head + _RULES.format(*SHOWN[name]))
    head = f"[objects.{LEADS[name]}.fields]\n"
    assert head in text
    text = text.replace(head, head + _LEAD_RULES[name].format(*SCORED[name]))
    head = f"[objects.{DEALS[name]}.fields]\n"
    assert head in text
    text = text.replace(head, f'{head}last_result = "{RESULT[name]}"\n')
    assert _LINKS[name] in text
    mapping.write_text(text.replace(_LINKS[name], _LINKS[name].replace("lead = false\n", "")), "utf-8")


def calls(asking: Asking) -> Wanted:
    """A service by hand: a call about each of the first three deals, under keys that never change."""
    with asking.wiring.ledger.read() as tx:
        deals = sorted(records.read(tx, kind("deal")), key=lambda one: str(one["refs"][0]["vendor_id"]))[:3]
    return Wanted([_call(one) for one in deals])


def _call(deal: dict[str, Any]) -> TaskWanted:
    subject = "crm:" + str(deal["refs"][0]["vendor_id"])
    beside = {name: str(deal[name]) for name in ("contact", "account") if deal[name]}
    key = task_key("by-hand", "deal", subject, enrolment=1, occurrence=1)
    title = f"Call about {deal['name']}"
    return TaskWanted(key, "deal", deal["id"], title, DUE, "by-hand", content="Ask how it goes.", beside=beside)


def keys(found: Followed) -> Sequence[str]:
    """The keys of the calls, in the order of their deals."""
    with found.bridge.wiring.ledger.read() as tx:
        deals = sorted(records.read(tx, kind("deal")), key=lambda one: str(one["refs"][0]["vendor_id"]))[:3]
    return [_call(one).key for one in deals]


def noon_ms(day: date) -> int:
    """Noon of a day in Shanghai, as Fxiaoke tells moments."""
    return int(datetime.fromisoformat(f"{day}T12:00:00+08:00").timestamp()) * 1000


def shanghai_day(ms: int) -> date:
    """The day in Shanghai of a moment as Fxiaoke tells it."""
    return datetime.fromtimestamp(ms / 1000, tz=timezone(timedelta(hours=8))).date()
