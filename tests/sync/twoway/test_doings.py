"""Calls, meetings and notes in a migration: each is made in the object of its type, and once."""

from collections.abc import Callable, Sequence

import pytest

from crmbridge.adapter.catalog import FieldInfo, ObjectInfo, PicklistValue
from crmbridge.adapter.contract import Outcome, Unknown
from crmbridge.ledger.engine import Ledger
from crmbridge.ledger.outbox import Write
from crmbridge.sync.twoway import applying, approving, moving
from crmbridge.sync.twoway.acknowledging import Target
from crmbridge.sync.twoway.approving import Approval
from crmbridge.sync.twoway.left_behind import left_behind
from crmbridge.sync.twoway.merging import Side
from crmbridge.sync.twoway.rounds import Round

from .moving_table import at_migration
from .pairing import Pairing

APART = """
format = 1
[objects.companies]
kind = "account"
fields = { name = "title" }
[objects.calls]
kind = "activity"
[objects.calls.fields]
type = { value = "call" }
subject = "title"
content = "text"
account = { from = "about", object = "companies" }
[objects.meetings]
kind = "activity"
[objects.meetings.fields]
type = { value = "meeting" }
subject = "title"
account = { from = "about", object = "companies" }
started_at = "begin"
ended_at = "end"
[objects.notes]
kind = "note"
fields = { title = "title", content = "text", account = { from = "about", object = "companies" } }
"""
TOGETHER = """
format = 1
[objects.customers]
kind = "account"
fields = { name = "name" }
[objects.records]
kind = "activity"
[objects.records.fields]
type = { from = "sort", values = { phone = "call", call = "meeting", remark = "note" } }
subject = "head"
content = "body"
account = { from = "of", object = "customers" }
[objects.dates]
kind = "activity"
[objects.dates.fields]
type = { value = "meeting" }
subject = "head"
started_at = "start"
ended_at = "stop"
account = { from = "of", object = "customers" }
"""
ONE = {
    "companies": ("title",),
    "calls": ("title", "text", "about"),
    "meetings": ("title", "about", "begin", "end"),
    "notes": ("title", "text", "about"),
}
OTHER = {
    "customers": ("name",),
    "records": ("sort", "head", "body", "of"),
    "dates": ("head", "start", "stop", "of"),
}
SORTS = tuple(PicklistValue(value=one, label=one) for one in ("phone", "remark"))
ROOM = (
    ObjectInfo(
        name="records",
        label="Records",
        fields=(
            FieldInfo(name="sort", label="Sort", type="choice", picklist=SORTS),
            FieldInfo(name="head", label="Head", type="text", max_length=12),
            FieldInfo(name="body", label="Body", type="text"),
            FieldInfo(name="of", label="Of", type="link"),
        ),
    ),
)
BEGIN, END = "2026-06-10T13:00:00+00:00", "2026-06-10T14:00:00+00:00"


def pairing(ledger: Ledger, ids: Callable[[], str], *, back: bool = False) -> Pairing:
    """What one system keeps apart the other keeps together; `back` is the way back."""
    mappings = {Side.LEFT: TOGETHER if back else APART, Side.RIGHT: APART if back else TOGETHER}
    objects = {Side.LEFT: OTHER if back else ONE, Side.RIGHT: ONE if back else OTHER}
    required = {"records": frozenset({"body"}), "dates": frozenset({"start", "stop"}), "notes": frozenset({"text"})}
    return Pairing(
        ledger,
        ids,
        mappings=mappings,
        objects=objects,
        kinds=moving.KINDS,
        required=required,
        keyless=frozenset({"notes"}),
    )


def look(made: Pairing, *, read_us: int | None = None) -> Round:
    made.read()
    with at_migration(made, room=moving.room_of(ROOM)) as table:
        return moving.look(table, read_us=read_us)


def carry(made: Pairing, done: Round) -> None:
    assert done.plan is not None
    with at_migration(made, room=moving.room_of(ROOM)) as table:
        approving.apply_plan(table, done.plan, Approval("me"))


