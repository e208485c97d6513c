"""Deliveries: what came in time, what will not, and whom to tell before the promised day."""

import json
import random
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from tests.services.after_sales_worlds import AS_OF, CN, company, delivery
from tests.services.worlds import local

from crmbridge.model.errors import ConfigError, ConfigErrors
from crmbridge.services.after_sales_document import built_in, load_after_sales
from crmbridge.services.deliveries import delay_tasks, deliveries
from crmbridge.services.deliveries_report import BYS, By, DeliveriesReport, DeliveriesRequest, Milestones
from crmbridge.services.results import Period
from crmbridge.services.wants import TaskWanted


def told(rows: Iterable[Mapping[str, object]], *by: By, **more: object) -> DeliveriesReport:
    with company(deliveries=rows) as facts:
        return deliveries(facts, [], replace(DeliveriesRequest(AS_OF, by=by), **more))  # type: ignore[arg-type]


def tasks(rows: Iterable[Mapping[str, object]], **more: object) -> list[TaskWanted]:
    return list(delay_tasks(told(rows, **more), CN))


def test_eighteen_of_twenty_in_time_are_nine_tenths_with_their_interval() -> None:
    rows = [delivery(n, "2026-06-10", "2026-06-10") for n in range(18)]
    report = told([*rows, delivery(18, "2026-06-10", "2026-06-11"), delivery(19, "2026-06-10", "2026-06-15")])
    rate = report.whole.rate
    assert (rate.numerator, rate.denominator, rate.n) == (18, 20, 20)
    assert rate.value is not None
    assert float(rate.value) == 0.9
    assert rate.low == pytest.approx(0.6990, abs=5e-5)
    assert rate.high == pytest.approx(0.9721, abs=5e-5)
    assert report.whole.mean_late == 3, "one day and five"
    assert report.records["late"] == ("v018", "v019")


def test_a_late_forecast_is_one_task_to_tell_the_customer_before_the_promised_date() -> None:
    late = delivery(1, "2026-07-10", forecast_date=date(2026, 7, 20), name="Pump", issue="the casting cracked")
    (task,) = tasks([late])
    assert task.due == date(2026, 7, 1), "the next workday"
    assert task.due < date(2026, 7, 10)
    assert task.title == "Tell Acme: Pump, promised for 2026-07-10, comes later (expected: 2026-07-20)"
    assert (task.kind, task.record_id, task.owner, task.content) == ("account", "a1", "del", "the casting cracked")
    later = {**late, "forecast_date": date(2026, 8, 1)}
    assert [one.key for one in tasks([later])] == [task.key], "its forecast moves: it is the same task"
    assert tasks([{**late, "forecast_date": date(2026, 7, 10)}]) == []
    assert tasks([{**late, "delivered_at": local("2026-06-29")}]) == []
    assert tasks([{**late, "status": "cancelled"}]) == []


@pytest.mark.parametrize(
    ("promised", "due"),
    [
        ("2026-07-03", "2026-07-01"),
        ("2026-07-02", "2026-07-01"),
        ("2026-07-01", "2026-06-30"),
        ("2026-06-30", "2026-06-30"),
        ("2026-06-29", "2026-06-30"),
    ],
)
def test_the_task_is_due_before_the_promised_day_as_long_as_there_is_such_a_day(promised: str, due: str) -> None:
    (task,) = tasks([delivery(1, promised, forecast_date=date(2026, 7, 20))])
    assert task.due == date.fromisoformat(due)


def test_before_a_monday_the_customer_is_told_on_the_friday() -> None:
    friday = datetime(2026, 6, 26, 2, tzinfo=UTC)
    (task,) = tasks([delivery(1, "2026-06-29", forecast_date=date(2026, 7, 20))], as_of=friday)
    assert task.due == date(2026, 6, 26), "and not on the promised Monday itself, the next workday"


def test_what_was_promised_long_ago_gets_no_task_and_none_comes_where_they_are_off() -> None:
    overdue = delivery(1, "2026-06-20")
    (task,) = tasks([overdue, delivery(2, "2026-06-01")])
    assert task.title == "Tell Acme: v001, promised for 2026-06-20, comes later (expected: unknown)"
    assert tasks([overdue], config=load_after_sales("[deliveries]\nenabled = false")) == []
    chinese = load_after_sales('language = "zh"')
    assert tasks([overdue], config=chinese)[0].title == "告知Acme：v001承诺2026-06-20交付，将延迟（预计：未知）"


def test_how_those_to_come_stand_the_worst_first() -> None:
    steps = [
        {"name": "drawn", "due": "2026-06-01", "done": "2026-06-02"},
        {"name": "cast", "due": "2026-06-20"},
        {"name": "tested", "due": "2026-07-01", "done": None},
        {"name": "packed", "due": "2026-07-05", "done": True},
    ]
    report = told(
        [
            delivery(1, "2026-07-10"),
            delivery(2, None),
            delivery(3, "2026-07-10", milestones=json.dumps(steps)),
            delivery(4, "2026-07-10", forecast_date=date(2026, 7, 12)),
            delivery(5, "2026-06-20", forecast_date=date(2026, 7, 2)),
            delivery(6, "2026-07-10", status="cancelled"),
            delivery(7, "2026-07-10", status="delivered"),
        ]
    )
    assert [(one.id, one.state, one.days) for one in report.coming] == [
        ("v005", "overdue", 12),
        ("v004", "delayed", 2),
        ("v003", "behind", 0),
        ("v001", "planned", 0),
        ("v002", "unknown", None),
    ]
    behind = report.coming[2].milestones
    assert behind is not None
    assert (behind.reached, behind.total, behind.late, behind.next, behind.next_due) == (
        2,
        4,
        1,
        "cast",
        date(2026, 6, 20),
    )
    assert report.cancelled == 1
    assert report.whole.counts["unknown"] == 2, "one promised for no day, one that came nobody knows when"
    assert report.whole.rate.value is None, "nothing is no zero"
    assert [note.code for note in report.evidence.warnings] == ["DELIVERIES_UNKNOWN"]


