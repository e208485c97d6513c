"""A simulated CRM in a process of its own, and its control API over loopback."""

import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar
from urllib.parse import urlencode

PATIENCE_S = 10


@dataclass
class Served:
    """What the simulator told when it began to listen, and what a test may ask of it."""

    told: Mapping[str, str]
    process: "subprocess.Popen[str]"
    ahead_s: float = 0
    """How far its clock was moved before the machine's."""

    @property
    def login(self) -> str:
        """The secret as `credentials` wants it."""
        raise NotImplementedError

    def look(self, what: str, **query: object) -> Any:
        """A GET: fractions come as Decimal."""
        return self._ask(f"{what}?{urlencode(query)}" if query else what, None)

    def act(self, action: str, **arguments: object) -> Any:
        """A POST; its result."""
        told = self._ask(action, json.dumps(arguments).encode())
        return told.get("result", told) if isinstance(told, Mapping) else told

    def _ask(self, what: str, body: bytes | None) -> Any:
        request = urllib.request.Request(f"{self.told['control_url']}/__sim__/{what}", data=body)  # noqa: S310 - loopback
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - loopback
            return json.loads(answer.read(), parse_float=Decimal)

    def switch(self, **values: object) -> None:
        for name, value in values.items():
            self.act("switch", name=name, value=value)

    @property
    def switches(self) -> dict[str, object]:
        return {one["name"]: one["value"] for one in self.look("switches")}

    def switch_back(self, before: Mapping[str, object]) -> None:
        """Every switch that was turned since."""
        now = self.switches
        self.switch(**{name: before[name] for name in before if before[name] != now[name]})

    def fault(self, kind: str, **plan: object) -> None:
        self.act("fault", kind=kind, **plan)

    def advance(self, seconds: float) -> None:
        self.ahead_s += seconds
        self.act("clock/advance", seconds=seconds)

    @property
    def state(self) -> dict[str, Any]:
        """The whole truth."""
        return dict(self.look("state"))

    def reset(self) -> None:
        """Calls are counted from now on, and no fault is left."""
        self.act("calls/reset")
        self.act("faults/clear")

    @property
    def calls(self) -> list[dict[str, Any]]:
        """Every call since the last reset, tokens among them."""
        return list(self.look("calls/rows"))

    @property
    def api_calls(self) -> int:
        return int(self.look("calls")["calls"])


ServedT = TypeVar("ServedT", bound=Served)


def wait_for(system: Served, path: str, count: int) -> None:
    """Until so many calls went there; ten seconds at most."""
    until = time.monotonic() + 10
    while sum(call["path"] == path for call in system.calls) < count:
        assert time.monotonic() < until
        time.sleep(0.01)


@contextmanager
def process_of(
    kind: type[ServedT],
    vendor: str,
    *,
    deals: int,
    seed: int = 7,
    switches: Mapping[str, object] | None = None,
    options: Sequence[str] = (),
) -> Iterator[ServedT]:
    """A simulator of its own, ended on the way out; it also ends with this process, since its stdin closes."""
    command = [sys.executable, "-m", "crmbridge_sim", "serve", vendor, "--port", "0", "--seed", str(seed)]
    command += ["--deals", str(deals), *options]
    for name, value in (switches or {}).items():
        command += ["--switch", f"{name}={value}"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8", start_new_session=True
    ) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            yield kind(json.loads(line), process)
        finally:
            if process.stdin:
                process.stdin.close()
            try:
                process.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                process.kill()
