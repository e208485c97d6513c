"""Companies whose customers are cared for: people with birthdays, contracts, orders, answers, complaints."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

from tests.services.worlds import SHANGHAI, local

from crmbridge.facts.store import Facts
from crmbridge.model.calendar import Calendar, named
from crmbridge.services.customers import customers
from crmbridge.services.customers_report import CustomersReport, CustomersRequest
from crmbridge.services.defaults import default_pipeline

PIPELINES = [default_pipeline()]
Row = Mapping[str, object]


def china() -> Calendar:
    """The Chinese calendar of days off, in Shanghai."""
    return named("CN", zone=SHANGHAI)


def at(day: str, hour: int = 8) -> datetime:
    """An hour of a day in Shanghai, aware."""
    return local(day, hour=hour).replace(tzinfo=UTC)


def account(name: str = "a1", **more: object) -> Row:
    """A company of Li's, whose manager is Wang."""
    row: dict[str, object] = {
        "id": name,
        "external_id": name,
        "subject": f"crm:{name}",
        "connection": "crm",
        "name": name.title(),
        "owner_id": "li",
        "created_at": local("2024-01-01"),
    }
    return row | more


def person(name: str, **more: object) -> Row:
    """A contact of a1, who speaks Chinese, with a telephone of his own."""
    number = sum(ord(letter) * 31**place for place, letter in enumerate(name)) % 90_000_000 + 10_000_000
    row: dict[str, object] = {
        "id": name,
        "subject": f"crm:{name}",
        "connection": "crm",
        "object": "contacts",
        "lifecycle": "active",
        "full_name": name.title(),
        "phones": f'["+86138{number}"]',
        "language": "zh-CN",
        "account_id": "a1",
        "owner_id": "li",
        "birthday_md": None,
        "birthday_calendar": None,
        "consent": None,
        "do_not_contact": None,
        "left_company": None,
        "zone": None,
        "preferred_channel": None,
        "emails": None,
    }
    return row | more


def orders(account_id: str, *days: str, amount: int = 10_000, **more: object) -> list[Row]:
    """Orders of a company on these days."""
    return [
        {
            "id": f"{account_id}-{day}",
            "subject": f"crm:{account_id}-{day}",
            "account_id": account_id,
            "ordered_at": local(day),
            "delivered_at": None,
            "amount_e4": amount * 10_000,
            "amount_currency": "CNY",
            **more,
        }
        for day in days
    ]


def company(**tables: Sequence[Row]) -> Facts:
    """Facts with Wang and Li, a company a1 unless others are given, and the rows of the tables."""
    facts = Facts.in_memory(zone="Asia/Shanghai", currency="CNY")
    facts.insert("users", [{"id": "wang", "name": "Wang"}, {"id": "li", "name": "Li", "manager_id": "wang"}])
    for table, rows in {"accounts": [account()], **tables}.items():
        if rows:
            wide: dict[str, object] = dict.fromkeys(sorted({key for row in rows for key in row}))
            facts.insert(table, [wide | dict(row) for row in rows])
    return facts


def ranked(facts: Facts, day: str) -> CustomersReport:
    """The customers as they stand on a day."""
    return customers(facts, PIPELINES, CustomersRequest(at(day)))


def before(day: str, days: int) -> str:
    """So many days before a day."""
    return (date.fromisoformat(day) - timedelta(days=days)).isoformat()
