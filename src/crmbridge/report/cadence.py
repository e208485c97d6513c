"""Follow-up as a listing: the policies, what is due and why, how enrolments stand, and what is held back."""

from collections.abc import Mapping

from crmbridge.report.i18n import mark
from crmbridge.report.listing import Column, Listing, Names, Section, Word
from crmbridge.services.cadence_document import CadenceConfig
from crmbridge.services.cadence_report import ANSWER, CadenceReport, DueTask, Enrolment, PolicyGroup, Suppressed

_COLUMNS = (
    Column("policy", mark("policy")),
    Column("name", mark("policy")),
    Column("active", mark("active"), "count"),
    Column("paused", mark("paused"), "count"),
    Column("suspended", mark("suspended"), "count"),
    Column("exited", mark("over"), "count"),
    Column("due", mark("due"), "count"),
    Column("overdue", mark("overdue"), "count"),
    Column("due_day", mark("due"), "date"),
    Column("due_at", mark("at"), "instant"),
    Column("overdue_bd", mark("business days overdue"), "count"),
    Column("missed", mark("missed"), "count"),
    Column("kind", mark("kind"), "word"),
    Column("id", mark("id")),
    Column("subject", mark("record")),
    Column("customer", mark("customer")),
    Column("owner", mark("owner")),
    Column("channel", mark("by"), "word"),
    Column("template", mark("content")),
    Column("state", mark("state"), "word"),
    Column("why", mark("why"), "word"),
    Column("reasons", mark("reasons"), "json"),
    Column("seq", mark("time"), "count"),
    Column("step", mark("step"), "count"),
    Column("occurrence", mark("touch"), "count"),
    Column("touches", mark("touches without an answer"), "count"),
    Column("anchor_day", mark("counted from"), "date"),
    Column("until_day", mark("not before"), "date"),
    Column("waits_for", mark("waits for")),
    Column("blocked_by", mark("enrolment that it waits for")),
    Column("person", mark("person")),
    Column("queue_class", mark("class"), "count"),
    Column("made", mark("task"), "word"),
    Column("key", mark("key")),
)
_DUE = ("due_day", "overdue_bd", "customer", "owner", "channel", "name", "why", "made")
_ENROLLED = ("customer", "name", "state", "why", "due_day", "occurrence", "touches", "anchor_day")
_HELD = ("due_day", "customer", "channel", "name", "why", "until_day", "waits_for")
_SHOWN = {
    "LAST_TOUCH": mark("so long after the last touch"),
    "NEVER_TOUCHED": mark("never touched"),
    "NOT_TOLD": mark("its source tells of no touches"),
    "ENROLMENT": mark("so long after it began"),
    "STAGE_ENTRY": mark("so long after the stage was entered"),
    "FIXED": mark("by fixed days"),
    "NEXT_STEP": mark("agreed next step"),
    "PAUSED": mark("a pause is over"),
    "RESUMED": mark("waited for another policy"),
    "BEGAN": mark("has just begun"),
    "RESCHEDULED": mark("put there by the owner"),
    "REPLY": mark("the customer wrote"),
    "FREQUENCY_CAP": mark("too soon after another touch"),
    "CARE_DAY": mark("a touch of care that day"),
    "SUSPENDED": mark("the person is in another policy"),
    "OPTED_OUT": mark("the person does not want that"),
    "exhausted": mark("nobody ever answered"),
    "replied": mark("the customer wrote"),
    "finished": mark("all steps are done"),
    "other_policy": mark("the person is in another policy"),
    "reply": mark("the customer wrote"),
    "meeting": mark("a meeting is planned"),
    "hold": mark("on hold"),
    "stage_change": mark("left the stage"),
    "closed": mark("closed"),
    "converted": mark("converted"),
    "opted_out": mark("the person does not want that"),
    "owner_inactive": mark("its owner is gone"),
    "no_longer_for": mark("the policy is no longer for it"),
    "policy_removed": mark("the policy is gone"),
    "gone": mark("the record is gone"),
}
_MORE = (mark("email"), mark("call"), mark("meeting"), mark("im"), mark("sms"), mark("unread"), mark("answer"))
_WINDOW = (mark("horizon"), mark("changed"))


