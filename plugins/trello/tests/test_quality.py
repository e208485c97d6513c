"""The quality scale of this plugin is honest: every rule is answered, and what is missing is said in the README."""

import re
from pathlib import Path

from crmbridge.adapter import scale
from crmbridge_trello.config import ObjectOptions, TrelloOptions

FOLDER = Path(__file__).parents[1]
ANSWERS = scale.read(FOLDER / "quality.toml")


def test_bronze_and_silver_are_whole() -> None:
    lower = [rule.name for rule in scale.rules() if rule.tier in scale.TIERS[:2]]
    exempt = {name for name in lower if ANSWERS.by_rule[name].state == "exempt"}
    assert exempt == {"credits-budget", "deletes-detected"}
    assert [name for name in lower if ANSWERS.by_rule[name].state == "todo"] == []


def test_readme_says_what_is_missing() -> None:
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    missing = text.partition("## What is missing")[2].partition("##")[0].replace("\n", " ")
    for words in ("custom fields", "webhooks", "crash matrix", "hypothesis machine", "live account"):
        assert words in missing
    assert len(ANSWERS.todo()) == 5


def test_readme_names_every_key_and_every_code() -> None:
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    keys = {*TrelloOptions.model_fields, *ObjectOptions.model_fields} - {"objects", "simulator", "api_url"}
    assert {key for key in keys if f"`{key}`" not in text and f".{key}`" not in text} == set()
    sources = "".join(file.read_text(encoding="utf-8") for file in (FOLDER / "src" / "crmbridge_trello").glob("*.py"))
    codes = set(re.findall(r'(?:Rejected|Unsendable)\(\s*"([A-Z_]+)"', sources)) - {"READ_ONLY", "GIVEN"}
    assert {code for code in codes if code not in text} == set()
