"""Deliveries as a listing: the share that came in time, by what was asked for, and those that are still to come."""

from collections.abc import Mapping

from crmbridge.report import cells
from crmbridge.report.i18n import mark
from crmbridge.report.listing import Column, Listing, Section, Word
from crmbridge.services.deliveries_report import BYS, STATES, Coming, DeliveriesReport, DeliveriesRow

_COLUMNS = (
    Column("owner", mark("owner"), "value"),
    Column("product", mark("product"), "value"),
    Column("account", mark("customer"), "value"),
    Column("month", mark("month"), "value"),
    Column("rate", mark("share in time"), "rate"),
    Column("on_time", mark("came in time"), "count"),
    Column("late", mark("came late"), "count"),
    Column("mean_late", mark("days late on average"), "number"),
    Column("overdue", mark("overdue"), "count"),
    Column("delayed", mark("expected late"), "count"),
    Column("behind", mark("behind its milestones"), "count"),
    Column("planned", mark("planned"), "count"),
    Column("unknown", mark("not known"), "count"),
    Column("cancelled", mark("cancelled"), "count"),
    Column("id", mark("id")),
    Column("delivery", mark("delivery")),
    Column("state", mark("state"), "word"),
    Column("promised", mark("promised"), "date"),
    Column("forecast", mark("expected"), "date"),
    Column("days", mark("days late"), "count"),
    Column("reached", mark("milestones reached"), "count"),
    Column("milestones", mark("milestones"), "count"),
    Column("next", mark("next milestone")),
    Column("next_due", mark("due"), "date"),
    Column("issue", mark("issue")),
)
_COUNTED = ("rate", "on_time", "late", "mean_late", "overdue", "delayed", "behind", "planned", "unknown")
_COMING = ("delivery", "account", "owner", "state", "promised", "forecast", "days", "reached", "milestones", "next")
_WORDS = {
    "overdue": mark("overdue"),
    "delayed": mark("expected late"),
    "behind": mark("behind its milestones"),
    "planned": mark("planned"),
    "unknown": mark("not promised"),
}


def deliveries_listing(report: DeliveriesReport, explain: Mapping[str, object] | None = None) -> Listing:
    """The whole, each slice, and what is still to come, the worst first."""
    by, rows = report.request.by, []
    if any(report.whole.counts.values()) or report.cancelled:
        rows.append({"section": "whole", **_figures(report.whole), "cancelled": report.cancelled})
    rows += [{"section": "slices", **_labels(report, row), **_figures(row)} for row in report.rows]
    rows += [_coming(one) for one in report.coming]
    return Listing(
        definition=report.evidence.definition,
        columns=_COLUMNS,
        rows=tuple(rows),
        as_of=report.request.as_of,
        window={
            "from": report.period.start.isoformat(),
            "to": report.period.end.isoformat(),
            "zone": report.evidence.zone,
        },
        warnings=report.evidence.warnings,
        explain=explain,
        title=mark("Deliveries"),
        sections=(
            Section("whole", mark("All"), (*_COUNTED, "cancelled")),
            Section("slices", mark("By slice"), (*(name for name in BYS if name in by), *_COUNTED)),
            Section("coming", mark("Still to come"), (*_COMING, "next_due", "issue")),
        ),
        empty=mark("there is no delivery"),
    )


def _labels(report: DeliveriesReport, row: DeliveriesRow) -> dict[str, object]:
    found = zip(report.request.by, row.keys, row.labels, strict=True)
    return {name: cells.label(key, label or key or "") for name, key, label in found}


def _figures(row: DeliveriesRow) -> dict[str, object]:
    counts: dict[str, object] = {str(state): row.counts[state] for state in STATES}
    return {"rate": cells.rate(row.rate), "mean_late": row.mean_late, **counts}


def _coming(one: Coming) -> dict[str, object]:
    steps = one.milestones
    told = {} if steps is None else {"reached": steps.reached, "milestones": steps.total, "next": steps.next}
    return {
        "section": "coming",
        "id": one.id,
        "delivery": one.name,
        "account": one.customer,
        "owner": one.owner,
        "state": Word(one.state, _WORDS[one.state]),
        "promised": one.promised,
        "forecast": one.forecast,
        "days": one.days,
        **told,
        **({} if steps is None else {"next_due": steps.next_due}),
        "issue": one.issue,
    }
