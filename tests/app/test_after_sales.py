"""Deliveries, tickets and hand-over of a workspace out of files, as far as the tasks and notices that come of them."""

import csv
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.app import csv_world

from crmbridge.app import follow_up
from crmbridge.app.bridge import Bridge
from crmbridge.cli import app
from crmbridge.model.errors import ConfigError

AS_OF = datetime(2026, 6, 30, 2, tzinfo=UTC)
CONFIG = csv_world.config(
    people="Name", accounts="No", contacts="No", deals="No", contracts="No", deliveries="No", tickets="No", todos="No"
)
MAPPING = csv_world.mapping(
    """
[objects.people]
kind = "user"
fields = { name = "Name", manager = { from = "Manager", object = "people" } }
[objects.accounts]
kind = "account"
fields = { name = "Name", owner = { from = "Owner", object = "people" } }
[objects.contacts]
kind = "contact"
fields = { full_name = "Name", account = { from = "Account", object = "accounts" } }
[objects.deals]
kind = "deal"
[objects.deals.fields]
name = "Name"
stage = "Stage"
account = { from = "Account", object = "accounts" }
contact = { from = "Contact", object = "contacts" }
owner = { from = "Owner", object = "people" }
vendor_created_at = { from = "Created", format = ["%Y-%m-%d"], precision = "day" }
closed_at = { from = "Closed", format = ["%Y-%m-%d"], precision = "day", when = "closed" }
[objects.contracts]
kind = "contract"
fields = { number = "No", name = "Name", deal = { from = "Deal", object = "deals" } }
[objects.deliveries]
kind = "delivery"
[objects.deliveries.fields]
name = "Name"
account = { from = "Account", object = "accounts" }
deal = { from = "Deal", object = "deals" }
owner = { from = "Owner", object = "people" }
promised_date = { from = "Promised", format = ["%Y-%m-%d"] }
forecast_date = { from = "Expected", format = ["%Y-%m-%d"] }
delivered_at = { from = "Came", format = ["%Y-%m-%d"], precision = "day" }
milestones = "Milestones"
[objects.tickets]
kind = "ticket"
[objects.tickets.fields]
name = "Subject"
account = { from = "Account", object = "accounts" }
owner = { from = "Owner", object = "people" }
type = { from = "Type", values = { Complaint = "complaint" } }
priority = "Priority"
opened_at = { from = "Opened", format = ["%Y-%m-%d %H:%M"] }
first_response_at = { from = "Answered", format = ["%Y-%m-%d %H:%M"] }
resolved_at = { from = "Resolved", format = ["%Y-%m-%d %H:%M"] }
[objects.todos]
kind = "task"
[objects.todos.fields]
title = "What"
content = "Text"
deal = { from = "Deal", object = "deals" }
account = { from = "Account", object = "accounts" }
owner = { from = "Who", object = "people" }
due_date = { from = "Due", format = ["%Y-%m-%d"] }
""",
    talk="open",
    won="won",
)
FILES = {
    "crmbridge.toml": CONFIG,
    "mapping/crm.toml": MAPPING,
    "after_sales.toml": 'format = 1\n[hand_over]\nto = "Deng"\n',
    "crm/people.csv": "Name,Manager\nWang,\nLi,Wang\nDeng,Wang\n",
    "crm/accounts.csv": "No,Name,Owner\n1,Acme,Li\n",
    "crm/contacts.csv": "No,Name,Account\n1,Chen,1\n",
    "crm/deals.csv": "No,Name,Stage,Account,Contact,Owner,Created,Closed\n"
    "1,Pumps,Won,1,1,Li,2026-06-01,2026-06-26\n2,Valves,Talk,1,1,Li,2026-06-01,\n",
    "crm/contracts.csv": "No,Name,Deal\nC-12,Pump house,1\n",
    "crm/deliveries.csv": "No,Name,Account,Deal,Owner,Promised,Expected,Came,Milestones\n"
    "1,Pump 1,1,1,Deng,2026-07-10,2026-07-20,,cast 2026-06-20; test 2026-07-01\n"
    "2,Pump 2,1,1,Deng,2026-06-10,,2026-06-09,\n3,Pump 3,1,1,Deng,2026-06-10,,2026-06-12,\n",
    "crm/tickets.csv": "No,Subject,Account,Owner,Type,Priority,Opened,Answered,Resolved\n"
    "1,The pump leaks,1,Deng,Complaint,P1,2026-06-29 23:00,2026-06-29 23:40,\n"
    "2,How is it oiled?,1,Deng,,,2026-06-30 09:30,,\n",
    "crm/todos.csv": "No,What,Text,Deal,Account,Who,Due\n",
}
ONLY = ("deliveries", "tickets", "after_sales")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(follow_up, "SERVICES", {name: follow_up.SERVICES[name] for name in ONLY})
    csv_world.write(tmp_path, FILES)
    return tmp_path


@pytest.fixture
def bridge(folder: Path) -> Iterator[Bridge]:
    with opened(folder) as bridge:
        bridge.sync([])
        yield bridge


def opened(folder: Path, as_of: datetime = AS_OF) -> Bridge:
    return Bridge.open(folder, as_of=as_of, environ={})


def section(told: Any, name: str) -> list[dict[str, Any]]:
    return [row for row in told.rows if row["section"] == name]


def tasks(folder: Path) -> list[tuple[str, str, str, str]]:
    with (folder / "crm" / "todos.csv").open(encoding="utf-8", newline="") as file:
        return sorted((row["What"], row["Text"], row["Who"], row["Due"]) for row in csv.DictReader(file))


