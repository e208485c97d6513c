"""What every test may ask for: a ledger on each engine, a clock that stands still, and no network."""

import ipaddress
import itertools
import socket
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from tests.postgres import Schemas, serve, with_schema
from tests.scheduling import pytest_collection_modifyitems, pytest_configure, pytest_xdist_make_scheduler

from crmbridge.http import redact
from crmbridge.ledger.engine import Ledger, open_ledger
from crmbridge.model.instants import to_us

__all__ = ["pytest_collection_modifyitems", "pytest_configure", "pytest_xdist_make_scheduler"]  # pytest calls them
hypothesis.settings.register_profile(
    "busy", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)  # how long an example takes says how busy the machine is
hypothesis.settings.load_profile("busy")
ENGINES = ("sqlite", pytest.param("postgres", marks=pytest.mark.postgres))


class FrozenClock:
    """A clock that moves only when it is told to."""

    def __init__(self, now: datetime = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    @property
    def now_us(self) -> int:
        return to_us(self.now)

    def advance(self, *, seconds: float = 0, days: float = 0) -> None:
        self.now += timedelta(seconds=seconds, days=days)


@pytest.fixture(autouse=True)
def _secrets_of_one_test() -> Iterator[None]:
    """A secret that one test made up is not looked for in what the next ones say."""
    before = dict(redact._known)
    yield
    redact._known.clear()
    redact._known.update(before)


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture(scope="session")
def postgres_uri(testrun_uid: str) -> Iterator[str]:
    """One server for all workers of a test run; whoever leaves last stops it and takes its files away."""
    server = serve(testrun_uid[:12])
    yield server.get_uri()
    server.cleanup()


@pytest.fixture(scope="session")
def drop_schema(postgres_uri: str) -> Iterator[Callable[[str], None]]:
    import psycopg.sql  # noqa: PLC0415 - only where PostgreSQL is asked for

    connection = psycopg.connect(postgres_uri, autocommit=True)

    def drop(name: str) -> None:
        connection.execute(psycopg.sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(psycopg.sql.Identifier(name)))

    yield drop
    connection.close()


@pytest.fixture(scope="session")
def schemas(postgres_uri: str) -> Iterator[Schemas]:
    """Empty ledgers in PostgreSQL, made once and emptied for the next test."""
    found = Schemas(postgres_uri)
    yield found
    found.close()


@pytest.fixture(params=ENGINES)
def ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a ledger that is not there yet, on each engine; for `ledger`, of one that is empty."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'ledger.db'}"
        return
    uri: str = request.getfixturevalue("postgres_uri")
    if "ledger" in request.fixturenames:
        schemas: Schemas = request.getfixturevalue("schemas")
        schema = schemas.take()
        yield with_schema(uri, schema)
        schemas.give_back(schema)
        return
    schema = f"t_{uuid.uuid4().hex}"
    drop: Callable[[str], None] = request.getfixturevalue("drop_schema")
    yield with_schema(uri, schema)
    drop(schema)


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Ledger]:
    """An empty ledger, on each engine."""
    opened = open_ledger(ledger_url)
    yield opened
    opened.close()


@pytest.fixture
def ledger_file(tmp_path: Path) -> Path:
    """The file of a ledger that is not there yet, for what only files can do."""
    return tmp_path / "ledger.db"


@pytest.fixture
def sqlite_ledger(ledger_file: Path) -> Iterator[Ledger]:
    """An empty ledger in a file, for what only files can do."""
    opened = open_ledger(f"sqlite:///{ledger_file}")
    yield opened
    opened.close()


@pytest.fixture
def long_ledger(tmp_path: Path) -> Iterator[Ledger]:
    """An empty ledger for what takes long: in a file, and in PostgreSQL where all of them are (`just pg`)."""
    opened = open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    yield opened
    opened.close()


@pytest.fixture
def ids() -> Callable[[], str]:
    """Record ids that count, in the shape of ULIDs."""
    numbers = itertools.count(1)
    return lambda: f"{next(numbers):026d}"


class NetworkUsed(AssertionError):
    """A test tried to leave this machine."""


def _is_local(address: object) -> bool:
    if not isinstance(address, tuple):
        return True  # a Unix socket
    host = address[0]
    try:
        return host in {"localhost", ""} or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only loopback and Unix sockets connect."""
    for name in ("connect", "connect_ex", "sendto"):
        original = getattr(socket.socket, name)

        def guarded(self: socket.socket, *args: Any, _original: Callable[..., Any] = original) -> Any:
            if not _is_local(args[-1]):
                raise NetworkUsed(f"a test wanted to reach {args[-1]}")
            return _original(self, *args)

        monkeypatch.setattr(socket.socket, name, guarded)
