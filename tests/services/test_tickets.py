"""Tickets: by when they are due in whose hours, what became of them, and who hears of those that wait too long."""

import random
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest
from tests.services.after_sales_worlds import CN, SHANGHAI, at, company, ticket

from crmbridge.model.calendar import Calendar
from crmbridge.model.calendar.hours import shift
from crmbridge.model.errors import ConfigError
from crmbridge.services.after_sales_document import AfterSalesConfig, load_after_sales
from crmbridge.services.results import Period
from crmbridge.services.tickets import always, late_notices, tickets
from crmbridge.services.tickets_report import By, Measure, Running, TicketsReport, TicketsRequest

FROM_EIGHT = replace(CN, day_hours=(shift("08:00-12:00"), shift("13:00-17:00")))
TELLS: Mapping[tuple[str, str], frozenset[str]] = {("crm", "tickets"): frozenset()}
"""The mapping of the tickets fills every field."""
FOUR_HOURS = load_after_sales('[tickets.targets.normal]\nresolution = "4bh"')


def told(
    rows: Iterable[Mapping[str, object]], now: str, *, by: tuple[By, ...] = (), calendar: Calendar = CN, **more: object
) -> TicketsReport:
    moment = at(now).replace(tzinfo=UTC)
    with company(tickets=rows) as facts:
        request = TicketsRequest(moment, calendar, by=by, unfilled=TELLS)
        return tickets(facts, [], replace(request, **more))  # type: ignore[arg-type]


def running(report: TicketsReport, measure: Measure) -> list[Running]:
    return [one for one in report.running if one.measure == measure]


def due(one: Running) -> str:
    return f"{one.due_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("clock", "calendar", "expected"),
    [
        ("always", FROM_EIGHT, "2026-06-13 03:00"),
        ("business", FROM_EIGHT, "2026-06-15 12:00"),
        ("business", CN, "2026-06-15 14:30"),
        ("always", CN, "2026-06-13 03:00"),
    ],
)
def test_four_hours_from_eleven_at_night_end_at_three_or_at_noon_of_the_next_workday(
    clock: str, calendar: Calendar, expected: str
) -> None:
    """Opened on a Friday at 23:00: working hours from 08:00 end at 12:00 on Monday, a hotline at 03:00."""
    opened = ticket(1, "2026-06-12 23:00", clock=clock)
    report = told([opened], "2026-06-12 23:30", calendar=calendar, config=FOUR_HOURS)
    (one,) = running(report, "resolution")
    assert (due(one), one.clock, one.status) == (expected, clock, "pending")


def test_the_rates_count_what_was_in_time_and_what_is_late_already() -> None:
    """A first answer within four hours of work; the hours are 09:00 to 12:00 and 13:30 to 18:00."""
    rows = [
        ticket(1, "2026-06-08 09:00", first_response_at="2026-06-08 14:30", resolved_at="2026-06-09 10:00"),
        ticket(2, "2026-06-08 09:00", first_response_at="2026-06-08 14:31", resolved_at="2026-06-11 10:00"),
        ticket(3, "2026-06-08 17:00", first_response_at="2026-06-09 12:00"),
        ticket(4, "2026-06-08 09:00"),
        ticket(5, "2026-06-12 10:00"),
        ticket(6, "2026-06-08 09:00", resolved_at="2026-06-08 10:00"),
        ticket(7, "2026-06-08 09:00", status="cancelled"),
        ticket(8, None, first_response_at="2026-06-08 10:00"),
    ]
    report = told(rows, "2026-06-12 11:00")
    answer, end = report.whole
    assert (answer.measure, answer.rate.numerator, answer.rate.n, answer.late) == ("first_response", 2, 4, 1)
    assert {status: n for status, n in answer.counts.items() if n} == {
        "met": 2,
        "breached": 2,
        "pending": 1,
        "closed": 1,
        "unknown": 1,
    }
    assert answer.rate.low == pytest.approx(0.1500, abs=5e-5)
    assert answer.rate.high == pytest.approx(0.8500, abs=5e-5)
    assert (end.measure, end.rate.numerator, end.rate.n, end.late) == ("resolution", 2, 5, 2)
    assert answer.median_minutes == 240
    assert [(one.id, one.status, one.left_minutes) for one in running(report, "first_response")] == [
        ("t004", "breached", Fraction(240 - 4 * 450 - 120)),
        ("t005", "pending", Fraction(180)),
    ]
    assert report.records["first_response met"] == ("t001", "t003")
    assert report.records["cancelled"] == ("t007",)
    assert report.cancelled == 1
    assert [note.code for note in report.evidence.warnings] == [
        "NO_FIRST_RESPONSE",
        "FIRST_RESPONSE_UNKNOWN",
        "RESOLUTION_UNKNOWN",
    ]


