"""A reference finds its target in whatever order the two arrive."""

import itertools

import pytest
from tests.sync.world import World

ORDERS = [*itertools.permutations(("deals", "accounts", "users"))]


def enter(world: World, object_name: str) -> None:
    fields = {
        "deals": {"name": "Deal", "stage": "New", "account": "a1", "owner": "u1"},
        "accounts": {"name": "Account", "owner": "u1"},
        "users": {"name": "User"},
    }
    world.crms["books"].store.put(object_name, fields[object_name], external_id=object_name[0] + "1")


def check(world: World) -> None:
    deal, account, user = (world.public(name)[i] for name, i in (("deal", "d1"), ("account", "a1"), ("user", "u1")))
    assert (deal["account"], deal["owner"], account["owner"]) == (account["id"], user["id"], user["id"])


@pytest.mark.parametrize("order", ORDERS)
def test_over_runs(world: World, order: tuple[str, ...]) -> None:
    world.add()
    for object_name in order:
        enter(world, object_name)
        world.sync()
    check(world)
    with world.nothing_written():
        world.sync()


@pytest.mark.parametrize("is_backwards", [False, True])
def test_over_pages(world: World, is_backwards: bool) -> None:  # noqa: FBT001 - a case
    crm = world.add(lists=True, page_size=1, is_backwards=is_backwards)
    for n in range(4):
        boss = f"u{(n + 1) % 4}"
        crm.store.put("accounts", {"name": f"Account {n}", "owner": boss}, external_id=f"a{n}")
        crm.store.put("users", {"name": f"User {n}"}, external_id=f"u{n}")
    world.sync()
    users = {i: record["id"] for i, record in world.public("user").items()}
    assert [world.public("account")[f"a{n}"]["owner"] for n in range(4)] == [users[f"u{(n + 1) % 4}"] for n in range(4)]


def test_a_target_that_waits_in_quarantine_is_found_when_it_is_mended(world: World) -> None:
    crm = world.add()
    for object_name in ("deals", "users"):
        enter(world, object_name)
    crm.store.put("accounts", {"name": None, "owner": "u1"}, external_id="a1")
    world.sync()
    assert world.public("deal")["d1"]["account"] is None
    world.edit_mapping('name = "name"\nregistration_no = "reg"', 'name = { value = "?" }\nregistration_no = "reg"')
    world.retry()
    check(world)


def test_a_filled_in_reference_has_a_new_change_number_and_only_it(world: World) -> None:
    world.add()
    enter(world, "deals")
    world.sync()
    before = world.change_numbers("deal")["d1"]
    enter(world, "accounts")
    world.sync()
    assert world.change_numbers("deal")["d1"] > before
    assert world.events("d1") == []


def test_a_reference_that_changes_follows(world: World) -> None:
    crm = world.add()
    for object_name in ("users", "accounts", "deals"):
        enter(world, object_name)
    crm.store.put("accounts", {"name": "Other"}, external_id="a2")
    world.sync()
    crm.store.edit("deals", "d1", {"account": "a2"})
    world.sync()
    assert world.public("deal")["d1"]["account"] == world.public("account")["a2"]["id"]
    crm.store.edit("deals", "d1", {"account": ""})
    world.sync()
    assert world.public("deal")["d1"]["account"] is None


def test_an_object_that_is_not_read_leaves_references_with_their_ids(world: World) -> None:
    world.add()
    world.edit_mapping('[objects.accounts]\nkind = "account"\n', '[objects.accounts]\nread = false\nkind = "account"\n')
    for object_name in ("deals", "accounts", "users"):
        enter(world, object_name)
    steps = world.sync().steps
    assert sorted(step.object for step in steps) == ["deals", "users"]
    assert (world.public("deal")["d1"]["account"], world.public("account")) == (None, {})
    world.edit_mapping("read = false\n", "")
    world.sync()
    check(world)
