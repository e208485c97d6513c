from collections.abc import Iterator
from pathlib import Path

import pytest

from .crew import Crew, database, install


@pytest.fixture
def crew(postgres_uri: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Crew]:
    """No workspace yet, in a database of its own."""
    with database(postgres_uri) as uri:
        yield Crew(tmp_path / "workspaces", uri, install(monkeypatch))
