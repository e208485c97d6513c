"""Companies with quotes and contracts."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.services.worlds import Deal, company, six_stages

from crmbridge.facts.store import Facts
from crmbridge.model.calendar import named
from crmbridge.services.quotes import quotes
from crmbridge.services.quotes_document import built_in
from crmbridge.services.quotes_report import Quote, QuotesReport, QuotesRequest

Row = dict[str, Any]
PIPELINES = [six_stages()]
GV_LINES = [
    {"product": "A", "quantity": 3, "unit_price": "19999.00", "discount": "10%"},
    {"product": "B", "quantity": 1, "unit_price": "50000.00"},
    {"product": "C", "quantity": 2, "unit_price": "3333.33", "discount": "0.15"},
]
USERS: Sequence[Mapping[str, object]] = (
    {"id": "vp", "name": "Zhao", "role": "总监"},
    {"id": "boss", "name": "Wang", "role": "Sales Manager", "manager_id": "vp"},
    {"id": "li", "name": "Li", "role": "rep", "manager_id": "boss"},
)


def deal(name: str = "d1", stage: str = "S4", **more: Any) -> Deal:
    """A deal of Acme in a stage, owned by Li."""
    facts = {"subject": f"crm:{name}", "name": f"Deal {name}", "account_id": "a1", "owner_id": "li"}
    return Deal(name, [("S1", "2026-01-05"), (stage, "2026-02-02")], "50000", facts=facts | more)


def quote(name: str = "q1", **more: Any) -> Row:
    """A quote of deal d1 that was sent; lines as JSON."""
    row: Row = {"id": name, "subject": f"crm:{name}", "number": name.upper(), "deal_id": "d1", "status": "sent"}
    row |= more
    for field in ("amount", "list_total"):
        if field in row:
            row[f"{field}_e4"] = int(Decimal(row.pop(field)) * 10_000)
            row.setdefault(f"{field}_currency", "CNY")
    if "lines" in row and not isinstance(row["lines"], str):
        row["lines"] = json.dumps(row["lines"])
    return row


def told(
    found: Iterable[Mapping[str, object]], deals: Iterable[Deal] | None = None, **more: Sequence[Mapping[str, object]]
) -> Facts:
    """A company with these quotes, three people above each other, and one customer."""
    facts = company([deal()] if deals is None else deals)
    tables: dict[str, Sequence[Mapping[str, object]]] = {
        "users": USERS,
        "accounts": [{"id": "a1", "subject": "crm:a1", "name": "Acme", "owner_id": "li"}],
        "quotes": list(found),
    }
    for table, rows in (tables | more).items():
        if rows:
            facts.insert(table, rows)
    return facts


def moment(day: str) -> datetime:
    """Noon of a day in Shanghai."""
    return datetime.combine(date.fromisoformat(day), datetime.min.time(), tzinfo=UTC) + timedelta(hours=4)


def ask(facts: Facts, day: str = "2026-03-06", **more: Any) -> QuotesReport:
    request: dict[str, Any] = {"config": built_in(), "calendar": named("CN", zone=facts.zone)} | more
    return quotes(facts, PIPELINES, QuotesRequest(moment(day), **request))


def one(report: QuotesReport) -> Quote:
    (found,) = report.quotes
    return found
