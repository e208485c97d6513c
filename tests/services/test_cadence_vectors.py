"""The golden vectors of the cadence by name: due dates over holidays, a reply, the ladder, external keys."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
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
from crmbridge.services.world import text

WEEKLY = ["2026-01-26", "2026-02-02", "2026-02-09", "2026-02-24", "2026-03-03", "2026-03-10"]
FIXED = ["2026-01-26", "2026-02-02", "2026-02-09", "2026-02-24", "2026-03-02"]
BUSINESS = ["2026-02-12", "2026-02-14", "2026-02-25", "2026-02-27", "2026-03-02"]
CALENDAR = ["2026-02-12", "2026-02-14", "2026-02-24", "2026-02-26", "2026-02-28"]
BUSINESS_IN_MARCH = ["2026-03-02", "2026-03-04", "2026-03-06", "2026-03-10", "2026-03-12"]
CALENDAR_IN_MARCH = ["2026-03-02", "2026-03-04", "2026-03-06", "2026-03-09", "2026-03-11"]


def due_after_each(days: Sequence[str], stage: str, more: str = "") -> list[str]:
    """The day that is due after each touch of a series that was always done on its day."""
    done = mails if stage == "S1" else calls
    deals = [Followed(f"d{n}", stage, days[0], done(*days[:n])) for n in range(1, len(days))]
    found = by_subject(ask(company(deals), "2026-03-20", load_cadence(more)))
    return [str(found[deal.id].due_day) for deal in deals]


def test_gv_cad_1_a_weekly_mail_counted_from_the_last_one() -> None:
    assert due_after_each(WEEKLY, "S1") == WEEKLY[1:]


def test_gv_cad_1_a_weekly_mail_counted_from_a_fixed_day_collapses_two_that_roll_to_one() -> None:
    fixed = '[policies.prospect-weekly-mail]\nanchor = "fixed"\nstart = 2026-01-26\n'
    assert due_after_each(FIXED, "S1", fixed) == FIXED[1:]
    deal = Followed("d", "S1", FIXED[0], mails(*FIXED[:4]))
    one = by_subject(ask(company([deal]), "2026-03-01", load_cadence(fixed)))["d"]
    assert one.occurrence == 6, "the collapsed one of 02-23 keeps its number for itself"


@pytest.mark.parametrize(
    ("every", "days"),
    [("2bd", BUSINESS), ("2d", CALENDAR), ("2bd", BUSINESS_IN_MARCH), ("2d", CALENDAR_IN_MARCH)],
)
def test_gv_cad_2_a_call_every_two_days(every: str, days: list[str]) -> None:
    step = f'{{ channel = "call", template = "needs-and-feedback", every = "{every}", repeat = true }}'
    assert due_after_each(days, "S5", f"[policies.negotiation-call]\nsteps = [{step}]\n") == days[1:]


def test_gv_cad_3_a_reply_pauses_two_business_days_and_wants_an_answer() -> None:
    deal = Followed("d", "S1", "2026-01-26", [*mails("2026-03-03"), *replies("2026-03-05")])
    facts = company([deal])
    report = ask(facts, "2026-03-06")
    one = by_subject(report)["d"]
    assert (one.state, one.why, str(one.due_day), one.touches) == ("paused", "reply", "2026-03-12", 0)
    assert [(task.policy, task.queue_class) for task in report.tasks] == [("answer", 0)]
    assert by_subject(ask(facts, "2026-03-08"))["d"].state == "paused"
    assert by_subject(ask(facts, "2026-03-09"))["d"].state == "active"


def test_gv_cad_3_each_rung_of_the_ladder_is_reached_once() -> None:
    facts = company([Followed("d", "S5", "2026-02-27", calls("2026-02-27"))])
    seen = [with_rungs(facts, day) for day in ("2026-03-02", "2026-03-03", "2026-03-05", "2026-03-09")]
    assert seen == [(0, []), (1, ["remind"]), (3, ["escalate_manager"]), (5, ["propose_reassign"])]


def with_rungs(facts: Facts, day: str) -> tuple[int, list[str]]:
    report, reached, _ = kept(facts, request(day))
    (task,) = report.tasks
    return task.overdue_bd, [one.what for one in reached]


def test_gv_cad_3_business_days_overdue_leave_out_a_holiday() -> None:
    deal = Followed("d", "S5", "2026-02-13")
    (task,) = ask(company([deal]), "2026-02-24").tasks
    assert (str(task.due_day), task.overdue_bd) == ("2026-02-13", 2)


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


def test_gv_cad_4_a_second_run_on_unchanged_data_says_nothing_new() -> None:
    deals = [Followed("a"), Followed("b", "S1", "2026-01-26", [*mails("2026-01-26"), *replies("2026-02-11")])]
    facts = company(deals)
    first, _, events = kept(facts, request("2026-02-13"))
    again, reached, more = kept(facts, request("2026-02-13"))
    assert (events, more, reached) == (2, 0, [])
    assert again.tasks == first.tasks


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
