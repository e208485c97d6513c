"""Birthdays and holidays: on which day, for whom, once a year, and who is left alone."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import pytest
from tests.services.care_worlds import PIPELINES, account, at, china, company, person

from crmbridge.facts.store import Facts
from crmbridge.model.birthdays import MonthDay
from crmbridge.model.errors import ConfigErrors
from crmbridge.services.care_document import CareConfig, built_in, load_care
from crmbridge.services.occasions import occasion_key, occasions, tasks_of
from crmbridge.services.occasions_report import Occasion, OccasionsReport, OccasionsRequest, Served
from crmbridge.services.wants import TaskMade

VIP = {"a1": Served("gift", is_vip=True, is_customer=True)}
BOUGHT = {"a1": Served("greeting", is_customer=True)}


def ask(
    facts: Facts,
    day: str,
    served: Mapping[str, Served] = VIP,
    made: Mapping[str, TaskMade] | None = None,
    config: CareConfig | None = None,
    **more: Any,
) -> OccasionsReport:
    request = OccasionsRequest(at(day), china(), served, made or {}, **more)
    return occasions(facts, PIPELINES, request, config or built_in())


def told(report: OccasionsReport) -> list[tuple[str, str, str, str, str]]:
    return [(one.occasion, one.what, one.person.contact_id, one.due.isoformat(), one.state) for one in report.occasions]


def only(report: OccasionsReport, what: str = "greeting", occasion: str = "birthday") -> Occasion:
    (one,) = [one for one in report.occasions if (one.what, one.occasion) == (what, occasion)]
    return one


def test_gv_care_1_birthday_of_29_february_and_gifts_five_business_days_before() -> None:
    with company(contacts=[person("mei", birthday_md="02-29")]) as facts:
        for day, kept in (("2027-02-20", "2027-02-28"), ("2028-02-20", "2028-02-29")):
            assert only(ask(facts, day)).day.isoformat() == kept
        march = load_care('occasions.leap_day = "03-01"')
        assert only(ask(facts, "2027-02-20", config=march)).day == date(2027, 3, 1)
    with company(contacts=[person("mei")]) as facts:
        spring = only(ask(facts, "2026-02-05"), "gift", "spring_festival")
        assert (spring.day.isoformat(), spring.due.isoformat()) == ("2026-02-17", "2026-02-10")
        autumn = only(ask(facts, "2026-09-15"), "gift", "mid_autumn")
        assert (autumn.day.isoformat(), autumn.due.isoformat()) == ("2026-09-25", "2026-09-20")
        assert (autumn.due.strftime("%A"), china().is_workday(autumn.due)) == ("Sunday", True)


def test_one_greeting_a_person_occasion_and_year_whatever_the_record() -> None:
    twice = [
        person("mei", birthday_md="05-20"),
        person("mei2", full_name="Mei", connection="other", phones=person("mei")["phones"], birthday_md="05-20"),
    ]
    with company(contacts=twice) as facts:
        report = ask(facts, "2026-05-19", BOUGHT)
        (task,) = tasks_of(report, built_in())
        one = only(report)
        assert task.key == occasion_key("greeting", "birthday", one.person.key, 2026) == one.key
        made = {task.key: TaskMade(task.key, "crm", "open", due=task.due)}
        assert not list(tasks_of(ask(facts, "2026-05-19", BOUGHT, made), built_in())), "a second run makes none"
        assert only(ask(facts, "2026-05-20", made=made)).state == "made"
        gone = {task.key: TaskMade(task.key, "crm", "gone")}
        assert only(ask(facts, "2026-05-19", made=gone)).state == "cancelled"
        assert only(ask(facts, "2027-05-19", made=made)).key != task.key, "another year, another greeting"


def test_a_person_whose_number_changes_is_not_greeted_again() -> None:
    mail = '["mei@acme.cn"]'
    with company(contacts=[person("mei", birthday_md="05-20", phones=None, emails=mail)]) as facts:
        key = only(ask(facts, "2026-05-19")).key
    made = {key: TaskMade(key, "crm", "done")}
    with company(contacts=[person("mei", birthday_md="05-20", emails=mail)]) as facts:
        one = only(ask(facts, "2026-05-19", made=made))
        assert (one.state, one.key != key) == ("done", True)


def test_greetings_are_on_the_day_even_if_nobody_works_and_never_in_quiet_hours() -> None:
    people = [person("mei", birthday_md="05-31"), person("ann", birthday_md="05-31", zone="America/New_York")]
    with company(contacts=people) as facts:
        report = ask(facts, "2026-05-29", BOUGHT)
        due = {one.person.contact_id: one.due_at for one in report.occasions if one.occasion == "birthday"}
        assert not china().is_workday(date(2026, 5, 31))
        assert due == {
            "mei": datetime(2026, 5, 31, 1, tzinfo=UTC),
            "ann": datetime(2026, 5, 31, 13, tzinfo=UTC),
        }, "nine o'clock where each of them is"
        assert {task.due for task in tasks_of(report, built_in()) if task.due_at} == {date(2026, 5, 31)}, (
            "made on Friday, due on Sunday"
        )
    with pytest.raises(ConfigErrors, match="quiet hours"):
        load_care('occasions.greet_at = "07:00"')


@pytest.mark.parametrize(
    ("why", "facts_of_person"),
    [
        ("opted_out", {"consent": '{"email": "no"}'}),
        ("opted_out", {"do_not_contact": True}),
        ("opted_out", {"consent": '{"im": "denied"}', "preferred_channel": "WeChat"}),
        ("left_company", {"left_company": True}),
        (None, {"consent": '{"call": "no"}'}),
    ],
)
def test_who_is_left_alone(why: str | None, facts_of_person: Mapping[str, object]) -> None:
    with company(contacts=[person("mei", birthday_md="05-20", **facts_of_person)]) as facts:
        report = ask(facts, "2026-05-19", BOUGHT)
        one = only(report)
        assert (one.reason, one.state) == (why, "left_out" if why else "due")
        assert len(list(tasks_of(report, built_in()))) == (0 if why else 1)


def test_an_open_complaint_goes_to_the_manager_instead() -> None:
    ticket = {"id": "t", "type": "complaint", "account_id": "a1", "opened_at": at("2026-05-01").replace(tzinfo=None)}
    with company(contacts=[person("mei", birthday_md="05-20")], tickets=[{**ticket, "status": "open"}]) as facts:
        assert only(ask(facts, "2026-05-19"), "gift").state == "left_out"
        (task,) = tasks_of(ask(facts, "2026-05-19"), built_in())
        assert (task.owner, "Complaint open" in task.title) == ("wang", True)
        facts.connection.execute("UPDATE users SET manager_id = NULL")
        assert only(ask(facts, "2026-05-19")).reason == "complaint_without_manager"
        facts.connection.execute("UPDATE tickets SET status = 'resolved'")
        (task,) = tasks_of(ask(facts, "2026-05-19", BOUGHT), built_in())
        assert task.owner == "li"
        assert only(ask(facts, "2026-05-19")).key == task.key, "one key whoever does it: no second greeting"
        facts.connection.execute("UPDATE tickets SET status = 'open', type = 'question'")
        assert only(ask(facts, "2026-05-19")).reason is None


def test_lunar_birthdays_by_the_table_and_none_beyond_it() -> None:
    people = [person("mei", birthday_md="08-15", birthday_calendar="lunar")]
    with company(contacts=people) as facts:
        one = only(ask(facts, "2026-09-10"))
        assert (one.day, one.year) == (date(2026, 9, 25), 2026)
        report = ask(facts, "2060-09-01")
        assert not [one for one in report.occasions if one.occasion == "birthday"], "nothing is guessed"
        assert {"NO_LUNAR_TABLE", "NO_LUNAR_HOLIDAYS"} <= {note.code for note in report.warnings}
    with company(contacts=[person("mei", birthday_md="12-30", birthday_calendar="lunar")]) as facts:
        one = only(ask(facts, "2026-02-10"))
        assert (one.day, one.year) == (date(2026, 2, 16), 2025), "the last day of a month of 29, in the year before"


def test_holidays_by_language_and_for_customers() -> None:
    people = [
        person("mei"),
        person("ann", language="en-GB"),
        person("nobody", language=None),
        person("out", account_id="a2"),
    ]
    with company(accounts=[account("a1"), account("a2", locale="zh")], contacts=people) as facts:
        new_year = [("new_year", "greeting", "mei", "2026-01-01", "due")]
        report = ask(facts, "2025-12-31", BOUGHT)
        assert told(report) == new_year
        assert [note.params for note in report.warnings if note.code == "NO_LOCALE"] == [{"n": 1}]
        assert told(ask(facts, "2025-12-31", BOUGHT, locale="zh-CN"))[1][2] == "nobody"
        both = {**BOUGHT, "a2": Served("greeting", is_customer=True)}
        assert [one[2] for one in told(ask(facts, "2025-12-31", both))] == ["mei", "out"]
        wish = load_care('[occasions]\nholidays_of = "everyone"\n[occasions.holidays.christmas]\nlocales = ["en"]\n')
        found = told(ask(facts, "2025-12-24", {}, config=wish))
        assert ("christmas", "greeting", "ann", "2025-12-25", "due") in found
        assert ("new_year", "greeting", "out", "2026-01-01", "planned") in found


def test_gifts_are_for_whom_the_policy_says_and_late_ones_come_at_once() -> None:
    with company(contacts=[person("mei", birthday_md="05-20")]) as facts:
        assert ("birthday", "gift", "mei", "2026-05-13", "due") in told(ask(facts, "2026-05-12"))
        assert ("birthday", "gift", "mei", "2026-05-18", "due") in told(ask(facts, "2026-05-16")), "a Saturday off"
        assert [one[1] for one in told(ask(facts, "2026-05-12", BOUGHT))] == ["greeting"]
        assert told(ask(facts, "2026-05-12", {"a1": Served("none")})) == []
        assert told(ask(facts, "2026-05-12", {})) == [], "no policy serves them"
        off = load_care("occasions.enabled = false")
        assert told(ask(facts, "2026-05-12", config=off)) == []


def test_what_cannot_be_told_is_counted() -> None:
    mei = person("mei", birthday_md="05-20")
    people = [
        mei,
        person("mei2", full_name="Mei", connection="other", phones=mei["phones"], birthday_md="05-21"),
        person("x", birthday_md="spring", zone="Mars/Olympus"),
    ]
    with company(contacts=people) as facts:
        report = ask(facts, "2025-12-31")
        assert {note.code: dict(note.params) for note in report.warnings if note.code != "CALENDAR_NOT_PUBLISHED"} == {
            "NO_BIRTHDAY_READ": {"n": 1},
            "SEVERAL_BIRTHDAYS": {"n": 1},
            "NO_ZONE": {"zones": "Mars/Olympus"},
        }


def test_shuffled_people_change_nothing() -> None:
    days = [f"05-{n:02}" for n in range(1, 29)]
    people = [person(f"p{n}", birthday_md=days[n % 28], account_id=("a1", "a2")[n % 2]) for n in range(40)]
    reports = []
    for seed in range(3):
        Random(seed).shuffle(people)  # noqa: S311 - a test
        with company(accounts=[account("a1"), account("a2")], contacts=people) as facts:
            reports.append(ask(facts, "2026-05-01", {**VIP, "a2": Served("greeting")}).occasions)
    assert reports[0] == reports[1] == reports[2]
    assert len(reports[0]) == 40 + 20, "greetings for all, gifts for those of a1"


def test_every_birthday_of_a_plain_path() -> None:
    """Day by day over four years, each birthday falls once a year, in the year of its own."""
    first, last = date(2026, 1, 1), date(2029, 12, 31)
    for month, day in ((1, 1), (2, 28), (2, 29), (12, 31), (6, 30)):
        found = dict(MonthDay(month, day).days(first, last))
        assert sorted(found) == [2026, 2027, 2028, 2029]
        for year, fallen in found.items():
            is_leap = (month, day) == (2, 29) and fallen.month == 2 and fallen.day == 28 and year != 2028
            assert is_leap or fallen == date(year, month, day)
    walked = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    assert [day for day in walked if day in dict(MonthDay(5, 20).days(first, last)).values()] == [
        date(year, 5, 20) for year in range(2026, 2030)
    ]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("03-05", (3, 5)),
        ("1990-03-05", (3, 5)),
        ("--03-05", (3, 5)),
        ("3月5日", (3, 5)),
        ("1990年3月5日", (3, 5)),
        ("3/5", (3, 5)),
    ],
)
def test_a_birthday_is_read_as_systems_write_it(text: str, read: tuple[int, int]) -> None:
    assert MonthDay.parse(text) == read


@pytest.mark.parametrize("text", ["", "02-30", "13-01", "0-5", "spring", "1990", "04-31"])
def test_what_is_no_birthday_is_none(text: str) -> None:
    assert MonthDay.parse(text) is None
