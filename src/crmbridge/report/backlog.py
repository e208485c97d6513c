"""The list of improvements as a listing."""

from collections.abc import Sequence
from datetime import date, datetime
from fractions import Fraction

from crmbridge.report.i18n import mark
from crmbridge.report.listing import Column, Listing, Rate, Section
from crmbridge.services.backlog import Counted, Item

_COLUMNS = (
    Column("id", mark("id")),
    Column("text", mark("what")),
    Column("source", mark("from whom"), "word"),
    Column("status", mark("status"), "word"),
    Column("on", mark("since"), "date"),
    Column("author", mark("author")),
    Column("stage", mark("stage")),
    Column("owner", mark("owner")),
    Column("remeasure_on", mark("measured again on"), "date"),
    Column("due", mark("due"), "bool"),
    Column("metric", mark("measured by")),
    Column("before", mark("before"), "rate"),
    Column("after", mark("after"), "rate"),
    Column("points", mark("difference of rates"), "percent"),
    Column("verdict", mark("verdict"), "word"),
    Column("reason", mark("reason")),
    Column("reported", mark("told of"), "count"),
    Column("records", mark("records"), "json"),
)
_WORDS = (
    mark("finding"),
    mark("rep"),
    mark("meeting"),
    mark("call_back"),
    mark("customer"),
    mark("survey"),
    mark("closed"),
    mark("dropped"),
)


def backlog_listing(items: Sequence[Item], as_of: datetime, today: date) -> Listing:
    """The items, the open ones first."""
    return Listing(
        definition="backlog/1",
        columns=_COLUMNS,
        rows=tuple({"section": "items", **_row(one, today)} for one in items),
        as_of=as_of,
        title=mark("Improvements"),
        sections=(
            Section(
                "items",
                mark("Items"),
                ("id", "text", "source", "status", "on", "owner", "remeasure_on", "due", "before", "after", "verdict"),
            ),
        ),
        empty=mark("nothing waits for a decision"),
    )


def _row(item: Item, today: date) -> dict[str, object]:
    row: dict[str, object] = {
        "id": item.id,
        "text": item.text,
        "source": item.source,
        "status": item.status,
        "on": item.on,
        "author": item.author,
        "stage": item.stage,
        "owner": item.owner,
        "remeasure_on": item.remeasure_on,
        "due": item.is_due(today),
        "metric": item.metric,
        "reason": item.reason,
        "reported": item.reported,
        "records": list(item.records),
    }
    row |= {name: _rate(pair) for name in ("before", "after") if (pair := getattr(item, name)) is not None}
    if item.result is not None:
        row["verdict"] = item.result.verdict
        if item.result.difference is not None:
            row["points"] = Fraction(item.result.difference)
    return row


def _rate(pair: Counted) -> Rate:
    return Rate(pair[0], pair[1], pair[1])
