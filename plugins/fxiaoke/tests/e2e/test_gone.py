"""Records that are there no more, or only out of sight: what was never 作废 is deleted by nothing but a sweep."""

import pytest

from .acme import Acme
from .org import GET, QUERY, Org

WIDE = pytest.mark.fxiaoke_matrix


def test_a_hidden_record_is_not_deleted(acme: Acme, org: Org) -> None:
    """Lost to the acting employee's eyes: owner, team or department changed (dossier 7.4)."""
    acme.sync()
    hidden = list(org.records(org.deals))[:15]
    org.act("hide", module=org.deals, record_ids=hidden)
    for _ in range(3):
        org.advance(25 * 3600)
        acme.sync()
    assert all(acme.lifecycles(org.deals)[key] == "active" for key in hidden)
    org.act("unhide")
    acme.sync()
    acme.check()


@WIDE
def test_a_vanished_record_is_kept_unless_the_employee_sees_all(acme: Acme, org: Org) -> None:
    """Deleted past the recycle bin, of which Fxiaoke says nothing: a sweep finds it, and asks again an hour later."""
    gone = org.make_deals(1)[0]
    acme.sync()
    org.act("delete", module=org.deals, record_id=gone)
    for _ in range(2):
        org.advance(25 * 3600)
        acme.sync()
    assert acme.lifecycles(org.deals)[gone] == "active"
    acme.configure(vanished="deleted", sweep_hours=2)
    lifecycles = []
    for _ in range(5):
        org.advance(3 * 3600)
        acme.sync()
        lifecycles.append(acme.lifecycles(org.deals)[gone])
    assert lifecycles[0] == "active"
    assert lifecycles[-1] == "deleted"
    acme.check()


@WIDE
def test_more_invalidations_than_a_page_are_found(acme: Acme, org: Org) -> None:
    """Also where 作废 moves no time."""
    for moves in (True, False):
        org.switch(invalid_moves_modified=moves)
        made = org.make_deals(45)
        acme.settle(acme.zone)
        acme.configure(page_size=10)
        acme.sync()
        org.advance(3600)
        org.invalidate(org.deals, *made)
        acme.sync()
        assert {acme.lifecycles(org.deals)[key] for key in made} == {"deleted"}
        acme.check()
    org.switch(invalid_moves_modified=True)


def test_an_empty_answer_by_mistake_deletes_nothing(acme: Acme, org: Org) -> None:
    acme.sync()
    org.advance(3600)
    org.fault("empty_list", path=QUERY, times=-1)
    acme.run("sync")
    org.reset()
    acme.sync()
    acme.check()


@WIDE
def test_an_id_that_is_not_found_is_no_deletion(acme: Acme, org: Org) -> None:
    acme.sync()
    org.advance(3600)
    org.fault("error", path=GET, code=320001001, message="数据不存在", times=-1)
    org.act("edit_some", module=org.deals, count=5)
    acme.run("sync")
    org.reset()
    acme.sync()
    acme.check()
