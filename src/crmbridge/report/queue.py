"""The queue as a listing: what comes next and why, what lacks a next step, and who has too much to do."""

from collections.abc import Mapping

from crmbridge.report.i18n import mark
from crmbridge.report.listing import Column, Listing, Names, Rate, Section, Word
from crmbridge.services import results
from crmbridge.services.queue_report import CLASSES, Lacking, Load, QueueReport, QueueRow

_COLUMNS = (
    Column("class", mark("class"), "word"),
    Column("rows", mark("rows"), "count"),
    Column("place", mark("place"), "count"),
    Column("kind", mark("kind"), "word"),
    Column("id", mark("id")),
    Column("record", mark("record")),
    Column("account", mark("company")),
    Column("owner", mark("owner"), "value"),
    Column("what", mark("what to do")),
    Column("source", mark("by"), "word"),
    Column("due_on", mark("due"), "date"),
    Column("due_at", mark("due at"), "instant"),
    Column("overdue_days", mark("workdays overdue"), "count"),
    Column("others", mark("more due"), "count"),
    Column("amount", mark("amount"), "money"),
    Column("chance", mark("chance"), "percent"),
    Column("tier", mark("tier"), "word"),
    Column("stage", mark("stage")),
    Column("p", mark("points"), "days"),
    Column("urgency", mark("urgency"), "days"),
    Column("value", mark("value points"), "days"),
    Column("tier_points", mark("tier points"), "days"),
    Column("stage_points", mark("stage points"), "days"),
    Column("why", mark("why"), "value"),
    Column("key", mark("external key")),
    Column("touch", mark("what was done"), "value"),
    Column("deal", mark("deal")),
    Column("done_on", mark("done on"), "date"),
    Column("lacks", mark("not told"), "json"),
    Column("part", mark("part"), "word"),
    Column("told", mark("told"), "rate"),
    Column("team", mark("team")),
    Column("deals", mark("open deals"), "count"),
    Column("leads", mark("open leads"), "count"),
    Column("due", mark("due now"), "count"),
    Column("overdue", mark("of them overdue"), "count"),
    Column("waiting", mark("waiting customers"), "count"),
    Column("first_responses", mark("unanswered leads"), "count"),
    Column("median", mark("median of the team"), "number"),
    Column("overloaded", mark("too much"), "bool"),
)
_WORDS = (
    mark("answer"),
    mark("task"),
    mark("cadence"),
    mark("content"),
    mark("feedback"),
)
_SHOWN = {
    "waiting": mark("waiting"),
    "first_response": mark("first response"),
    "follow_up": mark("follow-up"),
    "next_step": mark("next step"),
}
_APPOINTMENT = mark("appointment")
_SECTIONS = (
    Section(
        "queue", mark("What comes next"), ("place", "class", "record", "account", "owner", "what", "due_on", "p", "why")
    ),
    Section("results", mark("Results of touches of open deals"), ("part", "told")),
    Section("lacking", mark("Done, and no next step"), ("deal", "touch", "owner", "done_on", "lacks")),
    Section(
        "loads",
        mark("Who has how much to do"),
        ("owner", "team", "deals", "leads", "waiting", "first_responses", "due", "overdue", "median", "overloaded"),
    ),
    Section("classes", mark("The whole queue"), ("class", "rows")),
)


def queue_listing(report: QueueReport, explain: Mapping[str, object] | None = None) -> Listing:
    """The rows in their order with the reasons; the four parts of P sum to it."""
    rows: list[Mapping[str, object]] = [_row(one, report) for one in report.rows]
    found = report.results
    parts = {"content": found.content, "feedback": found.feedback, "next_step": found.next_step}
    rows += [{"section": "results", "part": _word(part), "told": _told(rate)} for part, rate in parts.items()]
    rows += [_lacking(one) for one in found.lacking]
    rows += [_load(one) for one in report.loads]
    rows += [{"section": "classes", "class": _word(name), "rows": report.counts[name]} for name in CLASSES]
    config = report.request.config
    is_empty = not (report.evidence.n or report.loads or found.lacking)
    return Listing(
        definition=report.evidence.definition,
        columns=_COLUMNS,
        rows=() if is_empty else tuple(rows),
        as_of=report.request.as_of,
        window={
            "zone": report.evidence.zone,
            "calendar": report.request.calendar.id,
            "currency": report.currency,
            "weights": {part: str(weight) for part, weight in config.weights},
        },
        warnings=report.evidence.warnings,
        explain=explain,
        title=mark("The queue"),
        sections=_SECTIONS,
        empty=mark("nothing is open and nothing is due"),
    )


def _word(word: str) -> Word:
    return Word(word, _SHOWN.get(word, ""))


def _row(one: QueueRow, report: QueueReport) -> dict[str, object]:
    zone = report.request.calendar.zone
    return {
        "section": "queue",
        "place": one.place,
        "class": _word(one.queue_class),
        "kind": one.kind,
        "id": one.id,
        "subject": one.subject,
        "record": one.name,
        "account": one.account,
        "owner": one.owner,
        "what": what_to_do(one),
        "source": Word(one.source, _APPOINTMENT) if one.source == "planned" else one.source,
        "due_on": one.due_on,
        "due_at": one.due_at and one.due_at.astimezone(zone),
        **({} if one.overdue_days is None else {"overdue_days": one.overdue_days}),
        "others": one.others,
        **({"amount": one.amount and one.amount.money, "chance": one.chance} if one.is_open else {}),
        "tier": one.tier,
        "stage": Names(one.stage) if one.stage else None,
        "p": one.points.total,
        "urgency": one.points.urgency,
        "value": one.points.value,
        "tier_points": one.points.tier,
        "stage_points": one.points.stage,
        "why": list(one.why),
        "key": one.key,
    }


def what_to_do(one: QueueRow) -> object:
    """What a row asks for, in words of ours or of the CRM."""
    if one.source == "answer":
        return Word(mark("answer the customer"))
    if one.source == "first_response":
        return Word(mark("answer the lead"))
    return Names(one.what) if isinstance(one.what, Mapping) else one.what


def _told(rate: results.Rate | results.Unavailable) -> object:
    if isinstance(rate, results.Unavailable):
        return rate.reason
    return Rate(rate.numerator, rate.denominator, rate.n, rate.low, rate.high)


def _lacking(one: Lacking) -> dict[str, object]:
    return {
        "section": "lacking",
        "kind": one.kind,
        "id": one.id,
        "deal_id": one.deal_id,
        "deal": one.deal,
        "touch": one.what,
        "owner": one.owner,
        "done_on": one.done_on,
        "lacks": [_word(part) for part in one.lacks],
    }


def _load(one: Load) -> dict[str, object]:
    return {
        "section": "loads",
        "owner": one.owner,
        "team": one.team,
        "deals": one.deals,
        "leads": one.leads,
        "due": one.due,
        "overdue": one.overdue,
        "waiting": one.waiting,
        "first_responses": one.first_responses,
        **({} if one.median is None else {"median": one.median}),
        "overloaded": one.is_overloaded,
    }
