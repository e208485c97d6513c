"""A source that is read in a process of its own: nobody can tell, but by the time it takes."""

import itertools
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.sync.apart_source import DIE, HANG, Told, play
from tests.sync.world import World

from crmbridge.adapter.contract import Page, Payload, Problem, RawRecord
from crmbridge.ledger.engine import open_ledger
from crmbridge.model.errors import Throttled, TransientError, Unavailable
from crmbridge.sync.apart.recipe import GoingApart
from crmbridge.sync.apart.wire import Elsewhere

ROOT = Path(__file__).resolve().parents[2]
DAY = datetime(2026, 1, 3, 4, 5, 6, tzinfo=UTC)


def deal(name: str, payload: Payload | None = None, **more: Any) -> RawRecord:
    plain = {"name": f"Deal {name}", "stage": "New", "amount": "1.50", "close": "2026-02-03", "owner": "u1"}
    return RawRecord("deals", name, plain | {"account": "a1"} | dict(payload or {}), position=f"line {name}", **more)


def odd_script() -> list[Page]:
    """Everything that a page can hold."""
    lacking = {name: value for name, value in deal("d7").payload.items() if name != "amount"}
    pages = [
        [deal("d1"), deal("d2", revision="7", modified=DAY), deal("d3", {"amount": "?", "close": "never"})],
        [
            deal("d4", {"stage": "Nobody knows"}),
            deal("d5", {"amount": Decimal("1E+3")}),
            RawRecord("deals", "d7", lacking),
        ],
        [deal("d8"), deal("d8"), deal("d9"), deal("d9", {"name": "Other"}), RawRecord("deals", "d2", {}, deleted=True)],
        [
            deal("d10", {"name": "half \ud800"}),
            deal("", {"name": "no id"}),
            deal("d11", {"n": 2**70, "deep": [{"x": None}]}),
        ],
        [],
        [deal("d1"), deal("d12", {"name": "nul \0 in it"}), deal("d13", {"name": "两\\u0000 written"})],
        [deal(f"e{number}", {"amount": str(number)}) for number in range(400)],
        [deal("d7", {"amount": ""}), deal("d3")],
    ]
    problem = Problem("SHORT_ROW", "{count} short", {"count": 3}, position="file:9", raw="a,b")
    made = [Page(records, str(number), [problem] if number in {2, 7} else ()) for number, records in enumerate(pages)]
    notices = [Problem("UNCHANGED", "{file} is as it was", {"file": "x"})]
    return [*made[:-1], replace(made[-1], complete=True, whole=True, notices=notices)]


def later_script() -> list[Page]:
    """The same source later: edits, moves, records that are gone, fields that are not told."""
    told = {"name": "Only a name"}
    records = [deal(f"e{number}", {"stage": "Talk" if number % 3 else "New"}) for number in range(390)]
    first = [deal("d1", {"stage": "Won"}), deal("d3", {"amount": "?"}), RawRecord("deals", "d4", told), deal("d5")]
    rest = [deal("d7"), deal("d8", modified=DAY), deal("d11"), deal("d13")]
    return [Page(first, "10"), Page(records, "11"), Page(rest, "12", complete=True, whole=True)]


def outcome(result: Any) -> list[Any]:
    return [
        (s.object, s.counts, s.notices, s.cursor_before, s.cursor_after, str(s.error), s.waiting, s.exit_code)
        for s in result.steps
    ]


@pytest.fixture
def worlds(tmp_path: Path) -> Iterator[Callable[[], World]]:
    """New worlds, each with a ledger and a folder of its own."""
    made: list[World] = []

    def make() -> World:
        numbers = itertools.count(1)
        (tmp_path / str(len(made))).mkdir()
        made.append(World(open_ledger(f"sqlite:///{tmp_path / f'{len(made)}.db'}"), lambda: f"{next(numbers):026d}"))
        return made[-1]

    yield make
    for world in made:
        world.ledger.close()


def apart(after: int = 1) -> GoingApart:
    return GoingApart(after, is_waited_for=True)


def test_the_ledger_and_the_results_are_the_same(worlds: Callable[[], World], tmp_path: Path) -> None:
    alone = worlds()
    told = Told()
    results = [
        outcome(play(alone, tmp_path, script, going=None, progress=told)) for script in (odd_script(), later_script())
    ]
    assert alone.quarantine()
    assert {step[5] for result in results for step in result} == {"None"}
    assert results[1][2][1].deleted > 0
    for after in (1, 12):
        world, heard = worlds(), Told()
        found = [
            outcome(play(world, tmp_path, script, going=apart(after), progress=heard))
            for script in (odd_script(), later_script())
        ]
        assert found == results, after
        assert heard.steps == told.steps, after
        assert world.dump() == alone.dump(), after


def test_without_waiting_for_the_process_they_are_the_same_too(worlds: Callable[[], World], tmp_path: Path) -> None:
    alone, world = worlds(), worlds()
    pages = [Page([deal(f"d{number}-{at}") for at in range(20)], str(number)) for number in range(30)]
    play(alone, tmp_path, pages, going=None)
    play(world, tmp_path, pages, going=GoingApart(20))
    assert world.dump() == alone.dump()


@pytest.mark.parametrize(
    "error",
    [
        Throttled("wait for {name}", name="it", after=9.5, hint="see {name}"),
        Unavailable("gone"),
        KeyError("a record's value"),
    ],
)
def test_errors_of_the_reader_come_back_as_themselves(
    worlds: Callable[[], World], tmp_path: Path, error: Exception
) -> None:
    pages = [Page([deal(f"d{number}")], str(number)) for number in range(3)]
    told = []
    for going in (None, apart()):
        world = worlds()
        result = play(world, tmp_path, [*pages, error], going=going)
        (failure, *_) = [step.error for step in result.steps if step.error] + [one for _, one in result.failures]
        told.append((type(failure), str(failure), failure.hint, failure.context, vars(failure).get("after")))
        assert isinstance(failure.__cause__, Elsewhere) == (going is not None)
        assert world.cursor("deals") == "2"
    assert told[0] == told[1]


