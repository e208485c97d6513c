"""The strategies give what they promise, and do find the hard cases."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import find, given
from hypothesis import strategies as st

from crmbridge.testing import strategies


@given(strategies.texts())
def test_texts_can_be_stored(text: str) -> None:
    assert "\x00" not in text
    assert text.encode("utf-8").decode("utf-8") == text


@given(strategies.unstorable_texts())
def test_unstorable_texts_cannot(text: str) -> None:
    assert "\x00" in text or any("\ud800" <= char <= "\udfff" for char in text)


@pytest.mark.parametrize(
    "is_hard",
    [
        lambda text: "\u202e" in text,
        lambda text: any(ord(char) > 0xFFFF for char in text),
        lambda text: "\u0301" in text,
        lambda text: text != text.strip(),
        lambda text: text.startswith("="),
        lambda text: "\n" in text,
        lambda text: text.isdecimal() and text.startswith("0"),
    ],
    ids=["right to left", "four bytes", "combining", "padded", "formula", "line break", "leading zero"],
)
def test_texts_find_the_hard_ones(is_hard: Callable[[str], bool]) -> None:
    find(strategies.texts(), is_hard)


@given(strategies.payload_values())
def test_payload_values_are_exact(value: object) -> None:
    assert all(leaf is None or isinstance(leaf, bool | int | Decimal | str) for leaf in leaves(value))


def leaves(value: object) -> Iterator[object]:
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list):
        for part in value:
            yield from leaves(part)
    else:
        yield value


@given(strategies.payloads("name", "amount"))
def test_payloads_have_text_keys(payload: Mapping[str, object]) -> None:
    assert all(isinstance(name, str) for name in payload)


def test_payloads_tell_null_from_absent() -> None:
    find(strategies.payloads("name"), lambda payload: payload.get("name", 0) is None)
    find(strategies.payloads("name"), lambda payload: "name" not in payload)


@given(strategies.date_texts())
def test_date_texts_are_written_in_their_format(made: tuple[str, str, date]) -> None:
    text, form, day = made
    assert datetime.strptime(text, form).date() == day  # noqa: DTZ007 - a day has no zone


@given(strategies.money_texts())
def test_money_texts_have_digits(text: str) -> None:
    assert any(char.isdecimal() for char in text)


@given(st.data())
def test_ids_are_neither_empty_nor_padded(data: st.DataObject) -> None:
    made = data.draw(strategies.ids())
    assert made
    assert made == made.strip()
