"""Stories that are interrupted: each begins where a company stands, and can be begun again by another process."""

import copy
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.crash.checks import holds_in_the_end, holds_now
from tests.crash.forking import Company, Ended, Forked, Scene
from tests.crash.people import People, named
from tests.crash.points import Shared
from tests.crash.stores import Stores
from tests.crash.vendors import Service, services

from crmbridge.ledger import plans
from crmbridge.ledger.engine import open_ledger
from crmbridge.ledger.plans import Plan
from crmbridge.sync.twoway.approving import Approval, apply_plan
from crmbridge.sync.twoway.merging import Side
from crmbridge.sync.twoway.rounds import Table, basis_of
from crmbridge.sync.twoway.undoing import undo
from crmbridge.testing.memory.store import KEY_FIELD

Shown = dict[str, list[tuple[str, dict[str, object]]]]


@dataclass
class Start:
    """Where stories begin: two systems in step, and the ledger between them."""

    stores: Stores
    scene: Scene
    people: People
    plan: str = ""

    def again(self, seed: int = 0) -> "Start":
        """The same beginning once more, for a story of its own."""
        clock = self.scene.shared.clock()
        servers, people = copy.deepcopy((self.scene.servers, self.people))
        people.rng, people.servers = random.Random(seed), servers  # noqa: S311 - a story, no secret
        scene = Scene(self.scene.shared, servers, self.stores.copy(self.scene.url), self.scene.durable)
        self.scene.shared.clock.set(clock)
        return Start(self.stores, scene, people, self.plan)

    def drop(self) -> None:
        """The story is over."""
        self.stores.drop(self.scene.url)


def begin(stores: Stores, *, seed: int = 0) -> Start:
    """Two systems that have come into step, and were edited once more."""
    shared = Shared()
    servers = services(shared.clock)
    people = People(random.Random(seed), servers)  # noqa: S311 - a story, no secret
    people.begin()
    url = stores.new()
    open_ledger(url, durable=False).close()
    start = Start(stores, Scene(shared, servers, url), people)
    with start.scene.looking() as company:
        company.settle()
        people.act(12)
        for side in Side:
            people.make_company(side)
            people.make_deal(side, "Both")
        before = {plan.name for plan in _plans(company)}
        company.round()
        (start.plan,) = {plan.name for plan in _plans(company)} - before
        company.settle()
    holds_in_the_end(start.scene, people)
    return start


def _plans(company: Company) -> list[Any]:
    with company.ledger.read() as tx:
        return plans.listing(tx)


def edited(start: Start) -> None:
    """People do all that they can, so that the next round has everything to carry."""
    people = start.people
    for do in (people.edit,) * 8 + (people.step,) * 3 + (people.delete,) * 2:
        do()
    for side in Side:
        people.make_company(side)
        people.make_deal(side, list(people.titles)[-1])


def a_round(company: Company) -> None:
    """Both sides are read and brought into step."""
    company.round()


def a_sync(company: Company) -> None:
    """Both sides are read."""
    company.read()


def in_step(company: Company) -> None:
    """Rounds until nothing is to be written and no write is in doubt any more, and one more that writes nothing."""
    for _ in range(4):
        company.settle()
        if not any(write.is_doubted for state in ("sent", "unknown") for write in company.writes(state)):
            return
        company.clock.advance(300)  # a create is looked for until a search must show it
    raise AssertionError("writes stay in doubt")


def an_undo(name: str) -> Callable[[Company], None]:
    """A plan is taken back, by somebody who does not know how far another process has come with it."""

    def act(company: Company) -> None:
        for _ in range(4):
            company.read()
            waiting = [one for one in _plans(company) if one.undoes == name]
            if waiting and waiting[0].state in {"done", "refused", "superseded"}:
                assert waiting[0].state == "done", waiting
                return
            with company.table() as table:
                plan = waiting[0] if waiting else _undone(company, table, name)
                assert plan is not None
                apply_plan(table, plan, Approval("me"))
        raise AssertionError("the undoing does not come to its end")

    return act


def _undone(company: Company, table: Table, name: str) -> Plan | None:
    targets, now_us = [table.left, table.right], table.session.around.now_us()
    fresh, basis = f"undo-{next(company.names)}", basis_of(table.pair)
    with table.session.begin() as tx:
        return undo(tx, plans.get(tx, name), targets, name=fresh, basis=basis, now_us=now_us).plan


def count_points(start: Start, act: Callable[[Company], None], prepare: Callable[[Start], None] = edited) -> int:
    """How many points an undisturbed process passes."""
    story = start.again()
    prepare(story)
    forked = Forked(story.scene)
    forked.finish(act)
    count = story.scene.shared.points
    story.drop()
    return count


def killed_at(start: Start, act: Callable[[Company], None], deadly: int | str) -> Ended:
    """A round is killed at that point; another process goes on, and everything is as people wanted it."""
    story = start.again()
    edited(story)
    forked = Forked(story.scene)
    done = forked.run(act, deadly=deadly)
    try:
        holds_now(story.scene, story.people)
        forked.finish(in_step)
        holds_in_the_end(story.scene, story.people)
    except AssertionError as error:
        raise AssertionError(f"killed at point {deadly}") from error
    story.drop()
    return done


def undone_at(start: Start, deadly: int | str) -> tuple[Ended, Shown, Shown]:
    """A plan is taken back; killed at that point, another one goes on. What both sides show then, and in the end."""
    story = start.again()
    forked = Forked(story.scene)
    act = an_undo(story.plan)
    done = forked.run(act, deadly=deadly)
    holds_now(story.scene, story.people)
    if done.is_killed:
        forked.finish(act)
    after = shown(story.scene.servers)
    forked.finish(in_step)
    holds_now(story.scene, story.people)
    end = shown(story.scene.servers)
    story.drop()
    return done, after, end


def shown(servers: dict[Side, Service]) -> Shown:
    """What people see: every live record by its name, references by theirs, without ids and keys."""
    found: Shown = {}
    for side, server in servers.items():
        names = {row.external_id: named(row, side) for name in server.store.objects for row in server.store.live(name)}
        for name in server.store.objects:
            found[name] = sorted(
                (
                    (named(row, side), {k: names.get(str(v), v) for k, v in row.fields.items() if k != KEY_FIELD and v})
                    for row in server.store.live(name)
                ),
                key=repr,
            )
    return found
