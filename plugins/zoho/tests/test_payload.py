"""One form of a record, whichever way it came."""

from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbridge_zoho.fields import ModuleField, Way, field_sets, want
from crmbridge_zoho.modules import field_of
from crmbridge_zoho.payload import Shape, number

FIELDS = (
    ModuleField("Name", "text"),
    ModuleField("Amount", "currency", "double"),
    ModuleField("Count", "integer", "integer"),
    ModuleField("Big", "bigint"),
    ModuleField("Owner", "ownerlookup"),
    ModuleField("Account_Name", "lookup"),
    ModuleField("Colours", "multiselectpicklist", renamed=(("Rot", "red"),)),
    ModuleField("Stage", "picklist", renamed=(("Gewonnen", "Closed Won"),)),
    ModuleField("Yes", "boolean", "boolean"),
    ModuleField("Worth", "formula", "double"),
    ModuleField("When", "datetime"),
    ModuleField("Tag", "text"),
)
SHAPE = Shape(FIELDS, zone=ZoneInfo("Europe/Stockholm"))


def from_cells(cells: dict[str, str]) -> dict[str, object]:
    columns = SHAPE.cells(cells)
    return {
        key: convert(cell) if convert is not None else cell or None
        for (key, convert), cell in zip(columns, cells.values(), strict=True)
    }


def test_a_list_a_query_and_an_export_give_the_same_payload() -> None:
    listed = SHAPE.from_json(
        {
            "id": "1",
            "Name": 'a;b\n"c" =x',
            "Amount": Decimal("185000.50"),
            "Count": 85,
            "Big": "9007199254740993",
            "Owner": {"name": "Mara", "id": "5", "email": "m@x.example"},
            "Account_Name": None,
            "Colours": ["red", "blue"],
            "Stage": "Gewonnen",
            "Yes": False,
            "Worth": 4200000,
            "When": "2026-07-01T12:00:00+02:00",
        }
    )
    exported = from_cells(
        {
            "ID": "1",
            "Name": 'a;b\n"c" =x',
            "Amount": "185000.5",
            "Count": "85",
            "Big": "9007199254740993",
            "Owner": "5",
            "Account_Name": "",
            "Colours": "Rot;blue",
            "Stage": "Closed Won",
            "Yes": "",
            "Worth": "4200000.00",
            "When": "2026-07-01T10:00:00Z",
        }
    )
    assert listed == exported
    assert listed["Owner"] == {"id": "5"}
    assert listed["Stage"] == "Closed Won"
    assert listed["Amount"] == Decimal("185000.5")


def test_a_link_into_several_modules_says_into_which() -> None:
    shape = Shape([ModuleField("What_Id", "lookup"), ModuleField("Parent_Id", "multi_module_lookup")])
    task = shape.from_json({"What_Id": {"name": "x", "id": "9"}, "$se_module": "Deals"})
    assert task["What_Id"] == {"id": "9", "module": {"api_name": "Deals"}}
    note = shape.from_json({"Parent_Id": {"module": {"api_name": "Leads", "id": "3"}, "name": "x", "id": "9"}})
    assert note["Parent_Id"] == {"id": "9", "module": {"api_name": "Leads"}}


def test_tags_are_their_names_and_no_choice_is_null() -> None:
    made = SHAPE.from_json({"Tag": [{"name": "Expo", "id": "1", "color_code": "#fff"}], "Colours": []})
    assert made == {"Tag": ["Expo"], "Colours": None}


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**18), max_value=10**18))
def test_a_number_has_one_form_and_keeps_its_value(value: Decimal) -> None:
    made = number(value)
    assert made == value
    assert number(str(value)) == made
    assert type(made) is type(number(made))
    assert number(made) == made


@pytest.mark.parametrize("text", ["", "abc", "NaN", "Infinity", "1e999999"])
def test_what_is_no_number_is_kept_as_it_is_and_costs_no_memory(text: str) -> None:
    made = number(text)
    assert str(made).casefold().replace("+", "") == text.casefold()
    assert not isinstance(made, int)


def test_an_only_currency_stands_on_every_payload_and_is_not_asked_for() -> None:
    currency = ModuleField("Currency", "org_currency")
    shape = Shape([currency], currency="KWD")
    assert shape.from_json({"id": "1"}) == {"id": "1", "Currency": "KWD"}
    assert want({"Currency": currency}, None).listed == ()


def test_unknown_types_are_kept_and_read_by_list_only() -> None:
    field = field_of({"api_name": "Odd", "data_type": "hologram"})
    assert field.ways == frozenset({Way.LIST})
    assert Shape([field]).from_json({"Odd": {"a": [1]}}) == {"Odd": {"a": [1]}}


def test_more_fields_than_a_call_names_are_split_with_the_modified_time_in_each() -> None:
    names = [f"F{n:03d}" for n in range(120)] + ["Modified_Time"]
    sets = field_sets(names)
    assert {name for one in sets for name in one} == set(names)
    assert all(len(one) <= 50 and "Modified_Time" in one for one in sets)
    assert len(field_sets(names[:50])) == 1


def test_fields_that_are_not_there_are_told_and_not_asked_for() -> None:
    wanted = want({"A": ModuleField("A", "text")}, {"A", "B", "$approval_state", "id"})
    assert wanted.names == ("$approval_state", "A")
    assert wanted.missing == ("B",)
