from collections.abc import Callable

from crmbridge.adapter.catalog import Catalog, FieldInfo, Limits, ObjectInfo, PicklistValue, PipelineInfo, StageInfo
from crmbridge.mapping.compiler import CompiledMapping
from crmbridge.mapping.document import load
from crmbridge.mapping.draft import draft
from crmbridge.mapping.drift import ERRORS, check

Compile = Callable[..., CompiledMapping]


def table(name: str, *columns: str, key: str | None = None, picklist: tuple[str, ...] = ()) -> ObjectInfo:
    choices = tuple(PicklistValue(value=v, label=v) for v in picklist)
    fields = tuple(FieldInfo(name=c, label=c, type="text", picklist=choices if c == "Stage" else ()) for c in columns)
    return ObjectInfo(name=name, label=name, fields=fields, key_field=key)


def catalog(*objects: ObjectInfo, pipelines: tuple[PipelineInfo, ...] = ()) -> Catalog:
    return Catalog(objects=objects, pipelines=pipelines, limits=Limits(page_size=1, batch_size=1))


def test_a_chinese_export_is_recognised_with_unit_and_stages(compiled: Compile) -> None:
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
    text = draft(source)
    made = compiled(text)
    assert made.object("商机").kind.name == "deal"
    assert made.object("商机").ref_targets == {"account": "客户", "owner": "员工"}
    rules = load(text).body.objects["商机"].fields
    assert rules["amount"].parameters == {"unit": "万元"}
    assert (rules["closed_at"].when, rules["expected_close"].when) == ("closed", "open")
    assert load(text).body.objects["客户"].fields["annual_revenue"].parameters == {"currency": "CNY"}
    assert '# "商机编号" = { from = "商机编号", type = "text" }' in text
    assert [note for note in check(load(text), source) if note.code in ERRORS] == []


def test_stages_come_from_the_source_where_it_says_them(compiled: Compile) -> None:
    stages = (
        StageInfo(id="s2", label="成交", order=2),
        StageInfo(id="s1", label="Talk", order=1),
        StageInfo(id="s3", label="talk!", order=3, category="void"),
        StageInfo(id="s4", label="Unknown", order=4),
        StageInfo(id="s5", label="无效", order=5),
        StageInfo(id="s6", label="Lost (won back)", order=6),
    )
    source = catalog(
        table("Deals", "Deal Name", "Stage", "Close Date", "Expected Close", "Probability"),
        pipelines=(PipelineInfo(id="p", label="P", object="Deals", stages=stages),),
    )
    made = compiled(draft(source))
    assert [(s.key, s.category.value) for s in made.pipelines[0].stages] == [
        ("talk", "open"),
        ("stage_2", "won"),
        ("talk_3", "void"),
        ("unknown_4", "open"),
        ("stage_5", "void"),
        ("lost_won_back", "lost"),
    ]
    rules = load(draft(source)).body.objects["Deals"].fields
    assert rules["closed_at"].when == "closed"
    assert rules["expected_close"].source == ("Expected Close",)
    assert rules["probability"].parameters == {"percent": True}


def test_stages_come_from_a_picklist_else_the_usual_three(compiled: Compile) -> None:
    listed = compiled(draft(catalog(table("Deals", "Name", "Stage", picklist=("Talk", "Won")))))
    assert [s.key for s in listed.pipelines[0].stages] == ["talk", "won"]
    usual = compiled(draft(catalog(table("Deals", "Name", "Stage"))))
    assert [s.key for s in usual.pipelines[0].stages] == ["open", "won", "lost"]


def test_kinds_without_a_recognised_name_take_the_key(compiled: Compile) -> None:
    source = catalog(
        table("Customers", "Ref\x7f", "Colour", key="Ref\x7f"),
        table("Leads", "Ref", "Email"),
        table("order report", "订单编号", "x\ny"),
        table("Mystery", "Amount", "Name", "Deal Stage"),
        table("Nothing", "a", "b"),
        table("Activities", "Subject"),
        table("Empty deals"),
    )
    made = compiled(draft(source))
    assert {name: one.kind.name for name, one in made.objects.items()} == {
        "Customers": "account",
        "Leads": "lead",
        "order report": "order",
        "Mystery": "deal",
    }
    assert "# Nothing: nothing in its name" in draft(source)
    assert made.object("Leads").vendor_fields == {"Ref", "Email"}


def test_a_reference_to_nothing_is_left_to_the_person(compiled: Compile) -> None:
    text = draft(catalog(table("Deals", "Deal Name", "Account")))
    assert compiled(text).object("Deals").ref_targets == {}
    assert '# Account = { from = "Account", type = "text" }' in text


def test_a_draft_of_nothing_is_a_mapping(compiled: Compile) -> None:
    assert compiled(draft(catalog())).objects == {}
