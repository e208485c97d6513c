from pathlib import Path

import pytest
from tests.app.company import Company


@pytest.fixture
def company(tmp_path: Path) -> Company:
    return Company.make(tmp_path / "acme")
