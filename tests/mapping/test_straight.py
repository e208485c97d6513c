"""The straight way gives exactly what the steps give, or leaves the payload to them."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmbridge.mapping import straight_fields
from crmbridge.mapping.lenses.money import MoneyLens
from crmbridge.mapping.objects import CompiledObject
from crmbridge.mapping.outcome import Failed, Unmapped
from crmbridge.model.kinds import FieldType
from crmbridge.model.money import Money

Deal = Callable[..., CompiledObject]

FIELDS = """
stage = "S"
amount = { from = "A", currency_from = "X" }
probability = "P"
expected_close = { from = "E", when = "open" }
closed_at = { from = "E", when = "closed" }
deal_type = { from = "T", values = { a = "new" } }
region = { from = ["R", "Y"], fallback = ["Z"], empty = ["-"] }
channel = { value = "web", when = "closed" }
hold_reason = "H"
"""
HEAD = 'category = { from = "C", values = { yes = "won", no = "open" } }'
TAIL = """
[objects.deals.custom]
x = { from = "X", type = "json" }
y = { from = "Y", type = "multi" }
[objects.deals.stage_dates]
talk = "Z"
"""
TEXTS = ["", " ", "1", "1.5", "-2", "a", "b", "Talking", "Closed Won", "yes", "no", "CNY", "2021-04-15", "é", "e\u0301"]
CELLS = st.sampled_from([*TEXTS, None, True, 1, 0, 1.5, "\0", "\ud800"]) | st.lists(st.text(), max_size=2)


@pytest.mark.parametrize("most", [2, 1000])
def test_both_ways_agree_whatever_the_payload_and_whatever_came_before(
    deal: Deal, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(straight_fields, "MOST_KEPT", most)
    made = deal(FIELDS, head=HEAD, tail=TAIL)

    @settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(payload=st.dictionaries(st.sampled_from("NSAPECTRXYZH"), CELLS))
    def agree(payload: dict[str, object]) -> None:
        assert made.read(payload) == made.read_by_steps(payload)

    agree()


ZOHO_LIKE = """
stage = "S"
owner = { from = "O", object = "users" }
created_by = { from = "B", object = "users", empty = ["0"] }
modified_by = { from = "O", object = "users", part = "name" }
vendor_created_at = "I"
vendor_modified_at = { from = "I", precision = "day" }
last_touch_at = { from = "I", empty = ["2021-04-15T09:30:00Z"] }
amount = { from = "A", currency_from = "X" }
probability = { from = "P", percent = true }
deal_type = { from = "T", empty = ["-"], values = { a = "new" } }
forecast_override = { from = "T", lens = "picklist", values = { b = "pipeline", a = "commit", "-" = "c" } }
intent = { from = "P", empty = ["0"] }
region = { from = "O", part = "name", fallback = ["P"] }
reason = { from = "R", fallback = ["T", "P"] }
channel = { from = "O", part = "name", empty = ["Ann"] }
next_step = "A"
campaign = { from = "L", lens = "picky" }
"""
USERS = """
[objects.users]
kind = "user"
[objects.users.fields]
name = "N"
active = "B"
locale = { from = ["T", "N"], join = ";" }
manager = "O"
[objects.users.custom]
money = { from = "A", type = "money" }
number = { from = "A", type = "number" }
flag = { from = "B", type = "bool" }
who = { from = "O", type = "user" }
at = { from = "I", type = "datetime" }
many = { from = "R", type = "multi" }
choice = { from = "T", type = "single", lens = "picklist", values = { a = "A" } }
[objects.users.fields.role]
from = "P"
[objects.users.fields.zone]
from = "L"
lens = "picky"
"""
NUMBERS = st.sampled_from([0, 1, -1, 10, 2**63, 10**13, 10**14, 10**41, 10**5000, True, False, 0.5]) | st.integers()
DECIMALS = st.decimals(allow_nan=True, places=None) | st.sampled_from(
    [Decimal(text) for text in ("1.0", "1.50", "-2.5", "0.00001", "1E+3", "1E-9", "-0", "-0.00", "99999999999999.9999")]
)
INSTANTS = st.sampled_from(
    [
        *("2021-04-15T09:30:00Z", "2021-04-15T09:30:00+08:00", "2021-04-15T09:30:00.123-0530", "2021-04-15 09:30:00"),
        *("2021-02-30T09:30:00Z", "2021-04-15T24:00:00Z", "1850-04-15T09:30:00Z", "2021-04-15T09:30:00+25:00"),
    ]
)
NAMES = st.sampled_from(["id", "name", "module"])
ANYTHING = CELLS | NUMBERS | DECIMALS | INSTANTS | st.sampled_from(["Ann", "0", "-", "17", {"id": "17", "name": "Ann"}])
NESTED = ANYTHING | st.dictionaries(NAMES, ANYTHING | st.dictionaries(NAMES, ANYTHING, max_size=2), max_size=3)


class Picky:
    """A plugin's lens that reads dicts, and raises now and then."""

    def read(self, value: Any) -> object:
        return Unmapped("x") if value == "b" else value["id"] if isinstance(value, dict) else value

    def write(self, value: object) -> object:
        return value


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_both_ways_agree_on_numbers_references_and_whatever_an_interface_sends(
    compiled: Callable[..., Any], pipeline_text: str, data: st.DataObject
) -> None:
    head = f'{pipeline_text}[objects.deals]\nkind = "deal"\n[objects.deals.fields]\n'
    text = f'{head}name = {{ from = "N", fallback = ["R"] }}{ZOHO_LIKE}{USERS}'
    made = compiled(text, lenses={"picky": Picky})
    for name in data.draw(st.lists(st.sampled_from(["deals", "users"]), min_size=3, max_size=12)):
        payload = data.draw(st.dictionaries(st.sampled_from("NSOBIAXPTRL"), NESTED))
        mapped = made.object(name)
        assert mapped.read(payload) == mapped.read_by_steps(payload)


