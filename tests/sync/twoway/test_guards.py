"""Each guard stops a whole plan before its first write, is lifted by its name alone, and lets honest work through."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from crmbridge.adapter.contract import Change
from crmbridge.ledger import outbox, plans
from crmbridge.ledger.engine import Ledger
from crmbridge.ledger.outbox import Write
from crmbridge.model.errors import ConfigError, GuardStop
from crmbridge.sync.twoway import guards
from crmbridge.sync.twoway.approving import Approval, apply_plan
from crmbridge.sync.twoway.guards import Limits, Standing
from crmbridge.sync.twoway.merging import Policy
from crmbridge.sync.twoway.rounds import Round, go_round
from crmbridge.testing.memory.server import Answer, MemoryServer

from .pairing import Pairing


@pytest.fixture
def pairing(ledger: Ledger, ids: Callable[[], str]) -> Pairing:
    return Pairing(ledger, ids)


@contextmanager
def nothing_written(pairing: Pairing) -> Iterator[None]:
    before = (pairing.left.writes, pairing.right.writes)
    yield
    assert (pairing.left.writes, pairing.right.writes) == before


def linked(pairing: Pairing, count: int, **more: object) -> list[str]:
    """So many companies on both sides, and a person's approval of the first plan."""
    pairing.limits = Limits(creates=10_000)
    made = [pairing.left.put("companies", {"title": f"C{n}", "reg": f"R{n}", **more}) for n in range(count)]
    pairing.settle()
    pairing.limits, pairing.approved = Limits(), False
    return made


def stopped_by(pairing: Pairing, *names: str) -> Round:
    """A round that these guards stop: nothing is written, the plan waits with all its writes."""
    with nothing_written(pairing):
        done = pairing.round()
    assert [trip.guard for trip in done.trips] == [*names]
    assert done.plan is not None
    assert done.plan.state == "open"
    assert len(pairing.writes("planned")) == done.plan.lines
    return done


def test_first_write(pairing: Pairing) -> None:
    pairing.approved = False
    pairing.left.put("companies", {"title": "ACME", "reg": "R1"})
    stopped_by(pairing, guards.FIRST)


def test_another_policy_needs_another_approval(pairing: Pairing) -> None:
    (company,) = linked(pairing, 1)
    pairing.policy = Policy.LEFT
    pairing.left.edit("companies", company, {"town": "Kiel"})
    stopped_by(pairing, guards.FIRST)


def test_creates(pairing: Pairing) -> None:
    linked(pairing, 1)
    pairing.limits = Limits(creates=3)
    for number in range(4):
        pairing.left.put("companies", {"title": f"New{number}", "reg": f"N{number}"})
    stopped_by(pairing, guards.CREATES)
    assert pairing.round(lifted=frozenset({guards.CREATES})).trips == []
    assert len(pairing.right.live("customers")) == 5


def test_updates(pairing: Pairing) -> None:
    made = linked(pairing, 30)
    pairing.limits = Limits(updates=5)
    for company in made[:6]:
        pairing.left.edit("companies", company, {"town": "Kiel"})
    stopped_by(pairing, guards.UPDATES)


def test_more_updates_than_anybody_may_let_pass(pairing: Pairing) -> None:
    """A fifth of everything, where that is more than the number that is always allowed: no word lifts it."""
    made = linked(pairing, 40)
    pairing.limits = Limits(updates=5)
    for company in made[:9]:
        pairing.left.edit("companies", company, {"town": "Kiel"})
    done = stopped_by(pairing, guards.UPDATES, guards.MOST_UPDATES)
    assert done.plan is not None
    with nothing_written(pairing), pairing.table() as table:
        for lifted, told in ((guards.UPDATES, "9 records would be changed, 8 may be"), (guards.MOST_UPDATES, "lifted")):
            with pytest.raises((GuardStop, ConfigError), match=told):
                apply_plan(table, done.plan, Approval("me", frozenset({lifted})))
    for company in made[:1]:
        pairing.left.edit("companies", company, {"town": ""})
    assert [trip.guard for trip in pairing.round(lifted=frozenset({guards.UPDATES})).trips] == []


def updates(count: int, linked: int, *, is_approved: bool = True, is_seen: bool = False) -> list[str]:
    """The guards that stop so many updates of so many records."""
    write = Write(1, 1, "o", "account", "update", "k", "r", 1, "right", "x", None, "[]", "{}", None, 0)
    standing = Standing(linked=linked, is_approved=is_approved, is_seen=is_seen)
    return [trip.guard for trip in guards.check([write] * count, standing)]


def test_how_many_updates_are_too_many() -> None:
    """500 always, 5 % of more; more than 500 and 20 % pass in a first plan alone, which is seen as a whole."""
    assert updates(500, 100) == updates(500, 10_000) == updates(1_000, 20_000) == []
    assert updates(1_001, 20_000) == updates(501, 2_505) == updates(2_000, 10_000) == [guards.UPDATES]
    assert updates(501, 2_504) == updates(2_001, 10_000) == [guards.UPDATES, guards.MOST_UPDATES]
    assert updates(2_001, 10_000, is_approved=False, is_seen=True) == [guards.UPDATES]


def test_all_changed_even_where_a_look_came_between(pairing: Pairing) -> None:
    made = linked(pairing, 12)
    pairing.limits = Limits(all_changed_least=10)
    for company in made[:7]:
        pairing.left.edit("companies", company, {"town": "Kiel"})
    stopped_by(pairing, guards.ALL_CHANGED)
    stopped_by(pairing, guards.ALL_CHANGED)


