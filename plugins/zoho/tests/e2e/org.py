"""A simulated organisation in a process of its own, and its control API over loopback."""

import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

PATIENCE_S = 10


@dataclass
class Org:
    """What the simulator told when it began to listen, and what a test may ask of it."""

    told: Mapping[str, str]
    process: "subprocess.Popen[str]"
    ahead_s: float = 0
    """How far its clock was moved before the machine's."""

    @property
    def login(self) -> str:
        """The secret as `credentials` wants it."""
        return json.dumps({name: self.told[name] for name in ("client_id", "client_secret", "refresh_token")})

    def spend_token(self) -> None:
        """Somebody else asks for an access token with the same login."""
        form = {"grant_type": "refresh_token", **json.loads(self.login)}
        body = urlencode(form).encode()
        with urllib.request.urlopen(f"{self.told['accounts_url']}/oauth/v2/token", body, timeout=30) as answer:  # noqa: S310 - loopback
            answer.read()

    def renew_login(self) -> None:
        """The user agrees again: a new refresh token."""
        self.told = {**self.told, **self.act("grant_again")}

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

    def fault(self, kind: str, **plan: object) -> None:
        self.act("fault", kind=kind, **plan)

    def advance(self, seconds: float) -> None:
        self.ahead_s += seconds
        self.act("clock/advance", seconds=seconds)

    @property
    def state(self) -> dict[str, Any]:
        """The whole truth."""
        return dict(self.look("state"))

    def records(self, module: str) -> dict[str, dict[str, Any]]:
        return dict(self.state["modules"][module])

    @property
    def movable(self) -> list[str]:
        """The deals of the pipeline whose stages tests name."""
        return [key for key, one in self.records("Deals").items() if one["Pipeline"] == "Standard (Standard)"]

    def create(self, module: str, count: int = 1, **values: object) -> list[str]:
        """So many records with these values; `{n}` in a text is the number of the record."""
        made = []
        for n in range(count):
            filled = {key: value.format(n=n) if isinstance(value, str) else value for key, value in values.items()}
            made.append(str(self.act("create", module=module, record=filled)))
        return made

    def deals(self, count: int = 1, **values: object) -> list[str]:
        """New deals, each with all that Zoho insists on."""
        least = {"Stage": "Qualification", "Pipeline": "Standard (Standard)", "Closing_Date": "2027-01-31"}
        return self.create("Deals", count, **{"Deal_Name": "Deal {n}", **least, **values})

    def edit(self, module: str, record_id: str, **changes: object) -> None:
        self.act("edit", module=module, record_id=record_id, changes=changes)

    def reset(self) -> None:
        """Calls are counted from now on, and no fault is left."""
        self.act("calls/reset")
        self.act("faults/clear")

    @property
    def calls(self) -> list[dict[str, Any]]:
        """Every call since the last reset, tokens among them."""
        return list(self.look("calls/rows"))

    def count(self, route: str, **query: str) -> int:
        """How many calls went to a route: `GET /crm/v8/{module}`."""
        wanted = urlencode(query)
        return sum(
            f"{call['method']} {call['route']}" == route and wanted in call["query"] and call["status"] != 0
            for call in self.calls
        )

    @property
    def api_calls(self) -> int:
        return int(self.look("calls")["calls"])

    @property
    def credits(self) -> int:
        return int(self.look("calls")["credits"])


def share_a_second(org: Org, keys: list[str]) -> None:
    """The simulator keeps times as seconds since 1970."""
    at = datetime.fromisoformat(org.records("Deals")[keys[0]]["Modified_Time"]).timestamp()
    for key in keys:
        org.act("set_value", module="Deals", record_id=key, field="Modified_Time", value=int(at))


def wait_for(org: Org, path: str, count: int) -> None:
    """Until so many calls went there; ten seconds at most."""
    until = time.monotonic() + 10
    while sum(call["path"] == path for call in org.calls) < count:
        assert time.monotonic() < until
        time.sleep(0.01)


@contextmanager
def serving(
    deals: int = 40, *, seed: int = 7, switches: Mapping[str, object] | None = None, options: tuple[str, ...] = ()
) -> Iterator[Org]:
    """A simulator of its own, ended on the way out; it also ends with this process, since its stdin closes."""
    command = [sys.executable, "-m", "crmbridge_sim", "serve", "zoho", "--port", "0", "--seed", str(seed)]
    command += ["--deals", str(deals), *options]
    for name, value in (switches or {}).items():
        command += ["--switch", f"{name}={value}"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8", start_new_session=True
    ) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            yield Org(json.loads(line), process)
        finally:
            if process.stdin:
                process.stdin.close()
            try:
                process.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                process.kill()
