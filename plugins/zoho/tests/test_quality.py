"""The quality scale of this plugin is honest: every rule is answered, and what is missing is said in the README."""

import tomllib
from pathlib import Path

FOLDER = Path(__file__).parents[1]
RULES = tomllib.loads((FOLDER / "quality.toml").read_text(encoding="utf-8"))
OTHER = tomllib.loads((FOLDER.parent / "csv" / "quality.toml").read_text(encoding="utf-8"))
TIERS = ("bronze", "silver", "gold", "platinum")


def test_every_rule_is_answered() -> None:
    assert [set(RULES[tier]) for tier in TIERS] == [set(OTHER[tier]) for tier in TIERS]
    for tier in TIERS:
        for answer in RULES[tier].values():
            is_plain = isinstance(answer, str)
            assert answer in ("done", "todo") if is_plain else len(answer["exempt"]) > 20


def test_bronze_and_silver_are_whole() -> None:
    assert [rule for tier in TIERS[:2] for rule, answer in RULES[tier].items() if answer != "done"] == []


def test_readme_says_what_is_missing() -> None:
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    missing = text.partition("## What is missing")[2].partition("##")[0].replace("\n", " ")
    for words in ("crash matrix", "million-record", "hypothesis machine", "live account"):
        assert words in missing
    todo = [rule for tier in TIERS for rule, answer in RULES[tier].items() if answer == "todo"]
    assert len(todo) == 5
