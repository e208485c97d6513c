"""The installed `crmbridge` in processes of its own: what a shell, a scheduler and a pipe see."""

import json
import os
import signal
import sqlite3
import subprocess
import sysconfig
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from crmbridge.ledger.engine import open_ledger
from crmbridge.model.errors import StoreError

from .place import Answer, Place

CRMBRIDGE = Path(sysconfig.get_path("scripts")) / "crmbridge"
MANY = 22_000
"""So many that reading them takes seconds, and is done in a process of its own before half of them are read."""
PIPE = 65_536
"""What a pipe holds of what nobody has read yet."""
pytestmark = [pytest.mark.xdist_group("processes")]


def environment(**more: str) -> dict[str, str]:
    """The machine's, without what would change the words."""
    mine = {k: v for k, v in os.environ.items() if not k.startswith(("CRMBRIDGE", "LC_")) and k != "LANG"}
    return mine | {"COLUMNS": "120", "PYTHONWARNINGS": "error"} | more


def run(*words: str, **more: str) -> Answer:
    """One command line, to its end; never a traceback."""
    done = subprocess.run([str(CRMBRIDGE), *words], capture_output=True, env=environment(**more), check=False)
    assert b"Traceback" not in done.stderr, done.stderr.decode()
    return Answer(done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.fixture
def large(place: Place) -> Place:
    """A workspace whose sync takes seconds."""
    place.write_deals(*(f"D{n},Pumps {n},A1,Won,1.00,CNY,2026-01-05,2026-02-01" for n in range(MANY)))
    return place


@pytest.fixture
def started(large: Place) -> Iterator[subprocess.Popen[bytes]]:
    """A sync in the middle of its work, held there: SIGCONT lets it go on."""
    line = [str(CRMBRIDGE), "sync", "--workspace", str(large.folder), "--json"]
    with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()) as process:
        until(lambda: has_begun(large.folder / "crmbridge.db"), every=0.005)
        process.send_signal(signal.SIGSTOP)
        yield process
        process.kill()


def has_begun(ledger: Path) -> bool:
    """Whether another process has written a deal: asked by the quickest way, so that it is still at work."""
    if not ledger.exists():
        return landed(ledger) > 0  # nothing yet, or no file at all: `just pg`
    try:
        with closing(sqlite3.connect(f"file:{ledger}?mode=ro", uri=True, timeout=0)) as con:
            return con.execute("SELECT 1 FROM deal LIMIT 1").fetchone() is not None
    except sqlite3.Error:
        return False


def landed(ledger: Path) -> int:
    """How many deals another process has written so far."""
    try:
        with closing(open_ledger(f"sqlite:///{ledger}", create=False, check=False)) as opened, opened.read() as tx:
            return int(tx.execute(text("SELECT count(*) FROM deal")).scalar_one())
    except StoreError:
        return 0


def until(holds: Callable[[], bool], seconds: float = 120, every: float = 0.05) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(every)


def test_the_demo_gives_the_same_figures_both_ways_and_in_three_systems() -> None:
    answer = run("demo", "--json")
    assert answer.code == 0
    rows = [row for row in answer.json["rows"] if row.get("section") == "whole"]
    one, other = ({k: v for k, v in row.items() if k != "workspace"} for row in rows)
    assert one == other
    first, *others = [{k: v for k, v in row.items() if k != "system"} for row in answer.json["rows"] if "system" in row]
    assert others == [first, first]
    assert one["won"] > 0
    assert "the same figures" in answer.err


def test_the_ten_minutes_of_a_newcomer(place: Place, tmp_path: Path) -> None:
    folder = str(place.folder)
    assert run("sync", "--workspace", folder).code == 0
    assert run("status", "--workspace", folder).code == 0
    assert run("doctor", "--workspace", folder).code == 0
    shown = run("funnel", "--workspace", folder, "--by", "account")
    assert (shown.code, "Northwind" in shown.out) == (0, True)
    here = run("funnel", "--json", CRMBRIDGE_WORKSPACE=folder)
    assert here.json["rows"][0]["won_amount"] == "1000.00"
    file = tmp_path / "deals.ndjson"
    assert run("export", "deal", "--workspace", folder, "-o", str(file)).code == 0
    assert [json.loads(line)["name"] for line in file.read_text("utf-8").splitlines()] == ["Pumps", "Valves", "Pipes"]


