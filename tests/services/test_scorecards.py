"""Scorecards out of facts: attainments, what is missing, ranks, ramps, and that nothing tells of pay."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from tests.services.response_worlds import CN, at
from tests.services.worlds import Deal, company, six_stages

from crmbridge.facts.store import Facts
from crmbridge.model.errors import ConfigError, ConfigErrors
from crmbridge.services.fiscal import period_named
from crmbridge.services.kpi import registry
from crmbridge.services.scorecard_document import ScorecardsConfig, built_in, load_scorecards
from crmbridge.services.scorecards import (
    Given,
    Measures,
    PersonCard,
    ScorecardsRequest,
    leaderboard,
    scorecards,
)

TWO = """
[cards.default.kpis.revenue_won]
weight = "40"
target = "100000.00"

[cards.default.kpis.new_customers]
weight = "20"
target = "1"

[cards.default.kpis.lead_conversion]
weight = "20"
target = "0.25"
"""
REVENUE = "revenue_won"


def filled() -> Facts:
    """甲 120,000, 乙 110,000, 丙 110,000, 丁 90,000, each of one won deal; 戊 is new and sold nothing."""
    sold = {"u1": "120000.00", "u2": "110000.00", "u3": "110000.00", "u4": "90000.00"}
    deals = [
        Deal(f"D{user}", [("S1", "2026-03-01"), ("won", "2026-03-10")], amount, facts={"owner_id": user})
        for user, amount in sold.items()
    ]
    facts = company(deals)
    facts.insert(
        "users",
        [
            {"id": f"u{n}", "name": name, "ramp": Decimal("0.5") if name == "丁" else None}
            for n, name in enumerate("甲乙丙丁戊", 1)
        ],
    )
    return facts


def asked(
    config: ScorecardsConfig | None = None,
    given: Mapping[str, Mapping[str, Given]] | None = None,
    period: str = "2026-03",
    targets: Mapping[tuple[str, str], Fraction] | None = None,
) -> ScorecardsRequest:
    measures = Measures(registry(), targets or {}, given or {}, "CNY")
    return ScorecardsRequest(
        at("2026-04-02 09:00"), CN, period_named(period)[1], config or load_scorecards(TWO), measures
    )


def cards(request: ScorecardsRequest) -> dict[str, PersonCard]:
    return {one.person.id: one for one in scorecards(filled(), [six_stages()], request).cards}


def test_gv_lb_1_equals_share_a_rank_and_the_next_is_two_lower() -> None:
    board = leaderboard(filled(), [six_stages()], asked(), registry()[REVENUE])
    assert [(one.person.name, one.value, one.rank) for one in board.rows] == [
        ("甲", Fraction(120_000), 1),
        ("乙", Fraction(110_000), 2),
        ("丙", Fraction(110_000), 2),
        ("丁", Fraction(90_000), 4),
    ]


def test_a_newcomer_is_shown_against_the_ramped_quota() -> None:
    board = leaderboard(filled(), [six_stages()], asked(), registry()[REVENUE])
    shown = {one.person.name: (one.target, one.attainment) for one in board.rows}
    assert shown["甲"] == (Fraction(100_000), Fraction(6, 5))
    assert shown["丁"] == (Fraction(50_000), Fraction(9, 5))


def test_a_rate_over_too_few_records_has_no_rank_and_is_listed() -> None:
    board = leaderboard(filled(), [six_stages()], asked(), registry()["win_rate"])
    assert [one.rank for one in board.rows] == [None] * 4
    assert [(note.code, note.params["n"]) for note in board.evidence.warnings] == [("UNRANKED", 4)]


def test_what_has_no_actual_is_dropped_and_the_card_says_so() -> None:
    """Revenue 120 % of 100,000 counts 120; new customers 0 of 1; conversion and satisfaction are told by nobody."""
    card = cards(asked())["u1"].scored
    assert card.score == Fraction(40 * 120, 60)
    assert card.is_incomplete
    assert card.weight == 60
    assert {row.of.kpi: row.of.reason.code for row in card.rows if row.of.reason} == {
        "lead_conversion": "NO_ACTUAL",
        "csat": "NO_ACTUAL",
    }


def test_a_satisfaction_measured_elsewhere_counts_and_too_few_answers_do_not() -> None:
    config = load_scorecards(TWO)
    csat = {"u1": Given(Fraction("0.92"), 50), "u2": Given(Fraction(1), 9, is_enough=False)}
    found = cards(asked(config, {"csat": csat}))
    counted = {row.of.kpi: row.counted for row in found["u1"].scored.rows}
    assert counted["csat"] == Fraction("0.92") / Fraction("0.90")
    assert {row.of.kpi: row.of.reason.code for row in found["u2"].scored.rows if row.of.reason}[
        "csat"
    ] == "INSUFFICIENT"


def test_a_goal_goes_before_the_target_of_the_card() -> None:
    card = cards(asked(targets={("u1", REVENUE): Fraction(240_000)}))["u1"].scored
    assert card.rows[0].of.attainment == Fraction(1, 2)


def test_the_target_of_a_month_is_three_times_that_in_a_quarter_and_a_rate_stays() -> None:
    rows = {row.of.kpi: row.of.target for row in cards(asked(period="2026-Q1"))["u1"].scored.rows}
    assert (rows[REVENUE], rows["lead_conversion"]) == (Fraction(300_000), Fraction(1, 4))


def test_who_sold_nothing_and_has_no_goal_has_no_card() -> None:
    assert set(cards(asked())) == {"u1", "u2", "u3", "u4"}
    assert set(cards(asked(targets={("u5", REVENUE): Fraction(1)}))) == {"u1", "u2", "u3", "u4", "u5"}


def test_without_targets_nothing_is_scored() -> None:
    assert all(one.scored.score is None and one.rank is None for one in cards(asked(built_in())).values())


def test_a_kpi_that_nobody_knows_is_named_with_the_nearest() -> None:
    config = load_scorecards('[cards.default.kpis.revenu_won]\nweight = "10"')
    with pytest.raises(ConfigError) as caught:
        cards(asked(config))
    assert "revenue_won" in str(caught.value)


def test_only_one_card_is_for_everybody() -> None:
    text = '[cards.other]\nnames = { en = "Other" }\n[cards.other.kpis.deals_won]\nweight = "1"\n'
    with pytest.raises(ConfigErrors, match="only one card"):
        load_scorecards(text)
    config = load_scorecards(text + '[cards.other.applies_to]\nusers = ["甲"]\n')
    assert {one.person.id: one.card for one in scorecards(filled(), [six_stages()], asked(config)).cards} == {
        "u1": "other",
        "u2": "default",
        "u3": "default",
        "u4": "default",
    }


def test_the_same_question_has_the_same_answer() -> None:
    request = asked()
    assert repr(scorecards(filled(), [six_stages()], request)) == repr(
        scorecards(filled(), [six_stages()], replace(request))
    )
