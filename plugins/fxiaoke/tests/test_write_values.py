"""Values on their way out: exact, in the one form that Fxiaoke takes, or refused with a reason (dossier 2.4)."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbridge.adapter.contract import Rejected
from crmbridge_fxiaoke.outgoing import Outgoing, Sent

FSUID = "FSUID_11112222333344445555666677778888"
OPTIONS = [
    {"label": "官网", "value": "1"},
    {"label": "展会", "value": "kaYz89Lwq"},
    {"label": "旧渠道", "value": "9", "not_usable": True},
    {"label": "停用", "value": "8", "is_active": False},
    {"label": "双", "value": "a"},
    {"label": "双", "value": "b"},
    {"label": "其他", "value": "other"},
]
FIELDS: Mapping[str, Mapping[str, Any]] = {
    "name": {"type": "text"},
    "remark": {"type": "long_text"},
    "amount": {"type": "currency", "decimal_places": 2},
    "count__c": {"type": "number", "decimal_places": 0},
    "rate": {"type": "percentile"},
    "close_date": {"type": "date"},
    "due": {"type": "date_time"},
    "at": {"type": "time"},
    "source": {"type": "select_one", "options": OPTIONS},
    "tags__c": {"type": "select_many", "options": OPTIONS},
    "owner": {"type": "employee", "is_single": True},
    "team__c": {"type": "employee", "is_single": False},
    "dept": {"type": "department"},
    "account_id": {"type": "object_reference"},
    "many__c": {"type": "object_reference_many"},
    "is_hot__c": {"type": "true_or_false"},
    "related_object_data": {"type": "related_list"},
    "total__c": {"type": "formula"},
    "no": {"type": "auto_number"},
    "off__c": {"type": "text", "is_active": False},
    "fixed__c": {"type": "text", "is_readonly": True},
    "version": {"type": "number"},
    "odd__c": {"type": "a type nobody knows"},
    "_id": {"type": "text"},
}


def outgoing(*, is_plain: bool = False, zone: str = "Asia/Shanghai") -> Outgoing:
    return Outgoing("LeadsObj", FIELDS, is_plain=is_plain, zone=ZoneInfo(zone))


def sent(**fields: object) -> dict[str, object]:
    record = outgoing().record(fields)
    assert isinstance(record, Sent), record
    return dict(record.values)


def refusal(**fields: object) -> Rejected:
    record = outgoing().record(fields)
    assert isinstance(record, Rejected), record
    assert record.field in fields
    assert str(record)
    return record


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("0.10"), "0.10"),
        (Decimal("123456789012345678.90"), "123456789012345678.90"),
        (Decimal("1E+3"), "1000"),
        (Decimal("12.500"), "12.500"),
        ("-7", "-7"),
        (12, "12"),
    ],
)
def test_money_goes_as_an_exact_text(value: object, text: str) -> None:
    assert sent(amount=value) == {"amount": text}


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2))
def test_every_amount_arrives_as_it_was(value: Decimal) -> None:
    assert Decimal(str(sent(amount=value)["amount"])) == value


@pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("Infinity"), "twelve", True, ["1"], {"a": 1}, "1,000"])
def test_what_is_no_number_is_refused(value: object) -> None:
    assert refusal(amount=value).code == "VALUE_TYPE"


def test_a_number_that_would_be_rounded_is_refused() -> None:
    assert refusal(amount=Decimal("0.105")).code == "NUMBER_TOO_FINE"
    assert refusal(count__c=Decimal("1.5")).code == "NUMBER_TOO_FINE"
    assert sent(count__c=Decimal("2.0"), rate=Decimal("33.333333")) == {"count__c": "2.0", "rate": "33.333333"}


def test_a_day_is_the_midnight_of_the_company() -> None:
    midnight = datetime(2026, 9, 29, 16, tzinfo=UTC)
    assert sent(close_date="2026-09-30") == {"close_date": int(midnight.timestamp()) * 1000}
    record = outgoing(zone="Europe/Berlin").record({"close_date": "2026-09-30"})
    assert isinstance(record, Sent)
    assert record.values["close_date"] == int(datetime(2026, 9, 29, 22, tzinfo=UTC).timestamp()) * 1000
    assert sent(close_date=1767139200000) == {"close_date": 1767139200000}


def test_an_instant_is_milliseconds_to_the_last_place() -> None:
    assert sent(due="2025-09-24T16:00:00.123+08:00") == {"due": 1758700800123}
    assert sent(due=1758700800123, at=3_600_000) == {"due": 1758700800123, "at": 3_600_000}


@pytest.mark.parametrize(
    "fields",
    [
        {"close_date": "30.09.2026"},
        {"close_date": True},
        {"due": "2026-09-30T10:00:00"},
        {"due": "soon"},
        {"due": True},
        {"at": "10:00"},
        {"is_hot__c": "yes"},
        {"name": 7},
        {"account_id": "a b"},
        {"account_id": {"name": "no id"}},
        {"tags__c": "1"},
        {"related_object_data": ["66f0"]},
    ],
)
def test_a_value_of_another_type_is_refused(fields: dict[str, object]) -> None:
    assert refusal(**fields).code == "VALUE_TYPE"


def test_people_go_as_lists_of_the_one_id_space() -> None:
    assert sent(owner=FSUID) == {"owner": [FSUID]}
    assert sent(owner=[FSUID], team__c=[FSUID, FSUID], dept="1000") == {
        "owner": [FSUID],
        "team__c": [FSUID, FSUID],
        "dept": ["1000"],
    }
    assert refusal(owner="1000").code == "ID_SPACE"
    assert refusal(owner=[FSUID, FSUID]).code == "VALUE_TYPE"
    plain = outgoing(is_plain=True)
    assert plain.record({"owner": "1000"}) == Sent({"owner": ["1000"]})
    mixed = plain.record({"owner": FSUID})
    assert isinstance(mixed, Rejected)
    assert mixed.code == "ID_SPACE"


def test_references_go_as_ids() -> None:
    assert sent(account_id={"id": "66f0b0000000000000000001"}) == {"account_id": "66f0b0000000000000000001"}
    assert sent(many__c=["66f0", {"id": "66f1"}]) == {"many__c": ["66f0", "66f1"]}
    link = {"describe_api_name": "AccountObj", "id": "66f0", "name": "示例"}
    assert sent(related_object_data=link) == {"related_object_data": [link]}


def test_options_go_by_their_values_whether_named_by_value_or_label() -> None:
    assert sent(source="展会", tags__c=["官网", "other"]) == {"source": "kaYz89Lwq", "tags__c": ["1", "other"]}
    assert sent(source="a") == {"source": "a"}


def test_an_option_that_cannot_be_meant_is_refused() -> None:
    unknown = refusal(source="官网站")
    assert unknown.code == "OPTION_UNKNOWN"
    assert "官网" in str(unknown)
    assert refusal(source="双").code == "OPTION_AMBIGUOUS"
    assert refusal(source="旧渠道").code == "OPTION_OUT_OF_USE"
    assert refusal(source="8").code == "OPTION_OUT_OF_USE"
    assert refusal(tags__c=["官网", "zzz"]).code == "OPTION_UNKNOWN"


def test_the_text_beside_other_is_a_field() -> None:
    assert sent(source="other", source__o="朋友") == {"source": "other", "source__o": "朋友"}
    assert refusal(name__o="x").code == "FIELD_UNKNOWN"


@pytest.mark.parametrize("name", ["total__c", "no", "off__c", "fixed__c", "version", "_id"])
def test_what_fxiaoke_keeps_itself_is_not_written(name: str) -> None:
    assert refusal(**{name: "x"}).code == "FIELD_READ_ONLY"


def test_an_unknown_field_names_the_nearest() -> None:
    found = refusal(remarks="x")
    assert found.code == "FIELD_UNKNOWN"
    assert "remark" in str(found)


def test_a_field_of_an_unknown_type_goes_as_it_is() -> None:
    assert sent(odd__c={"any": ["thing"]}) == {"odd__c": {"any": ["thing"]}}


def test_empty_is_one_thing_and_keeps_its_shape() -> None:
    record = outgoing().record({"remark": None, "amount": "", "tags__c": [], "name": "x"})
    assert record == Sent({"name": "x"}, ("remark", "amount", "tags__c"), frozenset({"tags__c"}))
    assert isinstance(record, Sent)
    assert record.without("remark", "name") == Sent({}, ("amount", "tags__c"), frozenset({"tags__c"}))
    assert not Sent()


def test_half_a_character_is_refused() -> None:
    assert refusal(name="\ud800").code == "TEXT_UNUSABLE"
    assert refusal(odd__c={"a": ["\udfff"]}).code == "TEXT_UNUSABLE"
