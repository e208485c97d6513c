"""README, "Run it every night": a stranger can follow it, in both languages, on a workspace that is there."""

from pathlib import Path

import pytest
from tests.app.company import Company
from tests.docs.pages import ROOT, blocks, commands, text_of
from tests.docs.running import Runner, kept_demo, runner

__all__ = ["kept_demo", "runner"]


@pytest.mark.parametrize(
    ("readme", "heading", "after"),
    [
        ("README.md", "## Run it every night\n", "## What to do then\n"),
        ("README.zh-CN.md", "## 每晚自动运行\n", "## 接下来\n"),
    ],
)
def test_each_command_of_the_section_runs(
    runner: Runner, tmp_path: Path, readme: str, heading: str, after: str
) -> None:
    section = text_of(ROOT / readme).split(heading, 1)[1].split(after, 1)[0]
    page = tmp_path / "section.md"
    page.write_text(section, encoding="utf-8")
    Company.make(tmp_path / "acme")
    runner.replace = {"uv run crmbridge": "crmbridge"}
    assert sum(len(commands(block)) for block in blocks(page)) == 10
    assert runner.run(page) == 2
