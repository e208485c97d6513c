"""What an adapter is handed when it is opened: its connection, its way to secrets, a clock and a stop signal."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from pydantic import BaseModel


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


def system_clock() -> datetime:
    """The machine's time, aware, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class AdapterContext:
    """One connection, opened. Paths in `config` are relative to `workspace`; `stop` asks to end at the next page."""

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

    def pause(self, seconds: float) -> bool:
        """Waits so long, less where a stop is asked for, and tells whether it was: the only way to wait.

        `sleep` stands in for the wall clock in tests.
        """
        if self.sleep is None:
            return self.stop.wait(seconds)
        if not self.stop.is_set():
            self.sleep(seconds)
        return self.stop.is_set()
