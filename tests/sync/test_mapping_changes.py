"""A mended mapping reads what has landed again: without the source, and without making up history."""

from tests.sync.fakes import Crm
from tests.sync.world import World

from crmbridge.ledger import mappings, records
from crmbridge.model.kinds import kind


def filled(world: World) -> Crm:
    crm = world.add()
    crm.store.put("users", {"name": "User"}, external_id="1")
    crm.store.put("accounts", {"name": "Account", "owner": "1"}, external_id="1")
    for n in range(2500):
        deal = {"name": f"Deal {n}", "stage": "New", "amount": "1", "owner": "1", "account": "1"}
        crm.store.put("deals", deal, external_id=f"d{n}", tick=False)
    crm.page_size = 900
    return crm


def test_an_edited_mapping_is_applied_to_everything_and_then_costs_nothing(world: World) -> None:
    crm = filled(world)
    world.sync()
    crm.calls.clear()
    world.edit_mapping('currency = "USD"', 'currency = "CNY"')
    result = world.sync()
    assert [step.counts.updated for step in result.steps] == [0, 0, 2500]
    assert [step.counts.read for step in result.steps] == [0, 0, 0]
    assert {r["amount"]["currency"] for r in world.public("deal").values()} == {"CNY"}
    with world.nothing_written():
        world.sync()


def test_the_fields_that_a_source_cannot_supply_follow_the_mapping(world: World) -> None:
    filled(world)
    world.sync()
    assert "amount" not in world.public("deal")["d1"]["unknown"]
    world.edit_mapping('amount = { from = "amount", currency = "USD" }\n', "")
    world.sync()
    deal = world.public("deal")["d1"]
    assert "amount" in deal["unknown"]
    assert deal["amount"] is None
    with world.ledger.read() as tx:
        versions = mappings.unknown_fields(tx)
    assert ["amount" in version["deals"] for version in versions.values()] == [False, True]


def test_a_stage_that_is_mapped_otherwise_is_no_move(world: World) -> None:
    crm = filled(world)
    world.sync()
    world.edit_mapping('key = "new"', 'key = "fresh"')
    world.sync()
    assert world.public("deal")["d1"]["stage"] == "fresh"
    assert world.events("d1") == []
    assert world.moves("d1") == []
    crm.store.edit("deals", "d1", {"stage": "Talk"})
    world.edit_mapping('key = "fresh"', 'key = "newer"')
    world.sync()
    assert [(event.from_stage, event.to_stage) for event in world.events("d1")] == [("newer", "talk")]


def test_reading_again_is_not_seeing_again(world: World) -> None:
    filled(world)
    world.sync()
    before = world.public("deal")["d1"]
    world.edit_mapping('currency = "USD"', 'currency = "CNY"')
    world.sync()
    after = world.public("deal")["d1"]
    assert (after["first_seen_at"], after["last_seen_at"]) == (before["first_seen_at"], before["last_seen_at"])


def test_an_object_read_as_another_kind_leaves_nothing_behind(world: World) -> None:
    filled(world)
    world.sync()
    world.edit_mapping(
        '[objects.users]\nkind = "user"\n[objects.users.fields]\nname = "name"',
        '[objects.users]\nkind = "product"\n[objects.users.fields]\nname = "name"',
    )
    world.edit_mapping('owner = { from = "owner", object = "users" }\naccount', "account")
    world.edit_mapping('owner = { from = "owner", object = "users" }', "")
    result = world.sync()
    assert result.exit_code == 0
    assert world.public("user")["1"]["lifecycle"] == "deleted"
    assert world.public("product")["1"]["lifecycle"] == "active"


def test_a_reference_to_another_object_is_looked_up_again(world: World) -> None:
    crm = filled(world)
    crm.store.put("managers", {"name": "Manager"}, external_id="1")
    world.mappings["books"] += '[objects.managers]\nkind = "user"\n[objects.managers.fields]\nname = "name"\n'
    right, wrong = (f'owner = {{ from = "owner", object = "{name}" }}\naccount' for name in ("users", "managers"))
    world.edit_mapping(right, wrong)
    world.sync()
    world.edit_mapping(wrong, right)
    world.sync()
    with world.ledger.read() as tx:
        users = {r["refs"][0]["object"]: r["id"] for r in records.read(tx, kind("user"))}
    assert {r["owner"] for r in world.public("deal").values()} == {users["users"]}
    with world.nothing_written():
        world.sync()
