"""Basic group, fourth part: values come as the source holds them."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from crmbridge.testing.kit.harness import Harness, Need
from crmbridge.testing.kit.reading import need, opened, pulled
from crmbridge.testing.kit.texts import LONG, NUMERIC_TEXTS, TEXTS

HUGE = (2**63 + 1, -(2**63) - 1, 12345678901234567, 2**53 + 1)
FRACTIONS = (Decimal("0.1"), Decimal("12345678901234567.89"), Decimal("-1E-9"), Decimal("1.10"))


class Values:
    """Texts, numbers and nothing, in payloads."""

    crmbridge_kit_group = "basic"

    def test_unicode_text_is_kept(self, harness: Harness) -> None:
        """Every script, sign and space that the source can hold, code point for code point."""
        _texts_are_kept(harness, {name: text for name, text in TEXTS.items() if name not in harness.cannot_hold})

    def test_numeric_text_is_kept(self, harness: Harness) -> None:
        """A text that looks like a number, a date or a null stays the text it is."""
        _texts_are_kept(
            harness, {name: text for name, text in NUMERIC_TEXTS.items() if name not in harness.cannot_hold}
        )

    def test_long_text_is_kept(self, harness: Harness) -> None:
        """To the last character of what the source can hold."""
        with opened(harness) as adapter:
            longest = adapter.describe().limits.longest_text
        _texts_are_kept(harness, {"long": LONG[:longest]})

    def test_null_is_not_absent(self, harness: Harness) -> None:
        """An emptied field is there, and null; a field that the source did not send is not there."""
        need(harness, Need.NULLS)
        sample = harness.sample(1)
        absent = {name: value for name, value in sample.items() if name != harness.other_field}
        ids = harness.seed([sample | {harness.other_field: None}, absent])
        records = pulled(harness)
        assert records[ids[0]].payload[harness.other_field] is None
        assert harness.other_field not in records[ids[1]].payload

    def test_huge_numbers_are_kept(self, harness: Harness) -> None:
        """Whole numbers beyond 2**53 and 2**63, to the last digit."""
        _numbers_are_kept(harness, HUGE)

    def test_numbers_are_never_float(self, harness: Harness) -> None:
        """A number with a fraction is a Decimal with the digits that were sent."""
        _numbers_are_kept(harness, FRACTIONS)


def _texts_are_kept(harness: Harness, texts: Mapping[str, str]) -> None:
    assert texts, "the harness declines every text"
    samples = [harness.sample(number) | {harness.field: text} for number, text in enumerate(texts.values())]
    ids, records = harness.seed(samples), pulled(harness)
    got = {name: records[key].payload[harness.field] for name, key in zip(texts, ids, strict=True)}
    assert got == dict(texts)


def _numbers_are_kept(harness: Harness, numbers: tuple[int, ...] | tuple[Decimal, ...]) -> None:
    need(harness, Need.NUMBERS)
    samples: list[dict[str, object]] = [
        {**harness.sample(position), harness.number_field: number} for position, number in enumerate(numbers)
    ]
    ids, records = harness.seed(samples), pulled(harness)
    got = [records[key].payload[harness.number_field] for key in ids]
    assert [str(value) for value in got] == [str(number) for number in numbers]
    floats = [value for value in _leaves([dict(record.payload) for record in records.values()]) if type(value) is float]
    assert floats == [], "a float in a payload"


def _leaves(value: object) -> Iterator[object]:
    if isinstance(value, Mapping):
        for part in value.values():
            yield from _leaves(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _leaves(part)
    else:
        yield value
