"""From every earlier schema: nothing lost, the same schema as a new ledger's, killed anywhere, two at once."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import Connection, Engine, event, text
from tests.ledger.old_schemas import Rows, kept, make_old, rows_of, schema_of

from crmbridge.ledger import changes, migrations, runs
from crmbridge.ledger.engine import Ledger, open_ledger, upgrade_ledger
from crmbridge.model.errors import StoreError

EARLIER = tuple(range(migrations.BASE, migrations.latest()))
POPULATED = {
    1: ("account", "deal", "raw_payload", "link", "quarantine", "run_step", "lease"),
    2: ("shared_state", "hint_inbox"),
    3: ("feed", "stage_change"),
    4: ("hint_mark",),
    5: ("twin", "conflict", "outbox", "write_plan"),
    6: ("likeness",),
    7: ("service_event",),
    8: ("quote", "contract", "delivery", "ticket"),
    9: ("job_state",),
    10: ("audit", "audit_word", "audit_floor", "erased"),
}
"""The tables that came with each earlier version: what a new step must find filled, and keep."""


@contextmanager
def looking(ledger: Ledger) -> Iterator[Connection]:
    with ledger.engine.connect() as con:
        yield con


def fresh_schema(ledger_url: str, tmp_path: Path) -> set[str]:
    """That of a ledger made now on the same engine."""
    url = f"sqlite:///{tmp_path / 'fresh.db'}" if ledger_url.startswith("sqlite") else ledger_url
    ledger = open_ledger(url, durable=False)
    try:
        with looking(ledger) as con:
            return schema_of(con)
    finally:
        ledger.close()


def without_stamp(rows: Rows) -> Rows:
    return {name: some for name, some in rows.items() if name != "meta"}


def test_each_earlier_version_has_a_populated_ledger() -> None:
    """Whoever adds a step names here what the version before it brought."""
    assert [step.version for step in migrations.STEPS] == list(range(migrations.BASE + 1, migrations.latest() + 1))
    assert tuple(POPULATED) == EARLIER


@pytest.mark.parametrize("version", EARLIER)
def test_nothing_is_lost_and_the_schema_is_a_new_ledgers(ledger_url: str, version: int, tmp_path: Path) -> None:
    wanted = None
    if ledger_url.startswith("postgresql"):  # the same name, so that names of sequences agree
        wanted = fresh_schema(ledger_url, tmp_path)
        _drop_all(ledger_url)
    before = make_old(ledger_url, version)
    assert all(before[name] for number, names in POPULATED.items() if number <= version for name in names)
    assert not {name for number, names in POPULATED.items() if number > version for name in names} & before.keys()
    ledger = upgrade_ledger(ledger_url)
    with looking(ledger) as con:
        after, schema = rows_of(con), schema_of(con)
    assert without_stamp(kept(before, after)) == without_stamp(before)
    assert {"key": "schema_version", "value": str(migrations.latest())} in after["meta"]
    assert {row["key"] for row in after["meta"]} <= {"schema_version", "home"}
    assert schema == (wanted or fresh_schema(ledger_url, tmp_path))
    with ledger.begin() as tx:  # and it works
        assert changes.next_change(tx) > 2**53
        if version < 3:  # what ran before parts were told apart read records
            assert {step.part for run in runs.listing(tx) for step in run.steps} == {"records"}
    ledger.close()
    upgrade_ledger(ledger_url).close()
    again = open_ledger(ledger_url)
    with looking(again) as con:
        assert without_stamp(kept(before, rows_of(con))).keys() == without_stamp(before).keys()
        assert schema_of(con) == schema
    again.close()
    if again.path:
        _is_beside(again.path, version, before)


def _is_beside(path: Path, version: int, before: Rows) -> None:
    (beside,) = path.parent.glob("ledger.db.before-*")
    assert beside.name == f"ledger.db.before-{version + 1}"
    assert oct(beside.stat().st_mode)[-3:] == "600"
    with closing(sqlite3.connect(beside)) as con:
        assert con.execute("SELECT value FROM meta").fetchone() == (str(version),)
        assert con.execute("SELECT count(*) FROM deal").fetchone() == (len(before["deal"]),)
        assert con.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def _drop_all(url: str) -> None:
    ledger = open_ledger(url)
    with looking(ledger) as con:
        schema = con.execute(text("SELECT current_schema()")).scalar_one()
        con.execute(text(f'DROP SCHEMA "{schema}" CASCADE'))
        con.commit()
    ledger.close()


@pytest.mark.parametrize("version", EARLIER)
def test_a_schema_from_tomorrow_is_not_upgraded(ledger_url: str, version: int) -> None:
    make_old(ledger_url, version)
    ledger = upgrade_ledger(ledger_url)
    with ledger.begin() as tx:
        tx.execute(text("UPDATE meta SET value = '999' WHERE key = 'schema_version'"))
    ledger.close()
    with pytest.raises(StoreError, match="schema version 999"):
        upgrade_ledger(ledger_url)


class Stopped(BaseException):
    """The process is gone; on PostgreSQL its transaction with it."""


def _killing_at(number: int, *, dies: bool) -> SimpleNamespace:
    """Ends the process (or this attempt) before its `number`-th statement."""
    count = SimpleNamespace(seen=0)

    def look(*_: object) -> None:
        count.seen += 1
        if count.seen == number:
            if dies:
                os.kill(os.getpid(), signal.SIGKILL)
            raise Stopped

    event.listen(Engine, "before_cursor_execute", look)
    count.end = lambda: event.remove(Engine, "before_cursor_execute", look)
    return count


def _killed_upgrade(path: Path, number: int) -> bool:
    """Upgrades in a process that is killed at that statement; False where it came to its end before."""
    script = (
        "import sys; from tests.ledger.test_upgrades import _killing_at; "
        "from crmbridge.ledger.engine import open_ledger; "
        "_killing_at(int(sys.argv[2]), dies=True); open_ledger('sqlite:///' + sys.argv[1], durable=False).close()"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(path), str(number)], check=False, cwd=Path(__file__).parents[2]
    )
    assert done.returncode in {0, -signal.SIGKILL}
    return done.returncode != 0


def _old_or_new(path: Path, version: int, before: Rows, wanted: set[str]) -> None:
    with closing(sqlite3.connect(path)) as con:
        stamp = int(con.execute("SELECT value FROM meta").fetchone()[0])
        tables = {row[0] for row in con.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        assert con.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert stamp in {version, migrations.latest()}
    assert (tables == before.keys()) == (stamp == version)
    ledger = open_ledger(f"sqlite:///{path}", durable=False)
    with looking(ledger) as con:
        assert schema_of(con) == wanted
        assert without_stamp(kept(before, rows_of(con))) == without_stamp(before)
    ledger.close()


def _kill_points(tmp_path: Path, version: int, numbers: Iterator[int]) -> int:
    """How many kills there were until an upgrade came to its end."""
    template = tmp_path / "template.db"
    before = make_old(f"sqlite:///{template}", version)
    wanted = fresh_schema("sqlite", tmp_path)
    kills = 0
    for number in numbers:
        path = tmp_path / str(number) / "ledger.db"
        path.parent.mkdir()
        shutil.copy(template, path)
        if not _killed_upgrade(path, number):
            return kills
        kills += 1
        _old_or_new(path, version, before, wanted)
    return kills


@pytest.mark.file_ledger
def test_a_killed_upgrade_is_the_old_ledger_or_the_new_one(tmp_path: Path) -> None:
    assert _kill_points(tmp_path, 1, iter((12, 30))) == 2


@pytest.mark.wide
@pytest.mark.file_ledger
@pytest.mark.parametrize("version", EARLIER)
def test_an_upgrade_killed_at_every_statement(tmp_path: Path, version: int) -> None:
    kills = _kill_points(tmp_path, version, iter(range(1, 1000)))
    assert kills >= 10


@pytest.mark.postgres
@pytest.mark.parametrize("ledger_url", ["postgres"], indirect=True)
@pytest.mark.parametrize("version", [1, pytest.param(4, marks=pytest.mark.wide)])
def test_a_server_upgrade_cut_off_at_any_statement_leaves_the_old_one(ledger_url: str, version: int) -> None:
    before = make_old(ledger_url, version)
    number, cuts = 3, 0
    while True:
        count = _killing_at(number, dies=False)
        try:
            upgrade_ledger(ledger_url).close()
            break
        except Stopped:
            cuts += 1
        finally:
            count.end()
        number += 1 if cuts % 8 else 4
    assert cuts > 5
    ledger = open_ledger(ledger_url)
    with looking(ledger) as con:
        assert without_stamp(kept(before, rows_of(con))) == without_stamp(before)
    ledger.close()


@pytest.mark.parametrize("version", [1, 4])
def test_two_upgrade_at_once(ledger_url: str, version: int) -> None:
    before = make_old(ledger_url, version)
    start, failed = threading.Barrier(4), list[Exception]()

    def go() -> None:
        try:
            start.wait()
            upgrade_ledger(ledger_url).close()
        except Exception as error:  # noqa: BLE001 - told below
            failed.append(error)

    threads = [threading.Thread(target=go) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    ledger = open_ledger(ledger_url)
    with looking(ledger) as con:
        assert without_stamp(kept(before, rows_of(con))) == without_stamp(before)
    ledger.close()
    if ledger.path:
        found = sorted(ledger.path.parent.glob("ledger.db.*before*"))
        for one in found:
            with closing(sqlite3.connect(one)) as copy:
                assert copy.execute("SELECT value FROM meta").fetchone() == (str(version),)
        assert found
