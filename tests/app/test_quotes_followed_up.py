"""Quotes and contracts all the way: read from files, worked out, and the tasks written where they belong, each once."""

import csv
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.app import csv_world

from crmbridge.app import follow_up
from crmbridge.app.bridge import Bridge

CONFIG = csv_world.config(people="Name", deals="No", quotes="No", contracts="No", todos="No")
MAPPING = csv_world.mapping(
    """
[objects.people]
kind = "user"
fields = { name = "Name", role = "Role", manager = { from = "Manager", object = "people" } }
[objects.deals]
kind = "deal"
fields = { name = "Name", stage = "Stage", owner = { from = "Owner", object = "people" } }
[objects.quotes]
kind = "quote"
[objects.quotes.fields]
number = "No"
deal = { from = "Deal", object = "deals" }
amount = "Net"
list_total = "List"
trial_ends = { from = "Trial", format = ["%Y-%m-%d"] }
[objects.contracts]
kind = "contract"
fields = { number = "No", deal = { from = "Deal", object = "deals" }, steps = "Steps", clauses = "Clauses" }
[objects.todos]
kind = "task"
[objects.todos.fields]
title = "What"
status = { from = "State", values = { "open" = "open", "done" = "done" } }
deal = { from = "Deal", object = "deals" }
owner = { from = "Who", object = "people" }
due_date = { from = "Due", format = ["%Y-%m-%d"] }
""",
    talk="open",
)
FILES = {
    "crmbridge.toml": CONFIG,
    "mapping/crm.toml": MAPPING,
    "crm/people.csv": "Name,Role,Manager\nWang,Sales Manager,\nLi,Rep,Wang\n",
    "crm/deals.csv": "No,Name,Stage,Owner\n1,Pumps,Talk,Li\n2,Valves,Talk,Li\n",
    "crm/quotes.csv": "No,Deal,Net,List,Trial\nQ1,1,85,100,2026-03-13\nQ2,2,109663.96,116663.66,\n",
    "crm/contracts.csv": "No,Deal,Steps,Clauses\nK1,1,legal 2026-03-02,payment term: complete\n",
    "crm/todos.csv": "No,What,Deal,Who,Due,State\n",
}
FRIDAY, MONDAY = datetime(2026, 3, 6, 2, tzinfo=UTC), datetime(2026, 3, 9, 2, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(follow_up, "SERVICES", {name: follow_up.SERVICES[name] for name in ("quotes", "contracts")})
    csv_world.write(tmp_path, FILES)
    with Bridge.open(tmp_path, as_of=FRIDAY, environ={}) as bridge:
        bridge.sync([])
        bridge.grant("crm", "tasks", [])
    return tmp_path


def run(folder: Path, as_of: datetime) -> None:
    """One run; its first plan waits until somebody has looked at it."""
    with Bridge.open(folder, as_of=as_of, environ={}) as bridge:
        bridge.sync([])
        for row in bridge.follow_up().rows:
            if row["state"] == "waiting":
                bridge.apply(str(row["plan"]))


def tasks(folder: Path) -> list[tuple[str, str, str]]:
    with (folder / "crm" / "todos.csv").open(encoding="utf-8", newline="") as file:
        return sorted((row["What"], row["Who"], row["Due"]) for row in csv.DictReader(file))


ALL = [
    ("Approve 15.00 % off for Pumps? Quote Q1; Li may give 10.00 %", "Wang", "2026-03-09"),
    ("Call Pumps: the trial ends on 2026-03-13", "Li", "2026-03-11"),
    ("Contract K1 of Pumps waits in legal for 1 workdays more than its limit of 3", "Wang", "2026-03-06"),
]


def test_each_is_asked_once_whatever_becomes_of_the_task(folder: Path) -> None:
    run(folder, FRIDAY)
    assert tasks(folder) == ALL
    run(folder, MONDAY)
    assert tasks(folder) == ALL
    with Bridge.open(folder, as_of=MONDAY, environ={}) as bridge:
        told = bridge.quotes()
    assert [(row["quote"], row["approval"]) for row in told.rows if row["section"] == "approvals"] == [("Q1", "asked")]
    assert [row["call"] for row in told.rows if row["section"] == "endings"] == ["made"]
    file = folder / "crm" / "todos.csv"
    file.write_text(file.read_text(encoding="utf-8").replace(",open", ",done"), encoding="utf-8")
    run(folder, MONDAY)
    assert tasks(folder) == ALL


def test_a_larger_discount_is_asked_for_anew(folder: Path) -> None:
    run(folder, FRIDAY)
    file = folder / "crm" / "quotes.csv"
    file.write_text(file.read_text(encoding="utf-8").replace("Q1,1,85,", "Q1,1,81,"), encoding="utf-8")
    run(folder, MONDAY)
    assert [what for what, _, _ in tasks(folder) if what.startswith("Approve")] == [
        "Approve 15.00 % off for Pumps? Quote Q1; Li may give 10.00 %",
        "Approve 19.00 % off for Pumps? Quote Q1; Li may give 10.00 %",
    ]
