"""Customers: the golden vectors by name, odd purchases, and a plain path beside the SQL."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.services.worlds import Deal, company, local

from crmbridge.facts.store import Facts
from crmbridge.model.errors import ConfigErrors
from crmbridge.model.money import MixedCurrency
from crmbridge.report.customers import customers_listing
from crmbridge.services.customers import customers
from crmbridge.services.customers_report import (
    Change,
    Customer,
    CustomersConfig,
    CustomersReport,
    CustomersRequest,
    built_in,
    load_customers,
)
from crmbridge.services.defaults import default_pipeline

AS_OF = datetime(2026, 6, 30, 8, tzinfo=UTC)
TODAY = date(2026, 6, 30)


@dataclass
class Buyer:
    """An account and what it bought: (ISO date, amount or None)."""

    id: str
    orders: Sequence[tuple[str, str | None]] = ()
    facts: Mapping[str, object] = field(default_factory=dict)


def shop(buyers: Sequence[Buyer]) -> Facts:
    facts = Facts.in_memory(zone="Asia/Shanghai", currency="CNY")
    for buyer in buyers:
        facts.insert("accounts", [{"id": buyer.id, "external_id": buyer.id, "name": buyer.id, **buyer.facts}])
        rows = [
            {
                "id": f"{buyer.id}-{n}",
                "account_id": buyer.id,
                "ordered_at": local(day),
                "amount_e4": None if amount is None else int(Decimal(amount) * 10_000),
                "amount_currency": "CNY",
            }
            for n, (day, amount) in enumerate(buyer.orders)
        ]
        if rows:
            facts.insert("orders", rows)
    return facts


def told(
    buyers: Sequence[Buyer], config: CustomersConfig | None = None, *, as_of: datetime = AS_OF, **asked: Any
) -> CustomersReport:
    with shop(buyers) as facts:
        return customers(facts, [default_pipeline()], CustomersRequest(as_of, **asked), config)


def of(report: CustomersReport, name: str) -> Customer:
    return next(one for one in report.customers if one.id == name)


def ago(days: int) -> str:
    return (TODAY - timedelta(days=days)).isoformat()


GV_RFM_1 = {
    "C1": (5, 12, 90_000, (5, 5, 5), "A"),
    "C2": (20, 8, 60_000, (5, 5, 4), "A"),
    "C3": (35, 6, 85_000, (4, 4, 5), "A"),
    "C4": (60, 5, 20_000, (4, 4, 3), "B"),
    "C5": (90, 4, 15_000, (3, 3, 2), "B"),
    "C6": (120, 3, 30_000, (3, 3, 3), "A"),
    "C7": (150, 2, 8_000, (2, 2, 2), "C"),
    "C8": (200, 2, 5_000, (2, 2, 1), "C"),
    "C9": (300, 1, 50_000, (1, 1, 4), "A"),
    "C10": (360, 1, 2_000, (1, 1, 1), "C"),
}


def gv_rfm_1() -> list[Buyer]:
    return [
        Buyer(name, [(ago(days), str(amount)), *[(ago(days), "0")] * (orders - 1)])
        for name, (days, orders, amount, _, _) in GV_RFM_1.items()
    ]


def test_gv_rfm_1() -> None:
    report = told(gv_rfm_1(), load_customers("[rfm]\nquintiles_from = 10"))
    assert report.by_quintiles
    for name, (days, orders, amount, points, value_class) in GV_RFM_1.items():
        one = of(report, name)
        assert (one.days_since, one.orders, one.amount.e4) == (days, orders, amount * 10_000)
        assert (one.recency_points, one.frequency_points, one.money_points) == points, name
        assert one.value_class == value_class, name
    assert [group.customers for group in report.classes] == [5, 2, 3]
    assert sum(group.amount.e4 for group in report.classes) == 3_650_000_000
    assert {one.id for one in report.customers if one.is_vip} == {"C1", "C2", "C3"}, "class A and 13 points or more"


def test_gv_rfm_1_fixed_breaks_for_few_customers() -> None:
    report = told(gv_rfm_1())
    assert not report.by_quintiles
    points = {one.id: (one.recency_points, one.frequency_points, one.money_points) for one in report.customers}
    assert points == {  # the median amount is 25,000
        "C1": (5, 5, 3),
        "C2": (5, 5, 3),
        "C3": (4, 5, 3),
        "C4": (4, 4, 1),
        "C5": (4, 4, 1),
        "C6": (3, 3, 2),
        "C7": (3, 2, 1),
        "C8": (2, 2, 1),
        "C9": (2, 1, 3),
        "C10": (2, 1, 1),
    }


GV_LIFE_1 = [
    ([], "potential", None, 120),
    (["2026-05-20"], "active", 41, 120),
    (["2025-09-01", "2025-12-01", "2026-03-01", "2026-06-01"], "loyal", 29, 91),
    (["2025-09-01", "2025-10-01", "2025-11-01", "2025-12-01"], "at_risk", 211, 30),
    (["2024-03-01", "2024-09-01"], "dormant", 667, 120),
    (["2025-12-20"], "at_risk", 192, 120),
    (["2026-01-01"], "active", 180, 120),
]


@pytest.mark.parametrize(("days", "state", "days_since", "gap"), GV_LIFE_1)
def test_gv_life_1(days: list[str], state: str, days_since: int | None, gap: int) -> None:
    one = of(told([Buyer("a", [(day, "10") for day in days])]), "a")
    assert (one.state, one.days_since) == (state, days_since)
    assert one.gap_days == gap


def test_an_unhappy_customer_is_at_most_active() -> None:
    loyal = [Buyer("a", [(day, "10") for day in ("2026-01-01", "2026-03-01", "2026-06-01")])]
    for answer, is_unhappy in (
        ({"type": "csat", "score": 2, "scale": 5}, True),
        ({"type": "csat", "score": 4, "scale": 10}, True),
        ({"type": "csat", "score": 3, "scale": 5}, False),
        ({"type": "nps", "score": 6, "scale": 10}, True),
        ({"type": "nps", "score": 7, "scale": 10}, False),
    ):
        with shop(loyal) as facts:
            earlier = {"id": "s0", "account_id": "a", "type": answer["type"], "score": 1, "scale": 5}
            facts.insert("survey_responses", [{**earlier, "answered_at": local("2026-04-01")}])
            facts.insert(
                "survey_responses", [{"id": "s1", "account_id": "a", "answered_at": local("2026-05-01"), **answer}]
            )
            facts.insert("survey_responses", [{**earlier, "id": "s2", "answered_at": local("2026-07-01")}])
            one = of(customers(facts, [default_pipeline()], CustomersRequest(AS_OF)), "a")
        assert (one.is_unhappy, one.state) == (is_unhappy, "active" if is_unhappy else "loyal"), answer


def test_a_state_is_held_for_a_day() -> None:
    buyers = [Buyer("a", [("2026-06-20", "10")])]
    for hours, state in ((23, "dormant"), (25, "active")):
        with shop(buyers) as facts:
            at = (AS_OF - timedelta(hours=hours)).replace(tzinfo=None)
            facts.insert(
                "service_events", [{"service": "customers", "subject": "a", "at": at, "body": '{"state":"dormant"}'}]
            )
            later = {"service": "customers", "subject": "a", "at": AS_OF.replace(tzinfo=None) + timedelta(days=1)}
            facts.insert("service_events", [{**later, "body": '{"state":"loyal"}'}])
            report = customers(facts, [default_pipeline()], CustomersRequest(AS_OF))
        assert of(report, "a").state == state
        assert report.changes == (() if state == "dormant" else (Change("a", "dormant", "active"),))


def test_a_second_run_has_nothing_to_remember() -> None:
    with shop(gv_rfm_1()) as facts:
        first = customers(facts, [default_pipeline()], CustomersRequest(AS_OF))
        assert len(first.changes) == len(GV_RFM_1), "at first sight each comes into a state"
        at = AS_OF.replace(tzinfo=None)
        facts.insert(
            "service_events",
            [
                {"service": "customers", "subject": one.id, "at": at, "body": f'{{"state":"{one.state}"}}'}
                for one in first.changes
            ],
        )
        again = customers(facts, [default_pipeline()], CustomersRequest(AS_OF))
    assert again.changes == ()
    assert again.customers == tuple(replace(one, was=None) for one in first.customers)


def test_what_was_given_back_counts_as_never_paid() -> None:
    with shop([Buyer("a", [("2026-06-01", "100"), ("2026-06-02", "50")])]) as facts:
        facts.query("UPDATE orders SET refunded_e4 = 200000, refunded_currency = 'CNY' WHERE id = 'a-0'")
        facts.insert(
            "refunds", [{"id": "r", "order_id": "a-1", "amount_e4": 100_000, "refunded_at": local("2026-06-05")}]
        )
        facts.insert(
            "refunds", [{"id": "s", "order_id": "a-1", "amount_e4": 100_000, "refunded_at": local("2026-07-05")}]
        )
        one = of(customers(facts, [default_pipeline()], CustomersRequest(AS_OF)), "a")
    assert (one.orders, one.amount.e4) == (2, 1_200_000)


def test_without_orders_won_deals_are_the_purchases() -> None:
    way = [("quoted", "2026-05-01"), ("won", "2026-06-01")]
    with company(
        [Deal("d", way, "70", facts={"account_id": "a"}), Deal("e", way[:1], "70", facts={"account_id": "a"})]
    ) as f:
        f.query("UPDATE stage_events SET pipeline = 'default'")
        f.query("UPDATE deals SET pipeline = 'default'")
        f.insert("accounts", [{"id": "a", "name": "A"}])
        report = customers(f, [default_pipeline()], CustomersRequest(AS_OF))
    assert (report.source, of(report, "a").orders, of(report, "a").amount.e4) == ("deals", 1, 700_000)


def test_what_the_customers_of_the_list_bought_is_shown_where_it_is_asked_for() -> None:
    buyers = [Buyer("a", [("2026-05-01", "10"), ("2025-01-01", None)]), Buyer("b", [("2026-05-02", "5")]), Buyer("c")]
    report = told(buyers, limit=1, explained=True)
    assert [(one.customer, one.id, str(one.day), str(one.amount)) for one in report.purchases] == [
        ("a", "a-1", "2025-01-01", "None"),
        ("a", "a-0", "2026-05-01", "CNY 10.00"),
    ]
    listing = customers_listing(report)
    assert [row["purchase"] for row in listing.rows if row["section"] == "purchases"] == ["a-1", "a-0"]
    assert [section.key for section in customers_listing(told(buyers)).sections] == [
        "states",
        "classes",
        "vips",
        "customers",
    ]


def test_what_cannot_be_placed_is_said() -> None:
    with shop([Buyer("a", [("2026-06-01", None)])]) as facts:
        facts.insert("orders", [{"id": "x", "ordered_at": local("2026-06-01")}, {"id": "y", "account_id": "a"}])
        report = customers(facts, [default_pipeline()], CustomersRequest(AS_OF))
    assert [(note.code, note.params["n"]) for note in report.evidence.warnings] == [
        ("UNPLACED", 1),
        ("UNDATED", 1),
        ("NO_AMOUNT", 1),
    ]
    one = of(report, "a")
    assert one.amount.money is None
    assert one.value_class is None, "who has no amount has no share of it"


def test_currencies_are_not_mixed() -> None:
    buyers = [Buyer("a", [("2026-06-01", "1")])]
    with shop(buyers) as facts:
        facts.insert(
            "orders",
            [
                {
                    "id": "x",
                    "account_id": "a",
                    "ordered_at": local("2026-06-02"),
                    "amount_e4": 1,
                    "amount_currency": "USD",
                }
            ],
        )
        with pytest.raises(MixedCurrency):
            customers(facts, [default_pipeline()], CustomersRequest(AS_OF))
        only = customers(facts, [default_pipeline()], CustomersRequest(AS_OF, currency="USD"))
    assert of(only, "a").amount.e4 == 1


def test_documents() -> None:
    assert load_customers("") == built_in()
    config = load_customers('[life.gap_days_of]\nretail = 30\n[vip]\namount = "50"')
    report = told(
        [Buyer("a", [(ago(50), "60")], {"segment": "retail"}), Buyer("b", [(ago(50), "1")], {"vip": True})], config
    )
    assert [(one.id, one.state, one.is_vip) for one in report.customers] == [
        ("a", "at_risk", True),
        ("b", "active", True),
    ]
    with pytest.raises(ConfigErrors, match=r"customers.toml:2: unknown key life.dormant_day"):
        load_customers("[life]\ndormant_day = 3")


BUYERS = st.lists(
    st.lists(st.tuples(st.integers(0, 900), st.none() | st.integers(0, 500)), max_size=6), min_size=1, max_size=9
)


@settings(max_examples=10, deadline=None)
@given(BUYERS, st.booleans(), st.randoms(use_true_random=False))
def test_sql_and_the_plain_path_agree(bought: list[list[tuple[int, int | None]]], fifths: bool, random: Any) -> None:  # noqa: FBT001
    buyers = [
        Buyer(f"c{n}", [(ago(days), None if amount is None else str(amount)) for days, amount in orders])
        for n, orders in enumerate(bought)
    ]
    config = built_in()
    if fifths:
        config = config.model_copy(update={"rfm": config.rfm.model_copy(update={"quintiles_from": 1})})
    report = told(buyers, config)
    assert {one.id: summary(one) for one in report.customers} == plain(bought, fifths=fifths)
    shuffled = [replace(one, orders=random.sample(one.orders, len(one.orders))) for one in buyers]
    assert told(random.sample(shuffled, len(shuffled)), config) == report


def summary(one: Customer) -> tuple[object, ...]:
    return one.state, one.gap_days, one.recency_points, one.frequency_points, one.money_points, one.value_class


def plain(bought: list[list[tuple[int, int | None]]], *, fifths: bool) -> dict[str, tuple[object, ...]]:
    """The same, customer by customer."""
    window = {n: [o for o in orders if o[0] <= 365] for n, orders in enumerate(bought)}
    seen = {n: orders for n, orders in window.items() if orders}
    recency = {n: min(days for days, _ in orders) for n, orders in seen.items()}
    money = {n: sum(amount or 0 for _, amount in orders) for n, orders in seen.items()}
    ranked = sorted(money, key=lambda n: (-money[n], f"c{n}"))
    ordered = sorted(money.values())
    median = Fraction(ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2], 2) if ordered else Fraction(0)
    found: dict[str, tuple[object, ...]] = {}
    for n, orders in enumerate(bought):
        points: tuple[object, ...] = (None, None, None, None)
        if n in seen:
            f = len(seen[n])
            before = sum(money[m] for m in ranked[: ranked.index(n)])
            total = sum(money.values())
            share = None if not total else Fraction(before, total)
            points = (
                fifth(n, {m: -age for m, age in recency.items()})
                if fifths
                else steps(-recency[n], (-30, -90, -180, -365)),
                fifth(n, {m: len(o) for m, o in seen.items()}) if fifths else steps(f, (6, 4, 3, 2)),
                fifth(n, money) if fifths else steps(money[n], tuple(k * median for k in (8, 4, 2, 1))),
                None if share is None else "A" if share < Fraction(4, 5) else "B" if share < Fraction(19, 20) else "C",
            )
        found[f"c{n}"] = (*life(orders), *points)
    return found


def fifth(n: int, values: Mapping[int, int]) -> int:
    worse = sum(value < values[n] for value in values.values())
    return 1 + min(4, 5 * worse // len(values))


def steps(value: Fraction | int, least: Sequence[Fraction | int]) -> int:
    return next((5 - place for place, step in enumerate(least) if value >= step), 1)


def life(orders: Sequence[tuple[int, int | None]]) -> tuple[str, Fraction]:
    days = sorted({age for age, _ in orders})
    gaps = sorted(late - early for early, late in pairwise(days))
    gap = Fraction(120)
    if len(days) >= 3:
        gap = Fraction(gaps[(len(gaps) - 1) // 2] + gaps[len(gaps) // 2], 2)
    if not orders:
        return "potential", gap
    since = days[0]
    if since > max(Fraction(365), 3 * gap):
        return "dormant", gap
    if since > Fraction(3, 2) * gap:
        return "at_risk", gap
    return ("loyal" if sum(age <= 365 for age, _ in orders) >= 3 else "active"), gap
