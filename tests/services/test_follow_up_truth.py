"""What a manager would be misled by: tasks overdue after an answer, letters by machines as answers, what is closed."""

from tests.services.cadence_worlds import Followed, ask, company, done, kept, mails, put, replies, request
from tests.services.queue_worlds import NOW, PIPELINE, Open, filled, overdue
from tests.services.response_worlds import CN

from crmbridge.services.cadence_document import built_in, load_cadence
from crmbridge.services.defaults import default_pipeline
from crmbridge.services.queue import queue
from crmbridge.services.queue_report import QueueRequest
from crmbridge.services.wants import TaskMade


def test_a_made_task_is_not_overdue_once_the_customer_has_answered() -> None:
    facts = company([Followed("a", "S1", "2026-01-26", mails("2026-02-24"))])
    (task,) = kept(facts, request("2026-03-03"))[0].tasks
    put(facts, "activities", [done("r", "2026-03-04", "email", {"direction": "in", "deal_id": "a"}, hour=9)])
    made = [TaskMade(task.external_key, "crm", "open", due=task.due_day)]
    report, reached, _ = kept(facts, request("2026-03-06", made=made))
    assert ([one.policy for one in report.tasks], reached) == (["answer"], [])
    assert [str(one.due_day) for one in report.enrolments] == ["2026-03-11"]


def test_what_a_machine_sent_is_no_answer() -> None:
    sent = ("2026-03-06", "email", {"direction": "out", "automated": True})
    facts = company([Followed("w", "S1", "2026-01-26", [*mails("2026-03-03"), *replies("2026-03-05"), sent])])
    assert [one.policy for one in ask(facts, "2026-03-06").tasks] == ["answer"]


def test_whom_a_policy_gives_up_is_nurtured_only_where_it_says_so() -> None:
    rules = '[policies.prospect-weekly-mail]\nmax_touches_without_response = 2\non_exhausted = "none"'
    facts = company([Followed("q", "S1", "2026-01-26", mails("2026-02-24", "2026-03-03"))])
    kept(facts, request("2026-03-03"), load_cadence(rules))
    assert kept(facts, request("2026-03-05"), load_cadence(rules))[0].enrolments == ()


def test_whom_a_policy_gives_up_is_told_under_one_key_until_something_begins_anew() -> None:
    rules = load_cadence(
        '[policies.prospect-weekly-mail]\nmax_touches_without_response = 2\non_exhausted = "notify_manager"'
    )
    facts = company([Followed("q", "S1", "2026-01-26", mails("2026-02-24", "2026-03-03"))])
    runs = [kept(facts, request(day), rules)[1] for day in ("2026-03-03", "2026-03-04", "2026-03-09")]
    assert [[one.what for one in run] for run in runs] == [["exhausted"]] * 3
    assert len({one.notice_key for run in runs for one in run}) == 1
    put(facts, "activities", [done("r", "2026-03-10", "email", {"direction": "in", "deal_id": "q"}, hour=9)])
    assert [one.what for one in kept(facts, request("2026-03-11"), rules)[1]] == []


def test_the_next_step_of_a_closed_or_deleted_deal_is_not_due() -> None:
    late = {"next_step_due": overdue(5)}
    lost, gone = Open("lost", facts={"stage": "lost", **late}), Open("gone", facts={"lifecycle": "deleted", **late})
    with filled([Open("open"), lost, gone]) as facts:
        assert [one.id for one in queue(facts, [PIPELINE], QueueRequest(NOW, CN)).rows] == ["open"]


def test_a_mail_that_no_crm_sends_is_in_the_queue() -> None:
    pipeline = default_pipeline()
    with filled([Open("d", facts={"pipeline": pipeline.id, "stage": "prospect"})]) as facts:
        (row,) = queue(facts, [pipeline], QueueRequest(NOW, CN, cadence=built_in())).rows
    assert row.source == "cadence"