@pytest.mark.parametrize(
    ("spoil", "words", "code"),
    [
        (lambda _: None, ("sync",), 0),
        (lambda place: place.with_row("D9,Taps"), ("sync",), 1),
        (lambda _: None, ("snyc",), 2),
        (lambda place: (place.folder / "files" / "deals.csv").unlink(), ("sync",), 5),
        pytest.param(
            lambda place: place.write("crmbridge.db", b"notes" * 1_000), ("sync",), 6, marks=pytest.mark.file_ledger
        ),
        (lambda place: place.change("crmbridge.toml", "timezone =", "timezon ="), ("sync",), 78),
    ],
    ids=["done", "quarantined", "usage", "source", "store", "config"],
)
def test_each_end_has_its_exit_code(
    place: Place, spoil: Callable[[Place], object], words: tuple[str, ...], code: int
) -> None:
    spoil(place)
    assert run(*words, "--workspace", str(place.folder)).code == code


def test_two_processes_at_once_do_not_meet(large: Place, started: subprocess.Popen[bytes]) -> None:
    second = run("sync", "--workspace", str(large.folder), "--json")
    assert second.code == 75
    started.send_signal(signal.SIGCONT)
    started.communicate(timeout=120)
    assert started.returncode == 0
    assert landed(large.folder / "crmbridge.db") == MANY


def test_ctrl_c_ends_with_130_and_the_next_sync_goes_on(large: Place, started: subprocess.Popen[bytes]) -> None:
    started.send_signal(signal.SIGINT)
    started.send_signal(signal.SIGCONT)
    _, err = started.communicate(timeout=120)
    assert started.returncode == 130
    assert json.loads(err.decode().splitlines()[-1])["error"]["code"] == "interrupted"
    assert b"Traceback" not in err
    kept = landed(large.folder / "crmbridge.db")
    assert 0 < kept < MANY
    again = run("sync", "--workspace", str(large.folder), "--json")
    assert again.code == 0
    assert landed(large.folder / "crmbridge.db") == MANY


def test_a_killed_sync_holds_nobody_up(large: Place, started: subprocess.Popen[bytes]) -> None:
    started.kill()
    started.wait(60)
    assert run("sync", "--workspace", str(large.folder)).code == 0
    assert landed(large.folder / "crmbridge.db") == MANY


def test_a_reader_that_stops_reading_is_no_failure(place: Place) -> None:
    place.write_deals(*(f"D{n},Pumps {n},A1,Won,1.00,CNY,2026-01-05,2026-02-01" for n in range(1_000)))
    assert place.sync().code == 0
    assert len(place.run("export", "deal").out) > 4 * PIPE
    line = f'"{CRMBRIDGE}" export deal --workspace "{place.folder}"'
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", f"{line} | head -n 1"], capture_output=True, env=environment(), check=False
    )
    assert done.returncode == 0
    assert done.stderr == b""
    assert json.loads(done.stdout)["name"].startswith("Pumps")


def test_both_languages_say_the_same(place: Place) -> None:
    place.with_row("D9,Taps,A1,Won,a lot,CNY,2026-01-08,2026-02-03")
    folder = str(place.folder)
    assert place.sync().code == 1
    english = run("quarantine", "--workspace", folder)
    chinese = run("quarantine", "--workspace", folder, LANG="zh_CN.UTF-8")
    assert "a lot is not a number" in english.out
    assert "a lot" in chinese.out
    assert "is not a number" not in chinese.out
    assert "deals.csv:3" in chinese.out
    assert run("quarantine", "--workspace", folder, "--lang", "zh", LANG="C.UTF-8").out == chinese.out


def test_json_is_the_same_in_every_locale(place: Place) -> None:
    folder = str(place.folder)
    assert place.sync().code == 0
    words = ("funnel", "--workspace", folder, "--json", "--as-of", "2026-03-02")
    assert run(*words, LANG="zh_CN.UTF-8").out == run(*words, LANG="C").out


def test_under_json_a_failure_is_json_on_standard_error_alone(tmp_path: Path) -> None:
    answer = run("funnel", "--json", "--workspace", str(tmp_path))
    assert (answer.code, answer.out) == (78, "")
    assert answer.error["exit_code"] == 78
    assert answer.error["hint"]
