"""What sync did and what the ledger holds, as listings."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from crmbridge.adapter.capabilities import Capability
from crmbridge.adapter.contract import Problem
from crmbridge.adapter.hookspecs import AdapterDescriptor
from crmbridge.adapter.registry import PluginReport
from crmbridge.ledger.quarantine import QuarantineRow
from crmbridge.ledger.runs import RECORDS, WRITE, Run
from crmbridge.model.errors import ConfigErrors, CrmBridgeError
from crmbridge.model.instants import from_us
from crmbridge.model.notes import Note
from crmbridge.report.i18n import mark
from crmbridge.report.listing import Column, Listing, Names, Section, Word
from crmbridge.sync.outcome import Counts, Step, SyncResult

UNCHANGED = "UNCHANGED"
"""The notice of a source that had nothing new: the counts say so already."""

READ_WAY = "read.way"
"""The notice of an adapter that says which way of reading it chose, and why: for `doctor` and the run's record."""

_COUNTS = ("read", "landed", "unchanged", "written", "updated", "quarantined", "deleted")
_COUNT_COLUMNS = (
    Column("read", mark("read"), "count"),
    Column("landed", mark("new or changed"), "count"),
    Column("unchanged", mark("unchanged"), "count"),
    Column("written", mark("written"), "count"),
    Column("updated", mark("updated"), "count"),
    Column("quarantined", mark("quarantined"), "count"),
    Column("deleted", mark("deleted"), "count"),
)


PARTS = (mark("records"), mark("deleted"), mark("history"), mark("write"))
"""What of an object a step reads, or that it writes it."""


def sync_listing(result: SyncResult, as_of: datetime) -> Listing:
    """A sync, one row for each object; what stopped a connection or an object is among the warnings.

    What the source lists as deleted is counted with the object's records; changes of stage have a column of their own,
    where a source has a history of them.
    """
    with_history = any(step.part == "history" for step in result.steps)
    columns = (
        Column("connection", mark("connection")),
        Column("object", mark("object")),
        Column("kind", mark("kind"), "word"),
        *_COUNT_COLUMNS,
        *([Column("stage_changes", mark("stage changes"), "count")] if with_history else []),
        Column("result", mark("result"), "word"),
    )
    objects: dict[tuple[str, str], list[Step]] = {}
    for step in (one for one in result.steps if one.part != WRITE):
        objects.setdefault((step.connection, step.object), []).append(step)
    rows = [_sync_row(parts) for parts in objects.values()]
    failed = [error for _, error in result.failures]
    failed += [step.error for step in result.steps if step.error and step.error not in failed]
    warnings = [_error_note(one) for error in failed for one in _each(error)]
    warnings += _told(note for step in result.steps for note in step.notices if note.code != READ_WAY)
    if quarantined := sum(step.waiting for step in result.steps):
        text = "{count} records could not be used and wait in quarantine; crmbridge quarantine lists them with reasons"
        warnings.append(Note("QUARANTINED", text, {"count": quarantined}))
    return Listing("sync/1", columns, tuple(rows), as_of=as_of, warnings=tuple(warnings), exit_code=result.exit_code)


def _sync_row(parts: Sequence[Step]) -> Mapping[str, object]:
    counts = Counts()
    for step in parts:
        counts.add(step.counts if step.part == RECORDS else Counts(deleted=step.counts.deleted))
    history = [step.counts.landed for step in parts if step.part == "history"]
    stopped = next((step.error for step in parts if step.error), None)
    return {
        "connection": parts[0].connection,
        "object": parts[0].object,
        "kind": parts[0].kind,
        **{name: getattr(counts, name) for name in _COUNTS},
        **({"stage_changes": sum(history)} if history else {}),
        "result": stopped.code if stopped else "done",
    }


def _told(notices: Iterable[Note]) -> list[Note]:
    """What sources told, each thing once, besides that there is nothing new."""
    found: list[Note] = []
    for notice in notices:
        if notice.code != UNCHANGED and notice not in found:
            found.append(notice)
    return found


def _each(error: CrmBridgeError) -> Sequence[CrmBridgeError]:
    """Every problem of a configuration that was found wrong, else the error itself."""
    return error.problems if isinstance(error, ConfigErrors) else (error,)


def _error_note(error: CrmBridgeError) -> Note:
    """An error as a warning: its template and its values, so that it can be shown in either language."""
    template = f"{error.message} ({error.hint})" if error.hint else error.message
    return Note(error.code, template, dict(error.context))


