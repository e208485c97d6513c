"""A touch of sales gives way to a greeting: on birthdays and holidays it goes to the next workday, and says why."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from crmbridge.app.bridge import Bridge
from crmbridge.app.follow_up import wanted_tasks
from crmbridge.report import documents
from crmbridge.report.i18n import catalog
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
[connections.crm.objects.deals]
file = "deals.csv"
key = "ID"
[connections.crm.objects.users]
file = "users.csv"
key = "ID"
[connections.crm.objects.people]
file = "people.csv"
key = "ID"
[connections.crm.objects.done]
file = "done.csv"
key = "No"
"""
MAPPING = """
format = 1
[pipelines.sales]
object = "deal"
[[pipelines.sales.stages]]
key = "negotiation"
category = "open"
labels = ["Negotiation"]
[objects.users]
kind = "user"
[objects.users.fields]
name = "Name"
[objects.people]
kind = "contact"
[objects.people.fields]
full_name = "Name"
phones = { from = "Phone", region = "CN" }
birthday_md = "Birthday"
language = "Language"
owner = { from = "Owner", object = "users" }
[objects.deals]
kind = "deal"
pipeline = "sales"
[objects.deals.fields]
name = "Name"
stage = "Stage"
contact = { from = "Contact", object = "people" }
owner = { from = "Owner", object = "users" }
vendor_created_at = { from = "Made", format = ["%Y-%m-%d"], precision = "day" }
[objects.done]
kind = "activity"
[objects.done.fields]
type = { from = "What", values = { Call = "call" } }
direction = { from = "Way", values = { out = "out" } }
deal = { from = "Deal", object = "deals" }
started_at = { from = "When", format = ["%Y-%m-%d %H:%M"] }
"""
CARE = """
format = 1
[occasions]
birthday_of_others = "{birthday}"
holidays_of = "everyone"
[occasions.holidays.christmas]
locales = ["en"]
"""
DUE = "2026-12-25"  # a Friday on which people work in China; two business days after the last call


def workspace(folder: Path, *, birthday: str = "", language: str = "zh", birthdays: str = "greeting") -> Bridge:
    for name, text in {
        "crmbridge.toml": CONFIG,
        "mapping/crm.toml": MAPPING,
        "care.toml": CARE.format(birthday=birthdays),
        "crm/users.csv": "ID,Name\nu1,Li\n",
        "crm/people.csv": f"ID,Name,Phone,Birthday,Language,Owner\np1,Zhou,13800000001,{birthday},{language},u1\n",
        "crm/deals.csv": "ID,Name,Stage,Contact,Owner,Made\n1,Acme,Negotiation,p1,u1,2026-12-20\n",
        "crm/done.csv": "No,What,Way,Deal,When\n1,Call,out,1,2026-12-23 10:00\n",
    }.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    bridge = Bridge.open(folder, as_of=datetime(2026, 12, 25, 1, tzinfo=UTC), environ={})
    bridge.sync([])
    return bridge


def rows(told: Listing, section: str, language: str = "en") -> list[dict[str, Any]]:
    found: Any = documents.document(told, catalog(language))["rows"]
    return [row for row in json.loads(json.dumps(found, default=str)) if row["section"] == section]


def test_a_call_due_on_a_day_without_greeting_stays(tmp_path: Path) -> None:
    with workspace(tmp_path, birthday="12-24") as bridge:
        (task,) = rows(bridge.cadence(), "due")
        assert task["due_day"] == DUE


@pytest.mark.parametrize(
    "told", [{"birthday": "12-25"}, {"language": "en"}], ids=["a birthday", "a holiday: Christmas"]
)
def test_a_call_due_on_the_day_of_a_greeting_goes_to_the_next_workday(tmp_path: Path, told: dict[str, str]) -> None:
    with workspace(tmp_path, **told) as bridge:
        (task,) = rows(bridge.cadence(), "due")
        assert task["due_day"] == "2026-12-28"
        assert "CARE_DAY" in task["reasons"]
        (held,) = rows(bridge.cadence(), "suppressed")
        assert (held["why"], held["until_day"]) == ("CARE_DAY", "2026-12-28")
        explained: Any = bridge.cadence(explain=True).explain
        assert "greeted" in explained["definition"]["CARE_DAY"]
        assert {row["due_on"] for row in rows(bridge.queue(), "queue")} == {"2026-12-28"}
        greeted = wanted_tasks(bridge.wiring, bridge._facts, bridge._pipelines, bridge.as_of)
        assert len(greeted) == 2, "the greeting, and the call"


def test_where_nobody_is_greeted_nothing_moves(tmp_path: Path) -> None:
    with workspace(tmp_path, birthday="12-25", birthdays="none") as bridge:
        (task,) = rows(bridge.cadence(), "due")
        assert task["due_day"] == DUE
