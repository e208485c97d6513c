"""Leads and what went out to them, put into fact tables without a ledger, and the same worked out lead by lead."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

from crmbridge.facts.store import Facts
from crmbridge.model import calendar
from crmbridge.model.calendar import Calendar
from crmbridge.model.calendar.intervals import Interval
from crmbridge.services.response_report import ResponseConfig

SHANGHAI = ZoneInfo("Asia/Shanghai")
CN = calendar.named("CN", zone=SHANGHAI)
NEW_YORK = ZoneInfo("America/New_York")
AS_OF = datetime(2026, 3, 10, 4, tzinfo=UTC)
WITHIN = {"A": Interval(1, "bh"), "B": Interval(4, "bh"), "C": Interval(1, "bd"), "D": Interval(3, "bd")}


def at(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    """A wall time as an instant."""
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


def naive(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.astimezone(UTC).replace(tzinfo=None)


@dataclass
class Touch:
    """Something that was done with a lead."""

    moment: datetime
    type: str = "call"
    direction: str | None = "out"
    automated: bool | None = None
    facts: Mapping[str, object] = field(default_factory=dict)

    @property
    def answers(self) -> bool:
        return self.type not in {"note", "form", "web_event"} and self.direction != "in" and not self.automated


@dataclass
class Lead:
    """A lead of a tier, when it came and when it was given to its owner."""

    id: str
    created: datetime
    assigned: datetime | None = None
    tier: str = "C"
    owner: str | None = None
    touches: Sequence[Touch] = ()
    facts: Mapping[str, object] = field(default_factory=dict)


def filled(leads: Sequence[Lead], users: Sequence[Mapping[str, object]] = ()) -> Facts:
    """Facts in memory that hold these leads, all of one source that tells what was done with leads."""
    facts = Facts.in_memory(zone="Asia/Shanghai", currency="CNY")
    leads_ = [lead_row(lead) for lead in leads]
    touches = [row for lead in leads for row in touch_rows(lead)]
    told = {"id": "elsewhere", "connection": "crm", "type": "note", "direction": "in", "lead_ref": "another"}
    tables: Mapping[str, Sequence[Mapping[str, object]]] = {
        "users": users,
        "leads": leads_,
        "activities": [*touches, told],
    }
    for table, rows in tables.items():
        names = dict.fromkeys(name for row in rows for name in row)
        facts.insert(table, [{name: row.get(name) for name in names} for row in rows])
    return facts


def lead_row(lead: Lead) -> dict[str, object]:
    return {
        "id": lead.id,
        "subject": f"crm:{lead.id}",
        "external_id": lead.id,
        "connection": "crm",
        "full_name": lead.id,
        "created_at": naive(lead.created),
        "assigned_at": naive(lead.assigned),
        "owner_id": lead.owner,
        "tier": lead.tier,
        **lead.facts,
    }


def touch_rows(lead: Lead) -> list[dict[str, object]]:
    return [
        {
            "id": f"{lead.id}-{n}",
            "connection": "crm",
            "lead_id": lead.id,
            "type": one.type,
            "direction": one.direction,
            "automated": one.automated,
            "started_at": naive(one.moment),
            **one.facts,
        }
        for n, one in enumerate(lead.touches)
    ]


@dataclass(frozen=True)
class Told:
    """What the plain path says of a lead."""

    status: str
    started: datetime
    due: datetime
    left: Fraction
    is_answered: bool


def plainly(lead: Lead, config: ResponseConfig, own: Calendar, as_of: datetime = AS_OF) -> Told:
    """The first response of one lead, by the calendar's own arithmetic."""
    assigned = lead.assigned if lead.assigned is not None and lead.assigned <= as_of else None
    now = max(lead.created, assigned) if assigned else lead.created
    moments = sorted(t.moment for t in lead.touches if t.answers and lead.created <= t.moment <= as_of)
    started = lead.created if config.start == "created" else now
    if not config.restart and moments and moments[0] < now:
        started = lead.created
    answer = next((moment for moment in moments if moment >= started), None)
    within = WITHIN[lead.tier]
    allowed = Fraction(within.count * (own.day_minutes if within.unit == "bd" else 60))
    used = own.business_minutes(started, answer or as_of)
    if answer is None:
        status = "pending" if used <= allowed else "breached"
    else:
        status = "met" if used <= allowed else "breached"
    return Told(status, started, own.add_business_minutes(started, allowed), allowed - used, answer is not None)
