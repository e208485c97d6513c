"""Two periods of a company against each other: requirements S0-27, S1-17, S2-27's verdicts, S3-30."""

from collections.abc import Sequence
from datetime import date, timedelta
from fractions import Fraction

import pytest
from tests.services.response_worlds import CN, at, naive
from tests.services.worlds import Deal, company, local, six_stages

from crmbridge.facts.store import Facts
from crmbridge.services.improvement import CompareReport, CompareRequest, compare
from crmbridge.services.kpi import registry
from crmbridge.services.process_trio import trio
from crmbridge.services.results import Period

BEFORE, AFTER = Period(date(2026, 1, 1), date(2026, 2, 1)), Period(date(2026, 2, 1), date(2026, 3, 1))


def sold(prefix: str, day: str, of: tuple[int, int], amount: str, channel: str = "web") -> list[Deal]:
    won, lost = of
    outcomes = [("won", n) for n in range(won)] + [("lost", n) for n in range(lost)]
    return [
        Deal(f"{prefix}-{outcome}{n}", [("S1", day), (outcome, day)], amount, facts={"channel": channel})
        for outcome, n in outcomes
    ]


def leads(facts: Facts, day: str, n: int, converted: int, prefix: str) -> None:
    rows = [
        {"id": f"{prefix}{k}", "created_at": local(day), "converted": k < converted, "lifecycle": "active"}
        for k in range(n)
    ]
    facts.insert("leads", rows)


def asked(facts: Facts) -> CompareReport:
    request = CompareRequest(at("2026-03-31 09:00"), CN, BEFORE, AFTER, registry())
    return compare(facts, [six_stages()], request)


def test_conversion_of_9_to_10_percent_is_no_clear_change_although_revenue_grew() -> None:
    """GV-IMP-1 out of records: 18 of 200 leads, 125,000 each; then 24 of 240, 120,000 each."""
    facts = company([*sold("a", "2026-01-10", (18, 0), "125000.00"), *sold("b", "2026-02-10", (24, 0), "120000.00")])
    leads(facts, "2026-01-05", 200, 18, "a")
    leads(facts, "2026-02-05", 240, 24, "b")
    report = asked(facts)
    found = {one.kpi.id: one for one in report.compared}
    conversion = found["lead_conversion"].rate
    assert conversion is not None
    assert (conversion.before, conversion.after, conversion.verdict) == ((18, 200), (24, 240), "no_clear_change")
    revenue = found["revenue_won"].change
    assert revenue is not None
    assert (revenue.difference, revenue.share) == (Fraction(630_000), Fraction(28, 100))
    assert report.revenue is not None
    assert report.revenue.parts is not None
    assert {name: f"{part:.2f}" for name, part in report.revenue.parts.items()} == {
        "leads": "465294.27",
        "conversion": "268885.62",
        "value": "-104179.89",
    }


def test_gv_imp_2_out_of_deals_by_channel() -> None:
    before = {"exhibition": (12, 30), "web": (30, 120), "ads": (10, 50)}
    after = {"exhibition": (34, 90), "web": (30, 120), "ads": (9, 50)}
    deals = [
        deal
        for day, period in (("2026-01-10", before), ("2026-02-10", after))
        for channel, (won, n) in period.items()
        for deal in sold(f"{channel}{day}", day, (won, n - won), "1.00", channel)
    ]
    mix = asked(company(deals)).mix
    assert mix is not None
    assert f"{float(mix.change):+.6f}" == "+0.020769"
    assert f"{float(sum(mix.mix.values())):+.6f}" == "+0.030705"
    assert f"{float(sum(mix.rate.values())):+.6f}" == "-0.009936"


def mails(template: str, sent: int, replied: int) -> list[dict[str, object]]:
    """Each mail to another person; some answer three days later, one only after a month."""
    rows: list[dict[str, object]] = []
    for n in range(sent):
        head = {"type": "email", "state": "done", "contact_id": f"{template}{n}", "lifecycle": "active"}
        out = at("2026-02-10 10:00")
        rows.append(
            {"id": f"{template}-o{n}", **head, "direction": "out", "template": template, "started_at": naive(out)}
        )
        late = timedelta(days=3 if n < replied else 30)
        if n <= replied:
            rows.append(
                {"id": f"{template}-i{n}", **head, "direction": "in", "template": None, "started_at": naive(out + late)}
            )
    return rows


