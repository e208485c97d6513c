"""Creates whose answers are lost on their way: a CRM in memory on the left, a simulated vendor on the right.

The vendor is spoken to by its production adapter, the two are kept in step by the production engine, and the line
between them loses the answer of each record's first create, and of some later ones. What was asked for was done, or
not, or is done later, when nobody waits for it any more.
"""

import itertools
import json
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import httpx
from plugins.fxiaoke.tests import desk as fxiaoke
from plugins.zoho.tests import desk as zoho

from crmbridge.adapter.contract import Adapter
from crmbridge.ledger import runs, unsettled
from crmbridge.ledger.engine import Ledger
from crmbridge.mapping.compiler import CompiledMapping, MappingSettings, compile_mapping
from crmbridge.mapping.document import load
from crmbridge.sync.engine import run_sync
from crmbridge.sync.setup import ConnectionSetup, Surroundings
from crmbridge.sync.twoway.opening import Door, PairSetup, at_table
from crmbridge.sync.twoway.rounds import Table, go_round
from crmbridge.testing.clock import VirtualClock
from crmbridge.testing.memory import MemoryServer, MemoryStore, connect

COMPANIES = ("title", "phone", "site")
LEFT = """
format = 1
[objects.companies]
kind = "account"
[objects.companies.fields]
name = "title"
phones = "phone"
website = "site"
"""
ZOHO = """
format = 1
[objects.Accounts]
kind = "account"
[objects.Accounts.fields]
name = "Account_Name"
phones = "Phone"
website = "Website"
"""
FXIAOKE = """
format = 1
[objects.AccountObj]
kind = "account"
[objects.AccountObj.fields]
name = "name"
phones = { from = "tel", region = "CN" }
website = "url"
"""
UNIQUE, PLAIN = "Unique_Key__c", "Plain_Key__c"
TIMEOUT_S = 30
PACE_S, LOSING_PACE_S, HOUR_S = 300, 60, 3600
LATEST_S = 60
"""So long after nobody waits for it any more a call may still be carried out."""


class Killed(BaseException):
    """The process ends here; nothing may catch it."""


def compiled(text: str) -> CompiledMapping:
    return compile_mapping(load(text, file="m.toml"), MappingSettings(ZoneInfo("UTC"), "EUR"))


class Vendor(Protocol):
    """A simulated vendor, and what its creates look like on the wire."""

    name: str
    mapping: str
    clock: VirtualClock

    def hand(self, *, read_only: bool) -> Adapter: ...
    def keys(self, request: httpx.Request) -> list[str]: ...
    def part(self, request: httpx.Request, keys: frozenset[str]) -> httpx.Request: ...
    def carry_out(self, request: httpx.Request) -> httpx.Response: ...
    def held(self) -> list[Mapping[str, Any]]: ...
    def says_nothing(self) -> httpx.Response: ...
    def forget_losses(self) -> None: ...


@dataclass
class Line:
    """What becomes of creates on their way; processes end meanwhile.

    `latest_s` is how late one may land, `times` how often at most the answers of one record's creates are lost.
    """

    vendor: "Vendor"
    rng: random.Random
    latest_s: int
    times: int = 3
    lost: dict[str, int] = field(default_factory=dict)
    late: list[tuple[float, httpx.Request]] = field(default_factory=list)
    hits: dict[str, int] = field(default_factory=dict)

    def carry(self, request: httpx.Request) -> httpx.Response:
        self.land()
        self._may_die(KILLED_ANYWHERE)
        keys = self.vendor.keys(request)
        losing = [key for key in keys if self._is_lost(key)]
        if not losing:
            return self.vendor.carry_out(request)
        self.lost |= {key: self.lost.get(key, 0) + 1 for key in keys}
        self._count("lost", len(keys))
        self._decide(request, keys)
        self._may_die(KILLED_UNANSWERED)
        return self._answer(request)

    def land(self) -> None:
        """What is late arrives, whoever waits for it."""
        now = self.vendor.clock().timestamp()
        due = [request for at, request in self.late if at <= now]
        self.late = [(at, request) for at, request in self.late if at > now]
        for request in due:
            self.vendor.carry_out(request)

    def wait(self, seconds: float) -> None:
        """Time passes, and what is late arrives at its time."""
        until = self.vendor.clock().timestamp() + seconds
        for at in sorted(at for at, _ in self.late if at < until):
            self.vendor.clock.advance(max(0.0, at - self.vendor.clock().timestamp()))
            self.land()
        self.vendor.clock.advance(max(0.0, until - self.vendor.clock().timestamp()))
        self.land()

    def _may_die(self, chance: float) -> None:
        if self.rng.random() < chance:
            self._count("killed")
            raise Killed

    def _is_lost(self, key: str) -> bool:
        before = self.lost.get(key, 0)
        return before == 0 or (before < self.times and self.rng.random() < LOST_AGAIN)

    def _decide(self, request: httpx.Request, keys: Sequence[str]) -> None:
        fates = {key: self.rng.choice(("never", "now", "late")) for key in keys}
        now = frozenset(key for key, fate in fates.items() if fate == "now")
        if now:
            self.vendor.carry_out(self.vendor.part(request, now))
        for key, fate in fates.items():
            self._count(fate)
            if fate == "late":
                at = self.vendor.clock().timestamp() + TIMEOUT_S + self.rng.randint(0, self.latest_s)
                self.late.append((at, self.vendor.part(request, frozenset({key}))))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if self.rng.random() < SPREAD:
            self.vendor.forget_losses()
        kind = self.rng.choice(("timeout", "cut", "500", "garbled", "nothing"))
        self._count(kind)
        match kind:
            case "timeout":
                self.vendor.clock.advance(TIMEOUT_S)
                raise httpx.ReadTimeout("no answer", request=request)
            case "cut":
                raise httpx.ReadError("cut", request=request)
            case "500":
                return httpx.Response(500, content=b"<html>oops</html>", headers={"Content-Type": "text/html"})
            case "garbled":
                return httpx.Response(200, content=b'{"data": [{"co', headers={"Content-Type": "application/json"})
        return self.vendor.says_nothing()

    def _count(self, name: str, count: int = 1) -> None:
        self.hits[name] = self.hits.get(name, 0) + count


