import json
import unicodedata
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmbridge.mapping.compiler import CompiledMapping
from crmbridge.mapping.objects import CompiledObject
from crmbridge.mapping.outcome import Failed, Mapped

Compile = Callable[..., CompiledMapping]
Deal = Callable[..., CompiledObject]
Values = Callable[..., dict[str, Any]]
Failures = Callable[..., dict[str, str]]


def mapped(made: CompiledObject, payload: dict[str, object]) -> Mapped:
    row = made.read(payload)
    assert isinstance(row, Mapped), row
    return row


def test_every_type_of_field_fills_its_columns(deal: Deal, values: Values) -> None:
    made = deal(
        """
owner = { from = "O", object = "users" }
amount = { from = "A", unit = "万元" }
probability = { from = "P", percent = true }
expected_close = "E"
closed_at = { from = "C", format = "%Y-%m-%d %H:%M" }
last_touch_at = "L"
deal_type = { from = "T", values = { New = "new" } }
intent = "I"
region = "R"
""",
        tail='[objects.users]\nkind = "user"\n[objects.users.fields]\nname = "X"\n',
    )
    payload = {"N": "n", "O": "7", "A": "0.1054", "P": "30", "E": "2021-04-15", "C": "2021-04-15 08:00"}
    more = {"L": "2021-04-15", "T": "new", "I": "3", "R": "华东"}
    assert values(made, payload | more) == {
        "name": "n",
        "owner_ref": "7",
        "amount_e4": 10_540_000,
        "amount_currency": "CNY",
        "probability_e6": 300_000,
        "expected_close": "2021-04-15",
        "closed_at_us": 1618444800000000,
        "closed_at_precision": "exact",
        "last_touch_at_us": 1618416000000000,
        "last_touch_at_precision": "day",
        "deal_type": "new",
        "intent": 3,
        "region": "华东",
        "category": "open",
    }
    assert values(made, {"N": "n"} | dict.fromkeys("OAPECLTIR", " ")) == {"name": "n", "category": "open"}


def test_other_kinds_keep_lists_booleans_and_json(compiled: Compile, values: Values) -> None:
    text = """format = 1
[objects.c]
kind = "contact"
[objects.c.fields]
full_name = { from = ["First", "Last"] }
phones = "Tel"
channels = "Ch"
do_not_contact = "No"
birth_year = "Y"
"""
    payload = {"First": "Ann", "Last": "Lee", "Tel": "1;2", "Ch": {"qq": Decimal("1.0")}, "No": "是", "Y": 1990}
    assert values(compiled(text).object("c"), payload) == {
        "full_name": "Ann Lee",
        "phones": '["1","2"]',
        "channels": '{"qq":1.0}',
        "do_not_contact": 1,
        "birth_year": 1990,
    }


@pytest.mark.parametrize(
    ("parts", "joined"),
    [
        (("张", "三"), "张三"),
        (("Ann", "Lee"), "Ann Lee"),
        (("Ann", "三"), "Ann 三"),
        ((None, "Lee"), "Lee"),
        (("Ann", " "), "Ann"),
        ((1, 2), "1 2"),
    ],
)
def test_names_are_joined_without_a_space_between_chinese_characters(
    deal: Deal, values: Values, parts: tuple[object, object], joined: str
) -> None:
    made = deal('region = { from = ["A", "B"] }')
    assert values(made, {"N": "n", "A": parts[0], "B": parts[1]})["region"] == joined


def test_joins_and_fallbacks_and_parts(deal: Deal, values: Values, failures: Failures) -> None:
    made = deal(
        """
region = { from = ["A", "B"], join = "-", fallback = ["C"] }
segment = { from = "S", part = "name", empty = ["无", "N/A"], fallback = ["C", "D"] }
"""
    )
    assert values(made, {"N": "n", "A": "张", "B": "三", "S": {"name": "s"}})["region"] == "张-三"
    found = values(made, {"N": "n", "C": "", "D": "d", "S": {"name": "ｎ/a"}})
    assert found["segment"] == "d"
    assert "region" not in found
    assert values(made, {"N": "n", "S": "plain", "C": "c"})["region"] == "c"
    assert failures(made, {"N": "n", "A": []}) == {"region": "{value} is no {wanted}"}


