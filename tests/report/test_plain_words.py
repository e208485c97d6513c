"""What people read of figures and lists is words, not keys; programs get the keys all the same."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from tests.services.response_worlds import AS_OF, CN

from crmbridge.facts.store import Facts
from crmbridge.model.calendar.intervals import Interval
from crmbridge.report.customers import customers_listing
from crmbridge.report.figures import funnel_listing
from crmbridge.report.i18n import catalog
from crmbridge.report.listing import Word
from crmbridge.report.losses import loss_row
from crmbridge.report.response import response_listing
from crmbridge.report.scores import scores_listing
from crmbridge.report.words import cell
from crmbridge.services.cadence_document import built_in as built_in_cadence
from crmbridge.services.customers import customers
from crmbridge.services.customers_report import CustomersRequest
from crmbridge.services.defaults import default_pipeline
from crmbridge.services.funnel import funnel
from crmbridge.services.funnel_report import FunnelRequest
from crmbridge.services.losses import Loss
from crmbridge.services.response import response
from crmbridge.services.response_report import ResponseRequest, Waiting
from crmbridge.services.results import Amount, Rate
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
