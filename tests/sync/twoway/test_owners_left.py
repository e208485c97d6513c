"""A migration tells owners who are nobody at the receiver's by name, and carries of a list what there is room for."""

from collections.abc import Callable
from dataclasses import replace

import orjson

from crmbridge.ledger import outbox
from crmbridge.ledger.engine import Ledger
from crmbridge.sync.twoway import moving
from crmbridge.sync.twoway.merging import Side
from crmbridge.sync.twoway.unreceived import Untaken, strangers

from .pairing import Pairing

MAPPING = """
format = 1
[objects.people]
kind = "user"
keys = ["email"]
fields = {{ name = "name", email = "mail" }}
[objects.firms]
kind = "account"
fields = {{ name = "title", owner = {{ from = "boss", object = "people" }}, emails = {emails} }}
"""
OBJECTS = {"people": ("name", "mail"), "firms": ("title", "boss", "mails")}


def pairing(ledger: Ledger, ids: Callable[[], str]) -> Pairing:
    few = MAPPING.format(emails='{ from = "mails", most = 1 }')
    mappings = {Side.LEFT: MAPPING.format(emails='{ from = "mails", separator = "," }'), Side.RIGHT: few}
    objects = dict.fromkeys(Side, OBJECTS)
    made = Pairing(ledger, ids, mappings=mappings, objects=objects, kinds=("account",))
    li, bo = (made.left.put("people", {"name": one, "mail": f"{one}@acme.example"}) for one in ("li", "bo"))
    made.right.put("people", {"name": "li", "mail": "li@acme.example"})
    for title, boss in (("A", li), ("B", bo), ("C", bo), ("D", None)):
        made.left.put("firms", {"title": title, "boss": boss, "mails": "b@x.example, a@x.example"})
    return made


def told(made: Pairing, email: str | None) -> list[Untaken]:
    made.read()
    with made.table() as table, made.ledger.begin() as tx:
        owner = moving._user(tx, email, table.pair.right.connection_id, "right")
        return list(strangers(tx, moving.one_way(table.pair, stand_in=owner), "account"))


def test_owners_who_are_nobody_there_are_told_by_name(ledger: Ledger, ids: Callable[[], str]) -> None:
    made = pairing(ledger, ids)
    assert [(one.about, one.count, one.reason, one.params["who"]) for one in told(made, None)] == [
        ("owner", 2, "{who} is nobody in {to}", "bo")
    ]
    stood_in = [
        (one.count, one.reason, one.params["who"], one.params["owner"]) for one in told(made, "li@acme.example")
    ]
    assert stood_in == [
        (2, "{who} is nobody in {to}: {owner} owns these there", "bo", "li"),
        (1, "nobody owns these: {owner} does in {to}", "", "li"),
    ]


def test_of_a_list_what_there_is_room_for_is_made_and_the_rest_is_nobodys_edit(
    ledger: Ledger, ids: Callable[[], str]
) -> None:
    made = pairing(ledger, ids)
    made.read()

    with made.table() as table:
        pair = moving.one_way(table.pair)
        done = moving.look(
            replace(
                table, pair=pair, left=replace(table.left, end=pair.left), right=replace(table.right, end=pair.right)
            )
        )
    assert done.plan is not None
    with made.ledger.read() as tx:
        (first, *_) = outbox.of_plan(tx, done.plan.id)
    line = next(one for one in orjson.loads(first.lines) if one["field"] == "emails")
    assert (line["to"], line["shows"]) == (["a@x.example", "b@x.example"], ["a@x.example"])
    assert orjson.loads(first.fields)["mails"] in ("a@x.example", ["a@x.example"])
