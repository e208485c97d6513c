"""A mapped field that is gone on one side empties nothing on the other; nothing is written until somebody looks."""

from collections.abc import Callable

import orjson
import pytest

from crmbridge.ledger import plans, unsettled
from crmbridge.ledger.engine import Ledger
from crmbridge.model.errors import GuardStop
from crmbridge.sync.engine import run_sync
from crmbridge.sync.outcome import FIELD_GONE
from crmbridge.sync.twoway import guards
from crmbridge.sync.twoway.approving import Approval, apply_plan
from crmbridge.sync.twoway.merging import Side
from crmbridge.sync.twoway.rounds import Round, basis_of, go_round
from crmbridge.sync.twoway.undoing import undo

from .pairing import OBJECTS, Pairing

COMPANIES = {Side.LEFT: "companies", Side.RIGHT: "customers"}
TOWN = {Side.LEFT: "town", Side.RIGHT: "place"}
NAME = {Side.LEFT: "title", Side.RIGHT: "name"}
KEY = {Side.LEFT: "reg", Side.RIGHT: "number"}


@pytest.fixture
def pairing(ledger: Ledger, ids: Callable[[], str]) -> Pairing:
    made = Pairing(ledger, ids)
    made.left.put("companies", {"title": "ACME", "reg": "R1", "town": "Kiel", "staff": "7"})
    made.settle()
    made.approved = False
    return made


def lose(pairing: Pairing, side: Side) -> None:
    """The field is deleted with its values."""
    store, name = pairing.servers[side].store, COMPANIES[side]
    store.objects = {**store.objects, name: tuple(one for one in OBJECTS[side][name] if one != TOWN[side])}
    for row in store.live(name):
        row.fields.pop(TOWN[side], None)


def edit(pairing: Pairing, side: Side, **fields: str) -> None:
    store, name = pairing.servers[side].store, COMPANIES[side]
    store.edit(name, store.live(name)[0].external_id, fields)


def go(pairing: Pairing) -> tuple[int, Round]:
    """A sync of both sides that goes on whatever it is told, and a round."""
    pairing.clock.advance(60)
    result = run_sync([pairing.setup(side) for side in Side], pairing.around())
    with pairing.table() as table:
        return result.exit_code, go_round(table)


def towns(pairing: Pairing, side: Side) -> list[object]:
    return [row.fields.get(TOWN[side]) for row in pairing.servers[side].store.live(COMPANIES[side])]


def gone(pairing: Pairing) -> list[tuple[str, str, str]]:
    """What `status` shows of it."""
    with pairing.ledger.read() as tx:
        found = unsettled.look(tx, now_us=0).gone
    return [(one.connection, one.object, one.field) for one in found]


@pytest.mark.parametrize("side", Side)
def test_nothing_is_emptied_and_nothing_is_written(pairing: Pairing, side: Side) -> None:
    lose(pairing, side)
    edit(pairing, side, **{NAME[side]: "Other"})
    before = (pairing.left.writes, pairing.right.writes)
    code, done = go(pairing)
    assert code == 3
    assert [trip.guard for trip in done.trips] == [guards.FIELD_GONE]
    assert f"{COMPANIES[side]}.{TOWN[side]}" in str(done.trips[0])
    assert done.plan is not None
    assert [(write.side, set(_fields(write.lines))) for write in pairing.writes("planned")] == [
        (side.other.value, {"name"})
    ]
    assert (pairing.left.writes, pairing.right.writes) == before
    with pairing.table() as table, pytest.raises(GuardStop, match="has no more"):
        apply_plan(table, done.plan, Approval("me"))
    with pairing.table() as table:
        apply_plan(table, done.plan, Approval("me", frozenset({guards.FIELD_GONE})))
    assert towns(pairing, side.other) == ["Kiel"]
    with pairing.ledger.read() as tx:
        kept = plans.get(tx, done.plan.name)
    assert (kept.state, kept.approved_by, kept.lifted) == ("done", "me", f'["{guards.FIELD_GONE}"]')


def test_without_writes_the_reading_alone_asks_for_a_person(pairing: Pairing) -> None:
    lose(pairing, Side.LEFT)
    pairing.clock.advance(60)
    result = run_sync([pairing.setup(side) for side in Side], pairing.around())
    assert {(step.object, note.code) for step in result.steps for note in step.notices} == {("companies", FIELD_GONE)}
    assert go(pairing)[1].plan is None
    assert gone(pairing) == [("left", "companies", "town")]
    pairing.left.objects = OBJECTS[Side.LEFT]
    go(pairing)
    assert gone(pairing) == []


def test_a_record_that_came_without_it_does_not_tell_it(pairing: Pairing) -> None:
    pairing.right.put("customers", {"name": "New", "number": "R2", "place": "Bonn"})
    lose(pairing, Side.LEFT)
    pairing.left.put("companies", {"title": "New", "reg": "R2", "staff": "9"})
    _, done = go(pairing)
    assert [(write.side, _fields(write.lines)) for write in pairing.writes("planned")] == [
        (Side.RIGHT.value, {"employees": 9})
    ]
    assert done.trips


@pytest.mark.parametrize("side", Side)
def test_what_it_held_meanwhile_is_read_once_it_is_back(pairing: Pairing, side: Side) -> None:
    """Hidden from the login and edited all the same: an edit over there does not pass over it."""
    lose(pairing, side)
    edit(pairing, side, **{NAME[side]: "Other"})
    go(pairing)
    store, name = pairing.servers[side].store, COMPANIES[side]
    store.live(name)[0].fields[TOWN[side]] = "Bonn"
    store.objects = {**store.objects, name: OBJECTS[side][name]}
    code, done = go(pairing)
    assert (code, done.trips) == (0, [])
    pairing.settle()
    assert towns(pairing, Side.LEFT) == towns(pairing, Side.RIGHT) == ["Bonn"]
    assert pairing.only(side.other, COMPANIES[side.other])[NAME[side.other]] == "Other"


def _fields(lines: str) -> dict[str, object]:
    return {line["field"]: line["to"] for line in orjson.loads(lines)}


def test_an_undoing_is_asked_as_well(pairing: Pairing) -> None:
    edit(pairing, Side.LEFT, title="Acme", town="Bonn")
    pairing.approved = True
    done = pairing.round()
    assert done.plan is not None
    lose(pairing, Side.RIGHT)
    go(pairing)
    with pairing.table() as table:
        ends, now_us = [table.left, table.right], table.session.around.now_us()
        with table.session.begin() as tx:
            taken = undo(tx, done.plan, ends, name="U", basis=basis_of(table.pair), now_us=now_us)
        assert taken.plan is not None
        assert [(one.about, one.reason) for one in taken.kept] == [("city", "the source has no such field any more")]
        before = pairing.right.writes
        with pytest.raises(GuardStop, match="which the source has no more"):
            apply_plan(table, taken.plan, Approval("me"))
        assert pairing.right.writes == before
        apply_plan(table, taken.plan, Approval("me", frozenset({guards.FIELD_GONE})))
    assert pairing.right.live("customers")[0].fields["name"] == "ACME"
