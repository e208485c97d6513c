"""Opens a ledger: checks that it is ours, whole and of our schema, and hands out transactions.

sqlite:////absolute/path/ledger.db                  one file a workspace, WAL, synchronous=FULL
postgresql://user@host/database?schema=acme         one schema a workspace
"""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, Engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from crmbridge.ledger import leases, postgres_store, sqlite_store
from crmbridge.ledger.failures import translated
from crmbridge.ledger.leases import Lease
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.model.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Ledger:
    """An open ledger; used by one thread at a time per transaction, closed with `close`.

    `place` names it for people, `path` is its file (None on PostgreSQL), `adbc_uri` is what an ADBC driver opens;
    `writing` and `reading` are its engine, prepared for transactions of either kind.
    """

    url: str
    dialect: str
    place: str
    path: Path | None
    adbc_uri: str
    engine: Engine
    writing: Engine
    reading: Engine

    @contextmanager
    def begin(self, lease: Lease | None = None) -> Iterator[LedgerTx]:
        """One transaction that writes: all of it or nothing.

        On SQLite it is the only writer from its first statement on; LeaseLost where another process keeps the file
        locked for five seconds. With a `lease`, it commits only while that lease is still held: LeaseLost otherwise.
        """
        with translated(self.place), self.writing.connect() as connection, connection.begin():
            tx = LedgerTx(connection, self.dialect, self.place)
            yield tx
            if lease is not None:
                leases.check(tx, lease)

    @contextmanager
    def read(self) -> Iterator[LedgerTx]:
        """One consistent view of everything committed so far; waits for nobody and cannot write."""
        with translated(self.place), self.reading.connect() as connection, connection.begin():
            tx = LedgerTx(connection, self.dialect, self.place)
            with sqlite_store.query_only(tx.sqlite) if tx.is_sqlite else nullcontext():
                yield tx

    def check(self) -> list[str]:
        """What `PRAGMA integrity_check` finds wrong: a whole reading, for once a week. Empty on PostgreSQL."""
        return sqlite_store.integrity(self.engine, self.place, thorough=True) if self.path else []

    def require_whole(self) -> None:
        """StoreError where `PRAGMA quick_check` finds the file damaged: before anything is written. Not PostgreSQL."""
        if self.path:
            sqlite_store.require_whole(self.engine, self.place)

    def backup(self, target: Path) -> None:
        """A consistent copy of a SQLite ledger as one file, while others go on; StoreError where it cannot be made."""
        sqlite_store.backup(self.engine, self.place, target)

    def compact(self) -> None:
        """What was deleted is in no byte of a SQLite file, nor of its log; LeaseLost where somebody else has it open.

        PostgreSQL looks after its own pages.
        """
        if self.path:
            sqlite_store.compact(self.engine, self.place)

    def close(self) -> None:
        """Lets go of the store; harmless twice."""
        self.engine.dispose()


def open_ledger(url: str, *, create: bool = True, check: bool = True, durable: bool = True) -> Ledger:
    """The ledger at that address, made where there is none and `create` is set, and brought to our schema.

    A SQLite file upgrades itself after a backup beside it; PostgreSQL only by `upgrade_ledger`. `check` False leaves
    out the reading of the whole file (`PRAGMA quick_check`), for commands that only read a large ledger often.
    `durable` False does not wait for the disk: what was committed outlives the process, not a power cut; for tests.
    StoreError: absent, damaged, not ours, newer than this crmbridge, read-only, full disk. ConfigError: a bad address.
    """
    return _open(url, create=create, check=check, upgrade=False, durable=durable)


def is_there(url: str) -> bool:
    """Whether there is a ledger at that address; nothing is made by the look."""
    parsed = _parsed(url)
    if parsed.get_backend_name() == "postgresql":
        return postgres_store.is_there(parsed)
    return sqlite_store.path_of(parsed).exists()


def version_of(url: str) -> int | None:
    """The version of the schema of the ledger at that address, as it is; None where there is none."""
    parsed = _parsed(url)
    if parsed.get_backend_name() == "postgresql":
        return postgres_store.version_of(parsed)
    return sqlite_store.version_of(sqlite_store.path_of(parsed))


def upgrade_ledger(url: str) -> Ledger:
    """The ledger at that address, brought to our schema whichever engine keeps it (`crmbridge db upgrade`)."""
    return _open(url, create=False, check=True, upgrade=True)


def _open(url: str, *, create: bool, check: bool, upgrade: bool, durable: bool = True) -> Ledger:
    parsed = _parsed(url)
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        path = sqlite_store.path_of(parsed)
        engine = sqlite_store.open_store(path, create=create, check=check, durable=durable)
        writing = engine.execution_options(ledger_begin="BEGIN IMMEDIATE")
        return Ledger(url, backend, str(path), path, str(path), engine, writing, engine)
    if backend == "postgresql":
        store = postgres_store.open_store(parsed, create=create, upgrade=upgrade)
        reading = store.engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        return Ledger(url, backend, store.place, None, store.adbc_uri, store.engine, store.engine, reading)
    raise ConfigError("a ledger cannot be kept in {backend}", backend=backend, hint=_ADDRESSES)


def _parsed(url: str) -> URL:
    try:
        return make_url(url)
    except ArgumentError as error:
        raise ConfigError("{url} is not the address of a ledger", url=url, hint=_ADDRESSES) from error


_ADDRESSES = "sqlite:////path/to/ledger.db or postgresql://user@host/database?schema=name"
