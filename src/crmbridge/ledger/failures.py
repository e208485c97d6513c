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
_POSTGRES_CLASSES = ("08", "53", "57", "58", "XX", "28", "3D", "3F", "42501", "25006")


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
    if state is not None and not state.startswith(_POSTGRES_CLASSES):
        return None
    reason = str(error).strip().splitlines() or [type(error).__name__]
    return StoreError("PostgreSQL cannot keep {file}: {reason}", file=place, reason=reason[0])


def busy(place: str) -> LeaseLost:
    """The error for a store that somebody else keeps locked."""
    return LeaseLost(
        "{file} is being written by another process; waited {seconds} s",
        hint="run it again when the other one is done",
        file=place,
        seconds=BUSY_TIMEOUT_S,
    )
