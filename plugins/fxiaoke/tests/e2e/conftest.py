"""A company for the tests of a module, a new workspace for each test, and the command line in this process.

`company`, `workspace` and `cli` are for the first day; `org` and `acme` compare what is held with the dump.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from tests.systems.clock import Clock, shared_clock
from tests.systems.command_line import Runner as Line
from tests.systems.command_line import runner

from crmbridge.cli import app

from .acme import Acme
from .company import Answer, Company, Runner, Workspace, serving
from .org import Org
from .org import serving as serving_org

A_WHILE_S = 120
"""After it nothing counts any more of what was called."""


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


@pytest.fixture(scope="module")
def shared_org() -> Iterator[Org]:
    with serving_org() as org:
        yield org


@pytest.fixture
def org(shared_org: Org) -> Org:
    """The module's tenant, healed of what a test before did to it, with its windows of calls over."""
    shared_org.heal()
    shared_org.advance(A_WHILE_S)
    return shared_org


@pytest.fixture
def clock(org: Org, monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Our time is the simulator's, and nobody waits for it to pass."""
    return shared_clock(org, monkeypatch)


@pytest.fixture
def line(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Line:
    """Runs a command line in this process; as `cli`, with the answers that the house's workspaces want."""
    return runner(capfd, monkeypatch)


@pytest.fixture
def acme(  # noqa: PLR0917 - pytest gives fixtures by name
    tmp_path: Path, org: Org, clock: Clock, line: Line, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Acme:
    """A workspace where what is not about reading costs little.

    Findings about the data end first syncs in `test_whole_org` alone.
    """
    if not request.module.__name__.endswith("test_whole_org"):
        monkeypatch.setattr("crmbridge.app.bridge.Bridge.first_findings", lambda _: ())
    return Acme(tmp_path / "acme", org, line)


@pytest.fixture
def acme_of(tmp_path: Path, line: Line, monkeypatch: pytest.MonkeyPatch) -> Callable[[Org], Acme]:
    """A workspace on a tenant that the test itself serves."""
    monkeypatch.setattr("crmbridge.app.bridge.Bridge.first_findings", lambda _: ())

    def make(org: Org) -> Acme:
        shared_clock(org, monkeypatch)
        return Acme(tmp_path / "acme", org, line)

    return make