def test_milestones_may_be_written_as_text() -> None:
    text = json.dumps("设计 2026-06-01 2026-06-02；cast: 2026-06-20; test 3, 2026-07-01 done 2026-06-29\npacked")
    (one,) = told([delivery(1, "2026-07-10", milestones=text)]).coming
    assert one.state == "behind"
    assert one.milestones == Milestones(reached=2, total=4, late=1, next="cast", next_due=date(2026, 6, 20))


@pytest.mark.parametrize("odd", ['{"name": "cast"}', '"soon"', "[1, null]", '[{"due": "soon", "done": "no"}]', "[]"])
def test_milestones_that_are_no_such_list_say_nothing_of_a_delay(odd: str) -> None:
    (one,) = told([delivery(1, "2026-07-10", milestones=odd)]).coming
    assert one.state == "planned"


def test_by_owner_product_customer_and_month_with_what_a_delivery_gets_from_its_order_and_deal() -> None:
    rows = [
        delivery(1, "2026-06-10", "2026-06-09", owner_id=None, account_id=None, order_id="o1"),
        delivery(2, "2026-05-10", "2026-05-11"),
    ]
    tables = {
        "orders": [{"id": "o1", "deal_id": "d1", "product_id": "p1"}],
        "deals": [{"id": "d1", "account_id": "a1", "owner_id": "li", "lifecycle": "active"}],
    }
    with company(deliveries=rows, **tables) as facts:
        report = deliveries(facts, [], DeliveriesRequest(AS_OF, by=BYS))
        mine = deliveries(facts, [], DeliveriesRequest(AS_OF, owner="li@example.com"))
        with pytest.raises(ConfigError, match="no user"):
            deliveries(facts, [], DeliveriesRequest(AS_OF, owner="Nobody"))
    assert [(row.labels, row.rate.numerator, row.rate.n) for row in report.rows] == [
        (("Deng", None, "Acme", "2026-05"), 0, 1),
        (("Li", "Pump", "Acme", "2026-06"), 1, 1),
    ]
    assert (mine.whole.rate.numerator, mine.whole.rate.n) == (1, 1)


def test_a_period_chooses_by_the_day_of_delivery_in_the_zone_of_the_company() -> None:
    midnight = datetime(2026, 5, 31, 16, 30, tzinfo=UTC).replace(tzinfo=None)
    rows = [delivery(1, "2026-06-01", delivered_at=midnight), delivery(2, "2026-06-01", "2026-07-01")]
    report = told(rows, period=Period(date(2026, 6, 1), date(2026, 7, 1)))
    assert report.records == {"on_time": ("v001",), "overdue": ("v002",)}, "what comes tomorrow is not here yet"


def test_what_is_wrong_in_the_document_is_told_with_its_line() -> None:
    with pytest.raises(ConfigErrors, match=r"after_sales\.toml:2"):
        load_after_sales('[deliveries]\nwithin = "4bh"')
    with pytest.raises(ConfigErrors, match="did you mean normal"):
        load_after_sales('[tickets]\ndefault = "norml"')
    with pytest.raises(ConfigErrors, match="by the targets urgent and low"):
        load_after_sales('[tickets.targets.low]\nnames = ["Urgent"]')
    assert load_after_sales("") == built_in()


@pytest.mark.parametrize("seed", range(6))
def test_random_deliveries_are_those_of_plain_python_in_any_order(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - the same in every run

    def day() -> str:
        return f"2026-0{chance.randint(5, 7)}-{chance.randint(1, 28):02}"

    rows = [
        delivery(
            n,
            chance.choice([None, day(), day()]),
            chance.choice([None, day(), day()]),
            forecast_date=chance.choice([None, date.fromisoformat(day())]),
            status=chance.choice([None, "delivered", "cancelled", "on_way"]),
            owner_id=chance.choice(["li", "del", None]),
        )
        for n in range(80)
    ]
    report = told(rows, "owner")
    chance.shuffle(rows)
    other = told(rows, "owner")
    assert (report.whole, report.rows, report.coming, report.records) == (
        other.whole,
        other.rows,
        other.coming,
        other.records,
    )
    expected = Counter(state for row in rows if (state := plainly(row)) is not None)
    assert {state: n for state, n in report.whole.counts.items() if n} == expected
    assert sum(row.rate.n for row in report.rows) == report.whole.rate.n


def plainly(row: Mapping[str, object], today: date = date(2026, 6, 30)) -> str | None:
    """How a delivery stands, None for a cancelled one or one that came before the period."""
    promised, forecast, came = row["promised_date"], row["forecast_date"], row["delivered_at"]
    day = came.date() if isinstance(came, datetime) and came.date() <= today else None
    if row["status"] == "cancelled":
        return None
    if promised is None or (row["status"] == "delivered" and came is None):
        return "unknown"
    assert isinstance(promised, date)
    if day is not None:
        return "on_time" if day <= promised else "late"
    if promised < today:
        return "overdue"
    return "delayed" if isinstance(forecast, date) and forecast > promised else "planned"
