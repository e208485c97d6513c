"""The sections of a pack about how people work: stalled deals and follow-ups, compliance, actions."""

from crmbridge.app import compliances
from crmbridge.app.pack_asking import PackAsked
from crmbridge.app.pack_steering import stage_name
from crmbridge.model.money import round_half_up
from crmbridge.model.notes import Note
from crmbridge.report.i18n import mark
from crmbridge.report.listing import Names, Word
from crmbridge.report.pack import PackSection
from crmbridge.services.actions import COMPANY, actions, of_pack
from crmbridge.services.quality_texts import TOPICS


def overdue_section(asked: PackAsked) -> PackSection:
    """By rep: how many deals stand in a stage over its limit, and how many tasks are overdue since when."""
    stalled = [deal.record_id for deal in asked.stalled]
    names = asked.deals(stalled)
    by_rep: dict[str | None, list[str]] = {}
    for one in stalled:
        by_rep.setdefault(names[one].owner, []).append(one)
    rows: list[dict[str, object]] = [
        {
            "what": Word("stalled"),
            "who": who,
            "n": len(ids),
            "records": ids,
        }
        for who, ids in sorted(by_rep.items(), key=lambda pair: (-len(pair[1]), pair[0] or ""))
    ]
    calendar = asked.asker.wiring.calendar
    rows += [
        {
            "what": Word("overdue"),
            "who": one.name or one.user_id,
            "n": one.tasks,
            "from": one.oldest,
            "overdue": calendar.business_days_between(one.oldest, asked.today),
            "records": list(one.ids),
        }
        for one in asked.moves.overdue
        if asked.is_ours(one.user_id)
    ]
    none = Note("NONE_OVERDUE", mark("no deal is over its limit, and no task is overdue"))
    return PackSection("overdue", ("what", "who", "n", "from", "overdue"), rows, () if rows else (none,))


_WORDS = (mark("stalled"), mark("overdue"), mark("time limit"))


_FEW = Note("FEW", mark("too few records for a score"))


def said(check: str) -> Note | str:
    """What a check says of the records that fail it."""
    return TOPICS[check].says if check in TOPICS else check


def compliance_section(asked: PackAsked) -> PackSection:
    """The score of each rep with the checks that cost most, and the stages over their limits."""
    quality, limits = compliances.scores(asked.asker)
    rows: list[dict[str, object]] = [
        {
            "what": Word("score"),
            "who": one.label or None,
            "n": one.n,
            **({"score": round_half_up(one.value, 1)} if one.is_enough and one.value is not None else {}),
            "why": [said(name) for name, _ in one.worst[:3]] if one.is_enough else _FEW,
        }
        for one in quality.scores
        if asked.is_ours(one.key)
    ]
    stages = {(row.pipeline, row.stage): stage_name(row) for row in asked.funnel.stages}
    rows += [
        {
            "what": Word("time limit"),
            "who": one.owner or one.owner_id,
            "stage": stages.get((one.pipeline, one.stage), Names({"en": one.stage})),
            "n": one.over,
        }
        for one in limits
        if one.over and asked.is_ours(one.owner_id)
    ]
    none = Note("NONE_JUDGED", mark("no record could be judged by a check"))
    return PackSection("compliance", ("what", "who", "stage", "n", "score", "why"), rows, () if rows else (none,))


def actions_section(asked: PackAsked) -> PackSection:
    """What was decided and is open, or was done in the week: with its age and how much it is overdue, in workdays."""
    items = actions(asked.asker.facts, asked.asker.as_of, team=None if asked.person else asked.team or COMPANY)
    if asked.person:
        called = asked.person.is_called
        items = tuple(one for one in items if any(name and called(name) for name in (one.owner, one.person)))
    calendar = asked.asker.wiring.calendar
    rows = [
        {
            "what": one.text,
            "who": one.owner,
            "status": "open" if one.done_on is None else "done",
            "to": one.due,
            "age": one.age(calendar, asked.today),
            "overdue": one.overdue(calendar, asked.today),
            "key": one.key,
            "records": [one.record_id] if one.record_id else [],
        }
        for one in of_pack(items, asked.period.period)
    ]
    none = Note("NO_ACTIONS", mark("nothing was decided that is open: crmbridge report actions add keeps it"))
    return PackSection(
        "actions", ("what", "who", "status", "to", "age", "overdue", "key"), rows, () if rows else (none,)
    )
