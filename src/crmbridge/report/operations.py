"""What sync did and what the ledger holds, as listings."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from crmbridge.adapter.capabilities import Capability
from crmbridge.adapter.contract import Problem
from crmbridge.adapter.hookspecs import AdapterDescriptor
from crmbridge.adapter.registry import PluginReport
from crmbridge.ledger.quarantine import QuarantineRow
from crmbridge.ledger.runs import RECORDS, WRITE, Run
from crmbridge.ledger.spending import Spending
from crmbridge.ledger.streams import Stream
from crmbridge.ledger.unsettled import Unsettled
from crmbridge.model.errors import ConfigErrors, CrmBridgeError
from crmbridge.model.instants import from_us
from crmbridge.model.notes import Note
from crmbridge.report.i18n import mark
from crmbridge.report.listing import Column, Listing, Names, Section, Word, listing
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
        Column("started_at", mark("started"), "instant"),
        Column("ended_at", mark("ended"), "instant"),
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
    return listing("runs/1", columns, rows)


def _run_rows(run: Run, zone: ZoneInfo) -> Iterable[Mapping[str, object]]:
    head: dict[str, object] = {
        "run": run.id,
        "command": run.command,
        "started_at": _instant(run.started_us, zone),
        "ended_at": _instant(run.ended_us, zone),
        "exit_code": run.exit_code,
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
        Column("position", mark("place")),
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
            "since": _instant(row.first_us, zone),
        }
        for row in rows
        for problem in row.problems
    ]
    return listing("quarantine/1", columns, made)


def _reason(problem: Problem) -> Note:
    near = problem.params.get("nearest")
    template = f"{problem.message} (did you mean {{nearest}}?)" if near else problem.message
    return Note(problem.code, template, dict(problem.params))


@dataclass(frozen=True, slots=True)
class Webhook:
    """A connection's webhook: when the vendor ends it (None: never), and how many hints wait to be followed."""

    connection: str
    expires: datetime | None
    hints: int


