"""Services' intents: a task is made once, whatever becomes of it; a field is written where it shows something else."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import pytest

from crmbridge.ledger import plans, runs, unsettled
from crmbridge.ledger.engine import Ledger
from crmbridge.ledger.grants import Grant
from crmbridge.model.errors import GuardStop, TransientError, Unavailable
from crmbridge.model.external_keys import task_key
from crmbridge.sync.engine import run_sync
from crmbridge.sync.setup import ConnectionSetup, Surroundings
from crmbridge.sync.twoway import guards
from crmbridge.sync.twoway.approving import Approval
from crmbridge.sync.twoway.guards import Limits
from crmbridge.sync.twoway.intents import Desk, Intent, Make, Outgoing, SetField, apply_plan, send
from crmbridge.sync.twoway.notices import Notify
from crmbridge.sync.twoway.opening import Door, at_door
from crmbridge.testing.clock import VirtualClock
from crmbridge.testing.memory import MemoryServer, MemoryStore, connect
from crmbridge.testing.memory.server import Mishap

from .pairing import compiled

MAPPING = """
format = 1
[objects.people]
kind = "user"
[objects.people.fields]
name = "name"
[objects.companies]
kind = "account"
[objects.companies.fields]
name = "title"
tier = "grade"
owner = { from = "who", object = "people" }
[objects.todos]
kind = "task"
[objects.todos.fields]
title = "what"
due_date = { from = "due", format = ["%Y-%m-%d"] }
account = { from = "company", object = "companies" }
"""
OBJECTS = {"people": ("name",), "companies": ("title", "grade", "who"), "todos": ("what", "due", "company")}
ALL = Grant("fields", ("tier",), "Li", 1)


@dataclass
class World:
    """One CRM with some companies of two people."""

    ledger: Ledger
    new_id: Callable[[], str]
    grant: Grant = ALL
    limits: Limits = field(default_factory=Limits)
    clock: VirtualClock = field(default_factory=VirtualClock)
    names: list[int] = field(default_factory=list)
    channel: "Paper | None" = None

    def __post_init__(self) -> None:
        self.store = MemoryStore(OBJECTS, clock=self.clock)
        self.server = MemoryServer(self.store)
        self.people = [self.store.put("people", {"name": name}) for name in ("Li", "Wang")]
        self.companies = [
            self.store.put("companies", {"title": f"C{n}", "grade": "B", "who": self.people[n % 2]}) for n in range(40)
        ]
        self.sync()

    @property
    def around(self) -> Surroundings:
        return Surroundings(self.ledger, self.clock, self.new_id, "here:1", apart=None)

    @property
    def setup(self) -> ConnectionSetup:
        return ConnectionSetup("crm", "memory", 0, lambda: connect(self.server), compiled(MAPPING))

    def sync(self) -> None:
        self.clock.advance(60)
        assert run_sync([self.setup], self.around).exit_code == 0

    @contextmanager
    def desk(self) -> Iterator[Desk]:
        with self.ledger.begin() as tx:
            run_id = runs.start(tx, command="intents", version="t", now_us=self.around.now_us())
        door = Door(self.setup, lambda: connect(self.server, read_only=False))
        with at_door(door, self.around, run_id, zone=ZoneInfo("UTC")) as target:
            yield Desk(target, self.grant, self._name, self.limits, self.channel)

    def _name(self) -> str:
        self.names.append(1)
        return f"P{len(self.names)}"

    def send(self, *intents: Intent, by: str | None = "me") -> Outgoing:
        with self.desk() as desk:
            return send(desk, intents, approved_by=by)

    def record(self, number: int) -> str:
        from crmbridge.ledger import links  # noqa: PLC0415 - one place

        with self.ledger.read() as tx:
            found = links.resolve(tx, 1, "companies", [self.companies[number]])
        return found[self.companies[number]]

    def task(self, occurrence: int = 1) -> Make:
        key = task_key("weekly", "account", f"crm:{self.companies[0]}", enrolment=1, occurrence=occurrence)
        return Make("task", key, {"title": "Call", "due_date": "2026-03-02", "account": self.record(0)}, "weekly")

    def tier(self, number: int, tier: str = "A") -> SetField:
        return SetField("account", self.record(number), "tier", tier, "tiers")


@dataclass
class Paper:
    """A channel on paper; `error` is raised after, or before, what was given stands there."""

    given: list[Notify] = field(default_factory=list)
    error: TransientError | None = None
    is_kept: bool = True
    is_open: bool = True

    def deliver(self, notice: Notify) -> None:
        if self.is_kept:
            self.given.append(notice)
        if self.error is not None:
            raise self.error

    def has(self, key: str) -> bool | None:
        return key in {one.key for one in self.given} if self.is_open else None


@pytest.fixture
def world(ledger: Ledger, ids: Callable[[], str]) -> World:
    return World(ledger, ids)


@pytest.mark.parametrize(
    ("policy", "kind", "subject", "enrolment", "occurrence", "key"),
    [
        ("prospect-weekly-mail", "lead", "zoho:4876876000000333001", 1, 1, "cb1-50250d653963d7552fdbf3e1"),
        ("prospect-weekly-mail", "lead", "zoho:4876876000000333001", 1, 2, "cb1-2aadacd43bd17da66cb5764c"),
        ("negotiation-call", "deal", "fxiaoke:5ea6c76a442fcc00017ef9fe", 1, 1, "cb1-51f450254c191e8ae967b676"),
        ("谈判-电话", "deal", "csv:D-001", 2, 3, "cb1-ba94bc0b5ad71f74d9ce1cd3"),
    ],
)
def test_the_keys_of_tasks_are_those_of_the_golden_vector(  # noqa: PLR0917 - the five parts and the key
    policy: str, kind: str, subject: str, enrolment: int, occurrence: int, key: str
) -> None:
    assert task_key(policy, kind, subject, enrolment=enrolment, occurrence=occurrence) == key


def test_a_task_is_made_once_and_a_second_run_makes_none(world: World) -> None:
    world.send(world.task())
    (todo,) = world.store.live("todos")
    assert (todo.fields["what"], todo.fields["due"], todo.fields["company"]) == (
        "Call",
        "2026-03-02",
        world.companies[0],
    )
    writes = world.store.writes
    assert world.send(world.task()).plan is None
    world.sync()
    assert world.send(world.task()).plan is None
    assert world.store.writes == writes
    world.send(world.task(), world.task(2))
    assert len(world.store.live("todos")) == 2


def test_a_task_that_the_rep_deleted_is_not_made_again_and_one_that_was_moved_stays(world: World) -> None:
    world.send(world.task(), world.task(2))
    first, second = world.store.live("todos")
    world.store.delete("todos", first.external_id)
    world.store.edit("todos", second.external_id, {"due": "2026-04-01"})
    world.sync()
    assert world.send(world.task(), world.task(2)).plan is None
    assert [row.fields["due"] for row in world.store.live("todos")] == ["2026-04-01"]


def test_a_task_without_an_answer_is_looked_for_and_never_made_twice(world: World) -> None:
    world.server.mishaps.extend([Mishap.FINE, Mishap.NO_ANSWER])
    done = world.send(world.task())
    assert done.carried.counts == {"unknown": 1}
    assert len(world.store.live("todos")) == 1
    assert world.send(world.task()).plan is None
    world.clock.advance(600)
    assert world.send(world.task()).plan is None
    assert len(world.store.live("todos")) == 1


def test_a_field_is_set_where_it_shows_something_else(world: World) -> None:
    world.send(world.tier(0), world.tier(1, "B"))
    assert [world.store.row("companies", one).fields["grade"] for one in world.companies[:2]] == ["A", "B"]  # type: ignore[union-attr]
    assert world.send(world.tier(0), world.tier(1, "B")).plan is None


def test_nothing_goes_beyond_what_was_granted(world: World) -> None:
    world.grant = Grant("tasks", (), "Li", 1)
    done = world.send(world.tier(0), world.task())
    assert [(one.about, one.template) for one in done.held] == [("tier", "the field {field} was not granted")]
    assert [write.op for write in done.writes] == ["create"]
    assert len(world.store.live("todos")) == 1


def test_the_first_plan_waits_for_a_person_and_later_ones_do_not(world: World) -> None:
    done = world.send(world.task(), by=None)
    assert ([trip.guard for trip in done.trips], world.store.writes) == ([guards.FIRST], 0)
    assert done.plan is not None
    again = world.send(world.task(), by=None)
    assert again.plan == done.plan
    with world.ledger.read() as tx:
        plan = plans.get(tx, done.plan.name)
    with world.desk() as desk:
        apply_plan(desk, plan, Approval("me"))
    assert len(world.store.live("todos")) == 1
    assert world.send(world.task(2), by=None).trips == []


def test_tiers(world: World) -> None:
    """The guard `tiers`: not more than a tenth of a rep's accounts, or five, change their tier in one run."""
    world.send(world.tier(0))
    writes = world.store.writes
    done = world.send(*(world.tier(number) for number in range(2, 14, 2)), by=None)
    assert [(trip.guard, trip.params["count"], trip.params["limit"]) for trip in done.trips] == [(guards.TIERS, 6, 5)]
    assert world.store.writes == writes
    assert done.plan is not None
    with world.desk() as desk, pytest.raises(GuardStop, match="6 records of"):
        apply_plan(desk, done.plan, Approval("me"))
    assert world.store.writes == writes
    split = [*(world.tier(number) for number in range(2, 12, 2)), *(world.tier(number) for number in range(1, 11, 2))]
    assert world.send(*split, by=None).trips == [], "five of each rep's are no landslide"


