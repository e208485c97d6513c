"""One thing is told in the singular, whatever the template says; nothing else of a text changes."""

import pytest

from crmbridge.report.i18n import catalog

EN, ZH = catalog("en"), catalog("zh")


@pytest.mark.parametrize(
    ("template", "of_one"),
    [
        ("{count} records have no {field}", "1 record has no amount"),
        ("{count} records of {object} have nothing in {field}", "1 record of deals has nothing in amount"),
        ("the pair {object} asks {count} new questions", "the pair deals asks 1 new question"),
        ("of {count} records nobody tells", "of 1 record nobody tells"),
        ("{count} tasks for customers wait", "1 task for customers wait"),
        ("{count} of the records are late", "1 of the records are late"),
        ("no data for {count} series", "no data for 1 series"),
        ("{count} touches are due", "1 touch is due"),
    ],
)
def test_one_is_one(template: str, of_one: str) -> None:
    params = {"object": "deals", "field": "amount"}
    assert EN.message(template, {**params, "count": 1}) == of_one
    assert EN.message(template, {**params, "count": "1"}) == of_one
    for many in (0, 2, 21):
        assert EN.message(template, {**params, "count": many}) == template.format(**params, count=many)


def test_what_is_no_count_is_left_alone() -> None:
    assert EN.message("{left} records", {"left": True}) == "True records"
    assert EN.message("{left} records", {"left": "A1"}) == "A1 records"


def test_chinese_has_one_form() -> None:
    told = {"count": 1, "measure": "amount"}
    assert ZH.message('{count} records have nothing in "{measure}"', told) == "1 条记录没有填写“金额”"
