"""What people did with a lead that has become something belongs, after a migration, to what it has become."""

from collections.abc import Callable

import pytest

from crmbridge.ledger.engine import Ledger
from crmbridge.sync.twoway import approving, moving
from crmbridge.sync.twoway.approving import Approval
from crmbridge.sync.twoway.left_behind import left_behind
from crmbridge.sync.twoway.merging import Side
from crmbridge.sync.twoway.rounds import Round

from .moving_table import at_migration
from .pairing import Pairing

PARTIES = """
format = 1
[objects.firms]
kind = "account"
fields = { name = "title" }
[objects.people]
kind = "contact"
fields = { full_name = "title" }
[objects.chances]
kind = "deal"
fields = { name = "title", account = { from = "firm", object = "firms" } }
[objects.leads]
kind = "lead"
[objects.leads.fields]
full_name = "title"
converted = "done"
converted_account = { from = "firm", object = "firms" }
converted_contact = { from = "person", object = "people" }
converted_deal = { from = "chance", object = "chances" }
[objects.calls]
kind = "activity"
[objects.calls.fields]
type = { value = "call" }
subject = "title"
"""
LINKS = "".join(
    f'{name} = {{ from = "{source}", object = "{target}" }}\n'
    for name, source, target in (
        ("lead", "of_lead", "leads"),
        ("account", "of_firm", "firms"),
        ("contact", "of_person", "people"),
        ("deal", "of_chance", "chances"),
    )
)
CALLS = ("title", "of_lead", "of_firm", "of_person", "of_chance")
OBJECTS = {
    "firms": ("title",),
    "people": ("title",),
    "chances": ("title", "firm"),
    "leads": ("title", "done", "firm", "person", "chance"),
    "calls": CALLS,
}


@pytest.fixture
def made(ledger: Ledger, ids: Callable[[], str]) -> Pairing:
    sides = dict.fromkeys(Side, PARTIES + LINKS)
    return Pairing(ledger, ids, mappings=sides, objects=dict.fromkeys(Side, OBJECTS), kinds=moving.KINDS)


def carried(made: Pairing) -> Round:
    made.read()
    with at_migration(made) as table:
        done = moving.look(table)
    if done.plan is not None:
        with at_migration(made) as table:
            approving.apply_plan(table, done.plan, Approval("me"))
    return done


def calls(made: Pairing) -> dict[str, tuple[str | None, ...]]:
    """For each call what it is about, by names: lead, account, contact, deal."""
    called = {row.external_id: str(row.fields["title"]) for name in OBJECTS for row in made.right.live(name)}
    return {
        str(row.fields["title"]): tuple(called.get(str(row.fields.get(name))) for name in CALLS[1:])
        for row in made.right.live("calls")
    }


def test_what_was_done_with_a_converted_lead_belongs_to_what_it_has_become(made: Pairing) -> None:
    firm, other = (made.left.put("firms", {"title": title}) for title in ("ACME", "Other"))
    person = made.left.put("people", {"title": "Li"})
    chance = made.left.put("chances", {"title": "Pumps", "firm": firm})
    become = {"title": "Li of ACME", "done": True, "firm": firm, "person": person, "chance": chance}
    leads = made.left.put("leads", become), made.left.put("leads", {"title": "Bo"})
    made.left.put("calls", {"title": "of both", "of_lead": leads[0]})
    made.left.put("calls", {"title": "of its own", "of_lead": leads[0], "of_firm": other})
    made.left.put("calls", {"title": "of a lead", "of_lead": leads[1]})
    carried(made)
    assert calls(made) == {
        "of both": (None, "ACME", "Li", "Pumps"),
        "of its own": (None, "Other", "Li", "Pumps"),
        "of a lead": ("Bo", None, None, None),
    }
    assert carried(made).plan is None


def test_a_link_to_a_lead_of_which_nobody_knows_what_it_has_become_is_told(made: Pairing) -> None:
    lead = made.left.put("leads", {"title": "Li", "done": True})
    made.left.put("calls", {"title": "Called", "of_lead": lead})
    done = carried(made)
    assert calls(made) == {"Called": (None,) * 4}
    with at_migration(made) as table, made.ledger.read() as tx:
        told = [(one.kind, one.about, one.count, one.reason) for one in left_behind(tx, table.pair, done.draft)]
    assert ("activity", "lead", 1, "what {field} points at is not in this system yet") in told