def test_the_priority_says_how_long_in_the_words_of_the_crm() -> None:
    words = {
        "P1": "urgent",
        "紧急": "urgent",
        "High": "high",
        " medium ": "normal",
        "低": "low",
        "odd": "normal",
        None: "normal",
    }
    rows = [ticket(n, "2026-06-12 17:30", priority=word) for n, word in enumerate(words)]
    report = told(rows, "2026-06-12 17:31", by=("priority",))
    found = {one.id: (one.priority, due(one)) for one in running(report, "first_response")}
    dues = {
        "urgent": "2026-06-12 18:30",
        "high": "2026-06-15 10:30",
        "normal": "2026-06-15 14:00",
        "low": "2026-06-15 17:30",
    }
    assert found == {f"t{n:03}": (name, dues[name]) for n, name in enumerate(words.values())}
    assert {row.labels[0]: row.tickets for row in report.rows if row.measure == "resolution"} == Counter(words.values())


def test_what_a_source_cannot_tell_is_no_breach() -> None:
    unfilled = {("crm", "tickets"): frozenset({"first_response_at"})}
    report = told([ticket(1, "2026-06-01 09:00")], "2026-06-12 11:00", unfilled=unfilled)
    answer, end = report.whole
    assert (answer.counts["unavailable"], answer.rate.value) == (1, None)
    assert (end.counts["breached"], end.rate.numerator, end.rate.n) == (1, 0, 1)
    nobody_says = told([ticket(1, "2026-06-01 09:00")], "2026-06-12 11:00", unfilled={})
    assert [row.counts["unavailable"] for row in nobody_says.whole] == [1, 1]


def test_a_ticket_that_was_opened_again_runs_on_and_one_that_ended_before_it_began_is_not_known() -> None:
    rows = [
        ticket(1, "2026-06-11 09:00", status="open", resolved_at="2026-06-11 10:00"),
        ticket(2, "2026-06-11 09:00", resolved_at="2026-06-10 10:00"),
        ticket(3, "2026-06-11 09:00", status="closed", resolved_at="2026-06-12 15:00"),
    ]
    report = told(rows, "2026-06-12 11:00")
    assert [one.id for one in running(report, "resolution")] == ["t001", "t003"]
    assert report.records["resolution unknown"] == ("t002",)
    assert report.whole[1].median_minutes is None


def test_moments_known_to_the_day_count_workdays() -> None:
    day = {"opened_at_precision": "day", "resolved_at_precision": "day"}
    rows = [
        ticket(1, "2026-06-05 00:00", resolved_at="2026-06-10 00:00", **day),
        ticket(2, "2026-06-05 00:00", resolved_at="2026-06-11 00:00", **day),
    ]
    report = told(rows, "2026-06-12 11:00")
    assert report.records["resolution met"] == ("t001",), "three workdays after the Friday"
    assert report.records["resolution breached"] == ("t002",)


def test_the_manager_is_told_once_of_each_that_waits_too_long() -> None:
    rows = [ticket(1, "2026-06-10 09:00", first_response_at="2026-06-10 10:00"), ticket(2, "2026-05-10 09:00")]
    (one,) = late_notices(told([*rows, ticket(3, "2026-06-15 09:00")], "2026-06-15 12:00"))
    assert (one.to, one.text) == ("boss", "Late (Acme): ticket 1, its resolution was due 2026-06-12 18:00")
    (again,) = late_notices(told(rows, "2026-06-16 15:00"))
    assert again.key == one.key
    orphan = ticket(1, "2026-06-10 09:00", owner_id="boss")
    assert {notice.to for notice in late_notices(told([orphan], "2026-06-15 15:00"))} == {"boss"}
    off = load_after_sales("[tickets]\nescalate = false")
    assert list(late_notices(told(rows, "2026-06-15 15:00", config=off))) == []


