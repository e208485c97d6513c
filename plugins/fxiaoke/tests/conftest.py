"""A desk for each test that writes; the wide matrix runs where it is asked for by name: `just fxiaoke-matrix`."""

from pathlib import Path

import pytest
from plugins.fxiaoke.tests.desk import Desk

WIDE = "fxiaoke_matrix"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves the wide matrix out of every other run."""
    if WIDE in str(config.getoption("-m")):
        return
    left = [item for item in items if item.get_closest_marker(WIDE)]
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if not item.get_closest_marker(WIDE)]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)
