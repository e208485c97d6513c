"""Intents through a workspace: nothing without a grant, a first plan that waits, one record whatever runs again."""

import csv
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest

from crmbridge.app.bridge import Bridge
from crmbridge.app.notice_file import FILE, NoticeFile
from crmbridge.ledger import links
from crmbridge.model.errors import ConfigError
from crmbridge.model.external_keys import task_key
from crmbridge.sync.twoway.intents import Make, SetField
from crmbridge.sync.twoway.notices import Notify

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


def test_a_notice_stands_in_the_plan_goes_into_the_file_once_and_cannot_be_taken_back(folder: Path) -> None:
    told = Notify("cb1-late", "Li", "Northwind waits", "response")
    file = folder / FILE
    with Bridge.open(folder, environ={}) as bridge:
        bridge.sync([])
        bridge.grant("crm", "tasks")
        sent = bridge.send("crm", [told])
        assert sent.outgoing is not None
        assert sent.outgoing.plan is not None
        name = sent.outgoing.plan.name
        (line,) = [row for row in bridge.plan_show(name).rows if row["section"] == "lines"]
        assert (line["op"], line["to"], line["why"]) == ("create", "Li: Northwind waits", "response")
        assert not file.exists()
        bridge.apply(name)
        bridge.send("crm", [told])
        (row,) = [orjson.loads(line) for line in file.read_bytes().splitlines()]
        assert (row["key"], row["to"], row["text"]) == ("cb1-late", "Li", "Northwind waits")
        (undo,) = bridge.undo(name)
        assert "cannot be taken back" in str(undo.rows[0]["reason"])


def test_a_line_that_a_kill_has_cut_off_is_no_notice_and_spoils_no_other(tmp_path: Path) -> None:
    channel = NoticeFile(tmp_path / "notices.ndjson", lambda: datetime(2026, 1, 5, tzinfo=UTC))
    channel.file.write_bytes(b'{"key":"one"}\n{"key":"two')
    assert (channel.has("one"), channel.has("two")) == (True, False)
    channel.deliver(Notify("two", "Li", "x", "y"))
    assert (channel.has("one"), channel.has("two")) == (True, True)
