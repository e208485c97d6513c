from pathlib import Path

import pytest

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


def test_a_server_is_backed_up_by_its_own_tools(workspace: Path, capfd: pytest.CaptureFixture[str]) -> None:
    text = SETUP + 'ledger = "postgresql://nobody@localhost/none?schema=acme"\n'
    (workspace / "crmbridge.toml").write_text(text, encoding="utf-8")
    assert app.run(["db", "backup", str(workspace / "copy.db"), "--workspace", str(workspace)], {}) == 78
    assert "pg_dump" in capfd.readouterr().err