# -- people are told once

TOLD = Notify("cb1-late", "Li", "ACME waits for an answer", "response")


def test_people_are_told_once_by_a_plan_that_waits_for_a_person_first(world: World) -> None:
    world.channel = Paper()
    done = world.send(TOLD, by=None)
    assert ([trip.guard for trip in done.trips], world.channel.given) == ([guards.FIRST], [])
    assert done.plan is not None
    with world.desk() as desk:
        apply_plan(desk, done.plan, Approval("me"))
    assert world.channel.given == [TOLD]
    assert world.send(TOLD, by=None).plan is None
    again = world.send(TOLD, world.task(), by=None)
    assert (again.carried.counts, world.channel.given, len(world.store.live("todos"))) == ({"applied": 1}, [TOLD], 1)


@pytest.mark.parametrize(
    ("is_kept", "is_open", "times", "doubts"),
    [(True, True, 1, 0), (False, True, 1, 0), (True, False, 1, 1)],
    ids=["arrived", "got lost", "nobody can tell"],
)
def test_a_notice_of_which_nobody_knows_is_looked_for_and_never_given_twice(
    world: World, *, is_kept: bool, is_open: bool, times: int, doubts: int
) -> None:
    paper = world.channel = Paper(error=Unavailable("gone"), is_kept=is_kept, is_open=is_open)
    assert world.send(TOLD).carried.counts == {"unknown": 1}
    paper.error, paper.is_kept = None, True
    for _ in range(3):
        world.send(TOLD)
    assert len(paper.given) == times
    with world.ledger.read() as tx:
        assert sum(one.count for one in unsettled.look(tx, now_us=0).doubts) == doubts


def test_without_a_channel_nobody_is_told_and_the_outbox_says_so(world: World) -> None:
    assert world.send(TOLD).carried.counts == {"rejected": 1}
    assert world.send(TOLD).plan is None, "refused and not changed since"
