from pathlib import Path

import pytest
from tests.app.company import Company
from tests.app.jobs.desk import NIGHTLY, Desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A company with one job, every night at two, that was just noticed."""
    made = Desk(Company.make(tmp_path / "acme"))
    made.write(NIGHTLY)
    assert made.tick() == []
    return made