def runs_listing(runs: Sequence[Run], zone: ZoneInfo) -> Listing:
    """The history of runs, the last first, one row for each part of an object read and one for a run that read none.

    What else of an object was read, what it cost and what the source told are columns where there is any.
    """
    steps = [step for run in runs for step in run.steps]
    of_jobs = [Column("job", mark("job")), Column("attempt", mark("attempt"), "count")]
    optional = (
        (Column("part", mark("part"), "word"), any(step.part != RECORDS for step in steps)),
        (Column("calls", mark("calls"), "count"), any(step.calls for step in steps)),
        (Column("credits", mark("credits"), "count"), any(step.credits for step in steps)),
        (Column("told", mark("what the source told")), any(_told(step.notices) for step in steps)),
    )
    part, *rest = [(column if is_there else None) for column, is_there in optional]
    columns = (
        Column("run", mark("run"), "count"),
        Column("command", mark("command")),
        *(of_jobs if any(run.job for run in runs) else []),
        Column("started_at", mark("started"), "instant"),
        Column("ended_at", mark("ended"), "instant"),
        Column("seconds", mark("seconds"), "number"),
        Column("exit_code", mark("exit code"), "count"),
        Column("connection", mark("connection")),
        Column("object", mark("object")),
        *([part] if part else []),
        *_COUNT_COLUMNS,
        *(column for column in rest if column),
        Column("error", mark("error")),
    )
    shown = {column.name for column in columns}
    rows = [{k: v for k, v in row.items() if k in shown} for run in runs for row in _run_rows(run, zone)]
    return Listing("runs/1", columns, tuple(rows), empty=mark("nothing has been run yet"))


def _run_rows(run: Run, zone: ZoneInfo) -> Iterable[Mapping[str, object]]:
    head: dict[str, object] = {
        "run": run.id,
        "command": run.command,
        "started_at": local(run.started_us, zone),
        "ended_at": local(run.ended_us, zone),
        "exit_code": run.exit_code,
        "seconds": None if run.ended_us is None else Decimal(run.ended_us - run.started_us) / 1_000_000,
        **({"job": run.job, "attempt": run.attempt} if run.job else {}),
    }
    if not run.steps:
        return [{**head, "error": run.error}]
    return [
        {
            **head,
            "connection": step.connection,
            "object": step.object,
            "part": step.part,
            **{name: getattr(step, name) for name in (*_COUNTS, "calls", "credits")},
            "told": tuple(_told(step.notices)),
            "error": step.error,
        }
        for step in run.steps
    ]


def quarantine_listing(rows: Sequence[QuarantineRow], zone: ZoneInfo) -> Listing:
    """What waits in quarantine, one row for each thing that is wrong with a record."""
    columns = (
        Column("connection", mark("connection")),
        Column("object", mark("object")),
        Column("id", mark("id")),
        Column("position", mark("position")),
        Column("field", mark("field")),
        Column("value", mark("what stood there")),
        Column("reason", mark("reason")),
        Column("code", mark("code")),
        Column("since", mark("since"), "instant"),
    )
    made = [
        {
            "connection": row.connection,
            "object": row.object,
            "id": row.external_id,
            "position": problem.position or row.position,
            "field": problem.field,
            "value": problem.raw,
            "reason": _reason(problem),
            "code": problem.code,
            "since": local(row.first_us, zone),
        }
        for row in rows
        for problem in row.problems
    ]
    return Listing("quarantine/1", columns, tuple(made), empty=mark("no record waits in quarantine"))


def _reason(problem: Problem) -> Note:
    near = problem.params.get("nearest")
    template = f"{problem.message} (did you mean {{nearest}}?)" if near else problem.message
    return Note(problem.code, template, dict(problem.params))


_POWERS = {Capability.DELETE: mark("deletions")}
"""What people read of a power whose word alone would promise something else: these are told, and not made."""


def adapters_listing(descriptors: Sequence[AdapterDescriptor], plugins: Sequence[PluginReport]) -> Listing:
    """The capability matrix: what each adapter can do, and the reason for what it cannot; and every plugin found."""
    columns = (
        Column("adapter", mark("adapter")),
        Column("title", mark("title")),
        Column("capability", mark("capability"), "word"),
        Column("level", mark("level"), "word"),
        Column("note", mark("why")),
        Column("plugin", mark("plugin")),
        Column("distribution", mark("distribution")),
        Column("status", mark("status"), "word"),
        Column("reason", mark("reason")),
    )
    rows: list[Mapping[str, object]] = []
    for descriptor in descriptors:
        for capability in Capability:
            support = descriptor.support.get(capability)
            rows.append(
                {
                    "section": "matrix",
                    "adapter": descriptor.name,
                    "title": Names({"en": descriptor.title, "zh": descriptor.title_zh}),
                    "capability": Word(capability.value, _POWERS.get(capability, "")),
                    "level": support.level.value if support else "undeclared",
                    "note": Names({"en": support.note, "zh": support.note_zh}) if support and support.note else "",
                }
            )
    rows += [
        {
            "section": "plugins",
            "plugin": found.name,
            "distribution": found.distribution,
            "status": found.status,
            "reason": found.reason,
        }
        for found in plugins
    ]
    return Listing(
        "adapters/1",
        columns,
        tuple(rows),
        sections=(
            Section("matrix", mark("Adapters"), ("adapter", "capability", "level", "note")),
            Section("plugins", mark("Plugins"), ("plugin", "distribution", "status", "reason")),
        ),
    )


def local(us: int | None, zone: ZoneInfo) -> datetime | None:
    """An instant of the ledger at the company's wall time; None stays None."""
    return None if us is None else from_us(us).astimezone(zone)
