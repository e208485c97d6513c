"""`/metrics`: the same text as `crmbridge metrics`, made at most every few seconds however often it is asked for.

It names connections, so it is for whoever operates the machine and not for the world that webhooks come from: a
request that a proxy passed on, or that names another host than this machine, finds nothing there.
"""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from crmbridge.app.metrics import collecting, textfile
from crmbridge.app.wiring import Wiring

FRESH_S = 5.0
"""How long what was made is told again."""

AUDIT_FRESH_S = 300.0
"""How long it is believed whether the audit log is whole: every seal is looked at for it."""

_PASSED_ON = frozenset({"forwarded", "via", "x-real-ip"})
_PASSED_ON_AS = "x-forwarded-"
_HERE = frozenset({"127.0.0.1", "localhost", "[::1]"})


def is_for(headers: Mapping[str, str], *, remote: bool) -> bool:
    """Whether the request came straight to this machine; with `remote` it may name it in any way."""
    names = {name.lower(): value for name, value in headers.items()}
    if any(name in _PASSED_ON or name.startswith(_PASSED_ON_AS) for name in names):
        return False
    host = names.get("host", "")
    return remote or host.rpartition(":")[0] in _HERE or host in _HERE


@dataclass(slots=True)
class Metering:
    """The metrics of one server; safe for threads, of which one works at a time."""

    wiring: Wiring
    monotonic: Callable[[], float] = time.monotonic
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _made: tuple[float, str] | None = None
    _audit: tuple[float, bool] | None = None

    def text(self) -> str:
        """Every metric; StoreError or LeaseLost where the ledger cannot be read."""
        with self._lock:
            now = self.monotonic()
            if self._made is None or now - self._made[0] >= FRESH_S:
                if self._audit is None or now - self._audit[0] >= AUDIT_FRESH_S:
                    self._audit = now, collecting.is_audit_broken(self.wiring)
                self._made = now, textfile.text(self.wiring, audit=self._audit[1])
            return self._made[1]
