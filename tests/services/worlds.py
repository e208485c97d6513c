"""Small companies written down as plain Python, put into fact tables without a ledger."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Literal
from zoneinfo import ZoneInfo

from crmbridge.facts.store import Facts
from crmbridge.model.pipeline import Category, Pipeline, Stage

SHANGHAI = ZoneInfo("Asia/Shanghai")
SLA = (10, 5, 10, 7, 10)


def six_stages(sla_unit: Literal["business", "calendar"] = "business", pipeline: str = "sales") -> Pipeline:
    """S1..S5, won, lost, void and delivery after won."""
    opens = (
        Stage(key=f"S{n}", order=n, category=Category.OPEN, sla_days=days, sla_unit=sla_unit)
        for n, days in enumerate(SLA, start=1)
    )
    closed = [("won", Category.WON), ("delivery", Category.POST_SALE), ("lost", Category.LOST), ("void", Category.VOID)]
    return Pipeline(
        id=pipeline,
        stages=(*opens, *(Stage(key=key, order=n, category=category) for n, (key, category) in enumerate(closed, 6))),
    )


def local(day: date | str, zone: ZoneInfo = SHANGHAI, hour: int = 0) -> datetime:
    """The start of a business date (or an hour of it), as the facts keep instants: UTC without a zone."""
    when = date.fromisoformat(day) if isinstance(day, str) else day
    return datetime.combine(when, time(hour), tzinfo=zone).astimezone(UTC).replace(tzinfo=None)


@dataclass
class Deal:
    """A deal and its way: `events` are (stage, ISO date or None); every other fact goes into `facts`."""

    id: str
    events: Sequence[tuple[str, str | None]]
    amount: str | None = None
    precision: str = "day"
    facts: Mapping[str, object] = field(default_factory=dict)

    def row(self, zone: ZoneInfo, currency: str) -> dict[str, object]:
        first = self.events[0][1] if self.events else None
        row: dict[str, object] = {
            "id": self.id,
            "lifecycle": "active",
            "pipeline": "sales",
            "stage": self.events[-1][0] if self.events else None,
            "created_at": local(first, zone) if first else None,
            "created_at_precision": "day",
            "history_quality": "full" if len(self.events) > 1 else "current_only",
        }
        if self.amount is not None:
            row |= {"amount_e4": int(Decimal(self.amount) * 10_000), "amount_currency": currency}
        return row | dict(self.facts)

    def event_rows(self, zone: ZoneInfo) -> Iterable[dict[str, object]]:
        for seq, (stage, day) in enumerate(self.events):
            yield {
                "record_id": self.id,
                "kind": "deal",
                "pipeline": "sales",
                "seq": seq,
                "to_stage": stage,
                "at": local(day, zone) if day else None,
                "at_precision": self.precision,
                "origin": "vendor",
            }


def company(deals: Iterable[Deal], *, zone: ZoneInfo = SHANGHAI, currency: str = "CNY") -> Facts:
    """Facts in memory that hold these deals."""
    facts = Facts.in_memory(zone=zone, currency=currency)
    listed = list(deals)
    facts.insert("deals", [deal.row(zone, currency) for deal in listed])
    facts.insert("stage_events", [row for deal in listed for row in deal.event_rows(zone)])
    return facts


def workdays(facts: Facts, days: Iterable[tuple[date, bool]], calendar: str = "CN") -> None:
    """A business calendar: each day and whether it is worked."""
    rows, number = [], 0
    for day, is_workday in days:
        number += is_workday
        rows.append({"calendar": calendar, "day": day, "is_workday": is_workday, "workday_no": number})
    facts.insert("calendar_days", rows)
