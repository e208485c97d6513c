"""A simulated organisation in a process of its own, and its control API over loopback."""

import json
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from tests.systems.served import Served, process_of, wait_for

__all__ = ["Org", "serving", "share_a_second", "wait_for"]


@dataclass
class Org(Served):
    """What the simulator told when it began to listen, and what a test may ask of it."""

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

    def count(self, route: str, **query: str) -> int:
        """How many calls went to a route: `GET /crm/v8/{module}`."""
        wanted = urlencode(query)
        return sum(
            f"{call['method']} {call['route']}" == route and wanted in call["query"] and call["status"] != 0
            for call in self.calls
        )

    @property
    def credits(self) -> int:
        return int(self.look("calls")["credits"])


def share_a_second(org: Org, keys: list[str]) -> None:
    """The simulator keeps times as seconds since 1970."""
    at = datetime.fromisoformat(org.records("Deals")[keys[0]]["Modified_Time"]).timestamp()
    for key in keys:
        org.act("set_value", module="Deals", record_id=key, field="Modified_Time", value=int(at))


@contextmanager
def serving(
    deals: int = 40, *, seed: int = 7, switches: Mapping[str, object] | None = None, options: tuple[str, ...] = ()
) -> Iterator[Org]:
    """An organisation of its own, until the end of the block."""
    with process_of(Org, "zoho", deals=deals, seed=seed, switches=switches, options=options) as org:
        yield org
