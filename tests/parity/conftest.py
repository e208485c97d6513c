"""The three places, read once for all tests of this folder."""

import os
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

import pytest

from crmbridge.app.bridge import Bridge
from crmbridge.cli import app

from .records import Held
from .worlds import AS_OF, Place, three_places

Answer = tuple[int, str, str]
SIZES = [
    pytest.param((7, 60), id="60"),
    pytest.param((3, 700), id="700", marks=pytest.mark.wide),
    pytest.param((11, 60), id="another", marks=pytest.mark.wide),
]
"""Seed and deals of a world."""


@pytest.fixture(scope="session", params=SIZES)
def places(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Place]]:
    """The workspaces, all of them read."""
    seed, deals = request.param
    with three_places(tmp_path_factory.mktemp("parity"), seed=seed, deals=deals) as found:
        troubles = {name: told for name, place in found.items() if (told := place.sync())}
        assert not troubles
        yield found


@pytest.fixture(scope="session")
def held(places: dict[str, Place]) -> dict[str, Held]:
    """What each of them holds."""
    return {name: Held(place) for name, place in places.items()}


class Kept(Bridge):
    """A bridge that stays open when a command is done with it: the records stay as they are, and so do the facts."""

    def close(self) -> None:
        """Not yet: `let_go` does."""

    def let_go(self) -> None:
        super().close()


@pytest.fixture(scope="session")
def kept(places: dict[str, Place]) -> Iterator[dict[Path, Kept]]:
    """One bridge a place, for every command that asks it something."""
    found = {place.folder: Kept.open(place.folder, as_of=AS_OF, environ={}) for place in places.values()}
    yield found
    for bridge in found.values():
        bridge.let_go()


class Line:
    """The command line in this process, in English unless told."""

    def __init__(self, capfd: pytest.CaptureFixture[str]) -> None:
        self._capfd = capfd

    def ask(self, place: Place, *words: str) -> str:
        """What a command prints about a workspace."""
        self._capfd.readouterr()
        code = app.run([*words, "--workspace", str(place.folder)])
        out, err = self._capfd.readouterr()
        assert code == 0, (words, err)
        return out


@pytest.fixture
def line(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, kept: dict[Path, Kept]) -> Line:
    """Commands about the three places, as of their present."""
    for name in [name for name in os.environ if name.startswith(("CRMBRIDGE", "LC_")) or name in {"LANG", "COLUMNS"}]:
        monkeypatch.delenv(name)

    def opened(workspace: Path, *, as_of: datetime, environ: Mapping[str, str]) -> Bridge:
        assert as_of == AS_OF
        assert environ is os.environ
        return kept[workspace]

    monkeypatch.setattr(Bridge, "open", opened)
    return Line(capfd)
