"""The same world in Zoho, in Fxiaoke and in files gives the same neutral records, field by field."""

from collections.abc import Iterator
from itertools import combinations, permutations

import pytest

from .exceptions import LACKING, OWN_WORDS, Field
from .records import Held, Record
from .worlds import PLACES, Place

pytestmark = pytest.mark.xdist_group("parity")
PAIRS = list(combinations(PLACES, 2))
KINDS = ("user", "account", "contact", "lead", "deal", "activity", "task")
COMPARED = {"user": 4, "account": 12, "contact": 11, "lead": 14, "deal": 20, "activity": 11, "task": 10}
"""So many fields of a kind are compared at least: fewer would prove little."""


def pairs(held: dict[str, Held], one: str, other: str, kind: str) -> Iterator[tuple[str, Record, Record]]:
    """Each record of both places: its key, and what each holds."""
    mine, theirs = held[one].records[kind], held[other].records[kind]
    for key, record in mine.items():
        yield key, record, theirs[key]


def known_fields(record: Record, other: Record, kind: str) -> list[str]:
    """The fields that both read."""
    hidden = {"unknown", *record["unknown"], *other["unknown"], *(name for of, name in OWN_WORDS if of == kind)}
    return [name for name in record if name not in hidden]


def test_every_place_holds_the_same_kinds_of_records(held: dict[str, Held]) -> None:
    assert {name: set(one.records) for name, one in held.items()} == {name: set(KINDS) for name in PLACES}


@pytest.mark.parametrize("kind", KINDS)
def test_every_record_is_in_all_three(held: dict[str, Held], kind: str) -> None:
    keys = [set(held[name].records[kind]) for name in PLACES]
    assert len(keys[0]) > 5
    assert keys[0] == keys[1] == keys[2]


def differing(held: dict[str, Held], one: str, other: str, kind: str) -> list[tuple[str, str, object, object]]:
    """Every field that both read and that is not the same in both: the record's key, the field, and its values."""
    found: list[tuple[str, str, object, object]] = []
    for key, record, theirs in pairs(held, one, other, kind):
        names = known_fields(record, theirs, kind)
        assert len(names) >= COMPARED[kind], (key, names)
        found += [(key, name, record[name], theirs[name]) for name in names if record[name] != theirs[name]]
    return found


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("one", "other"), PAIRS, ids="-".join)
def test_records_are_equal_field_by_field(held: dict[str, Held], one: str, other: str, kind: str) -> None:
    assert not differing(held, one, other, kind)


@pytest.mark.parametrize(
    ("kind", "name", "value"),
    [
        ("deal", "amount", {"amount": "0.01", "currency": "EUR"}),
        ("deal", "owner", "user nobody@fjordtech.example"),
        ("deal", "closed_at", "2026-01-01T00:00:00Z"),
        ("lead", "converted_deal", "deal-999999"),
        ("contact", "phones", []),
        ("activity", "state", None),
    ],
)
def test_the_comparison_can_fail(
    held: dict[str, Held], monkeypatch: pytest.MonkeyPatch, kind: str, name: str, value: object
) -> None:
    records = held["files"].records[kind]
    key, record = next(iter(records.items()))
    monkeypatch.setitem(records, key, {**record, name: value})
    assert [one[:2] for one in differing(held, "zoho", "files", kind)] == [(key, name)]
    assert [one[:2] for one in differing(held, "fxiaoke", "files", kind)] == [(key, name)]


def lacking(held: dict[str, Held]) -> set[Field]:
    """What a mapping does not read although another place has a value there."""
    return {
        (one, kind, name)
        for one, other in permutations(PLACES, 2)
        for kind in KINDS
        for _, record, theirs in pairs(held, one, other, kind)
        for name in record["unknown"] - theirs["unknown"]
        if theirs[name] not in (None, [])
    }


def test_each_field_that_a_place_lacks_has_its_reason_and_no_reason_is_left_over(held: dict[str, Held]) -> None:
    found = lacking(held)
    assert found - set(LACKING) == set(), "without a reason"
    assert set(LACKING) - found == set(), "not needed any more"


@pytest.mark.parametrize(("kind", "name"), OWN_WORDS)
def test_a_vendors_own_words_are_kept_and_differ(held: dict[str, Held], kind: str, name: str) -> None:
    told = [{key: record[name] for key, record in held[place].records[kind].items()} for place in PLACES]
    assert all(any(words.values()) for words in told)
    for one, other in combinations(told, 2):
        assert one != other, "not needed any more"


def test_every_amount_is_exact_in_every_currency(held: dict[str, Held]) -> None:
    for place in PLACES:
        amounts = [deal["amount"] for deal in held[place].records["deal"].values()]
        assert {one["currency"] for one in amounts} == {"EUR", "USD", "CNY", "JPY", "KWD"}
    assert any(len(str(one["amount"]).partition(".")[2].rstrip("0")) == 3 for one in amounts), "fils are kept"


def test_the_way_through_the_stages_is_the_same(places: dict[str, Place], held: dict[str, Held]) -> None:
    told = {name: held[name].moves(places[name]) for name in PLACES}
    assert sum(map(len, told["files"].values())) > 3 * len(told["files"])
    assert told["zoho"] == told["files"]
    assert told["fxiaoke"] == told["files"]
