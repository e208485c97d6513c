"""What people read of figures and lists is words, not keys; programs get the keys all the same."""

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from tests.services.response_worlds import AS_OF, CN

from crmbridge.app.weekly import week_named
from crmbridge.cli.render import heading
from crmbridge.facts.store import Facts
from crmbridge.model.calendar.intervals import Interval
from crmbridge.model.money import Money
from crmbridge.report.customers import customers_listing
from crmbridge.report.figures import funnel_listing
from crmbridge.report.i18n import catalog
from crmbridge.report.listing import Word
from crmbridge.report.losses import loss_row
from crmbridge.report.pack import Pack, PackSection, pack_listing
from crmbridge.report.pack_charts import chart
from crmbridge.report.pack_page import page
from crmbridge.report.quality import worst_said
from crmbridge.report.response import response_listing
from crmbridge.report.risk import risk_listing
from crmbridge.report.scorecards import figure
from crmbridge.report.scores import scores_listing
from crmbridge.report.weekly_charts import shortened
from crmbridge.report.weekly_words import Speech
from crmbridge.report.words import cell
from crmbridge.services.cadence_document import built_in as built_in_cadence
from crmbridge.services.customers import customers
from crmbridge.services.customers_report import CustomersRequest
from crmbridge.services.defaults import default_pipeline
from crmbridge.services.funnel import funnel
from crmbridge.services.funnel_report import FunnelRequest
from crmbridge.services.kpi import find, measure_kpis, registry
from crmbridge.services.losses import Loss
from crmbridge.services.quality_report import Tally
from crmbridge.services.response import response
from crmbridge.services.response_report import ResponseRequest, Waiting
from crmbridge.services.results import Amount, Period, Rate
from crmbridge.services.risk import risk
from crmbridge.services.risk_report import RiskRequest
from crmbridge.services.scores import scores
from crmbridge.services.scores_document import built_in as built_in_scores
from crmbridge.services.scores_report import ScoresRequest, TierGroup

EN, ZH = catalog("en"), catalog("zh")


def shown(value: object) -> tuple[str, str]:
    return cell(value, "text", EN), cell(value, "text", ZH)


@pytest.fixture
def facts() -> Any:
    with Facts.in_memory(zone="Asia/Shanghai", currency="CNY") as made:
        made.insert("deals", [{"id": "d", "subject": "crm:d", "pipeline": "sales", "stage": "prospect"}])
        made.insert("leads", [{"id": "l", "subject": "crm:l"}])
        yield made


def test_states_of_customers(facts: Facts) -> None:
    told = customers_listing(customers(facts, [default_pipeline()], CustomersRequest(AS_OF)))
    states = {str(row["state"]): shown(row["state"]) for row in told.rows if row["section"] == "states"}
    assert states["at_risk"] == ("customer at risk", "有流失风险")
    assert states["active"] == ("active customer", "活跃")
    (vips,) = [row["group"] for row in told.rows if row["section"] == "vips"]
    assert (vips, *shown(vips)) == ("vip", "VIP", "VIP")


def test_the_stage_of_a_deal_at_risk(facts: Facts) -> None:
    period = Period(date(2026, 1, 1), date(2026, 4, 1))
    money = {"amount_e4": 100_0000, "amount_currency": "CNY", "expected_close": date(2026, 1, 2)}
    facts.insert("deals", [{"id": "e", "subject": "crm:e", "pipeline": "default", "stage": "prospect", **money}])
    told = risk_listing(risk(facts, [default_pipeline()], RiskRequest(AS_OF, period, least="low")))
    (stage,) = {shown(row["stage"]) for row in told.rows if row["section"] == "deals"}
    assert stage == ("Prospect", "潜在客户")


def test_the_checks_that_cost_the_most() -> None:
    (one,) = worst_said([("next_step", Tally(3, 2))])
    assert shown(one) == (
        "done on an open deal without a next step: 2 of 3",
        "在进行中的商机上完成，却没有下一步：2 / 3",
    )
    assert one.params["check"] == "next_step"


def test_what_a_kpi_lacks(facts: Facts) -> None:
    facts.insert("tasks", [{"id": "t"}])
    window = Period(date(2026, 1, 1), date(2026, 4, 1))
    (found,) = measure_kpis(facts, [default_pipeline()], [find(registry(), "tasks")], as_of=AS_OF, window=window)
    assert found.unavailable is not None
    assert shown(found.unavailable.reason) == ('no task has anything in "created at"', "没有任务填写“创建日期”")


def test_a_share_of_satisfied_customers() -> None:
    assert shown(figure(Fraction(9, 10), None, None, kpi_id="csat")) == ("90.00 %", "90.00 %")


