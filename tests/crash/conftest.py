"""Ledgers that are copied for each death, on each engine."""

import uuid
from collections.abc import Callable

import pytest
from tests.conftest import ENGINES
from tests.crash.stores import Databases, Files, Stores

MakeStores = Callable[[str], Stores]


@pytest.fixture(scope="module")
def make_stores(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> MakeStores:
    """Ledgers of an engine by its name; PostgreSQL is started where it is asked for."""

    def make(engine: str) -> Stores:
        if engine == "sqlite":
            return Files(tmp_path_factory.mktemp("crash"))
        return Databases(request.getfixturevalue("postgres_uri"), f"c{uuid.uuid4().hex[:8]}")

    return make


@pytest.fixture(scope="module", params=ENGINES)
def stores(request: pytest.FixtureRequest, make_stores: MakeStores) -> Stores:
    """Ledgers of each engine."""
    return make_stores(request.param)
