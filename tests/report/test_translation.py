"""What the Chinese catalog makes of templates that were put together, and of values that are words of ours."""

import pytest

from crmbridge.adapter.capabilities import Capability
from crmbridge.report import words
from crmbridge.report.i18n import catalog
from crmbridge.report.listing import Names, Word

EN, ZH = catalog("en"), catalog("zh")


def test_a_message_with_its_hint_is_known_by_its_two_parts() -> None:
    template = "there is no calendar {name} (did you mean {nearest}?)"
    assert ZH.message(template, {"name": "CM", "nearest": "CN"}) == "没有日历 CM（是否想写 CN？）"
    assert EN.message(template, {"name": "CM", "nearest": "CN"}) == "there is no calendar CM (did you mean CN?)"


def test_a_message_put_together_of_unknown_parts_stays_as_it_is() -> None:
    assert ZH.text("nobody wrote this (or that)") == "nobody wrote this (or that)"
    assert ZH.text("there is no calendar {name} (or that)") == "there is no calendar {name} (or that)"


@pytest.mark.parametrize(
    ("template", "shown"),
    [
        ("there are no records of kind {kind}", "没有商机类型的记录"),
        ("{kind} has no field {field}", "商机没有字段 x"),
        ("crmbridge export {kind} lists them", "用 crmbridge export deal 查看全部"),
    ],
)
def test_a_kind_of_records_is_a_word_but_not_in_a_command_to_type(template: str, shown: str) -> None:
    assert ZH.message(template, {"kind": "deal", "field": "x"}) == shown


def test_a_kind_that_does_not_exist_is_shown_as_it_was_typed() -> None:
    assert ZH.message("there is no kind {kind}", {"kind": "dael"}) == "没有记录类型 dael"
    assert EN.message("there is no kind {kind}", {"kind": "deal"}) == "there is no kind deal"


def test_a_value_that_has_names_is_shown_in_the_language() -> None:
    reason = Names({"en": "by hand", "zh": "需要手工"})
    template = "{capability} is not there yet: {reason}"
    assert ZH.message(template, {"capability": "schema", "reason": reason}) == "尚未支持“新建字段”：需要手工"
    assert EN.message(template, {"capability": "schema", "reason": reason}) == "schema is not there yet: by hand"


def test_a_word_of_ours_among_names_is_translated_and_the_same_name_of_the_company_is_not() -> None:
    assert words.cell(Word("all"), "text", ZH) == "全部"
    assert words.cell("all", "text", ZH) == "all"
    assert words.cell(Word("note", "notice"), "word", ZH) == "提示"
    assert words.cell(Word("note", "notice"), "word", EN) == "notice"
    assert Word("all") == "all"


@pytest.mark.parametrize(
    ("template", "params", "shown"),
    [
        (
            "{host} cannot answer now: {reason}",
            {"host": "api.example", "reason": "status 503"},
            "api.example 暂时无法应答：HTTP 状态 503",
        ),
        (
            "{host} cannot answer now: {reason}",
            {"host": "api.example", "reason": "status 502 and a page instead of data"},
            "api.example 暂时无法应答：HTTP 状态 502，返回的是网页而不是数据",
        ),
        (
            "the plan {plan} is {state}: there is nothing to carry out",
            {"plan": "main-4x9kq", "state": "superseded"},
            "变更计划 main-4x9kq（已被取代）没有可执行的内容",
        ),
        (
            "the plan {plan} waits for a person: {reason}",
            {"plan": "main-4x9kq", "reason": "30 records would be deleted within 24 hours, 20 may be"},
            "变更计划 main-4x9kq 等待人工确认：24 小时内将删除 30 条记录，上限 20 条",
        ),
        (
            "nothing is sent to {host}: {reason}",
            {"host": "api.example", "reason": "it is not a host of this connection"},
            "没有向 api.example 发送任何内容：它不是该连接的主机",
        ),
        (
            "{object} is read by {way} instead: {reason}",
            {"object": "Deals", "way": "list", "reason": "Zoho could not export Deals: FAILURE"},
            "Deals 改用“列表”方式读取：Zoho 无法导出 Deals：FAILURE",
        ),
    ],
)
def test_a_reason_that_was_put_together_is_translated_with_its_values(
    template: str, params: dict[str, str], shown: str
) -> None:
    assert ZH.message(template, params) == shown


@pytest.mark.parametrize(
    "word", ["expired", "subscribe", "keyring", "credentials", "token", "budget", "reading", "list"]
)
def test_words_of_connections_have_chinese_ones(word: str) -> None:
    assert ZH.text(word) != word


def test_every_capability_has_a_chinese_word() -> None:
    assert [one.value for one in Capability if ZH.text(one.value) == one.value] == []


def test_what_speaks_against_the_other_ways_of_reading_is_translated_way_by_way() -> None:
    template = "{object} is read by {way}: {records} records, {credits} credits, {calls} calls ({others})"
    params = {"object": "Calls", "way": "list", "records": 5, "credits": 1, "calls": 1}
    others = "query: gives no $se_module, What_Id; bulk: 56 / 7"
    assert ZH.message(template, {**params, "others": others}) == (
        "Calls 的读取方式为“列表”：5 条记录，1 点额度，1 次调用"
        "（其他方式的额度 / 调用：查询：取不到 $se_module, What_Id；批量读取：56 / 7）"
    )
    assert EN.message(template, {**params, "others": others}).endswith(f"1 call ({others})")
