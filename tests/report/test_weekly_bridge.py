"""The weekly report of a whole workspace: from files to the page, through the one door."""

import re
from collections.abc import Iterator

import pytest
from tests.report.weekly_worlds import Page

from crmbridge.app import demo
from crmbridge.app.bridge import Bridge
from crmbridge.app.demo.company import AS_OF
from crmbridge.model.errors import ConfigError

SMALL = demo.Size(users=4, accounts=8, contacts=12, leads=20, deals=60, activities=30, tasks=10)


@pytest.fixture(scope="module")
def bridges(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Bridge]]:
    folders = demo.write_workspaces(demo.invent(size=SMALL), tmp_path_factory.mktemp("demo"))
    opened = [Bridge.open(folder, as_of=AS_OF, environ={}) for folder in folders]
    for bridge in opened:
        assert bridge.sync([]).exit_code in {0, 1}
    yield opened
    for bridge in opened:
        bridge.close()


def figures(html: str) -> list[str]:
    return re.findall(r"¥[\d,.]+|\d+(?:\.\d+)? %", Page.of(html).text)


def test_two_exports_of_one_company_give_one_report(bridges: list[Bridge]) -> None:
    english, chinese = (figures(bridge.report_weekly(language="en")) for bridge in bridges)
    assert english == chinese
    assert len(english) > 40


def test_the_header_tells_company_week_freshness_and_source(bridges: list[Bridge]) -> None:
    text = Page.of(bridges[1].report_weekly("2026-W26", language="zh")).text
    for part in (
        "岚禾仪器",
        "2026-W26",
        "2026-06-22 – 2026-06-28",
        "截至 2026-06-30 23:59:59 +08:00",
        "来源 crm (csv)",
    ):
        assert part in text
    assert "上次读取未知" not in text
    assert "2 条记录无法使用，在隔离区等待" in text


def test_the_figures_are_those_of_the_funnel(bridges: list[Bridge]) -> None:
    whole = bridges[0].funnel().rows[0]
    text = Page.of(bridges[0].report_weekly(language="en")).text
    assert f"{whole['open']} deals" in text
    assert f"of {whole['open']} open deals" in text


def test_data_quality_has_its_place(bridges: list[Bridge]) -> None:
    texts = Page.of(bridges[0].report_weekly(language="en")).texts
    assert "Data quality" in texts
    assert "Score by owner" in texts
    assert any(text.startswith("Score of all records: ") for text in texts)


def test_without_as_of_a_week_is_seen_from_its_end(bridges: list[Bridge]) -> None:
    with Bridge.open(bridges[0].workspace.folder, environ={}) as bridge:
        assert "as of 2026-06-28 23:59:59 +08:00" in Page.of(bridge.report_weekly("2026-W26")).texts


def test_a_week_that_is_none_is_refused(bridges: list[Bridge]) -> None:
    with pytest.raises(ConfigError, match="there is no week"):
        bridges[0].report_weekly("26")
