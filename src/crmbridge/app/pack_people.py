"""The sections of a pack about how people work: stalled deals and follow-ups, compliance, customers, actions."""

from collections import Counter

from crmbridge.app import compliances
from crmbridge.app.pack_asking import PackAsked
from crmbridge.model.money import round_half_up
from crmbridge.model.notes import Note
from crmbridge.report.i18n import mark
from crmbridge.report.listing import Names, Word
from crmbridge.report.pack import PackSection
from crmbridge.services.actions import COMPANY, actions, of_pack


def overdue_section(asked: PackAsked) -> PackSection:
    """By rep: how many deals stand in a stage over its limit, and how many tasks are overdue since when."""
    stalled = [deal.record_id for deal in asked.standing if deal.is_stalled]
    names = asked.deals(stalled)
    by_rep = Counter(names[one].owner for one in stalled)
    rows: list[dict[str, object]] = [
        {
            "what": Word("stalled"),
            "who": who,
            "n": n,
            "records": [one for one in stalled if names[one].owner == who],
        }
        for who, n in sorted(by_rep.items(), key=lambda pair: (-pair[1], pair[0] or ""))
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


_WORDS = (mark("stalled"), mark("overdue"), mark("complaint"), mark("time limit"))


def compliance_section(asked: PackAsked) -> PackSection:
    """The score of each rep with the checks that cost most, and the stages over their limits."""
    report = compliances.reported(asked.asker)
    rows: list[dict[str, object]] = [
        {
            "what": Word("score"),
            "who": one.label or None,
            "n": one.n,
            "score": round_half_up(one.value, 1) if one.is_enough and one.value is not None else None,
            "why": ", ".join(name for name, _ in one.worst[:3]) or None,
        }
        for one in report.quality.scores
        if asked.is_ours(one.key)
    ]
    stages = {(row.pipeline, row.stage): Names(row.names) for row in asked.funnel.stages}
    rows += [
        {
            "what": Word("time limit"),
            "who": one.owner,
            "stage": stages.get((one.pipeline, one.stage), Names({"en": one.stage})),
            "n": one.over,
        }
        for one in report.limits
        if one.over and asked.is_ours(one.owner_id)
    ]
    none = Note("NONE_JUDGED", mark("no record could be judged by a check"))
    return PackSection("compliance", ("what", "who", "stage", "n", "score", "why"), rows, () if rows else (none,))


_OPEN_COMPLAINTS = """SELECT t.id, coalesce(nullif(trim(a.name), ''), t.account_ref), u.name,
    CAST(t.created_at AS DATE), t.owner_id
  FROM tickets t LEFT JOIN accounts a ON a.id = t.account_id LEFT JOIN users u ON u.id = t.owner_id
  WHERE t.type = 'complaint' AND t.status IN ('open', 'waiting')
    AND coalesce(t.lifecycle, 'active') NOT IN ('deleted', 'merged') ORDER BY t.created_at NULLS LAST, t.id"""


def customers_section(asked: PackAsked) -> PackSection:
    """The open complaints, the oldest first."""
    calendar = asked.asker.wiring.calendar
    rows: list[dict[str, object]] = [
        {
            "what": Word("complaint"),
            "deal": name,
            "who": owner,
            "from": day,
            "age": None if day is None else calendar.business_days_between(day, max(day, asked.today)),
            "records": [id_],
        }
        for id_, name, owner, day, owner_id in asked.asker.facts.query(_OPEN_COMPLAINTS, {})
        if asked.is_ours(owner_id)
    ]
    none = Note("NO_COMPLAINTS", mark("no complaint is open, or no source holds any"))
    return PackSection("customers", ("what", "deal", "who", "from", "age"), rows, () if rows else (none,))


def actions_section(asked: PackAsked) -> PackSection:
    """What was decided and is open, or was done in the week: with its age and how much it is overdue, in workdays."""
    items = actions(asked.asker.facts, asked.asker.as_of, team=asked.team or COMPANY)
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
        for one in of_pack(items, asked.week, asked.week.period)
    ]
    none = Note("NO_ACTIONS", mark("nothing was decided that is open: crmbridge report actions add keeps it"))
    return PackSection(
        "actions", ("what", "who", "status", "to", "age", "overdue", "key"), rows, () if rows else (none,)
    )
