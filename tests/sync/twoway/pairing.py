"""Two CRMs in memory that are kept in step: people edit in them, rounds go over them."""

import itertools
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from crmbridge.ledger import conflicts, outbox, plans, runs
from crmbridge.ledger.conflicts import Conflict
from crmbridge.ledger.engine import Ledger
from crmbridge.ledger.outbox import Write
from crmbridge.mapping.compiler import CompiledMapping, MappingSettings, compile_mapping
from crmbridge.mapping.document import load, overlay
from crmbridge.sync.engine import run_sync
from crmbridge.sync.session import leased
from crmbridge.sync.setup import ConnectionSetup, Surroundings
from crmbridge.sync.twoway.acknowledging import Target
from crmbridge.sync.twoway.guards import Limits
from crmbridge.sync.twoway.merging import Policy, Side
from crmbridge.sync.twoway.mirror import Mirror
from crmbridge.sync.twoway.pairs import End, Pair
from crmbridge.sync.twoway.rounds import Round, Table, go_round
from crmbridge.testing.clock import VirtualClock
from crmbridge.testing.memory import MemoryServer, MemoryStore, connect
from crmbridge.testing.memory.store import KEY_FIELD

LEFT = """
format = 1
[objects.companies]
kind = "account"
keys = ["registration_no"]
[objects.companies.fields]
name = "title"
registration_no = "reg"
city = "town"
employees = "staff"
parent = { from = "group", object = "companies" }
[objects.deals]
kind = "deal"
pipeline = "sales"
[objects.deals.fields]
name = "title"
stage = "phase"
account = { from = "company", object = "companies" }
amount = { from = "sum", currency_from = "money" }
next_step = "todo"
[pipelines.sales]
[[pipelines.sales.stages]]
key = "talk"
category = "open"
labels = ["Talk"]
[[pipelines.sales.stages]]
key = "won"
category = "won"
labels = ["Won"]
"""
RIGHT = """
format = 1
[objects.customers]
kind = "account"
keys = ["registration_no"]
[objects.customers.fields]
name = "name"
registration_no = "number"
city = "place"
employees = "heads"
parent = { from = "mother", object = "customers" }
[objects.chances]
kind = "deal"
pipeline = "sales"
[objects.chances.fields]
name = "name"
stage = { from = "stage" }
account = { from = "customer", object = "customers" }
amount = { from = "worth", currency_from = "currency" }
next_step = "next"
[pipelines.sales]
[[pipelines.sales.stages]]
key = "talk"
category = "open"
labels = ["1"]
[[pipelines.sales.stages]]
key = "won"
category = "won"
labels = ["2"]
"""
OBJECTS = {
    Side.LEFT: {
        "companies": ("title", "reg", "town", "staff", "group"),
        "deals": ("title", "phase", "company", "sum", "money", "todo"),
    },
    Side.RIGHT: {
        "customers": ("name", "number", "place", "heads", "mother"),
        "chances": ("name", "stage", "customer", "worth", "currency", "next"),
    },
}


def compiled(text: str) -> CompiledMapping:
    return compile_mapping(overlay(None, load(text, file="m.toml")), MappingSettings(ZoneInfo("UTC"), "EUR"))


@dataclass
class Pairing:
    """A ledger and two services; `policy` and `deletes` are those of the pair."""

    ledger: Ledger
    new_id: Callable[[], str]
    policy: Policy = Policy.REVIEW
    policies: dict[str, Policy] = field(default_factory=dict)
    deletes: bool = False
    create_probable: bool = False
    creates: frozenset[Side] = frozenset(Side)
    mirror: Mirror = field(default_factory=Mirror)
    limits: Limits = field(default_factory=Limits)
    clock: VirtualClock = field(default_factory=VirtualClock)
    servers: dict[Side, MemoryServer] = field(default_factory=dict)
    names: Iterator[int] = field(default_factory=itertools.count)
    approved: bool = True
    mappings: Mapping[Side, str] = field(default_factory=dict)
    objects: Mapping[Side, Mapping[str, tuple[str, ...]]] = field(default_factory=lambda: OBJECTS)
    kinds: tuple[str, ...] = ("account", "deal")
    required: Mapping[str, frozenset[str]] = field(default_factory=dict)
    keyless: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        for side in Side:
            store = MemoryStore(self.objects[side], clock=self.clock, org_id=f"org-{side}")
            self.servers[side] = MemoryServer(store)

    @property
    def left(self) -> MemoryStore:
        return self.servers[Side.LEFT].store

    @property
    def right(self) -> MemoryStore:
        return self.servers[Side.RIGHT].store

    def setup(self, side: Side) -> ConnectionSetup:
        mapping = compiled(self.mappings.get(side) or (LEFT if side is Side.LEFT else RIGHT))
        server, rank = self.servers[side], int(side is Side.RIGHT)
        paired = frozenset(self.kinds)
        return ConnectionSetup(side.value, "memory", rank, lambda: connect(server), mapping, paired=paired)

    def around(self) -> Surroundings:
        return Surroundings(self.ledger, self.clock, self.new_id, "here:1", apart=None)

    def read(self) -> None:
        """A sync of both sides."""
        self.clock.advance(60)
        result = run_sync([self.setup(side) for side in Side], self.around())
        assert result.exit_code == 0, result

    @contextmanager
    def table(self) -> Iterator[Table]:
        around = self.around()
        with around.ledger.begin() as tx:
            run_id = runs.start(tx, command="pair", version="t", now_us=around.now_us())
        with ExitStack() as stack:
            targets = {}
            for side in Side:
                session, setup = stack.enter_context(leased(self.setup(side), around, run_id))
                place = (side, setup.name, session.connection_id, setup.mapping, ZoneInfo("UTC"))
                end = End(*place, required=self.required)
                adapter = connect(self.servers[side], read_only=False)
                keys = dict.fromkeys(self.objects[side].keys() - self.keyless, KEY_FIELD)
                objects = setup.mapping.objects
                targets[side] = Target(session, adapter, objects, end, keys)
            left, right = targets[Side.LEFT], targets[Side.RIGHT]
            assert left.end is not None
            assert right.end is not None
            pair = Pair(
                "main",
                left.end,
                right.end,
                self.kinds,
                self.policy,
                self.policies,
                deletes=self.deletes,
                create_probable=self.create_probable,
                creates=self.creates,
                mirror=self.mirror,
            )
            yield Table(pair, left, right, lambda: f"P{next(self.names)}", self.limits)

    def round(self, **more: Any) -> Round:
        """A sync of both sides and a round over them."""
        self.read()
        with self.table() as table:
            return go_round(table, approved_by="me" if self.approved else None, **more)

    def settle(self) -> int:
        """Rounds until nothing is written any more; how many there were."""
        for number in range(1, 9):
            if self.round().plan is None:
                return number
        raise AssertionError("the two sides do not come to rest")

    # -- questions

    def writes(self, state: str = "applied") -> list[Write]:
        with self.ledger.read() as tx:
            found = [outbox.of_plan(tx, plan.id) for plan in plans.listing(tx)]
        return [write for some in found for write in some if write.state == state]

    def conflicts(self, *, is_open: bool = True) -> list[Conflict]:
        with self.ledger.read() as tx:
            return conflicts.listing(tx, is_open=is_open)

    def only(self, side: Side, object_name: str) -> dict[str, Any]:
        (row,) = self.servers[side].store.live(object_name)
        return row.fields
