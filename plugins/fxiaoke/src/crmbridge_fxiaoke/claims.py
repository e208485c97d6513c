"""Who is about to make which record: so that a key that a search cannot show yet makes no second record.

Fxiaoke has no idempotency key, a search may lag, and whether it enforces a unique field is for the tenant to say
(dossier 3.4, 10; reliability 4.1). So each create is announced before it is sent, to every process of the connection:

    (nothing) --take--> trying --made--> made, with the id
                          |  `--drop--> (nothing)        Fxiaoke refused it, or it was not sent
                          `-- no answer: stays, and nobody tries again before it is old

A claim is a hint, as all that is shared is: lost, it leaves the search and the unique field.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from crmbridge.adapter.context import Shared

T = TypeVar("T")
LATEST_S = 60
"""How long after a call its work may still be done, though no answer came."""
_BUCKETS = 64
_Entries = dict[str, tuple[float, str | None]]


@dataclass(frozen=True, slots=True)
class Claim:
    """A create that was announced `age_s` ago; `external_id` where it is known to be made."""

    age_s: float
    external_id: str | None = None


@dataclass(frozen=True, slots=True)
class Claims:
    """The announcements of one connection. One older than `window_s` says nothing any more and is forgotten."""

    shared: Shared
    clock: Callable[[], datetime]
    index_lag_s: int

    @property
    def window_s(self) -> int:
        """After so long a search shows whatever a lost call may have made."""
        return self.index_lag_s + LATEST_S

    def take(self, object_name: str, key: str) -> Claim | None:
        """Announces a create; the claim that is there already instead, and then nothing is announced."""
        name, now = _name(object_name, key), self._now_s()

        def change(entries: _Entries) -> Claim | None:
            if (known := entries.get(name)) is not None:
                return Claim(max(0.0, now - known[0]), known[1])
            entries[name] = (now, None)
            return None

        return self._changed(name, change)

    def made(self, object_name: str, key: str, external_id: str) -> None:
        """The record is there."""
        name, now = _name(object_name, key), self._now_s()
        self._changed(name, lambda entries: entries.__setitem__(name, (now, external_id)))

    def drop(self, object_name: str, key: str) -> None:
        """Nothing was made, for certain."""
        name = _name(object_name, key)
        self._changed(name, lambda entries: entries.pop(name, None))

    def _changed(self, name: str, change: Callable[[_Entries], T]) -> T:
        now = self._now_s()

        def update(text: str | None) -> tuple[str | None, T]:
            entries = {one: known for one, known in _read(text).items() if abs(now - known[0]) <= self.window_s}
            answer = change(entries)
            return (json.dumps(entries, separators=(",", ":")) if entries else None), answer

        return self.shared.update(f"creates/{int(name[:2], 16) % _BUCKETS:02x}", update)

    def _now_s(self) -> float:
        return self.clock().timestamp()


def _read(text: str | None) -> _Entries:
    try:
        found = json.loads(text or "{}")
        return {str(name): (float(at), str(made) if made else None) for name, (at, made) in found.items()}
    except (ValueError, TypeError, AttributeError):
        return {}


def _name(object_name: str, key: str) -> str:
    return hashlib.blake2b(f"{object_name}\0{key}".encode(), digest_size=12).hexdigest()
