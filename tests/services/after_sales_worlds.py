"""Companies with what comes after a sale: deliveries and tickets, put into fact tables without a ledger."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from tests.services.worlds import local

from crmbridge.facts.store import Facts
from crmbridge.model import calendar

SHANGHAI = ZoneInfo("Asia/Shanghai")
CN = calendar.named("CN", zone=SHANGHAI)
AS_OF = datetime(2026, 6, 30, 2, tzinfo=UTC)
ROWS: tuple[tuple[str, Sequence[Mapping[str, object]]], ...] = (
    (
        "users",
        [
            {"id": "boss", "name": "Wang"},
            {"id": "li", "name": "Li", "manager_id": "boss", "email": "li@example.com"},
            {"id": "del", "name": "Deng", "manager_id": "boss"},
        ],
    ),
    ("accounts", [{"id": "a1", "subject": "crm:a1", "external_id": "a1", "name": "Acme", "owner_id": "li"}]),
    ("products", [{"id": "p1", "name": "Pump"}]),
)


def delivery(number: int, promised: str | None, delivered: str | None = None, **more: object) -> dict[str, object]:
    """What was promised to Acme for a day, and when it came."""
    row: dict[str, object] = {
        "id": f"v{number:03}",
        "subject": f"crm:v{number:03}",
        "external_id": f"v{number:03}",
        "connection": "crm",
        "account_id": "a1",
        "owner_id": "del",
        "deal_id": None,
        "order_id": None,
        "name": None,
        "status": None,
        "promised_date": date.fromisoformat(promised) if promised else None,
        "forecast_date": None,
        "delivered_at": local(delivered, hour=15) if delivered else None,
        "milestones": None,
        "issue": None,
    }
    return row | more


def at(text: str) -> datetime:
    """A wall time in Shanghai, as the facts keep instants."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(UTC).replace(tzinfo=None)


def ticket(number: int, opened: str | None, **more: object) -> dict[str, object]:
    """A request of Acme, opened at a wall time; `first_response_at` and `resolved_at` may be wall times too."""
    row: dict[str, object] = {
        "id": f"t{number:03}",
        "subject": f"crm:t{number:03}",
        "external_id": f"t{number:03}",
        "connection": "crm",
        "object": "tickets",
        "account_id": "a1",
        "owner_id": "li",
        "name": f"ticket {number}",
        "type": None,
        "priority": None,
        "status": None,
        "clock": None,
        "opened_at": opened,
        "first_response_at": None,
        "resolved_at": None,
    }
    row |= more
    for name in ("opened_at", "first_response_at", "resolved_at"):
        if isinstance(row[name], str):
            row[name] = at(str(row[name]))
    return row


def company(**tables: Iterable[Mapping[str, object]]) -> Facts:
    """The people, Acme and its product, with what stands in these tables."""
    facts = Facts.in_memory(zone="Asia/Shanghai", currency="CNY")
    for table, rows in ROWS:
        facts.insert(table, rows)
    for table, found in tables.items():
        if listed := list(found):
            names = dict.fromkeys(name for row in listed for name in row)
            facts.insert(table, [{name: row.get(name) for name in names} for row in listed])
    return facts
