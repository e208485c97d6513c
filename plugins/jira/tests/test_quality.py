"""The quality scale of this plugin is honest: every rule is answered, and what is missing is said in the README."""

import re
from pathlib import Path

from crmbridge.adapter import scale
from crmbridge_jira.config import JiraOptions, ObjectOptions

FOLDER = Path(__file__).parents[1]
ANSWERS = scale.read(FOLDER / "quality.toml")


def test_bronze_and_silver_are_whole() -> None:
    lower = [rule.name for rule in scale.rules() if rule.tier in scale.TIERS[:2]]
    assert [name for name in lower if ANSWERS.by_rule[name].state == "todo"] == []


def test_readme_says_what_is_missing() -> None:
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    missing = text.partition("## What is missing")[2].partition("##")[0].replace("\n", " ")
    for words in ("history", "crash matrix", "million-record", "hypothesis machine", "live account"):
        assert words in missing
    assert len(ANSWERS.todo()) == 6


def test_readme_names_every_key_and_every_code() -> None:
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    keys = {*JiraOptions.model_fields, *ObjectOptions.model_fields} - {"objects", "simulator"}
    assert {key for key in keys if f"`{key}`" not in text and f".{key}`" not in text} == set()
    sources = "".join(file.read_text(encoding="utf-8") for file in (FOLDER / "src" / "crmbridge_jira").glob("*.py"))
    codes = set(re.findall(r'Rejected\(\s*"([A-Z_]+)"', sources)) - {"READ_ONLY", "ARCHIVED"}
    assert {code for code in codes if code not in text} == set()