def test_constants_stand_in_every_row(deal: Deal, values: Values) -> None:
    made = deal(
        """
stage = "S"
source = { value = "import" }
amount = { value = "5" }
region = { value = "west", when = "won" }
intent = { value = 2 }
""",
        tail='[objects.deals.custom]\nfrom = { value = "file", label = "From" }\n',
    )
    won = values(made, {"N": "n", "S": "Closed Won"})
    assert (won["source"], won["amount_e4"], won["amount_currency"], won["region"], won["intent"]) == (
        "import",
        50_000,
        "CNY",
        "west",
        2,
    )
    assert "region" not in values(made, {"N": "n", "S": "Talking"})
    custom = mapped(made, {"N": "n"}).custom
    assert json.loads(custom or "") == {"from": {"type": "text", "label": "From", "value": "file"}}


def test_each_record_may_bring_its_own_currency(deal: Deal, values: Values, failures: Failures) -> None:
    made = deal('amount = { from = "A", currency_from = "Cur" }')
    assert values(made, {"N": "n", "A": "5", "Cur": "usd"})["amount_currency"] == "USD"
    assert values(made, {"N": "n", "A": "5"})["amount_currency"] == "CNY"
    assert "amount_currency" not in values(made, {"N": "n", "A": "", "Cur": "USD"})
    assert failures(made, {"N": "n", "A": "5", "Cur": "dollars"}) == {"amount": "{value} is no currency code"}


def test_when_reads_one_column_as_plan_or_fact(deal: Deal, values: Values) -> None:
    made = deal(
        """
stage = "S"
expected_close = { from = "D", when = "open" }
closed_at = { from = "D", when = "closed" }
reason = { from = "R", when = "lost" }
competitor = { from = "R", when = "void" }
"""
    )
    day = {"N": "n", "D": "2021-04-15", "R": "price"}
    seen = {
        label: set(values(made, day | {"S": label}))
        for label in ("Talking", "Closed Won", "Dropped", "Junk", "Delivery", "?")
    }
    plan, fact = {"expected_close"}, {"closed_at_us", "closed_at_precision"}
    told = {label: found & (plan | fact | {"reason", "competitor"}) for label, found in seen.items()}
    assert told == {
        "Talking": plan,
        "?": plan,
        "Closed Won": fact,
        "Delivery": fact,
        "Dropped": fact | {"reason"},
        "Junk": fact | {"competitor"},
    }


def test_stages_are_found_by_id_or_label_folded(deal: Deal, values: Values) -> None:
    made = deal('stage = { from = "S", values = { "Deal!" = "Closed Won" } }')
    for label, key in (
        ("Talking", "talk"),
        (" TALKING ", "talk"),
        ("初步接触", "talk"),
        ("ＤＲＯＰＰＥＤ", "lost"),
        ("Deal!", "won"),
    ):
        found = values(made, {"N": "n", "S": label})
        assert (found["pipeline"], found["stage"], found["stage_raw"]) == (
            "sales",
            key,
            unicodedata.normalize("NFC", label),
        )
    assert values(made, {"N": "n", "S": "Delivery"})["category"] == "post_sale"


def test_an_unmapped_stage_stays_unknown_with_an_issue(deal: Deal, values: Values) -> None:
    made = deal('stage = "S"')
    row = mapped(made, {"N": "n", "S": "Frozen"})
    assert row.issues == '[["STAGE_UNMAPPED","stage","Frozen"]]'
    found = values(made, {"N": "n", "S": "Frozen"})
    assert (found["stage"], found["stage_raw"], found["category"], found["pipeline"]) == (
        "UNKNOWN",
        "Frozen",
        "open",
        "sales",
    )
    blank = values(made, {"N": "n"})
    assert blank["stage"] == "UNKNOWN"
    assert "stage_raw" not in blank


