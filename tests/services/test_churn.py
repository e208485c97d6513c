"""The risk of losing a customer: the vector by name, what nobody knows, the register, a plain path beside the SQL."""

from collections.abc import Mapping, Sequence
from datetime import date
from random import Random
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.services import churn_oracle
from tests.services.care_worlds import PIPELINES, Row, account, at, before, company, orders, ranked
from tests.services.worlds import local

from crmbridge.facts.store import Facts
from crmbridge.services.care_document import CareConfig, built_in, load_care
from crmbridge.services.churn import ChurnReport, ChurnRequest, ChurnRisk, churn, fired
from crmbridge.services.risk_document import built_in as risk_rules
from crmbridge.services.risk_items import RiskItem, items_of
from crmbridge.services.risk_register import changes

TODAY = "2026-06-30"
OLD = ("2025-08-01", "2025-10-01", "2025-12-01")
"""Every two months, and then nothing for seven."""


def call(day: str, account_id: str = "a1", **more: object) -> Row:
    row: dict[str, object] = {
        "id": f"{account_id}-{day}-{more.get('type', 'call')}",
        "connection": "crm",
        "type": "call",
        "state": "done",
        "account_id": account_id,
        "account_ref": account_id,
        "started_at": local(day, hour=7),
        "outcome": "talked",
    }
    return row | more


def answer(score: float, day: str = "2026-06-01", kind: str = "csat", account_id: str = "a1") -> Row:
    told = {
        "id": f"s-{account_id}-{day}-{kind}",
        "subject": f"crm:s-{account_id}-{day}-{kind}",
        "type": kind,
        "scale": 5 if kind == "csat" else 10,
    }
    return {**told, "score": score, "account_id": account_id, "contact_id": f"c{account_id}", "answered_at": local(day)}


def ask(facts: Facts, day: str = TODAY, config: CareConfig | None = None, **more: Any) -> ChurnReport:
    request = ChurnRequest(not_connected=("no answer",), **more)
    return churn(facts, PIPELINES, ranked(facts, day), request, config or built_in())


def told(day: str = TODAY, config: CareConfig | None = None, **tables: Sequence[Row]) -> ChurnRisk:
    with company(**tables) as facts:
        (one,) = ask(facts, day, config).customers
    return one


def points(one: ChurnRisk) -> dict[str, int | None]:
    return {reason.name: reason.points for reason in one.reasons}


def test_gv_care_3_gap_silence_and_csat_2_are_80_and_high() -> None:
    one = told(
        orders=orders("a1", *OLD),
        activities=[call(before(TODAY, 60))],
        survey_responses=[answer(2)],
        contracts=[{"id": "k", "account_id": "a1", "end_date": date(2027, 6, 1), "renewed": False}],
        tickets=[{"id": "t", "account_id": "a1", "type": "complaint", "status": "closed"}],
    )
    assert (one.score, one.level) == (30 + 25 + 25, "high")
    assert {name for name, found in points(one).items() if found} == {"order_gap", "silence", "unhappy"}
    assert one.unknown == ("revenue_drop",), "nothing was bought in the twelve months before"
    says = {reason.name: str(reason.says) for reason in one.reasons if reason.says}
    assert says == {
        "order_gap": "211 days since the last order, 3.5 times the usual 61",
        "silence": "no word from them for 60 days",
        "unhappy": "last answer CSAT 2 on 2026-06-01",
    }


def test_what_nobody_knows_is_named_and_has_no_points() -> None:
    one = told(orders=orders("a1", *OLD))
    assert points(one) == {
        "order_gap": 30,
        "silence": None,
        "unhappy": None,
        "revenue_drop": None,
        "renewal_unmet": None,
        "complaint": None,
    }
    assert (one.score, one.level) == (30, "medium")
    with company(orders=orders("a1", *OLD)) as facts:
        report = ask(facts)
    assert [note.code for note in report.evidence.warnings] == ["REASONS_UNAVAILABLE"]
    assert (report.unknown["complaint"], report.unknown["order_gap"]) == (1, 0)


