"""Call-backs: on which days whom, one call a day, once; what came of them; and what was missed."""

import random
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

import pytest
from tests.services import worlds
from tests.services.satisfaction_worlds import answer, company, order
from tests.services.worlds import Deal, local, six_stages

from crmbridge.facts.store import Facts
from crmbridge.model.calendar import named
from crmbridge.services.call_results import read
from crmbridge.services.call_wants import logs_of, tasks_of
from crmbridge.services.callbacks import call_backs
from crmbridge.services.callbacks_report import Call
from crmbridge.services.customers_report import built_in as life_of
from crmbridge.services.recovery import Recovery, recovery
from crmbridge.services.satisfaction_document import SatisfactionConfig, built_in, load_satisfaction
from crmbridge.services.wants import TaskMade, TaskWanted

D7 = '[call_backs.steps.week]\nafter = "7d"\ntitle = { en = "Call {customer}" }\n'


def at(day: str) -> datetime:
    return datetime.combine(date.fromisoformat(day), datetime.min.time(), tzinfo=UTC) + timedelta(hours=4)


def calls(
    facts: Facts,
    day: str,
    config: SatisfactionConfig | None = None,
    made: Mapping[str, TaskMade] | None = None,
    vips: Sequence[str] = (),
) -> tuple[Call, ...]:
    return call_backs(
        facts,
        [six_stages()],
        at(day),
        config or built_in(),
        calendar=named("CN", zone=facts.zone),
        vips=frozenset(vips),
        made=made,
    )


def through(
    facts: Facts, first: str, days: int, config: SatisfactionConfig | None = None, vips: Sequence[str] = ()
) -> list[TaskWanted]:
    """Every task of one run a day."""
    made: dict[str, TaskMade] = {}
    found: list[TaskWanted] = []
    for n in range(days):
        day = (date.fromisoformat(first) + timedelta(days=n)).isoformat()
        wanted = list(tasks_of(calls(facts, day, config, made, vips), config or built_in()))
        found += wanted
        made |= {one.key: TaskMade(one.key, "crm", "open", due=one.due) for one in wanted}
        if wanted:
            assert list(tasks_of(calls(facts, day, config, made, vips), config or built_in())) == []
    return found


def days(tasks: Sequence[TaskWanted]) -> list[tuple[str, str]]:
    return [(one.why.removeprefix("call-back."), one.due.isoformat()) for one in tasks]


def test_gv_sat_3_calls_after_a_delivery_are_on_workdays() -> None:
    with company([], orders=[order("o1", "2026-02-13"), order("o2", "2026-02-11", "a2")]) as facts:
        facts.insert("accounts", [{"id": "a2", "name": "Beta", "subject": "crm:a2"}])
        found = through(facts, "2026-02-13", 95)
    assert days([one for one in found if one.record_id == "a1"]) == [
        ("first_use", "2026-02-24"),
        ("satisfaction", "2026-03-16"),
        ("renewal", "2026-05-14"),
    ]
    assert days([one for one in found if one.record_id == "a2"]) == [
        ("first_use", "2026-02-14"),
        ("satisfaction", "2026-03-13"),
        ("renewal", "2026-05-12"),
    ]


def test_gv_sat_3_two_steps_on_one_day_are_one_call() -> None:
    config = load_satisfaction(D7)
    with company([], orders=[order("o1", "2026-02-13")]) as facts:
        tasks = through(facts, "2026-02-13", 20, config)
        (call,) = calls(facts, "2026-02-24", config)
    assert days(tasks) == [("first_use", "2026-02-24")]
    assert call.steps == ("first_use", "week")


