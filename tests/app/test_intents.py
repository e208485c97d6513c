"""Intents through a workspace: nothing without a grant, a first plan that waits, one record whatever runs again."""

import csv
from pathlib import Path

import pytest

from crmbridge.app.bridge import Bridge
from crmbridge.ledger import links
from crmbridge.model.errors import ConfigError
from crmbridge.sync.twoway.intents import Make, SetField, task_key

CONFIG = """
[workspace]
name = "acme"
[connections.crm]
adapter = "csv"
path = "crm"
[connections.crm.objects.companies]
file = "companies.csv"
key = "ID"
writable = true
[connections.crm.objects.todos]
file = "todos.csv"
key = "No"
writable = true
"""
MAPPING = """
format = 1
[objects.companies]
kind = "account"
[objects.companies.fields]
name = "Name"
tier = "Tier"
[objects.todos]
kind = "task"
[objects.todos.fields]
title = "What"
account = { from = "Company", object = "companies" }
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in {
        "crmbridge.toml": CONFIG,
        "mapping/crm.toml": MAPPING,
        "crm/companies.csv": "ID,Name,Tier\nA1,Northwind,B\n",
        "crm/todos.csv": "No,What,Company\n",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def rows(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / "crm" / name).open(encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened))


def wanted(bridge: Bridge) -> list[Make | SetField]:
    with bridge.wiring.ledger.read() as tx:
        (account,) = links.resolve(tx, 1, "companies", ["A1"]).values()
    key = task_key("weekly", "account", "crm:A1", enrolment=1, occurrence=1)
    task = Make("task", key, {"title": "Call", "account": account}, "weekly")
    return [task, SetField("account", account, "tier", "A", "tiers")]


def test_intents_are_sent_as_far_as_granted_once_a_person_approved_the_first_plan(folder: Path) -> None:
    with Bridge.open(folder, environ={}) as bridge:
        bridge.sync([])
        intents = wanted(bridge)
        with pytest.raises(ConfigError, match="nobody has allowed crm to be written"):
            bridge.send("crm", intents)
        bridge.grant("crm", "fields", ["account.tier"])
        sent = bridge.send("crm", intents)
        assert sent.result.exit_code == 3
        assert sent.outgoing is not None
        assert sent.outgoing.plan is not None
        assert rows(folder, "todos.csv") == []
        told = bridge.apply(sent.outgoing.plan.name)
        assert told.exit_code == 0
        assert rows(folder, "companies.csv") == [{"ID": "A1", "Name": "Northwind", "Tier": "A"}]
        (task,) = rows(folder, "todos.csv")
        assert (task["What"], task["Company"]) == ("Call", "A1")
        again = bridge.send("crm", intents)
        assert again.outgoing is not None
        assert (again.result.exit_code, again.outgoing.plan) == (0, None)


def test_what_intents_have_written_can_be_taken_back(folder: Path) -> None:
    with Bridge.open(folder, environ={}) as bridge:
        bridge.sync([])
        bridge.grant("crm", "fields", ["tier"])
        sent = bridge.send("crm", wanted(bridge)[1:])
        assert sent.outgoing is not None
        assert sent.outgoing.plan is not None
        name = sent.outgoing.plan.name
        bridge.apply(name)
        (undo,) = bridge.undo(name)
        bridge.apply(str(undo.rows[0]["plan"]))
        assert rows(folder, "companies.csv")[0]["Tier"] == "B"