def test_what_we_wrote_ourselves_is_no_change_of_everything(pairing: Pairing) -> None:
    made = linked(pairing, 12)
    pairing.limits = Limits(all_changed_least=10)
    pairing.left.edit("companies", made[0], {"town": "Kiel"})
    assert pairing.round().trips == []


def test_deletes(pairing: Pairing) -> None:
    pairing.deletes = True
    made = linked(pairing, 100)
    for company in made[:3]:
        pairing.left.delete("companies", company)
    stopped_by(pairing, guards.DELETES)


def test_deletes_are_counted_over_a_day(pairing: Pairing) -> None:
    pairing.deletes = True
    made = linked(pairing, 100)
    for company in made[:2]:
        pairing.left.delete("companies", company)
    assert pairing.round().trips == []
    assert len(pairing.right.live("customers")) == 98
    pairing.left.delete("companies", made[2])
    stopped_by(pairing, guards.DELETES)
    pairing.clock.advance(25 * 3_600)
    assert pairing.round().trips == []


def test_blanking(pairing: Pairing) -> None:
    made = linked(pairing, 8, town="Kiel", staff="7")
    pairing.limits = Limits(blanked_fields=5)
    for company in made[:3]:
        pairing.left.edit("companies", company, {"town": "", "staff": ""})
    stopped_by(pairing, guards.BLANKING)


def test_the_plan_that_waits_keeps_its_name_and_gives_way_to_another_one(pairing: Pairing) -> None:
    linked(pairing, 1)
    pairing.limits = Limits(creates=1)
    for number in range(20):
        pairing.left.put("companies", {"title": f"New{number}", "reg": f"N{number}"})
    first = stopped_by(pairing, guards.CREATES)
    assert stopped_by(pairing, guards.CREATES).plan == first.plan
    pairing.left.put("companies", {"title": "One more", "reg": "M"})
    assert stopped_by(pairing, guards.CREATES).plan == first.plan, "nearly the same"
    for number in range(20, 40):
        pairing.left.put("companies", {"title": f"New{number}", "reg": f"N{number}"})
    second = stopped_by(pairing, guards.CREATES)
    assert first.plan is not None
    assert second.plan != first.plan
    with pairing.ledger.read() as tx:
        assert plans.get(tx, first.plan.name).state == "superseded"
        assert outbox.counts(tx, first.plan.id) == {"dropped": 20}


def test_another_account_behind_the_login_is_never_written(pairing: Pairing) -> None:
    (company,) = linked(pairing, 1)
    pairing.left.edit("companies", company, {"town": "Kiel"})
    pairing.read()
    pairing.right.org_id = "somebody else"
    with (
        nothing_written(pairing),
        pairing.table() as table,
        pytest.raises(ConfigError, match=r"opens Memory \(somebody else\), but this workspace was made with"),
    ):
        go_round(table)


def test_a_canary_that_shows_something_else_stops_the_rest_and_asks_again(
    pairing: Pairing, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = linked(pairing, 20)
    for company in made:
        pairing.left.edit("companies", company, {"town": "Kiel"})
    real = MemoryServer.save

    def bent(server: MemoryServer, token: str | None, changes: Sequence[Change]) -> list[Answer]:
        return real(server, token, [replace(one, fields={**one.fields, "place": "elsewhere"}) for one in changes])

    monkeypatch.setattr(MemoryServer, "save", bent)
    pairing.limits = Limits(all_changed_least=1_000)
    before = pairing.right.writes
    with pytest.raises(GuardStop, match="does not show what was written"):
        pairing.round()
    assert pairing.right.writes - before == 5, "the canary, and nothing after it"
    monkeypatch.setattr(MemoryServer, "save", real)
    stopped_by(pairing, guards.FIRST)


def owners(moves: int, held: int) -> list[str]:
    """The guards that stop so many accounts of one rep, of those he holds, from going to another."""
    line = orjson.dumps([{"field": "owner", "from": "U1", "to": "U2"}]).decode()
    empty = orjson.dumps([{"field": "owner", "from": None, "to": "U2"}]).decode()
    write = Write(1, 1, "o", "account", "update", "k", "r", 1, "right", "x", None, line, "{}", None, 0)
    writes = [write] * moves + [replace(write, lines=empty)] * 400
    standing = Standing(linked=10_000, accounts_of={"U1": held}, is_approved=True)
    return [trip.guard for trip in guards.check(writes, standing)]


def test_owners() -> None:
    """Not more than a tenth of a rep's records, or five; an empty owner that is filled does not count."""
    assert owners(5, held=10) == []
    assert owners(6, held=10) == [guards.OWNERS]
    assert owners(10, held=100) == []
    assert owners(11, held=100) == [guards.OWNERS]


def test_every_guard_has_a_test() -> None:
    here = Path(__file__).parent
    told = "".join(
        name.read_text("utf-8")
        for name in (here / "test_guards.py", here / "test_intents.py", here / "test_fields_gone.py")
    )
    for name in (
        "FIRST",
        "ALL_CHANGED",
        "FIELD_GONE",
        "CREATES",
        "UPDATES",
        "MOST_UPDATES",
        "DELETES",
        "BLANKING",
        "OWNERS",
        "TIERS",
    ):
        assert f"guards.{name}" in told
    assert guards.NAMES[-1] == guards.CANARY
