"""Where an access token is kept: a file of mode 0600, replaced whole, changed under a lock that all processes take.

Read without the lock: a reader sees the old file or the new one. The lock is the system's, so it is free the moment
its holder dies.
"""

import json
import os
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from filelock import FileLock
from filelock import Timeout as LockTimeout

from crmbridge.model.errors import StoreError, Unavailable

WAIT_S = 150.0
"""Longer than a fetch may take with its retries."""


@dataclass(frozen=True, slots=True)
class Kept:
    """The token as text, whose it is, when tokens were fetched, and until when none may be."""

    identity: str = ""
    value: str = field(default="", repr=False)
    expires: str = ""
    extra: Mapping[str, str] = field(default_factory=dict)
    fetches_s: list[float] = field(default_factory=list)
    blocked_until_s: float = 0.0
    blocked_identity: str = ""


class KeptInMemory:
    """For where no file may be kept: one process, one cache."""

    def __init__(self) -> None:
        self._kept = Kept()
        self._lock = threading.RLock()

    @contextmanager
    def locked(self) -> Iterator[None]:
        """One thread at a time."""
        with self._lock:
            yield

    def read(self) -> Kept:
        """What is kept."""
        return self._kept

    def write(self, kept: Kept) -> None:
        """Keeps it."""
        self._kept = kept


class TokenFile:
    """A file in a folder that only its owner may open."""

    def __init__(self, folder: Path, name: str) -> None:
        self._path = folder / f"token-{_file_name(name)}.json"
        self._lock = FileLock(folder / f"token-{_file_name(name)}.lock", timeout=WAIT_S, mode=0o600)
        self._seen: tuple[tuple[int, int, int], Kept] | None = None

    @contextmanager
    def locked(self) -> Iterator[None]:
        """One process at a time; Unavailable where another one holds it too long."""
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock.acquire()
        except LockTimeout:
            raise Unavailable("another process has been asking for an access token for too long") from None
        except OSError as error:
            raise _unwritable(self._path, error) from None
        try:
            yield
        finally:
            self._lock.release()

    def read(self) -> Kept:
        """What is kept; nothing where there is no file, or one that cannot be read as such."""
        try:
            status = os.stat(self._path)  # noqa: PTH116 - asked before every call
            signature = (status.st_mtime_ns, status.st_ino, status.st_size)
            if self._seen is None or self._seen[0] != signature:
                self._seen = (signature, _kept(self._path.read_text("utf-8")))
        except (OSError, ValueError, TypeError):
            return Kept()
        return self._seen[1]

    def write(self, kept: Kept) -> None:
        """Replaces the file, so that a reader never sees half of it."""
        fresh = self._path.with_suffix(f".{os.getpid()}.tmp")
        try:
            fresh.unlink(missing_ok=True)
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
                json.dump(asdict(kept), file)
            fresh.replace(self._path)
        except OSError as error:
            raise _unwritable(self._path, error) from None

    def forget(self) -> None:
        """The token is kept no more; harmless where none is."""
        with self.locked():
            try:
                self._path.unlink(missing_ok=True)
            except OSError as error:
                raise _unwritable(self._path, error) from None


def _kept(text: str) -> Kept:
    """The kept state of a text; ValueError or TypeError where it is none."""
    kept = Kept(**json.loads(text))
    if kept.value:
        datetime.fromisoformat(kept.expires)
    return replace(
        kept,
        fetches_s=[float(at_s) for at_s in kept.fetches_s],
        blocked_until_s=float(kept.blocked_until_s),
        extra={str(name): str(value) for name, value in dict(kept.extra).items()},
    )


def _file_name(name: str) -> str:
    """The name where every system takes it as a file's, else one that stands for it."""
    return name if re.fullmatch(r"[A-Za-z0-9_-]{1,60}", name) else sha256(name.encode()).hexdigest()[:32]


def _unwritable(path: Path, error: OSError) -> StoreError:
    return StoreError("{file} cannot be written: {reason}", file=path.name, reason=error.strerror or "?")