@pytest.mark.parametrize("step", [1, -1])
def test_24_of_240_and_18_of_200_replies_are_no_clear_change(step: int) -> None:
    facts = company([])
    rows = [*mails("A", 240, 24), *mails("B", 200, 18)]
    facts.insert("activities", rows[::step])
    found = {one.name: one for one in asked(facts).templates}
    assert {name: (one.replied, one.sent) for name, one in found.items()} == {"A": (24, 240), "B": (18, 200)}
    assert {one.against_others.verdict for one in found.values()} == {"no_clear_change"}
    assert len(found["A"].ids) == 240


def test_a_mail_is_not_answered_by_what_came_after_the_next_one() -> None:
    facts = company([])

    def mail(key: str, day: str, direction: str, template: str | None) -> dict[str, object]:
        head = {"id": key, "type": "email", "state": "done", "contact_id": "c", "direction": direction}
        return {**head, "template": template, "started_at": naive(at(f"{day} 10:00"))}

    facts.insert(
        "activities",
        [
            mail("1", "2026-02-02", "out", "A"),
            mail("2", "2026-02-04", "out", "B"),
            mail("3", "2026-02-05", "in", None),
        ],
    )
    assert {one.name: one.replied for one in asked(facts).templates} == {"A": 0, "B": 1}


def names(report: CompareReport) -> Sequence[str]:
    return [one.kpi.id for one in report.compared]


def test_nothing_is_compared_that_no_source_tells() -> None:
    report = asked(company([]))
    assert set(names(report)) >= {"revenue_won", "win_rate"}
    assert all(one.reason is not None for one in report.compared)
    assert (report.revenue, report.mix, report.templates) == (None, None, ())


def answers(day: str, satisfied: int, n: int) -> list[dict[str, object]]:
    return [
        {
            "id": f"{day}-{k}",
            "type": "csat",
            "scale": 5,
            "score": 5 if k < satisfied else 2,
            "contact_id": f"{day}-{k}",
            "survey": day,
            "answered_at": local(day, hour=10),
        }
        for k in range(n)
    ]


def won(prefix: str, begun: str, day: str, n: int) -> list[Deal]:
    return [Deal(f"{prefix}{k}", [("S1", begun), ("won", day)], "1.00") for k in range(n)]


def test_the_process_of_a_month_has_three_rates_with_the_month_before_and_a_verdict() -> None:
    """Requirements S2-27 and S4-01: conversion, speed and satisfaction; fewer than 20 resolved are insufficient."""
    slow, fast = won("s", "2025-12-10", "2026-01-20", 30), won("f", "2026-02-01", "2026-02-20", 30)
    lost = [
        Deal(f"l{k}", [("S1", "2026-01-01"), ("lost", day)])
        for k, day in enumerate(["2026-01-21"] * 30 + ["2026-02-21"] * 5)
    ]
    facts = company([*slow, *fast, *lost])
    facts.insert("survey_responses", [*answers("2026-01-15", 10, 19), *answers("2026-02-15", 25, 30)])
    found = trio(facts, [six_stages()], CompareRequest(at("2026-03-31 09:00"), CN, BEFORE, AFTER, registry()))
    assert (found.conversion.before, found.conversion.after, found.conversion.verdict) == (
        (30, 60),
        (30, 35),
        "improved",
    )
    assert (found.cycle.after, found.cycle.verdict) == ((30, 30), "no_clear_change"), (
        "all before were as fast as their median"
    )
    assert found.median_days == (Fraction(41), Fraction(19))
    assert (found.satisfaction.before, found.satisfaction.verdict) == ((10, 19), "insufficient")


def test_a_process_that_got_slower_is_worse() -> None:
    facts = company([*won("f", "2026-01-01", "2026-01-20", 30), *won("s", "2025-12-10", "2026-02-20", 30)])
    found = trio(facts, [six_stages()], CompareRequest(at("2026-03-31 09:00"), CN, BEFORE, AFTER, registry()))
    assert (found.cycle.before, found.cycle.after, found.cycle.verdict) == ((30, 30), (0, 30), "worse")
