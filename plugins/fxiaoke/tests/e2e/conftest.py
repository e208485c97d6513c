"""A company for the tests of a module, a new workspace for each test, and the command line in this process."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from crmbridge.cli import app

from .company import Answer, Company, Runner, Workspace, serving


@pytest.fixture
def cli(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Runner:
    """Runs a command line in this process, in English unless told."""
    for name in [name for name in os.environ if name.startswith(("CRMBRIDGE", "LC_")) or name in {"LANG", "COLUMNS"}]:
        monkeypatch.delenv(name)

    def run(*words: str, environ: Mapping[str, str] | None = None) -> Answer:
        with monkeypatch.context() as patched:
            for name, value in (environ or {}).items():
                patched.setenv(name, value)
            capfd.readouterr()
            code = app.run(words)
        captured = capfd.readouterr()
        assert "Traceback" not in captured.err, captured.err
        return Answer(code, captured.out, captured.err)

    return run


@pytest.fixture(scope="module")
def company() -> Iterator[Company]:
    with serving(switches={"token_calls_a_minute": 0, "rate_calls": 0}) as found:
        yield found


@pytest.fixture
def workspace(tmp_path: Path, company: Company, cli: Runner) -> Workspace:
    return Workspace(tmp_path / "acme", company, cli)
