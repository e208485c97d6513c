"""Deletions that no list tells any more, and records that are only out of sight."""

from crmbridge.app import following
from crmbridge.app.bridge import Bridge
from crmbridge.ledger import connections, hints
from crmbridge.model.instants import to_us

from .acme import Acme
from .conftest import Clock
from .org import Org


def test_more_deletions_than_zoho_lists_are_found_by_id(acme: Acme, org: Org) -> None:
    """Zoho lists the newest first and stops (dossier 2.6): the older ones are told by nobody."""
    acme.configure(page_size=5)
    made = org.deals(20)
    acme.sync()
    org.advance(3600)
    org.switch(deleted_limit=10)
    for key in made:
        org.act("delete", module="Deals", record_id=key)
        org.advance(2)
    answer = acme.sync()
    org.switch(deleted_limit=2000)
    assert {acme.lifecycles("Deals")[key] for key in made} == {"deleted"}
    assert any(one["code"] == "deleted.capped" for one in answer.warnings)
    acme.check()


def test_a_hint_of_a_record_that_is_out_of_sight_deletes_nothing(acme: Acme, org: Org, clock: Clock) -> None:
    """It was given to somebody whose records the login may not see: by id it is not there (dossier 8)."""
    acme.sync()
    hidden, gone = list(org.records("Deals"))[:2]
    org.act("hide", module="Deals", record_ids=[hidden])
    org.act("delete", module="Deals", record_id=gone)
    with Bridge.open(acme.folder, environ=acme.environ) as bridge:
        with bridge.wiring.ledger.begin() as tx:
            (crm,) = (row.id for row in connections.listing(tx))
            hints.put(tx, crm, [("Deals", hidden), ("Deals", gone)], now_us=to_us(clock()))
        (followed,) = following.follow(bridge.wiring)
    assert followed.exit_code == 0
    found = acme.lifecycles("Deals")
    assert (found[hidden], found[gone]) == ("active", "deleted")
    org.act("unhide")
    acme.sync()
    acme.check()