def test_ordinary_records_of_an_interface_go_straight(deal: Deal) -> None:
    users = '[objects.users]\nkind = "user"\n[objects.users.fields]\nname = "N"\n'
    fields = (
        ZOHO_LIKE.replace('lens = "picky"', 'part = "id"')
        .replace("intent = ", "need_fit = ")
        .replace('"P", empty = ["0"]', '"M"')
    )
    made = deal(fields, tail=users)
    ordinary: dict[str, Any] = {
        "N": "n",
        "S": "Closed Won",
        "O": {"id": "17", "name": "Ann"},
        "B": "18",
        "I": "2021-04-15T09:30:00+08:00",
        "A": Decimal("12.5"),
        "X": "USD",
        "P": 40,
        "T": "a",
        "R": None,
        "L": {"id": "4"},
    }
    for more in (
        {},
        {"A": 12},
        {"A": None},
        {"O": None},
        {"I": None},
        {"S": "unheard of"},
        {"T": "-"},
        {"T": "unheard"},
    ):
        assert made.straight(ordinary | more) == made.read_by_steps(ordinary | more)
        assert made.straight(ordinary | more) is not None, more


def test_a_word_for_nothing_is_a_text_and_no_number(deal: Deal) -> None:
    made = deal('stage = "S"\nbudget = { from = "P", empty = ["0"] }')
    for value in (0, "0", Decimal(0), "1", 1, 0):
        payload = {"N": "n", "S": "Talking", "P": value}
        assert made.read(payload) == made.read_by_steps(payload)


def test_choices_that_no_rule_names_are_told_in_the_order_of_the_fields(deal: Deal) -> None:
    override = 'forecast_override = { from = "P", lens = "picklist", values = { b = "c" } }'
    made = deal(f'stage = "S"\ndeal_type = {{ from = "T", values = {{ a = "new" }} }}\n{override}')
    for payload in ({"N": "n", "S": "?", "T": "è", "P": 'a"b'}, {"N": "n", "S": "Talking", "T": "x"}) * 2:
        found = made.straight(payload)
        assert found == made.read_by_steps(payload)
        assert found is not None
        assert str(found.issues).count("PICKLIST_UNMAPPED") == len(payload) - 2