KILLED_ANYWHERE, KILLED_UNANSWERED, LOST_AGAIN, SPREAD = 0.003, 0.02, 0.2, 0.9


class Zoho(zoho.Desk):
    """A Zoho whose Accounts have a unique and a plain text field."""

    name, mapping = "zoho", ZOHO

    def __init__(self, folder: Path, *, lag_s: int | None, unique: bool) -> None:
        super().__init__(folder, switches={} if lag_s is None else {"search_lag_s": lag_s})
        self.clock = self.zoho.clock
        self.line: Line | None = None
        self.key_field = UNIQUE if unique else PLAIN
        self.zoho.act("add_field", module="Accounts", name=UNIQUE, data_type="text", length=255, unique=True)
        self.zoho.act("add_field", module="Accounts", name=PLAIN, data_type="text", length=255)

    def hand(self, *, read_only: bool) -> Adapter:
        return self.open(read_only=read_only, modules=("Accounts",), external_id_field=self.key_field)

    def keys(self, request: httpx.Request) -> list[str]:
        if request.method != "POST" or request.url.path not in {"/crm/v8/Accounts", "/crm/v8/Accounts/upsert"}:
            return []
        return [str(one[self.key_field]) for one in json.loads(request.content)["data"]]

    def part(self, request: httpx.Request, keys: frozenset[str]) -> httpx.Request:
        body = json.loads(request.content)
        body["data"] = [one for one in body["data"] if one[self.key_field] in keys]
        headers = {name: value for name, value in request.headers.items() if name != "content-length"}
        return httpx.Request(request.method, request.url, headers=headers, content=json.dumps(body).encode())

    def carry_out(self, request: httpx.Request) -> httpx.Response:
        return super()._handle(request)

    def _handle(self, request: httpx.Request) -> httpx.Response:
        return self.carry_out(request) if self.line is None else self.line.carry(request)

    def held(self) -> list[Mapping[str, Any]]:
        rows = self.zoho.records("Accounts").values()
        return [
            {
                "key": row.get(self.key_field),
                "title": row["Account_Name"],
                "phone": row["Phone"],
                "site": row["Website"],
            }
            for row in rows
        ]

    def says_nothing(self) -> httpx.Response:
        return httpx.Response(200, content=b"", headers={"Content-Type": "application/json"})

    def forget_losses(self) -> None:
        self.shared.update("door:api", lambda _: (None, None))


