import json
import os
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text
from tests.on_postgres.sitecustomize import ADDRESS
from tests.postgres import with_schema

from crmbridge.app.bridge import Bridge
from crmbridge.cli import app
from crmbridge.ledger import migrations
from crmbridge.ledger.engine import open_ledger

SETUP = '[workspace]\nname = "acme"\n'


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    (tmp_path / "crmbridge.toml").write_text(SETUP, encoding="utf-8")
    return tmp_path


@pytest.mark.file_ledger
def test_a_backup_is_a_whole_ledger_of_its_own(workspace: Path) -> None:
    copy = workspace / "copy.db"
    assert app.run(["db", "backup", str(copy), "--workspace", str(workspace)], {}) == 0
    assert copy.read_bytes().startswith(b"SQLite format 3")


def test_a_whole_ledger_is_verified_and_upgraded_in_place(workspace: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert app.run(["db", "upgrade", "--workspace", str(workspace)], {}) == 6  # nothing was synced yet
    assert app.run(["db", "verify", "--json", "--workspace", str(workspace)], {}) == 0
    assert app.run(["db", "upgrade", "--workspace", str(workspace)], {}) == 0
    assert '"rows": []' in capfd.readouterr().out
    assert app.run(["db", "upgrade", "--json", "--workspace", str(workspace)], {}) == 0
    (row,) = json.loads(capfd.readouterr().out)["rows"]
    assert row["before"] == row["schema"] == migrations.latest()
    assert row["ledger"]
    assert app.run(["db", "verify", "--deep", "--workspace", str(workspace)], {}) == 0


def test_what_only_a_deep_look_finds_is_told_in_words(workspace: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert app.run(["db", "verify", "--workspace", str(workspace)], {}) == 0
    with Bridge.open(workspace, environ={}) as bridge, bridge.wiring.ledger.begin() as tx:
        tx.execute(text("INSERT INTO feed (stream_id, name) VALUES (7, 'deleted')"))
    assert app.run(["db", "verify", "--workspace", str(workspace)], {}) == (6 if ADDRESS in os.environ else 0)
    assert app.run(["db", "verify", "--deep", "--workspace", str(workspace)], {"LANG": "zh_CN.UTF-8"}) == 6
    assert "feed.stream_id 7" in capfd.readouterr().out


@pytest.mark.postgres
def test_a_server_is_upgraded_and_looked_through_by_the_same_commands(
    workspace: Path, postgres_uri: str, drop_schema: Callable[[str], None], capfd: pytest.CaptureFixture[str]
) -> None:
    """What nothing was looked at for is not called whole: on a server every verify is a deep one."""
    address = with_schema(postgres_uri, "db_commands")
    (workspace / "crmbridge.toml").write_text(SETUP + f'ledger = "{address}"\n', encoding="utf-8")
    with closing(open_ledger(address)) as ledger, ledger.begin() as tx:
        tx.execute(text("ALTER TABLE deal DROP COLUMN competitor"))
    assert app.run(["db", "verify", "--workspace", str(workspace)], {}) == 6
    assert "crmbridge db upgrade" in capfd.readouterr().err
    assert app.run(["db", "upgrade", "--json", "--workspace", str(workspace)], {}) == 0
    (row,) = json.loads(capfd.readouterr().out)["rows"]
    assert row["schema"] == migrations.latest()
    assert "db_commands" in row["ledger"]
    assert app.run(["db", "verify", "--workspace", str(workspace)], {}) == 0
    with Bridge.open(workspace, environ={}) as bridge, bridge.wiring.ledger.begin() as tx:
        tx.execute(text("INSERT INTO feed (stream_id, name) VALUES (70, 'deleted')"))
    assert app.run(["db", "verify", "--workspace", str(workspace)], {}) == 6
    shown = capfd.readouterr()
    assert "feed.stream_id 70" in shown.out
    assert "db restore --mark" in shown.err
    drop_schema("db_commands")


@pytest.mark.file_ledger
def test_a_damaged_backup_asks_for_an_older_one(workspace: Path, capfd: pytest.CaptureFixture[str]) -> None:
    copy = workspace / "copy.db"
    assert app.run(["db", "backup", str(copy), "--workspace", str(workspace)], {}) == 0
    copy.write_bytes(copy.read_bytes()[: 1 << 16])
    capfd.readouterr()
    assert app.run(["db", "restore", str(copy), "--yes", "--workspace", str(workspace)], {}) == 6
    assert "take an older backup" in capfd.readouterr().err
    assert app.run(["db", "restore", "none.db", "--yes", "--workspace", str(workspace)], {}) == 6
    assert ".crmbridge/backups" in capfd.readouterr().err


def test_a_server_is_backed_up_by_its_own_tools(workspace: Path, capfd: pytest.CaptureFixture[str]) -> None:
    text = SETUP + 'ledger = "postgresql://nobody@localhost/none?schema=acme"\n'
    (workspace / "crmbridge.toml").write_text(text, encoding="utf-8")
    assert app.run(["db", "backup", str(workspace / "copy.db"), "--workspace", str(workspace)], {}) == 78
    assert "pg_dump --format=custom --schema=acme --file=acme.dump none," in capfd.readouterr().err


@pytest.mark.file_ledger
def test_backups_are_named_after_their_time_and_the_newest_is_put_back(
    workspace: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(*arguments: str) -> int:
        return app.run([*arguments, "--workspace", str(workspace)], {})

    for number in range(3):
        moment = datetime(2026, 3, 31, 18, number, tzinfo=UTC)
        monkeypatch.setattr("crmbridge.app.bridge.system_clock", lambda moment=moment: moment)
        assert run("db", "backup", "--keep", "2", "--json") == 0
    folder = workspace / ".crmbridge" / "backups"
    assert sorted(one.name for one in folder.iterdir()) == ["ledger-20260331T180100Z.db", "ledger-20260331T180200Z.db"]
    assert run("db", "backup", str(folder / "one.db"), "--keep", "2") == 78
    assert run("db", "restore", str(folder)) == 2  # nobody is there to say yes
    capfd.readouterr()
    assert run("db", "restore", str(folder), "--yes", "--json") == 0
    (row,) = json.loads(capfd.readouterr().out)["rows"]
    assert row["file"].endswith("ledger-20260331T180200Z.db")
    assert Path(row["replaced"]).exists()
    assert run("status", "--json") == 0
    capfd.readouterr()
    assert run("db", "restore", "--mark", "--json") == 0
    assert json.loads(capfd.readouterr().out)["rows"] == []
    assert run("db", "restore") == 2
    assert run("db", "restore", str(workspace / "nothing.db"), "--yes") == 6
