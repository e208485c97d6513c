"""The alert rules and the board speak of metrics and labels that there are, and every alert says what to do next."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.docs.pages import ROOT

from crmbridge.app.metrics.families import FAMILIES, GUARDS, OPS, RESULT_WORDS, WORKSPACE

RULES = ROOT / "ops" / "prometheus" / "crmbridge.rules.yml"
BOARD = ROOT / "ops" / "grafana" / "crmbridge.json"
NAMES = {name: family for family in FAMILIES for name in family.names}
WORDS = {"result": RESULT_WORDS, "op": OPS, "guard": GUARDS}
OURS = re.compile(r"\bcrmbridge_\w+")
MATCHERS = re.compile(r"(\w+)\{([^}]*)\}")
MATCHER = re.compile(r'(\w+)(=~|!~|!=|=)"([^"]*)"')
GROUPING = re.compile(r"\b(?:by|on|without|ignoring) \(([^)]*)\)")
ALERTS_OF_THE_SPECIFICATION = {
    "no success for 2 x interval": "CrmbridgeJobLate",
    "in doubt for more than an hour": "CrmbridgeWriteInDoubt",
    "guard trip": "CrmbridgeGuardTripped",
    "quarantine > 1 %": "CrmbridgeQuarantineHigh",
    "login": "CrmbridgeLoginRefused",
    "audit verify failed": "CrmbridgeAuditBroken",
    "credits < 10 %": "CrmbridgeCreditsLow",
}


def rules() -> list[dict[str, Any]]:
    return [rule for group in yaml.safe_load(RULES.read_text("utf-8"))["groups"] for rule in group["rules"]]


def board() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(BOARD.read_text("utf-8"))
    return found


def expressions() -> Iterator[tuple[str, str]]:
    for rule in rules():
        yield rule["alert"], rule["expr"]
    for panel in board()["panels"]:
        for target in panel["targets"]:
            yield panel["title"], target["expr"]


@pytest.mark.parametrize(("where", "expression"), list(expressions()))
def test_every_metric_and_label_exists(where: str, expression: str) -> None:
    named = OURS.findall(expression)
    assert named, where
    assert set(named) <= set(NAMES)
    labels = {WORKSPACE, "le", *(label for name in named for label in NAMES[name].labels)}
    for group in GROUPING.findall(expression):
        assert {label.strip() for label in group.split(",")} <= labels
    for name, matchers in MATCHERS.findall(expression):
        for label, operator, value in MATCHER.findall(matchers):
            assert label in {WORKSPACE, *NAMES[name].labels}
            if label in WORDS:
                assert set(value.split("|") if "~" in operator else [value]) <= set(WORDS[label])


@pytest.mark.parametrize(("where", "expression"), list(expressions()))
def test_a_counter_is_asked_for_its_increase_alone(where: str, expression: str) -> None:
    """What it has counted since the ledger was made says nothing of today."""
    for name in OURS.findall(expression):
        if NAMES[name].type != "gauge":
            assert re.search(rf"increase\({name}(\{{[^}}]*\}})?\[\w+\]\)", expression), where


def test_everything_that_is_shown_in_words_is_a_label_of_its_figure() -> None:
    told = [(rule["expr"], " ".join(rule["annotations"].values())) for rule in rules()]
    for expression, words in told:
        labels = {WORKSPACE, *(label for name in OURS.findall(expression) for label in NAMES[name].labels)}
        assert set(re.findall(r"\$labels\.(\w+)", words)) <= labels
    for panel in board()["panels"]:
        for target in panel["targets"]:
            labels = {WORKSPACE, *(label for name in OURS.findall(target["expr"]) for label in NAMES[name].labels)}
            assert set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"])) <= labels


def test_every_alert_that_was_asked_for_is_there_and_says_what_comes_next() -> None:
    found = {rule["alert"]: rule for rule in rules()}
    assert set(ALERTS_OF_THE_SPECIFICATION.values()) <= set(found)
    for rule in found.values():
        assert rule["labels"]["severity"] in {"page", "ticket"}
        assert {"summary", "next"} <= set(rule["annotations"])


def test_the_board_shows_what_the_specification_names() -> None:
    shown = {NAMES[name].name for _, expression in expressions() for name in OURS.findall(expression)}
    unseen = {family.name for family in FAMILIES} - shown
    assert unseen <= {"crmbridge_info", "crmbridge_schema_version", "crmbridge_credits_total"}
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in board()["panels"]]
    assert len(set(places)) == len(places)


@pytest.fixture
def promtool() -> str:
    program = shutil.which("promtool")
    if program is None:
        pytest.skip("promtool is not on this machine")
    return program


def test_prometheus_itself_takes_the_rules_and_they_fire_when_they_should(promtool: str) -> None:
    subprocess.run([promtool, "check", "rules", RULES.name], check=True, cwd=RULES.parent)
    subprocess.run([promtool, "test", "rules", "crmbridge.rules.test.yml"], check=True, cwd=RULES.parent)


def test_prometheus_itself_takes_the_queries_of_the_board(promtool: str, tmp_path: Path) -> None:
    rules = [
        {"record": f"board:{number}", "expr": expression.replace("$workspace", ".*")}
        for number, (_, expression) in enumerate(expressions())
    ]
    file = tmp_path / "board.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "board", "rules": rules}]}), encoding="utf-8")
    subprocess.run([promtool, "check", "rules", str(file)], check=True)
