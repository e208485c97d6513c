"""Payouts out of facts: credit by event, splits, refunds taken back later, who may see what."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from random import Random

import pytest
from tests.services.response_worlds import CN, at, naive

from crmbridge.facts.store import Facts
from crmbridge.model.errors import ConfigError, ConfigErrors
from crmbridge.model.money import MixedCurrency, Money
from crmbridge.services.defaults import default_pipeline
from crmbridge.services.fiscal import period_named
from crmbridge.services.incentive_document import load_incentives
from crmbridge.services.payouts import PayoutsReport, PayoutsRequest, Statement, payouts

PLAN = """
finance = ["cfo@example.com"]

[plans.ae]
names = { en = "Account executives", zh = "客户经理" }
from = 2026-01-01
to = 2027-01-01
event = "payment_received"
quota = "500000.00"
tiers = [
  { from = "0.00", rate = "0.03" },
  { from = "0.80", rate = "0.05" },
  { from = "1.00", rate = "0.08" },
  { from = "1.20", rate = "0.10" },
]
mode = "marginal"
clawback = { on = "refund", within_days = 180 }
applies_to = { roles = ["ae"] }
"""
USERS: list[dict[str, object]] = [
    {"id": "vp", "name": "Zhao", "role": "vp"},
    {"id": "m1", "name": "Qian", "role": "manager", "manager_id": "vp"},
    {"id": "m2", "name": "Sun", "role": "manager", "manager_id": "vp"},
    {"id": "u1", "name": "Li", "email": "li@example.com", "role": "ae", "manager_id": "m1"},
    {"id": "u2", "name": "Zhou", "role": "ae", "manager_id": "m1", "ramp": Decimal("0.5")},
    {"id": "u3", "name": "Wu", "role": "ae", "manager_id": "m2"},
    {"id": "cfo", "name": "Zheng", "email": "cfo@example.com", "role": "finance"},
]
AS_OF = at("2026-07-01 09:00")


def e4(amount: str) -> int:
    return int(Decimal(amount) * 10_000)


def filled(
    payments: Sequence[tuple[str, str, str | None, str]],
    refunds: Sequence[tuple[str, str, str | None]] = (),
    deals: Mapping[str, str | None] | None = None,
    seed: int | None = None,
) -> Facts:
    """Payments (id, deal, day or None, amount), refunds (deal, amount, day), deals by id with their owners."""
    facts = Facts.in_memory(zone="Asia/Shanghai", currency="CNY")
    keys = ("email", "role", "manager_id", "ramp")
    users = [{"id": user["id"], "name": user["name"], **{key: user.get(key) for key in keys}} for user in USERS]
    owned = deals if deals is not None else {"D1": "u1", "D2": "u1", "D3": "u2", "D4": "u3"}
    tables: dict[str, list[dict[str, object]]] = {
        "users": list(users),
        "deals": [{"id": key, "name": f"Deal {key}", "owner_id": owner} for key, owner in owned.items()],
        "payments": [
            {"id": key, "deal_id": deal, "paid_at": day and naive(at(f"{day} 12:00")), "amount_e4": e4(amount)}
            for key, deal, day, amount in payments
        ],
        "refunds": [
            {"id": f"R{n}", "deal_id": deal, "amount_e4": e4(amount), "refunded_at": day and naive(at(f"{day} 12:00"))}
            for n, (deal, amount, day) in enumerate(refunds)
        ],
    }
    for table, rows in tables.items():
        if seed is not None:
            Random(seed).shuffle(rows)  # noqa: S311 - no secret
        if rows:
            facts.insert(table, rows)
    return facts


def asked(period: str = "2026-Q1", viewer: str = "cfo@example.com", plan: str = PLAN, **more: object) -> PayoutsRequest:
    request = PayoutsRequest(AS_OF, CN, period_named(period)[1], viewer, load_incentives(plan))
    return replace(request, **more)  # type: ignore[arg-type]


def paid(facts: Facts, request: PayoutsRequest) -> PayoutsReport:
    return payouts(facts, [default_pipeline()], request)


def of(report: PayoutsReport, user: str) -> Statement:
    return next(one for one in report.statements if one.person.id == user)


def cny(text: str) -> Money:
    return Money(Decimal(text), "CNY")


def test_what_was_paid_in_the_quarter_earns_credit_and_each_line_lists_its_deals() -> None:
    """Requirement S4-27, and GV-INC-1's first row out of payments."""
    facts = filled([("P1", "D1", "2026-01-10", "400000.00"), ("P2", "D2", "2026-03-31", "250000.00")])
    mine = of(paid(facts, asked()), "u1")
    assert mine.payout.attainment == Fraction(13, 10)
    assert mine.pays == cny("30000.00")
    assert [(one.record_id, one.deal_id, one.minor) for one in mine.credits] == [
        ("P1", "D1", 40_000_000),
        ("P2", "D2", 25_000_000),
    ]


