"""Renewals: the days before the end of a contract, one task for each, and how many are renewed."""

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from random import Random
from typing import Any

import pytest
from tests.services.care_worlds import PIPELINES, Row, at, china, company

from crmbridge.facts.store import Facts
from crmbridge.model.errors import ConfigErrors
from crmbridge.services.care_document import built_in, load_care
from crmbridge.services.renewals import RenewalsReport, RenewalsRequest, renewals, step_days, tasks_of
from crmbridge.services.results import Period, Rate, Unavailable
from crmbridge.services.wants import TaskMade

YEAR = Period(date(2026, 1, 1), date(2027, 1, 1))


def contract(name: str, ends: str, **more: object) -> Row:
    row: dict[str, object] = {
        "id": name,
        "external_id": name,
        "subject": f"crm:{name}",
        "connection": "crm",
        "number": name.upper(),
        "account_id": "a1",
        "end_date": date.fromisoformat(ends),
        "amount_e4": 1_000_000,
        "amount_currency": "CNY",
        "status": "signed",
        "renewed": False,
    }
    return row | more


def ask(facts: Facts, day: str, made: Mapping[str, TaskMade] | None = None, **more: Any) -> RenewalsReport:
    return renewals(facts, PIPELINES, RenewalsRequest(at(day), china(), made or {}, **more), built_in())


def told(contracts: Sequence[Row], day: str, **more: Any) -> RenewalsReport:
    with company(contracts=contracts) as facts:
        return ask(facts, day, **more)


def steps(report: RenewalsReport, state: str | None = None) -> dict[int, str]:
    return {one.days: one.due.isoformat() for one in report.steps if state in {None, one.state}}


def test_gv_care_2_days_before_the_end_rolled_backward() -> None:
    falls = step_days(date(2026, 10, 5), built_in().renewals.before, china())
    assert {days: day.isoformat() for days, day in falls.items()} == {
        90: "2026-07-07",
        60: "2026-08-06",
        30: "2026-09-04",
        7: "2026-09-28",
    }
    with company(contracts=[contract("k", "2026-10-05")]) as facts:
        made: dict[str, TaskMade] = {}
        found = []
        for day in ("2026-07-06", "2026-08-05", "2026-09-03", "2026-09-25"):
            (task,) = tasks_of(ask(facts, day, made), built_in())
            assert (task.kind, task.record_id, task.owner) == ("account", "a1", "li")
            assert task.key not in made
            found.append(task.due.isoformat())
            made[task.key] = TaskMade(task.key, "crm", "done", due=task.due)
            assert not list(tasks_of(ask(facts, day, made), built_in())), "a second run makes none"
        assert found == ["2026-07-07", "2026-08-06", "2026-09-04", "2026-09-28"]


def test_of_several_missed_days_one_is_due_now() -> None:
    report = told([contract("k", "2026-10-05")], "2026-09-10")
    assert steps(report, "due") == {30: "2026-09-10"}
    assert set(steps(report, "missed")) == {90, 60}
    assert steps(report, "planned") == {7: "2026-09-28"}
    assert steps(told([contract("k", "2026-10-05")], "2026-10-05"), "due") == {7: "2026-10-05"}
    assert steps(told([contract("k", "2026-10-05")], "2026-10-06")) == {}, "it has ended"


def test_a_contract_that_goes_on_under_its_record_has_new_days() -> None:
    with company(contracts=[contract("k", "2026-10-05")]) as facts:
        (first,) = tasks_of(ask(facts, "2026-07-06"), built_in())
        made = {first.key: TaskMade(first.key, "crm", "done")}
        facts.connection.execute("UPDATE contracts SET end_date = DATE '2026-10-08'")
        assert not list(tasks_of(ask(facts, "2026-07-10", made), built_in())), "a date put right makes no new task"
        facts.connection.execute("UPDATE contracts SET end_date = DATE '2027-10-05'")
        (again,) = tasks_of(ask(facts, "2027-07-06", made), built_in())
        assert again.key != first.key


@pytest.mark.parametrize(
    "more",
    [
        {"renewed": True},
        {"status": "draft"},
        {"status": "cancelled"},
        {"renewal_type": "none"},
        {"lifecycle": "deleted"},
    ],
)
def test_what_is_renewed_or_never_will_be_needs_no_task(more: Mapping[str, object]) -> None:
    assert steps(told([contract("k", "2026-10-05", **more)], "2026-09-10")) == {}


