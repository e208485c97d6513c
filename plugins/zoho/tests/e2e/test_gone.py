"""Deletions that no list tells any more, and records that are only out of sight."""

from tests.systems.clock import Clock

from crmbridge.app import following
from crmbridge.app.bridge import Bridge
from crmbridge.ledger import connections, hints
from crmbridge.ledger.hints import Hint
from crmbridge.model.instants import to_us

from .acme import Acme
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
    code, left = follow(acme, clock, ("Deals", hidden), ("Deals", gone))
    assert (code, left) == (0, [])
    found = acme.lifecycles("Deals")
    assert (found[hidden], found[gone]) == ("active", "deleted")
    org.act("unhide")
    acme.sync()
    acme.check()


def test_a_hint_of_a_module_that_may_not_be_read_holds_up_no_other(acme: Acme, org: Org, clock: Clock) -> None:
    acme.sync()
    deal, account = next(iter(org.records("Deals"))), next(iter(org.records("Accounts")))
    org.edit("Deals", deal, Next_Step="hinted")
    org.act("set_permission", module="Accounts", allowed=False)
    code, left = follow(acme, clock, ("Accounts", account), ("Deals", deal))
    org.act("set_permission", module="Accounts", allowed=True)
    assert (code, left) == (4, [])
    assert acme.neutral()["Deals"][deal]["next_step"] == "hinted"
    org.fault("server_error", module="Accounts", times=-1)
    code, left = follow(acme, clock, ("Accounts", account), ("Deals", deal))
    org.act("faults/clear")
    assert (code, [hint.object for hint in left]) == (5, ["Accounts"]), "that one may be read later"


def follow(acme: Acme, clock: Clock, *pairs: tuple[str, str]) -> tuple[int, list[Hint]]:
    """The exit code of reading these hints, and those that still wait."""
    with Bridge.open(acme.folder, environ=acme.environ) as bridge:
        ledger = bridge.wiring.ledger
        with ledger.begin() as tx:
            (crm,) = (row.id for row in connections.listing(tx))
            hints.put(tx, crm, pairs, now_us=to_us(clock()))
        (followed,) = following.follow(bridge.wiring)
        with ledger.read() as tx:
            return followed.exit_code, hints.waiting(tx, crm)
