"""A desk for each test."""

import pytest
from plugins.trello.tests.opened import Desk


@pytest.fixture
def desk() -> Desk:
    return Desk()
