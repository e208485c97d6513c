"""A mask: the same for the same, of the same shape, and nothing about people."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbridge.http.masking import Mask

TEXTS = st.text(st.characters(categories=["L", "N", "P", "Z"]), max_size=40)


def shape(text: str) -> str:
    """What a person sees of a text without reading it."""
    return "".join(map(_sign, text))


def _sign(one: str) -> str:
    if "\u3400" <= one <= "\u9fff":
        return "中"
    if not one.isascii() or not one.isalnum():
        return one
    return "0" if one.isdigit() else "A" if one.isupper() else "a"


@given(TEXTS)
def test_a_text_keeps_its_length_and_what_stands_between_words(text: str) -> None:
    masked = Mask().text(text)
    assert len(masked) == len(text)
    assert [one for one in masked if not one.isalnum()] == [one for one in text if not one.isalnum()]


@given(TEXTS)
def test_the_same_becomes_the_same(text: str) -> None:
    mask = Mask()
    assert mask.text(text) == mask.text(text)


@given(st.sets(st.integers(10**8, 10**9), min_size=2, max_size=50))
def test_different_ids_stay_different(ids: set[int]) -> None:
    mask = Mask()
    masked = {mask.value(one, "id") for one in ids}
    assert len(masked) == len(ids)
    assert masked.isdisjoint(ids) or len(ids) > 1


@pytest.mark.parametrize(
    "text",
    [
        "Anna Berg",
        "anna.berg@fjord.example",
        "+46 70 123 45 67",
        "王小明",
        "Storgatan 12 B, 111 51 Stockholm",
        "1000.AbC9",
    ],
)
def test_names_addresses_and_numbers_are_others_of_their_shape(text: str) -> None:
    masked = Mask().value(text, "anything")
    assert isinstance(masked, str)
    assert masked != text
    assert shape(masked) == shape(text)
    assert not [word for word in text.replace("@", " ").replace(".", " ").split() if len(word) > 2 and word in masked]


def test_an_id_is_masked_alike_wherever_it_stands() -> None:
    mask = Mask()
    masked = mask.value(
        {"id": "3652397000001", "number_": 3652397000001, "link": "https://x.example/deals/3652397000001"}
    )
    assert isinstance(masked, dict)
    other = masked["id"]
    assert masked["number_"] == int(other)
    assert masked["link"].startswith("https://")
    assert masked["link"].endswith(f"/{other}")
    assert mask.path("/v8/deals/3652397000001/notes") == f"/v8/deals/{other}/notes"


def test_words_of_the_vendor_and_times_are_kept() -> None:
    mask = Mask(keep=["Stage"], vocabulary=["Deals", "Deal_Name"])
    kept = {
        "code": "INVALID_DATA",
        "type": "picklist",
        "Stage": "Closed Won",
        "module": "Deals",
        "of": ["Deal_Name"],
        "Modified_Time": "2026-03-31T09:10:11+08:00",
        "expires_at": 1780000000,
        "modifiedTime": 1780000000123,
        "count": 123456,
        "small": 42,
        "is_open": True,
        "nothing": None,
        "empty": "",
        "day": "2026-03-31",
    }
    assert mask.value(kept) == kept


def test_a_host_is_kept_where_it_is_the_vendors_alone() -> None:
    mask = Mask(vocabulary=["api.vendor.example"])
    kept = mask.text("see https://api.vendor.example/people/Anneliese?x=1 and http://fjord.example")
    assert kept.startswith(mask.text("see") + " https://api.vendor.example/")
    assert not [word for word in ("Anneliese", "fjord") if word in kept]


def test_what_stands_under_a_word_of_the_vendor_and_is_an_id_is_masked() -> None:
    masked = Mask().value({"code": "C-123456", "status": "anna@fjord.example"})
    assert isinstance(masked, dict)
    assert masked["code"] != "C-123456"
    assert masked["status"] != "anna@fjord.example"


def test_a_birthday_becomes_another_day_that_there_is() -> None:
    masked = Mask().value({"Birthday": "1984-02-29", "birth_date": "1984-02-29"})
    assert isinstance(masked, dict)
    for day in masked.values():
        assert day != "1984-02-29"
        date.fromisoformat(day)


def test_numbers_keep_their_kind_and_their_digits_after_the_point() -> None:
    masked = Mask().value({"amount": Decimal("12345.60"), "revenue": -98765})
    assert isinstance(masked, dict)
    amount, revenue = masked["amount"], masked["revenue"]
    assert isinstance(amount, Decimal)
    assert amount != Decimal("12345.60")
    assert amount.as_tuple().exponent == -2
    assert isinstance(revenue, int)
    assert revenue < 0
    assert revenue != -98765


@pytest.mark.parametrize("key", ["candidate_phone", "mobile", "modified_by", "number", "birth_date", "change", "date"])
def test_a_whole_number_that_is_no_time_is_masked(key: str) -> None:
    for number in (13987654321, 46709876543, 98765):
        assert Mask().value({key: number}) != {key: number}


def test_records_keyed_by_an_address_or_an_id_keep_no_key_of_it() -> None:
    masked = Mask().value({"anna@fjord.example": {"id": 1}, "365239700": {}, "by_name": {}})
    assert isinstance(masked, dict)
    assert "by_name" in masked
    assert not {"anna@fjord.example", "365239700"} & set(masked)
