import os
from pathlib import Path

import pytest

from crmbridge.cli import app

from .place import Answer, Place, Runner


@pytest.fixture(autouse=True)
def _first_syncs_find_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Findings about the data end first syncs in `test_command_line` alone, whose processes know nothing of this."""
    monkeypatch.setattr("crmbridge.app.bridge.Bridge.first_findings", lambda _: ())


@pytest.fixture
def cli(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Runner:
    """Runs a command line in this process, in English unless told."""
    for name in [name for name in os.environ if name.startswith(("CRMBRIDGE", "LC_")) or name in {"LANG", "COLUMNS"}]:
        monkeypatch.delenv(name)

    def run(*words: str) -> Answer:
        capfd.readouterr()
        code = app.run(words)
        captured = capfd.readouterr()
        assert "Traceback" not in captured.err
        return Answer(code, captured.out, captured.err)

    return run


@pytest.fixture
def place(tmp_path: Path, cli: Runner) -> Place:
    return Place(tmp_path / "acme", cli)
