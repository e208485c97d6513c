"""A migration leaves out the value that the receiver says it does not hold, makes the record, and tells it."""

from collections.abc import Callable, Mapping

import pytest

from crmbridge.adapter.catalog import FieldInfo, ObjectInfo, PicklistValue
from crmbridge.ledger.engine import Ledger
from crmbridge.sync.twoway import approving, moving
from crmbridge.sync.twoway.approving import Approval
from crmbridge.sync.twoway.left_behind import carries, left_behind
from crmbridge.sync.twoway.one_way import Room
from crmbridge.sync.twoway.rounds import Round

from .moving_table import at_migration
from .pairing import Pairing

Told = tuple[str | None, int, object]


def room(choices: Mapping[str, tuple[str, ...]]) -> Room:
    """What the receiver says of its deals: these fields and their choices, none where it has any text."""
    fields = tuple(
        FieldInfo(
            name=name, label=name, type="any", picklist=tuple(PicklistValue(value=one, label=one) for one in several)
        )
        for name, several in choices.items()
    )
    return moving.room_of([ObjectInfo(name="chances", label="Chances", fields=fields)])


ANY: dict[str, tuple[str, ...]] = dict.fromkeys(("name", "stage", "customer", "worth", "currency", "next"), ())


@pytest.fixture
def made(ledger: Ledger, ids: Callable[[], str]) -> Pairing:
    pairing = Pairing(ledger, ids)
    for name, phase, money in (("A", "Talk", "EUR"), ("B", "Won", "USD"), ("C", "Talk", "USD")):
        pairing.left.put("deals", {"title": name, "phase": phase, "sum": "1200", "money": money, "todo": "call"})
    return pairing


def carried(made: Pairing, here: Room) -> tuple[Round, list[Told]]:
    """One look and, where there is something to write, its plan carried out; what the look told."""
    made.read()
    with at_migration(made, room=here) as table:
        done = moving.look(table)
        with made.ledger.read() as tx:
            told = [(one.about, one.count, one.params.get("value")) for one in left_behind(tx, table.pair, done.draft)]
    if done.plan is not None:
        with at_migration(made, room=here) as table:
            approving.apply_plan(table, done.plan, Approval("me"))
    return done, told


def at_right(made: Pairing, *fields: str) -> dict[object, tuple[object, ...]]:
    rows = made.right.live("chances")
    return {row.fields["name"]: tuple(row.fields.get(one) for one in fields) for row in rows}


@pytest.mark.parametrize(
    ("here", "euro"),
    [
        pytest.param(room(ANY | {"currency": ("EUR", "CNY")}), ("1200", "EUR"), id="others"),
        pytest.param(room({name: () for name in ANY if name != "currency"}), ("1200", None), id="one, and no field"),
    ],
)
def test_an_amount_in_a_currency_that_it_lacks_is_not_made_one_in_another(
    made: Pairing, here: Room, euro: tuple[str, str | None]
) -> None:
    _, told = carried(made, here)
    assert at_right(made, "worth", "currency") == {"A": euro, "B": (None, None), "C": (None, None)}
    assert ("amount", 2, "USD") in told
    again, told = carried(made, here)
    assert again.plan is None
    assert ("amount", 2, "USD") in told, "what stays is told as long as it stays"
    with at_migration(made, room=here) as table, made.ledger.read() as tx:
        assert [one.waits for one in carries(tx, table.pair, again.draft)] == [0, 0], "the deals themselves are there"


def test_a_record_is_made_without_a_choice_that_it_lacks(made: Pairing) -> None:
    _, told = carried(made, room(ANY | {"next": ("visit", "write")}))
    assert at_right(made, "next", "worth") == dict.fromkeys("ABC", (None, "1200"))
    assert ("next_step", 3, "call") in told


def test_a_record_without_the_choice_of_its_stage_is_not_made_and_told(made: Pairing) -> None:
    made.required = {"chances": frozenset({"stage"})}
    _, told = carried(made, room(ANY | {"stage": ("1",)}))
    assert sorted(map(str, at_right(made))) == ["A", "C"]
    assert [(about, count) for about, count, _ in told if about == "stage"] == [("stage", 1)]
