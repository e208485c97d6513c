"""A ledger in one SQLite file: made, checked, upgraded after a backup, and opened with the settings we rely on."""

import contextlib
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from crmbridge.ledger import migrations
from crmbridge.ledger.failures import BUSY_TIMEOUT_S, RESTORE_HINT, busy, translated
from crmbridge.ledger.schema import APPLICATION_ID
from crmbridge.model.errors import ConfigError, StoreError

_PRAGMAS = (
    "synchronous=FULL",
    "foreign_keys=ON",
    "cell_size_check=ON",
    "temp_store=MEMORY",
    "cache_size=-32768",
    "wal_autocheckpoint=4000",
    "journal_size_limit=67108864",
)


def path_of(url: URL) -> Path:
    """The file of a `sqlite:///` address; ConfigError where it names none or is relative."""
    if not url.database or url.database == ":memory:" or not Path(url.database).is_absolute():
        raise ConfigError("{url} does not name a file by its whole path", url=str(url))
    return Path(url.database)


def open_store(path: Path, *, create: bool, check: bool, durable: bool = True) -> Engine:
    """The engine over a file that is ours, whole and of our schema; StoreError says what is wrong otherwise."""
    _ensure_file(path, create=create)
    engine = _engine(path, durable=durable)
    try:
        with translated(str(path)):
            _prepare(engine, path, check=check)
    except (DBAPIError, sqlite3.Error, UnicodeDecodeError) as error:  # a damaged schema shows in many ways
        engine.dispose()
        raise StoreError("{file} is damaged: {reason}", file=path, reason=_reason(error), hint=RESTORE_HINT) from error
    except BaseException:
        engine.dispose()
        raise
    return engine


def version_of(path: Path) -> int | None:
    """The version of the schema in the file; None where no ledger is. Nothing is changed by the look."""
    if not path.is_file():
        return None
    engine = _engine(path, durable=True)
    try:
        with translated(str(path)), engine.connect() as connection:
            has_meta = connection.exec_driver_sql("SELECT 1 FROM sqlite_master WHERE name = 'meta'").scalar()
            return migrations.stamp(connection) if has_meta else None
    finally:
        engine.dispose()


def _reason(error: Exception) -> str:
    return str(error.orig if isinstance(error, DBAPIError) else error)


def _ensure_file(path: Path, *, create: bool) -> None:
    if path.exists():
        if path.is_dir():
            raise StoreError("{file} is a folder, not a ledger", file=path)
        return
    if not create:
        raise StoreError("there is no ledger at {file}", file=path, hint="crmbridge sync makes one")
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise StoreError("{file} cannot be made: {reason}", file=path, reason=error.strerror) from error


