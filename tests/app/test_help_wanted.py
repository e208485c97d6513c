"""Requirement S1-07: a flag "needs help" on a deal is told to the manager once, and listed until it is cleared."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from tests.app import csv_world

from crmbridge.app import follow_up
from crmbridge.app.bridge import Bridge
from crmbridge.cli import app

CONFIG = csv_world.config(people="Name", deals="No", calls="No", todos="No")
MAPPING = csv_world.mapping(
    """
[objects.people]
kind = "user"
fields = { name = "Name", manager = { from = "Manager", object = "people" } }
[objects.deals]
kind = "deal"
[objects.deals.fields]
name = "Name"
stage = "Stage"
owner = { from = "Owner", object = "people" }
[objects.deals.custom]
needs_help = { from = "Help", type = "text" }
[objects.calls]
kind = "activity"
[objects.calls.fields]
type = { value = "call" }
subject = "Subject"
deal = { from = "Deal", object = "deals" }
[objects.calls.custom]
needs_help = { from = "Help", type = "bool" }
[objects.todos]
kind = "task"
[objects.todos.fields]
title = "What"
deal = { from = "Deal", object = "deals" }
""",
    talk="open",
)
DEALS = "No,Name,Stage,Owner,Help\n1,Pumps,Talk,Li,{help}\n2,Valves,Talk,Li,no\n3,Pipes,Talk,Li,\n"
CALLS = "No,Subject,Deal,Help\n1,About the price,2,{help}\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(follow_up, "SERVICES", {"help": follow_up.SERVICES["help"]})
    files = {
        "crmbridge.toml": CONFIG,
        "mapping/crm.toml": MAPPING,
        "crm/people.csv": "Name,Manager\nWang,\nLi,Wang\n",
        "crm/todos.csv": "No,What,Deal\n",
    }
    csv_world.write(tmp_path, files)
    said(tmp_path, "", call="no")
    with opened(tmp_path, 1) as bridge:
        bridge.sync([])
        bridge.grant("crm", "tasks", [])
    return tmp_path


def said(folder: Path, deal: str, *, call: str = "no") -> None:
    (folder / "crm" / "deals.csv").write_text(DEALS.format(help=deal), encoding="utf-8")
    (folder / "crm" / "calls.csv").write_text(CALLS.format(help=call), encoding="utf-8")


def opened(folder: Path, day: int) -> Bridge:
    return Bridge.open(folder, as_of=datetime(2026, 6, day, 2, tzinfo=UTC), environ={})


def run(folder: Path, day: int) -> tuple[list[str], list[tuple[object, object, object]]]:
    """All that managers were told up to now, and who is listed after the run of a day."""
    with opened(folder, day) as bridge:
        bridge.sync([])
        for row in bridge.follow_up().rows:
            if row["state"] == "waiting":
                bridge.apply(str(row["plan"]))
        listed = [(row["record"], row["words"], row["since"]) for row in bridge.help_wanted().rows]
    file = folder / ".crmbridge" / "notices.ndjson"
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    return [f"{json.loads(line)['to']}: {json.loads(line)['text']}" for line in lines], listed


def test_a_flag_is_one_notice_to_the_manager_and_listed_until_it_is_cleared(folder: Path) -> None:
    assert run(folder, 2) == ([], [])
    said(folder, "the discount")
    told = ["Wang: Li needs help with Pumps: the discount"]
    assert run(folder, 3) == (told, [("Pumps", "the discount", date(2026, 6, 3))])
    assert run(folder, 4) == (told, [("Pumps", "the discount", date(2026, 6, 3))])
    said(folder, "yes")
    assert run(folder, 5) == (told, [("Pumps", None, date(2026, 6, 3))]), "set twice, it is still one"
    said(folder, "")
    assert run(folder, 6) == (told, [])
    said(folder, "the contract")
    again = [*told, "Wang: Li needs help with Pumps: the contract"]
    assert run(folder, 8) == (again, [("Pumps", "the contract", date(2026, 6, 8))]), "a new one after it was cleared"


def test_an_activity_may_say_so_too_and_a_look_remembers_nothing(folder: Path) -> None:
    said(folder, "", call="yes")
    with opened(folder, 2) as bridge:
        bridge.sync([])
        for _ in range(2):
            told = bridge.help_wanted(explain=True)
            (row,) = told.rows
            assert (row["kind"], row["record"], row["owner"], row["manager"], row["since"]) == (
                "activity",
                "About the price",
                "Li",
                "Wang",
                None,
            )
        assert told.explain is not None
        assert bridge.help_wanted(viewer="Wang").rows == told.rows
    assert run(folder, 3)[0] == ["Wang: Li needs help with About the price: unknown"]


def test_where_no_mapping_knows_the_field_that_is_told_and_the_document_names_another(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said(folder, "yes")
    place = ["-w", str(folder), "--as-of", "2026-06-02", "--lang", "en"]
    with opened(folder, 2) as bridge:
        bridge.sync([])
    assert app.run(["help-wanted", *place]) == 0
    assert "Pumps" in capsys.readouterr().out
    (folder / "help.toml").write_text('[flags]\ndeal = "sos"\nactivity = ""\n', encoding="utf-8")
    assert app.run(["help-wanted", "--json", *place]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["rows"] == []
    assert [note["code"] for note in found["warnings"]] == ["HELP_NOT_TOLD"]
    (folder / "help.toml").write_text('[flags]\ndael = "sos"\n', encoding="utf-8")
    assert app.run(["help-wanted", *place]) == 78
    assert "help.toml:2" in capsys.readouterr().err
