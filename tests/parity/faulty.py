"""A line between a workspace and both its systems on which things go wrong, while people edit on both sides.

What people did is kept in a journal, with what they saw when they did it. From that alone it follows which of their
values must be in the log of conflicts: those that are not there in the end, and that nobody has seen and replaced.
"""

import itertools
import os
import random
import signal
import subprocess
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from crmbridge.testing import faults
from crmbridge.testing.faults import Answer, Asked, FaultServer
from crmbridge.testing.faults.faults import Exchange, Fault

from .both import Both

FIELDS: Mapping[str, tuple[str, str]] = {
    "name": ("Account_Name", "name"),
    "website": ("Website", "url"),
    "employees": ("Employees", "employees__c"),
}
"""Our field, and what it is called in Zoho and in Fxiaoke."""
LATER_S = 0.02
JSON = {"Content-Type": "application/json"}
FAULTS: Mapping[str, Fault] = {
    "cut request": faults.drop_before(),
    "lands late": faults.land_late(LATER_S),
    "cut answer": faults.drop_after_commit(),
    "cut head": faults.cut(30),
    "cut body": faults.cut(10, of="body"),
    "cut body without a length": faults.trunc_nolen(12),
    "slow": faults.delay(LATER_S),
    "drips": faults.drip(0.001, size=200),
    "garbled": faults.instead(Answer(200, b'{"data": [{"co', JSON)),
    "garbled, but done": faults.instead(Answer(200, b'{"data": [{"co', JSON), after_commit=True),
    "a page": faults.html(200),
    "a page, but done": faults.html(200, after_commit=True),
    "gateway": faults.html(502),
    "throttled": faults.instead(Answer.json({"code": "TOO_MANY_REQUESTS"}, 429, retry_after="3")),
    "500": faults.instead(Answer(500, b"", JSON)),
    "500, but done": faults.instead(Answer(500, b"", JSON), after_commit=True),
    "503": faults.instead(Answer(503, b"", {"Retry-After": "2"})),
    "empty": faults.instead(Answer(200, b"", JSON)),
    "empty, but done": faults.instead(Answer(200, b"", JSON), after_commit=True),
    "twice": faults.twice(),
    "hangs up": faults.hang_up(),
}
"""Of the tables of what must be withstood: the network's, and what a vendor's gateway makes of it."""


@dataclass(frozen=True)
class Edit:
    """A person has replaced `saw` by `value`; `saw` is None in a new record."""

    side: int
    field: str
    saw: str | None
    value: str


