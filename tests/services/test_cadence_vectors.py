"""The golden vectors of the cadence by name: due dates over holidays, a reply, the ladder, external keys."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from tests.services.cadence_worlds import (
    CHINA,
    Followed,
    ask,
    by_subject,
    calls,
    company,
    kept,
    mails,
    replies,
    request,
)

from crmbridge.facts.store import Facts
from crmbridge.model.calendar import QuietHours
from crmbridge.model.external_keys import task_key
from crmbridge.services.cadence_document import load_cadence
from crmbridge.services.cadence_moments import allowed, moment
from crmbridge.services.cadence_report import CadenceReport, Enrolment, Reached
from crmbridge.services.world import text

WEEKLY = ["2026-01-26", "2026-02-02", "2026-02-09", "2026-02-24", "2026-03-03", "2026-03-10"]
FIXED = ["2026-01-26", "2026-02-02", "2026-02-09", "2026-02-24", "2026-03-02"]
BUSINESS = ["2026-02-12", "2026-02-14", "2026-02-25", "2026-02-27", "2026-03-02"]
CALENDAR = ["2026-02-12", "2026-02-14", "2026-02-24", "2026-02-26", "2026-02-28"]
BUSINESS_IN_MARCH = ["2026-03-02", "2026-03-04", "2026-03-06", "2026-03-10", "2026-03-12"]
CALENDAR_IN_MARCH = ["2026-03-02", "2026-03-04", "2026-03-06", "2026-03-09", "2026-03-11"]


MARCH = ("2026-03-03", "2026-03-06", "2026-03-09")


def series(name: str, stage: str, days: Sequence[str]) -> list[Followed]:
    """A deal for each touch of a series that was always done on its day: it has had all up to that one."""
    done = mails if stage == "S1" else calls
    return [Followed(f"{name}{n}", stage, days[0], done(*days[:n])) for n in range(1, len(days))]


@cache
def next_days(more: str, *wanted: tuple[str, str, tuple[str, ...]]) -> dict[str, Enrolment]:
    """How each deal of the series stands long after."""
    deals = [deal for one in wanted for deal in series(*one)]
    return by_subject(ask(company(deals), "2026-03-20", load_cadence(more)))


def due_after_each(name: str, days: Sequence[str], found: Mapping[str, Enrolment]) -> list[str]:
    """The day that is due after each touch of a series."""
    return [str(found[f"{name}{n}"].due_day) for n in range(1, len(days))]


SHIPPED = (
    ("weekly", "S1", tuple(WEEKLY)),
    ("february", "S5", tuple(BUSINESS)),
    ("march", "S5", tuple(BUSINESS_IN_MARCH)),
)
OTHER = (
    ("fixed", "S1", tuple(FIXED)),
    ("february", "S5", tuple(CALENDAR)),
    ("march", "S5", tuple(CALENDAR_IN_MARCH)),
)
CHANGED = """
[policies.prospect-weekly-mail]
anchor = "fixed"
start = 2026-01-26
[policies.negotiation-call]
steps = [{ channel = "call", template = "needs-and-feedback", every = "2d", repeat = true }]
"""


def test_gv_cad_1_a_weekly_mail_counted_from_the_last_one() -> None:
    assert due_after_each("weekly", WEEKLY, next_days("", *SHIPPED)) == WEEKLY[1:]


def test_gv_cad_1_a_weekly_mail_counted_from_a_fixed_day_collapses_two_that_roll_to_one() -> None:
    found = next_days(CHANGED, *OTHER)
    assert due_after_each("fixed", FIXED, found) == FIXED[1:]
    assert found["fixed4"].occurrence == 6, "the collapsed one of 02-23 keeps its number for itself"


def test_gv_cad_2_a_call_every_two_business_days() -> None:
    found = next_days("", *SHIPPED)
    assert due_after_each("february", BUSINESS, found) == BUSINESS[1:]
    assert due_after_each("march", BUSINESS_IN_MARCH, found) == BUSINESS_IN_MARCH[1:]


def test_gv_cad_2_a_call_every_two_calendar_days() -> None:
    found = next_days(CHANGED, *OTHER)
    assert due_after_each("february", CALENDAR, found) == CALENDAR[1:]
    assert due_after_each("march", CALENDAR_IN_MARCH, found) == CALENDAR_IN_MARCH[1:]


@pytest.fixture(scope="module")
def march() -> dict[str, tuple[CadenceReport, list[Reached], int]]:
    """A deal that is due on 03-02 and one whose person wrote on 03-05, in runs that are remembered."""
    late = Followed("late", "S5", "2026-02-27", calls("2026-02-27"))
    wrote = Followed("wrote", "S1", "2026-01-26", [*mails("2026-03-03"), *replies("2026-03-05")])
    facts = company([late, wrote])
    found = {day: kept(facts, request(day)) for day in MARCH}
    return {**found, "again": kept(facts, request(MARCH[-1]))}


def test_gv_cad_3_a_reply_pauses_two_business_days_and_wants_an_answer(
    march: dict[str, tuple[CadenceReport, list[Reached], int]],
) -> None:
    report = march["2026-03-06"][0]
    one = by_subject(report)["wrote"]
    assert (one.state, one.why, str(one.due_day), one.touches) == ("paused", "reply", "2026-03-12", 0)
    first = report.tasks[0]
    assert (first.policy, first.queue_class, str(first.due_day)) == ("answer", 0, "2026-03-06")
    assert by_subject(march["2026-03-09"][0])["wrote"].state == "active"


def test_gv_cad_3_each_rung_of_the_ladder_is_reached_once(
    march: dict[str, tuple[CadenceReport, list[Reached], int]],
) -> None:
    told: set[str] = set()
    new: list[list[str]] = []
    for day in MARCH:  # whoever tells them does so once a key
        reached = [one for one in march[day][1] if one.subject == "crm:late" and one.notice_key not in told]
        new.append([one.what for one in reached])
        told |= {one.notice_key for one in reached}
    assert new == [["remind"], ["escalate_manager"], ["propose_reassign"]]
    late = [next(one for one in march[day][0].tasks if one.subject == "crm:late") for day in MARCH]
    assert [one.overdue_bd for one in late] == [1, 4, 5]
    assert {(str(one.due_day), one.occurrence) for one in late} == {("2026-03-02", 2)}


def test_gv_cad_4_a_second_run_on_unchanged_data_says_nothing_new(
    march: dict[str, tuple[CadenceReport, list[Reached], int]],
) -> None:
    report, reached, events = march["again"]
    assert (reached, events) == (march["2026-03-09"][1], 0)
    assert report.tasks == march["2026-03-09"][0].tasks


@pytest.mark.parametrize(
    ("parts", "key"),
    [
        (("prospect-weekly-mail", "lead", "zoho:4876876000000333001", 1, 1), "cb1-50250d653963d7552fdbf3e1"),
        (("prospect-weekly-mail", "lead", "zoho:4876876000000333001", 1, 2), "cb1-2aadacd43bd17da66cb5764c"),
        (("negotiation-call", "deal", "fxiaoke:5ea6c76a442fcc00017ef9fe", 1, 1), "cb1-51f450254c191e8ae967b676"),
        (("谈判-电话", "deal", "csv:D-001", 2, 3), "cb1-ba94bc0b5ad71f74d9ce1cd3"),
    ],
)
def test_gv_cad_4_external_keys(parts: tuple[str, str, str, int, int], key: str) -> None:
    policy, kind, subject, seq, occurrence = parts
    assert in_sql(parts) == task_key(policy, kind, subject, enrolment=seq, occurrence=occurrence) == key


def test_gv_cad_4_the_query_writes_the_key_of_the_model_for_names_with_separators() -> None:
    parts = ("a%b", "deal", "crm:1|2%7C", 1, 1)
    assert in_sql(parts) == task_key(*parts[:3], enrolment=1, occurrence=1)


def in_sql(parts: tuple[str, str, str, int, int]) -> str:
    facts = Facts.in_memory()
    facts.query(text("cadence_key"))
    return str(facts.scalar("SELECT svc_cadence_key(?, ?, ?, ?, ?)", list(parts)))


def test_gv_cal_4_a_task_waits_for_the_morning_of_the_customer() -> None:
    new_york = ZoneInfo("America/New_York")
    found = moment(CHINA, new_york, date(2026, 3, 9), QuietHours())
    assert found.is_apart, "at 20:30 nobody works in Shanghai"
    assert (found.due_at, found.auto_at) == (
        datetime(2026, 3, 9, 1, tzinfo=UTC),
        datetime(2026, 3, 9, 12, 30, tzinfo=UTC),
    )


def test_what_is_sent_by_itself_on_a_friday_night_goes_out_on_monday() -> None:
    shanghai = ZoneInfo("Asia/Shanghai")
    friday = datetime(2026, 3, 6, 21, 30, tzinfo=shanghai)
    assert allowed(friday, CHINA, shanghai, QuietHours()) == datetime(2026, 3, 9, 8, 30, tzinfo=shanghai)