def test_the_score_is_capped_and_every_reason_can_hold() -> None:
    one = told(
        orders=[
            *orders("a1", "2024-12-01", "2025-02-01", "2025-04-01", amount=100),
            *orders("a1", "2025-08-01", amount=10),
        ],
        activities=[call("2026-01-01")],
        survey_responses=[answer(6, kind="nps")],
        contracts=[{"id": "k", "account_id": "a1", "end_date": date(2026, 8, 29), "renewed": False}],
        tickets=[{"id": "t", "account_id": "a1", "type": "complaint", "status": "open"}],
    )
    assert points(one) == dict(
        zip(
            ("order_gap", "silence", "unhappy", "revenue_drop", "renewal_unmet", "complaint"),
            (30, 25, 25, 20, 20, 10),
            strict=True,
        )
    )
    assert (one.score, one.level, one.unknown) == (100, "high", ())
    records = {reason.name: reason.records for reason in one.reasons if reason.records}
    assert records == {"unhappy": ("s-a1-2026-06-01-nps",), "renewal_unmet": ("k",), "complaint": ("t",)}


@pytest.mark.parametrize(
    ("days", "kind", "holds"), [(59, "call", 0), (60, "call", 25), (10, "email", 25), (10, "visit", 0)]
)
def test_silence_counts_what_the_customer_had_a_part_in(days: int, kind: str, holds: int) -> None:
    touches = [call(before(TODAY, days), type=kind, direction="out")]
    assert points(told(orders=orders("a1", *OLD), activities=touches))["silence"] == holds


def test_a_call_that_reached_nobody_breaks_no_silence() -> None:
    touches = [call(before(TODAY, 5), outcome="No answer"), call(before(TODAY, 70))]
    assert points(told(orders=orders("a1", *OLD), activities=touches))["silence"] == 25


def test_who_is_judged() -> None:
    accounts = [account("bought"), account("never"), account("contract"), account("dormant")]
    rows = [*orders("bought", "2026-06-01"), *orders("dormant", "2023-01-01")]
    contracts = [{"id": "k", "account_id": "contract", "end_date": date(2026, 7, 30), "renewed": False}]
    with company(accounts=accounts, orders=rows, contracts=contracts) as facts:
        assert {one.customer.id for one in ask(facts).customers} == {"bought", "contract"}
        everyone = ask(facts, config=load_care("churn.dormant = true"))
        assert {one.customer.id for one in everyone.customers} == {"bought", "contract", "dormant"}
        assert {
            one.customer.id for one in ask(facts, config=load_care("churn.dormant = true"), least="medium").customers
        } == {"dormant"}


def test_an_account_without_amounts_has_no_drop_and_no_steadiness() -> None:
    rows = [*orders("a1", "2025-01-01", amount=100), *orders("a1", "2026-05-01", amount_e4=None)]
    assert points(told(orders=rows))["revenue_drop"] is None
    known = [*orders("a1", "2025-01-01", amount=100), *orders("a1", "2026-05-01", amount=70)]
    assert points(told(orders=known))["revenue_drop"] == 20
    steady = [*orders("a1", "2025-01-01", amount=100), *orders("a1", "2026-05-01", amount=71)]
    assert points(told(orders=steady))["revenue_drop"] == 0


def opened(report: ChurnReport, items: Mapping[str, RiskItem], day: str) -> list[tuple[str, Mapping[str, Any]]]:
    found = list(fired(report, built_in()))
    return list(changes(items, found, risk_rules(), at(day), date.fromisoformat(day)))


