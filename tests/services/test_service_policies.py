"""Service by tier: whose policy a customer gets, and which task is due when, under a number that never comes back."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

import pytest
from tests.services.worlds import local

from crmbridge.facts.store import Facts
from crmbridge.model.calendar import named
from crmbridge.model.errors import ConfigErrors
from crmbridge.services.customers import customers
from crmbridge.services.customers_report import CustomersRequest
from crmbridge.services.defaults import default_pipeline
from crmbridge.services.service_document import ServiceConfig, built_in, load_service
from crmbridge.services.service_policies import ServiceReport, service
from crmbridge.services.wants import TaskMade, TaskWanted

AS_OF = datetime(2026, 6, 30, 8, tzinfo=UTC)
TODAY = date(2026, 6, 30)
ROWS: Mapping[str, Sequence[str]] = {
    "loyal": ("2025-09-01", "2025-12-01", "2026-03-01", "2026-06-01"),
    "at_risk": ("2025-12-20",),
    "dormant": ("2024-03-01", "2024-09-01"),
    "active": ("2026-05-20",),
    "potential": (),
    "vip": ("2026-06-20",),
}
"""Customers by the name of where they stand, and their orders."""


def company(names: Sequence[str] = tuple(ROWS), *, owners: Mapping[str, str] | None = None) -> Facts:
    facts = Facts.in_memory(zone="Asia/Shanghai", currency="CNY")
    facts.insert("users", [{"id": "boss", "name": "Wang"}, {"id": "li", "name": "Li", "manager_id": "boss"}])
    for name in names:
        account = {
            "id": name,
            "external_id": name,
            "subject": f"crm:{name}",
            "name": name.title(),
            "vip": name == "vip",
        }
        facts.insert("accounts", [{**account, "owner_id": (owners or {}).get(name, "li")}])
        rows = [
            {
                "id": f"{name}-{n}",
                "account_id": name,
                "ordered_at": local(day),
                "amount_e4": 10_000_000 if name == "vip" else 10_000,
                "amount_currency": "CNY",
            }
            for n, day in enumerate(ROWS[name])
        ]
        if rows:
            facts.insert("orders", rows)
    return facts


def remember(facts: Facts, name: str, state: str, *moments: datetime) -> None:
    rows = [{"service": "customers", "subject": name, "at": at, "body": f'{{"state": "{state}"}}'} for at in moments]
    facts.insert("service_events", rows)


def told(
    facts: Facts,
    made: Mapping[str, TaskMade] | None = None,
    config: ServiceConfig | None = None,
    *,
    as_of: datetime = AS_OF,
) -> ServiceReport:
    pipelines = [default_pipeline()]
    report = customers(facts, pipelines, CustomersRequest(as_of))
    return service(
        facts, pipelines, report, config or built_in(), calendar=named("CN", zone=facts.zone), made=made or {}
    )


def tasks(report: ServiceReport) -> dict[str, TaskWanted]:
    return {one.why: one for one in report.tasks}


def later(days: int) -> datetime:
    return AS_OF + timedelta(days=days)


def test_each_customer_is_served_by_the_first_policy_that_it_meets() -> None:
    with company() as facts:
        report = told(facts)
    assert {one.customer.id: one.policy for one in report.served} == {
        "loyal": "loyal",
        "at_risk": "at_risk",
        "dormant": "dormant",
        "active": "standard",
        "vip": "vip",
    }, "whoever never bought anything is no customer to be served"


def test_a_customer_at_risk_is_won_back_within_two_business_days_and_once_each_time() -> None:
    with company(["at_risk"]) as facts:
        assert tasks(told(facts)) == {}, "due on 2026-07-02, beyond the end of the next business day"
        remember(facts, "at_risk", "at_risk", AS_OF)
        task = tasks(told(facts, as_of=later(1)))["at_risk.win_back"]
        assert (task.due, task.title, task.kind, task.record_id) == (
            date(2026, 7, 2),
            "Win At_Risk back",
            "account",
            "at_risk",
        )
        done = {task.key: TaskMade(task.key, "crm", "done", due=task.due)}
        assert tasks(told(facts, done, as_of=later(20))) == {}
        gone = {task.key: TaskMade(task.key, "crm", "gone", due=task.due)}
        assert tasks(told(facts, gone, as_of=later(20))) == {}, "what the rep deleted is not made again"
        remember(facts, "at_risk", "active", later(21))
        remember(facts, "at_risk", "at_risk", later(40))
        again = tasks(told(facts, done, as_of=later(42)))["at_risk.win_back"]
        assert again.key != task.key, "another time at risk"


def test_a_vip_at_risk_has_both() -> None:
    with company(["at_risk"]) as facts:
        facts.connection.execute("UPDATE accounts SET vip = true")
        remember(facts, "at_risk", "at_risk", later(-30))
        assert set(tasks(told(facts))) == {"vip.contact", "vip.review", "at_risk.win_back"}


def test_the_next_touch_is_counted_from_the_last_of_any_kind() -> None:
    with company(["vip"]) as facts:
        remember(facts, "vip", "active", later(-60))
        touch = {"id": "t", "account_id": "vip", "type": "call", "state": "done", "started_at": local("2026-06-17")}
        facts.insert("activities", [touch])
        assert "vip.contact" not in tasks(told(facts)), (
            "ten business days after 2026-06-17 are 2026-07-02: there is a holiday"
        )
        task = tasks(told(facts, as_of=later(1)))["vip.contact"]
        assert task.due == date(2026, 7, 2)
        standing = {task.key: TaskMade(task.key, "crm", "open", due=task.due)}
        assert "vip.contact" not in tasks(told(facts, standing, as_of=later(5)))
        done = {task.key: TaskMade(task.key, "crm", "done", due=task.due, done_at=later(2))}
        following = tasks(told(facts, done, as_of=later(15)))["vip.contact"]
        assert (following.due, following.key != task.key) == (date(2026, 7, 16), True)


def test_a_late_task_of_a_vip_is_told_to_the_manager_at_once_and_once() -> None:
    with company(["vip"]) as facts:
        remember(facts, "vip", "active", later(-60))
        (task, *_) = [one for one in told(facts).tasks if one.why == "vip.contact"]
        standing = {task.key: TaskMade(task.key, "crm", "open", due=date(2026, 6, 30))}
        assert told(facts, standing).notices == []
        (notice,) = told(facts, standing, as_of=later(1)).notices
        assert (notice.to, notice.text) == ("boss", "Vip: 2026-06-30")
        assert told(facts, standing, as_of=later(4)).notices[0].key == notice.key


def test_nobody_is_given_more_than_he_can_do_and_the_best_customers_come_first() -> None:
    config = built_in().model_copy(update={"open_tasks_of_an_owner": 2})
    with company() as facts:
        for name in ROWS:
            remember(facts, name, {"vip": "active"}.get(name, name), later(-100))
        report = told(facts, config=config)
    assert [one.why for one in report.tasks] == ["vip.contact", "vip.review"]
    assert report.waiting > 0
    assert [note.code for note in report.warnings] == ["SERVICE_WAITING"]


def test_a_vip_has_a_senior_owner_an_hour_and_ten_business_days_and_others_a_quarter() -> None:
    config = load_service('[policies.vip]\nowner_levels = ["senior"]\n')
    vip, standard = config.policies["vip"], config.policies["standard"]
    assert (vip.needs_owner, str(vip.first_response)) == (True, "1bh")
    with company(["vip", "active"]) as facts:
        facts.connection.execute("UPDATE users SET level = CASE id WHEN 'boss' THEN 'senior' ELSE 'junior' END")
        touch = {"type": "call", "state": "done", "started_at": local("2026-03-02")}
        facts.insert("activities", [{**touch, "id": name, "account_id": name} for name in ("vip", "active")])
        (note,) = told(facts, config=config).warnings
        facts.connection.execute("UPDATE accounts SET owner_id = 'boss' WHERE id = 'vip'")
        assert not told(facts, config=config).warnings
    assert (note.code, note.params) == ("SERVICE_OWNER_LEVEL", {"count": 1, "policy": "vip"})
    days = {policy: str(one.touches["contact"].every) for policy, one in (("vip", vip), ("standard", standard))}
    assert days == {"vip": "10bd", "standard": "90d"}


def test_a_vip_without_an_owner_is_told() -> None:
    with company(["vip"], owners={"vip": ""}) as facts:
        facts.connection.execute("UPDATE accounts SET owner_id = NULL")
        (note,) = told(facts).warnings
    assert (note.code, note.params) == ("SERVICE_NO_OWNER", {"count": 1, "policy": "vip"})


def test_the_document_is_overlaid_and_told_where_it_is_wrong() -> None:
    config = load_service("[policies.standard]\nenabled = false\n[policies.vip.touches]\ncontact.every = '5bd'\n")
    assert (config.met("active", is_vip=False), str(config.policies["vip"].touches["contact"].every)) == ([], "5bd")
    with pytest.raises(ConfigErrors) as caught:
        load_service(
            "[policies.vip]\nbirthday = 'gifts'\n"
            "[policies.new.touches]\ncall = { channel = 'call', title = { en = 'x' } }\n"
        )
    said = "\n".join(str(one) for one in caught.value.problems)
    assert "service.toml:2: policies.vip.birthday cannot be 'gifts' (did you mean gift?)" in said
    assert "a touch is due within some time, every so often, or both" in said