class Broken(BaseException):
    """No error that an adapter may raise: it passes everything that looks after adapters."""


def test_a_bug_in_the_reader_is_a_bug_here_with_its_traceback(worlds: Callable[[], World], tmp_path: Path) -> None:
    world = worlds()
    with pytest.raises(Broken) as caught:
        play(world, tmp_path, [Page([deal("d1")], "1"), Broken("ours")], going=apart())
    assert isinstance(caught.value.__cause__, Elsewhere)
    assert "in _happen" in str(caught.value.__cause__)
    assert world.cursor("deals") == "1"


def test_killed_while_it_reads_the_next_run_goes_on(worlds: Callable[[], World], tmp_path: Path) -> None:
    pages = [Page([deal(f"d{number}")], str(number)) for number in range(6)]
    twin, world = worlds(), worlds()
    play(twin, tmp_path, pages, going=None)
    result = play(world, tmp_path, [*pages[:3], DIE, *pages[3:]], going=apart())
    (step,) = [s for s in result.steps if s.object == "deals"]
    assert isinstance(step.error, TransientError)
    assert "SIGKILL" in str(step.error)
    assert (step.exit_code, world.cursor("deals")) == (5, "2")
    play(world, tmp_path, pages, going=apart())
    assert sorted(world.public("deal")) == sorted(twin.public("deal"))


@pytest.mark.parametrize("last", [1, 3, 7])
def test_gone_on_with_after_any_page_it_comes_to_the_same(
    worlds: Callable[[], World], tmp_path: Path, last: int
) -> None:
    script = odd_script()
    found = []
    for going in (None, apart()):
        world = worlds()
        play(world, tmp_path, [*script[:last], Unavailable("gone")], going=going)
        found.append((outcome(play(world, tmp_path, script, going=going)), world.dump()))
    assert found[0] == found[1]


def test_a_stop_is_heard_within_a_page(worlds: Callable[[], World], tmp_path: Path) -> None:
    pages = [Page([deal(f"d{number}")], str(number)) for number in range(9)]
    for going in (None, apart()):
        stop, world = threading.Event(), worlds()
        told = Told(at=lambda step, stop=stop: stop.set() if step == 4 else None)
        play(world, tmp_path, pages, going=going, progress=told, stop=stop)
        assert world.cursor("deals") in {"2", "3"}


def test_an_interruption_ends_the_reader(worlds: Callable[[], World], tmp_path: Path) -> None:
    pages = [Page([deal(f"d{number}")], str(number)) for number in range(4)]

    def interrupt(step: int) -> None:
        if step == 5:  # two of them are the pages of the other objects
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        play(worlds(), tmp_path, [*pages, HANG], going=apart(), progress=Told(at=interrupt))
    hanging = tmp_path / "hanging"
    assert not hanging.exists() or not is_alive(int(hanging.read_text()))


def test_where_no_process_can_help_the_reading_stays_here(
    worlds: Callable[[], World], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = [Page([deal(f"d{number}")], str(number)) for number in range(5)]
    twin = worlds()
    play(twin, tmp_path, pages, going=None)
    for changed in ({"mapping_hash": "another"}, {"lenses": {"own": lambda: None}}):
        world = worlds()
        play(world, tmp_path, pages, going=apart(), **changed)
        assert world.dump() == twin.dump()
    for name in ("executable", "frozen"):
        monkeypatch.setattr(sys, name, str(tmp_path / "nothing"), raising=False)
        world = worlds()
        play(world, tmp_path, pages, going=apart())
        assert world.dump() == twin.dump()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_the_reader_ends_with_whoever_began_it(
    tmp_path: Path, worlds: Callable[[], World], how: signal.Signals
) -> None:
    """However that one's whole group of processes is ended, and without a word of its own."""
    pages = [Page([deal(f"d{number}")], str(number)) for number in range(4)]
    play(worlds(), tmp_path, [*pages], going=None)
    (tmp_path / "script-deals").write_bytes(pickle.dumps([*pages, HANG]))
    command = [sys.executable, "-m", "tests.sync.apart_source", f"sqlite:///{tmp_path / 'ended.db'}", str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True, start_new_session=True) as parent:
        try:
            hanging = tmp_path / "hanging"
            assert until(hanging.exists)
            reader = int(hanging.read_text(encoding="ascii"))
            assert is_alive(reader)
            os.killpg(parent.pid, how)
            _, told = parent.communicate(timeout=30)
        finally:
            parent.kill()
    assert until(lambda: not is_alive(reader))
    assert told.count("Traceback") == (1 if how is signal.SIGINT else 0), told


def until(what: Callable[[], bool]) -> bool:
    """Whether it comes true within half a minute: other processes have their own clock."""
    deadline = time.monotonic() + 30
    while not what():
        if time.monotonic() > deadline:
            return False
        threading.Event().wait(0.02)
    return True


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        state = Path(f"/proc/{pid}/stat")
        return not state.exists() or state.read_text().rpartition(")")[2].split()[0] != "Z"
    except ProcessLookupError:
        return False


def test_the_reader_is_lean() -> None:
    code = (
        "import sys, crmbridge.sync.apart.child\n"
        "heavy = {'sqlalchemy', 'duckdb', 'crmbridge.app', 'crmbridge.facts', 'httpx'}\n"
        "print(sorted(heavy & sys.modules.keys()))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert found.stdout.strip() == "[]"