def notices(folder: Path) -> list[tuple[str, str]]:
    lines = (folder / ".crmbridge" / "notices.ndjson").read_text(encoding="utf-8").splitlines()
    return sorted((json.loads(line)["to"], json.loads(line)["text"]) for line in lines)


def follow(folder: Path, as_of: datetime) -> tuple[object, object]:
    """So many tasks and notices are sent; the first plan waits until somebody has looked at it."""
    with opened(folder, as_of) as bridge:
        bridge.sync([])
        found = bridge.follow_up().rows
        for row in found:
            if row["state"] == "waiting":
                bridge.apply(str(row["plan"]))
        return next(((row["tasks"], row["notices"]) for row in found), (0, 0))


def test_won_is_one_task_to_who_delivers_and_a_late_forecast_one_before_the_promised_day(folder: Path) -> None:
    with opened(folder) as bridge:
        bridge.sync([])
        bridge.grant("crm", "tasks", [])
    assert follow(folder, AS_OF) == (2, 2)
    assert tasks(folder) == [
        ("Take over Pumps for Acme", "Contract: C-12 Pump house\nContacts: Chen\nSold by: Li", "Deng", "2026-06-30"),
        ("Tell Acme: Pump 1, promised for 2026-07-10, comes later (expected: 2026-07-20)", "", "Deng", "2026-07-01"),
    ]
    assert notices(folder) == [
        ("Li", "Complaint (Acme): The pump leaks"),
        ("Wang", "Late (Acme): The pump leaks, its resolution was due 2026-06-30 03:00"),
    ]
    moved = (folder / "crm" / "deliveries.csv").read_text(encoding="utf-8").replace(",2026-07-20,", ",2026-07-25,")
    (folder / "crm" / "deliveries.csv").write_text(moved, encoding="utf-8")
    assert follow(folder, datetime(2026, 7, 1, 2, tzinfo=UTC)) == (0, 1)
    assert follow(folder, datetime(2026, 7, 1, 3, tzinfo=UTC)) == (0, 0)
    assert len(tasks(folder)) == 2
    assert [text for _, text in notices(folder) if text.startswith("Late")] == [
        "Late (Acme): How is it oiled?, a first answer was due 2026-06-30 15:00",
        "Late (Acme): The pump leaks, its resolution was due 2026-06-30 03:00",
    ], "only what became late since is told"


def test_deliveries_with_the_rate_and_the_records_behind(bridge: Bridge) -> None:
    told = bridge.deliveries(by=("owner", "month"), explain=True)
    (whole,) = section(told, "whole")
    assert (whole["rate"].numerator, whole["rate"].denominator, whole["mean_late"]) == (1, 2, 2)
    assert [(row["owner"], row["month"]) for row in section(told, "slices")] == [
        ("Deng", "2026-06"),
        ("Deng", "unknown"),
    ]
    (coming,) = section(told, "coming")
    assert (coming["state"], coming["days"], coming["milestones"], coming["next"]) == ("delayed", 10, 2, "cast")
    assert told.explain is not None
    records: Any = told.explain["records"]
    assert {state: len(ids) for state, ids in records.items()} == {"delayed": 1, "late": 1, "on_time": 1}
    with pytest.raises(ConfigError, match="no dimension ower"):
        bridge.deliveries(by=("ower",))


def test_tickets_that_wait_with_the_hours_of_their_priority(bridge: Bridge) -> None:
    told = bridge.tickets(explain=True)
    assert [(row["measure"], row["tickets"], row["rate"].n) for row in section(told, "whole")] == [
        ("first_response", 2, 1),
        ("resolution", 2, 1),
    ]
    (waiting,) = section(told, "first_response")
    assert (waiting["ticket"], waiting["priority"], waiting["clock"], waiting["left_minutes"]) == (
        "How is it oiled?",
        "normal",
        "business",
        210,
    )
    late, _ = section(told, "resolution")
    assert (late["ticket"], late["status"], f"{late['due_at']:%H:%M}", late["clock"]) == (
        "The pump leaks",
        "breached",
        "03:00",
        "always",
    )
    assert told.explain is not None
    assert {"first_response met", "resolution breached"} <= set(told.explain["records"])  # type: ignore[call-overload]


@pytest.mark.parametrize("name", ["deliveries", "tickets"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_commands(folder: Path, capsys: pytest.CaptureFixture[str], name: str, language: str) -> None:
    with opened(folder) as bridge:
        bridge.sync([])
    place = ["-w", str(folder), "--as-of", "2026-06-30T10:00+08:00", "--lang", language]
    assert app.run([name, "--by", "owner", "--by", "month", *place]) == 0
    text = capsys.readouterr().out
    words = {"en": ("Pump 1", "The pump leaks", "working hours"), "zh": ("待交付", "等待解决的工单", "全天候")}
    assert any(word in text for word in words[language])
    assert app.run([name, "--json", "--explain", *place]) == 0
    first = capsys.readouterr().out
    assert app.run([name, "--json", "--explain", *place]) == 0
    assert capsys.readouterr().out == first
    assert json.loads(first)["definition"] == f"{name}/1"
    assert app.run([name, "--viewer", "Li", "--json", *place]) == 0
    assert not any(row["section"] in {"coming", "resolution"} for row in json.loads(capsys.readouterr().out)["rows"])
