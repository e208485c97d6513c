"""The tasks of a world in Zoho, Fxiaoke, Jira and Trello: made once in each, done in any of them, and quiet again."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from .tools import TOOLS, Tools, serving

DONE = {"zoho": "Completed", "fxiaoke": "2", "jira": "10004", "trello": "done"}


@pytest.fixture
def tools(tmp_path: Path) -> Iterator[Tools]:
    with serving(tmp_path) as found:
        yield found


def test_what_is_done_in_any_of_four_systems_is_done_once_in_all(tools: Tools) -> None:
    code, told = tools.sync()
    assert code == 0, told
    tools.grant()
    code, told = tools.sync()
    assert code == 3, told
    tools.apply()
    open_tasks = {row["What"]: number for number, row in tools.rows().items() if row["State"] == "open"}
    assert len(open_tasks) >= len(TOOLS) + 1
    for name in TOOLS:
        assert set(tools.shown(name)) == set(open_tasks), name
    code, told = tools.sync()
    assert code == 0, told
    before = {name: tools.shown(name) for name in TOOLS}
    assert tools.sync() == (0, []), "a second run creates nothing"
    assert {name: tools.shown(name) for name in TOOLS} == before
    for name, title in zip(TOOLS, open_tasks, strict=False):
        tools.finish(name, title)
        assert tools.rows()[open_tasks[title]]["State"] == "open"
    for _ in range(2):  # what one tool says reaches the others by the files
        code, told = tools.sync()
        assert code == 0, told
    finished = list(open_tasks)[: len(TOOLS)]
    assert {number for number, row in tools.rows().items() if row["State"] == "done" and row["What"] in finished} == {
        open_tasks[title] for title in finished
    }
    for name in TOOLS:
        shown = tools.shown(name)
        assert {title for title, (_, state) in shown.items() if state == DONE[name]} == set(finished), name
        assert {title: key for title, (key, _) in shown.items()} == {t: key for t, (key, _) in before[name].items()}
    after = {name: tools.shown(name) for name in TOOLS}
    assert tools.sync() == (0, [])
    assert {name: tools.shown(name) for name in TOOLS} == after
