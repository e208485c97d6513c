import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from crmbridge.adapter.contract import RawRecord
from crmbridge.ledger import changes, connections, failures, migrations, raw
from crmbridge.ledger.engine import Ledger, is_there, open_ledger, upgrade_ledger
from crmbridge.ledger.migrations import Migration
from crmbridge.ledger.packing import pack
from crmbridge.ledger.schema import KIND_TABLES
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.model.errors import ConfigError, LeaseLost, StoreError


@pytest.fixture
def path(ledger_file: Path) -> Path:
    return ledger_file


def url(path: Path) -> str:
    return f"sqlite:///{path}"


def made(path: Path, count: int = 500) -> None:
    ledger = open_ledger(url(path))
    land(ledger, count)
    ledger.close()


def land(ledger: Ledger, count: int, value: str = "x") -> None:
    records = [RawRecord("deals", f"A{n}", {"Name": f"{value}{n}", "blob": os.urandom(60).hex()}) for n in range(count)]
    with ledger.begin() as tx:
        raw.keep(tx, connected(tx), "deals", pack(records, "deals"), run_id=1, now_us=1)


def connected(tx: LedgerTx) -> int:
    return connections.ensure(tx, "books", adapter="csv", rank=1, now_us=1)


def known(ledger: Ledger) -> int:
    with ledger.read() as tx:
        return int(tx.execute(text("SELECT count(*) FROM raw_record")).scalar_one())


def test_a_ledger_is_made_once_and_opened_again(ledger_url: str) -> None:
    for expected in (1, 2):
        ledger = open_ledger(ledger_url)
        with ledger.begin() as tx:
            assert changes.next_change(tx) == expected
        ledger.close()


def test_without_create_an_absent_ledger_is_an_error(ledger_url: str) -> None:
    with pytest.raises(StoreError, match=r"there is no ledger .*crmbridge sync"):
        open_ledger(ledger_url, create=False)


def test_a_look_whether_a_ledger_is_there_makes_none(ledger_url: str) -> None:
    assert [is_there(ledger_url), is_there(ledger_url)] == [False, False]
    open_ledger(ledger_url).close()
    assert is_there(ledger_url)


def test_what_fails_inside_a_transaction_leaves_nothing(ledger: Ledger) -> None:
    with pytest.raises(RuntimeError, match="stop"), ledger.begin() as tx:  # noqa: PT012 - the two belong together
        raw.keep(tx, connected(tx), "deals", pack([RawRecord("deals", "A1", {})], "deals"), run_id=1, now_us=1)
        raise RuntimeError("stop")
    assert known(ledger) == 0