def test_without_a_delivery_the_day_counts_on_which_the_deal_was_won() -> None:
    deals = [
        Deal(
            "d1",
            [("S5", "2026-01-05"), ("won", "2026-03-02")],
            facts={"account_id": "a1", "subject": "crm:d1", "owner_id": "li"},
        ),
        Deal(
            "d2",
            [("S5", "2026-01-05"), ("won", "2026-03-03")],
            facts={"account_id": "a1", "subject": "crm:d2", "owner_id": "li"},
        ),
    ]
    with worlds.company(deals) as facts:
        facts.insert("accounts", [{"id": "a1", "name": "Acme", "subject": "crm:a1", "owner_id": "li"}])
        facts.insert("orders", [order("o2", "2026-03-09", deal_id="d2")])
        found = through(facts, "2026-03-09", 8)
    assert [(one.beside.get("deal"), one.due.isoformat()) for one in found] == [
        ("d1", "2026-03-05"),
        ("d2", "2026-03-12"),
    ]
    assert {(one.kind, one.record_id, one.owner, one.title) for one in found} == {
        ("account", "a1", "li", "Call Acme: does everything work?")
    }


def test_a_vip_is_called_every_thirty_days() -> None:
    with company([], orders=[order("o1", "2025-12-01")]) as facts:
        found = through(facts, "2026-03-02", 100, vips=["a1"])
    assert days(found)[-3:] == [("vip", "2026-03-31"), ("vip", "2026-04-30"), ("vip", "2026-06-01")]


def test_whoever_does_not_want_to_be_called_is_not_and_what_was_missed_is_told() -> None:
    deal = Deal(
        "d1",
        [("S5", "2026-01-05"), ("won", "2026-03-02")],
        facts={"account_id": "a1", "contact_id": "c1", "subject": "crm:d1"},
    )
    with worlds.company([deal]) as facts:
        facts.insert("accounts", [{"id": "a1", "name": "Acme", "subject": "crm:a1"}])
        facts.insert("contacts", [{"id": "c1", "full_name": "Chen", "account_id": "a1", "do_not_contact": True}])
        assert [one.state for one in calls(facts, "2026-03-05")] == ["refused"]
    with company([], orders=[order("o1", "2026-02-11")]) as facts:
        assert [(one.steps, one.state) for one in calls(facts, "2026-03-10")] == [(("first_use",), "missed")]
        assert calls(facts, "2026-03-10", load_satisfaction("[call_backs]\nenabled = false")) == ()


def test_a_result_is_read_from_the_account_one_for_each_key() -> None:
    with company([], orders=[order("o1", "2026-02-11")]) as facts:
        (task,) = tasks_of(calls(facts, "2026-02-13"), built_in())
        logged = {"id": "v1", "type": "call", "state": "done", "external_key": task.key, "account_id": "a1"}
        told = {
            "content": "Called",
            "customer_feedback": "All well",
            "next_step": "Send the manual",
            "next_step_due": date(2026, 3, 1),
        }
        facts.insert("activities", [{**logged, **told, "started_at": local("2026-02-14", hour=9)}])
        facts.insert(
            "activities", [{**logged, **told, "id": "v0", "content": "Busy", "started_at": local("2026-02-13", hour=9)}]
        )
        made = {task.key: TaskMade(task.key, "crm", "open", due=task.due)}
        (call,) = calls(facts, "2026-02-14", made=made)
    assert call.state == "done"
    assert call.result is not None
    assert (
        call.result.id,
        call.result.account_id,
        call.result.content,
        call.result.feedback,
        call.result.next_step,
    ) == (
        "v1",
        "a1",
        "Called",
        "All well",
        "Send the manual",
    )


def recovered(facts: Facts, day: str, made: Mapping[str, TaskMade] | None = None) -> Recovery:
    return recovery(
        facts, [six_stages()], at(day), built_in(), life_of().life, calendar=named("CN", zone=facts.zone), made=made
    )


