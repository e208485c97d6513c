"""Nobody is left without a next date: every deal of which nothing tells it is found, and gets one task."""

from collections.abc import Mapping
from datetime import UTC, date, datetime

from tests.services.worlds import Deal, company, local, six_stages

from crmbridge.facts.store import Facts
from crmbridge.services.unplanned import UnplannedReport, UnplannedRequest, unplanned
from crmbridge.services.wants import TaskMade

AS_OF = datetime(2026, 6, 30, 4, tzinfo=UTC)
DUE = date(2026, 7, 1)


def deals(count: int) -> list[Deal]:
    return [
        Deal(f"d{n:02}", [("S2", "2026-06-01")], facts={"subject": f"crm:{n}", "name": f"Deal {n}", "owner_id": "li"})
        for n in range(count)
    ]


def ask(facts: Facts, made: Mapping[str, TaskMade] | None = None) -> UnplannedReport:
    return unplanned(facts, [six_stages()], UnplannedRequest(AS_OF, DUE, "Agree on a next step: {deal}", made or {}))


def plan(facts: Facts) -> None:
    """Twelve of twenty deals have a next date, each way in which one can have it."""
    for n in range(4):
        facts.query("UPDATE deals SET next_step_due = DATE '2026-07-05' WHERE id = ?", [f"d{n:02}"])
    tasks = [{"id": f"t{n}", "deal_id": f"d{n:02}", "status": "open", "lifecycle": "active"} for n in range(4, 8)]
    facts.insert("tasks", tasks)
    meetings = [
        {"id": f"a{n}", "type": "meeting", "deal_id": f"d{n:02}", "state": "planned", "due_at": local("2026-07-02")}
        for n in range(8, 10)
    ]
    facts.insert("activities", meetings)
    facts.query("UPDATE deals SET next_touch_at = TIMESTAMP '2026-07-01 01:00:00' WHERE id = 'd10'")
    body = {"service": "cadence", "at": local("2026-06-29"), "body": '{"state": "active"}'}
    facts.insert("service_events", [{**body, "subject": "first-contact|deal|crm:11"}])


def test_twenty_open_deals_of_which_eight_have_no_next_date() -> None:
    with company(deals(20)) as facts:
        plan(facts)
        report = ask(facts)
        assert (report.rate.numerator, report.rate.denominator) == (8, 20)
        assert report.records == tuple(f"d{n:02}" for n in range(12, 20))
        assert len({task.key for task in report.tasks}) == 8
        assert {(task.due, task.owner, task.why) for task in report.tasks} == {(DUE, "li", "next-date")}
        assert report.tasks[0].title == "Agree on a next step: Deal 12"
        facts.insert(
            "tasks",
            [
                {"id": f"m{n}", "deal_id": task.record_id, "status": "open", "lifecycle": "active"}
                for n, task in enumerate(report.tasks)
            ],
        )
        second = ask(facts)
    assert (second.rate.numerator, second.tasks) == (0, ())


def test_before_a_task_is_read_back_it_is_the_same_task() -> None:
    with company(deals(1)) as facts:
        first = ask(facts).tasks
        key = first[0].key
        assert ask(facts, {key: TaskMade(key, "crm", "unread")}).tasks == first
        assert ask(facts, {key: TaskMade(key, "crm", "gone")}).tasks == (), "the rep does not want it"
        (again,) = ask(facts, {key: TaskMade(key, "crm", "done")}).tasks
    assert again.key != key, "it was done, and there is no next date again"


def test_what_is_past_done_closed_or_on_hold_is_no_next_date() -> None:
    with company([*deals(4), Deal("w", [("S1", "2026-06-01"), ("won", "2026-06-02")])]) as facts:
        facts.query("UPDATE deals SET next_step_due = DATE '2026-06-29' WHERE id = 'd00'")
        facts.insert("tasks", [{"id": "t", "deal_id": "d01", "status": "done", "lifecycle": "active"}])
        facts.query("UPDATE deals SET hold_until = DATE '2026-07-31' WHERE id = 'd03'")
        body = {"service": "cadence", "at": local("2026-06-29"), "body": '{"state": "exited"}'}
        facts.insert("service_events", [{**body, "subject": "first-contact|deal|crm:2"}])
        assert ask(facts).records == ("d00", "d01", "d02")
