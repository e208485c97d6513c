"""A migration is taken back although the new system cut the name of a person into its parts by itself."""

from collections.abc import Callable

import pytest

from crmbridge.ledger import plans
from crmbridge.ledger.engine import Ledger
from crmbridge.sync.twoway import approving, moving
from crmbridge.sync.twoway.approving import Approval
from crmbridge.sync.twoway.merging import Side
from crmbridge.sync.twoway.undoing import undo

from .moving_table import at_migration
from .pairing import Pairing

WHOLE = 'format = 1\n[objects.people]\nkind = "contact"\nfields = { full_name = "name" }\n'
PARTS = WHOLE.replace('"name" }', '"name", given = "first", family = "last" }')
OBJECTS = {"people": ("name", "first", "last")}


@pytest.mark.parametrize(
    ("last", "kept"), [("van Berg", []), ("Berger", [("family", "somebody has touched it since")])]
)
def test_the_parts_of_a_name_are_nobodys_edit(
    ledger: Ledger, ids: Callable[[], str], last: str, kept: list[tuple[str, str]]
) -> None:
    mappings = {Side.LEFT: WHOLE, Side.RIGHT: PARTS}
    made = Pairing(ledger, ids, mappings=mappings, objects=dict.fromkeys(Side, OBJECTS), kinds=("contact",))
    made.left.put("people", {"name": "Mara van Berg"})
    made.read()
    with at_migration(made) as table:
        done = moving.look(table)
    assert done.plan is not None
    with at_migration(made) as table:
        approving.apply_plan(table, done.plan, Approval("me"))
    (person,) = made.right.live("people")
    made.right.edit("people", person.external_id, {"first": "Mara", "last": last})
    made.read()
    with at_migration(made) as table, table.session.begin() as tx:
        plan = plans.get(tx, done.plan.name)
        back = undo(tx, plan, [table.right], name="back", basis=plan.basis, now_us=table.session.around.now_us())
    assert [(one.about, one.reason) for one in back.kept] == kept
    assert len(back.writes) == 1 - len(kept)
