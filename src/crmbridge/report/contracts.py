"""Contracts as a listing: what is not ready and why, steps that wait too long, every contract, how steps are kept."""

from collections.abc import Iterator, Mapping

from crmbridge.report.i18n import mark
from crmbridge.report.listing import Column, Listing, Section, Word
from crmbridge.report.quotes import rate_of
from crmbridge.services.contracts_report import Contract, ContractsReport, StepCount

_COLUMNS = (
    Column("contract", mark("contract")),
    Column("id", mark("id")),
    Column("customer", mark("customer")),
    Column("deal", mark("deal")),
    Column("owner", mark("owner")),
    Column("status", mark("state"), "word"),
    Column("amount", mark("amount"), "money"),
    Column("start", mark("begins"), "date"),
    Column("end", mark("ends"), "date"),
    Column("ready", mark("ready"), "word"),
    Column("lacks", mark("what is missing")),
    Column("step", mark("step")),
    Column("entered", mark("began"), "date"),
    Column("done", mark("done on"), "date"),
    Column("limit", mark("workdays at most"), "count"),
    Column("due", mark("due"), "date"),
    Column("escalate_on", mark("escalated on"), "date"),
    Column("over", mark("workdays too many"), "count"),
    Column("step_state", mark("step is"), "word"),
    Column("contracts", mark("contracts"), "count"),
    Column("ready_rate", mark("ready of those known"), "rate"),
    Column("called_ready", mark("called ready, and not"), "count"),
    Column("kept", mark("done within the limit"), "rate"),
    Column("waiting", mark("over the limit now"), "count"),
)
_SECTIONS = (
    Section("whole", mark("All"), ("contracts", "ready_rate", "called_ready")),
    Section("lacks", mark("Not ready"), ("contract", "customer", "owner", "status", "lacks")),
    Section(
        "waits", mark("Steps over their limit"), ("contract", "customer", "owner", "step", "entered", "limit", "over")
    ),
    Section(
        "contracts",
        mark("Contracts"),
        ("contract", "customer", "deal", "owner", "status", "amount", "end", "ready"),
    ),
    Section("steps", mark("How steps are kept"), ("step", "kept", "waiting")),
    Section("remarks", mark("Not read"), ("contract", "customer", "lacks")),
)
_STATUSES = {
    "draft": mark("draft"),
    "in_review": mark("in review"),
    "approved": mark("approved"),
    "signed": mark("signed"),
    "ended": mark("has ended"),
    "cancelled": mark("cancelled"),
}
_READY = {True: mark("yes"), False: mark("no"), None: mark("unknown")}
_STATES = {
    "done": mark("done"),
    "late": mark("done late"),
    "running": mark("running"),
    "over": mark("over the limit"),
    "not_begun": mark("not begun"),
    "untimed": mark("without a limit"),
}


def contracts_listing(
    report: ContractsReport,
    *,
    everything: bool = False,
    only: str | None = None,
    explain: Mapping[str, object] | None = None,
) -> Listing:
    """The contracts that have not ended, else `everything`; `only` the one of that id, with every step."""
    shown = [one for one in report.contracts if (everything or one.is_live or only) and only in {None, one.id}]
    rows = [] if only else [_whole(report)]
    rows += [row for one in shown for row in _rows(one, is_alone=only is not None)]
    rows += [] if only else [_step_count(one) for one in report.steps]
    return Listing(
        report.evidence.definition,
        _COLUMNS,
        tuple(rows) if report.contracts else (),
        as_of=report.request.as_of,
        window={"zone": report.evidence.zone, "calendar": report.request.calendar.id},
        warnings=() if only else report.evidence.warnings,
        explain=explain,
        title=mark("Contracts"),
        sections=_SECTIONS if only is None else _ALONE,
        empty=mark("no contracts are read"),
    )


_ALONE = (
    _SECTIONS[3],
    _SECTIONS[1],
    Section("all_steps", mark("Steps"), ("step", "step_state", "entered", "done", "limit", "due", "over")),
    _SECTIONS[5],
)


def _whole(report: ContractsReport) -> dict[str, object]:
    live = [one for one in report.contracts if one.is_live]
    return {
        "section": "whole",
        "contracts": len(live),
        "ready_rate": rate_of(report.ready),
        "called_ready": sum(one.is_called_ready and one.is_ready is False for one in live),
    }


def _step_count(one: StepCount) -> dict[str, object]:
    return {
        "section": "steps",
        "step": one.name,
        "kept": rate_of(one.kept),
        "waiting": one.over,
        "records": list(one.records),
    }


def _rows(one: Contract, *, is_alone: bool) -> Iterator[dict[str, object]]:
    status = None if one.status is None else Word(one.status, _STATUSES.get(one.status, ""))
    head = {"contract": one.label, "id": one.id, "customer": one.customer, "owner": one.owner, "status": status}
    yield {
        "section": "contracts",
        **head,
        "deal": one.deal,
        "amount": one.amount,
        "start": one.start_date,
        "end": one.end_date,
        "ready": Word({True: "yes", False: "no", None: "unknown"}[one.is_ready], _READY[one.is_ready]),
        "clauses": None if one.clauses is None else dict(one.clauses),
    }
    for note in one.lacks if is_alone or one.is_live else ():
        yield {"section": "lacks", **head, "lacks": note}
    for step in one.steps:
        told = {
            "step": step.name,
            "entered": step.entered,
            "done": step.done,
            "limit": step.limit,
            "due": step.due,
            "escalate_on": step.escalate_on,
            "over": step.over,
            "step_state": Word(step.state, _STATES[step.state]),
        }
        if is_alone:
            yield {"section": "all_steps", **head, **told}
        elif step.state == "over" and one.is_in_steps:
            yield {"section": "waits", **head, **told}
    for note in one.notes:
        yield {"section": "remarks", **head, "lacks": note}