class Fxiaoke(fxiaoke.Desk):
    """A Fxiaoke whose AccountObj has a unique and a plain text field, and whose search lags."""

    name, mapping = "fxiaoke", FXIAOKE

    def __init__(self, folder: Path, *, lag_s: int | None, unique: bool, **switches: Any) -> None:
        self.line: Line | None = None
        self.lag: dict[str, Any] = {} if lag_s is None else {"index_lag_s": lag_s}
        super().__init__(folder, missing_owner="acting_user", **({"index_lag_s": 30} | self.lag | switches))
        self.key_field = UNIQUE if unique else PLAIN
        self.act("add_field", module="AccountObj", name=UNIQUE, type="text", unique=True)
        self.act("add_field", module="AccountObj", name=PLAIN, type="text")

    def hand(self, *, read_only: bool) -> Adapter:  # type: ignore[override]
        given: dict[str, Any] = {"objects": ("AccountObj",), "external_id_field": self.key_field, **self.lag}
        return super().hand(read_only=read_only, duplicate_check=False, **given)

    def keys(self, request: httpx.Request) -> list[str]:
        if not request.url.path.endswith("/data/create"):
            return []
        return [str(json.loads(request.content)["data"]["object_data"][self.key_field])]

    def part(self, request: httpx.Request, keys: frozenset[str]) -> httpx.Request:
        assert len(keys) == 1
        return request

    def carry_out(self, request: httpx.Request) -> httpx.Response:
        return super().handle(request)

    def handle(self, request: httpx.Request) -> httpx.Response:
        return self.carry_out(request) if self.line is None else self.line.carry(request)

    def held(self) -> list[Mapping[str, Any]]:
        return [
            {"key": row.get(self.key_field), "title": row["name"], "phone": row.get("tel"), "site": row.get("url")}
            for row in self.rows("AccountObj")
        ]

    def says_nothing(self) -> httpx.Response:
        return httpx.Response(200, json={"errorCode": 50009, "errorMessage": "service error", "traceId": "t"})

    def forget_losses(self) -> None:
        self.shared.update("door:api", lambda _: (None, None))


VENDORS: dict[str, Callable[..., Any]] = {"zoho": Zoho, "fxiaoke": Fxiaoke}


@dataclass(frozen=True)
class Figures:
    """What there was: records of which there were ever two, writes still in doubt, and whether both sides are equal."""

    creates: int
    duplicates: int
    doubted: int
    is_equal: bool
    runs: int
    hits: Mapping[str, int]


@dataclass
class Doubting:
    """A ledger, the two systems, and the line between."""

    ledger: Ledger
    new_id: Callable[[], str]
    vendor: Any
    line: Line
    names: Iterator[int] = field(default_factory=itertools.count)
    runs: int = 0

    def __post_init__(self) -> None:
        self.clock: VirtualClock = self.vendor.clock
        self.server = MemoryServer(MemoryStore({"companies": COMPANIES}, clock=self.clock))

    @property
    def doors(self) -> tuple[Door, Door]:
        paired = frozenset({"account"})
        left = ConnectionSetup("left", "memory", 0, lambda: connect(self.server), compiled(LEFT), paired=paired)
        right = ConnectionSetup(
            "right", self.vendor.name, 1, lambda: self.vendor.hand(read_only=True), self.mapping, paired=paired
        )
        return (
            Door(left, lambda: connect(self.server, read_only=False)),
            Door(right, lambda: self.vendor.hand(read_only=False)),
        )

    @property
    def mapping(self) -> CompiledMapping:
        return compiled(self.vendor.mapping)

    def put(self, count: int) -> None:
        for number in range(count):
            fields = {
                "title": f"Company {number}",
                "phone": f"+8613800{number:06}",
                "site": f"https://{number}.example",
            }
            self.server.store.put("companies", fields, tick=False)

    def run(self) -> None:
        """One run of both, in a process of its own, which may end anywhere."""
        with suppress(Killed), self.table() as table:
            go_round(table, approved_by="me", lifted=frozenset({"creates"}))

    @contextmanager
    def table(self) -> Iterator[Table]:
        """Both were read; the table of the pair."""
        self.runs += 1
        around = Surroundings(self.ledger, self.clock, self.new_id, f"here:{self.runs}", apart=None)
        left, right = self.doors
        pair = PairSetup("main", left, right, ("account",), ZoneInfo("UTC"), lambda: f"P{next(self.names)}")
        run_sync([left.setup, right.setup], around)
        with around.ledger.begin() as tx:
            run_id = runs.start(tx, command="pair", version="t", now_us=around.now_us())
        with at_table(pair, around, run_id) as table:
            yield table

    def doubted(self) -> int:
        """The writes of which nobody knows what became of them."""
        with self.ledger.read() as tx:
            return sum(one.count for one in unsettled.look(tx, now_us=0).doubts)


def go(doubting: Doubting, count: int, *, calm_s: int) -> Figures:
    """So many creates lose their answers; then runs at their pace for so long, and what there is by then."""
    doubting.put(count)
    line, vendor = doubting.line, doubting.vendor
    while len(line.lost) < count:
        doubting.run()
        line.wait(LOSING_PACE_S)
    most = 0
    for _ in range(calm_s // PACE_S):
        doubting.run()
        held = vendor.held()
        most = max(most, len(held) - len({one["title"] for one in held}))
        line.wait(PACE_S)
    asked = sorted((row.fields["title"], row.fields["site"]) for row in doubting.server.store.live("companies"))
    made = sorted((one["title"], one["site"]) for one in vendor.held())
    return Figures(count, most, doubting.doubted(), made == asked and len(asked) == count, doubting.runs, line.hits)