def cadence_listing(
    report: CadenceReport, config: CadenceConfig, explain: Mapping[str, object] | None = None
) -> Listing:
    """The policies with their figures, then what is due, who waits for an answer first."""
    rows = [
        *(_group(one) for one in report.groups),
        *(_task(one) for one in report.tasks),
        *(_enrolment(one) for one in report.enrolments),
        *(_held(one, config) for one in report.suppressed),
    ]
    rows = [{**row, "name": _name(str(row["policy"]), config)} for row in rows]
    return Listing(
        definition=report.evidence.definition,
        columns=_COLUMNS,
        rows=tuple(rows),
        as_of=report.request.as_of,
        window={
            "zone": report.evidence.zone,
            "calendar": report.request.calendar.id,
            "horizon": config.horizon,
            "changed": report.changed,
        },
        warnings=report.evidence.warnings,
        explain=explain,
        title=mark("Follow-up"),
        sections=(
            Section(
                "policies", mark("Policies"), ("name", "active", "paused", "suspended", "exited", "due", "overdue")
            ),
            Section("due", mark("What is due"), _DUE),
            Section("enrolments", mark("Enrolments"), _ENROLLED),
            Section("suppressed", mark("Held back"), _HELD),
        ),
        empty=mark("no policy is for any record"),
    )


def _name(policy: str, config: CadenceConfig) -> Names | Word:
    """What people call the policy."""
    known = config.policies.get(policy)
    shown = mark("Answer the customer") if policy == ANSWER else ""
    return Names(known.names) if known is not None and known.names else Word(policy, shown)


def _why(code: str | None) -> Word | None:
    return None if code is None else Word(code, _SHOWN.get(code, code))


def _group(one: PolicyGroup) -> Mapping[str, object]:
    states = {str(state): count for state, count in one.states.items()}
    return {"section": "policies", "policy": one.policy, **states, "due": one.due, "overdue": one.overdue}


def _task(one: DueTask) -> Mapping[str, object]:
    return {
        "section": "due",
        "due_day": one.due_day,
        "due_at": one.due_at,
        "overdue_bd": one.overdue_bd,
        "missed": one.missed,
        "kind": one.kind,
        "id": one.record_id,
        "subject": one.subject,
        "person": one.person_key,
        "customer": one.customer,
        "owner": one.owner,
        "channel": one.channel,
        "template": one.template,
        "policy": one.policy,
        "seq": one.seq,
        "step": one.step,
        "occurrence": one.occurrence,
        "queue_class": one.queue_class,
        "made": one.made,
        "key": one.external_key,
        "why": _why(one.reasons[-1] if one.reasons else None),
        "reasons": list(one.reasons),
    }


def _enrolment(one: Enrolment) -> Mapping[str, object]:
    return {
        "section": "enrolments",
        "policy": one.policy,
        "kind": one.kind,
        "id": one.record_id,
        "subject": one.subject,
        "person": one.person_key,
        "customer": one.customer,
        "state": one.state,
        "why": _why(one.why),
        "due_day": one.due_day,
        "seq": one.seq,
        "step": one.step,
        "occurrence": one.occurrence,
        "touches": one.touches,
        "anchor_day": one.anchor_day,
    }


def _held(one: Suppressed, config: CadenceConfig) -> Mapping[str, object]:
    return {
        "section": "suppressed",
        "policy": one.policy,
        "kind": one.kind,
        "id": one.record_id,
        "subject": one.subject,
        "person": one.person_key,
        "customer": one.customer,
        "channel": one.channel,
        "due_day": one.wanted_day,
        "why": _why(one.reason),
        "until_day": one.until_day,
        "waits_for": None if one.blocked_by is None else _name(one.blocked_by.partition("|")[0], config),
        "blocked_by": one.blocked_by,
    }
