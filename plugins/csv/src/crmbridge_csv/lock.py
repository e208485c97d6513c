"""One writer a file: a lock that the system lets go of when its holder dies."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from crmbridge.model.errors import Unavailable

if sys.platform == "win32":
    import msvcrt

    def _try(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _try(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


AFTER_SECONDS = 5.0


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Holds the lock of a file; Unavailable at once where another writer has it. The lock file goes at the end."""
    beside = path.with_name(f".{path.name}.lock")
    try:
        descriptor = os.open(beside, os.O_CREAT | os.O_RDWR, 0o600)
    except OSError as error:
        raise Unavailable("{file} cannot be written: {reason}", file=path.name, reason=error.strerror) from error
    try:
        try:
            _try(descriptor)
            is_ours = os.fstat(descriptor).st_ino == beside.stat().st_ino
        except OSError:
            is_ours = False
        if not is_ours:
            raise Unavailable(
                "{file} is being written by somebody else, try again", after=AFTER_SECONDS, file=path.name
            )
        try:
            yield
        finally:
            # Gone before it is let go of: whoever opened it meanwhile sees above that it is not the file any more.
            with suppress(OSError):
                beside.unlink()
    finally:
        os.close(descriptor)
