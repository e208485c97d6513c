"""A mapping that is wrong over everything: nothing is written, and once it is mended nothing is left of it."""

import hashlib
import itertools
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import orjson
import pytest
from tests.sync.twoway import pairing as world

from crmbridge.ledger import connections, links, outbox
from crmbridge.ledger.engine import open_ledger
from crmbridge.model.errors import GuardStop
from crmbridge.sync.engine import run_sync
from crmbridge.sync.twoway import guards
from crmbridge.sync.twoway.approving import Approval, apply_plan
from crmbridge.sync.twoway.merging import Side

from .pairing import Pairing

LEFT = """
format = 1
[objects.deals]
kind = "deal"
pipeline = "sales"
[objects.deals.fields]
name = "title"
next_step = "todo"
stage = "phase"
amount = { from = "sum", unit = "万", currency = "CNY" }
expected_close = "due"
closed_at = { from = "closed", format = "%Y-%m-%d %H:%M", zone = "Asia/Shanghai" }
[pipelines.sales]
stages = [
  { key = "talk", category = "open", labels = ["Talk"] },
  { key = "offer", category = "open", labels = ["Offer"] },
  { key = "won", category = "won", labels = ["Won"] },
]
"""
RIGHT = """
format = 1
[objects.chances]
kind = "deal"
pipeline = "sales"
[objects.chances.fields]
name = "name"
next_step = "next"
stage = "stage"
amount = { from = "worth", currency = "CNY" }
expected_close = "plan"
closed_at = { from = "closed", lens = "epoch_ms" }
[pipelines.sales]
stages = [
  { key = "talk", category = "open", labels = ["1"] },
  { key = "offer", category = "open", labels = ["2"] },
  { key = "won", category = "won", labels = ["3"] },
]
"""
OBJECTS = {
    Side.LEFT: {"deals": ("title", "todo", "phase", "sum", "due", "begin", "closed")},
    Side.RIGHT: {"chances": ("name", "next", "stage", "worth", "plan", "closed")},
}
LABELS = (("Talk", "1"), ("Offer", "2"), ("Won", "3"))
SHIFTED = {'["Talk"]': '["Won"]', '["Offer"]': '["Talk"]', '["Won"]': '["Offer"]'}


@dataclass(frozen=True)
class Mistake:
    """What somebody has changed in the left mapping, and the fields that are wrong in every record for it."""

    told: str
    changes: dict[str, str]
    fields: tuple[str, ...]

    def made(self) -> str:
        """The left mapping with the mistake in it."""
        pattern = "|".join(re.escape(old) for old in self.changes)
        text, count = re.subn(pattern, lambda found: self.changes[found[0]], LEFT)
        assert count == len(self.changes)
        return text


MISTAKES = (
    Mistake("two fields swapped", {'"title"': '"todo"', '"todo"': '"title"'}, ("name", "next_step")),
    Mistake("the stages shifted by one", SHIFTED, ("stage",)),
    Mistake("amounts ten thousand times too small", {', unit = "万"': ""}, ("amount",)),
    Mistake("another zone", {'zone = "Asia/Shanghai"': 'zone = "UTC"'}, ("closed_at",)),
    Mistake("the column beside it", {'"due"': '"begin"'}, ("expected_close",)),
)


@dataclass(frozen=True)
class Base:
    """Two systems in step and their ledger, to be copied for each mistake."""

    count: int
    file: Path
    pairing: Pairing


def use(patched: pytest.MonkeyPatch) -> None:
    """Deals with more to mix up than those of the other tests."""
    for name, value in (("LEFT", LEFT), ("RIGHT", RIGHT), ("OBJECTS", OBJECTS)):
        patched.setattr(world, name, value)


def counted(first: int) -> Callable[[], str]:
    numbers = itertools.count(first)
    return lambda: f"{next(numbers):026d}"