def test_by_owner_type_customer_and_month_and_of_one_owner() -> None:
    rows = [
        ticket(1, "2026-05-11 09:00", first_response_at="2026-05-11 10:00", type="complaint"),
        ticket(2, "2026-06-11 09:00", first_response_at="2026-06-12 10:00", owner_id="del"),
    ]
    report = told(rows, "2026-06-12 11:00", by=("owner", "type", "account", "month"))
    assert [(row.labels, row.rate.numerator) for row in report.rows if row.measure == "first_response"] == [
        (("Deng", None, "Acme", "2026-06"), 0),
        (("Li", "complaint", "Acme", "2026-05"), 1),
    ]
    june = Period(date(2026, 6, 1), date(2026, 7, 1))
    assert told(rows, "2026-06-12 11:00", period=june).whole[0].tickets == 1
    assert told(rows, "2026-06-12 11:00", owner="Li").whole[0].rate.n == 1
    with pytest.raises(ConfigError, match="no user"):
        told(rows, "2026-06-12 11:00", owner="Nobody")


def test_an_owner_works_by_the_hours_of_his_own_zone() -> None:
    with company(tickets=[ticket(1, "2026-06-12 09:00", owner_id="ann")]) as facts:
        facts.insert("users", [{"id": "ann", "name": "Ann", "zone": "Europe/Berlin"}])
        request = TicketsRequest(at("2026-06-12 09:30").replace(tzinfo=UTC), CN, unfilled=TELLS)
        (one, _) = tickets(facts, [], request).running
    assert due(one) == "2026-06-12 20:30", "09:00 in Berlin is 15:00 in Shanghai, and noon there has its rest too"


@pytest.mark.parametrize("seed", range(6))
def test_random_tickets_are_those_of_the_calendars_own_arithmetic_in_any_order(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - the same in every run

    def later(moment: datetime | None) -> datetime | None:
        return moment + timedelta(minutes=chance.randint(0, 9000)) if moment and chance.random() < 0.7 else None

    rows = []
    for n in range(60):
        opened = at(f"2026-06-{chance.randint(1, 20):02} {chance.randint(0, 23):02}:{chance.randint(0, 59):02}")
        answered = later(opened)
        more = {"first_response_at": answered, "resolved_at": later(answered)}
        clock, priority = chance.choice([None, "always", "business"]), chance.choice(["urgent", "high", "p3", None])
        rows.append(ticket(n, None, opened_at=opened, clock=clock, priority=priority, **more))
    now = "2026-06-22 11:00"
    report = told(rows, now, by=("priority",))
    chance.shuffle(rows)
    other = told(rows, now, by=("priority",))
    assert (report.whole, report.rows, report.running, report.records) == (
        other.whole,
        other.rows,
        other.running,
        other.records,
    )
    expected = Counter(
        f"{measure} {state}" for row in rows for measure, state in plainly(row, report.request.config, now)
    )
    assert {figure: len(ids) for figure, ids in report.records.items()} == expected


def plainly(row: Mapping[str, object], config: AfterSalesConfig, now: str) -> list[tuple[str, str]]:
    cut = at(now)
    name = {"p3": "normal", None: "normal"}.get(row["priority"], row["priority"])  # type: ignore[call-overload]
    target = config.tickets.targets[str(name)]
    calendar = always(SHANGHAI) if (row["clock"] or target.clock) == "always" else CN
    opened = row["opened_at"]
    assert isinstance(opened, datetime)
    moments = {name: row[f"{name}_at"] for name in ("first_response", "resolved")}
    ends = {name: end if isinstance(end, datetime) and end <= cut else None for name, end in moments.items()}
    found = []
    for measure, stop in (("first_response", ends["first_response"]), ("resolution", ends["resolved"])):
        within = getattr(target, measure)
        allowed = within.count * (calendar.day_minutes if within.unit == "bd" else 60)
        used = calendar.business_minutes(opened.replace(tzinfo=UTC), (stop or cut).replace(tzinfo=UTC))
        if stop is None and measure == "first_response" and ends["resolved"]:
            state = "closed"
        elif stop is None:
            state = "pending" if used <= allowed else "breached"
        else:
            state = "met" if used <= allowed else "breached"
        found.append((measure, state))
    return found
