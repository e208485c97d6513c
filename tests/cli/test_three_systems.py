"""The demo's comparison of three systems: it says what it leaves out, and refuses figures that differ."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from crmbridge.app import demo
from crmbridge.app.demo import systems
from crmbridge.cli import app, three_systems
from crmbridge.cli.command import Run
from crmbridge.model.errors import ContractError
from crmbridge.report.listing import Column, Listing, Names

RUN = Run(None, None, "en", "table")
SMALL = demo.Size(users=4, accounts=8, contacts=12, leads=20, deals=40, activities=30, tasks=10)


def answer(title: str, **figures: object) -> three_systems.Answer:
    columns = tuple(Column(name, name, "count") for name in ("total", "won"))
    funnel = Listing("funnel/1", columns, ({"slice": "all", "total": 3, "won": 1, **figures},))
    return three_systems.Answer(Names({"en": title, "zh": title}), funnel)


def test_all_three_are_read_and_shown(tmp_path: Path) -> None:
    found = three_systems.compare(RUN, tmp_path)
    assert found
    titles = [row["system"] for row in found.rows]
    assert [one.in_language("en") for one in titles if isinstance(one, Names)][0::2] == ["Zoho CRM", "CSV files"]
    first, *others = [{name: cell for name, cell in row.items() if name != "system"} for row in found.rows]
    assert others == [first, first]
    assert {"won", "lost", "win_rate", "won_amount", "cycle_days_mean"} <= first.keys()
    assert isinstance(first["won"], int)
    assert first["won"] > 5


def test_what_is_not_installed_is_named_and_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(systems, "SYSTEMS", {**systems.SYSTEMS, "another": "another"})
    monkeypatch.setattr("crmbridge.cli.simulators.MODULE", "crmbridge_simulators_that_are_not_there")
    assert three_systems.compare(RUN, tmp_path) is None
    assert "because crmbridge-another, crmbridge-sim is not installed" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_figures_that_differ_are_a_bug(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def two(folder: Path) -> Iterator[list[systems.System]]:
        yield [systems.System("zoho", folder), systems.System("files", folder)]

    told = iter([answer("Zoho CRM"), answer("CSV files", won=2)])
    monkeypatch.setattr(three_systems, "_systems", two)
    monkeypatch.setattr(three_systems, "_answer", lambda _, __: next(told))
    with pytest.raises(ContractError, match="funnel/1 differs between the systems"):
        three_systems.compare(RUN, tmp_path)


@pytest.mark.parametrize(
    ("language", "words"), [("en", "all three give the same funnel"), ("zh", "三者的漏斗完全相同")]
)
def test_the_demo_ends_with_it(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], language: str, words: str
) -> None:
    monkeypatch.setattr(demo, "invent", partial(demo.invent, size=SMALL))
    made = Listing("demo-systems/1", (Column("system", "system"),), ({"system": "x"},))
    monkeypatch.setattr(three_systems, "compare", lambda *_: made)
    assert app.run(["demo", "--lang", language]) == 0
    told = capfd.readouterr()
    assert words in told.err
    assert "x" in told.out.splitlines()
