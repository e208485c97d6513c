"""The pool as a listing: what goes back, who may not take it again, and what each rep holds and may take."""

from collections.abc import Mapping

from crmbridge.report.i18n import mark
from crmbridge.report.listing import Column, Listing, Section
from crmbridge.services.pool_report import STATES, Blocked, Holder, Neglected, PoolReport

_COLUMNS = (
    Column("return", mark("to go back"), "count"),
    Column("warn", mark("to be warned of"), "count"),
    Column("held", mark("held"), "count"),
    Column("unavailable", mark("source does not tell"), "count"),
    Column("pooled", mark("in the pool"), "count"),
    Column("exempt", mark("exempt: they bought"), "count"),
    Column("kind", mark("kind"), "word"),
    Column("id", mark("id")),
    Column("record", mark("record")),
    Column("owner", mark("owner"), "value"),
    Column("tier", mark("tier"), "word"),
    Column("state", mark("state"), "word"),
    Column("since", mark("last touched"), "date"),
    Column("days", mark("days"), "count"),
    Column("after", mark("goes back after")),
    Column("warn_on", mark("warn on"), "date"),
    Column("back_on", mark("goes back on"), "date"),
    Column("let_go_on", mark("let go on"), "date"),
    Column("until", mark("blocked until"), "date"),
    Column("taken", mark("taken all the same"), "bool"),
    Column("claimed", mark("taken today"), "count"),
    Column("claims_left", mark("may take today"), "count"),
    Column("room", mark("may hold more"), "count"),
    Column("over", mark("over the limit"), "bool"),
)
_WORDS = (mark("return"), mark("warn"), mark("after"), mark("blocked_days"))


def pool_listing(report: PoolReport, explain: Mapping[str, object] | None = None) -> Listing:
    """The whole, what goes back (the most overdue first), who is blocked, and the reps."""
    rows: list[Mapping[str, object]] = []
    if report.evidence.n or report.pooled or report.exempt:
        counted = {str(state): report.counts[state] for state in STATES}
        rows.append({"section": "whole", **counted, "pooled": report.pooled, "exempt": report.exempt})
    rows += [_neglected(one) for one in report.neglected]
    rows += [_blocked(one) for one in report.blocked]
    rows += [_holder(one) for one in report.holders]
    config = report.request.config
    return Listing(
        definition=report.evidence.definition,
        columns=_COLUMNS,
        rows=tuple(rows),
        as_of=report.request.as_of,
        window={
            "zone": report.evidence.zone,
            "calendar": report.request.calendar.id,
            "after": config.after,
            "blocked_days": config.blocked_days,
        },
        warnings=report.evidence.warnings,
        explain=explain,
        title=mark("The pool"),
        sections=(
            Section("whole", mark("All"), ("return", "warn", "held", "unavailable", "pooled", "exempt")),
            Section(
                "neglected",
                mark("Not touched"),
                ("record", "kind", "owner", "tier", "state", "since", "days", "after", "warn_on", "back_on"),
            ),
            Section("blocked", mark("May not be taken by"), ("record", "kind", "owner", "let_go_on", "until", "taken")),
            Section(
                "holders",
                mark("By owner"),
                ("owner", "kind", "held", "return", "warn", "claimed", "claims_left", "room", "over"),
            ),
        ),
        empty=mark("no lead and no account is there to go to the pool"),
    )


def _neglected(one: Neglected) -> dict[str, object]:
    return {
        "section": "neglected",
        "kind": one.kind,
        "id": one.id,
        "record": one.name,
        "owner": one.owner,
        "tier": one.tier,
        "state": one.state,
        "since": one.since,
        "days": one.days,
        "after": one.after,
        "warn_on": one.warn_on,
        "back_on": one.back_on,
    }


def _blocked(one: Blocked) -> dict[str, object]:
    return {
        "section": "blocked",
        "kind": one.kind,
        "id": one.id,
        "record": one.name,
        "owner": one.owner,
        "let_go_on": one.let_go_on,
        "until": one.until,
        "taken": one.is_taken,
    }


def _holder(one: Holder) -> dict[str, object]:
    return {
        "section": "holders",
        "owner": one.owner,
        "kind": one.kind,
        "held": one.held,
        "return": one.counts["return"],
        "warn": one.counts["warn"],
        "unavailable": one.counts["unavailable"],
        "claimed": one.claimed,
        **({} if one.claims_left is None else {"claims_left": one.claims_left}),
        **({} if one.room is None else {"room": one.room}),
        "over": one.is_over,
    }
