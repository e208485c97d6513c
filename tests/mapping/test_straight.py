"""The straight way gives exactly what the steps give, or leaves the payload to them."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmbridge.mapping import straight
from crmbridge.mapping.lenses.money import MoneyLens
from crmbridge.mapping.objects import CompiledObject
from crmbridge.mapping.outcome import Failed
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
    monkeypatch.setattr(straight, "MOST_KEPT", most)
    made = deal(FIELDS, head=HEAD, tail=TAIL)

    @settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(payload=st.dictionaries(st.sampled_from("NSAPECTRXYZH"), CELLS))
    def agree(payload: dict[str, object]) -> None:
        assert made.read(payload) == made.read_by_steps(payload)

    agree()


def test_ordinary_records_go_straight(deal: Deal) -> None:
    made = deal(FIELDS, head=HEAD, tail=TAIL)
    ordinary: dict[str, Any] = {"N": "n", "S": "Closed Won", "A": "12.5", "X": "USD", "E": "2021-04-15", "T": "a"}
    assert made.straight(ordinary) == made.read_by_steps(ordinary)
    assert made.straight(ordinary) is not None
    assert made.straight(ordinary | {"S": "never heard of"}) is not None  # an issue that the stage brings is no reason


@pytest.mark.parametrize(
    "odd", [{"N": ""}, {"A": "much"}, {"T": "no such choice"}, {"S": "\0"}, {"P": []}, {"S": {}}, {"H": "\0"}]
)
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

    known = straight.Remembered(work_out)
    values: list[Any] = ["1", 1, True, ("1", None), (1, None), None]
    assert [known[value] for value in values * 2] == [str(value) for value in values] * 2
    assert asked == [*values, 1, True, (1, None)]
    monkeypatch.setattr(straight, "MOST_KEPT", 3)
    many = straight.Remembered(str)
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
