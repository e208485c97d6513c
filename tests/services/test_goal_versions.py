"""Versions, consent, who is told, who sees what, and a goal on one page."""

from collections.abc import Iterator
from datetime import date
from fractions import Fraction

import orjson
import pytest
from tests.services.goal_worlds import (
    TEAMS,
    USERS,
    agree,
    ask,
    desk,
    end_of,
    event,
    goals,
    people,
    publish,
    row,
    sold,
    world,
)
from tests.services.worlds import company

from crmbridge.facts.store import Facts
from crmbridge.services.goal_page import goal_page
from crmbridge.services.goal_publish import replanned
from crmbridge.services.goal_replan import replan
from crmbridge.services.goal_versions import CHECK, REVIEW, SERVICE, kept
from crmbridge.services.goal_view import Sight, seen
from crmbridge.services.goal_wants import behind, checks, reminders, unagreed

TEXT = """
[[goals]]
id = "q1"
metric = "revenue"
period = "2026-Q1"
target = "1000000"
owner = "Meng"
org = { method = "even" }
[[goals.steps]]
title = "Visit the twenty best customers"
due = 2026-02-10
done = 2026-02-09
[[goals.steps]]
title = "Train the newcomers"
due = 2026-02-12
"""
CONFIG = goals(TEXT)
DEALS = [
    sold("a", "u1", "2026-01-15", "150000"),
    sold("b", "u2", "2026-01-16", "10000"),
    sold("c", "u3", "2026-01-20", "400000"),
]


@pytest.fixture
def facts() -> Iterator[Facts]:
    with world(DEALS) as filled:
        yield filled


def test_a_version_is_written_once_and_the_old_one_stays(facts: Facts) -> None:
    assert publish(facts, CONFIG, "2026-01-05") == ["q1/1"]
    assert publish(facts, CONFIG, "2026-01-06") == [], "nothing has changed"
    before = facts.query("SELECT body FROM service_events")
    changed = goals(TEXT.replace('"1000000"', '"1200000"'))
    report = ask(facts, changed, "2026-01-08")
    assert row(report).target == 1_000_000, "what people agreed to counts until a new version is published"
    assert [note.code for note in report.notes] == ["GOAL_EDITED"]
    assert publish(facts, changed, "2026-01-08") == ["q1/2"]
    assert row(ask(facts, changed, "2026-01-09")).target == 1_200_000
    assert row(ask(facts, changed, "2026-01-07")).target == 1_000_000, "as it was known then"
    assert before[0] in facts.query("SELECT body FROM service_events")
    opened = desk(facts, changed, "2026-02-01")
    first = opened.version(changed.goals[0], 1)
    assert first is not None
    assert (first.share(first.tree), first.by, first.reason) == (1_000_000_00, "Boss", "the plan of the year")


def test_steps_that_are_ticked_off_make_no_version(facts: Facts) -> None:
    publish(facts, CONFIG, "2026-01-05")
    ticked = goals(TEXT + "done = 2026-02-12\n")
    assert publish(facts, ticked, "2026-02-13") == []


def test_a_draft_counts_and_says_that_it_is_one(facts: Facts) -> None:
    report = ask(facts, CONFIG, "2026-01-31")
    assert (row(report).version, [note.code for note in report.notes]) == (None, ["GOAL_DRAFT"])
    assert not unagreed(report)


def test_re_planning_makes_a_version_with_approver_and_reason_and_keeps_the_old_one(facts: Facts) -> None:
    publish(facts, CONFIG, "2026-01-05")
    opened = desk(facts, CONFIG, "2026-01-31")
    proposal = replan(opened, opened.goals()[0], "redistribute")
    made = replanned(proposal, by="Boss", reason="January was slow")
    assert made.number == 2
    event(facts, SERVICE, "q1", "2026-01-31", str(made.body))
    after = desk(facts, CONFIG, "2026-02-02")
    (now,) = after.goals()
    assert (now.version, now.by, now.reason, now.mode) == (2, "Boss", "January was slow", "redistribute")
    assert now.share(now.tree) == 1_000_000_00
    assert now.parts["rep/u2"]["2026-01"] == 10_000_00
    first = after.version(CONFIG.goals[0], 1)
    assert first is not None
    assert first.parts["rep/u2"]["2026-01"] == 83_333_34
    assert publish(facts, CONFIG, "2026-02-03") == [], "a plan that was re-planned is not put back in silence"
    assert replanned(replan(after, now, "keep"), by="Boss", reason="-").body is None


def test_a_rep_who_has_not_agreed_is_reminded_once_after_five_workdays(facts: Facts) -> None:
    publish(facts, CONFIG, "2026-01-05")  # a Monday: five workdays later is the 12th
    assert not reminders(ask(facts, CONFIG, "2026-01-11"))
    told = reminders(ask(facts, CONFIG, "2026-01-12"))
    assert [one.to for one in told] == ["u1", "u2", "u3"]
    assert {one.key for one in reminders(ask(facts, CONFIG, "2026-02-20"))} == {one.key for one in told}
    assert [one.node.name for one in unagreed(ask(facts, CONFIG, "2026-01-12"))] == ["Li", "Wang", "Zhao"]
    agree(facts, CONFIG, "q1", "Li", "2026-01-13")
    agreed = ask(facts, CONFIG, "2026-01-14")
    assert [one.node.name for one in unagreed(agreed)] == ["Wang", "Zhao"]
    assert [one.to for one in reminders(agreed)] == ["u2", "u3"]
    assert row(agreed, "rep/u1").agreed_at == end_of("2026-01-13")
    publish(facts, goals(TEXT.replace('"1000000"', '"1200000"')), "2026-01-15")
    again = ask(facts, goals(TEXT.replace('"1000000"', '"1200000"')), "2026-01-16")
    assert len(unagreed(again)) == 3, "another target is another matter"


