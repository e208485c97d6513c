"""A simulated tenant in a process of its own, and its control API over loopback."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.systems.served import Served, process_of, wait_for

__all__ = ["Org", "serving", "wait_for"]

QUERY = "/cgi/crm/v2/data/query"
GET = "/cgi/crm/v2/data/get"
TOKENS = {"corp": "/cgi/corpAccessToken/get/V2", "oauth": "/oauth2.0/token"}
INVALID = "invalid"


@dataclass
class Org(Served):
    """What the simulator told when it began to listen. `style` is how we sign in; ids of people follow it."""

    style: str = "corp"
    model: str = "2.0"
    usual: Mapping[str, object] | None = None
    """The switches as they were at first."""

    @property
    def login(self) -> str:
        names = ("app_id", "app_secret", "permanent_code", *(("mobile",) if self.style == "corp" else ()))
        return json.dumps({name: self.told[name] for name in names} | {"style": self.style})

    @property
    def deals(self) -> str:
        """The opportunities that the tenant uses."""
        return "NewOpportunityObj" if self.model == "2.0" else "OpportunityObj"

    @property
    def state(self) -> dict[str, Any]:
        """The whole truth, with the ids of people as our login sees them and with every label."""
        labels = self.switches["select_labels"]
        self.switch(select_labels=True)
        found = dict(self.look("state", style="A" if self.style == "corp" else "B"))
        self.switch(select_labels=labels)
        return found

    def records(self, module: str) -> dict[str, dict[str, Any]]:
        """Those that are not 作废, by id."""
        return {key: row for key, row in self.state["objects"][module].items() if row["life_status"] != INVALID}

    @property
    def movable(self) -> list[str]:
        """The open opportunities of the standard process that nobody locked."""
        return [
            key
            for key, one in self.records(self.deals).items()
            if one.get("sales_process_id__r") == "标准销售流程"
            and one["sales_status__r"] == "进行中"
            and one["lock_status"] == "0"
        ]

    def create(self, module: str, count: int = 1, **values: object) -> list[str]:
        """So many records with these values; `{n}` in a text is the number of the record."""
        made = []
        for n in range(count):
            filled = {key: value.format(n=n) if isinstance(value, str) else value for key, value in values.items()}
            made.append(str(self.act("create", module=module, record=filled)))
        return made

    def make_deals(self, count: int = 1, **values: object) -> list[str]:
        """New opportunities of the first customer."""
        account = min(self.records("AccountObj"))
        return self.create(self.deals, count, **{"name": "Deal {n}", "account_id": account, **values})

    def edit(self, module: str, record_id: str, **changes: object) -> None:
        self.act("edit", module=module, record_id=record_id, changes=changes)

    def invalidate(self, module: str, *record_ids: str) -> None:
        for key in record_ids:
            self.act("invalid", module=module, record_id=key)

    def heal(self) -> None:
        """No fault, no lack of calls or rights, and every switch as it was at first."""
        self.reset()
        self.usual = self.usual or self.switches
        self.switch_back(self.usual)
        for action in ("reset_quota", "unhide"):
            self.act(action)
        for action in ("disable_app", "refuse_ip"):
            self.act(action, on=False)
        self.act("latency", seconds=0)
        self.act("stop_user", user=self.told["user_id"], stopped=False)

    def count(self, path: str) -> int:
        """How many calls went to a path."""
        return sum(call["path"] == path for call in self.calls)

    def reset_calls(self) -> None:
        """Calls are counted from now on; faults stay."""
        self.act("calls/reset")

    @property
    def token_calls(self) -> int:
        return self.count(TOKENS[self.style])


@contextmanager
def serving(
    deals: int = 40,
    *,
    seed: int = 7,
    style: str = "corp",
    model: str = "2.0",
    switches: Mapping[str, object] | None = None,
    options: tuple[str, ...] = (),
) -> Iterator[Org]:
    """A tenant of its own, until the end of the block."""
    settings = {"opportunity_model": model, **(switches or {})}
    with process_of(Org, "fxiaoke", deals=deals, seed=seed, switches=settings, options=options) as org:
        org.style, org.model = style, model
        yield org
