"""How the agreed way of working is kept: the acceptance examples of the rows, and sums that hold in any company."""

from dataclasses import replace
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any

import pytest
from tests.services.quality_worlds import AS_OF, CALENDAR, PIPELINES, lead, workdays_of_2026
from tests.services.test_funnel_vectors import chinese_days, gv_deals
from tests.services.test_quality_laws import random_company
from tests.services.worlds import Deal, company, local, six_stages, workdays

from crmbridge.facts.store import Facts
from crmbridge.services.compliance import compliance
from crmbridge.services.compliance_report import ComplianceReport, ComplianceRequest, built_in
from crmbridge.services.compliance_tasks import fix_tasks
from crmbridge.services.defaults import default_pipeline
from crmbridge.services.quality_report import QualityRequest
from crmbridge.services.results import Period

QUARTER = Period(date(2026, 4, 1), date(2026, 7, 1))
GATED = default_pipeline().model_copy(update={"id": "sales"})


def ask(facts: Facts, **more: Any) -> ComplianceReport:
    pipelines = more.pop("pipelines", PIPELINES)
    period, config = more.pop("period", QUARTER), more.pop("config", built_in())
    given = {"checks": config.checks, "calendar": CALENDAR, **more}
    quality = QualityRequest(given.pop("as_of", AS_OF), **given)
    return compliance(facts, pipelines, ComplianceRequest(quality, period, config))


@pytest.fixture(scope="module")
def teams() -> Facts:
    facts = random_company(3, order=3)
    facts.connection.execute("UPDATE users SET org_unit_id = CASE id WHEN 'u1' THEN 'north' WHEN 'u2' THEN 'south' END")
    return facts


@pytest.mark.parametrize("by", ["team", "owner", "stage"])
def test_s1_26_the_company_is_the_sum_of_its_parts_for_every_finding(teams: Facts, by: str) -> None:
    report = ask(teams, by=by)
    whole = {one.check: (one.rate.numerator, one.rate.denominator) for one in report.counts if one.key == "all"}
    parts: dict[str, tuple[int, int]] = {}
    for one in report.counts:
        if one.key != "all":
            k, n = parts.get(one.check, (0, 0))
            parts[one.check] = (k + one.rate.numerator, n + one.rate.denominator)
    assert parts == whole
    assert len(whole) > 5


def test_shuffled_input_changes_nothing() -> None:
    first, second = (ask(random_company(5, order=order), by="owner", region="CN") for order in (1, 2))
    assert replace(first, request=second.request, quality=second.quality) == second
    assert replace(first.quality, request=second.quality.request) == second.quality


def test_s4_20_a_deal_33_workdays_in_s4_is_26_over_its_limit_by_stage_and_rep() -> None:
    facts = company([*gv_deals(), Deal("undated", [("S4", None)], facts={"owner_id": "丁", "owner_ref": "丁"})])
    workdays(facts, chinese_days())
    report = ask(facts, pipelines=[six_stages()], as_of=datetime(2026, 6, 22, tzinfo=UTC))
    told = {(one.stage, one.owner_id): (one.limit, one.over, one.breach, one.records) for one in report.limits}
    assert told == {
        ("S1", "丙"): (10, 1, 50, ("G08",)),
        ("S4", "丁"): (7, 0, None, ()),
        ("S4", "乙"): (7, 1, 26, ("G05",)),
    }
    assert [one.unknown for one in report.limits] == [0, 1, 0]


def test_s2_07_a_deal_in_negotiation_without_a_budget_is_supported_as_needs_confirmed() -> None:
    known = {"intent": 2, "need_fit": 2, "decision_process": 2, "contact_id": "c1", "account_id": "a1"}
    way = [("prospect", "2026-02-01"), ("negotiation", "2026-03-01")]
    facts = company([Deal("D", way, facts=known), Deal("full", way, facts={**known, "budget": 2})])
    facts.insert("contacts", [{"id": "c1", "emails": '["a@x.cn"]'}])
    facts.insert("accounts", [{"id": "a1", "need_tags": '["speed"]'}])
    met = [{"id": f"t{n}", "deal_id": n, "type": "meeting", "ended_at": local("2026-02-20")} for n in ("D", "full")]
    facts.insert("activities", met)
    report = ask(facts, pipelines=[GATED])
    (claim,) = report.claims
    assert (claim.id, claim.stage, claim.supported) == ("D", "negotiation", "needs_confirmed")
    assert claim.lacks == ("needs_confirmed.budget", "quoted.budget")
    assert {one.criterion for one in report.unjudgeable} == {"valid_quote", "contract_approved"}


def test_s4_25_the_audit_of_a_quarter_on_the_ten_deals() -> None:
    facts = company(gv_deals())
    workdays(facts, chinese_days())
    facts.insert(
        "activities",
        [
            {"id": "late", "type": "call", "ended_at": local("2026-05-11"), "logged_at": local("2026-05-15")},
            {"id": "soon", "type": "call", "ended_at": local("2026-05-11"), "logged_at": local("2026-05-13")},
        ],
    )
    year = ask(facts, pipelines=[six_stages()], period=Period(date(2026, 1, 1), date(2026, 7, 1)))
    told = {row.what: (row.events, row.records) for row in year.audit}
    assert told == {
        "gate": (None, ()),  # no stage asks for anything
        "skip": (1, ("G04",)),
        "regress": (1, ("G05",)),
        "reopen": (1, ("G07",)),
        "correction": (0, ()),
        "logged_late": (1, ("late",)),
    }