@dataclass
class Trouble:
    """The proxies before both systems, the people, and their journal.

    While it is on, `reads` of the calls that read go wrong and `writes` of those that write; `edits` is how often
    somebody edits beside a call.
    """

    rng: random.Random
    reads: float = 0.03
    writes: float = 0.5
    edits: float = 0.25
    both: Both | None = None
    is_on: bool = False
    proxies: list[FaultServer] = field(default_factory=list)
    journal: list[Edit] = field(default_factory=list)
    hits: Counter[str] = field(default_factory=Counter)
    numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1000))
    lock: threading.RLock = field(default_factory=threading.RLock)

    def way(self, _: str, url: str) -> str:
        """The address of a proxy before a simulator."""
        proxy = FaultServer(upstream=url).on(fault=self.exchange)
        self.proxies.append(proxy)
        return proxy.url

    def close(self) -> None:
        for proxy in self.proxies:
            proxy.close()

    def exchange(self, exchange: Exchange) -> None:
        """One call on its way."""
        with self.lock:
            name = self._begun(exchange.asked)
        fault: Callable[[Exchange], None] = FAULTS[name] if name else lambda one: one.send(one.answer())
        fault(exchange)

    def _begun(self, asked: Asked) -> str | None:
        if self.both is not None:
            self.both.zoho.clock.advance(self.rng.choice((0, 0, 0.3, 1)))
        if not self.is_on:
            return None
        if self.rng.random() < self.edits:
            self.somebody_edits()
        is_write = writes(asked)
        if self.rng.random() >= (self.writes if is_write else self.reads):
            return None
        name = self.rng.choice(list(FAULTS))
        self.hits[name] += 1
        self.hits["a write"] += is_write
        return name

    # people

    def rows(self, side: int) -> dict[str, dict[str, Any]]:
        """The live companies of a side by their ids."""
        assert self.both is not None
        found = self.both.zoho.state(["Accounts"])["modules"] if side == 0 else self.both.fxiaoke.state()["objects"]
        return dict(found[("Accounts", "AccountObj")[side]])

    def somebody_edits(self) -> None:
        """A person changes a field or two of one of the first companies, or makes a new one."""
        side = self.rng.randrange(2)
        rows = self.rows(side)
        if self.rng.random() < NEW:
            self._make(side, next(iter(rows.values())))
            return
        ids = sorted(rows, key=lambda one: str(rows[one][FIELDS["website"][side]]))[:BUSY]
        chosen = self.rng.choice(ids)
        changes: dict[str, Any] = {}
        for name in self.rng.sample(list(FIELDS), self.rng.choice((1, 1, 2))):
            vendor_field = FIELDS[name][side]
            value = self._value(name)
            self.journal.append(Edit(side, name, plain(rows[chosen].get(vendor_field)), plain(value) or ""))
            changes[vendor_field] = value
        # every third time as the employee that the connection acts for
        who = {"user": str(rows[chosen]["owner"][0])} if side and len(self.journal) % 3 else {}
        self._backdoor(side).edit(OBJECTS[side], chosen, changes, **who)

    def _make(self, side: int, like: Mapping[str, Any]) -> None:
        owner = ("Owner", "owner")[side]
        values = {name: self._value(name) for name in FIELDS}
        self.journal += [Edit(side, name, None, plain(value) or "") for name, value in values.items()]
        record = {FIELDS[name][side]: value for name, value in values.items()}
        self._backdoor(side).create(OBJECTS[side], {**record, owner: like[owner]})

    def _backdoor(self, side: int) -> Any:
        assert self.both is not None
        return (self.both.zoho, self.both.fxiaoke)[side].backdoor

    def _value(self, name: str) -> Any:
        """A value that nobody has written before."""
        number = next(self.numbers)
        return {"name": f"Company {number}", "website": f"https://{number}.example", "employees": number}[name]

    # what must hold

    def lost(self, final: Mapping[str, frozenset[str]]) -> set[tuple[str, str]]:
        """The values (field, value) that people wrote, that are not there, and that nobody has seen and replaced."""
        replaced = {(edit.field, edit.saw) for edit in self.journal}
        written = {(edit.field, edit.value) for edit in self.journal}
        return {(name, value) for name, value in written - replaced if value not in final[name]}

    def final(self, side: int) -> dict[str, frozenset[str]]:
        rows = self.rows(side).values()
        return {name: frozenset(plain(row.get(at[side])) or "" for row in rows) for name, at in FIELDS.items()}

    def records(self, side: int) -> list[tuple[str | None, ...]]:
        """Every company as both sides should show it."""
        return sorted(tuple(plain(row.get(at[side])) for at in FIELDS.values()) for row in self.rows(side).values())


@dataclass
class Killing(Trouble):
    """Nothing goes wrong on the line, but the process that calls is killed, oftener where it writes."""

    reads: float = 0.008
    writes: float = 0.4
    child: "subprocess.Popen[bytes] | None" = None

    def start(self, line: Sequence[str], environ: Mapping[str, str]) -> None:
        """Runs a process to its end, whatever that is."""
        self.hits["started"] += 1
        with subprocess.Popen(
            line, env={**os.environ, **environ}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        ) as child:
            self.child = child
            _, told = child.communicate()
        self.child = None
        assert child.returncode in ENDS, told.decode()

    def exchange(self, exchange: Exchange) -> None:
        """One call on its way: the caller may die before it is carried out, or before it is answered."""
        with self.lock:
            name = self._begun(exchange.asked)
            child = self.child
        if name is None or child is None:
            exchange.send(exchange.answer())
            return
        self.hits["killed"] += 1
        if self.rng.random() < BEFORE:
            child.kill()
            return
        exchange.answer()
        child.kill()


BEFORE = 0.3
ENDS = {-signal.SIGKILL, 0, 1, 3, 5}
"""Killed; done; with records refused; stopped by a guard; a system not reached."""


def writes(asked: Asked) -> bool:
    """Whether a call changes something at the vendor."""
    if asked.path.startswith("/crm/v8/"):
        return asked.method != "GET" and not asked.path.endswith("/coql")
    return asked.path.rpartition("/")[2] in {"create", "update", "changeOwner"}


OBJECTS = ("Accounts", "AccountObj")
BUSY = 4
"""People are at so few companies, that they meet."""
NEW = 0.15


def plain(value: object) -> str | None:
    """A value as both sides can be compared: texts, and whole numbers however they are written."""
    if value is None or value == "":
        return None
    text = str(value)
    return text.removesuffix(".0") if text.replace(".", "", 1).isdigit() else text
