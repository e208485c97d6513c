"""What a funnel promises beyond its golden vectors."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from fractions import Fraction

import pytest
from tests.services.worlds import Deal, company, local, six_stages

from crmbridge.facts.store import Facts
from crmbridge.model.errors import ConfigError
from crmbridge.model.money import MixedCurrency
from crmbridge.services.evidence import FIGURES, STAGE_FIGURES, records_of, records_of_row
from crmbridge.services.funnel import funnel
from crmbridge.services.funnel_report import FunnelReport, FunnelRequest
from crmbridge.services.open_deals import open_deals
from crmbridge.services.results import Amount, Durations, Period, Rate, Unavailable

AS_OF = datetime(2026, 6, 30, 4, tzinfo=UTC)
PIPELINES = [six_stages("calendar")]
Q1 = Period(date(2026, 1, 1), date(2026, 4, 1))


def codes(report: FunnelReport) -> list[str]:
    return [note.code for note in report.evidence.warnings]


def won(name: str, day: str = "2026-03-01", amount: str | None = "100", **facts: object) -> Deal:
    return Deal(name, [("S1", "2026-01-05"), ("won", day)], amount, facts=facts)


def test_deals_without_any_history_count_but_nothing_is_made_up() -> None:
    deals = [Deal(f"w{n}", [("won", None)], "10") for n in range(3)] + [
        Deal(f"l{n}", [("lost", None)], "10") for n in range(5)
    ]
    with company(deals) as facts:
        report = funnel(facts, PIPELINES, FunnelRequest(as_of=AS_OF))
    assert report.whole.win_rate == Rate.of(3, 8)
    assert report.whole.undated == 8
    assert report.whole.cycle == Durations(0, None, None, None, None, None, 3)
    assert [row.reached for row in report.stages] == [3, 3, 3, 3, 3]
    assert [row.lost_at for row in report.stages] == [0] * 5
    assert [(found.open, found.lost) for found in report.furthest_unknown] == [(0, 5)]
    for row in report.stages:
        for figure in (row.mature, row.to_date, row.leakage, row.dwell):
            assert isinstance(figure, Unavailable)
    assert report.bottlenecks == {}
    assert report.history == {"current_only": 8}
    assert {"HISTORY_QUALITY", "FURTHEST_UNKNOWN", "CYCLE_UNKNOWN"} <= set(codes(report))


def test_conversion_is_refused_where_no_lost_deal_is_known_to_be_lost_somewhere() -> None:
    deals = [won("w"), Deal("l", [("lost", "2026-02-01")])]
    with company(deals) as facts:
        report = funnel(facts, PIPELINES, FunnelRequest(as_of=AS_OF))
    mature = report.stages[0].mature
    assert isinstance(mature, Unavailable)
    assert mature.reason.code == "FURTHEST_UNKNOWN"
    assert str(mature.reason) == "nobody knows in which stage the 1 lost deals of sales were lost"


def test_an_undated_close_counts_in_the_whole_and_in_no_period() -> None:
    deals = [won("a"), Deal("b", [("S1", "2026-01-05"), ("won", None)], "5")]
    with company(deals) as facts:
        whole = funnel(facts, PIPELINES, FunnelRequest(as_of=AS_OF, by="close_month"))
        assert whole.whole.won == 2
        # an event without a time keeps its place: it is placed with the event before it
        assert {row.label: row.won for row in whole.slices} == {"2026-03": 1, "unknown": 1}
        inside = funnel(facts, PIPELINES, FunnelRequest(as_of=AS_OF, window=Q1))
    assert inside.whole.won == 1
    assert "UNDATED_CLOSE" in codes(inside)


def test_open_deals_have_their_own_row_among_closing_periods() -> None:
    with company([won("a"), Deal("b", [("S1", "2026-01-05")])]) as facts:
        report = funnel(facts, PIPELINES, FunnelRequest(as_of=AS_OF, by="close_quarter"))
    assert {row.label: (row.won, row.open) for row in report.slices} == {"2026Q1": (1, 0), "open": (0, 1)}
    assert report.verdicts == ()


def test_void_leaves_every_rate_and_sum() -> None:
    deals = [won("a"), Deal("v", [("S1", "2026-01-05"), ("S3", "2026-01-09"), ("void", "2026-02-01")], "999")]
    with company(deals) as facts:
        report = funnel(facts, PIPELINES, FunnelRequest(as_of=AS_OF))
        assert report.whole.void == 1
        assert report.whole.win_rate == Rate.of(1, 1)
        assert [row.reached for row in report.stages] == [1, 1, 1, 1, 1]
        cohort = funnel(facts, PIPELINES, FunnelRequest(as_of=AS_OF, cohort=Q1)).whole.cohort
    assert cohort is not None
    assert cohort.to_date == Rate.of(1, 1)


def test_after_sale_stays_won_and_does_not_close_again() -> None:
    deal = Deal("a", [("S1", "2026-01-05"), ("won", "2026-03-01"), ("delivery", "2026-05-01")], "7")
    with company([deal]) as facts:
        report = funnel(facts, PIPELINES, FunnelRequest(as_of=AS_OF, by="close_month"))
    assert report.slices[0].label == "2026-03"
    assert report.whole.cycle.mean == 55
    assert report.moves == {"after_sale": 1, "close_won": 1, "create": 1}


def test_a_corrected_close_counts_once_as_what_it_was_corrected_to() -> None:
    deal = Deal("a", [("S1", "2026-01-05"), ("won", "2026-02-01"), ("lost", "2026-04-10")], "7")
    with company([deal]) as facts:
        report = funnel(facts, PIPELINES, FunnelRequest(as_of=AS_OF, by="close_month"))
    assert [(row.label, row.won, row.lost) for row in report.slices] == [("2026-04", 0, 1)]


def test_no_decision_is_lost_but_not_in_the_narrow_rate() -> None:
    deals = [won("a"), Deal("b", [("S1", "2026-01-05"), ("lost", "2026-02-01")], facts={"reason": " No decision"})]
    deals.append(Deal("c", [("S1", "2026-01-05"), ("lost", "2026-02-01")], facts={"reason": "price"}))
    with company(deals) as facts:
        whole = funnel(facts, PIPELINES, FunnelRequest(as_of=AS_OF)).whole
        plain = funnel(facts, PIPELINES, FunnelRequest(as_of=AS_OF, no_decision=frozenset())).whole
    assert (whole.lost, whole.no_decision) == (2, 1)
    assert whole.win_rate == Rate.of(1, 2)
    assert whole.win_rate_broad == Rate.of(1, 3)
    assert plain.win_rate == Rate.of(1, 3)
    assert isinstance(plain.win_rate_broad, Unavailable)


def test_unknown_amounts_are_counted_and_never_zero() -> None:
    deals = [won("a", amount="100"), won("b", amount=None), Deal("c", [("S1", "2026-01-05")])]
    with company(deals) as facts:
        report = funnel(facts, PIPELINES, FunnelRequest(as_of=AS_OF))
    assert report.whole.won_amount == Amount(1_000_000, "CNY", 1, 1)
    assert report.whole.open_amount.money is None
    assert report.whole.won_amount.mean_e4 == 1_000_000
    assert "AMOUNT_UNKNOWN" in codes(report)


def test_money_is_summed_exactly() -> None:
    deals = [won(f"d{n}", amount="0.1") for n in range(10)] + [won("big", amount="900719925474099.3")]
    with company(deals) as facts:
        whole = funnel(facts, PIPELINES, FunnelRequest(as_of=AS_OF)).whole
    assert str(whole.won_amount.money) == "CNY 900719925474100.30"


def test_mixed_currencies_are_refused_or_chosen_from() -> None:
    deals = [won("a"), won("b", amount_e4=5, amount_currency="USD"), Deal("c", [("S1", "2026-01-05")])]
    with company(deals) as facts:
        with pytest.raises(MixedCurrency, match="CNY, USD"):
            funnel(facts, PIPELINES, FunnelRequest(as_of=AS_OF))
        report = funnel(facts, PIPELINES, FunnelRequest(as_of=AS_OF, currency="USD"))
    assert (report.whole.total, report.currency) == (2, "USD")
    assert "CURRENCY_LEFT_OUT" in codes(report)


def test_a_window_and_a_cohort_are_two_questions() -> None:
    with company([]) as facts, pytest.raises(ConfigError, match="not both"):
        funnel(facts, PIPELINES, FunnelRequest(as_of=AS_OF, window=Q1, cohort=Q1))


@pytest.mark.parametrize(
    ("asked", "nearest"),
    [({"by": "sorce"}, "source"), ({"by": "account.industri"}, "account.industry"), ({"pipeline": "salse"}, "sales")],
)
def test_what_does_not_exist_is_refused_with_the_nearest_choice(asked: dict[str, str], nearest: str) -> None:
    with company([]) as facts, pytest.raises(ConfigError) as error:
        funnel(facts, PIPELINES, FunnelRequest(as_of=AS_OF, by=asked.get("by"), pipeline=asked.get("pipeline")))
    assert error.value.context["nearest"] == nearest


def test_an_amount_is_no_dimension() -> None:
    with company([]) as facts, pytest.raises(ConfigError):
        funnel(facts, PIPELINES, FunnelRequest(as_of=AS_OF, by="amount"))


def test_too_small_a_sample_for_verdicts_is_refused() -> None:
    with company([]) as facts, pytest.raises(ConfigError, match="at least 10"):
        funnel(facts, PIPELINES, FunnelRequest(as_of=AS_OF, n_min=9))


def test_nothing_gives_a_row_of_nothing() -> None:
    with company([]) as facts:
        report = funnel(facts, PIPELINES, FunnelRequest(as_of=AS_OF, by="source"))
    assert report.whole.total == 0
    assert report.whole.win_rate.value is None
    assert report.slices == ()
    assert isinstance(report.whole.lead_conversion, Unavailable)


def test_a_snapshot_gives_no_reached_and_a_cohort_no_foreign_closings() -> None:
    deals = [won("a"), won("b", "2026-05-01"), Deal("old", [("S1", "2025-10-01"), ("won", "2026-02-01")], "1")]
    with company(deals) as facts:
        snapshot = funnel(facts, PIPELINES, FunnelRequest(as_of=AS_OF, window=Q1))
        cohort = funnel(facts, PIPELINES, FunnelRequest(as_of=AS_OF, cohort=Q1))
    assert snapshot.whole.won == 2
    assert isinstance(snapshot.stages[0].reached, Unavailable)
    assert isinstance(snapshot.stages[0].mature, Unavailable)
    assert cohort.whole.won == 2
    assert cohort.stages[0].reached == 2


@pytest.fixture
def sliced() -> Iterator[Facts]:
    deals = [
        won(
            "d1",
            source="web",
            owner_id="u1",
            owner_ref="1",
            account_id="a1",
            custom=json.dumps({"route 1": {"type": "text", "value": "x", "label": "Ex"}}),
        ),
        won(
            "d2",
            source="fair",
            owner_id="u2",
            owner_ref="2",
            custom=json.dumps({"route 1": {"type": "text", "value": "y"}}),
        ),
        won("d3", source=" ", owner_id=None, owner_ref="99", product_id="p1", product_ref="p"),
        Deal("d4", [("S1", "2026-01-05"), ("lost", "2026-02-01")], "3"),
    ]
    with company(deals) as facts:
        facts.insert(
            "users", [{"id": "u1", "name": "Li", "manager_id": "u2", "org_unit_id": "o1"}, {"id": "u2", "name": "Li"}]
        )
        facts.insert("org_units", [{"id": "o1", "name": "East"}])
        facts.insert("accounts", [{"id": "a1", "name": "A", "industry": "steel", "region": "north"}])
        facts.insert("products", [{"id": "p1", "name": "P", "category": "series"}])
        yield facts


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("source", {"web": 1, "fair": 1, "unknown": 2}),
        ("owner.manager", {"Li": 1, "unknown": 3}),
        ("owner.org_unit", {"East": 1, "unknown": 3}),
        ("team", {"East": 1, "unknown": 3}),
        ("account.industry", {"steel": 1, "unknown": 3}),
        ("account.region", {"north": 1, "unknown": 3}),
        ("product.category", {"series": 1, "unknown": 3}),
        ("created_month", {"2026-01": 4}),
        ("created_quarter", {"2026Q1": 4}),
        ("custom.route 1", {"Ex": 1, "y": 1, "unknown": 2}),
        ("state", {"won": 3, "lost": 1}),
        ("deal_type", {"unknown": 4}),
    ],
)
def test_slices_by_any_dimension_add_up(sliced: Facts, by: str, expected: dict[str, int]) -> None:
    report = funnel(sliced, PIPELINES, FunnelRequest(as_of=AS_OF, by=by))
    assert {row.label: row.total for row in report.slices} == expected
    assert sum(row.total for row in report.slices) == report.whole.total


def test_two_people_of_one_name_are_two_and_an_unresolved_owner_keeps_its_reference(sliced: Facts) -> None:
    report = funnel(sliced, PIPELINES, FunnelRequest(as_of=AS_OF, by="owner"))
    assert [(row.key, row.label, row.total) for row in report.slices] == [
        ("ref:99", "99", 1),
        ("u1", "Li", 1),
        ("u2", "Li", 1),
        (None, "unknown", 1),
    ]


def test_a_custom_field_that_nobody_has_is_refused_with_the_nearest(sliced: Facts) -> None:
    with pytest.raises(ConfigError) as error:
        funnel(sliced, PIPELINES, FunnelRequest(as_of=AS_OF, by="custom.rout 1"))
    assert error.value.context["nearest"] == "custom.route 1"


def test_the_name_of_a_custom_field_is_never_sql(sliced: Facts) -> None:
    with pytest.raises(ConfigError):
        funnel(sliced, PIPELINES, FunnelRequest(as_of=AS_OF, by="custom.x') FROM deals; DROP TABLE deals; --"))
    assert sliced.scalar("SELECT count(*) FROM deals") == 4


def test_a_slice_that_is_literally_called_unknown_stays_apart_from_the_blank_one() -> None:
    with company([won("a", source="unknown"), won("b")]) as facts:
        report = funnel(facts, PIPELINES, FunnelRequest(as_of=AS_OF, by="source"))
    assert [(row.key, row.is_unknown) for row in report.slices] == [("unknown", False), (None, True)]


def lead(name: str, **facts: object) -> dict[str, object]:
    return {"id": name, "lifecycle": "active", "created_at": local("2026-01-10"), "created_at_precision": "day"} | facts


def test_lead_conversion_by_flag_time_or_deal_and_by_slice() -> None:
    with company([won("a", lead_id="l3", source="web")]) as facts:
        facts.insert(
            "leads",
            [
                lead("l1", converted=True, source="web"),
                lead("l2", converted_at=local("2026-05-01"), source="fair"),
                lead("l3", source="web"),
                lead("l4", source="fair"),
                lead("l5", converted_at=local("2026-08-01"), source="fair"),
                lead("l6", lifecycle="deleted", converted=True),
                lead("l7", created_at=local("2026-05-05"), converted=False),
            ],
        )
        report = funnel(facts, PIPELINES, FunnelRequest(as_of=AS_OF, by="source"))
        q1 = funnel(facts, PIPELINES, FunnelRequest(as_of=AS_OF, cohort=Q1))
        request = FunnelRequest(as_of=AS_OF, by="source")
        assert records_of(facts, PIPELINES, request, figure="converted", key="web") == ("l1", "l3")
        by_type = funnel(facts, PIPELINES, FunnelRequest(as_of=AS_OF, by="deal_type"))
    assert report.whole.lead_conversion == Rate.of(3, 6)
    assert {row.label: row.lead_conversion for row in report.slices} == {
        "fair": Rate.of(1, 3),
        "web": Rate.of(2, 2),
        "unknown": Rate.of(0, 1),
    }
    assert q1.whole.lead_conversion == Rate.of(3, 5)
    assert by_type.slices[0].leads is None
    assert isinstance(by_type.slices[0].lead_conversion, Unavailable)


def test_lead_conversion_is_unavailable_where_nothing_tells_of_conversion() -> None:
    with company([]) as facts:
        facts.insert("leads", [lead("l1"), lead("l2")])
        whole = funnel(facts, PIPELINES, FunnelRequest(as_of=AS_OF)).whole
    assert whole.leads == 2
    assert isinstance(whole.lead_conversion, Unavailable)


def test_every_figure_has_its_records() -> None:
    deals = [
        won("w1"),
        won("w2", amount=None),
        Deal("l", [("S1", "2026-01-05"), ("S3", "2026-01-20"), ("lost", "2026-02-01")]),
        Deal("u", [("lost", None)]),
        Deal("o", [("S2", "2026-01-05")]),
        Deal("v", [("S1", "2026-01-05"), ("void", "2026-01-06")]),
        Deal("x", [("nowhere", "2026-01-05")]),
    ]
    with company(deals) as facts:
        report = funnel(facts, PIPELINES, FunnelRequest(as_of=AS_OF))
        for figure in FIGURES.keys() - {"decided", "cycle", "furthest_unknown"}:
            assert len(records_of(facts, PIPELINES, report.request, figure=figure)) == getattr(report.whole, figure), (
                figure
            )
        assert len(records_of(facts, PIPELINES, report.request, figure="decided")) == report.whole.win_rate.denominator
        assert records_of(facts, PIPELINES, report.request, figure="furthest_unknown") == ("u", "x")
        for row in report.stages:
            for figure in STAGE_FIGURES:
                found = records_of(facts, PIPELINES, report.request, figure=figure, stage=row.stage)
                assert len(found) == getattr(row, figure), (row.stage, figure)
        at_once = records_of_row(facts, PIPELINES, report.request)
        assert at_once["won"] == ("w1", "w2")
        assert at_once.keys() == FIGURES.keys()
        with pytest.raises(ConfigError, match="wonn"):
            records_of(facts, PIPELINES, report.request, figure="wonn")


def test_stalled_counts_business_or_calendar_days_and_a_hold_stops_the_clock() -> None:
    deals = [
        Deal("late", [("S1", "2026-06-01")]),
        Deal("fresh", [("S1", "2026-06-25")]),
        Deal("held", [("S1", "2026-06-01")], facts={"hold_until": date(2026, 8, 1)}),
        Deal("dateless", [("S1", None)]),
    ]
    with company(deals) as facts:
        row = funnel(facts, PIPELINES, FunnelRequest(as_of=AS_OF)).stages[0]
        found = open_deals(facts, PIPELINES, as_of=AS_OF)
    assert (row.now, row.stalled, row.on_hold) == (4, 1, 1)
    assert (row.open_age.n, row.open_age.unknown) == (3, 1)
    assert [deal.record_id for deal in found if deal.is_stalled] == ["late"]
    assert found[-1].record_id == "dateless"


def test_business_days_without_a_calendar_are_unavailable_and_said_so() -> None:
    deals = [Deal("a", [("S1", "2026-01-05"), ("S2", "2026-01-09")])]
    with company(deals) as facts:
        report = funnel(facts, [six_stages("business")], FunnelRequest(as_of=AS_OF))
    assert isinstance(report.stages[0].dwell, Durations)
    assert report.stages[0].dwell_in_unit is None
    assert report.stages[0].is_over_sla is None
    assert "NO_CALENDAR" in codes(report)


def test_durations_are_whole_days_where_an_end_is_known_to_the_day_else_exact() -> None:
    exact = Deal("a", [("S1", "2026-01-05")], precision="exact")
    with company([exact]) as facts:
        facts.insert(
            "stage_events",
            [
                {
                    "record_id": "a",
                    "kind": "deal",
                    "pipeline": "sales",
                    "seq": 9,
                    "to_stage": "S2",
                    "at": local("2026-01-06", hour=12),
                    "at_precision": "exact",
                }
            ],
        )
        dwell = funnel(facts, PIPELINES, FunnelRequest(as_of=AS_OF)).stages[0].dwell
        facts.connection.execute("UPDATE stage_events SET at_precision = 'day' WHERE seq = 9")
        rounded = funnel(facts, PIPELINES, FunnelRequest(as_of=AS_OF)).stages[0].dwell
    assert isinstance(dwell, Durations)
    assert isinstance(rounded, Durations)
    assert dwell.mean == Fraction(3, 2)
    assert rounded.mean == 1


def test_a_closing_belongs_to_the_business_date_of_the_company() -> None:
    late = Deal("a", [("S1", "2026-01-05")], "5", precision="exact")
    with company([late]) as facts:
        event = {
            "record_id": "a",
            "kind": "deal",
            "pipeline": "sales",
            "seq": 9,
            "to_stage": "won",
            "at_precision": "exact",
        }
        facts.insert("stage_events", [event | {"at": datetime(2026, 3, 31, 16, 30)}])  # noqa: DTZ001 - UTC as the facts keep it
        assert funnel(facts, PIPELINES, FunnelRequest(as_of=AS_OF, by="close_quarter")).slices[0].label == "2026Q2"
        assert funnel(facts, PIPELINES, FunnelRequest(as_of=AS_OF, window=Q1)).whole.won == 0


def test_deals_created_after_the_moment_asked_about_are_not_there() -> None:
    deals = [
        won("a"),
        Deal("b", [("S1", "2026-09-01")]),
        Deal("c", [("S1", None)], facts={"created_at": local("2026-09-01")}),
    ]
    with company(deals) as facts:
        assert funnel(facts, PIPELINES, FunnelRequest(as_of=AS_OF)).whole.total == 1


def test_deleted_and_merged_deals_are_not_counted() -> None:
    deals = [won("a"), won("b", lifecycle="deleted"), won("c", lifecycle="merged"), won("d", lifecycle="suspect")]
    with company(deals) as facts:
        assert funnel(facts, PIPELINES, FunnelRequest(as_of=AS_OF)).whole.won == 2


def test_own_baselines_are_the_four_quarters_before_the_cohort() -> None:
    def year(first: int, day: str, conversions: int) -> list[Deal]:
        moved = [Deal(f"m{first}{n}", [("S1", day), ("S2", day), ("lost", day)]) for n in range(conversions)]
        return moved + [Deal(f"n{first}{n}", [("S1", day), ("lost", day)]) for n in range(40 - conversions)]

    with company(year(1, "2025-05-05", 30) + year(2, "2026-02-02", 10)) as facts:
        found = funnel(facts, PIPELINES, FunnelRequest(as_of=AS_OF, cohort=Q1)).bottlenecks["sales"][0]
    assert found.baseline == Fraction(30, 40)
    assert found.conversion == "confirmed"


def test_spend_gives_the_cost_of_a_won_deal() -> None:
    with company([won("a", channel="web", owner_id="u1"), won("b", channel="web")]) as facts:
        facts.insert("spend", [{"id": "s", "channel": "web", "amount_e4": 500_0000, "amount_currency": "CNY"}])
        asked = FunnelRequest(as_of=AS_OF, by="channel")
        verdict = funnel(facts, PIPELINES, asked).verdicts[0]
        (of_one,) = funnel(facts, PIPELINES, replace(asked, owners=frozenset({"u1"}))).verdicts
    assert verdict.cost_per_won_e4 == 250_0000
    assert of_one.cost_per_won_e4 is None  # what was spent for both says nothing of one


def test_a_naive_moment_is_our_own_bug() -> None:
    with company([]) as facts, pytest.raises(ValueError, match="zone"):
        funnel(facts, PIPELINES, FunnelRequest(as_of=datetime(2026, 1, 1)))  # noqa: DTZ001 - that is the point