def status_listing(
    streams: Sequence[Stream],
    *,
    records: Mapping[str, int],
    quarantined: Mapping[str, int],
    last_run: Run | None,
    zone: ZoneInfo,
    spending: Mapping[str, Spending] | None = None,
    webhooks: Sequence[Webhook] = (),
    unsettled: Unsettled | None = None,
) -> Listing:
    """What the ledger holds: how far each object has been read, and how many records there are of each kind.

    `spending` is of the last 24 hours; what is `unsettled` has the next command beside it.
    """
    columns = (
        Column("connection", mark("connection")),
        Column("object", mark("object")),
        Column("field", mark("field")),
        Column("moved_at", mark("last change read"), "instant"),
        Column("high_water_at", mark("latest time at the source"), "instant"),
        Column("quarantined", mark("quarantined"), "count"),
        Column("kind", mark("kind"), "word"),
        Column("records", mark("records"), "count"),
        Column("last_run_at", mark("last run"), "instant"),
        Column("exit_code", mark("exit code"), "count"),
        Column("calls", mark("calls"), "count"),
        Column("credits", mark("credits"), "count"),
        Column("credits_left", mark("credits left"), "count"),
        Column("returns_at", mark("more at"), "instant"),
        Column("webhook_ends_at", mark("ends"), "instant"),
        Column("hints", mark("waiting hints"), "count"),
        Column("plan", mark("plan")),
        Column("for", mark("what for")),
        Column("expires_at", mark("good until"), "instant"),
        Column("guards", mark("what stops it")),
        Column("pair", mark("pair")),
        Column("count", mark("count"), "count"),
        Column("since", mark("since"), "instant"),
        Column("next", mark("next step")),
    )
    rows: list[Mapping[str, object]] = [
        {
            "section": "streams",
            "connection": stream.connection,
            "object": stream.object,
            "moved_at": _instant(stream.moved_us, zone),
            "high_water_at": _instant(stream.high_water_us, zone),
        }
        for stream in streams
    ]
    rows += [{"section": "kinds", "kind": kind, "records": count} for kind, count in records.items()]
    rows += [{"section": "waiting", "connection": name, "quarantined": count} for name, count in quarantined.items()]
    rows += [_spent(name, spent, zone) for name, spent in (spending or {}).items()]
    rows += [
        {
            "section": "webhooks",
            "connection": hook.connection,
            "webhook_ends_at": hook.expires.astimezone(zone) if hook.expires else None,
            "hints": hook.hints,
        }
        for hook in webhooks
    ]
    rows += _unsettled(unsettled or Unsettled(), zone)
    if last_run is not None:
        ended = _instant(last_run.ended_us, zone)
        rows.append({"section": "run", "last_run_at": ended, "exit_code": last_run.exit_code})
    return Listing(
        "status/1",
        columns,
        tuple(rows),
        sections=(
            Section("run", mark("Last run"), ("last_run_at", "exit_code")),
            Section("plans", mark("Plans that wait"), ("plan", "for", "records", "guards", "expires_at", "next")),
            Section("questions", mark("Open questions"), ("pair", "count", "since", "next")),
            Section("links", mark("Records that may be one"), ("pair", "count", "since", "next")),
            Section("doubts", mark("Writes in doubt"), ("connection", "count", "since", "next")),
            Section("gone", mark("Fields that are gone"), ("connection", "object", "field", "next")),
            Section("streams", mark("Objects"), ("connection", "object", "moved_at", "high_water_at")),
            Section("kinds", mark("Records"), ("kind", "records")),
            Section("waiting", mark("Quarantine"), ("connection", "quarantined")),
            Section(
                "spending", mark("Last 24 hours"), ("connection", "calls", "credits", "credits_left", "returns_at")
            ),
            Section("webhooks", mark("Webhooks"), ("connection", "webhook_ends_at", "hints")),
        ),
    )


def _unsettled(found: Unsettled, zone: ZoneInfo) -> Iterable[Mapping[str, object]]:
    """What waits for a person or for a look, each with the command that shows it."""
    for plan in found.plans:
        yield {
            "section": "plans",
            "plan": plan.plan,
            "for": plan.scope,
            "records": plan.lines,
            "guards": ", ".join(plan.guards),
            "expires_at": _instant(plan.expires_us, zone),
            "next": f"crmbridge plan --show {plan.plan}",
        }
    for asked in found.questions:
        since, command = _instant(asked.since_us, zone), f"crmbridge review --pair {asked.name}"
        yield {"section": "questions", "pair": asked.name, "count": asked.count, "since": since, "next": command}
    for alike in found.likenesses:
        since, command = _instant(alike.since_us, zone), f"crmbridge links --pair {alike.name}"
        yield {"section": "links", "pair": alike.name, "count": alike.count, "since": since, "next": command}
    for doubt in found.doubts:
        since, command = _instant(doubt.since_us, zone), "crmbridge outbox"
        yield {"section": "doubts", "connection": doubt.name, "count": doubt.count, "since": since, "next": command}
    for lost in found.gone:
        command = f"crmbridge mapping check {lost.connection}"
        place = {"connection": lost.connection, "object": lost.object, "field": lost.field}
        yield {"section": "gone", **place, "next": command}


def _spent(name: str, spent: Spending, zone: ZoneInfo) -> Mapping[str, object]:
    """What a connection used; what is left stays out where its vendor does not say."""
    row: dict[str, object] = {"section": "spending", "connection": name, "calls": spent.calls, "credits": spent.credits}
    if spent.left is not None:
        row |= {"credits_left": spent.left, "returns_at": _instant(spent.returns_us, zone)}
    return row


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


def _instant(us: int | None, zone: ZoneInfo) -> datetime | None:
    return None if us is None else from_us(us).astimezone(zone)