def test_only_its_owner_may_read_the_file(path: Path) -> None:
    made(path, 1)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_commits_survive_a_power_cut(path: Path) -> None:
    ledger = open_ledger(url(path))
    with ledger.begin() as tx:
        pragmas = [tx.sqlite.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")]
    assert pragmas == ["wal", 2]
    ledger.close()


@pytest.mark.parametrize(
    "address", ["nonsense", "mysql://x/y", "sqlite:///relative.db", "sqlite://", "postgresql:///x?schema=Big Name"]
)
def test_a_bad_address_is_a_config_error(address: str) -> None:
    with pytest.raises(ConfigError):
        open_ledger(address)


@pytest.mark.file_ledger
def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be made: No such file"):
        open_ledger(url(tmp_path / "none" / "ledger.db"))
    with pytest.raises(StoreError, match="is a folder"):
        open_ledger(url(tmp_path))


def test_a_database_of_another_program_is_refused_and_left_alone(path: Path) -> None:
    with sqlite3.connect(path) as con:
        con.execute("CREATE TABLE theirs (x)")
    before = path.read_bytes()
    with pytest.raises(StoreError, match="another program"):
        open_ledger(url(path))
    assert path.read_bytes() == before


def test_a_file_that_is_no_database_is_refused_and_left_alone(path: Path) -> None:
    path.write_text("Opportunity,Stage\n" * 200)
    before = path.read_bytes()
    with pytest.raises(StoreError, match="not a crmbridge ledger"):
        open_ledger(url(path))
    assert path.read_bytes() == before


@pytest.mark.postgres
def test_tables_of_another_program_in_the_schema_are_refused(
    postgres_uri: str, drop_schema: Callable[[str], None]
) -> None:
    import psycopg  # noqa: PLC0415 - only where PostgreSQL is asked for

    with psycopg.connect(postgres_uri, autocommit=True) as con:
        con.execute("CREATE SCHEMA theirs")
        con.execute("CREATE TABLE theirs.thing (x int)")
    try:
        with pytest.raises(StoreError, match="another program"):
            open_ledger(f"{postgres_uri}{'&' if '?' in postgres_uri else '?'}schema=theirs")
    finally:
        drop_schema("theirs")


@pytest.mark.postgres
def test_two_workspaces_of_one_database_do_not_see_each_other(
    postgres_uri: str, drop_schema: Callable[[str], None]
) -> None:
    base = f"{postgres_uri}{'&' if '?' in postgres_uri else '?'}schema="
    one, two = open_ledger(base + "ws_one"), open_ledger(base + "ws_two")
    land(one, 3)
    assert (known(one), known(two)) == (3, 0)
    for ledger, schema in ((one, "ws_one"), (two, "ws_two")):
        ledger.close()
        drop_schema(schema)


def test_a_server_that_does_not_answer_is_a_store_error() -> None:
    with pytest.raises(StoreError, match="cannot be reached") as caught:
        open_ledger("postgresql://nobody:secret@127.0.0.1:1/none")
    assert "secret" not in str(caught.value)
    assert "check that the PostgreSQL server runs" in str(caught.value)


@pytest.mark.postgres
@pytest.mark.parametrize("ledger_url", ["postgres"], indirect=True)
@pytest.mark.parametrize(
    ("state", "told"),
    [
        ("53100", "the disk of the PostgreSQL server is full"),
        ("53300", "has no room"),
        ("58030", "the disk of the PostgreSQL server failed"),
        ("XX001", "is damaged, says PostgreSQL: .*db restore --mark"),
        ("25006", "cannot be written: .*standby"),
        ("42501", "may not do that"),
        ("3F000", "PostgreSQL cannot keep"),
    ],
)
def test_what_a_server_cannot_do_is_said_with_the_next_step(ledger: Ledger, state: str, told: str) -> None:
    fails = f"DO $$ BEGIN RAISE EXCEPTION 'it says so' USING ERRCODE = '{state}'; END $$"
    with pytest.raises(StoreError, match=told) as caught, ledger.begin() as tx:  # noqa: PT012
        changes.next_change(tx)
        tx.execute(text(fails))
    assert caught.value.exit_code == 6
    with ledger.begin() as tx:
        assert changes.next_change(tx) == 1


def test_a_newer_schema_is_refused(ledger_url: str) -> None:
    ledger = open_ledger(ledger_url)
    with ledger.begin() as tx:
        tx.execute(text("UPDATE meta SET value = '999' WHERE key = 'schema_version'"))
    ledger.close()
    with pytest.raises(StoreError, match="schema version 999, this crmbridge knows"):
        open_ledger(ledger_url)


@pytest.fixture
def next_version(monkeypatch: pytest.MonkeyPatch) -> int:
    """A crmbridge of tomorrow, whose schema has one step more."""

    def add(connection: Connection) -> None:
        connection.execute(text("ALTER TABLE run ADD COLUMN host TEXT"))

    version = migrations.latest() + 1
    monkeypatch.setattr(migrations, "STEPS", [*migrations.STEPS, Migration(version, add)])
    return version


def older(ledger_url: str) -> None:
    """A ledger that lacks what the latest step and the latest kinds add."""
    ledger = open_ledger(ledger_url)
    land(ledger, 3)
    with ledger.begin() as tx:
        if ledger.dialect == "sqlite":
            tx.execute(text("DROP INDEX deal_unresolved"))
        tx.execute(text("ALTER TABLE deal DROP COLUMN competitor"))
        tx.execute(text("ALTER TABLE deal DROP COLUMN lead_ref" + ("" if ledger.dialect == "sqlite" else " CASCADE")))
    ledger.close()


def test_an_older_file_upgrades_itself_after_a_backup(path: Path, request: pytest.FixtureRequest) -> None:
    older(url(path))
    version = request.getfixturevalue("next_version")
    ledger = open_ledger(url(path))
    with ledger.read() as tx:
        assert tx.execute(text("SELECT host FROM run")).all() == []
        assert tx.execute(text("SELECT competitor, lead_ref FROM deal")).all() == []
        indexes = tx.execute(text("SELECT name FROM sqlite_master WHERE type = 'index'")).scalars()
        assert "deal_unresolved" in set(indexes)
    assert known(ledger) == 3
    ledger.close()
    backup = path.with_name(f"ledger.db.before-{version}")
    with sqlite3.connect(backup) as con:
        assert con.execute("SELECT count(*) FROM raw_record").fetchone() == (3,)
        assert con.execute("SELECT value FROM meta").fetchone() == (str(version - 1),)
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    open_ledger(url(path)).close()
    assert len(list(path.parent.glob("*.before-*"))) == 1


def test_a_failed_upgrade_leaves_the_ledger_as_it_was(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made(path, 3)

    def fail(connection: Connection) -> None:
        connection.execute(text("ALTER TABLE run ADD COLUMN host TEXT"))
        raise StoreError("cannot")

    with monkeypatch.context() as patched:
        patched.setattr(migrations, "STEPS", [Migration(migrations.latest() + 1, fail)])
        with pytest.raises(StoreError, match="cannot"):
            open_ledger(url(path))
    ledger = open_ledger(url(path))
    with ledger.read() as tx:
        assert "host" not in {row["name"] for row in tx.execute(text("PRAGMA table_info(run)")).mappings()}
    ledger.close()


@pytest.mark.postgres
@pytest.mark.parametrize("ledger_url", ["postgres"], indirect=True)
def test_postgres_upgrades_only_when_told(ledger_url: str, request: pytest.FixtureRequest) -> None:
    older(ledger_url)
    request.getfixturevalue("next_version")
    with pytest.raises(StoreError, match="crmbridge db upgrade"):
        open_ledger(ledger_url)
    upgrade_ledger(ledger_url).close()
    ledger = open_ledger(ledger_url)
    with ledger.read() as tx:
        assert tx.execute(text("SELECT host FROM run")).all() == []
        assert tx.execute(text("SELECT competitor, lead_ref FROM deal")).all() == []
    ledger.close()


def test_a_backup_is_whole_and_never_overwrites(sqlite_ledger: Ledger, tmp_path: Path) -> None:
    land(sqlite_ledger, 20)
    sqlite_ledger.backup(tmp_path / "copy.db")
    copy = open_ledger(url(tmp_path / "copy.db"), create=False)
    assert known(copy) == 20
    copy.close()
    with pytest.raises(StoreError, match="is there already"):
        sqlite_ledger.backup(tmp_path / "copy.db")
    assert sqlite_ledger.check() == []


def test_a_full_disk_rolls_back_and_the_store_still_opens(path: Path) -> None:
    ledger = open_ledger(url(path))
    land(ledger, 50)
    with ledger.begin() as tx:
        pages = tx.sqlite.execute("PRAGMA page_count").fetchone()[0]
    with pytest.raises(StoreError, match="the disk is full") as caught, ledger.begin() as tx:  # noqa: PT012
        tx.sqlite.execute(f"PRAGMA max_page_count={pages + 5}")
        for n in range(50):
            records = [RawRecord("deals", f"B{n}-{i}", {"v": os.urandom(200).hex()}) for i in range(100)]
            raw.keep(tx, 1, "deals", pack(records, "deals"), run_id=1, now_us=2)
    assert caught.value.exit_code == 6
    ledger.close()
    again = open_ledger(url(path))
    assert known(again) == 50
    land(again, 60)
    assert known(again) == 60
    again.close()


def test_a_file_that_may_not_be_written_says_so(path: Path) -> None:
    ledger = open_ledger(url(path))
    with pytest.raises(StoreError, match="cannot be written"), ledger.begin() as tx:  # noqa: PT012
        tx.sqlite.execute("PRAGMA query_only=ON")
        changes.next_change(tx)
    ledger.close()


def test_a_lock_that_stays_ends_with_75(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert failures.BUSY_TIMEOUT_S == 5
    monkeypatch.setattr("crmbridge.ledger.sqlite_store.BUSY_TIMEOUT_S", 0.2)
    ledger = open_ledger(url(path))
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    started = time.monotonic()
    with pytest.raises(LeaseLost, match="written by another process") as caught, ledger.begin():
        pass
    assert caught.value.exit_code == 75
    assert time.monotonic() - started >= 0.2
    with ledger.read() as tx:
        assert changes.last_change(tx) == 0
    other.execute("ROLLBACK")
    other.close()
    with ledger.begin() as tx:
        assert changes.next_change(tx) == 1
    ledger.close()


def test_damaged_bytes_are_refused_or_harmless(path: Path, tmp_path: Path) -> None:
    """Wherever bytes are flipped, the ledger is refused or every payload read from it is the one that was stored."""
    template = _template(tmp_path)
    size = template.stat().st_size
    rounds = int(os.environ.get("CRMBRIDGE_DAMAGES", "100"))
    refused = 0
    for number in range(rounds):
        shutil.copy(template, path)
        _flip(path, offset=number * (size - 16) // rounds)
        try:
            _read_everything(path)
        except StoreError as error:
            refused += 1
            assert error.exit_code == 6  # noqa: PT017 - either outcome is right
        for leftover in path.parent.glob("ledger.db-*"):
            leftover.unlink()
    assert refused > rounds // 25  # most of a small file is empty pages


def _flip(path: Path, *, offset: int) -> None:
    with path.open("r+b") as file:
        file.seek(offset)
        old = file.read(16)
        file.seek(offset)
        file.write(bytes(byte ^ 0xFF for byte in old))


def _read_everything(path: Path) -> None:
    ledger = open_ledger(url(path), create=False)
    try:
        with ledger.read() as tx:
            for item in raw.fetch(tx, 1, "deals", [f"A{n}" for n in range(300)]):
                number = item.record.external_id[1:]
                assert item.record.payload == {"Name": f"deal {number}", "Note": "n" * (int(number) % 90)}
    finally:
        ledger.close()


def _template(folder: Path) -> Path:
    path = folder / "template.db"
    ledger = open_ledger(url(path))
    records = [RawRecord("deals", f"A{n}", {"Name": f"deal {n}", "Note": "n" * (n % 90)}) for n in range(300)]
    with ledger.begin() as tx:
        raw.keep(tx, connected(tx), "deals", pack(records, "deals"), run_id=1, now_us=1)
    ledger.close()
    with sqlite3.connect(path) as con:
        con.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    con.close()
    return path


_VICTIM = """
    import sys
    from crmbridge.adapter.contract import RawRecord
    from crmbridge.ledger import raw, streams
    from crmbridge.ledger.engine import open_ledger
    from crmbridge.ledger.packing import pack

    ledger = open_ledger(sys.argv[1])
    for page in range(1, 10_000):
        records = [RawRecord("deals", f"P{page}-{n}", {"v": str(n) * 20}) for n in range(300)]
        with ledger.begin() as tx:
            raw.keep(tx, 1, "deals", pack(records, "deals"), run_id=1, now_us=page)
            if page == 3:
                print("in the middle", flush=True)
            streams.advance(tx, 1, "deals", cursor=str(page), now_us=page)
"""


@pytest.mark.parametrize("delay_ms", [0, 3, 7, 15, 40])
def test_a_killed_landing_leaves_whole_pages_with_their_cursor(ledger_url: str, delay_ms: int) -> None:
    ledger = open_ledger(ledger_url)
    with ledger.begin() as tx:
        assert connected(tx) == 1
    script = [sys.executable, "-c", textwrap.dedent(_VICTIM), ledger_url]
    with subprocess.Popen(script, stdout=subprocess.PIPE, text=True) as victim:
        assert victim.stdout is not None
        assert victim.stdout.readline() == "in the middle\n"
        time.sleep(delay_ms / 1000)  # a random moment of a real process, not a wait for something
        victim.send_signal(signal.SIGKILL)
    ledger.close()
    again = open_ledger(ledger_url)
    with again.begin() as tx:  # waits for the server to notice that its client is gone
        cursor = int(tx.execute(text("SELECT cursor FROM stream")).scalar_one())
        counted = tx.execute(text("SELECT count(*) FROM raw_record")).scalar_one()
        payloads = tx.execute(text("SELECT count(*) FROM raw_payload")).scalar_one()
    assert cursor >= 2
    assert (counted, payloads) == (cursor * 300, cursor * 300)
    assert again.check() == []
    again.close()


def test_every_kind_has_its_table(ledger: Ledger) -> None:
    with ledger.read() as tx:
        for table in KIND_TABLES.values():
            assert tx.execute(table.select()).all() == []
