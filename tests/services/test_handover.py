"""Hand-over: a won deal to who delivers it, a complaint to who owns the customer, each once."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime

import pytest
from tests.services.after_sales_worlds import AS_OF, CN, ROWS, delivery, ticket
from tests.services.worlds import Deal, company, six_stages

from crmbridge.facts.store import Facts
from crmbridge.model.errors import ConfigError
from crmbridge.services.after_sales_document import AfterSalesConfig, built_in, load_after_sales
from crmbridge.services.complaints import open_complaints
from crmbridge.services.handover import HandOver, hand_over

SHIPPED = built_in()
LINKS = {"account_id": "a1", "contact_id": "c1", "owner_id": "li", "name": "Pumps", "subject": "crm:d1"}
CONTACTS: list[dict[str, object]] = [
    {"id": "c2", "full_name": "Bai", "account_id": "a1"},
    {"id": "c1", "full_name": "Chen", "account_id": "a1", "title": "buyer"},
    {"id": "c3", "full_name": "Away", "account_id": "a1", "left_company": True},
]
CONTRACTS: list[dict[str, object]] = [
    {
        "id": "k2",
        "deal_id": "d1",
        "number": "C-12",
        "status": "signed",
        "amount_e4": 12_000_000,
        "amount_currency": "CNY",
    },
    {"id": "k1", "deal_id": "d1", "number": "C-11", "name": "draft", "start_date": date(2026, 7, 1)},
    {"id": "k3", "deal_id": "d1", "number": "C-10", "status": "cancelled"},
    {"id": "k4", "deal_id": "d9", "number": "C-99", "status": "signed"},
]


def filled(deals: Sequence[Deal], **tables: Sequence[Mapping[str, object]]) -> Facts:
    facts = company(deals)
    for table, rows in (*ROWS, *tables.items()):
        names = dict.fromkeys(name for row in rows for name in row)
        facts.insert(table, [{name: row.get(name) for name in names} for row in rows])
    return facts


def won(day: str = "2026-06-26", **more: object) -> Deal:
    return Deal("d1", [("S5", "2026-06-01"), ("won", day)], facts=LINKS | more)


def asked(facts: Facts, config: AfterSalesConfig = SHIPPED, as_of: datetime = AS_OF) -> HandOver:
    return hand_over(facts, [six_stages()], as_of, config, CN)


def test_a_won_deal_is_one_task_for_who_delivers_with_contract_and_contacts() -> None:
    with filled([won()], contacts=CONTACTS, contracts=CONTRACTS, deliveries=[delivery(1, None, deal_id="d1")]) as facts:
        (task,) = asked(facts).tasks
        (again,) = asked(facts, as_of=datetime(2026, 7, 3, 2, tzinfo=UTC)).tasks
    assert (task.kind, task.record_id, task.owner) == ("deal", "d1", "del"), "who delivers, not who sold"
    assert task.title == "Take over Pumps for Acme"
    assert task.content == (
        "Contract: C-12, 1200.00 CNY; C-11 draft, 2026-07-01\nContacts: Chen (buyer), Bai\nSold by: Li"
    )
    assert task.beside == {"account": "a1", "contact": "c1"}
    assert task.due == date(2026, 6, 30)
    assert again.key == task.key, "what was handed over is not handed over again"


def test_who_delivers_is_whom_the_document_names_else_the_delivery_else_the_deal() -> None:
    with filled([won()], deliveries=[delivery(1, None, deal_id="d1")]) as facts:
        named = load_after_sales('[hand_over]\nto = "boss"')
        assert [task.owner for task in asked(facts, named).tasks] == ["boss"]
        with pytest.raises(ConfigError, match="no user"):
            asked(facts, load_after_sales('[hand_over]\nto = "nobody"'))
    with filled([won()]) as facts:
        (task,) = asked(facts).tasks
    assert task.owner == "li"
    assert task.content == "Contract: unknown\nContacts: unknown\nSold by: Li"


@pytest.mark.parametrize(
    "deal",
    [
        Deal("d1", [("S5", "2026-06-26")], facts=LINKS),
        Deal("d1", [("S5", "2026-06-01"), ("lost", "2026-06-26")], facts=LINKS),
        won("2026-06-10"),
        won("2026-07-05"),
    ],
    ids=["open", "lost", "long ago", "after the moment"],
)
def test_no_other_deal_is_handed_over(deal: Deal) -> None:
    with filled([deal]) as facts:
        assert asked(facts).tasks == ()


def test_a_deal_that_is_in_delivery_already_was_won_and_is_handed_over() -> None:
    deal = Deal("d1", [("S5", "2026-06-01"), ("won", "2026-06-26"), ("delivery", "2026-06-29")], facts=LINKS)
    with filled([deal]) as facts:
        assert len(asked(facts).tasks) == 1
        off = load_after_sales("[hand_over]\nenabled = false\n[complaints]\nenabled = false")
        assert asked(facts, off) == HandOver((), ())


def test_whoever_owns_the_customer_is_told_once_of_a_complaint() -> None:
    rows = [
        ticket(1, "2026-06-29 09:00", type="complaint", name="The pump leaks", owner_id="del"),
        ticket(2, "2026-06-29 09:00", type="question"),
        ticket(3, "2026-05-01 09:00", type="complaint"),
        ticket(4, "2026-06-29 09:00", type="complaint", status="cancelled"),
        ticket(5, "2026-06-29 09:00", type="complaint", account_id=None, owner_id="del"),
        ticket(6, "2026-06-29 09:00", type="complaint", account_id=None, owner_id=None),
    ]
    with filled([], tickets=rows) as facts:
        notices = asked(facts).notices
        later = asked(facts, as_of=datetime(2026, 7, 3, 2, tzinfo=UTC)).notices
        chinese = asked(facts, load_after_sales('language = "zh"'))
    assert [(one.to, one.text) for one in notices] == [
        ("li", "Complaint (Acme): The pump leaks"),
        ("del", "Complaint (unknown): ticket 5"),
    ]
    assert [one.key for one in later] == [one.key for one in notices]
    assert chinese.notices[0].text == "客户投诉（Acme）：The pump leaks"


def test_an_open_complaint_says_since_when_whose_and_what_about() -> None:
    rows = [
        ticket(1, "2026-06-29 09:00", type="complaint", status="open", name="The pump leaks", owner_id="del"),
        ticket(2, "2026-06-28 09:00", type="complaint", status="open", name=" "),
        ticket(3, "2026-06-28 09:00", type="complaint", status="resolved", name="Solved"),
    ]
    with filled([], tickets=rows) as facts:
        told = [(one.since, one.owner_id, one.name) for one in open_complaints(facts, AS_OF)]
    assert told == [(date(2026, 6, 28), "li", None), (date(2026, 6, 29), "del", "The pump leaks")]
