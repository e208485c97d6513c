import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from crmbridge.app.bridge import Bridge
from crmbridge.cli import app

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
    assert app.run(["db", "verify", "--deep", "--workspace", str(workspace)], {}) == 0


def test_what_only_a_deep_look_finds_is_told_in_words(workspace: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert app.run(["db", "verify", "--workspace", str(workspace)], {}) == 0
    with Bridge.open(workspace, environ={}) as bridge, bridge.wiring.ledger.begin() as tx:
        tx.execute(text("INSERT INTO feed (stream_id, name) VALUES (7, 'deleted')"))
    assert app.run(["db", "verify", "--workspace", str(workspace)], {}) == 0
    assert app.run(["db", "verify", "--deep", "--workspace", str(workspace)], {"LANG": "zh_CN.UTF-8"}) == 6
    assert "feed.stream_id 7" in capfd.readouterr().out


def test_a_server_is_backed_up_by_its_own_tools(workspace: Path, capfd: pytest.CaptureFixture[str]) -> None:
    text = SETUP + 'ledger = "postgresql://nobody@localhost/none?schema=acme"\n'
    (workspace / "crmbridge.toml").write_text(text, encoding="utf-8")
    assert app.run(["db", "backup", str(workspace / "copy.db"), "--workspace", str(workspace)], {}) == 78
    assert "pg_dump" in capfd.readouterr().err


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
    assert run("db", "restore", "--mark") == 0
    assert run("db", "restore") == 2
    assert run("db", "restore", str(workspace / "nothing.db"), "--yes") == 6
