"""The whole guess: it compiles whatever it is given, says what each rule rests on, and asks what it cannot know."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmbridge.adapter.catalog import Catalog, FieldInfo, Limits, ObjectInfo, PicklistValue, PipelineInfo, StageInfo
from crmbridge.mapping.compiler import CompiledMapping
from crmbridge.mapping.document import load
from crmbridge.mapping.drift import ERRORS, check
from crmbridge.mapping.guess import words
from crmbridge.mapping.guess.guess import guess
from crmbridge.mapping.guess.profile import sample
from crmbridge.mapping.guess.rule import Guess
from crmbridge.mapping.outcome import Mapped

Tables = Callable[..., Guess]
Compile = Callable[..., CompiledMapping]


def table(name: str, *columns: str, key: str | None = None, picklist: tuple[str, ...] = ()) -> ObjectInfo:
    choices = tuple(PicklistValue(value=v, label=v) for v in picklist)
    fields = tuple(FieldInfo(name=c, label=c, type="text", picklist=choices if c == "Stage" else ()) for c in columns)
    return ObjectInfo(name=name, label=name, fields=fields, key_field=key)


def catalog(*objects: ObjectInfo, pipelines: tuple[PipelineInfo, ...] = ()) -> Catalog:
    return Catalog(objects=objects, pipelines=pipelines, limits=Limits(page_size=1, batch_size=1))


# -- from names alone -------------------------------------------------------------------------------------------------


def test_a_chinese_export_is_recognised_by_its_names_alone(compiled: Compile) -> None:
    source = catalog(
        table(
            "商机",
            "商机编号",
            "商机名称",
            "客户名称",
            "负责人",
            "销售阶段",
            "结单日期",
            "成交金额（万元）",
            key="商机编号",
        ),
        table("客户", "客户名称", "行业", "年营收（人民币）", key="客户名称"),
        table("员工", "姓名", "手机", key="姓名"),
    )
    text = guess(source, {}).text
    made = compiled(text)
    assert made.object("商机").kind.name == "deal"
    assert made.object("商机").ref_targets == {"account": ("客户",), "owner": ("员工",)}
    rules = load(text).body.objects["商机"].fields
    assert rules["amount"].parameters == {"currency": "CNY", "unit": "万元"}
    assert (rules["closed_at"].when, rules["expected_close"].when) == ("closed", "open")
    assert load(text).body.objects["客户"].fields["annual_revenue"].parameters == {"currency": "CNY"}
    assert [note for note in check(load(text), source) if note.code in ERRORS] == []


def test_stages_come_from_the_source_where_it_says_them(compiled: Compile) -> None:
    stages = (
        StageInfo(id="s2", label="成交", order=2),
        StageInfo(id="s1", label="Talk", order=1),
        StageInfo(id="s3", label="talk!", order=3, category="void"),
        StageInfo(id="s4", label="Unknown", order=4),
        StageInfo(id="s6", label="Lost (won back)", order=6),
    )
    source = catalog(
        table("Deals", "Deal Name", "Stage", "Close Date", "Expected Close", "Probability"),
        pipelines=(PipelineInfo(id="p", label="P", object="Deals", stages=stages),),
    )
    text = guess(source, {}).text
    assert [(s.names["en"], s.category.value) for s in compiled(text).pipelines[0].stages] == [
        ("Talk", "open"),
        ("Won", "won"),
        ("talk!", "void"),
        ("Unknown", "open"),
        ("Lost (won back)", "lost"),
    ]
    rules = load(text).body.objects["Deals"].fields
    assert rules["expected_close"].source == ("Expected Close",)
    assert rules["closed_at"].when == "closed"
    assert rules["probability"].parameters == {"percent": True}


def test_stages_come_from_a_picklist_else_the_usual_three(compiled: Compile) -> None:
    listed = compiled(guess(catalog(table("Deals", "Name", "Stage", picklist=("Talk", "Won"))), {}).text)
    assert [s.key for s in listed.pipelines[0].stages] == ["talk", "won"]
    usual = guess(catalog(table("Deals", "Name", "Stage")), {})
    assert [s.key for s in compiled(usual.text).pipelines[0].stages] == ["open", "won", "lost"]
    assert "ASK_STAGES" in {note.code for note in usual.questions}


def test_a_guess_of_nothing_is_a_mapping(compiled: Compile) -> None:
    assert compiled(guess(catalog(), {}).text).objects == {}
    unreadable = ObjectInfo(name="Deals", label="Deals", fields=(), readable=False, note="no")
    assert compiled(guess(catalog(unreadable), {}).text).objects == {}


# -- from values ------------------------------------------------------------------------------------------------------


def test_closed_lists_are_read_in_both_languages_and_the_rest_is_asked(guessed: Tables) -> None:
    made = guessed(leads="线索编号,姓名,公司,线索状态\n1,甲,a,跟进中\n2,乙,b,无效\n3,丙,c,不知道\n")
    values = load(made.text).body.objects["leads"].fields["status"].parameters["values"]
    assert values == {"跟进中": "working", "无效": "void"}
    (note,) = [note for note in made.questions if note.code == "ASK_CHOICE"]
    assert (note.params["value"], note.params["count"]) == ("不知道", 1)
    assert len(made.questions) == 1, "a choice that nobody named keeps no record back"


def test_a_list_of_which_no_word_is_known_stays_as_it_is_written(guessed: Tables) -> None:
    made = guessed(leads="Lead Id,Name,Lead Status\n1,x,Alpha\n2,y,Beta\n", tasks="Subject,Status,Due Date\nx,Odd,\n")
    assert load(made.text).body.objects["leads"].fields["status_raw"].source == ("Lead Status",)
    assert [note.params["column"] for note in made.questions if note.code == "ASK_UNREADABLE"] == [
        "Lead Status",
        "Status",
    ]


@pytest.mark.parametrize(
    ("header", "cells", "rule"),
    [
        ("是否转化", ["是", "否"], {}),
        ("CONVERTED", ["Yes", "No"], {}),
        (
            "Converted",
            ["已转化", "未转化"],
            {"true": ["converted", "已转化", "已转换"], "false": ["not converted", "unconverted", "未转化", "未转换"]},
        ),
    ],
)
def test_yes_and_no_in_both_languages(guessed: Tables, header: str, cells: list[str], rule: dict[str, object]) -> None:
    rows = "".join(f"{n},x,{cell}\n" for n, cell in enumerate(cells))
    made = guessed(leads=f"Lead Id,Name,{header}\n{rows}")
    assert load(made.text).body.objects["leads"].fields["converted"].parameters == rule


def test_first_and_last_name_are_put_together_in_the_order_of_the_language(guessed: Tables, compiled: Compile) -> None:
    made = guessed(
        contacts="Contact Id,First Name,Last Name,Email\n1,Ann,Lee,a@b.c\n",
        联系人="联系人编号,姓,名,手机\n1,张,三,13800138000\n",
    )
    assert load(made.text).body.objects["contacts"].fields["full_name"].source == ("First Name", "Last Name")
    row = compiled(made.text).object("联系人").read({"姓": "张", "名": "三", "手机": "13800138000"})
    assert isinstance(row, Mapped)
    assert {"张三", '["+8613800138000"]'} <= set(row.values)


def test_lists_in_a_cell_are_cut_where_all_parts_are_addresses(guessed: Tables) -> None:
    made = guessed(contacts='Contact Id,Name,Email\n1,x,"a@b.c, d@e.f"\n2,y,g@h.i\n')
    assert load(made.text).body.objects["contacts"].fields["emails"].parameters["separator"][0] == ","


def test_a_column_of_codes_says_each_amounts_currency(guessed: Tables) -> None:
    made = guessed(deals="id,Deal Name,Stage,Amount,Currency\n1,a,Won,5,EUR\n2,b,Lost,6,USD\n")
    assert load(made.text).body.objects["deals"].fields["amount"].parameters == {"currency_from": "Currency"}


def test_a_plan_and_a_fact_with_columns_of_their_own_are_not_split(guessed: Tables) -> None:
    made = guessed(
        deals="id,商机名称,销售阶段,预计成交日期,实际成交日期\n1,a,赢单,2021-04-01,2021-04-15\n2,b,报价,2021-05-01,\n"
    )
    rules = load(made.text).body.objects["deals"].fields
    assert (rules["expected_close"].source, rules["expected_close"].when) == (("预计成交日期",), None)
    assert (rules["closed_at"].source, rules["closed_at"].when) == (("实际成交日期",), "closed")


def test_every_column_is_kept_and_no_column_is_read_twice_by_mistake(guessed: Tables) -> None:
    header = "id,Deal Name,Stage,Amount,Colour,颜色,Colour!,数量 (件)"
    made = guessed(deals=f"{header}\n1,a,Won,5,red,红,x,3\n2,b,Lost,6,blue,蓝,y,4\n")
    rule = load(made.text).body.objects["deals"]
    assert {one.source[0] for one in (*rule.fields.values(), *rule.custom.values())} >= set(header.split(",")[1:])
    assert (rule.custom["colour"].type, rule.custom["数量_件"].type) == ("text", "number")


def test_ids_of_digits_stay_text(guessed: Tables) -> None:
    made = guessed(deals="id,Deal Name,Stage,Account Owner Id,Room\n1,a,Won,1001,0042\n2,b,Lost,1002,0043\n")
    custom = load(made.text).body.objects["deals"].custom
    assert {name: custom[name].type for name in ("room",)} == {"room": "text"}


def test_the_summary_tells_the_runner_up(guessed: Tables) -> None:
    (note,) = guessed(deals="id,Deal Name,Stage\n1,a,Won\n2,b,Lost\n").summaries
    assert (note.code, note.params["kind"]) == ("GUESSED", "deal")
    assert float(str(note.params["score"])) > float(str(note.params["second_score"]))


def test_descriptions_in_a_table_beside_are_read(guessed: Tables) -> None:
    made = guessed(
        accounts="account,revenue\nAcme,1.5\nBolt,2.5\n",
        dictionary="Table,Field,Description\naccounts,account,Company name\naccounts,revenue,In millions of EUR\n",
    )
    rule = load(made.text).body.objects["accounts"].fields["annual_revenue"]
    assert rule.parameters == {"unit": "M", "currency": "EUR"}


HEADERS = sorted(
    {header.lstrip("*") for name in words.kinds() for group in words.field_words(name).values() for header in group}
)
CELLS = st.sampled_from(
    [
        "",
        "1",
        "0",
        "5.5",
        "1,5",
        "$3",
        "5万",
        "yes",
        "否",
        "Won",
        "输单",
        "2/3/2021",
        "2021-04-15",
        "31.12.2020",
        "n/a",
        "x\ty",
    ]
) | st.text(max_size=6)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from(["deals", "leads", "accounts", "contacts", "users", "orders", "tasks", "activities", "x"]),
    columns=st.lists(st.sampled_from(HEADERS) | st.text(max_size=5), min_size=1, max_size=8, unique=True),
    data=st.data(),
)
def test_whatever_a_file_holds_the_guess_compiles_and_reads_every_row(
    compiled: Compile, name: str, columns: list[str], data: st.DataObject
) -> None:
    rows = data.draw(st.lists(st.tuples(*[CELLS] * len(columns)), max_size=4))
    payloads = [dict(zip(columns, row, strict=True)) for row in rows]
    made = guess(
        catalog(table(name, *columns, key=columns[0])), {name: sample(payloads)}, adds_objects=data.draw(st.booleans())
    )
    found = compiled(made.text)
    for payload in payloads:
        if name in found.objects:
            found.object(name).read(payload)
    for note in made.notes:
        assert str(note)
