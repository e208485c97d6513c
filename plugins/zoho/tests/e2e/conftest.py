"""One simulator for the tests of a module, a new workspace for each test, and the command line in this process."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.systems.clock import Clock, shared_clock
from tests.systems.command_line import Runner, runner

from .acme import Acme
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


@pytest.fixture(autouse=True)
def _only_reading(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not about reading Zoho costs little here.

    Findings about the data end first syncs in `test_whole_org` alone.
    """
    if not request.module.__name__.endswith("test_whole_org"):
        monkeypatch.setattr("crmbridge.app.bridge.Bridge.first_findings", lambda _: ())


@pytest.fixture
def clock(org: Org, monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Our time is the simulator's, and nobody waits for it to pass."""
    return shared_clock(org, monkeypatch)


@pytest.fixture
def cli(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Runner:
    """Runs a command line in this process, in English unless told."""
    return runner(capfd, monkeypatch)


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
