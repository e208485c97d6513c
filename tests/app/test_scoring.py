"""Scores through a workspace: its own document, what a run remembers, what the files cannot tell, and the command."""

import json
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import pytest

from crmbridge.app.bridge import Bridge
from crmbridge.app.scoring import figures, score
from crmbridge.cli import app
from crmbridge.ledger import service_events
from crmbridge.model.errors import ConfigErrors
from crmbridge.services.scores_report import ScoresRequest

CONFIG = """
[workspace]
name = "acme"
timezone = "Asia/Shanghai"
currency = "CNY"
[connections.crm]
adapter = "csv"
path = "crm"
[connections.crm.objects.people]
file = "people.csv"
key = "ID"
[connections.crm.objects.done]
file = "done.csv"
key = "No"
"""
MAPPING = """
format = 1
[objects.people]
kind = "lead"
[objects.people.fields]
full_name = "Name"
company_name = "Company"
title = "Title"
phones = "Phone"
need = "Need"
budget = "Budget"
authority = "Authority"
[objects.done]
kind = "activity"
[objects.done.fields]
type = { from = "What", values = { Form = "form", Visit = "meeting" } }
lead = { from = "Who", object = "people" }
started_at = { from = "When", format = ["%Y-%m-%d"], precision = "day" }
"""
PEOPLE = """ID,Name,Company,Title,Phone,Need,Budget,Authority
1,李娜,启明,总经理,13800000001,3,1,2
2,Bo,,,13800000002,,,
3,Cy,,,,1,,
"""
DONE = "No,What,Who,When\n1,Form,1,2026-03-03\n2,Visit,1,2026-02-08\n"
AS_OF = datetime(2026, 3, 10, 4, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in {
        "crmbridge.toml": CONFIG,
        "mapping/crm.toml": MAPPING,
        "crm/people.csv": PEOPLE,
        "crm/done.csv": DONE,
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    with opened(tmp_path) as bridge:
        bridge.sync([])
    return tmp_path


def opened(folder: Path, as_of: datetime = AS_OF) -> Bridge:
    return Bridge.open(folder, as_of=as_of, environ={})


def tiers(bridge: Bridge, **asked: bool) -> dict[object, tuple[object, object]]:
    rows = [row for row in bridge.scores(**asked).rows if row["section"] == "scores"]
    return {row["name"]: (row["tier"], row["why"]) for row in rows}


def test_a_run_remembers_tiers_and_the_next_one_holds_them(folder: Path) -> None:
    with opened(folder) as bridge:
        first = {"李娜": ("C", "first"), "Bo": ("D", "first"), "Cy": ("D", "first")}
        assert tiers(bridge) == first
        assert tiers(bridge, keep=True) == first
        assert tiers(bridge) == {name: (tier, "same") for name, (tier, _) in first.items()}
        with bridge.wiring.ledger.read() as tx:
            kept = [json.loads(event.body) for event in service_events.latest(tx, "lead_tiers", until_us=2**62)]
        assert {"tier": "C", "was": None, "score": "57.8640", "why": "first"} in kept
    (folder / "scores.toml").write_text("[tiers.C]\nenter = 65\n[tiers.B]\nenter = 70", encoding="utf-8")
    for days, wanted in ((6, ("C", "within_hold")), (7, ("D", "demoted"))):
        with opened(folder, AS_OF + timedelta(days=days)) as later:
            assert tiers(later)["李娜"] == wanted


def test_what_is_told_and_what_is_not(folder: Path) -> None:
    with opened(folder) as bridge:
        told = bridge.scores(explained=True)
        rows = [row for row in told.rows if row["section"] == "explanation" and row["name"] == "李娜"]
        (card,) = [row for row in told.rows if row["section"] == "scores" and row["name"] == "李娜"]
        assert sum(map(Fraction, map(str, (row["contribution"] for row in rows)))) == card["score"]
        assert {row["rule_id"] for row in rows if row["part"] == "engagement"} == {"form", "event"}
        assert told.explain is not None
        assert [row["section"] for row in told.rows if row["section"] == "unavailable"] == []
        report = score(bridge.wiring, bridge._facts, bridge._pipelines, ScoresRequest(AS_OF, kind="lead"))
        shown = {(one.figure, str(one.value)) for one in figures(report)}
    assert ("tier", "C") in shown
    assert ("score", "57.8639") in {(name, value[:7]) for name, value in shown}


def test_a_document_with_a_mistake_is_refused(folder: Path) -> None:
    (folder / "scores.toml").write_text("[hysteresis]\nbnd = 3", encoding="utf-8")
    with opened(folder) as bridge, pytest.raises(ConfigErrors, match=r"scores.toml:2: unknown key hysteresis.bnd"):
        bridge.scores()


def test_the_command_speaks_both_languages_and_json(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    asked = ("scores", "--workspace", str(folder), "--as-of", "2026-03-10T12:00")
    code = app.run((*asked, "--explain", "--lang", "zh"))
    shown, wrong = capfd.readouterr()
    assert code == 0, wrong
    assert "匹配度" in shown
    assert "决策或管理岗位" in shown
    app.run((*asked, "--lang", "en", "--json", "--tier", "C", "--known", "then"))
    document = json.loads(capfd.readouterr().out)
    assert document["definition"] == "scores/1"
    (row,) = [row for row in document["rows"] if row["section"] == "scores"]
    assert (row["tier"], row["score"], row["coverage"]) == ("C", 57.864, 0.8)
