"""Objects that an account may lack, and references whose ids may be of either of two objects."""

from collections.abc import Mapping, Sequence

from tests.sync.fakes import OBJECTS, Crm
from tests.sync.world import MAPPING, World

from crmbridge.testing.memory import MemoryStore

EITHER = (
    MAPPING
    + """
[objects.old_deals]
kind = "deal"
optional = true
[objects.old_deals.fields]
name = "name"
stage = "stage"
[objects.leads]
kind = "lead"
[objects.leads.fields]
full_name = "name"
converted_deal = { from = "deal", object = ["deals", "old_deals"] }
"""
)
LEADS = {"leads": ("name", "deal")}
OLD = {"old_deals": ("name", "stage")}


def added(world: World, objects: Mapping[str, Sequence[str]]) -> Crm:
    return world.add(mapping=EITHER, store=MemoryStore(objects))


def grown(store: MemoryStore, objects: Mapping[str, Sequence[str]]) -> MemoryStore:
    """The same store with more objects."""
    more = MemoryStore({**store.objects, **objects}, clock=store.clock, change_no=store.change_no)
    more._rows |= store._rows
    return more


def test_an_object_that_the_source_lacks_is_left_alone(world: World) -> None:
    crm = added(world, {**OBJECTS, **LEADS})
    for name in ("deals", "accounts", "users", "leads"):
        crm.store.put(name, {"name": name}, external_id=name)
    for _ in range(2):
        result = world.sync()
        assert result.exit_code == 0
        assert {step.object for step in result.steps} == {"deals", "accounts", "users", "leads"}
    assert all(request.object != "old_deals" for request in crm.asked)


def test_it_is_read_once_the_source_has_it(world: World) -> None:
    crm = added(world, {**OBJECTS, **LEADS})
    crm.store.put("deals", {"name": "New"}, external_id="d1")
    world.sync()
    crm.store = grown(crm.store, OLD)
    crm.store.put("old_deals", {"name": "Old"}, external_id="o1")
    world.sync()
    assert {one["name"] for one in world.public("deal").values()} == {"New", "Old"}


def test_a_reference_finds_its_record_in_either_object(world: World) -> None:
    crm = added(world, {**OBJECTS, **LEADS, **OLD})
    crm.store.put("deals", {"name": "New"}, external_id="d1")
    crm.store.put("old_deals", {"name": "Old"}, external_id="o1")
    crm.store.put("leads", {"name": "A", "deal": "d1"}, external_id="l1")
    crm.store.put("leads", {"name": "B", "deal": "o1"}, external_id="l2")
    crm.store.put("leads", {"name": "C", "deal": "later"}, external_id="l3")
    world.sync()
    deals, leads = world.public("deal"), world.public("lead")
    assert leads["l1"]["converted_deal"] == deals["d1"]["id"]
    assert leads["l2"]["converted_deal"] == deals["o1"]["id"]
    assert leads["l3"]["converted_deal"] is None
    crm.store.put("old_deals", {"name": "Late"}, external_id="later")
    world.sync()
    assert world.public("lead")["l3"]["converted_deal"] == world.public("deal")["later"]["id"]


def test_an_object_that_was_read_and_is_shown_no_more_is_told_and_loses_nothing(world: World) -> None:
    crm = added(world, {**OBJECTS, **LEADS, **OLD})
    crm.store.put("deals", {"name": "New"}, external_id="d1")
    crm.store.put("old_deals", {"name": "Old"}, external_id="o1")
    world.sync()
    whole = crm.store
    crm.store = MemoryStore({**OBJECTS, **LEADS}, clock=whole.clock, change_no=whole.change_no)
    crm.store.put("deals", {"name": "Newer"}, external_id="d2")
    for _ in range(2):
        result = world.sync()
        assert result.exit_code == 4
        assert {step.object for step in result.steps if step.error is not None} == {"old_deals"}
        assert {"Old", "Newer"} <= {one["name"] for one in world.public("deal").values()}
    crm.store = whole
    assert world.sync().exit_code == 0
