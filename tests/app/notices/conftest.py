from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.app.notices.hub import Hub, serving
from tests.app.notices.office import Office

Opened = Callable[..., Office]


@pytest.fixture
def hub() -> Iterator[Hub]:
    with serving() as made:
        yield made


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The company, read once; whoever works with it copies it."""
    folder = tmp_path_factory.mktemp("office") / "acme"
    Office.read(folder)
    return folder


@pytest.fixture
def office(template: Path, tmp_path: Path, hub: Hub) -> Opened:
    """A company with these rules, just read."""
    return lambda *rules: Office.make(template, tmp_path / "acme", hub, *rules)
