from collections.abc import Iterator
from pathlib import Path

import pytest

from crmbridge.ledger.engine import Ledger, open_ledger


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = open_ledger(f"sqlite:///{tmp_path}/ledger.db")
    yield opened
    opened.close()