def test_the_vendors_own_flag_says_the_category_of_an_unmapped_stage(deal: Deal, values: Values) -> None:
    made = deal('stage = "S"\nstage_raw = "Label"', head='category = { from = "F", values = { Won = "won" } }')
    payload = {"N": "n", "S": "?", "F": "won", "Label": "Frozen"}
    assert (values(made, payload)["category"], values(made, payload)["stage_raw"]) == ("won", "Frozen")
    assert values(made, payload | {"F": "odd"})["category"] == "open"
    assert values(made, payload | {"S": "Dropped"})["category"] == "lost"
    only = deal('closed_at = { from = "C", when = "closed" }', head='category = { from = "F" }')
    found = values(only, {"N": "n", "F": "LOST", "C": "2021-01-01"})
    assert (found["category"], found["pipeline"], found["closed_at_precision"]) == ("lost", "sales", "day")
    assert "stage" not in found


def test_a_constant_stage_is_named_by_label_or_key(deal: Deal, values: Values) -> None:
    assert values(deal('stage = { value = "Closed Won" }'), {"N": "n"})["stage"] == "won"
    found = values(deal('stage = { value = "talk" }'), {"N": "n"})
    assert (found["stage"], found["category"]) == ("talk", "open")
    assert "stage_raw" not in found


def test_the_pipeline_may_stand_in_a_field(compiled: Compile, pipeline_text: str, values: Values) -> None:
    text = (
        pipeline_text
        + """
[pipelines.renewals]
names = { en = "Renewals" }
[[pipelines.renewals.stages]]
key = "due"
category = "open"
labels = ["Talking"]
[objects.deals]
kind = "deal"
pipeline = { from = "P", values = { "9" = "renewals", "1" = "sales" } }
[objects.deals.fields]
name = "N"
stage = "S"
"""
    )
    made = compiled(text).object("deals")
    assert values(made, {"N": "n", "P": 9, "S": "Talking"})["stage"] == "due"
    assert values(made, {"N": "n", "P": "1", "S": "Talking"})["stage"] == "talk"
    row = mapped(made, {"N": "n", "P": "5", "S": "Talking"})
    assert json.loads(row.issues or "") == [
        ["PIPELINE_UNMAPPED", "pipeline", "5"],
        ["STAGE_UNMAPPED", "stage", "Talking"],
    ]
    fixed = compiled(text.replace('{ from = "P", values = { "9" = "renewals", "1" = "sales" } }', '"renewals"'))
    assert values(fixed.object("deals"), {"N": "n", "S": "Talking"})["stage"] == "due"
    named = compiled(text.replace(', values = { "9" = "renewals", "1" = "sales" }', "")).object("deals")
    assert values(named, {"N": "n", "P": "renewals ", "S": "Talking"})["pipeline"] == "renewals"
    assert named.write({"pipeline": "sales"}) == {"P": "sales"}


def test_leads_have_stages_without_category_columns(compiled: Compile, values: Values) -> None:
    text = """format = 1
[pipelines.intake]
object = "lead"
[[pipelines.intake.stages]]
key = "new"
category = "open"
[[pipelines.intake.stages]]
key = "done"
category = "won"
[objects.l]
kind = "lead"
[objects.l.fields]
company_name = "C"
stage = "S"
converted = "Yes"
converted_at = { from = "D", when = "won" }
"""
    made = compiled(text).object("l")
    found = values(made, {"C": "c", "S": "Done", "Yes": "Yes", "D": "2021-01-01"})
    assert (found["pipeline"], found["stage"], found["converted"]) == ("intake", "done", 1)
    assert found["converted_at_precision"] == "day"


def test_a_lead_needs_a_name_of_a_person_or_a_company(compiled: Compile, values: Values, failures: Failures) -> None:
    text = 'format = 1\n[objects.l]\nkind = "lead"\n[objects.l.fields]\nfull_name = "F"\ncompany_name = "C"\n'
    made = compiled(text).object("l")
    assert values(made, {"C": "c"}) == {"company_name": "c"}
    assert values(made, {"F": "f"}) == {"full_name": "f"}
    assert failures(made, {"F": " "}) == {"full_name": "{kind} needs {field}"}
    failed = made.read({})
    assert isinstance(failed, Failed)
    assert failed.failures[0].failure.params == {"kind": "lead", "field": "full_name / company_name"}


def test_a_required_field_must_be_filled_and_is_blamed_once(deal: Deal, failures: Failures) -> None:
    assert failures(deal(), {"N": ""}) == {"name": "{kind} needs {field}"}
    failed = deal().read({"N": "a\x00"})
    assert isinstance(failed, Failed)
    assert [(f.field, f.vendor_field) for f in failed.failures] == [("name", "N")]