def test_each_is_made_in_the_object_of_its_type_and_what_is_bent_is_told(
    ledger: Ledger, ids: Callable[[], str]
) -> None:
    made = pairing(ledger, ids)
    company = made.left.put("companies", {"title": "ACME"})
    made.left.put("calls", {"title": "Called", "about": company})
    made.left.put("meetings", {"title": "Visit", "about": company, "begin": BEGIN, "end": END})
    made.left.put("meetings", {"title": "A meeting without an end", "about": company, "begin": BEGIN})
    made.left.put("notes", {"title": "Scope", "text": "Wants it soon.", "about": company})
    done = look(made)
    carry(made, done)
    (customer,) = made.right.live("customers")
    records = {
        str(row.fields["head"]): (row.fields["sort"], row.fields.get("body"), row.fields["of"])
        for row in made.right.live("records")
    }
    assert records == {
        "Called": ("phone", "Called", customer.external_id),
        "A meeting w…": ("remark", "A meeting without an end", customer.external_id),
        "Scope": ("remark", "Wants it soon.", customer.external_id),
    }
    (date,) = made.right.live("dates")
    assert (date.fields["head"], date.fields["of"]) == ("Visit", customer.external_id)
    with at_migration(made, room=moving.room_of(ROOM)) as table, made.ledger.read() as tx:
        told = {(one.about, one.reason, one.count) for one in left_behind(tx, table.pair, done.draft)}
    assert ("type", "{value} is made as {shows} in {object} of {to}", 1) in told
    assert ("subject", "cut to the {most} characters that {object} of {to} takes", 1) in told
    assert (
        "content",
        "{object} of {to} takes no record without it: another text of the record stands there",
        2,
    ) in told
    after = look(made)
    assert after.plan is None, "a form of its own is nobody's edit"
    with at_migration(made, room=moving.room_of(ROOM)) as table, made.ledger.read() as tx:
        still = {(one.about, one.reason, one.count) for one in left_behind(tx, table.pair, after.draft)}
    assert still == told, "what was bent is told as long as it stands so"
    note = made.left.live("notes")[0]
    made.left.edit("notes", note.external_id, {"text": "Wants it now."})
    carry(made, look(made))
    assert {row.fields.get("body") for row in made.right.live("records")} >= {"Wants it now."}
    assert look(made).plan is None


def unanswered(monkeypatch: pytest.MonkeyPatch, *, is_made: bool) -> None:
    """Nobody answers to the creates of notes, once."""
    real, lost = applying._send, [True]

    def send(batch: Sequence[Write], target: Target) -> Sequence[Outcome]:
        if not lost or batch[0].object != "notes":
            return real(batch, target)
        lost.clear()
        if is_made:
            real(batch, target)
        return [Unknown("no answer") for _ in batch]

    monkeypatch.setattr(applying, "_send", send)


@pytest.mark.parametrize("is_made", [True, False])
def test_a_note_that_carries_no_key_is_known_by_what_it_holds(
    ledger: Ledger, ids: Callable[[], str], monkeypatch: pytest.MonkeyPatch, *, is_made: bool
) -> None:
    made = pairing(ledger, ids, back=True)
    customer = made.left.put("customers", {"name": "ACME"})
    for number in range(3):
        made.left.put("records", {"sort": "remark", "head": f"N{number}", "body": "As said", "of": customer})
    stranger = made.right.put("notes", {"title": "N0", "text": "Somebody's own"})
    unanswered(monkeypatch, is_made=is_made)
    carry(made, look(made))
    assert len(made.right.live("notes")) == (4 if is_made else 1)
    early = look(made, read_us=made.around().now_us())
    assert early.plan is None, "found, or perhaps still under way"
    made.clock.advance(600)
    late = look(made, read_us=made.around().now_us())
    if not is_made:
        carry(made, late)
    assert look(made, read_us=made.around().now_us()).plan is None
    held = sorted(str(row.fields["title"]) for row in made.right.live("notes") if row.external_id != stranger)
    assert held == ["N0", "N1", "N2"]
    first = made.left.live("records")[0]
    made.left.edit("records", first.external_id, {"body": "Said otherwise"})
    carry(made, look(made))
    assert [row.fields["text"] for row in made.right.live("notes")].count("Said otherwise") == 1
