"""One simulator for the tests of a module, a new workspace for each test, and the command line in this process."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import httpx
import pytest

from crmbridge.adapter.context import AdapterContext
from crmbridge.cli import app

from .acme import Acme, Answer, Runner
from .org import Org, serving

TEN_MINUTES_S = 660
WIDE = "zoho_matrix"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The wide matrix runs where it is asked for by name: `just zoho-matrix`."""
    if WIDE in str(config.getoption("-m")):
        return
    left = [item for item in items if item.get_closest_marker(WIDE)]
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if not item.get_closest_marker(WIDE)]


tls_context = cache(httpx.create_ssl_context)


@pytest.fixture(autouse=True)
def _only_reading(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not about reading Zoho costs little here.

    The simulator speaks plain HTTP: certificates are loaded once. Findings about the data end first syncs in
    `test_whole_org` alone.
    """
    monkeypatch.setattr("httpx.create_ssl_context", tls_context)
    if not request.module.__name__.endswith("test_whole_org"):
        monkeypatch.setattr("crmbridge.app.bridge.Bridge.first_findings", lambda _: ())


@dataclass
class Clock:
    """The time of both: the machine's, moved on by every wait of ours. `skew_s` is how far ours is before Zoho's."""

    org: Org
    skew_s: float = 0
    waits_s: list[float] = field(default_factory=list)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.org.ahead_s + self.skew_s)

    def pause(self, context: AdapterContext, seconds: float) -> bool:
        self.waits_s.append(seconds)
        if not context.stop.is_set():
            self.org.advance(seconds)
        return context.stop.is_set()


@pytest.fixture
def clock(org: Org, monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Our time is the simulator's, and nobody waits for it to pass."""
    clock = Clock(org)
    monkeypatch.setattr("crmbridge.app.bridge.system_clock", clock)

    def pause(context: AdapterContext, seconds: float) -> bool:
        return clock.pause(context, seconds)

    monkeypatch.setattr(AdapterContext, "pause", pause)
    return clock


@pytest.fixture
def cli(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Runner:
    """Runs a command line in this process, in English unless told."""
    for name in [name for name in os.environ if name.startswith(("CRMBRIDGE", "LC_")) or name in {"LANG", "COLUMNS"}]:
        monkeypatch.delenv(name)

    def run(*words: str, environ: Mapping[str, str] | None = None) -> Answer:
        for name, value in (environ or {}).items():
            monkeypatch.setenv(name, value)
        capfd.readouterr()
        code = app.run(words)
        captured = capfd.readouterr()
        assert "Traceback" not in captured.err, captured.err
        return Answer(code, captured.out, captured.err)

    return run


@pytest.fixture(scope="module")
def shared_org() -> Iterator[Org]:
    with serving() as org:
        yield org


@pytest.fixture
def org(shared_org: Org) -> Org:
    """The module's organisation, with its past ten minutes over: a token may be asked for again."""
    shared_org.reset()
    shared_org.advance(TEN_MINUTES_S)
    return shared_org


@pytest.fixture
def acme(tmp_path: Path, org: Org, clock: Clock, cli: Runner) -> Acme:
    return Acme(tmp_path / "acme", org, cli)
