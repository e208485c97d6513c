from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from crmbridge.mapping.compiler import CompiledMapping
from crmbridge.mapping.objects import CompiledObject
from crmbridge.mapping.outcome import Failed, Mapped
from crmbridge.model.money import Money

Deal = Callable[..., CompiledObject]

RULES = """
stage = "S"
amount = { from = "A", unit = "万元" }
recurring_amount = { from = "B", currency_from = "Cur" }
closed_at = { from = "C", format = "%Y/%m/%d", when = "closed" }
expected_close = { from = "C", format = "%Y/%m/%d", when = "open" }
deal_type = { from = "T", values = { New = "new", Old = "upsell", Older = "upsell" } }
source = { value = "import" }
region = { from = ["R1", "R2"] }
competitor = { from = "Comp", part = "name" }
"""


def refused(made: CompiledObject, patch: dict[str, object]) -> list[tuple[str, str | None, str]]:
    found = made.write(patch)
    assert isinstance(found, Failed), found
    return [(one.field, one.vendor_field, one.failure.template) for one in found.failures]


def test_a_patch_becomes_the_vendors_fields(deal: Deal) -> None:
    made = deal(RULES)
    patch = {
        "name": "n",
        "stage": "talk",
        "amount": Money(Decimal(1054), "CNY"),
        "recurring_amount": Money(Decimal(5), "USD"),
        "closed_at": date(2021, 4, 15),
        "deal_type": "new",
        "competitor": "c",
    }
    assert made.write(patch) == {
        "N": "n",
        "S": "Talking",
        "A": "0.1054",
        "B": "5",
        "Cur": "USD",
        "C": "2021/04/15",
        "T": "New",
        "Comp": {"name": "c"},
    }
    assert made.write({"amount": None, "competitor": None}) == {"A": None, "Comp": None}
    assert made.write({}) == {}


@pytest.mark.parametrize(
    ("field", "value", "template"),
    [
        ("nmae", "n", "{kind} has no field {field}"),
        ("segment", "n", "the mapping has no rule for {field}"),
        ("source", "x", "{field} is a constant of the mapping"),
        ("region", "x", "{field} is joined from several fields and cannot be written back"),
        ("name", None, "{field} cannot be emptied"),
        ("category", "won", "the mapping has no rule for {field}"),
        ("stage", "lost", "several labels are read as {stage}: the mapping needs its write_label"),
        ("stage", "UNKNOWN", "no pipeline has a stage {stage}"),
        pytest.param("stage", 10**5000, "no pipeline has a stage {stage}", id="huge"),
        ("stage", None, "{field} cannot be written to this source"),
        ("pipeline", "sales", "{field} cannot be written to this source"),
        ("deal_type", "upsell", "several vendor values are read as {value}; name the one to write under write"),
        ("deal_type", "renewal", "no vendor value is read as {value}"),
        ("amount", Money(Decimal(1), "USD"), "{value} is in {currency}, the field takes {expected}"),
        ("recurring_amount", "5", "{value} is no {wanted}"),
        ("closed_at", datetime(2021, 4, 15, 1, tzinfo=UTC), "{value} would be read back as something else"),
    ],
)
def test_what_cannot_be_written_is_refused_with_a_reason(deal: Deal, field: str, value: Any, template: str) -> None:
    assert [(name, why) for name, _, why in refused(deal(RULES), {field: value})] == [(field, template)]


def test_two_values_for_one_vendor_field_are_refused(deal: Deal) -> None:
    made = deal(RULES)
    same: dict[str, object] = {"closed_at": date(2021, 4, 15), "expected_close": date(2021, 4, 15)}
    assert made.write(same) == {"C": "2021/04/15"}
    assert refused(made, same | {"expected_close": date(2021, 4, 16)}) == [
        ("expected_close", "C", "{vendor} would get two values")
    ]


def test_a_source_without_stages_takes_none(deal: Deal) -> None:
    assert refused(deal(), {"stage": "won"}) == [("stage", None, "the mapping has no rule for {field}")]
    assert (
        refused(deal('stage = { value = "won" }'), {"stage": "won"})[0][2] == "{field} cannot be written to this source"
    )


def test_a_stage_is_written_in_the_pipeline_of_the_patch(
    compiled: Callable[..., CompiledMapping], pipeline_text: str
) -> None:
    text = (
        pipeline_text
        + """
[pipelines.other]
[[pipelines.other.stages]]
key = "won"
category = "won"
labels = ["Signed"]
[objects.deals]
kind = "deal"
pipeline = { from = "P", values = { "1" = "sales", "2" = "other", "3" = "other" } }
[objects.deals.fields]
name = "N"
stage = "S"
"""
    )
    made = compiled(text).object("deals")
    assert made.write({"pipeline": "other", "stage": "won"}) == {"P": "2", "S": "Signed"}
    assert refused(made, {"stage": "won"})[0][2] == "several pipelines have a stage {stage}"
    assert refused(made, {"pipeline": "third"})[0][2] == "no vendor value is read as {value}"
    assert refused(made, {"pipeline": 5})[0][2] == "no vendor value is read as {value}"


CONTACT = """
format = 1
[objects.people]
kind = "contact"
fields = { full_name = "N", emails = { from = "E", most = 1 }, phones = { from = ["P1", "P2", "P3"], join = ";" } }
"""


def test_a_list_goes_into_the_fields_that_it_is_read_from(compiled: Callable[..., CompiledMapping]) -> None:
    made = compiled(CONTACT).object("people")
    written = made.write({"phones": ("1", "2")})
    assert written == {"P1": "1", "P2": "2", "P3": None}
    found = made.read({"N": "n", **written})
    assert isinstance(found, Mapped)
    assert '["1","2"]' in found.values
    assert made.write({"phones": None}) == {"P1": None, "P2": None, "P3": None}


def test_what_stays_in_a_list_stays_in_its_field(compiled: Callable[..., CompiledMapping]) -> None:
    made = compiled(CONTACT).object("people")
    beside = {"P1": "1", "P2": "2", "P3": "3"}
    assert made.write({"phones": ("0", "2")}, beside=beside) == {"P1": "0", "P2": "2", "P3": None}
    assert made.write({"phones": ("2", "3", "4")}, beside=beside) == {"P1": "4", "P2": "2", "P3": "3"}
    assert made.write({"phones": ("5", "6")}, beside={"P1": "5;6"}) == {"P1": "5;6", "P2": None, "P3": None}


def test_a_list_that_is_too_long_is_refused(compiled: Callable[..., CompiledMapping]) -> None:
    made = compiled(CONTACT).object("people")
    assert refused(made, {"phones": ("1", "2", "3", "4")}) == [
        ("phones", "P1", "{field} has {count} values here, and there is room for {most}")
    ]
    assert refused(made, {"phones": ("1;2",)}) == [("phones", "P1", "{value} holds the separator of the list")]
    assert refused(made, {"emails": ("a@x", "b@x")}) == [
        ("emails", "E", "there are {count} values, and there is room for {most}")
    ]