def test_gv_inc_2_a_refund_of_80_000_in_a_later_quarter_takes_7_400_back() -> None:
    facts = filled(
        [("P1", "D1", "2026-01-10", "400000.00"), ("P2", "D2", "2026-03-31", "250000.00")],
        [("D1", "80000.00", "2026-05-05")],
    )
    first, second = (of(paid(facts, asked(quarter)), "u1") for quarter in ("2026-Q1", "2026-Q2"))
    assert (first.pays, first.taken_back) == (cny("30000.00"), ())
    (back,) = second.taken_back
    assert (back.of.label, back.amount, back.refunds) == ("2026-Q1", cny("7400.00"), ("R0",))
    assert second.pays == cny("-7400.00")
    assert of(paid(facts, asked("2026-Q3", "u1")), "u1").taken_back == (), "it is taken back once"


def test_a_refund_later_than_the_plan_allows_takes_nothing_back() -> None:
    facts = filled([("P1", "D1", "2026-01-01", "650000.00")], [("D1", "80000.00", "2026-07-01")])
    assert of(paid(facts, asked("2026-Q3", as_of=at("2026-10-01 09:00"))), "u1").taken_back == ()


def test_a_refund_within_the_quarter_lowers_its_credit() -> None:
    facts = filled([("P1", "D1", "2026-01-10", "650000.00")], [("D1", "80000.00", "2026-02-05")])
    mine = of(paid(facts, asked()), "u1")
    assert (mine.pays, [one.refund_id for one in mine.returned]) == (cny("22600.00"), ["R0"])


def test_a_plan_that_is_over_still_takes_back() -> None:
    plan = PLAN.replace("to = 2027-01-01", "to = 2026-04-01")
    facts = filled([("P1", "D1", "2026-01-10", "650000.00")], [("D1", "80000.00", "2026-05-05")])
    late = of(paid(facts, asked("2026-Q2", plan=plan)), "u1")
    assert (late.pays, late.payout.quota) == (cny("-7400.00"), None)


def test_gv_inc_2_credit_is_split_60_to_40_to_the_cent() -> None:
    facts = filled([("P1", "D1", "2026-01-10", "333333.33")])
    splits = {"D1": [("u1", Fraction(6, 10)), ("u3", Fraction(4, 10))]}
    report = paid(facts, asked(splits=splits))
    shares = {one.person.id: [credit.minor for credit in one.credits] for one in report.statements if one.credits}
    assert shares == {"u1": [20_000_000], "u3": [13_333_333]}


def test_a_refund_of_a_shared_credit_is_shared_too() -> None:
    facts = filled([("P1", "D1", "2026-01-10", "100000.00")], [("D1", "100000.00", "2026-02-01")])
    splits = {"D1": [("u1", Fraction(1, 3)), ("u3", Fraction(2, 3))]}
    report = paid(facts, asked(splits=splits))
    assert {one.payout.actual for one in report.statements} == {cny("0.00")}


