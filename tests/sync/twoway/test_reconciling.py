"""A comparison tells of everything that both sides show differently what holds and why, and changes nothing."""

from collections import Counter
from collections.abc import Callable, Sequence
from zoneinfo import ZoneInfo

import pytest

from crmbridge.adapter.contract import Change
from crmbridge.ledger.engine import Ledger
from crmbridge.report.comparison import comparison_listing
from crmbridge.report.plans import Names
from crmbridge.sync.twoway import reconciling
from crmbridge.sync.twoway.merging import UNSEEN, Policy, Side
from crmbridge.sync.twoway.reconciling import Alone, Compared, Difference, Source
from crmbridge.testing.memory.server import Answer, MemoryServer

from .pairing import Pairing
from .test_undoing import apply, plan_of, undone


@pytest.fixture
def pairing(ledger: Ledger, ids: Callable[[], str]) -> Pairing:
    return Pairing(ledger, ids)


def compared(pairing: Pairing) -> tuple[Compared, list[Source]]:
    """The comparison, in a transaction that cannot write; neither system is another after it."""
    before = (pairing.left.change_no, pairing.right.change_no)
    with pairing.table() as table, pairing.ledger.read() as tx:
        done = reconciling.compare(tx, table.pair, now_us=table.session.around.now_us())
        found = reconciling.sources(tx, table.pair, [table.left, table.right], done)
    assert before == (pairing.left.change_no, pairing.right.change_no)
    return done, found


def company(pairing: Pairing, name: str = "ACME", **more: str) -> str:
    return pairing.left.put("companies", {"title": name, "reg": f"R-{name}", **more})


def only(done: Compared) -> Difference:
    (one,) = done.differences
    return one


def alone(done: Compared) -> Alone:
    (one,) = done.alone
    return one


def test_two_sides_in_step_are_equal(pairing: Pairing) -> None:
    company(pairing, town="Kiel")
    pairing.left.put("deals", {"title": "D", "phase": "Talk"})
    pairing.settle()
    done, found = compared(pairing)
    assert done.counts == {"account": {"equal": 1}, "deal": {"equal": 1}}
    assert (done.differences, done.alone) == ([], [])
    assert {(one.object, one.here, one.there, one.left_out) for one in found} == {
        ("companies", 1, 1, 0),
        ("deals", 1, 1, 0),
        ("customers", 1, 1, 0),
        ("chances", 1, 1, 0),
    }


def test_what_a_person_is_asked_holds_nothing_yet(pairing: Pairing) -> None:
    here = company(pairing, town="Kiel")
    pairing.settle()
    (there,) = pairing.right.live("customers")
    pairing.left.edit("companies", here, {"town": "Bonn"})
    pairing.right.edit("customers", there.external_id, {"place": "Ulm"})
    pairing.round()
    one = only(compared(pairing)[0])
    assert (one.field, one.left, one.right, one.holds, one.why) == ("city", "Bonn", "Ulm", UNSEEN, "question")
    assert one.ids == (here, there.external_id)


def test_what_a_plan_will_write_waits_and_says_what_holds(pairing: Pairing) -> None:
    here = company(pairing, town="Kiel")
    company(pairing, "Other")
    pairing.settle()
    pairing.left.edit("companies", here, {"town": "Bonn"})
    company(pairing, "New")
    pairing.approved, pairing.policy = False, Policy.LEFT
    assert pairing.round().trips
    done, _ = compared(pairing)
    one = only(done)
    assert (one.left, one.right, one.holds, one.why) == ("Bonn", "Kiel", "Bonn", "waiting")
    assert (alone(done).side, alone(done).why) == (Side.LEFT, "waiting")


def test_what_was_read_since_and_never_merged_is_told(pairing: Pairing) -> None:
    here = company(pairing, town="Kiel")
    pairing.settle()
    pairing.left.edit("companies", here, {"town": "Bonn"})
    company(pairing, "New")
    pairing.read()
    company(pairing, "Newer")
    done, found = compared(pairing)
    assert (only(done).left, only(done).right, only(done).why) == ("Bonn", "Kiel", "not merged yet")
    companies = next(one for one in found if one.object == "companies")
    assert (companies.here, companies.there, companies.left_out) == (2, 3, 1)


def test_what_was_refused_says_why(pairing: Pairing, monkeypatch: pytest.MonkeyPatch) -> None:
    company(pairing, town="Kiel")
    pairing.settle()
    (there,) = pairing.right.live("customers")
    pairing.right.edit("customers", there.external_id, {"place": "Bonn"})
    monkeypatch.setattr(MemoryServer, "save", refuse)
    pairing.round()
    one = only(compared(pairing)[0])
    assert (one.field, one.left, one.holds, one.why) == ("city", "Kiel", "Bonn", "held back")
    assert one.held is not None
    assert one.held.template == "it was refused and has not changed since: {reason}"


def refuse(_: MemoryServer, __: str | None, changes: Sequence[Change]) -> list[Answer]:
    return [Answer("refused", None, "NOT_ALLOWED") for _ in changes]


def test_what_one_side_alone_has_says_why_the_other_has_none(pairing: Pairing) -> None:
    here = company(pairing)
    pairing.settle()
    pairing.left.delete("companies", here)
    pairing.round()
    one = alone(compared(pairing)[0])
    assert (one.side, one.why) == (Side.RIGHT, "deleted there")


def test_what_an_undoing_left_on_one_side_is_kept_apart_and_its_fields_are_own_forms(pairing: Pairing) -> None:
    pairing.deletes = True
    here = company(pairing, town="Kiel")
    pairing.settle()
    pairing.left.edit("companies", here, {"town": "Bonn"})
    apply(pairing, undone(pairing, plan_of(pairing.round()).name).plan)
    pairing.round()
    one = only(compared(pairing)[0])
    assert (one.left, one.right, one.why) == ("Bonn", "Kiel", "own form")
    company(pairing, "New")
    apply(pairing, undone(pairing, plan_of(pairing.round()).name).plan, "deletes")
    pairing.round()
    left = alone(compared(pairing)[0])
    assert (left.side, left.why) == (Side.LEFT, "kept apart")


def test_what_nothing_explains_ends_with_3() -> None:
    names = Names({}, ZoneInfo("UTC"))
    strange = Difference("account", "R", "city", "Bonn", "Kiel", ("1", "2"), "Bonn", "nobody knows")
    told = Compared({"account": Counter(different=1)}, [strange])
    told.why["nobody knows"] = 1
    listing = comparison_listing("main", told, [Source("crm", "companies", "account", 1, 2, 1)], names)
    assert listing.exit_code == 3
    assert [note.code for note in listing.warnings] == ["UNEXPLAINED", "COUNT_DIFFERS", "LEFT_OUT"]
    assert comparison_listing("main", Compared(), [], names).exit_code == 0
