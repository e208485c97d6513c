"""Companies whose customers answered surveys."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from tests.services.worlds import local

from crmbridge.facts.store import Facts

AS_OF = datetime(2026, 6, 30, 8, tzinfo=UTC)
ROWS: tuple[tuple[str, Sequence[Mapping[str, object]]], ...] = (
    ("users", [{"id": "boss", "name": "Wang"}, {"id": "li", "name": "Li", "manager_id": "boss"}]),
    ("accounts", [{"id": "a1", "subject": "crm:a1", "external_id": "a1", "name": "Acme", "owner_id": "li"}]),
)


def answer(number: int, score: float | None, *, day: str = "2026-06-01", **more: object) -> Mapping[str, object]:
    """An answer of contact `c<number>`, asked and given on a day; None: nobody answered."""
    row: dict[str, object] = {
        "id": f"s{number:03}",
        "subject": f"crm:s{number:03}",
        "type": "csat",
        "scale": 5,
        "score": score,
        "account_id": "a1",
        "contact_id": f"c{number:03}",
        "asked_at": local(day),
        "answered_at": None if score is None else local(day, hour=10),
        "deal_id": None,
        "order_id": None,
        "survey": "s",
    }
    return row | more


def company(answers: Iterable[Mapping[str, object]], **more: Sequence[Mapping[str, object]]) -> Facts:
    facts = Facts.in_memory(zone="Asia/Shanghai", currency="CNY")
    for table, rows in ROWS:
        facts.insert(table, rows)
    for table, found in {"survey_responses": list(answers), **more}.items():
        if found:
            facts.insert(table, found)
    return facts


def order(number: str, delivered: str | None, account: str = "a1", **more: object) -> Mapping[str, object]:
    """An order, delivered on a day."""
    row: dict[str, object] = {
        "id": number,
        "subject": f"crm:{number}",
        "account_id": account,
        "deal_id": None,
        "ordered_at": local("2026-01-05"),
        "delivered_at": None if delivered is None else local(delivered),
        "amount_e4": 10_000,
        "amount_currency": "CNY",
    }
    return row | more
