"""A cache that cannot be used never stops a report, and never changes a figure."""

import random
import subprocess
import sys
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from crmbridge.facts import build
from crmbridge.facts.build import open_facts
from crmbridge.facts.store import Facts
from crmbridge.ledger.engine import Ledger
from crmbridge.model.errors import StoreError

from .world import DAY, content, put, set_up

EVERYTHING = """
    SELECT e.to_stage, count(*), sum(epoch_us(d.closed_at))::BIGINT // 86400000000
    FROM deals d JOIN stage_events e ON e.record_id = d.id AND e.at = d.closed_at AND d.name = 'Deal ' || d.amount_e4
    GROUP BY ALL ORDER BY ALL"""


@pytest.fixture
def cache(sqlite_ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The cache file of a ledger of 300 deals."""
    monkeypatch.setattr(build, "SMALL_ROWS", -1)
    set_up(sqlite_ledger)
    won = {"pipeline": "sales", "category": "won", "stage": "won"}
    rows = [won | {"id": f"D{n:03}", "name": f"Deal {n}", "amount_e4": n, "closed_at_us": n * DAY} for n in range(300)]
    put(sqlite_ledger, "deal", *rows)
    file = tmp_path / "facts.duckdb"
    opened(sqlite_ledger, file).close()
    return file


def opened(ledger: Ledger, cache: Path | None) -> Facts:
    return open_facts(ledger, cache=cache, zone=ZoneInfo("UTC"), currency="USD")


@pytest.mark.parametrize("junk", [b"", b"not a database", b"\0" * 20_000])
def test_file_that_is_no_database_is_built_anew_with_a_note(sqlite_ledger: Ledger, cache: Path, junk: bytes) -> None:
    cache.write_bytes(junk)
    with opened(sqlite_ledger, cache) as facts:
        assert facts.scalar("SELECT count(*) FROM deals") == 300
        assert [note.code for note in facts.notes] == ["FACTS_CACHE_UNUSABLE"]
    with opened(sqlite_ledger, cache) as facts:
        assert facts.refreshed.is_unchanged
        assert facts.notes == ()


def test_truncated_cache_is_refused_once_and_built_anew(sqlite_ledger: Ledger, cache: Path) -> None:
    whole = cache.read_bytes()
    for share in (0.1, 0.5, 0.9):
        cache.write_bytes(whole[: int(len(whole) * share)])
        _is_right_or_refused(sqlite_ledger, cache)


def test_flipped_bytes_are_refused_or_harmless(sqlite_ledger: Ledger, cache: Path) -> None:
    whole = cache.read_bytes()
    dice = random.Random(7)  # noqa: S311 - a test that repeats
    for _ in range(8):
        damaged = bytearray(whole)
        damaged[dice.randrange(len(whole))] ^= 1 << dice.randrange(8)
        cache.write_bytes(damaged)
        _is_right_or_refused(sqlite_ledger, cache)


def _is_right_or_refused(ledger: Ledger, cache: Path) -> None:
    try:
        with opened(ledger, cache) as facts:
            found = facts.query(EVERYTHING)
    except StoreError as error:
        assert str(cache) in str(error)  # noqa: PT017 - either outcome is right, a wrong figure is not
        with opened(ledger, cache) as facts:
            found = facts.query(EVERYTHING)
    assert found == [("won", 300, 300 * 299 // 2)]


def test_cache_that_another_process_holds_is_bypassed_in_memory(sqlite_ledger: Ledger, cache: Path) -> None:
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            f"import duckdb, sys; c = duckdb.connect({str(cache)!r}); print('held', flush=True); input()",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline().strip() == "held"
    before = cache.read_bytes()
    try:
        with opened(sqlite_ledger, cache) as facts:
            assert facts.scalar("SELECT count(*) FROM deals") == 300
            assert [note.code for note in facts.notes] == ["FACTS_CACHE_BUSY"]
    finally:
        holder.communicate("\n", timeout=10)
    assert cache.read_bytes() == before


def test_folder_in_place_of_the_cache_is_bypassed(sqlite_ledger: Ledger, cache: Path) -> None:
    cache.unlink()
    cache.mkdir()
    with opened(sqlite_ledger, cache) as facts:
        assert facts.scalar("SELECT count(*) FROM deals") == 300
        assert [note.code for note in facts.notes] == ["FACTS_CACHE_UNUSABLE"]
    assert cache.is_dir()


def test_file_of_another_kind_is_never_replaced(sqlite_ledger: Ledger, cache: Path) -> None:
    precious = cache.with_name("deals.csv")
    precious.write_text("id,name\n")
    with opened(sqlite_ledger, precious) as facts:
        assert facts.scalar("SELECT count(*) FROM deals") == 300
    assert precious.read_text() == "id,name\n"


def test_cache_thrown_away_is_built_again(sqlite_ledger: Ledger, cache: Path) -> None:
    cache.unlink()
    with opened(sqlite_ledger, cache) as facts:
        assert facts.refreshed.is_rebuilt
    assert cache.exists()


def test_two_readers_in_one_process_share_the_cache(sqlite_ledger: Ledger, cache: Path) -> None:
    with opened(sqlite_ledger, cache) as one, opened(sqlite_ledger, cache) as two:
        assert content(one) == content(two)
        assert (one.notes, two.notes) == ((), ())


def test_a_slow_query_draws_no_bar_on_standard_output() -> None:
    """DuckDB does by itself where it takes the process for an interactive one: `python -c` is enough."""
    code = """if True:
        from crmbridge.facts.store import connect
        print(connect(None).execute("SELECT current_setting('enable_progress_bar')").fetchone())"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "(False,)\n"