def test_all_failures_of_a_record_are_told_with_what_stood_there(deal: Deal) -> None:
    made = deal(
        'amount = "A"\nclosed_at = "C"\nregion = { from = ["R"], fallback = ["Q"], part = "x" }',
        tail='[objects.deals.custom]\nn = { from = "M", type = "number" }\n',
    )
    failed = made.read({"N": "n", "A": "x" * 100, "C": "?", "R": [1], "M": "many"})
    assert isinstance(failed, Failed)
    assert [(f.field, f.vendor_field, f.value_excerpt) for f in failed.failures] == [
        ("amount", "A", "x" * 60 + "…"),
        ("closed_at", "C", "?"),
        ("region", "R", "[1]"),
        ("custom.n", "M", "many"),
    ]


def test_a_stage_that_is_no_text_fails_the_record(deal: Deal, failures: Failures) -> None:
    made = deal('stage = { from = "S", part = "id" }', head='category = { from = "F" }\npipeline = { from = "P" }')
    good = {"N": "n", "S": {"id": "Talking"}, "P": "sales", "F": "open"}
    assert isinstance(made.read(good), Mapped)
    assert failures(made, good | {"S": {"id": []}}) == {"stage": "{value} is no {wanted}"}
    assert failures(made, good | {"P": 1.5}) == {"pipeline": "{value} is no {wanted}"}
    assert failures(made, good | {"F": {}}) == {"category": "{value} is no {wanted}"}
    joined = deal('stage = { from = ["S", "T"] }')
    assert failures(joined, {"N": "n", "S": []}) == {"stage": "{value} is no {wanted}"}
    assert failures(deal('stage = "S"'), {"N": "n", "S": 10**5000}) == {"stage": "{value} is too large a number"}


def test_an_unmapped_choice_is_an_issue_and_keeps_the_vendors_words(
    compiled: Compile, values: Values, failures: Failures
) -> None:
    text = """format = 1
[objects.a]
kind = "account"
[objects.a.fields]
name = "N"
status = { from = "T", values = { Client = "customer" } }
[objects.v]
kind = "activity"
[objects.v.fields]
type = { from = "T", values = { Call = "call" } }
direction = { from = "D", values = { In = "in" } }
"""
    account = compiled(text).object("a")
    assert values(account, {"N": "n", "T": "client"}) == {"name": "n", "status": "customer", "status_raw": "client"}
    odd = mapped(account, {"N": "n", "T": "Competitor"})
    assert odd.issues == '[["PICKLIST_UNMAPPED","status","Competitor"]]'
    assert values(account, {"N": "n", "T": "Competitor"}) == {"name": "n", "status_raw": "Competitor"}
    assert "status_raw" not in account.unknown
    activity = compiled(text).object("v")
    assert mapped(activity, {"T": "Call", "D": "Sideways"}).issues == '[["PICKLIST_UNMAPPED","direction","Sideways"]]'
    assert failures(activity, {"T": "Fax"}) == {"type": "{value} is in no table of values, and {field} is needed"}


def test_custom_fields_of_every_type(deal: Deal) -> None:
    lines = [
        f'{kind} = {{ from = "{kind}", type = "{kind}" }}'
        for kind in (
            "text", "long_text", "number", "money", "bool", "date", "datetime", "single", "multi", "user", "ref",
            "email", "phone", "url", "json", "opaque",
        )
    ]  # fmt: skip
    made = deal(tail="[objects.deals.custom]\n" + "\n".join(lines) + '\nday = { from = "day", type = "datetime" }\n')
    payload: dict[str, object] = {
        "N": "n", "text": "t", "long_text": "l", "number": "1.50", "money": "5", "bool": "是", "date": "2021-04-15",
        "datetime": "2021-04-15 08:00", "single": "s", "multi": "a;b", "user": "7", "ref": 8, "email": "a@B.c",
        "phone": "+8613812345678", "url": "http://x", "json": {"a": Decimal("1.10")}, "opaque": "o",
        "day": "2021-04-15",
    }  # fmt: skip
    custom = mapped(made, payload).custom or ""
    assert {name: (one["type"], one["value"]) for name, one in json.loads(custom).items() if name != "day"} == {
        "text": ("text", "t"),
        "long_text": ("long_text", "l"),
        "number": ("number", "1.5"),
        "money": ("money", {"amount": "5.00", "currency": "CNY"}),
        "bool": ("bool", True),
        "date": ("date", "2021-04-15"),
        "datetime": ("datetime", "2021-04-15T00:00:00Z"),
        "single": ("single", "s"),
        "multi": ("multi", ["a", "b"]),
        "user": ("user", "7"),
        "ref": ("ref", "8"),
        "email": ("email", "a@b.c"),
        "phone": ("phone", "+8613812345678"),
        "url": ("url", "http://x"),
        "json": ("json", {"a": 1.1}),
        "opaque": ("opaque", "o"),
    }
    assert '"a":1.10' in custom
    assert json.loads(custom)["day"]["value"] == "2021-04-15"
    assert mapped(made, {"N": "n"}).custom is None


