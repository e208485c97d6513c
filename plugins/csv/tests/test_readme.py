"""The README and the quality card say what is so."""

import re
import tomllib
from pathlib import Path

import pytest

from crmbridge_csv.config import CsvOptions, HistoryOptions, ObjectOptions
from crmbridge_csv.problems import _COUNTED

FOLDER = Path(__file__).parent.parent
README = (FOLDER / "README.md").read_text("utf-8")
EXAMPLES = re.findall(r"```toml\n(.*?)```", README, re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_is_a_valid_configuration(example: str) -> None:
    for connection in tomllib.loads(example)["connections"].values():
        assert connection.pop("adapter") == "csv"
        CsvOptions.model_validate(connection)


def test_every_option_is_in_the_tables() -> None:
    named = set(re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", README, re.MULTILINE))
    options = {option for cell in named for option in re.findall(r"\w+", cell)}
    assert {*CsvOptions.model_fields, *ObjectOptions.model_fields} <= options


def test_every_option_of_history_is_in_its_table() -> None:
    section = README.partition("### Stage history")[2].partition("### Workbooks")[0]
    named = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", section, re.MULTILINE)
    options = {option for cell in named for option in re.findall(r"\w+", cell)}
    assert options == {info.alias or name for name, info in HistoryOptions.model_fields.items()}


def test_every_code_is_explained() -> None:
    sources = "".join(path.read_text("utf-8") for path in (FOLDER / "src" / "crmbridge_csv").glob("*.py"))
    codes = set(re.findall(r'Problem\(\s*"([A-Z_]+)"', sources))
    assert {problem.code for problem in _COUNTED.values()} <= codes
    assert codes == {code for code in codes if f"`{code}`" in README}


def test_every_rule_of_the_quality_scale_has_its_word() -> None:
    card = tomllib.loads((FOLDER / "quality.toml").read_text("utf-8"))
    rules = {
        f"{tier}.{rule}": word for tier in ("bronze", "silver", "gold", "platinum") for rule, word in card[tier].items()
    }
    assert len(rules) == 10 + 11 + 12 + 7
    for rule, word in rules.items():
        assert word["exempt"] if isinstance(word, dict) else word in {"done", "todo"}, rule
