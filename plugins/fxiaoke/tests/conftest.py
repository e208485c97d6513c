"""A desk for each test that writes."""

from pathlib import Path

import pytest
from plugins.fxiaoke.tests.desk import Desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)
