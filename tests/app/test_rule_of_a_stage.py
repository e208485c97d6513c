"""Requirement S2-39: "S4 entered: create a follow-up in three business days", dry run first."""

import csv
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.app import csv_world

from crmbridge.app import follow_up
from crmbridge.app.bridge import Bridge
from crmbridge.model.external_keys import task_key

CONFIG = csv_world.config(people="Name", deals="No", todos="No")
MAPPING = csv_world.mapping(
    """
[objects.people]
kind = "user"
fields = { name = "Name" }
[objects.deals]
kind = "deal"
[objects.deals.fields]
name = "Name"
stage = "Stage"
owner = { from = "Owner", object = "people" }
vendor_created_at = { from = "Created", format = ["%Y-%m-%d"], precision = "day" }
[objects.deals.stage_dates]
S3 = { from = "Created", format = ["%Y-%m-%d"], precision = "day" }
S4 = { from = "Quoted", format = ["%Y-%m-%d"], precision = "day" }
[objects.todos]
kind = "task"
[objects.todos.fields]
title = "What"
deal = { from = "Deal", object = "deals" }
owner = { from = "Who", object = "people" }
due_date = { from = "Due", format = ["%Y-%m-%d"] }
""",
    S3="open",
    S4="open",
)
RULE = """
horizon = "5bd"
[policies.after-the-quote]
names = { en = "After the quote" }
applies_to = { object = ["deal"], stage = ["S4"] }
anchor = "stage_entry"
first = "after_interval"
steps = [{ no = 1, channel = "call", template = "needs-and-feedback", every = "3bd" }]
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(follow_up, "SERVICES", {"cadence": follow_up.SERVICES["cadence"]})
    files = {
        "crmbridge.toml": CONFIG,
        "mapping/crm.toml": MAPPING,
        "cadence.toml": RULE,
        "crm/people.csv": "Name\nLi\n",
        "crm/deals.csv": "No,Name,Stage,Owner,Created,Quoted\n1,Warehouse,S4,Li,2026-03-02,2026-03-09\n",
        "crm/todos.csv": "No,What,Deal,Who,Due\n",
    }
    csv_world.write(tmp_path, files)
    with opened(tmp_path) as bridge:
        bridge.sync([])
        bridge.grant("crm", "tasks", [])
    return tmp_path


def opened(folder: Path) -> Bridge:
    return Bridge.open(folder, as_of=datetime(2026, 3, 10, 1, tzinfo=UTC), environ={})


def tasks(folder: Path) -> list[tuple[str, str, str]]:
    with (folder / "crm" / "todos.csv").open(encoding="utf-8", newline="") as file:
        return [(row["Deal"], row["Who"], row["Due"]) for row in csv.DictReader(file)]


def test_a_dry_run_prints_one_intent_applying_makes_one_and_a_second_run_none(folder: Path) -> None:
    with opened(folder) as bridge:
        dry = bridge.follow_up(is_sent=False)
        assert [row["tasks"] for row in dry.rows] == [1]
        assert tasks(folder) == []
        (planned,) = bridge.plan_any("crm")
        key = task_key("after-the-quote", "deal", "crm:1", enrolment=1, occurrence=1)
        assert {row["key"] for row in planned.rows if row["section"] == "lines"} == {key}, "the plan shows the key"
        for row in bridge.follow_up().rows:
            bridge.apply(str(row["plan"]))
    assert tasks(folder) == [("1", "Li", "2026-03-12")], "three business days after 2026-03-09"
    with opened(folder) as bridge:
        bridge.sync([])
        assert bridge.follow_up().rows == ()
    assert len(tasks(folder)) == 1
