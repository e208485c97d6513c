"""Satisfaction: the figures of the documents, what is rejected, whose answers count, and whom nobody asks again."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from tests.services.satisfaction_worlds import AS_OF, answer, company
from tests.services.worlds import local

from crmbridge.facts.store import Facts
from crmbridge.model.errors import ConfigError, ConfigErrors
from crmbridge.services.customers import customers
from crmbridge.services.customers_report import CustomersRequest
from crmbridge.services.defaults import default_pipeline
from crmbridge.services.results import Period, Rate, Unavailable
from crmbridge.services.satisfaction import satisfaction
from crmbridge.services.satisfaction_document import built_in, load_satisfaction
from crmbridge.services.satisfaction_report import By, SatisfactionReport, SatisfactionRequest

GV_1 = (5, 5, 4, 4, 3, 2, 5, 1, 4, 5)
GV_2 = (10, 9, 9, 8, 7, 7, 6, 10, 9, 3, 8, 10)


def ask(facts: Facts, *by: By, **more: object) -> SatisfactionReport:
    request = SatisfactionRequest(AS_OF, by=by)
    return satisfaction(facts, [default_pipeline()], replace(request, **more))  # type: ignore[arg-type]


def told(answers: Sequence[Mapping[str, object]], *by: By, **more: object) -> SatisfactionReport:
    with company(answers) as facts:
        return ask(facts, *by, **more)


def test_gv_sat_1_seven_satisfied_of_ten_and_ten_answers_of_forty_asked() -> None:
    unanswered = [answer(n, None) for n in range(10, 40)]
    whole = told([*(answer(n, score) for n, score in enumerate(GV_1)), *unanswered]).whole
    assert (whole.csat.rate.numerator, whole.csat.rate.denominator) == (7, 10)
    assert whole.csat.rate.value == Fraction(7, 10)
    assert whole.csat.rate.low == pytest.approx(0.3968, abs=5e-5)
    assert whole.csat.rate.high == pytest.approx(0.8922, abs=5e-5)
    assert whole.csat.mean == Fraction("3.80")
    assert isinstance(whole.response, Rate)
    assert (whole.response.numerator, whole.response.denominator, whole.response.value) == (10, 40, Fraction(1, 4))


def test_gv_sat_2_the_net_promoter_score_has_a_wide_interval() -> None:
    nps = told([answer(n, score, type="nps", scale=10) for n, score in enumerate(GV_2)]).whole.nps
    assert (nps.promoters, nps.passives, nps.detractors, nps.n) == (6, 4, 2, 12)
    assert nps.value == Fraction(100, 3)
    assert nps.error == pytest.approx(21.5166, abs=5e-5)
    assert nps.low == pytest.approx(-8.84, abs=5e-3)
    assert nps.high == pytest.approx(75.51, abs=5e-3)
    scores = [10] * 70 + [7] * 10 + [0] * 20
    nps = told([answer(n, score, type="nps", scale=10) for n, score in enumerate(scores)]).whole.nps
    assert nps.value == 50
    assert nps.error == pytest.approx(8.0623, abs=5e-5)
    assert nps.low == pytest.approx(34.20, abs=5e-3)
    assert nps.high == pytest.approx(65.80, abs=5e-3)


def test_below_ten_answers_a_figure_is_shown_and_called_insufficient() -> None:
    """Owner 7 of 10 against a team of 40 of 50; another owner with 9 answers judges nobody."""
    mine = [answer(n, score) for n, score in enumerate([5] * 7 + [1] * 3)]
    rest = [answer(n, score, account_id="a2") for n, score in enumerate([5] * 24 + [1] * 7, start=10)]
    few = [answer(n, 5, account_id="a3") for n in range(41, 50)]
    with company([*mine, *rest, *few]) as facts:
        facts.insert("users", [{"id": "zhao", "name": "Zhao"}, {"id": "new", "name": "New"}])
        facts.insert("accounts", [{"id": "a2", "owner_id": "zhao"}, {"id": "a3", "owner_id": "new"}])
        report = ask(facts, "owner")
    by = {row.labels: row.csat for row in report.rows}
    assert (by["Li",].rate.numerator, by["Li",].rate.n, by["Li",].is_sufficient) == (7, 10, True)
    assert (by["New",].rate.numerator, by["New",].is_sufficient) == (9, False)
    assert (report.whole.csat.rate.numerator, report.whole.csat.rate.n) == (40, 50)
    assert by["Li",].rate.low is not None
    assert sum(one.rate.n for one in by.values()) == report.whole.csat.rate.n


def test_the_trend_of_an_owner_is_a_row_for_each_month() -> None:
    answers = [answer(n, 5, day=f"2026-0{1 + n % 6}-05") for n in range(12)]
    report = told([*answers, answer(12, 1, day="2026-06-05")], "owner", "month")
    assert [(row.labels, row.csat.rate.numerator, row.csat.rate.n) for row in report.rows] == [
        *((("Li", f"2026-0{month}"), 2, 2) for month in range(1, 6)),
        (("Li", "2026-06"), 2, 3),
    ]


def test_scores_that_do_not_fit_their_scale_are_rejected_and_told() -> None:
    odd = [
        answer(0, 6),
        answer(1, 0),
        answer(2, 3, scale=4),
        answer(3, 11, type="nps", scale=10),
        answer(4, 5, type="nps", scale=5),
        answer(5, 4, type=None),
        answer(6, 4, asked_at=None, answered_at=None),
        answer(7, 5),
    ]
    report = told(odd)
    assert [(one.id, one.fault) for one in report.rejected] == [
        ("s005", "NO_TYPE"),
        ("s000", "OUT_OF_RANGE"),
        ("s001", "OUT_OF_RANGE"),
        ("s003", "OUT_OF_RANGE"),
        ("s006", "UNDATED"),
        ("s002", "WRONG_SCALE"),
        ("s004", "WRONG_SCALE"),
    ]
    assert report.whole.csat.rate.n == 1
    assert report.whole.nps.n == 0
    assert report.whole.nps.value is None, "nothing is no zero"
    assert {note.code for note in report.evidence.warnings} == {"NO_TYPE", "OUT_OF_RANGE", "UNDATED", "WRONG_SCALE"}


@pytest.mark.parametrize(("scale", "least"), [(5, 4), (7, 6), (10, 9)])
def test_from_which_score_on_somebody_is_satisfied_depends_on_the_scale(scale: int, least: int) -> None:
    report = told([answer(0, least, scale=scale), answer(1, least - 1, scale=scale)])
    assert (report.whole.csat.rate.numerator, report.whole.csat.rate.n) == (1, 2)


def test_of_several_answers_in_one_wave_the_last_counts_and_of_two_waves_both() -> None:
    again = [
        answer(0, 1, day="2026-05-01"),
        {**answer(0, 5, day="2026-05-09"), "id": "t", "subject": "crm:t"},
        {**answer(0, 3, day="2026-06-10"), "id": "u", "subject": "crm:u"},
    ]
    report = told(again)
    assert (report.whole.csat.rate.numerator, report.whole.csat.rate.n) == (1, 2)
    assert isinstance(report.whole.response, Rate)
    assert report.whole.response.denominator == 2, "whoever is reminded is asked once"
    assert [(one.id, one.again_on) for one in report.resting] == [], "a contact that is in no CRM is asked by nobody"
    with company(again) as facts:
        facts.insert("contacts", [{"id": "c000", "full_name": "Chen", "account_id": "a1"}])
        (one,) = ask(facts).resting
    assert (one.who, one.asked_on, one.again_on) == ("Chen", date(2026, 6, 10), date(2026, 7, 10))


def test_a_score_said_on_the_phone_counts_as_an_answer() -> None:
    calls = [
        {"id": "v1", "type": "call", "state": "done", "account_id": "a1", "started_at": local("2026-06-02")},
        {"id": "v2", "type": "call", "state": "planned", "account_id": "a1", "started_at": local("2026-06-02")},
    ]
    texts = ({"customer_feedback": "满意度：2/5，交付慢"}, {"customer_feedback": "CSAT 5"})
    with company([], activities=[{**one, **text} for one, text in zip(calls, texts, strict=True)]) as facts:
        report = ask(facts)
        off = load_satisfaction("spoken.enabled = false")
        assert ask(facts, config=off).whole.csat.rate.n == 0
        pipelines = [default_pipeline()]
        assert [one.is_unhappy for one in customers(facts, pipelines, CustomersRequest(AS_OF)).customers] == [True]
    assert (report.whole.csat.rate.numerator, report.whole.csat.rate.n) == (0, 1)
    assert report.whole.records == {"not_satisfied": ("v1",)}
    assert isinstance(report.whole.response, Unavailable), "nobody says whom a survey was sent to"


def test_a_rejected_score_makes_nobody_unhappy() -> None:
    with company([answer(0, 0)]) as facts:
        found = customers(facts, [default_pipeline()], CustomersRequest(AS_OF)).customers
    assert [one.is_unhappy for one in found] == [False]


def test_what_was_answered_after_the_moment_was_only_asked() -> None:
    late = answer(0, 5, day="2026-06-01", answered_at=local("2026-07-05"))
    report = told([late])
    assert report.whole.csat.rate.n == 0
    assert isinstance(report.whole.response, Rate)
    assert (report.whole.response.numerator, report.whole.response.denominator) == (0, 1)


def test_a_period_and_an_owner_choose() -> None:
    answers = [answer(n, 5, day=day) for n, day in enumerate(("2026-04-30", "2026-05-01", "2026-05-31", "2026-06-01"))]
    with company(answers) as facts:
        may = Period(date(2026, 5, 1), date(2026, 6, 1))
        assert ask(facts, period=may).whole.csat.rate.n == 2
        assert ask(facts, owner="Li").whole.csat.rate.n == 4
        assert ask(facts, owner="Wang").whole.csat.rate.n == 0
        with pytest.raises(ConfigError, match="no user"):
            ask(facts, owner="Nobody")


def test_what_is_wrong_in_the_document_is_told_with_its_line() -> None:
    with pytest.raises(ConfigErrors, match=r"satisfaction\.toml:2"):
        load_satisfaction("[csat]\nsatisfied = { 5 = 6 }")
    assert load_satisfaction("min_n = 5").min_n == 5


@pytest.mark.parametrize("seed", range(6))
def test_figures_of_random_companies_are_those_of_plain_python_in_any_order(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - the same in every run
    answers = [
        answer(
            n,
            chance.choice([None, *range(8)]),
            day=f"2026-0{chance.randint(4, 6)}-{chance.randint(1, 28):02}",
            scale=chance.choice([5, 7]),
            contact_id=f"c{chance.randint(0, 12):03}",
        )
        for n in range(60)
    ]
    report = told(answers)
    chance.shuffle(answers)
    other = told(answers)
    assert (report.whole, report.rejected) == (other.whole, other.rejected)
    assert (report.whole.csat.rate.numerator, report.whole.csat.rate.n) == by_hand(answers)


def by_hand(answers: Sequence[Mapping[str, object]]) -> tuple[int, int]:
    """Satisfied, and answers, one wave of a contact after the other."""
    least, satisfied, n = {5: 4, 7: 6}, 0, 0
    for contact in {one["contact_id"] for one in answers}:
        own = sorted(
            (one for one in answers if one["contact_id"] == contact), key=lambda one: (one["asked_at"], one["id"])
        )
        waves: list[list[Mapping[str, object]]] = []
        before = None
        for one in own:
            asked = one["asked_at"]
            if before is None or (asked - before).days >= built_in().ask_every_days:  # type: ignore[operator]
                waves.append([])
            waves[-1].append(one)
            before = asked
        for wave in waves:
            valid = [one for one in wave if one["score"] is not None and 1 <= one["score"] <= one["scale"]]  # type: ignore[operator]
            if valid:
                last = max(valid, key=lambda one: (one["answered_at"], one["id"]))
                n += 1
                satisfied += Decimal(str(last["score"])) >= least[last["scale"]]  # type: ignore[index]
    return satisfied, n