def test_a_low_score_of_friday_is_recovered_on_monday_and_the_manager_is_told_once() -> None:
    low = answer(1, 2, day="2026-03-06", comment="Too slow")
    with company([low, answer(2, 3, day="2026-03-06"), answer(3, 6, type="nps", scale=10, day="2026-03-06")]) as facts:
        first = recovered(facts, "2026-03-06")
        task = first.tasks[0]
        assert (task.due, task.record_id, task.owner, task.why) == (date(2026, 3, 9), "a1", "li", "recovery")
        assert task.title == "Win back the trust of Acme: CSAT 2"
        assert [(one.to, one.text) for one in first.notices] == [
            ("boss", "Acme gave CSAT 2 on 2026-03-06"),
            ("boss", "Acme gave NPS 6 on 2026-03-06"),
        ]
        assert next((one.id, one.text, one.source) for one in first.items) == ("score:crm:s001", "Too slow", "survey")
        made = {one.key: TaskMade(one.key, "crm", "done", due=one.due) for one in first.tasks}
        facts.insert(
            "service_events",
            [
                {"service": "feedback", "subject": one.id, "at": local("2026-03-06"), "body": "{}"}
                for one in first.items
            ],
        )
        second = recovered(facts, "2026-03-09", made)
        assert (second.tasks, second.items) == ((), ())
        assert {one.key for one in second.notices} == {one.key for one in first.notices}, (
            "a notice is sent once by its key"
        )
        later = recovered(facts, "2026-03-12", made)
        assert [(one.why, one.due) for one in later.tasks] == [("recovery-follow-up", date(2026, 3, 13))] * 2
        assert recovered(facts, "2026-05-12").tasks == ()


