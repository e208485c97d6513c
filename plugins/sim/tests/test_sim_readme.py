"""The README tells what the code does: its tables are the code's, its example runs."""

from __future__ import annotations

import re

from plugins.sim.tests.readme_tables import README, TABLES, renewed

from crmbridge_sim.zoho.switches import Switches

PAGE = README.read_text(encoding="utf-8")


def test_the_tables_are_those_of_the_code() -> None:
    assert all(f"<!-- table: {name} -->" in PAGE for name in TABLES)
    assert renewed(PAGE) == PAGE, "python plugins/sim/tests/readme_tables.py writes them anew"


def test_every_switch_is_looked_at_somewhere() -> None:
    source = README.parent / "src" / "crmbridge_sim"
    text = "".join(file.read_text(encoding="utf-8") for file in source.rglob("*.py") if file.name != "switches.py")
    assert [name for name in Switches().known if f'"{name}"' not in text] == []


def test_every_switch_has_its_source() -> None:
    assert all(switch.source and switch.sentence.endswith(".") for switch in Switches().known.values())


def test_the_examples_run() -> None:
    examples = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert len(examples) == 4
    for example in examples:
        exec(compile(example, str(README), "exec"), {})  # noqa: S102  # our own page