def test_whose_sheet_it_is() -> None:
    sheet = Pack("rep/01M8", "Li", week_named("2026-W25"), AS_OF, (), (), "one-to-one/1")
    window = pack_listing(sheet).window
    assert window is not None
    assert (window["key"], window["team"]) == ("rep/01M8|2026-W25", "rep/01M8")
    assert not any("01M8" in line for line in heading(pack_listing(sheet), EN))


def test_a_column_of_a_chart_tells_thousands_whole() -> None:
    assert [shortened(value) for value in (0.12345, 12.345, 1234.5, 98765.4)] == [0.123, 12.3, 1234.0, 98765.0]
    won = [{"period": "2026-06", "amount": Money(Decimal(1234567000), "CNY"), "won": 2}]
    drawn = chart(PackSection("trend", ("period", "amount", "won"), won), Speech(EN))
    assert drawn is not None
    assert "1,235" in str(drawn.wide)


def test_an_amount_below_nothing_stays_on_one_line_of_a_phone() -> None:
    less = [{"what": Word("lost"), "amount": Money(Decimal("-1234567.00"), "CNY"), "n": 1}]
    week = Pack("north", "North", week_named("2026-W25"), AS_OF, (PackSection("waterfall", ("what", "amount"), less),))
    (cell_class,) = re.findall(r'<td class="([^"]*)"[^>]*><span>\s*<span class="text">-¥1,234,567.00<', page(week, EN))
    assert {"end", "one"} <= set(cell_class.split())
    assert "td.end.one .text { white-space: nowrap; }" in page(week, EN)


def test_a_loss_without_a_decision(facts: Facts) -> None:
    report = funnel(facts, [default_pipeline()], FunnelRequest(AS_OF))
    loss = Loss("reason", "no_decision", "no_decision", Rate.of(1, 2), Amount(0, "CNY", 1))
    reason = loss_row(report, loss)["reason"]
    assert (reason, *shown(reason)) == ("no_decision", "no decision", "未决策")


def test_for_whom_a_tier_is(facts: Facts) -> None:
    report = scores(facts, [default_pipeline()], ScoresRequest(AS_OF))
    groups = tuple(TierGroup("lead", tier, 1) for tier in "ABCD")
    told = scores_listing(replace(report, groups=groups), built_in_scores())
    levels = [level for row in told.rows if row["section"] == "tiers" for level in row.get("owner_levels", ())]  # type: ignore[attr-defined]
    assert {str(level) for level in levels} == {"senior", "standard", "junior", "automation"}
    for level in levels:
        assert isinstance(level, Word)
        assert EN.text(level.shown) != ZH.text(level.shown)


def left(minutes: int, unit: Any = "bd") -> tuple[str, str]:
    one = Waiting(
        "l", "crm:l", "Li", None, None, "A", "pending", AS_OF, AS_OF, Interval(3, unit), Fraction(minutes), Fraction(0)
    )
    with Facts.in_memory(zone="Asia/Shanghai", currency="CNY") as facts:
        report = response(facts, [default_pipeline()], ResponseRequest(AS_OF, CN))
    (row,) = [row for row in response_listing(replace(report, waiting=(one,))).rows if row["section"] == "waiting"]
    assert row["left_minutes"] == minutes
    return shown(row["left"])


def test_the_time_that_is_left_is_in_hours_and_days() -> None:
    assert left(90) == ("1.5 working hours", "1.5 个工作小时")
    assert left(-24_750) == ("late by 55.0 workdays", "已超时 55.0 个工作日")
    assert left(-60, "bh") == ("late by 1.0 working hours", "已超时 1.0 个工作小时")
    assert left(2_160, "d") == ("1.5 days", "1.5 天")


def test_policies_to_look_at_by_their_names(facts: Facts) -> None:
    report = funnel(facts, [default_pipeline()], FunnelRequest(AS_OF))
    names = built_in_cadence().policies["negotiation-call"].names
    stage = report.stages[0].stage
    place = (report.stages[0].pipeline, stage)
    told = funnel_listing([report], review={place: {"negotiation-call": names, "own": {}}})
    (row,) = [row for row in told.rows if row.get("key") == stage and row["section"] == "stages"]
    assert row["review"] == "negotiation-call, own"
    assert shown(row["policies"]) == (f"{names['en']}, own", f"{names['zh']}, own")
    assert "bottleneck_place" not in row, "there is no place to be unknown"


def test_a_figure_in_a_warning() -> None:
    assert EN.message("{figure}", {"figure": Word("next_touch", "next touch")}) == "next touch"
    assert ZH.message("{figure}", {"figure": Word("next_touch", "next touch")}) == "下次跟进"
