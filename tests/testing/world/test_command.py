"""The command over worlds: what it says while it runs, which commit it names, and the sum of several runs."""

import io
from pathlib import Path

import orjson
import pytest

from crmbridge.testing.world import totals
from crmbridge.testing.world.checker import Violation
from crmbridge.testing.world.command import main
from crmbridge.testing.world.commit import commit
from crmbridge.testing.world.progress import Progress
from crmbridge.testing.world.totals import Totals

BROKEN = Violation(7, "I2", "M1.city: 'City 3: x' is nowhere")


def part(first: int, **more: object) -> dict[str, object]:
    """What a run of ten seeds says."""
    total = Totals(10, 200, first, commit="abc", effective=9, edits=4, seconds=1.5)
    total.faults.update(lost=2)
    total.kills.update({"before push": 1})
    return total.told() | more


def test_several_runs_are_summed_where_they_are_one() -> None:
    broken = {"violations": [str(BROKEN)], "violating_seeds": [7]}
    found = totals.summed([part(10), part(0, **broken)])
    assert (found.seeds, found.first, found.effective, found.edits, found.commit) == (20, 0, 18, 8, "abc")
    assert (found.violations, found.violating, found.seconds) == ([BROKEN], {7}, 3.0)
    assert (found.faults["lost"], found.kills["before push"]) == (4, 2)


@pytest.mark.parametrize(
    ("other", "why"),
    [
        (part(5), "some seeds are in several"),
        (part(10, commit="def"), "commit is abc and def"),
        (part(10, steps=100), "steps is 100 and 200"),
        (part(10, calm=True), "calm is False and True"),
    ],
)
def test_runs_that_are_not_one_are_not_summed(other: dict[str, object], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        totals.summed([part(0), other])


def test_the_command_sums_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = [tmp_path / f"{first}.json" for first in (0, 10)]
    for number, path in enumerate(files):
        path.write_bytes(orjson.dumps(part(10 * number)))
    assert main(["--json", "--sum", *map(str, files)]) == 1, "so few seeds prove nothing"
    assert orjson.loads(capsys.readouterr().out)["seeds"] == 20


def test_a_broken_promise_is_told_at_once_and_the_line_only_where_it_is_wanted() -> None:
    one, total = Totals(1, violations=[BROKEN], violating={7}), Totals(3, violating={7})
    for is_line in (True, False):
        progress = Progress(out := io.StringIO(), 10, is_line=is_line)
        progress(one, total)
        progress.end()
        assert str(BROKEN) in out.getvalue()
        assert ("3 of 10 seeds, 1 broke a promise" in out.getvalue()) == is_line


def test_figures_name_the_commit() -> None:
    assert commit()


def test_a_calm_world_is_another_story_and_proves_something_by_its_deletions() -> None:
    calm, busy = (totals.run([3], steps=30, is_calm=is_calm) for is_calm in (True, False))
    assert (calm.is_calm, calm.told()["calm"]) == (True, True)
    assert calm.did != busy.did
    assert "no deletion was carried over" in Totals(1, is_calm=True).vacuous()
