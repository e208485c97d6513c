"""What the giver of a migration holds beside its mapping is counted and told with an example, never silently left."""

from collections.abc import Callable

import pytest

from crmbridge.ledger.engine import Ledger
from crmbridge.model.errors import ScopeError
from crmbridge.sync.twoway.merging import Side
from crmbridge.sync.twoway.surveying import Beside, shown, survey
from crmbridge.testing.memory import MemoryAdapter

from .moving_table import at_migration
from .pairing import OBJECTS, Pairing

LEFT = {**OBJECTS[Side.LEFT], "companies": (*OBJECTS[Side.LEFT]["companies"], "files", "sort"), "quotes": ("title",)}


@pytest.fixture
def made(ledger: Ledger, ids: Callable[[], str]) -> Pairing:
    pairing = Pairing(ledger, ids, objects={**OBJECTS, Side.LEFT: LEFT})
    for number in range(3):
        files = [{"filename": f"offer-{number}.pdf", "size": 7}] if number else []
        pairing.left.put("companies", {"title": f"C{number}", "files": files, "sort": "", "reg": f"R{number}"})
        pairing.left.put("quotes", {"title": f"Q{number}"})
    pairing.read()
    return pairing


def surveyed(made: Pairing) -> list[Beside]:
    with at_migration(made) as table:
        return survey(table.left, table.pair)


def test_fields_that_no_rule_names_and_other_objects_are_counted(made: Pairing) -> None:
    assert surveyed(made) == [
        Beside("companies", "files", 2, "files", "account", "offer-1.pdf"),
        Beside("quotes", "quotes", 3),
    ]


def test_it_is_counted_again_after_a_day(made: Pairing) -> None:
    before = surveyed(made)
    made.left.put("quotes", {"title": "Q3"})
    made.clock.advance(3_600)
    assert surveyed(made) == before
    made.clock.advance(24 * 3_600)
    assert [one.count for one in surveyed(made) if one.object == "quotes"] == [4]


def test_an_object_that_nobody_counts_is_told_too(made: Pairing, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: MemoryAdapter, object_name: str) -> int:
        raise ScopeError("{object} is not yours", object=object_name)

    monkeypatch.setattr(MemoryAdapter, "count", refuse)
    assert surveyed(made)[-1] == Beside("quotes", "quotes", None)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"id": "7", "name": "Standard"}, "Standard"),
        ([{"filename": "a.pdf"}, {"filename": "b.pdf"}], "a.pdf"),
        (["VIP"], "VIP"),
        (0, "0"),
        ("x" * 50, "x" * 39 + "…"),
        (False, None),
        ([], None),
        ({}, None),
        ("", None),
        (None, None),
    ],
)
def test_an_example_is_a_few_words(value: object, text: str | None) -> None:
    assert shown(value) == text
