"""One form of a record, whichever way it came."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbridge.model.errors import ContractError
from crmbridge_fxiaoke.payload import Shape, instant, number

FIELDS: dict[str, dict[str, Any]] = {
    "_id": {"type": "text"},
    "name": {"type": "text"},
    "amount": {"type": "currency"},
    "count__c": {"type": "number"},
    "sum__c": {"type": "count", "return_type": "number"},
    "owner": {"type": "employee"},
    "close_date": {"type": "date"},
    "flag__c": {"type": "true_or_false"},
    "tags__c": {"type": "select_many"},
    "source": {"type": "select_one"},
    "remark": {"type": "long_text"},
    "odd__r": {"type": "text"},
    "life_status": {"type": "select_one"},
    "last_modified_time": {"type": "date_time"},
    "version": {"type": "number"},
    "object_describe_api_name": {"type": "text"},
}
ROW: dict[str, Any] = {"_id": "66f0", "version": "3", "last_modified_time": 1758700923456, "life_status": "normal"}


def read(wanted: frozenset[str] | None = None, /, **row: Any) -> dict[str, Any]:
    return Shape("X", FIELDS, wanted).payload({**ROW, **row})


def test_what_is_empty_is_there_and_none_however_it_is_told() -> None:
    plain = read()
    assert plain["name"] is None
    assert "object_describe_api_name" not in plain
    empty: tuple[object, ...] = (None, "", [])
    for nothing in empty:
        assert read(name=nothing, tags__c=nothing, owner=nothing) == plain


def test_false_and_zero_are_not_empty() -> None:
    assert read(flag__c=False)["flag__c"] is False
    assert read(count__c="0")["count__c"] == 0
    assert read(count__c=0)["count__c"] == 0


def test_labels_and_technical_fields_are_left_out_unless_they_are_asked_for() -> None:
    row = {
        "source": "1",
        "source__r": "官网",
        "owner__l": [{}],
        "total_num": 0,
        "searchAfterId": ["x"],
        "odd__r": "kept",
    }
    assert set(read(**row)) == set(FIELDS) - {"object_describe_api_name"}
    assert read(**row)["odd__r"] == "kept"
    asked = frozenset({"source", "source__r"})
    assert read(asked, **row) == {"source": "1", "source__r": "官网"}
    assert Shape("X", FIELDS, asked).projection == ["_id", "last_modified_time", "life_status", "source", "version"]


def test_what_nobody_described_is_kept() -> None:
    assert read(new__c="x")["new__c"] == "x"
    assert "new__c" not in read(frozenset({"name"}), new__c="x")


def test_values_have_one_form() -> None:
    told = read(
        amount="100.10", count__c="7", sum__c="12", owner="1000", close_date="1758700800000", flag__c="true", version=3
    )
    assert told["amount"] == Decimal("100.10")
    assert str(told["amount"]) == "100.10"
    assert (told["count__c"], told["sum__c"], told["owner"], told["close_date"]) == (7, 12, ["1000"], 1758700800000)
    assert (told["flag__c"], told["version"]) == (True, 3)
    assert read(amount=Decimal("100.10"), count__c=7, version="3", owner=["1000"])["version"] == 3


@given(st.integers(-(10**30), 10**30))
def test_whole_numbers_stay_exact(value: int) -> None:
    assert number(str(value)) == value
    assert type(number(str(value))) is int


@given(st.decimals(-(10**15), 10**15, allow_nan=False, allow_infinity=False, places=4))
def test_fractions_stay_exact(value: Decimal) -> None:
    assert number(f"{value:f}") == value


@pytest.mark.parametrize("text", ["", "abc", "NaN", "Infinity", "1e5", "1_000", " 1", "١٢", "²", "9" * 50, "1,000"])
def test_a_text_that_is_no_number_stays_what_it_is(text: str) -> None:
    assert number(text) == text


@pytest.mark.parametrize("told", [None, "", "x", -1, 10**18, True, [], 1.5])
def test_nonsense_is_no_instant(told: object) -> None:
    assert instant(told) is None


def test_an_instant_is_exact_to_the_millisecond() -> None:
    found = instant(1758700923456)
    assert found is not None
    assert found.isoformat() == "2025-09-24T08:02:03.456000+00:00"
    assert instant("1758700923456") == found


def test_a_record_has_its_revision_its_time_and_its_state() -> None:
    shape = Shape("X", FIELDS, None)
    record = shape.record(ROW)
    assert (record.external_id, record.revision, record.deleted) == ("66f0", "3", False)
    assert shape.record({**ROW, "version": 3}).revision == "3"
    assert shape.record({**ROW, "version": None}).revision == "1758700923456"
    assert shape.record({**ROW, "life_status": "invalid"}).deleted
    for broken in ({}, {"_id": ""}, {"_id": 7}):
        with pytest.raises(ContractError):
            shape.record(broken)


def test_what_is_not_there_is_named() -> None:
    shape = Shape("X", FIELDS, frozenset({"name", "nope", "source__r", "gone__r"}))
    assert shape.missing == ["gone__r", "nope"]
    assert "nope" not in shape.payload(ROW)