def test_whoever_is_behind_is_told_once_a_week(facts: Facts) -> None:
    publish(facts, CONFIG, "2026-01-05")
    told = {day: behind(ask(facts, CONFIG, day))[0] for day in ("2026-01-26", "2026-02-01", "2026-02-02")}
    keys = {day: {one.key for one in found} for day, found in told.items()}
    assert [(one.to, one.why) for one in told["2026-01-26"]] == [("u2", "goal-pace")]
    assert keys["2026-01-26"] == keys["2026-02-01"], "one week, one word"
    assert not keys["2026-02-01"] & keys["2026-02-02"], "a new week"
    (wang,) = [one for one in told["2026-02-01"] if one.to == "u2"]
    assert wang.text == "q1, Wang: 12 % of what was planned by 2026-02-01; CNY 240,000.00 to go"
    assert not behind(ask(facts, goals(TEXT + "[alerts]\nenabled = false\n"), "2026-02-01"))[0]
    assert not behind(ask(facts, CONFIG, "2026-01-07"))[0], "two workdays say nothing yet"


def test_a_draft_tells_nobody(facts: Facts) -> None:
    report = ask(facts, CONFIG, "2026-02-01")
    assert not behind(report)[0]
    assert not reminders(report)


def test_the_result_of_a_week_is_kept_once_it_is_over(facts: Facts) -> None:
    publish(facts, CONFIG, "2026-01-05")
    assert not list(checks(ask(facts, CONFIG, "2026-01-11", level="week"))), "the week runs until Sunday is over"
    first = list(checks(ask(facts, CONFIG, "2026-01-18", level="week")))
    assert {subject.rpartition("|")[2] for subject, _ in first} == {"2026-W02"}
    second = dict(checks(ask(facts, CONFIG, "2026-01-19", level="week")))
    body = orjson.loads(second["q1|rep/u1|2026-W03"])
    assert (Fraction(body["actual"]), body["state"]) == (Fraction(150_000), "met")
    for subject, told in second.items():
        event(facts, CHECK, subject, "2026-01-19", told)
    assert not list(checks(ask(facts, CONFIG, "2026-01-20", level="week")))


def test_a_rep_sees_the_own_share_and_the_team_and_the_rest_as_one(facts: Facts) -> None:
    report = ask(facts, CONFIG, "2026-01-31")
    rows = seen(report.rows, Sight(frozenset({"u1"})))
    assert [one.node.key for one in rows] == ["team/t1", "team/t1/others", "rep/u1"]
    assert [one.target for one in rows] == [500_000, 250_000, 250_000]
    team, *below = rows
    assert sum(one.target or 0 for one in below) == team.target
    assert "Wang" not in {one.node.name for one in rows}
    assert all(one.actual is None for one in rows if one.node.name == "others")
    everything = seen(report.rows, Sight(frozenset({"u1", "u2", "u3", "m"})))
    assert {one.node.key for one in everything} >= {"company", "team/t1", "team/t2", "rep/u3"}
    assert seen(report.rows, None) == report.rows
    assert seen(report.rows, Sight(frozenset({"nobody"}))) == ()


def test_a_quarter_on_one_page(facts: Facts) -> None:
    publish(facts, CONFIG, "2026-01-05")
    facts.insert(
        "tasks",
        [
            {"id": "t1", "title": "Call back #q1", "due_date": date(2026, 2, 20), "status": "open", "content": None},
            {"id": "t2", "title": "Offer", "due_date": date(2026, 2, 1), "status": "done", "content": "for #q1."},
            {"id": "t3", "title": "Other #q10", "due_date": date(2026, 2, 1), "status": "done", "content": None},
            {"id": "t4", "title": "#Q1 no more", "due_date": None, "status": "cancelled", "content": None},
        ],
    )
    event(facts, REVIEW, "q1", "2026-02-12", '{"result": "partly", "by": "Meng", "text": "South carried it"}')
    opened = desk(facts, CONFIG, "2026-02-13")
    page = goal_page(opened, opened.goals()[0])
    assert (page.done, page.total) == (2, 4)
    assert [(task.title, task.state) for task in page.tasks] == [
        ("Offer", "done"),
        ("Visit the twenty best customers", "done"),
        ("Train the newcomers", "overdue"),
        ("Call back #q1", "open"),
        ("#Q1 no more", "cancelled"),
    ]
    assert page.rows[0].pace is not None
    assert page.review is not None
    assert (page.review.result, page.review.by, page.review.text) == ("partly", "Meng", "South carried it")


def test_shuffled_rows_make_the_same_tree_and_the_same_version() -> None:
    bodies = []
    for turn in (1, -1):
        with people(company(DEALS[::turn]), users=USERS[::turn], teams=TEAMS[::turn]) as facts:
            publish(facts, CONFIG, "2026-01-05")
            bodies.append(kept(desk(facts, CONFIG, "2026-01-06").world).versions["q1"][0][1])
    assert orjson.dumps(bodies[0]) == orjson.dumps(bodies[1])