@pytest.fixture(scope="module", params=[30, pytest.param(50_000, marks=pytest.mark.wide)])
def base(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Base:
    """So many deals on both sides, the same ones, and a person's approval of a plan that makes one."""
    file, count = tmp_path_factory.mktemp("base") / "ledger.db", request.param
    with pytest.MonkeyPatch.context() as patched:
        use(patched)
        ledger = open_ledger(f"sqlite:///{file}")
        pairing = Pairing(ledger, counted(1))
        _fill(pairing, count)
        pairing.left.put("deals", {"title": "Last", "todo": "call", "phase": "Talk"})
        pairing.settle()
        assert len(pairing.right.live("chances")) == count + 1
        ledger.close()
    return Base(count, file, pairing)


def _fill(pairing: Pairing, count: int) -> None:
    """The same deals in both systems, linked as they are when one system's were made for the other's."""
    rows: list[tuple[str, str]] = []
    for n in range(count):
        label, number = LABELS[n % 3]
        when = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=n)
        here, day = when.astimezone(ZoneInfo("Asia/Shanghai")), (n % 28) + 1
        left = {"title": f"D{n}", "todo": f"call {n}", "phase": label, "sum": f"{n + 1}", "due": f"2026-07-{day:02d}"}
        left |= {"begin": f"2026-05-{day:02d}", "closed": f"{here:%Y-%m-%d %H:%M}"}
        right: dict[str, object] = {"name": f"D{n}", "next": f"call {n}", "stage": number, "worth": f"{n + 1}0000"}
        right |= {"plan": left["due"], "closed": int(when.timestamp() * 1000)}
        rows.append((pairing.left.put("deals", left), pairing.right.put("chances", right)))
    run_sync([pairing.setup(Side.LEFT)], pairing.around())
    with pairing.ledger.begin() as tx:
        known = {row.name: row.id for row in connections.listing(tx)}
        now_us = pairing.around().now_us()
        there = connections.ensure(tx, Side.RIGHT.value, adapter="memory", rank=1, now_us=now_us)
        records = links.resolve(tx, known[Side.LEFT.value], "deals", [here for here, _ in rows])
        links.make(tx, there, "chances", [(other, records[here]) for here, other in rows], extra=True)


@pytest.fixture
def pairing(base: Base, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pairing]:
    """The base as it stands, and nobody is asked from now on. The systems are not copied: nothing is written there."""
    use(monkeypatch)
    file = tmp_path / "ledger.db"
    shutil.copy(base.file, file)
    ledger = open_ledger(f"sqlite:///{file}")
    made = Pairing(ledger, counted(1_000_000), clock=base.pairing.clock, names=itertools.count(100), approved=False)
    made.servers = base.pairing.servers
    yield made
    ledger.close()


@pytest.mark.file_ledger  # the same two systems for each mistake: their ledger is copied as a file
@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda one: one.told)
def test_nothing_is_written_and_nothing_is_left_once_it_is_mended(
    base: Base, pairing: Pairing, monkeypatch: pytest.MonkeyPatch, mistake: Mistake
) -> None:
    before = shown(pairing)
    monkeypatch.setattr(world, "LEFT", mistake.made())
    done = pairing.round()
    assert {trip.guard for trip in done.trips} >= {guards.FIRST} | ({guards.UPDATES} if base.count > 500 else set())
    assert done.plan is not None
    assert done.plan.lines >= base.count, "the plan says how much would be wrong"
    with pairing.ledger.read() as tx:
        writes = outbox.of_plan(tx, done.plan.id)
    assert {line["field"] for write in writes for line in orjson.loads(write.lines)} == {*mistake.fields}
    assert shown(pairing) == before
    if base.count > 500:  # a person who looks at nothing is asked again
        with pairing.table() as table, pytest.raises(GuardStop, match="would be changed"):
            apply_plan(table, done.plan, Approval("me"))
    monkeypatch.setattr(world, "LEFT", LEFT)
    mended = pairing.round()
    assert (mended.plan, mended.trips, mended.draft.held, pairing.conflicts()) == (None, [], [], [])
    assert shown(pairing) == before


def shown(pairing: Pairing) -> tuple[int, int, dict[Side, str]]:
    """How often both systems were written, and what they hold."""
    held = {
        side: hashlib.sha256(
            orjson.dumps([[row.external_id, row.fields] for row in pairing.servers[side].store.live(name)])
        )
        for side, name in ((Side.LEFT, "deals"), (Side.RIGHT, "chances"))
    }
    return pairing.left.writes, pairing.right.writes, {side: one.hexdigest() for side, one in held.items()}
