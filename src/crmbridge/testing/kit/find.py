"""The find group: what an adapter that searches by value must prove, so that creates are safe."""

from collections.abc import Sequence

from crmbridge.adapter.capabilities import Capability
from crmbridge.adapter.contract import Finds
from crmbridge.testing.kit.harness import Harness
from crmbridge.testing.kit.reading import opened, pulled, require
from crmbridge.testing.kit.texts import LITERAL_VALUES


class FindGroup:
    """`find`."""

    crmbridge_kit_group = "find"

    def test_find_is_exact(self, harness: Harness) -> None:
        """Neither a longer value, nor a part, nor another case, nor spaces around."""
        require(harness, Capability.FIND)
        values = ["Acme", "Acme Ltd", "ACME", "The Acme", "Acme 2"]
        ids = _seed_values(harness, values)
        assert _find(harness, values) == [[key] for key in ids]
        assert _find(harness, ["Acm", "acme", "cme", "Acme L"]) == [[], [], [], []]

    def test_find_returns_every_hit(self, harness: Harness) -> None:
        """Several records with one value are all told, more than a page of them too."""
        require(harness, Capability.FIND)
        ids = _seed_values(harness, ["twin"] * (harness.page_size + 1))
        (hits,) = _find(harness, ["twin"])
        assert sorted(hits) == sorted(ids)

    def test_find_answers_for_each_value(self, harness: Harness) -> None:
        """In the order asked, with an empty answer where there is none, and for a value asked twice."""
        require(harness, Capability.FIND)
        one, two = _seed_values(harness, ["one", "two"])
        assert _find(harness, ["two", "none", "one", "two"]) == [[two], [], [one], [two]]
        assert _find(harness, []) == []

    def test_find_takes_values_literally(self, harness: Harness) -> None:
        """A value that means something to a query language finds nothing but itself."""
        require(harness, Capability.FIND)
        _seed_values(harness, ["Acme", "plain"])
        assert _find(harness, LITERAL_VALUES) == [[] for _ in LITERAL_VALUES]
        ids = _seed_values(harness, LITERAL_VALUES)
        assert _find(harness, LITERAL_VALUES) == [[key] for key in ids]

    def test_find_knows_no_deleted_record(self, harness: Harness) -> None:
        """A deleted record is no hit."""
        require(harness, Capability.FIND)
        kept, gone = _seed_values(harness, ["same", "same"])
        harness.delete(gone)
        assert _find(harness, ["same"]) == [[kept]]

    def test_find_gives_what_a_pull_gives(self, harness: Harness) -> None:
        """The same payload and revision."""
        require(harness, Capability.FIND)
        (key,) = _seed_values(harness, ["whole"])
        record = pulled(harness)[key]
        with opened(harness) as adapter:
            assert isinstance(adapter, Finds)
            ((hit,),) = adapter.find(harness.object_name, harness.field, ["whole"])
        assert dict(hit.payload) == dict(record.payload)
        assert hit.revision == record.revision


def _seed_values(harness: Harness, values: Sequence[str]) -> list[str]:
    samples = [harness.sample(number) | {harness.field: value} for number, value in enumerate(values)]
    return harness.seed(samples)


def _find(harness: Harness, values: Sequence[str]) -> list[list[str]]:
    with opened(harness) as adapter:
        assert isinstance(adapter, Finds), "find is declared, and missing"
        found = adapter.find(harness.object_name, harness.field, values)
    return [[record.external_id for record in hits] for hits in found]
