"""A world on each engine, and one for what takes long."""

from collections.abc import Callable

import pytest
from tests.sync.world import World

from crmbridge.ledger.engine import Ledger


@pytest.fixture
def world(ledger: Ledger, ids: Callable[[], str]) -> World:
    return World(ledger, ids)


@pytest.fixture
def file_world(long_ledger: Ledger, ids: Callable[[], str]) -> World:
    return World(long_ledger, ids)
