"""Failures of the store, in the words of the person who must do something about them.

Only faults of the store are translated (disk, lock, damage, connection); anything else that a driver raises is a bug
of ours and leaves as it is.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError

from crmbridge.model.errors import CrmBridgeError, LeaseLost, StoreError

BUSY_TIMEOUT_S = 5
DUMP_HINT = "put the database back from its last dump, then: crmbridge db restore --mark"
OLDER_HINT = "take an older backup: crmbridge db restore FILE"
RESTORE_HINT = "crmbridge db restore puts a backup in its place and keeps this file; then sync again"

_SQLITE: dict[str, tuple[str, str | None]] = {
    "SQLITE_FULL": ("the disk is full: nothing of this step was written to {file}", "make room, then run it again"),
    "SQLITE_IOERR": ("the disk failed while {file} was used: {reason}", "nothing of this step was written"),
    "SQLITE_READONLY": ("{file} cannot be written", "check the permissions of the file and of its folder"),
    "SQLITE_PERM": ("{file} cannot be opened", "check the permissions of the file and of its folder"),
    "SQLITE_CANTOPEN": ("{file} cannot be opened", "check that the folder is there and may be written"),
    "SQLITE_CORRUPT": ("{file} is damaged: {reason}", RESTORE_HINT),
    "SQLITE_NOTADB": ("{file} is not a crmbridge ledger, or its beginning is damaged", RESTORE_HINT),
    "SQLITE_TOOBIG": ("a value is too large for {file}", None),
}
_BUSY = ("SQLITE_BUSY", "SQLITE_LOCKED")
_POSTGRES_BUSY = ("55P03", "40P01", "40001")
_UNREACHED = (
    "{file} cannot be reached: {reason}",
    "check that the PostgreSQL server runs, and the address of the ledger",
)
_POSTGRES: dict[str, tuple[str, str | None]] = {
    "53100": (
        "the disk of the PostgreSQL server is full: nothing of this step was written to {file}",
        "make room there, then run it again",
    ),
    "53": (
        "the PostgreSQL server has no room for {file}: {reason}",
        "nothing of this step was written: run it again later, or let the server have more connections or memory",
    ),
    "58": (
        "the disk of the PostgreSQL server failed while {file} was used: {reason}",
        "nothing of this step was written: look at the server's log and its disk, then run it again",
    ),
    "XX": (
        "{file} is damaged, says PostgreSQL: {reason}",
        DUMP_HINT,
    ),
    "08": _UNREACHED,
    "57": _UNREACHED,
    "28": _UNREACHED,
    "3D": _UNREACHED,
    "42501": (
        "the user of the database may not do that in {file}: {reason}",
        "let the user that the ledger's address names own its schema",
    ),
    "25006": (
        "{file} cannot be written: {reason}",
        "the server is a standby or read-only: name the one that takes writes",
    ),
    "3F": ("PostgreSQL cannot keep {file}: {reason}", None),
}
"""By the beginning of what the server calls the error (SQLSTATE), the longest first."""


@contextmanager
def translated(place: str) -> Iterator[None]:
    """Faults of the store inside leave as StoreError, a lock that stays as LeaseLost (exit 75)."""
    try:
        yield
    except DBAPIError as error:
        friendly = _friendly(error.orig, place)
        if friendly is None:
            raise
        raise friendly from error
    except Exception as error:
        friendly = _friendly(error, place)
        if friendly is None:
            raise
        raise friendly from error


def _friendly(error: BaseException | None, place: str) -> CrmBridgeError | None:
    if isinstance(error, sqlite3.Error):
        return _of_sqlite(error, place)
    if error is not None and type(error).__module__.startswith("psycopg"):
        return _of_postgres(error, place)
    return None


def _of_sqlite(error: sqlite3.Error, place: str) -> CrmBridgeError | None:
    name = getattr(error, "sqlite_errorname", None) or ""
    if name.startswith(_BUSY):
        return busy(place)
    if str(error).startswith("Could not decode to UTF-8"):
        name = "SQLITE_CORRUPT"
    known = next((code for code in _SQLITE if name.startswith(code)), None)
    if known is None:
        return None
    message, hint = _SQLITE[known]
    return StoreError(message, hint=hint, file=place, reason=str(error))


def _of_postgres(error: BaseException, place: str) -> CrmBridgeError | None:
    state = getattr(error, "sqlstate", None)
    if state in _POSTGRES_BUSY:
        return busy(place)
    if state is None and type(error).__name__ not in {"OperationalError", "ConnectionTimeout"}:
        return None
    known = next((code for code in _POSTGRES if (state or "08").startswith(code)), None)
    if known is None:
        return None
    message, hint = _POSTGRES[known]
    reason = str(error).strip().splitlines() or [type(error).__name__]
    return StoreError(message, hint=hint, file=place, reason=reason[0])


def busy(place: str) -> LeaseLost:
    """The error for a store that somebody else keeps locked."""
    return LeaseLost(
        "{file} is being written by another process; waited {seconds} s",
        hint="run it again when the other one is done",
        file=place,
        seconds=BUSY_TIMEOUT_S,
    )