def test_customers_at_high_risk_are_in_the_register_until_they_are_not() -> None:
    tables: dict[str, list[Row]] = {
        "orders": orders("a1", *OLD),
        "activities": [call(before(TODAY, 90))],
        "survey_responses": [answer(2)],
    }
    with company(**tables) as facts:
        ((name, body),) = opened(ask(facts), {}, TODAY)
        assert (body["op"], body["category"], body["record"]) == ("open", "customer", "a1")
        items = items_of([(name, at(TODAY).replace(tzinfo=None), orjson.dumps(body).decode())])
        assert opened(ask(facts), items, TODAY) == [], "a second run changes nothing"
        facts.insert("activities", [call("2026-07-01")])
        facts.insert("survey_responses", [answer(5, "2026-07-01")])
        facts.insert("orders", orders("a1", "2026-07-01"))
        ((same, closing),) = opened(ask(facts, "2026-07-02"), items, "2026-07-02")
        assert (same, closing["op"]) == (name, "close")


# -- the plain path --------------------------------------------------------------------------------------------------

DAYS = st.integers(0, 800).map(lambda n: before(TODAY, n))
ACCOUNTS = ("a1", "a2")


@st.composite
def worlds(draw: st.DrawFn) -> dict[str, list[Row]]:
    """Two companies with anything that a risk rests on."""
    one_of = st.sampled_from(ACCOUNTS)
    bought = {(draw(one_of), draw(DAYS)) for _ in range(draw(st.integers(1, 9)))}
    touched = {
        (draw(one_of), draw(DAYS), draw(st.sampled_from(("call", "meeting", "email"))))
        for _ in range(draw(st.integers(0, 5)))
    }
    answered = {
        (draw(one_of), draw(DAYS), draw(st.sampled_from(("csat", "nps")))) for _ in range(draw(st.integers(0, 4)))
    }
    amounts = st.sampled_from((100, 70, 30, 1000, None))
    rows: list[Row] = []
    for name, day in sorted(bought):
        amount = draw(amounts)
        rows += orders(name, day, amount_e4=None if amount is None else amount * 10_000)
    return {
        "accounts": [account(name) for name in ACCOUNTS],
        "orders": rows,
        "activities": [
            call(
                day,
                name,
                type=kind,
                direction=draw(st.sampled_from(("in", "out"))),
                outcome=draw(st.sampled_from(("talked", "no answer", None))),
            )
            for name, day, kind in sorted(touched)
        ],
        "survey_responses": [
            answer(draw(st.integers(1, 5) if kind == "csat" else st.integers(0, 10)), day, kind, name)
            for name, day, kind in sorted(answered)
        ],
        "contracts": [
            {
                "id": f"k{n}",
                "account_id": draw(one_of),
                "end_date": date.fromisoformat(before(TODAY, -draw(st.integers(-20, 90)))),
                "renewed": draw(st.booleans()),
            }
            for n in range(draw(st.integers(0, 2)))
        ],
        "tickets": [
            {
                "id": f"t{n}",
                "account_id": draw(one_of),
                "type": draw(st.sampled_from(("complaint", "fault"))),
                "status": draw(st.sampled_from(("open", "closed", "waiting"))),
            }
            for n in range(draw(st.integers(0, 2)))
        ],
    }


@settings(max_examples=8, deadline=None)
@given(worlds(), st.randoms(use_true_random=False))
def test_every_score_is_that_of_a_plain_path_in_whatever_order(tables: dict[str, list[Row]], random: Random) -> None:
    compare(tables, random)


@pytest.mark.wide
@settings(max_examples=120, deadline=None)
@given(worlds(), st.randoms(use_true_random=False))
def test_every_score_is_that_of_a_plain_path_in_many_worlds(tables: dict[str, list[Row]], random: Random) -> None:
    compare(tables, random)


def compare(tables: dict[str, list[Row]], random: Random) -> None:
    found = []
    for _ in range(2):
        for rows in tables.values():
            random.shuffle(rows)
        with company(**tables) as facts:
            report = ask(facts, config=load_care("churn.dormant = true"))
            found.append(report.customers)
            for one in report.customers:
                expected = churn_oracle.judged(one.customer.id, tables, date.fromisoformat(TODAY))
                assert points(one) == expected
                known = [value for value in expected.values() if value is not None]
                assert one.score == min(100, sum(known))
                assert one.level == ("high" if sum(known) >= 60 else "medium" if sum(known) >= 30 else "low")
    assert found[0] == found[1]
