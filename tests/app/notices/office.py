"""A company whose people are told things: a manager, three reps with deals past their day, and one who has left."""

import shutil
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.app.notices.hub import Hub

from crmbridge.app.bridge import Bridge
from crmbridge.app.jobs import performing, ticking
from crmbridge.app.jobs.performing import Call, Done
from crmbridge.ledger import notices, runs
from crmbridge.ledger.notices import Notice
from crmbridge.report.listing import Listing

CONFIG = """
[workspace]
name = "acme"
timezone = "Asia/Shanghai"
currency = "CNY"
calendar = "CN"
[connections.crm]
adapter = "csv"
path = "crm"
[connections.crm.objects.users]
file = "users.csv"
key = "Name"
[connections.crm.objects.teams]
file = "teams.csv"
key = "Team"
[connections.crm.objects.deals]
file = "deals.csv"
key = "ID"
"""
MAPPING = """
format = 1
[pipelines.sales]
[[pipelines.sales.stages]]
key = "talk"
category = "open"
labels = ["Talk"]
[[pipelines.sales.stages]]
key = "won"
category = "won"
labels = ["Won"]
[objects.teams]
kind = "org_unit"
[objects.teams.fields]
name = "Team"
[objects.users]
kind = "user"
[objects.users.fields]
name = "Name"
email = "Mail"
zone = "Zone"
locale = "Locale"
manager = { from = "Manager", object = "users" }
org_unit = { from = "Team", object = "teams" }
[objects.deals]
kind = "deal"
[objects.deals.fields]
name = "ID"
stage = "Stage"
amount = "Amount"
owner = { from = "Rep", object = "users" }
next_step = "Next"
next_step_due = { from = "Due", format = ["%Y-%m-%d"] }
vendor_created_at = { from = "Created", format = ["%Y-%m-%d"], precision = "day" }
closed_at = { from = "Closed", format = ["%Y-%m-%d"], precision = "day", when = "closed" }
"""
USERS = """Name,Mail,Manager,Team,Zone,Locale
Cleo,cleo@acme.example,,,,
Ada,ada@acme.example,Cleo,North,,
Ann,ann@acme.example,Ada,North,,zh_CN
Amy,amy@acme.example,Ada,North,America/New_York,
Bob,,Cleo,South,,
"""
DEALS = """ID,Stage,Amount,Rep,Next,Due,Created,Closed
ann-1,Talk,100,Ann,Send the offer,2026-03-10,2026-01-05,
ann-2,Talk,200,Ann,Call back,2026-03-17,2026-01-05,
ann-3,Talk,300,Ann,Later,2026-06-01,2026-01-05,
ann-4,Won,500,Ann,,,2026-01-05,2026-03-11
amy-1,Talk,100,Amy,Send the offer,2026-03-17,2026-01-05,
bob-1,Talk,900,Bob,Send the offer,2026-03-16,2026-01-05,
"""
RULES = """
[notices.channels.mail]
url = "env:TOLD_MAIL"
to = "person"
[notices.channels.room]
url = "env:TOLD_ROOM"
[notices.channels.ops]
url = "env:TOLD_OPS"
"""
REPS = '\n[notices.rules.reps]\naudience = "rep"\nchannels = ["mail"]\n'
BOSS = '\n[notices.rules.boss]\naudience = "manager"\nchannels = ["room"]\n'
OPS = '\n[notices.rules.ops]\naudience = "operator"\nchannels = ["ops"]\n'
MORNING = datetime(2026, 3, 17, 1, 0, tzinfo=UTC)  # nine on a Tuesday in Shanghai, still night in New York


@dataclass
class Office:
    """The workspace, its channels on loopback, and a clock that a test sets."""

    folder: Path
    hub: Hub
    now: datetime = MORNING
    environ: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, folder: Path) -> None:
        """The company without rules, read, in that folder."""
        for name, text in {
            "crmbridge.toml": CONFIG + RULES,
            "mapping/crm.toml": MAPPING,
            "crm/users.csv": USERS,
            "crm/teams.csv": "Team\nNorth\nSouth\n",
            "crm/deals.csv": DEALS,
        }.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
        with Bridge.open(folder, environ={}) as bridge:
            bridge.wiring.clock = lambda: MORNING
            bridge.sync([])

    @classmethod
    def make(cls, template: Path, folder: Path, hub: Hub, *rules: str) -> "Office":
        """A copy of the company with these rules."""
        shutil.copytree(template, folder)
        made = cls(folder, hub)
        made.write("".join(rules))
        made.environ = {
            "TOLD_MAIL": hub.url("mail/{email}"),
            "TOLD_ROOM": hub.url("room"),
            "TOLD_OPS": hub.url("ops"),
        }
        return made

    def write(self, text: str) -> None:
        """More configuration."""
        with (self.folder / "crmbridge.toml").open("a", encoding="utf-8") as file:
            file.write(text)

    def bridge(self, as_of: datetime | None = None) -> Bridge:
        bridge = Bridge.open(self.folder, as_of=as_of, environ=self.environ)
        bridge.as_of = as_of or self.now
        bridge.wiring.clock = lambda: self.now
        return bridge

    def send(self, **passed: float) -> Listing:
        """So much later a round."""
        self.now += timedelta(**passed)
        with self.bridge() as bridge:
            return bridge.notices_send()

    def look(self) -> Listing:
        """What a round would send."""
        with self.bridge() as bridge:
            return bridge.notices_send(is_tried=True)

    def fates(self, **passed: float) -> list[tuple[object, object, object]]:
        """So much later a round: rule, channel, and what became of each notice."""
        return [(row["rule"], row["channel"], row["state"]) for row in self.send(**passed).rows]

    def tick(self, **passed: float) -> list[Done]:
        self.now += timedelta(**passed)
        return ticking.tick(self.bridge)

    def perform(self, job: str, **told: Any) -> Done:
        return performing.perform(self.bridge, Call(job, **told))

    def kept(self) -> list[Notice]:
        with self.bridge() as bridge, bridge.wiring.ledger.read() as tx:
            return notices.listing(tx)

    def runs(self) -> list[runs.Run]:
        with self.bridge() as bridge, bridge.wiring.ledger.read() as tx:
            return runs.listing(tx, limit=100)[::-1]
