"""Simulated CRMs, people and faults around the production engine: no promise is broken, and planted bugs are found."""

import sys
from pathlib import Path

import pytest

from crmbridge.testing.world import mutants, totals
from crmbridge.testing.world.checker import check
from crmbridge.testing.world.command import main
from crmbridge.testing.world.scenario import live

STEPS = 200
FOUND_BUGS = [
    *(57, 99, 208, 840, 1634, 1898, 2311, 2862, 2867, 2994, 3511, 4647, 5740, 6105, 6190, 6296, 7971, 9211),
    *(110261, 112240, 201039),
]
"""Seeds that showed bugs of the engine, of the checker, or of both, before they were mended."""


def test_no_promise_is_broken_in_a_few_seeds() -> None:
    total = totals.run(range(4), steps=STEPS)
    assert [str(one) for one in total.violations] == []
    assert total.effective >= 3
    assert total.edits > 100


def test_one_seed_is_the_same_story_each_time() -> None:
    first, second = (live(3, steps=60, is_traced=True) for _ in range(2))
    assert first.chronicle.lines == second.chronicle.lines
    assert [str(deed) for deed in first.chronicle.deeds] == [str(deed) for deed in second.chronicle.deeds]


@pytest.mark.parametrize("name", ["unconditional_writes", "losers_are_forgotten"])
def test_planted_bugs_are_caught(name: str) -> None:
    assert mutants.hunt(mutants.named(name), steps=STEPS, most=8).seed is not None


def test_seeds_that_prove_nothing_say_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--seeds", "1", "--steps", "1", "--json"]) == 1
    assert "never" in capsys.readouterr().out


def test_there_are_enough_planted_bugs() -> None:
    assert len(mutants.ALL) >= 25
    assert len({mutant.name for mutant in mutants.ALL}) == len(mutants.ALL)
    assert all(mutant.about for mutant in mutants.ALL)
    assert {mutant.name for mutant in mutants.ALL}.issuperset(mutants.SPECIFIED)
    assert len(set(mutants.SPECIFIED)) == 13


@pytest.mark.parametrize("mutant", mutants.ALL, ids=lambda mutant: mutant.name)
def test_what_a_planted_bug_takes_out_is_there(mutant: mutants.Mutant) -> None:
    with mutant.plant():  # raises where the production code has no such name any more
        pass


@pytest.mark.wide
@pytest.mark.parametrize("seed", FOUND_BUGS)
def test_seeds_that_showed_bugs_show_none(seed: int) -> None:
    assert check(live(seed, steps=STEPS)) == []


@pytest.mark.wide
def test_300_seeds() -> None:
    total = totals.run(range(300), steps=STEPS, jobs=2)
    assert [str(one) for one in total.violations] == []
    assert total.vacuous() == []


@pytest.mark.wide
@pytest.mark.parametrize("mutant", mutants.ALL, ids=lambda mutant: mutant.name)
def test_every_planted_bug_is_caught(mutant: mutants.Mutant) -> None:
    assert mutants.hunt(mutant, steps=STEPS, most=100).seed is not None


def test_the_package_runs_as_a_module() -> None:
    assert Path(sys.modules["crmbridge.testing.world"].__file__ or "").with_name("__main__.py").is_file()
