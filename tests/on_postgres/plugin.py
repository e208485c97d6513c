"""pytest -p tests.on_postgres.plugin: every ledger that a test would keep in a file is kept in PostgreSQL.

Left out is what needs a file (the mark `file_ledger`, the fixtures `ledger_file` and `sqlite_ledger`), and of tests
that have a turn for each engine the one on files. Children of the tests come along through PYTHONPATH.
"""

import os
import uuid
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from tests.on_postgres.sitecustomize import ADDRESS, install, schema_of
from tests.postgres import serve

FILE, FILE_FIXTURE = "file_ledger", "ledger_file"
_SERVER = pytest.StashKey[Any]()


def pytest_sessionstart(session: pytest.Session) -> None:
    """Starts the server in each process that runs tests, one for all."""
    config = session.config
    worker = getattr(config, "workerinput", None)
    if worker is None and config.getoption("dist", "no") != "no":
        return
    server = serve(worker["testrunuid"][:12] if worker else uuid.uuid4().hex[:12])
    config.stash[_SERVER] = server
    os.environ[ADDRESS] = server.get_uri()
    os.environ["PYTHONPATH"] = os.pathsep.join([str(Path(__file__).parent), *filter(None, [os.getenv("PYTHONPATH")])])
    install()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """The last process to leave stops it."""
    if server := session.config.stash.get(_SERVER, None):
        server.cleanup()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out what `pytest` without us runs the same way."""
    left = [item for item in items if _is_for_files(item)]
    config.hook.pytest_deselected(items=left)
    items[:] = [item for item in items if not _is_for_files(item)]


def _is_for_files(item: pytest.Item) -> bool:
    turn = getattr(item, "callspec", None)
    is_turn = bool(turn and turn.params.get("ledger_url") == "sqlite")
    return is_turn or item.get_closest_marker(FILE) is not None or FILE_FIXTURE in getattr(item, "fixturenames", ())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None, object, object]:
    """The schemas that stand for files of the test's own folder go with it; those of the last with the server."""
    folder: Path | None = getattr(item, "funcargs", {}).get("tmp_path")
    result = yield
    if folder is not None and nextitem is not None and (server := item.config.stash.get(_SERVER, None)):
        _drop(server.get_uri(), folder)
    return result


def _drop(uri: str, folder: Path) -> None:
    import psycopg.sql  # noqa: PLC0415 - only where tests run on it

    with psycopg.connect(uri, autocommit=True) as connection:
        names = {schema_of(str(file)) for file in _workspaces(folder)}
        found = connection.execute("SELECT nspname FROM pg_namespace WHERE nspname = ANY(%s)", [list(names)]).fetchall()
        for (name,) in found:
            connection.execute(psycopg.sql.SQL("DROP SCHEMA {} CASCADE").format(psycopg.sql.Identifier(name)))


def _workspaces(folder: Path) -> list[Path]:
    """Where the ledgers of a test's folder would be."""
    inside = [path for path in folder.rglob("*") if path.is_dir()] if folder.is_dir() else []
    return [place / name for place in (folder, *inside) for name in ("crmbridge.db", "ledger.db")]