@pytest.mark.parametrize("seed", range(5))
def test_calls_of_random_companies_are_those_of_plain_python_in_any_order(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - the same in every run
    first = date(2026, 1, 5)
    orders = [
        order(f"o{n:02}", (first + timedelta(days=chance.randint(0, 90))).isoformat(), f"a{chance.randint(1, 5)}")
        for n in range(25)
    ]
    accounts = [{"id": f"a{n}", "name": f"A{n}", "subject": f"crm:a{n}"} for n in range(2, 6)]
    today = "2026-04-10"
    with company([], orders=orders) as facts:
        facts.insert("accounts", accounts)
        found = calls(facts, today)
    chance.shuffle(orders)
    with company([], orders=orders) as facts:
        facts.insert("accounts", accounts)
        assert calls(facts, today) == found
        calendar = named("CN", zone=facts.zone)
    expected = set()
    for one in orders:
        base: datetime = one["delivered_at"] + timedelta(hours=8)  # type: ignore[operator, assignment]
        for after in (3, 30, 90):
            day = base.date() + timedelta(days=after)
            while not calendar.is_workday(day):
                day += timedelta(days=1)
            if date(2026, 4, 10) - timedelta(days=90) <= day <= date(2026, 4, 13):
                expected.add((day, one["account_id"]))
    assert {(one.due, one.sale.account_id) for one in found} == expected
    assert len(found) == len(expected)


def delivery(number: str, came: str | None, **more: object) -> Mapping[str, object]:
    """A delivery of an order, which came on a day, or is on its way."""
    row: dict[str, object] = {
        "id": number,
        "subject": f"crm:{number}",
        "account_id": None,
        "deal_id": None,
        "order_id": "o1",
        "status": "on_way" if came is None else "delivered",
        "delivered_at": None if came is None else local(came),
    }
    return row | more


@pytest.mark.parametrize(
    ("deliveries", "expected"),
    [
        ([], "2026-03-06"),
        ([delivery("v1", "2026-03-09")], "2026-03-12"),
        ([delivery("v1", "2026-03-09"), delivery("v2", "2026-03-10")], "2026-03-13"),
        ([delivery("v1", "2026-03-09"), delivery("v2", None)], "2026-03-12"),
        ([delivery("v1", None)], None),
        ([delivery("v1", None, status="cancelled")], "2026-03-06"),
        ([delivery("v1", None, status=None)], "2026-03-06"),
        ([delivery("v1", "2026-03-09", order_id=None, account_id="a1")], "2026-03-06"),
    ],
)
def test_the_day_of_a_delivery_goes_before_that_of_its_order(
    deliveries: list[Mapping[str, object]], expected: str | None
) -> None:
    more = {"deliveries": deliveries} if deliveries else {}
    with company([], orders=[order("o1", "2026-03-03")], **more) as facts:
        found = [one for one in calls(facts, "2026-03-12") if one.sale.subject == "crm:o1"]
    assert [one.due.isoformat() for one in found] == ([] if expected is None else [expected])
    assert {one.sale.kind for one in found} <= {"order"}


def test_a_delivery_of_neither_order_nor_deal_is_a_sale_of_its_own() -> None:
    alone = delivery("v1", "2026-02-13", order_id=None, account_id="a1")
    with company([], deliveries=[alone]) as facts:
        (call,) = calls(facts, "2026-02-24")
    assert (call.sale.kind, call.sale.id, call.due, call.sale.owner) == ("delivery", "v1", date(2026, 2, 24), "Li")


def test_nobody_is_asked_twice_within_thirty_days() -> None:
    """The call that asks is left out where a survey asked lately, or another call does; the others stay."""
    asked = [answer(1, None, day="2026-03-10", contact_id=None)]
    with company(asked, orders=[order("o1", "2026-02-13")]) as facts:
        assert [(one.steps, one.state) for one in calls(facts, "2026-03-16")] == [
            (("first_use",), "missed"),
            (("satisfaction",), "resting"),
        ]
        assert list(tasks_of(calls(facts, "2026-03-16"), built_in())) == []
        often = load_satisfaction("ask_every_days = 6")
        assert [one.state for one in calls(facts, "2026-03-16", often)] == ["missed", "due"]
    with company([], orders=[order("o1", "2026-02-13"), order("o2", "2026-02-16")]) as facts:
        tasks = through(facts, "2026-02-13", 95)
    assert [(one.why, one.due.isoformat()) for one in tasks] == [
        ("call-back.first_use", "2026-02-24"),
        ("call-back.satisfaction", "2026-03-16"),
        ("call-back.renewal", "2026-05-14"),
        ("call-back.renewal", "2026-05-18"),
    ]


def test_what_a_rep_wrote_is_told_apart_from_what_the_task_said() -> None:
    words = built_in().call_backs.result
    ours = {"Write the answer here."}
    said = "通话顺利\n客户反馈：很满意\nnext step: visit on 2026-13-01\nNext Step: or 2026-04-01"
    text = f"Write the answer here.\n{said}\ncb1-{'0' * 24}"
    found = read(text, ours, words)
    assert (found.content, found.feedback) == ("通话顺利", "很满意")
    assert (found.next_step, found.next_step_due) == ("visit on 2026-13-01 or 2026-04-01", None)
    assert read("Next steps are unclear", ours, words).next_step is None
    assert read(None, ours, words) == read("Write the answer here.\n", ours, words)


def test_a_result_that_is_an_activity_is_logged_no_more() -> None:
    with company([], orders=[order("o1", "2026-02-11")]) as facts:
        (task,) = tasks_of(calls(facts, "2026-02-13"), built_in())
        done = {"id": "t1", "status": "done", "account_id": "a1", "completed_at": local("2026-02-14")}
        facts.insert("tasks", [{**done, "content": f"{task.content}\nAll well\nFeedback: CSAT 5"}])
        made = {task.key: TaskMade(task.key, "crm", "done", "t1", task.due)}
        found = calls(facts, "2026-02-14", made=made)
        (log,) = logs_of(found, built_in(), facts.zone)
        assert (log.task, log.record_id, log.content, log.feedback) == (task.key, "a1", "All well", "CSAT 5")
        logged = {"id": "v1", "type": "call", "external_key": log.key, "account_id": "a1", "content": "All well"}
        facts.insert("activities", [{**logged, "customer_feedback": "CSAT 5", "started_at": local("2026-02-14")}])
        again = calls(facts, "2026-02-14", made=made)
        assert list(logs_of(again, built_in(), facts.zone)) == []
    assert [(one.state, one.result.kind if one.result else None) for one in again] == [("done", "activity")]