def test_a_newcomer_is_measured_by_the_ramped_quota() -> None:
    facts = filled([("P1", "D3", "2026-01-10", "250000.00")])
    mine = of(paid(facts, asked()), "u2")
    assert (mine.payout.quota, mine.payout.attainment) == (cny("250000.00"), Fraction(1))


@pytest.mark.parametrize(
    ("viewer", "sees"),
    [
        ("li@example.com", {"u1"}),
        ("Qian", {"u1", "u2"}),
        ("Sun", {"u3"}),
        ("Zhao", {"u1", "u2", "u3"}),
        ("cfo@example.com", {"u1", "u2", "u3"}),
    ],
)
def test_payouts_are_seen_by_the_rep_the_managers_above_and_finance(viewer: str, sees: set[str]) -> None:
    facts = filled([("P1", "D1", "2026-01-10", "1.00")])
    report = paid(facts, asked(viewer=viewer))
    assert {one.person.id for one in report.statements} == sees
    assert report.hidden == 3 - len(sees)


def test_nobody_unknown_sees_anything() -> None:
    with pytest.raises(ConfigError, match="there is no user"):
        paid(filled([]), asked(viewer="stranger"))


def test_what_earns_nothing_is_told() -> None:
    facts = filled(
        [("P1", "D1", None, "5.00"), ("P2", "DX", "2026-01-10", "7.00")],
        [("DX", "1.00", None)],
        {"D1": "u1", "DX": None},
    )
    facts.insert("payments", [{"id": "P3", "deal_id": "D1", "paid_at": naive(at("2026-01-10 12:00"))}])
    codes = {note.code: note.params["n"] for note in paid(facts, asked()).evidence.warnings}
    assert codes == {"CREDIT_UNDATED": 1, "CREDIT_UNKNOWN": 1, "CREDIT_UNOWNED": 1, "REFUND_UNDATED": 1}


def test_two_currencies_are_never_added() -> None:
    facts = filled([("P1", "D1", "2026-01-10", "5.00")])
    facts.insert(
        "payments",
        [
            {
                "id": "P2",
                "deal_id": "D1",
                "paid_at": naive(at("2026-01-10 12:00")),
                "amount_e4": 1,
                "amount_currency": "USD",
            }
        ],
    )
    with pytest.raises(MixedCurrency):
        paid(facts, asked())


def test_the_order_of_the_records_changes_nothing() -> None:
    rows = [(f"P{n}", f"D{n % 4 + 1}", f"2026-0{n % 3 + 1}-1{n % 9}", f"{1000 * n}.33") for n in range(1, 30)]
    back = [("D1", "777.77", "2026-03-30"), ("D2", "1234.00", "2026-05-01"), ("D2", "10.00", None)]
    reports = [
        paid(filled(rows, back, seed=seed), asked(quarter)) for quarter in ("2026-Q1", "2026-Q2") for seed in (1, 2)
    ]
    assert repr(reports[0].statements) == repr(reports[1].statements)
    assert repr(reports[2].statements) == repr(reports[3].statements)


def test_what_is_wrong_with_a_plan_is_named() -> None:
    wrong = PLAN.replace('event = "payment_received"', 'event = "payment_recieved"').replace("0.80", "1.50")
    with pytest.raises(ConfigErrors) as caught:
        load_incentives(wrong)
    told = str(caught.value)
    assert "incentives.toml:8" in told
    assert "payment_received" in told


def test_a_rule_that_compares_nothing_is_named() -> None:
    bonus = '\n[plans.ae.bonuses.q]\nnames = { en = "Q" }\namount = "1"\nwhen = "scorecard is good"\n'
    with pytest.raises(ConfigErrors, match="scorecard is good is no comparison such as scorecard >= 90"):
        load_incentives(PLAN + bonus)
