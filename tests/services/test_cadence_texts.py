"""What a task says: needs and preferences out of the records, and nothing where one of them is not known."""

from datetime import date

from crmbridge.facts.store import Facts
from crmbridge.services.cadence_document import CadenceConfig, load_cadence
from crmbridge.services.cadence_report import DueTask
from crmbridge.services.cadence_wants import tasks_wanted, values_of

TEXT = """
language = "zh"
[templates.new-product]
text = { zh = "{customer}您好：关于{need}，我们有新方案。" }
"""


def due(account: str | None, customer: str | None = "明澈科技") -> DueTask:
    return DueTask(
        kind="deal",
        record_id="d",
        subject="crm:d",
        person_key="p",
        account_id=account,
        about_id=None,
        owner_id="li",
        owner="Li",
        customer=customer,
        policy="prospect-weekly-mail",
        step=1,
        occurrence=1,
        seq=1,
        channel="email",
        template="new-product",
        due_day=date(2026, 3, 2),
        due_at=None,
        overdue_bd=0,
        missed=0,
        queue_class=2,
        external_key="cb1-1",
        made=None,
        is_auto=True,
        is_apart=False,
        reasons=(),
    )


def said(config: CadenceConfig, *tasks: DueTask) -> list[str | None]:
    with Facts.in_memory(zone="Asia/Shanghai", currency="CNY") as facts:
        facts.insert("accounts", [{"id": "a", "need_tags": '["多仓库"]'}, {"id": "b", "need_tags": "[]"}, {"id": "c"}])
        return [one.content for one in tasks_wanted(tasks, config, values_of(facts, config))]


def test_a_need_stands_in_the_text_and_a_text_with_a_blank_is_held_back() -> None:
    config = load_cadence(TEXT)
    assert said(config, due("a"), due("b"), due("c"), due(None), due("a", customer=None)) == [
        "明澈科技您好：关于多仓库，我们有新方案。",
        None,
        None,
        None,
        None,
    ]


def test_a_template_without_a_text_says_nothing() -> None:
    assert said(load_cadence(""), due("a")) == [None]
