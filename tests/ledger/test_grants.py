"""What a connection may write, on both engines."""

from crmbridge.ledger import grants
from crmbridge.ledger.engine import Ledger
from crmbridge.ledger.grants import Grant
from crmbridge.model.modes import weaker


def test_the_last_grant_holds_and_can_be_taken_back(ledger: Ledger) -> None:
    with ledger.begin() as tx:
        assert grants.given(tx, 1) is None
        grants.give(tx, 1, Grant("fields", ("account.tier", "score"), "Li", 10))
        grants.give(tx, 2, Grant("tasks", (), "Li", 10))
        grants.give(tx, 1, Grant("two-way", (), "Wang", 20))
    with ledger.begin() as tx:
        assert grants.given(tx, 1) == Grant("two-way", (), "Wang", 20)
        assert grants.given(tx, 2) == Grant("tasks", (), "Li", 10)
        grants.take_back(tx, 1)
        assert grants.given(tx, 1) is None


def test_named_fields_are_allowed_and_no_others() -> None:
    grant = Grant("fields", ("account.tier", "score"), "Li", 10)
    assert grant.allows("account", "tier")
    assert not grant.allows("lead", "tier")
    assert grant.allows("lead", "score")
    assert not grant.allows("lead", "name")
    assert Grant("two-way", (), "Li", 10).allows("lead", "name")
    assert not Grant("tasks", (), "Li", 10).allows("lead", "name")


def test_the_weaker_of_two_modes_holds() -> None:
    assert weaker("two-way", "tasks") == weaker("tasks", "fields") == "tasks"
    assert weaker("read-only", "two-way") == "read-only"
