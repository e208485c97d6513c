"""Open deals with what is due, put into fact tables without a ledger, and their order worked out row by row."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction

from tests.services.response_worlds import CN, at, naive
from tests.services.worlds import six_stages

from crmbridge.facts.store import Facts
from crmbridge.services.forecast_report import load_forecast
from crmbridge.services.queue import queue
from crmbridge.services.queue_report import QueueConfig, QueueReport, QueueRequest, QueueRow, load_queue
from crmbridge.services.scores_document import load_scores

NOW = at("2026-03-09 09:00")
TODAY = date(2026, 3, 9)
PIPELINE = six_stages()
RULES = load_queue("")
BY_RECORD = load_forecast('probability = ["vendor"]')
LEADS_ONLY = load_scores('kinds = ["lead"]')
SHARES: Mapping[str, Fraction | int] = {"VIP": 1, "A": Fraction(4, 5), "B": Fraction(1, 2), "C": Fraction(1, 4), "D": 0}


@dataclass
class Open:
    """An open deal: its stage (1 to 5), amount, chance, the tier of its account, and the days of its tasks."""

    id: str
    stage: int | None = 1
    amount: str | None = None
    chance: str | None = None
    tier: str | None = None
    due: Sequence[date | None] = ()
    owner: str | None = "u1"
    facts: Mapping[str, object] = field(default_factory=dict)


def overdue(days: int) -> date:
    """The day that is so many workdays overdue."""
    return CN.add_business_days(TODAY, -days)


def put(facts: Facts, table: str, rows: Iterable[Mapping[str, object]]) -> None:
    listed = list(rows)
    names = dict.fromkeys(name for row in listed for name in row)
    if listed:
        facts.insert(table, [{name: row.get(name) for name in names} for row in listed])


def filled(deals: Sequence[Open], users: Sequence[Mapping[str, object]] = ({"id": "u1", "name": "Li"},)) -> Facts:
    facts = Facts.in_memory(zone="Asia/Shanghai", currency="CNY")
    put(facts, "users", users)
    put(facts, "accounts", ({"id": f"{one.id}-acc", "tier": one.tier, "name": f"{one.id} Ltd"} for one in deals))
    put(facts, "deals", (deal_row(one) for one in deals))
    put(facts, "tasks", (row for one in deals for row in task_rows(one)))
    return facts


def deal_row(one: Open) -> dict[str, object]:
    return {
        "id": one.id,
        "subject": f"crm:{one.id}",
        "connection": "crm",
        "external_id": one.id,
        "name": one.id,
        "pipeline": "sales",
        "stage": "UNKNOWN" if one.stage is None else f"S{one.stage}",
        "account_id": f"{one.id}-acc",
        "owner_id": one.owner,
        "created_at": naive(at("2026-01-05 09:00")),
        "amount_e4": None if one.amount is None else int(Decimal(one.amount) * 10_000),
        "amount_currency": None if one.amount is None else "CNY",
        "probability": one.chance,
        **one.facts,
    }


def task_rows(one: Open) -> list[dict[str, object]]:
    return [
        {
            "id": f"{one.id}-t{n}",
            "subject": f"crm:{one.id}-t{n}",
            "external_key": f"cb1-{one.id}-{n}",
            "title": f"call {n}",
            "deal_id": one.id,
            "due_date": day,
            "status": "open",
        }
        for n, day in enumerate(one.due)
    ]


def ask(facts: Facts, config: QueueConfig = RULES, **asked: object) -> QueueReport:
    known: dict[str, object] = {"forecast": BY_RECORD, "scores": LEADS_ONLY, "config": config, **asked}
    return queue(facts, [PIPELINE], QueueRequest(NOW, CN, **known))  # type: ignore[arg-type]


def told(deals: Sequence[Open], config: QueueConfig = RULES, **asked: object) -> QueueReport:
    with filled(deals) as facts:
        return ask(facts, config, **asked)


def of(report: QueueReport, id_: str) -> QueueRow:
    return next(row for row in report.rows if row.id == id_)


def plainly(deals: Sequence[Open]) -> list[tuple[str, Fraction]]:
    """The ids in order with P of each, one deal after the other."""
    worth = {
        one.id: Fraction(one.amount) * Fraction(one.chance) if one.amount and one.chance else Fraction(0)
        for one in deals
    }
    most = max([*worth.values(), Fraction(0)]) or Fraction(1)
    rows = []
    for one in deals:
        days = sorted(day for day in one.due if day is not None)
        key = (
            min((f"cb1-{one.id}-{n}" for n, day in enumerate(one.due) if day == days[0]), default="")
            if days
            else ("cb1-" + one.id + "-0" if one.due else f"crm:{one.id}")
        )
        first = days[0] if days else None
        urgent = 0
        if first is not None and first <= TODAY:
            urgent = min(6, CN.business_days_between(first, TODAY) + 1)
        p = (
            Fraction(40 * urgent, 6)
            + 30 * max(Fraction(0), worth[one.id]) / most
            + 20 * SHARES.get(one.tier or "", 0)
            + Fraction(10 * (one.stage or 0), 5)
        )
        rows.append((-p, first or date.max, key, one.id))
    return [(id_, -p) for p, _, _, id_ in sorted(rows)]