def test_ordinary_records_go_straight(deal: Deal) -> None:
    made = deal(FIELDS, head=HEAD, tail=TAIL)
    ordinary: dict[str, Any] = {"N": "n", "S": "Closed Won", "A": "12.5", "X": "USD", "E": "2021-04-15", "T": "a"}
    assert made.straight(ordinary) == made.read_by_steps(ordinary)
    assert made.straight(ordinary) is not None
    assert made.straight(ordinary | {"S": "never heard of"}) is not None  # an issue that the stage brings is no reason


@pytest.mark.parametrize("odd", [{"N": ""}, {"A": "much"}, {"S": "\0"}, {"P": []}, {"S": {}}, {"H": "\0"}])
def test_what_is_odd_is_left_to_the_steps_each_time(deal: Deal, odd: dict[str, object]) -> None:
    made = deal(FIELDS, tail=TAIL)
    payload = {"N": "n", "S": "Talking", "A": "1"} | odd
    assert [made.straight(payload), made.straight(payload)] == [None, None]
    assert made.read(payload) == made.read_by_steps(payload)


def test_an_object_without_stages_has_one_way(compiled: Callable[..., Any]) -> None:
    made = compiled('format = 1\n[objects.users]\nkind = "user"\n[objects.users.fields]\nname = "N"\n').object("users")
    assert made.straight({"N": "Ann"}) == made.read_by_steps({"N": "Ann"})
    assert made.straight({}) is None
    assert isinstance(made.read({}), Failed)


def test_texts_are_remembered_and_nothing_that_only_equals_them(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    def work_out(raw: object) -> str:
        asked.append(raw)
        return str(raw)

    known = straight_fields.Remembered(work_out)
    values: list[Any] = ["1", 1, True, ("1", None), (1, None), None]
    assert [known[value] for value in values * 2] == [str(value) for value in values] * 2
    assert asked == [*values, 1, True, (1, None)]
    monkeypatch.setattr(straight_fields, "MOST_KEPT", 3)
    many = straight_fields.Remembered(str)
    assert [many[text] for text in "abcdefg"] == list("abcdefg")
    assert list(many) == ["a", "b", "c"]


@given(
    text=st.from_regex(r"[-+]?[0-9 ]{0,16}[.,]?[0-9]{0,6}", fullmatch=True) | st.text("0123456789.,-１२٣²", max_size=9)
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_plain_amount_is_what_the_lens_reads(lens: Callable[..., Any], text: str) -> None:
    made = lens(FieldType.MONEY)
    assert isinstance(made, MoneyLens)
    assert made.is_plain
    count = made.count_plain(text)
    if count is not None:
        assert made.read(text) == Money(Decimal(count).scaleb(-4), "CNY")
    elif text.isascii() and text.isdigit():
        assert len(text) > 14


@pytest.mark.parametrize("more", [{"decimal": ","}, {"unit": "K"}, {"decimals": 2}, {"min": 0}])
def test_an_amount_that_is_not_what_the_cell_says_is_never_plain(
    lens: Callable[..., Any], more: dict[str, Any]
) -> None:
    assert not lens(FieldType.MONEY, **more).is_plain


def test_leads_have_stages_without_a_category(compiled: Callable[..., Any], pipeline_text: str) -> None:
    head = pipeline_text.replace("names = {", 'object = "lead"\nnames = {', 1)
    body = '[objects.leads]\nkind = "lead"\n[objects.leads.fields]\nfull_name = "N"\nstage = "S"\n'
    made = compiled(head + body).object("leads")
    payload = {"N": "Ann", "S": "Talking"}
    assert made.straight(payload) == made.read_by_steps(payload)
    assert made.straight(payload) is not None
