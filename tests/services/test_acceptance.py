"""What is asked for, shown by the very examples that ask: stages, gates, channels, losses, products."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.services.test_funnel_vectors import BASELINES, STEPS, chinese_days, gv_deals
from tests.services.worlds import Deal, company, local, six_stages, workdays

from crmbridge.facts.store import Facts
from crmbridge.model.errors import ConfigError
from crmbridge.model.pipeline import Category, Pipeline, Stage
from crmbridge.report.figures import funnel_listing
from crmbridge.services import bottlenecks
from crmbridge.services.cadence_document import built_in as cadence
from crmbridge.services.defaults import default_pipeline
from crmbridge.services.evidence import records_of_losses, records_of_moves
from crmbridge.services.funnel import funnel
from crmbridge.services.funnel_report import FunnelReport, FunnelRequest
from crmbridge.services.gate_values import gate_values
from crmbridge.services.gates import check_move
from crmbridge.services.leaks import policies_to_review
from crmbridge.services.results import Period, Rate

AS_OF = datetime(2026, 6, 30, 4, tzinfo=UTC)
NEEDS = {"two_way_contacts": 1, "needs": 1}
DONE = {"make_first_contact", "learn_needs", "requirement_analysis", "tailored_proposal", "determine_intent"}


def decided(won: int, lost: int, prefix: str, **facts: object) -> Iterator[Deal]:
    """So many won and lost deals of 10,000 each."""
    for n in range(won):
        yield Deal(f"{prefix}w{n:03}", [("S1", "2026-01-05"), ("won", "2026-03-02")], "10000", facts=facts)
    for n in range(lost):
        yield Deal(f"{prefix}l{n:03}", [("S1", "2026-01-05"), ("lost", "2026-03-02")], "10000", facts=facts)


def asked(deals: Sequence[Deal], spend: Mapping[str, int] | None = None, **request: object) -> FunnelReport:
    with company(deals) as facts:
        rows = [
            {"id": name, "channel": name, "campaign": name, "amount_e4": amount * 10_000, "amount_currency": "CNY"}
            for name, amount in (spend or {}).items()
        ]
        if rows:
            facts.insert("spend", rows)
        return funnel(facts, [six_stages("calendar")], FunnelRequest(as_of=AS_OF, **request))  # type: ignore[arg-type] # of one test


def unmet(to_stage: str, values: Mapping[str, object], from_stage: str, actions: set[str] = DONE) -> list[str]:
    found = check_move(default_pipeline(), from_stage, to_stage, values=values, actions=actions, mode="block")
    return [finding.criterion for finding in found.unmet]


# -- stages ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def ten() -> Iterator[Facts]:
    with company(gv_deals()) as facts:
        workdays(facts, chinese_days())
        yield facts


def test_the_funnel_of_a_day_has_each_open_deal_once(ten: Facts) -> None:
    report = funnel(ten, [six_stages()], FunnelRequest(as_of=AS_OF))
    now = {row.stage: row.now for row in report.stages}
    assert now == {"S1": 1, "S2": 0, "S3": 0, "S4": 1, "S5": 0}
    assert sum(now.values()) == report.whole.open == 2
    assert sum(row.now_amount.e4 for row in report.stages) == 190_000 * 10_000
    assert str(report.whole.open_amount.money) == "CNY 190000.00"


def test_two_pipelines_of_different_length_never_share_a_rank() -> None:
    stages = [Stage(key=f"P{n}", order=n, category=Category.OPEN) for n in range(1, 9)]
    long = Pipeline(
        id="projects",
        stages=(
            *stages,
            Stage(key="signed", order=9, category=Category.WON),
            Stage(key="off", order=10, category=Category.LOST),
        ),
    )
    deals = [
        Deal("short", [("S1", "2026-01-05"), ("S5", "2026-02-02")], "10"),
        Deal("long", [("P1", "2026-01-05"), ("P7", "2026-02-02")], "20", facts={"pipeline": "projects"}),
    ]
    with company(deals) as facts:
        facts.connection.execute("UPDATE stage_events SET pipeline = 'projects' WHERE record_id = 'long'")
        report = funnel(facts, [six_stages(), long], FunnelRequest(as_of=AS_OF))
    reached = {(row.pipeline, row.stage): row.reached for row in report.stages}
    assert len(reached) == 5 + 8
    assert {key for key, count in reached.items() if count} == {
        *(("sales", f"S{n}") for n in range(1, 6)),
        *(("projects", f"P{n}") for n in range(1, 8)),
    }


def test_a_quoted_deal_without_a_quote_lacks_the_action_and_the_quote() -> None:
    values = {**NEEDS, "budget": 2, "valid_quotes_sent": 0}
    assert unmet("negotiation", values, "quoted") == ["valid_quote", "quote_sent"]
    assert unmet("negotiation", values | {"valid_quotes_sent": 1}, "quoted", {"quote_sent"}) == []


def test_a_prospect_without_an_address_or_a_known_intent_does_not_pass() -> None:
    done = {"obtain_customer_information", "determine_intent"}
    assert unmet("first_contact", {"contact_email": "", "intent": 1}, "prospect", done) == ["reachable"]
    assert unmet("first_contact", {"contact_phone": "+8613800138000", "intent": None}, "prospect", done) == ["intent"]
    assert unmet("first_contact", {"contact_email": "li@acme.example", "intent": 1}, "prospect", done) == []


def test_a_need_is_recorded_before_it_is_confirmed() -> None:
    known = {"budget": 1, "decision_process": 1}
    values = {**known, "need_fit": 1, "needs": 0, "two_way_contacts": 1}
    assert unmet("quoted", values, "first_contact") == ["need", "need_fit"]
    assert unmet("quoted", values | {"need_fit": 2, "needs": 1}, "first_contact") == []


def test_a_checklist_of_six_questions_lists_the_two_without_an_answer() -> None:
    questions = tuple(f"custom.question_{n}" for n in range(1, 7))
    pipeline = Pipeline(
        id="sales",
        stages=(
            Stage(key="needs", order=1, category=Category.OPEN, required_fields=questions),
            Stage(key="quoted", order=2, category=Category.OPEN),
        ),
    )
    answers = {name: f"answer {n}" for n, name in enumerate(questions) if n not in {1, 4}} | {questions[4]: " "}
    found = check_move(pipeline, "needs", "quoted", values=answers)
    assert [finding.field for finding in found.unmet] == ["custom.question_2", "custom.question_5"]


def test_a_lead_that_became_a_deal_is_one_in_the_funnel() -> None:
    deals = [Deal("d", [("S1", "2026-01-05")], facts={"lead_id": "l1"})]
    with company(deals) as facts:
        facts.insert(
            "leads", [{"id": "l1", "lifecycle": "active", "converted": True}, {"id": "l2", "lifecycle": "active"}]
        )
        report = funnel(facts, [six_stages("calendar")], FunnelRequest(as_of=AS_OF))
    assert (report.whole.leads, report.whole.total) == (2, 1)
    assert report.whole.lead_conversion == Rate.of(1, 2)
    told = funnel_listing([report])
    order = [row["section"] for row in told.rows]
    assert order.index("whole") < order.index("stages"), "leads to deals stand above the first stage"
    assert "lead_conversion" in told.rows[0]


# -- channels, campaigns, products -----------------------------------------------------------------------------------


def channel_rows(report: FunnelReport) -> dict[object, Mapping[str, object]]:
    return {row["slice"]: row for row in funnel_listing([report]).rows if str(row["section"]).startswith("by ")}


def test_a_channel_has_its_verdict_and_what_a_won_deal_costs() -> None:
    deals = [
        *decided(1, 0, "r", channel="referral"),
        *decided(12, 18, "e", channel="exhibition"),
        *decided(15, 60, "s", channel="search ads"),
        *decided(30, 90, "w", channel="website"),
    ]
    found = channel_rows(asked(deals, {"exhibition": 60_000, "search ads": 90_000, "website": 30_000}, by="channel"))
    assert {name: row["verdict"] for name, row in found.items()} == {
        "referral": "insufficient",
        "exhibition": "leading",
        "search ads": "trailing",
        "website": "no clear difference",
    }
    costs = {name: str(row["cost_per_won"]) for name, row in found.items()}
    assert costs == {
        "referral": "None",
        "exhibition": "CNY 5000.00",
        "search ads": "CNY 6000.00",
        "website": "CNY 1000.00",
    }
    assert not any(row["invest"] for row in found.values()), "nobody is a winner"


def test_more_is_to_be_invested_only_in_a_winner_that_costs_no_more() -> None:
    deals = [
        *decided(24, 36, "e", channel="exhibition"),
        *decided(15, 60, "s", channel="search ads"),
        *decided(30, 90, "w", channel="website"),
    ]
    spend = {"exhibition": 60_000, "search ads": 90_000, "website": 30_000}
    cheap = channel_rows(asked(deals, spend, by="channel"))
    dear = channel_rows(asked(deals, spend | {"exhibition": 240_000}, by="channel"))
    assert cheap["exhibition"]["verdict"] == dear["exhibition"]["verdict"] == "winner"
    low = cheap["exhibition"]["difference_low"]
    assert isinstance(low, Fraction)
    assert round(float(low), 4) == 0.0116
    assert (cheap["exhibition"]["invest"], dear["exhibition"]["invest"]) == (True, False)


def test_a_campaign_has_its_leads_its_won_deals_and_their_cost() -> None:
    with company([*decided(6, 4, "c", campaign="spring")]) as facts:
        leads = [{"id": f"l{n}", "lifecycle": "active", "campaign": "spring", "converted": n < 10} for n in range(40)]
        facts.insert("leads", leads)
        facts.insert(
            "spend",
            [{"id": "s", "channel": "x", "campaign": "spring", "amount_e4": 30_000 * 10_000, "amount_currency": "CNY"}],
        )
        report = funnel(facts, [six_stages("calendar")], FunnelRequest(as_of=AS_OF, by="campaign"))
    row = channel_rows(report)["spring"]
    assert (row["leads"], row["won"], str(row["cost_per_won"])) == (40, 6, "CNY 5000.00")


def test_a_product_has_its_rate_with_an_interval_and_too_few_is_said() -> None:
    deals = [*decided(8, 12, "a", product_id="P1", product_ref="P1"), *decided(3, 12, "b", product_id="P2")]
    report = asked(deals, by="product")
    rates = {row.label: row.win_rate for row in report.slices}
    assert rates == {"P1": Rate.of(8, 20), "P2": Rate.of(3, 15)}
    assert all(rate.low is not None and rate.high is not None for rate in rates.values())
    assert {row.label: str(row.won_amount.money) for row in report.slices} == {
        "P1": "CNY 80000.00",
        "P2": "CNY 30000.00",
    }
    assert {verdict.verdict for verdict in report.verdicts} == {"insufficient"}


# -- what is lost, and where -----------------------------------------------------------------------------------------


def test_lost_deals_are_counted_by_competitor_with_their_records() -> None:
    deals = [*decided(2, 5, "x", competitor="Rival"), *decided(1, 7, "y")]
    report = asked(deals)
    found = {loss.label: loss for loss in report.losses if loss.what == "competitor"}
    assert found["Rival"].share == Rate.of(5, 12)
    assert round(float(found["Rival"].share.value or 0), 4) == 0.4167
    assert found[None].share == Rate.of(7, 12)
    with company(deals) as facts:
        lost = records_of_losses(facts, [six_stages("calendar")], FunnelRequest(as_of=AS_OF))
    assert lost["competitor"]["rival"] == tuple(f"xl{n:03}" for n in range(5))
    assert len(lost["competitor"][""]) == 7


def test_lost_deals_are_counted_by_reason_and_by_the_stage_they_got_to() -> None:
    way = [("S1", "2026-01-05"), ("S2", "2026-01-12"), ("S3", "2026-01-19"), ("lost", "2026-02-02")]
    deals = [
        *(Deal(f"p{n}", way, "10", facts={"reason": "Price" if n % 2 else " price "}) for n in range(6)),
        *(Deal(f"t{n}", way[:2] + way[3:], "10", facts={"reason": "timing"}) for n in range(5)),
        *(Deal(f"n{n}", way[:2] + way[3:], "10") for n in range(4)),
    ]
    report = asked(deals)
    assert {x.key: x.share for x in report.losses if x.what == "reason" and not x.is_of_stage} == {
        "price": Rate.of(6, 15),
        "timing": Rate.of(5, 15),
        None: Rate.of(4, 15),
    }
    assert {(x.stage, x.key): x.share for x in report.losses if x.is_of_stage} == {
        ("S3", "price"): Rate.of(6, 6),
        ("S2", "timing"): Rate.of(5, 9),
        ("S2", None): Rate.of(4, 9),
    }
    assert sum(x.amount.e4 for x in report.losses if x.is_of_stage) == report.whole.lost_amount.e4
    told = funnel_listing([report])
    assert {"lost by reason", "lost by reason and stage"} <= {section.key for section in told.sections}
    assert "lost by competitor" not in {section.key for section in told.sections}, "no record names one"


def test_without_reasons_nothing_is_said_of_them() -> None:
    assert asked([*decided(1, 2, "x")]).losses == ()


def test_the_stage_where_most_is_lost_is_known_by_number_and_by_amount() -> None:
    stops = [("S1", 20, 60), ("S2", 10, 30), ("S3", 10, 20), ("S4", 6, 14), ("S5", 4, 8), ("won", 0, 0)]
    deals = []
    for place, (name, still_open, lost) in enumerate(stops[:5]):
        way = [(f"S{n + 1}", "2026-01-05") for n in range(place + 1)]
        deals += [Deal(f"{name}o{n:03}", way, "100") for n in range(still_open)]
        deals += [Deal(f"{name}l{n:03}", [*way, ("lost", "2026-02-02")], "100") for n in range(lost)]
    way = [(f"S{n}", "2026-01-05") for n in range(1, 6)]
    deals += [Deal(f"won{n:03}", [*way, ("won", "2026-02-02")], "100") for n in range(18)]
    report = asked(deals)
    leaks = {row.stage: row.leakage for row in report.stages}
    assert leaks["S1"] == Rate.of(60, 200)
    assert max(leaks, key=lambda name: leaks[name].value) == "S1"  # type: ignore[union-attr,arg-type,return-value] # all are rates
    assert str(report.stages[0].lost_amount.money) == "CNY 6000.00"
    review = policies_to_review(report, cadence())
    assert {place: list(found) for place, found in review.items()} == {("sales", "S1"): ["prospect-weekly-mail"]}
    told = {row["key"]: row.get("review") for row in funnel_listing([report], review=review).rows if "rank" in row}
    assert told == {"S1": "prospect-weekly-mail", "S2": None, "S3": None, "S4": None, "S5": None}
    assert policies_to_review(asked(deals[:10]), cadence()) == {}, "too few"


def test_the_stage_with_more_to_gain_comes_first() -> None:
    found = bottlenecks.find(STEPS, baselines=BASELINES)
    gains = {item.stage: round(float(item.gain or 0), 4) for item in found if item.place}
    assert gains == {"S3": 1.1801, "S4": 0.5538}
    assert [item.stage for item in sorted((i for i in found if i.place), key=lambda i: i.place or 0)] == ["S3", "S4"]


# -- gates over records ----------------------------------------------------------------------------------------------


def passes(facts: Facts, record: str, from_stage: str, to_stage: str) -> list[str]:
    """The criteria of the default pipeline that a record does not meet; its actions are taken for done."""
    gated = gate_values(facts, as_of=AS_OF)[record]
    return [
        finding.criterion
        for finding in check_move(default_pipeline(), from_stage, to_stage, values=gated.values).unmet
        if finding.kind != "action"
    ]


@pytest.mark.parametrize(
    ("facts_of_lead", "lacks"),
    [
        ({"need": 1}, ["reachable"]),
        ({"emails": "[]", "phones": "[]", "need": 1}, ["reachable"]),
        ({"emails": '["li@acme.example"]'}, ["intent"]),
        ({"phones": '["+8613800138000"]', "need": 1}, []),
    ],
)
def test_a_lead_nobody_can_reach_or_of_whose_intent_nothing_is_known_stays(
    facts_of_lead: dict[str, object], lacks: list[str]
) -> None:
    with company([]) as facts:
        facts.insert("leads", [{"id": "l", "lifecycle": "active", **facts_of_lead}])
        assert passes(facts, "l", "prospect", "first_contact") == lacks


def test_mails_that_only_went_out_are_no_contact_and_a_reply_with_a_need_is() -> None:
    def mail(name: str, **more: object) -> dict[str, object]:
        at = local("2026-03-02", hour=9)
        return {
            "id": name,
            "type": "email",
            "deal_id": "d",
            "state": "done",
            "started_at": at,
            "direction": "out",
            **more,
        }

    with company(
        [Deal("d", [("first_contact", "2026-03-01")], facts={"account_id": "a", "pipeline": "default"})]
    ) as facts:
        facts.insert("accounts", [{"id": "a", "name": "Acme", "need_tags": "[]"}])
        facts.insert("activities", [mail("m1"), mail("m2"), mail("auto", direction="in", automated=True)])
        assert passes(facts, "d", "first_contact", "needs_confirmed") == ["two_way_contact", "need"]
        facts.insert("activities", [mail("reply", direction="in")])
        facts.query("""UPDATE accounts SET need_tags = '["multi-warehouse"]'""")
        assert passes(facts, "d", "first_contact", "needs_confirmed") == []


def test_a_call_that_nobody_answered_is_no_contact() -> None:
    at = local("2026-03-02", hour=9)
    with company([Deal("d", [("first_contact", "2026-03-01")])]) as facts:
        for number, outcome in enumerate(("no answer", "无人接听", None, "interested")):
            call = {"id": f"c{number}", "type": "call", "deal_id": "d", "state": "done", "started_at": at}
            facts.insert("activities", [call | {"direction": "out", "outcome": outcome}])
            assert gate_values(facts, as_of=AS_OF)["d"].values["two_way_contacts"] == (outcome == "interested")


# -- audit -----------------------------------------------------------------------------------------------------------


def test_stages_that_were_skipped_or_left_backwards_and_deals_that_came_back_are_named(ten: Facts) -> None:
    def odd(**request: Period) -> dict[str, tuple[str, ...]]:
        return records_of_moves(ten, [six_stages()], FunnelRequest(as_of=AS_OF, **request))  # type: ignore[arg-type] # periods

    assert odd() == {"skip": ("G04",), "regress": ("G05",), "reopen": ("G07",)}
    assert odd(window=Period(date(2026, 1, 1), date(2026, 4, 1))) == {"skip": ("G04",)}
    assert odd(window=Period(date(2026, 4, 1), date(2026, 7, 1))) == {"regress": ("G05",), "reopen": ("G07",)}


# -- two dimensions at once ------------------------------------------------------------------------------------------


def test_a_channel_and_a_product_make_a_cell_and_too_few_is_said() -> None:
    deals = [
        *decided(9, 21, "a", channel="online", product_id="P1", product_ref="P1"),
        *decided(2, 2, "b", channel="offline", product_id="P1", product_ref="P1"),
        *decided(10, 20, "c", channel="online", product_id="P2", product_ref="P2"),
        *decided(1, 0, "d", channel="online"),
        *decided(0, 1, "e"),
    ]
    report = asked(deals, by="channel+product")
    assert {row.label: row.win_rate for row in report.slices} == {
        "online × P1": Rate.of(9, 30),
        "offline × P1": Rate.of(2, 4),
        "online × P2": Rate.of(10, 30),
        "online × unknown": Rate.of(1, 1),
        "unknown": Rate.of(0, 1),
    }
    verdicts = {verdict.label: verdict.verdict for verdict in report.verdicts}
    assert verdicts["offline × P1"] == "insufficient"
    assert verdicts["online × P1"] == "trailing"


@pytest.mark.parametrize(
    ("by", "labels"),
    [
        ("owner+custom.size", {"Li × big", "unknown × small", "Li × unknown"}),
        ("custom.size+close_month", {"big × 2026-03", "small × 2026-03", "unknown × 2026-03"}),
        ("account.industry+account.region", {"cars × north", "unknown"}),
    ],
)
def test_two_dimensions_of_any_kind_add_up(by: str, labels: set[str]) -> None:
    deals = [
        *decided(1, 1, "a", owner_ref="Li", custom='{"size": "big"}', account_id="a"),
        *decided(1, 0, "b", custom='{"size": "small"}', account_id="a"),
        *decided(1, 0, "c", owner_ref="Li"),
    ]
    with company(deals) as facts:
        facts.insert("accounts", [{"id": "a", "industry": "cars", "region": "north"}])
        report = funnel(facts, [six_stages("calendar")], FunnelRequest(as_of=AS_OF, by=by))
    assert {row.label for row in report.slices} == labels
    assert sum(row.total for row in report.slices) == report.whole.total == 4
    assert bool(report.verdicts) == ("close_month" not in by)


@pytest.mark.parametrize("by", ["channel+produkt", "channel+product+owner", "custom.a+custom.b", "channel+custom.none"])
def test_what_cannot_be_told_apart_together_is_refused(by: str) -> None:
    with pytest.raises(ConfigError):
        asked([*decided(1, 1, "a", channel="x", custom='{"a": 1, "b": 2}')], by=by)


# -- laws ------------------------------------------------------------------------------------------------------------


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["S1", "S2", "S4"]),
            st.sampled_from(["lost", "won", None]),
            st.sampled_from(["price", " Price", "timing", "", None]),
            st.sampled_from(["Rival", None]),
            st.integers(0, 10**6),
        ),
        max_size=12,
    ),
    st.randoms(use_true_random=False),
)
@settings(max_examples=5)
def test_losses_add_up_to_the_lost_deals_in_any_order(lives: list[tuple[str, Any, Any, Any, int]], random: Any) -> None:
    deals = [
        Deal(
            f"d{n:02}",
            [(stage, "2026-01-05"), *([(end, "2026-02-02")] if end else [])],
            str(amount),
            facts={"reason": reason, "competitor": competitor},
        )
        for n, (stage, end, reason, competitor, amount) in enumerate(lives)
    ]
    report = asked(deals)
    for what in ("reason", "competitor"):
        for is_of_stage in (False, True):
            parts = [x for x in report.losses if x.what == what and x.is_of_stage == is_of_stage]
            if parts:
                assert sum(x.share.numerator for x in parts) == report.whole.lost
                assert sum(x.amount.e4 for x in parts) == report.whole.lost_amount.e4
    random.shuffle(deals)
    assert asked(deals).losses == report.losses
