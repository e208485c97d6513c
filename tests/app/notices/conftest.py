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


@pytest.fixture
def office(tmp_path: Path, hub: Hub) -> Opened:
    """A company with these rules, just read."""
    return lambda *rules: Office.make(tmp_path / "acme", hub, *rules)
