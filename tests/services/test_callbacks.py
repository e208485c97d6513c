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
from crmbridge.services.call_wants import tasks_of
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
    with company([], orders=[order("o1", "2026-02-13")]) as facts:
        assert days(through(facts, "2026-02-13", 95)) == [
            ("first_use", "2026-02-24"),
            ("satisfaction", "2026-03-16"),
            ("renewal", "2026-05-14"),
        ]
    with company([], orders=[order("o1", "2026-02-11")]) as facts:
        assert days(through(facts, "2026-02-11", 95)) == [
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
