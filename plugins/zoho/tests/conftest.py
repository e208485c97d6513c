"""A fake Zoho for each test."""

from pathlib import Path

import pytest
from plugins.zoho.tests.desk import Desk
from plugins.zoho.tests.fake import Deals, FakeZoho


@pytest.fixture
def zoho() -> FakeZoho:
    return FakeZoho()


@pytest.fixture
def deals(zoho: FakeZoho) -> Deals:
    return Deals(zoho)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)