def test_a_custom_choice_that_no_rule_names_is_an_issue(deal: Deal) -> None:
    made = deal(tail='[objects.deals.custom]\nc = { from = "C", lens = "picklist", values = { A = "a" } }\n')
    assert mapped(made, {"N": "n", "C": "A"}).custom == '{"c":{"type":"text","value":"a"}}'
    odd = mapped(made, {"N": "n", "C": "B"})
    assert (odd.custom, odd.issues) == (None, '[["PICKLIST_UNMAPPED","custom.c","B"]]')


def test_stage_dates_are_kept_in_the_order_of_the_stages(deal: Deal, failures: Failures) -> None:
    tail = '[objects.deals.stage_dates]\nwon = { from = "W", when = "won" }\ntalk = "T"\njunk = false\n'
    made = deal('stage = "S"', tail=tail)
    both = mapped(made, {"N": "n", "S": "Closed Won", "W": "2021-04-16 08:00", "T": "2021-04-15"})
    assert both.stage_dates == '[["talk",1618416000000000,"day"],["won",1618531200000000,"exact"]]'
    assert mapped(made, {"N": "n", "S": "Talking", "W": "2021-04-16"}).stage_dates is None
    assert failures(made, {"N": "n", "T": "soon"}) == {"stage_dates.talk": "{value} is no date of the form {formats}"}


def test_texts_and_numbers_that_look_alike_are_not_mixed_up(deal: Deal, values: Values, failures: Failures) -> None:
    made = deal('amount = "A"\nintent = "I"')
    assert values(made, {"N": "n", "A": "1"})["amount_e4"] == 10_000
    assert values(made, {"N": "n", "A": 1})["amount_e4"] == 10_000
    assert failures(made, {"N": "n", "A": True}) == {"amount": "{value} is no {wanted}"}
    assert failures(made, {"N": "n", "A": 1.0}) == {"amount": "{value} is no {wanted}"}


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.decimals() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(payload=st.dictionaries(st.sampled_from("NSAPECTIRXYZ"), JSON_VALUES))
def test_no_payload_whatever_raises(deal: Deal, payload: dict[str, object]) -> None:
    made = _fuzzed(deal)
    row = made.read(payload)
    if isinstance(row, Mapped):
        assert len(row.values) == len(made.kind.columns)
        for text in (row.custom, row.stage_dates, row.issues):
            assert text is None or json.loads(text)
    else:
        assert row.failures
        for failure in row.failures:
            failure.failure.template.format(**failure.failure.params)


def _fuzzed(deal: Deal) -> CompiledObject:
    return deal(
        """
stage = "S"
amount = { from = "A", currency_from = "X" }
probability = "P"
expected_close = { from = "E", when = "open" }
closed_at = { from = "E", when = "closed" }
deal_type = { from = "T", values = { a = "new" } }
intent = "I"
region = { from = ["R", "Y"], fallback = ["Z"], empty = ["-"] }
""",
        head='category = { from = "C" }\npipeline = { from = "P" }',
        tail='[objects.deals.custom]\nx = { from = "X", type = "json" }\ny = { from = "Y", type = "multi" }\n'
        '[objects.deals.stage_dates]\ntalk = "Z"\n',
    )
