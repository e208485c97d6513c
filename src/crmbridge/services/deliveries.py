"""Deliveries: what was promised for when, when it came, the share that came in time, and who is to be told of a delay.

Only what was delivered on a known day after a known promise is in the rate. Definitions: `services.md` 16; whom to tell
and when stands in `after_sales.toml`.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from crmbridge.facts.store import Facts
from crmbridge.model.calendar import Calendar
from crmbridge.model.calendar.intervals import Interval
from crmbridge.model.external_keys import task_key
from crmbridge.model.instants import business_date
from crmbridge.model.notes import Note
from crmbridge.model.pipeline import Pipeline
from crmbridge.services import stats
from crmbridge.services.after_sales_document import AfterSalesConfig
from crmbridge.services.callbacks import day_after
from crmbridge.services.deliveries_report import (
    STATES,
    By,
    Coming,
    DeliveriesReport,
    DeliveriesRequest,
    DeliveriesRow,
    Milestones,
)
from crmbridge.services.owners import owners_asked
from crmbridge.services.results import Evidence, Period, Rate
from crmbridge.services.wants import TaskWanted
from crmbridge.services.world import World

DEFINITION = "deliveries/1"
POLICY = "delivery-delay"
_BETWEEN = r"[;；\n]"
_MILESTONE = r"^\s*(.*?)[\s:：,，]*(?:(\d{4}-\d{2}-\d{2})(?:\D+(\d{4}-\d{2}-\d{2}))?)?\s*$"
"""What is between the milestones of a text, and what each is: its name, its day, and the day when it was reached."""
_DIMENSIONS: Mapping[By, tuple[str, str, str]] = {
    "owner": ("v.owner_id", "u.name", "LEFT JOIN users u ON u.id = v.owner_id"),
    "product": ("v.product_id", "p.name", "LEFT JOIN products p ON p.id = v.product_id"),
    "account": ("v.account_id", "v.customer", ""),
    "month": ("strftime(v.delivered_day, '%Y-%m')", "strftime(v.delivered_day, '%Y-%m')", ""),
}
_UNKNOWN = Note(
    "DELIVERIES_UNKNOWN", "{n} deliveries are in no rate: nobody tells the promised day, or the day on which they came"
)


def deliveries(facts: Facts, pipelines: Sequence[Pipeline], request: DeliveriesRequest) -> DeliveriesReport:
    """How deliveries kept what was promised; ConfigError for an owner whom nobody knows."""
    world = World(facts, pipelines, cut=request.as_of)
    today = business_date(request.as_of, facts.zone)
    tomorrow = today + timedelta(days=1)
    period = request.period or Period(tomorrow - timedelta(days=request.config.window_days), tomorrow)
    world.parameters |= {
        "today": today,
        "between": _BETWEEN,
        "milestone": _MILESTONE,
        "start": period.start,
        "end": period.end,
        "owners": owners_asked(world, request.owner, request.viewer),
    }
    world.run("deliveries")
    whole = next(iter(_rows(world, ())), _row({"keys": [], "labels": []}))
    records = {state: tuple(ids) for state, ids in world.tuples("deliveries_records")}
    unknown = whole.counts["unknown"]
    return DeliveriesReport(
        request=request,
        period=period,
        whole=whole,
        rows=tuple(_rows(world, request.by)) if request.by else (),
        coming=tuple(_coming(row) for row in world.rows("deliveries_coming", most=request.limit)),
        cancelled=len(records.get("cancelled", ())),
        records=records,
        evidence=Evidence(
            DEFINITION,
            whole.rate.n,
            request.as_of,
            window=period,
            cut=request.as_of,
            zone=str(facts.zone),
            warnings=(Note(_UNKNOWN.code, _UNKNOWN.template, {"n": unknown}),) if unknown else (),
        ),
    )


def delay_tasks(report: DeliveriesReport, calendar: Calendar) -> Iterator[TaskWanted]:
    """A task for each delivery that will be late, or is: the customer hears of it before the promised day.

    One task for a delivery, however often its forecast moves. Where the promised day is today or over, it is due today.
    """
    rules, today = report.request.config.deliveries, business_date(report.request.as_of, calendar.zone)
    if not rules.enabled:
        return
    for one in report.coming:
        links = {"account": one.account_id, "contact": one.contact_id, "deal": one.deal_id}
        known = {kind: id_ for kind, id_ in links.items() if id_ is not None}
        is_late = one.state in {"delayed", "overdue"}
        if not is_late or not known or one.promised is None:
            continue
        if one.promised < today - timedelta(days=rules.catch_up_days):
            continue
        kind = next(iter(known))
        yield TaskWanted(
            key=task_key(POLICY, "delivery", one.subject, enrolment=1, occurrence=1),
            kind=kind,
            record_id=known[kind],
            title=_title(one, report.request.config),
            due=_due(one.promised, today, rules.within, rules.before, calendar),
            why=POLICY,
            owner=one.owner_id,
            priority="high",
            content=one.issue,
            beside={name: id_ for name, id_ in known.items() if name != kind},
        )


def _due(promised: date, today: date, within: Interval, before: Interval, calendar: Calendar) -> date:
    """The earlier of `within` from today and `before` the promised day, but never a day that is over."""
    if before.unit == "bd":
        latest = calendar.add_business_days(promised, -before.count)
    else:
        latest = calendar.roll(promised - timedelta(days=before.count), "backward")
    return max(today, min(day_after(calendar, today, within), latest))


def _title(one: Coming, config: AfterSalesConfig) -> str:
    promised, forecast = (None if day is None else day.isoformat() for day in (one.promised, one.forecast))
    return config.text(
        config.deliveries.title, customer=one.customer, delivery=one.name, promised=promised, forecast=forecast
    )


def _rows(world: World, by: Sequence[By]) -> Iterator[DeliveriesRow]:
    chosen = [_DIMENSIONS[one] for one in by]
    fragments = {
        "keys": f"[{', '.join(key for key, _, _ in chosen)}]::VARCHAR[]",
        "labels": f"[{', '.join(label for _, label, _ in chosen)}]::VARCHAR[]",
        "joins": " ".join(join for _, _, join in chosen),
    }
    return (_row(row) for row in world.rows("deliveries_counted", fragments))


def _row(row: Mapping[str, Any]) -> DeliveriesRow:
    counts = {state: int(row.get(state, 0)) for state in STATES}
    rate = Rate.of(counts["on_time"], counts["on_time"] + counts["late"])
    mean = stats.ratio(row.get("late_days", 0), counts["late"])
    return DeliveriesRow(tuple(row["keys"]), tuple(row["labels"] or ()), counts, rate, mean)


def _coming(row: Mapping[str, Any]) -> Coming:
    names = ("reached", "total", "behind", "next_name", "next_due")
    steps = Milestones(*(row[name] for name in names)) if row["total"] else None
    return Coming(**{name: value for name, value in row.items() if name not in names}, milestones=steps)
