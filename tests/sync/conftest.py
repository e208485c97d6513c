"""A world on each engine, and one in a file for what takes long."""

from collections.abc import Callable

import pytest
from tests.sync.world import World

from crmbridge.ledger.engine import Ledger


@pytest.fixture
def world(ledger: Ledger, ids: Callable[[], str]) -> World:
    return World(ledger, ids)


@pytest.fixture
def file_world(sqlite_ledger: Ledger, ids: Callable[[], str]) -> World:
    return World(sqlite_ledger, ids)
