"""Records of two sources are one where it is certain, and only there."""

import pytest
from tests.sync.fakes import Crm
from tests.sync.world import MAPPING, World

from crmbridge.sync import identity

ONE, OTHER = "91310000MA1K35XY12", "91310000MA1K35XY34"


def pair(world: World) -> tuple[Crm, Crm]:
    return world.add("books"), world.add("shop")


def account(crm: Crm, external_id: str, reg: str | None, **fields: object) -> None:
    crm.store.put("accounts", {"name": external_id, "reg": reg, **fields}, external_id=external_id)


def refs(world: World) -> set[frozenset[str]]:
    return {
        frozenset(f"{ref['connection']}:{ref['vendor_id']}" for ref in record["refs"])
        for record in world.public("account").values()
    }


def test_a_hard_key_joins_records_of_two_connections(world: World) -> None:
    books, shop = pair(world)
    account(books, "b1", ONE)
    account(books, "b2", OTHER)
    account(shop, "s1", ONE)
    account(shop, "s2", None)
    shop.store.put("deals", {"name": "Deal", "stage": "New", "account": "s1"}, external_id="d1")
    world.sync()
    assert refs(world) == {frozenset({"books:b1", "shop:s1"}), frozenset({"books:b2"}), frozenset({"shop:s2"})}
    one = world.public("account")["b1"]
    assert one["name"] == "b1", "the row is of the connection that had it first"
    assert [ref["connection"] for ref in one["refs"]] == ["books", "shop"]
    assert world.public("deal")["d1"]["account"] == one["id"]
    with world.nothing_written():
        world.sync()


def test_what_the_joining_connection_edits_or_deletes_does_not_touch_the_row(world: World) -> None:
    books, shop = pair(world)
    account(books, "b1", ONE)
    account(shop, "s1", ONE)
    world.sync()
    before = world.public("account")
    shop.store.edit("accounts", "s1", {"name": "Theirs"})
    world.sync()
    shop.store.delete("accounts", "s1")
    result = world.sync()
    assert world.public("account") == before
    assert sum(step.counts.deleted for step in result.steps) == 0
    books.store.delete("accounts", "b1")
    world.sync()
    assert world.public("account")["b1"]["lifecycle"] == "deleted"


def test_a_mapping_without_keys_any_more_keeps_what_was_joined(world: World) -> None:
    books, shop = pair(world)
    account(books, "b1", ONE)
    account(shop, "s1", ONE)
    world.sync()
    world.edit_mapping('keys = ["registration_no"]', "", "shop")
    shop.store.edit("accounts", "s1", {"name": "Theirs"})
    world.sync()
    assert refs(world) == {frozenset({"books:b1", "shop:s1"})}
    assert world.public("account")["b1"]["name"] == "b1"


@pytest.mark.parametrize("order", [("b1", "b2", "s1"), ("s1", "b1", "b2")])
def test_a_value_that_two_records_of_one_connection_share_links_nothing(world: World, order: tuple[str, ...]) -> None:
    crms = dict(zip("bs", pair(world), strict=True))
    for external_id in order:
        account(crms[external_id[0]], external_id, ONE)
    world.sync()
    assert refs(world) == {frozenset({"books:b1"}), frozenset({"books:b2"}), frozenset({"shop:s1"})}


def test_two_newcomers_with_one_key_link_nothing_even_where_the_first_stands_alone(world: World) -> None:
    books, shop = pair(world)
    account(books, "b1", ONE)
    account(shop, "s1", ONE)
    account(shop, "s2", ONE)
    world.sync()
    assert len(refs(world)) == 3
    shop.page_size = 1
    third = world.add("web", page_size=1)
    account(third, "w1", OTHER)
    account(third, "w2", ONE)
    world.sync()
    assert len(refs(world)) == 5


@pytest.mark.parametrize("page_size", [1, 2, 3])
def test_a_key_that_is_shared_on_a_later_page_of_a_run_joins_nobody(world: World, page_size: int) -> None:
    books, shop = pair(world)
    account(books, "b1", ONE)
    account(books, "b2", OTHER)
    shop.page_size = page_size
    for external_id, reg in (("s1", ONE), ("s2", OTHER), ("s3", ONE), ("s4", ONE)):
        account(shop, external_id, reg)
    shop.store.put("deals", {"name": "Deal", "stage": "New", "account": "s1"}, external_id="d1")
    world.sync()
    alone = [frozenset({name}) for name in ("books:b1", "shop:s1", "shop:s3", "shop:s4")]
    assert refs(world) == {*alone, frozenset({"books:b2", "shop:s2"})}
    accounts = world.public("account")
    assert accounts["s1"]["name"] == "s1"
    assert world.public("deal")["d1"]["account"] == accounts["s1"]["id"]
    with world.nothing_written():
        world.sync()


def test_a_second_that_comes_in_a_later_run_parts_nobody(world: World) -> None:
    books, shop = pair(world)
    account(books, "b1", ONE)
    account(shop, "s1", ONE)
    world.sync()
    account(shop, "s2", ONE)
    world.sync()
    assert refs(world) == {frozenset({"books:b1", "shop:s1"}), frozenset({"shop:s2"})}


