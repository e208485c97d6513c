"""What an adapter is handed when it is opened: its connection, its way to secrets, a clock and a stop signal.

And what it shares with every other process that has the same connection open: small texts, changed one at a time.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol, TypeVar

from pydantic import BaseModel

from crmbridge.model.errors import ConfigError


class Secrets(Protocol):
    """Where an adapter asks for the secret behind a reference; values never appear in its configuration."""

    def resolve(self, reference: str) -> str:
        """The secret; ConfigError naming the places looked at where there is none."""
        ...


class NoSecrets:
    """For sources that need none."""

    def resolve(self, reference: str) -> str:
        """Always a KeyError: a source that needs no secret asked for one."""
        raise KeyError(reference)


T = TypeVar("T")


class Shared(Protocol):
    """Small texts of one connection, by key, seen by all its threads and processes: budgets, pauses, breakers.

    They are hints that make calls cheaper and kinder, never data: losing them all loses nothing but politeness.
    """

    def read(self, key: str) -> str | None:
        """The text, or None where there is none; takes no lock, so it may be a moment old."""
        ...

    def update(self, key: str, change: Callable[[str | None], tuple[str | None, T]]) -> T:
        """Changes a text atomically: `change` is given the present one and returns the new one and an answer.

        Nobody else changes the text meanwhile. A new text equal to the present one writes nothing, None removes it.
        `change` may be called more than once, so it must be quick and change nothing itself. StoreError where the
        text cannot be kept; what `change` raises leaves, and nothing is written.
        """
        ...


class InMemoryShared:
    """Shared within one process: for tests, and for whoever opens an adapter without a ledger."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._texts: dict[str, str] = {}

    def read(self, key: str) -> str | None:
        """The text, or None."""
        return self._texts.get(key)

    def update(self, key: str, change: Callable[[str | None], tuple[str | None, T]]) -> T:
        """Changes a text while no other thread does."""
        with self._lock:
            text, answer = change(self._texts.get(key))
            if text is None:
                self._texts.pop(key, None)
            else:
                self._texts[key] = text
            return answer


def system_clock() -> datetime:
    """The machine's time, aware, in UTC."""
    return datetime.now(UTC)


@dataclass(slots=True)
class Fence:
    """What is asked before each call that may change something: `may_send` raises where nothing may be sent any more.

    A run that stood still for longer than its lease lasts (a laptop that slept) must not go on with a batch.
    """

    may_send: Callable[[], None] | None = None

    def check(self) -> None:
        """Nothing happens where a call may go; the error of whoever keeps the fence else."""
        if self.may_send is not None:
            self.may_send()


@dataclass(frozen=True, slots=True)
class AdapterContext:
    """One connection, opened. Paths in `config` are relative to `workspace`; `stop` asks to end at the next page.

    `shared` is what all processes of this connection see. `state_dir` is a folder of the workspace that only its owner
    may open, for files that must never be in the ledger (access tokens); None where nothing may be kept. `fence` is
    asked before each call that writes; what goes through `crmbridge.http` asks it by itself.
    """

    connection: str
    config: BaseModel
    workspace: Path
    zone: str = "UTC"
    currency: str | None = None
    secrets: Secrets = field(default_factory=NoSecrets)
    clock: Callable[[], datetime] = system_clock
    stop: threading.Event = field(default_factory=threading.Event)
    read_only: bool = True
    sleep: Callable[[float], None] | None = None
    shared: Shared = field(default_factory=InMemoryShared)
    state_dir: Path | None = None
    fence: Fence = field(default_factory=Fence)

    def check_may_write(self) -> None:
        """ConfigError where the connection is open for reading only: asked before anything is sent."""
        if self.read_only:
            raise ConfigError(
                "the connection {connection} is open for reading only, and nothing was sent",
                connection=self.connection,
                hint="set mode in its section of crmbridge.toml",
            )

    def pause(self, seconds: float) -> bool:
        """Waits so long, less where a stop is asked for, and tells whether it was: the only way to wait.

        `sleep` stands in for the wall clock in tests.
        """
        if self.sleep is None:
            return self.stop.wait(seconds)
        if not self.stop.is_set():
            self.sleep(seconds)
        return self.stop.is_set()