def _engine(path: Path, *, durable: bool) -> Engine:
    pragmas = _PRAGMAS if durable else ("synchronous=OFF", *_PRAGMAS[1:])
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        connect_args={"timeout": BUSY_TIMEOUT_S, "check_same_thread": False, "cached_statements": 256},
    )

    @event.listens_for(engine, "connect")
    def _configure(dbapi_connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
        dbapi_connection.isolation_level = None  # we say BEGIN ourselves, and which one
        for pragma in pragmas:
            dbapi_connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        driver = connection.connection.dbapi_connection
        assert driver is not None  # noqa: S101 - an open connection
        driver.execute(connection.get_execution_options().get("ledger_begin", "BEGIN"))

    return engine


def _prepare(engine: Engine, path: Path, *, check: bool) -> None:
    with engine.connect() as connection:
        found = _pragma(connection, "application_id")
        is_empty = not connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar()
        connection.rollback()
        if not is_empty and found != APPLICATION_ID:
            raise StoreError("{file} is a database of another program, not a ledger", file=path)
        if is_empty and _make(connection):
            return  # nobody has used it yet: there is nothing to look for
    if check:
        require_whole(engine, str(path))
    with engine.connect() as connection:
        state = migrations.state(connection, str(path))
        connection.rollback()
    if state.is_behind:
        _upgrade(engine, path, state.version)


def _upgrade(engine: Engine, path: Path, version: int) -> None:
    """After a backup beside it; another process may have been quicker, whose backup then is the one."""
    kept = _backup_beside(engine, path, version)
    with engine.connect().execution_options(ledger_begin="BEGIN IMMEDIATE") as connection, connection.begin():
        is_behind = migrations.state(connection, str(path)).is_behind
        if is_behind:
            migrations.upgrade(connection, str(path))
    if not is_behind:
        kept.unlink()


def _make(connection: Connection) -> bool:
    """Makes the tables, in one transaction; whether it did: another process may have been quicker."""
    raw = connection.connection.dbapi_connection
    assert raw is not None  # noqa: S101 - an open connection
    raw.execute("PRAGMA page_size=8192")
    raw.execute("PRAGMA journal_mode=WAL")
    writing = connection.execution_options(ledger_begin="BEGIN IMMEDIATE")
    with writing.begin():
        if writing.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar():
            return False
        writing.exec_driver_sql(f"PRAGMA application_id={APPLICATION_ID}")
        migrations.create(writing)
    return True


def integrity(engine: Engine, place: str, *, thorough: bool) -> list[str]:
    """What SQLite finds wrong with the file; empty where it is whole."""
    with translated(place), engine.connect() as connection:
        name = "integrity_check" if thorough else "quick_check"
        rows = connection.exec_driver_sql(f"PRAGMA {name}").scalars().all()
    return [] if rows == ["ok"] else [str(row) for row in rows]


def require_whole(engine: Engine, place: str) -> None:
    """StoreError where SQLite finds the file damaged: a reading of the whole file, without its indexes' content."""
    if problems := integrity(engine, place, thorough=False):
        raise StoreError("{file} is damaged: {reason}", file=place, reason=problems[0], hint=RESTORE_HINT)


def compact(engine: Engine, place: str) -> None:
    """Writes the file anew and empties its log; LeaseLost where another process reads what is in there."""
    with translated(place), engine.connect() as connection:
        raw = connection.connection.dbapi_connection
        assert raw is not None  # noqa: S101 - an open connection
        raw.execute("VACUUM")
        (is_busy, *_) = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if is_busy:
        raise busy(place)


def backup(engine: Engine, place: str, target: Path) -> None:
    """A consistent copy as one file; never overwrites, and leaves nothing behind where it fails."""
    if target.exists():
        raise StoreError("{file} is there already", file=target)
    unfinished = target.with_name(f"{target.name}.{os.getpid()}-{threading.get_ident()}.unfinished")
    unfinished.unlink(missing_ok=True)
    try:
        with translated(place), engine.connect() as connection:
            raw = connection.connection.dbapi_connection
            assert raw is not None  # noqa: S101 - an open connection
            raw.execute("VACUUM INTO ?", (str(unfinished),))
        unfinished.chmod(0o600)
        _take_name(unfinished, target)
    finally:
        unfinished.unlink(missing_ok=True)


def _take_name(unfinished: Path, target: Path) -> None:
    """The file gets its name, and nobody's file is written over, even by two at once."""
    try:
        os.link(unfinished, target)
    except FileExistsError as error:
        raise StoreError("{file} is there already", file=target) from error
    except OSError:  # a file system without hard links
        unfinished.rename(target)


def _backup_beside(engine: Engine, path: Path, version: int) -> Path:
    """The ledger as it is, beside itself, under the first name that is free."""
    number = 1
    while True:
        more = "" if number == 1 else f".{number}"
        wanted = path.with_name(f"{path.name}.before-{version + 1}{more}")
        with contextlib.suppress(FileExistsError):
            if not wanted.exists():
                return _backed_up(engine, path, wanted)
        number += 1


def _backed_up(engine: Engine, path: Path, wanted: Path) -> Path:
    try:
        backup(engine, str(path), wanted)
    except StoreError as error:
        if isinstance(error.__cause__, FileExistsError):
            raise error.__cause__ from error
        raise
    return wanted


def _pragma(connection: Connection, name: str) -> int:
    return int(connection.exec_driver_sql(f"PRAGMA {name}").scalar() or 0)


@contextmanager
def query_only(raw: sqlite3.Connection) -> Iterator[None]:
    """SQLite refuses to write inside, and the view is taken now."""
    raw.execute("SELECT value FROM meta LIMIT 1").fetchall()
    raw.execute("PRAGMA query_only=ON")
    try:
        yield
    finally:
        raw.execute("PRAGMA query_only=OFF")
