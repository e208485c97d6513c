"""A plan that waited is sent as far as it is still wanted: nobody is called who has refused since."""

import csv
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.app import csv_world

from crmbridge.app import follow_up
from crmbridge.app.bridge import Bridge
from crmbridge.model.errors import ConfigError
from crmbridge.report.listing import Listing

CONFIG = csv_world.config(people="Name", contacts="No", deals="No", todos="No")
MAPPING = csv_world.mapping(
    """
[objects.people]
kind = "user"
fields = { name = "Name" }
[objects.contacts]
kind = "contact"
fields = { full_name = "Name", phones = "Phone", do_not_contact = "Blocked" }
[objects.deals]
kind = "deal"
[objects.deals.fields]
name = "Name"
contact = { from = "Contact", object = "contacts" }
stage = "Stage"
owner = { from = "Owner", object = "people" }
vendor_created_at = { from = "Created", format = ["%Y-%m-%d"], precision = "day" }
[objects.deals.stage_dates]
S4 = { from = "Quoted", format = ["%Y-%m-%d"], precision = "day" }
WON = { from = "Won", format = ["%Y-%m-%d"], precision = "day" }
[objects.todos]
kind = "task"
[objects.todos.fields]
title = "What"
deal = { from = "Deal", object = "deals" }
owner = { from = "Who", object = "people" }
due_date = { from = "Due", format = ["%Y-%m-%d"] }
""",
    S4="open",
    WON="won",
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
PEOPLE = "No,Name,Phone,Blocked\nK1,Wu,+86 139 0000 0001,\nK2,Xu,+86 139 0000 0002,{blocked}\n"
DEALS = (
    "No,Name,Contact,Stage,Owner,Created,Quoted,Won\n1,Warehouse,K1,S4,Li,2026-03-02,2026-03-08,\n"
    "2,Depot,K2,{stage},Li,2026-03-02,2026-03-08,{won}\n"
)


def fill(folder: Path, *, blocked: str = "", won: str = "") -> None:
    (folder / "crm/contacts.csv").write_text(PEOPLE.format(blocked=blocked), encoding="utf-8")
    (folder / "crm/deals.csv").write_text(DEALS.format(stage="WON" if won else "S4", won=won), encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(follow_up, "SERVICES", {"cadence": follow_up.SERVICES["cadence"]})
    files = {
        "crmbridge.toml": CONFIG,
        "mapping/crm.toml": MAPPING,
        "cadence.toml": RULE,
        "crm/people.csv": "Name\nLi\n",
        "crm/todos.csv": "No,What,Deal,Who,Due\n",
    }
    csv_world.write(tmp_path, files)
    fill(tmp_path)
    with opened(tmp_path) as bridge:
        bridge.sync([])
        bridge.grant("crm", "tasks", [])
    return tmp_path


def opened(folder: Path) -> Bridge:
    return Bridge.open(folder, as_of=datetime(2026, 3, 10, 1, tzinfo=UTC), environ={})


def tasks(folder: Path) -> list[str]:
    with (folder / "crm" / "todos.csv").open(encoding="utf-8", newline="") as file:
        return [row["Deal"] for row in csv.DictReader(file)]


def waiting(bridge: Bridge) -> str:
    """The plan of two calls, which waits for a person."""
    (row,) = bridge.follow_up().rows
    assert (row["state"], row["tasks"]) == ("waiting", 2)
    return str(row["plan"])


def told(listing: Listing) -> list[str]:
    return sorted(
        {f"{row['state']} {row.get('told', '')}".strip() for row in listing.rows if row["section"] == "lines"}
    )


def test_nobody_is_called_who_was_blocked_after_the_plan_was_made(folder: Path) -> None:
    with opened(folder) as bridge:
        name = waiting(bridge)
        fill(folder, blocked="yes")
        bridge.sync([])
        applied = bridge.apply(name)
        assert told(applied) == ["applied", "dropped it is not wanted any more"]
        assert tasks(folder) == ["1"]
        assert bridge.follow_up().rows == (), "and no later run calls"


def test_what_was_won_meanwhile_is_not_followed_up(folder: Path) -> None:
    with opened(folder) as bridge:
        name = waiting(bridge)
        fill(folder, won="2026-03-09")
        bridge.sync([])
        bridge.apply(name)
    assert tasks(folder) == ["1"]


def test_what_is_still_wanted_is_sent_whole(folder: Path) -> None:
    with opened(folder) as bridge:
        bridge.apply(waiting(bridge))
    assert tasks(folder) == ["1", "2"]


def test_nothing_is_sent_while_nobody_can_say_what_is_wanted(folder: Path) -> None:
    with opened(folder) as bridge:
        name = waiting(bridge)
    (folder / "cadence.toml").write_text(RULE.replace("3bd", "often"), encoding="utf-8")
    with opened(folder) as bridge, pytest.raises(ConfigError, match=r"cadence\.toml"):
        bridge.apply(name)
    assert tasks(folder) == []
    (folder / "cadence.toml").write_text(RULE, encoding="utf-8")
    with opened(folder) as bridge:
        bridge.apply(name)
    assert tasks(folder) == ["1", "2"]