def test_a_gate_passed_unmet_is_in_the_audit_of_the_quarter_in_which_it_was_passed() -> None:
    way = [("prospect", "2026-02-01"), ("first_contact", "2026-04-02"), ("needs_confirmed", "2026-07-02")]
    facts = company([Deal("D", way)])
    as_of = datetime(2026, 8, 1, tzinfo=UTC)
    row = next(one for one in ask(facts, pipelines=[GATED], as_of=as_of).audit if one.what == "gate")
    assert (row.events, row.records) == (1, ("D",))


def test_s1_04_a_lead_without_owner_for_more_than_an_hour_and_one_person_of_two_reps() -> None:
    """10:30 on Tuesday in Shanghai: the lead of 9:00 waits more than an hour, that of 10:00 does not."""
    phones = {"phones": '["138 0013 8000"]'}
    facts = company([])
    facts.insert("users", [{"id": "u1", "name": "Li"}, {"id": "u2", "name": "Han"}])
    facts.insert(
        "leads",
        [
            {**lead("waits", "2026-06-30"), "created_at": local("2026-06-30", hour=9)},
            {**lead("fresh", "2026-06-30"), "created_at": local("2026-06-30", hour=10)},
            lead("one", owner_id="u1", owner_ref="u1", full_name="Ma", **phones),
            lead("two", owner_id="u2", owner_ref="u2", full_name="Ma Li", phones='["+86-138-0013-8000"]'),
        ],
    )
    workdays_of_2026(facts)
    report = ask(facts, as_of=datetime(2026, 6, 30, 2, 30, tzinfo=UTC), region="CN")
    unassigned = next(one for one in report.quality.findings if one.topic.id == "unassigned")
    assert (unassigned.tally.failed, unassigned.tally.applicable) == (1, 3)
    (shared,) = report.shared
    assert (shared.group.certainty, shared.owners) == ("certain", ("Li", "Han"))


def test_s0_21_how_a_rep_uses_the_system() -> None:
    deals = [
        Deal(f"d{n}", [("S2", "2026-05-01")], facts={"owner_id": "u1", "next_step": "call" if n < 12 else None})
        for n in range(20)
    ]
    facts = company(deals)
    facts.insert("users", [{"id": "u1", "name": "Li"}])
    facts.insert(
        "activities",
        [
            {
                "id": f"t{n}",
                "type": "call",
                "actor_id": "u1",
                "ended_at": local(day),
                "logged_at": local(day),
                "content": text,
            }
            for n, (day, text) in enumerate([("2026-06-25", "spoke"), ("2026-06-26", None), ("2026-01-05", "old")])
        ],
    )
    workdays_of_2026(facts)
    (used,) = ask(facts).adoption
    assert (used.owner, used.next_steps.numerator, used.next_steps.denominator) == ("Li", 12, 20)
    assert used.next_steps.value == Fraction(60, 100)
    assert (used.touches, used.results.value, used.in_time.value) == (2, Fraction(1, 2), Fraction(1))


def test_what_no_source_tells_is_in_no_rate_and_no_audit() -> None:
    facts = company([Deal("d", [("S2", None)], facts={"owner_id": "u1"})])
    facts.insert("activities", [{"id": "t", "type": "call", "actor_id": "u1", "ended_at": local("2026-06-25")}])
    report = ask(facts)
    (used,) = report.adoption
    assert (used.next_steps.value, used.results.value, used.in_time.value, used.touches) == (None, None, None, 1)
    assert {row.events for row in report.audit} == {None}
    assert all(row.unavailable for row in report.audit)


def test_s2_48_a_deal_lost_without_a_reason_is_a_finding() -> None:
    lost = [("S1", "2026-05-01"), ("lost", "2026-06-01")]
    facts = company([Deal("why", lost, facts={"reason": "price"}), Deal("blank", lost)])
    found = next(one for one in ask(facts).quality.findings if one.topic.id == "lost_without_reason")
    assert (found.tally.failed, found.examples) == (1, ("blank",))


def test_fix_tasks_are_off_until_somebody_wants_them() -> None:
    lost = [("S1", "2026-05-01"), ("lost", "2026-06-01")]
    facts = company([Deal("why", lost, facts={"reason": "price"}), Deal("blank", lost)])
    quality = QualityRequest(AS_OF, calendar=CALENDAR)
    due = date(2026, 7, 2)
    assert fix_tasks(facts, PIPELINES, ComplianceRequest(quality, QUARTER, built_in()), due) == []
    rules = built_in().tasks.model_copy(update={"enabled": True, "language": "en"})
    wanted = built_in().model_copy(update={"tasks": rules})
    (task,) = fix_tasks(facts, PIPELINES, ComplianceRequest(quality, QUARTER, wanted), due)
    assert (task.kind, task.record_id, task.due) == ("deal", "blank", due)
    assert task.title == "Put right: lost without a reason"
