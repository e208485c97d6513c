"""What the ledger holds, and what waits for a person, as one listing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from crmbridge.ledger.notices import Health
from crmbridge.ledger.runs import Run
from crmbridge.ledger.spending import Spending
from crmbridge.ledger.streams import Stream
from crmbridge.ledger.unsettled import Unsettled
from crmbridge.report.i18n import mark
from crmbridge.report.listing import Column, Listing, Section
from crmbridge.report.operations import local

_COLUMNS = (
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
    Column("channel", mark("channel")),
    Column("said", mark("what it said")),
    Column("next", mark("next step")),
)
_SECTIONS = (
    Section("run", mark("Last run"), ("last_run_at", "exit_code")),
    Section("plans", mark("Plans that wait"), ("plan", "for", "records", "guards", "expires_at", "next")),
    Section("questions", mark("Open questions"), ("pair", "count", "since", "next")),
    Section("links", mark("Records that may be one"), ("pair", "count", "since", "next")),
    Section("doubts", mark("Writes in doubt"), ("connection", "count", "since", "next")),
    Section("gone", mark("Fields that are gone"), ("connection", "object", "field", "next")),
    Section("channels", mark("Channels that fail"), ("channel", "count", "since", "said", "next")),
    Section("streams", mark("Objects"), ("connection", "object", "moved_at", "high_water_at")),
    Section("kinds", mark("Records"), ("kind", "records")),
    Section("waiting", mark("Quarantine"), ("connection", "quarantined")),
    Section("spending", mark("Last 24 hours"), ("connection", "calls", "credits", "credits_left", "returns_at")),
    Section("webhooks", mark("Webhooks"), ("connection", "webhook_ends_at", "hints")),
)


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
    channels: Iterable[Health] = (),
) -> Listing:
    """What the ledger holds: how far each object has been read, and how many records there are of each kind.

    `spending` is of the last 24 hours; what is `unsettled` has the next command beside it, and so have `channels` for
    notices that fail.
    """
    rows: list[Mapping[str, object]] = [
        {
            "section": "streams",
            "connection": stream.connection,
            "object": stream.object,
            "moved_at": local(stream.moved_us, zone),
            "high_water_at": local(stream.high_water_us, zone),
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
    rows += [
        {
            "section": "channels",
            "channel": health.channel,
            "count": health.failures,
            "since": local(health.failing_since_us, zone),
            "said": health.said or health.code,
            "next": "crmbridge notices list",
        }
        for health in channels
    ]
    if last_run is not None:
        ended = local(last_run.ended_us, zone)
        rows.append({"section": "run", "last_run_at": ended, "exit_code": last_run.exit_code})
    return Listing(
        "status/1",
        _COLUMNS,
        tuple(rows),
        sections=_SECTIONS,
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
            "expires_at": local(plan.expires_us, zone),
            "next": f"crmbridge plan --show {plan.plan}",
        }
    for asked in found.questions:
        since, command = local(asked.since_us, zone), f"crmbridge review --pair {asked.name}"
        yield {"section": "questions", "pair": asked.name, "count": asked.count, "since": since, "next": command}
    for alike in found.likenesses:
        since, command = local(alike.since_us, zone), f"crmbridge links --pair {alike.name}"
        yield {"section": "links", "pair": alike.name, "count": alike.count, "since": since, "next": command}
    for doubt in found.doubts:
        since, command = local(doubt.since_us, zone), "crmbridge outbox"
        yield {"section": "doubts", "connection": doubt.name, "count": doubt.count, "since": since, "next": command}
    for lost in found.gone:
        command = f"crmbridge mapping check {lost.connection}"
        place = {"connection": lost.connection, "object": lost.object, "field": lost.field}
        yield {"section": "gone", **place, "next": command}


def _spent(name: str, spent: Spending, zone: ZoneInfo) -> Mapping[str, object]:
    """What a connection used; what is left stays out where its vendor does not say."""
    row: dict[str, object] = {"section": "spending", "connection": name, "calls": spent.calls, "credits": spent.credits}
    if spent.left is not None:
        row |= {"credits_left": spent.left, "returns_at": local(spent.returns_us, zone)}
    return row