@pytest.mark.parametrize("by", ["k", "K", "crm:k"])
def test_a_contract_is_renewed_by_the_one_that_names_it(by: str) -> None:
    following = contract("k2", "2027-10-05", renews=by)
    assert steps(told([contract("k", "2026-10-05"), following], "2026-09-10")) == {}
    draft = {**following, "status": "draft"}
    assert steps(told([contract("k", "2026-10-05"), draft], "2026-09-10"), "due") == {30: "2026-09-10"}


def test_the_rate_is_of_contracts_and_of_what_they_were_worth() -> None:
    contracts = [
        contract("a", "2026-02-01", renewed=True, amount_e4=9_000_000),
        contract("b", "2026-03-01", amount_e4=1_000_000),
        contract("c", "2026-11-01"),
        contract("d", "2026-04-01", renewed=True, amount_e4=None),
        contract("e", "2026-04-01", renewed=None, connection="other", amount_e4=None),
        contract("f", "2026-05-01", renewed=True, amount_e4=500_000, amount_currency="USD"),
        contract("g", "2025-12-31", renewed=True),
        contract("h", "2026-06-01", renewal_type="automatic", renewed=None, connection="other", amount_e4=None),
    ]
    report = told(contracts, "2026-07-01", period=YEAR)
    whole, cny, usd = report.rates
    assert isinstance(whole.rate, Rate)
    assert (whole.rate.numerator, whole.rate.denominator, whole.pending, whole.unknown) == (4, 6, 1, 1)
    assert cny.worth is not None
    assert usd.worth is not None
    assert (cny.currency, cny.worth.value) == ("CNY", Fraction(9_000_000, 9_000_000 + 1_000_000 + 1_000_000))
    assert (cny.worth.n, cny.worth.unknown) == (3, 2)
    assert (usd.currency, usd.worth.value, usd.rate) == ("USD", Fraction(1), Rate.of(1, 1))
    assert [note.code for note in report.evidence.warnings] == ["RENEWED_UNTOLD"]
    assert {one.id for one in report.ended} == {"a", "b", "c", "d", "e", "f", "h"}


def test_where_no_source_tells_nothing_is_renewed_and_nothing_is_lost() -> None:
    report = told([contract("k", "2026-03-01", renewed=None)], "2026-07-01")
    (whole,) = report.rates
    assert isinstance(whole.rate, Rate)
    assert (whole.rate.value, whole.unknown) == (None, 1)
    assert steps(told([contract("k", "2026-10-05", renewed=None)], "2026-09-10"), "due"), "the task is wanted anyhow"


def test_without_contracts_the_rate_is_unavailable() -> None:
    (whole,) = told([], "2026-07-01").rates
    assert isinstance(whole.rate, Unavailable)
    assert whole.rate.reason.code == "NO_CONTRACTS"


def test_a_contract_without_a_customer_is_told() -> None:
    alone = contract("k", "2026-10-05", account_id=None)
    report = told([alone], "2026-09-10")
    assert [note.code for note in report.evidence.warnings] == ["NO_CUSTOMER"]
    assert not list(tasks_of(report, built_in()))
    with company(contracts=[{**alone, "deal_id": "d"}], deals=[{"id": "d", "owner_id": "li"}]) as facts:
        (task,) = tasks_of(ask(facts, "2026-09-10"), built_in())
        assert (task.kind, task.record_id, task.owner) == ("deal", "d", "li")


def test_shuffled_contracts_change_nothing() -> None:
    contracts = [contract(f"k{n}", f"2026-{n % 12 + 1:02}-15", renewed=n % 3 == 0) for n in range(40)]
    reports = []
    for seed in range(3):
        Random(seed).shuffle(contracts)  # noqa: S311 - a test
        report = told(contracts, "2026-07-01", period=YEAR)
        reports.append((report.steps, report.rates, report.ended))
    assert reports[0] == reports[1] == reports[2]


def test_what_is_wrong_with_the_document_is_said_with_line_and_nearest_choice() -> None:
    with pytest.raises(ConfigErrors) as caught:
        load_care("[renewals]\nbefore = [30, 60]\ntitel = { en = 'x' }\n[churn]\nregister_from = 'hihg'\n")
    said = str(caught.value)
    assert "care.toml:2: renewals.before: the days before the end stand from the most to the fewest" in said
    assert "care.toml:3: unknown key renewals.titel (did you mean title?)" in said
    assert "care.toml:5: churn.register_from cannot be 'hihg' (did you mean high?)" in said