def test_keys_that_lead_to_two_records_join_neither(world: World) -> None:
    both = MAPPING.replace('keys = ["registration_no"]', 'keys = ["registration_no", "website"]').replace(
        'registration_no = "reg"', 'registration_no = "reg"\nwebsite = "phone"'
    )
    books, shop = world.add("books", both), world.add("shop", both)
    account(books, "b1", ONE, phone="a.example")
    account(books, "b2", OTHER, phone="b.example")
    account(shop, "s1", ONE, phone="b.example")
    account(shop, "s2", None, phone="a.example")
    world.sync()
    assert refs(world) == {frozenset({"books:b1", "shop:s2"}), frozenset({"books:b2"}), frozenset({"shop:s1"})}


def test_a_mended_key_points_nowhere_any_more(world: World) -> None:
    books, shop = pair(world)
    account(books, "b1", ONE)
    world.sync()
    books.store.edit("accounts", "b1", {"reg": OTHER})
    account(shop, "s1", ONE)
    world.sync()
    assert refs(world) == {frozenset({"books:b1"}), frozenset({"shop:s1"})}
    account(shop, "s2", OTHER)
    world.sync()
    assert frozenset({"books:b1", "shop:s2"}) in refs(world)


def test_a_record_is_joined_by_what_another_system_still_holds_of_it(world: World) -> None:
    books, shop = pair(world)
    account(books, "b1", ONE)
    account(shop, "s1", ONE)
    world.sync()
    books.store.delete("accounts", "b1")
    world.sync()
    account(world.add("till"), "t1", ONE)
    world.sync()
    assert refs(world) == {frozenset({"books:b1", "shop:s1", "till:t1"})}


def test_nothing_joins_a_deleted_record(world: World) -> None:
    books, shop = pair(world)
    account(books, "b1", ONE)
    world.sync()
    books.store.delete("accounts", "b1")
    account(shop, "s1", ONE)
    world.sync()
    found = world.public("account")
    assert (found["b1"]["lifecycle"], found["s1"]["lifecycle"]) == ("deleted", "active")


def test_an_endless_value_is_no_key(world: World) -> None:
    books, shop = pair(world)
    account(books, "b1", "9" * 3000)
    account(shop, "s1", "9" * 3000)
    assert world.sync().exit_code == 0
    assert len(refs(world)) == 2


# -- people: of a list each value is a key, a surer key that differs keeps apart, and what many share joins nothing

PEOPLE = """
format = 1
[objects.accounts]
kind = "KIND"
keys = ["emails", "phones"]
[objects.accounts.fields]
full_name = "name"
emails = { from = "reg", separator = ";" }
phones = { from = "phone", region = "CN", separator = ";" }
"""


def people(world: World, kind_name: str = "contact", *, left: list[tuple[str, str, str]], right: list[str]) -> int:
    """How many of the right one's persons are joined to one of the left one's, each (id, addresses, telephones)."""
    mapping = PEOPLE.replace("KIND", kind_name)
    one, other = world.add("books", mapping), world.add("shop", mapping)
    for external_id, mail, phone in left:
        account(one, external_id, mail, phone=phone)
    for number, text in enumerate(right):
        mail, _, phone = text.partition("|")
        account(other, f"s{number}", mail, phone=phone)
    world.sync()
    return sum(len(record["refs"]) == 2 for record in world.public(kind_name).values())


LI = ("b1", "li@acme.example;Li.Wei@home.example", "13800138000")


@pytest.mark.parametrize("kind_name", ["contact", "lead"])
@pytest.mark.parametrize(
    ("right", "joined"),
    [
        ("LI.WEI@HOME.example", 1),
        ("other@x.example;li@acme.example|+86 138 0013 8000", 1),
        ("|+86 138-0013-8000", 1),
        ("wang@acme.example|13800138000", 0),
        ("|12345", 0),
        ("", 0),
    ],
)
def test_any_address_or_telephone_of_a_person_is_a_key(world: World, kind_name: str, right: str, joined: int) -> None:
    assert people(world, kind_name, left=[LI], right=[right]) == joined


def test_what_many_share_joins_nobody(world: World) -> None:
    left = [("b1", "info@acme.example", "021 6100 0000"), ("b2", "", "021 6100 0000")]
    assert people(world, left=left, right=["info@acme.example", "|021 6100 0000"]) == 0


def test_of_a_company_even_info_is_its_own_address() -> None:
    assert identity.key_values("account", "emails", '["Info@acme.example"]') == ["info@acme.example"]
    assert identity.key_values("contact", "emails", '["Info@acme.example"]') == []


def test_an_address_that_was_taken_away_joins_nobody_any_more(world: World) -> None:
    assert people(world, left=[LI], right=[]) == 0
    world.crms["books"].store.edit("accounts", "b1", {"reg": "li@acme.example"})
    world.sync()
    account(world.crms["shop"], "s9", "li.wei@home.example")
    world.sync()
    assert len(world.public("contact")) == 2
