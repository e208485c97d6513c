"""What notices say, in either language: short, because a chat shows the first lines, and some take two kilobytes."""

from collections.abc import Sequence
from datetime import date

from crmbridge.model.notes import Note
from crmbridge.report import words
from crmbridge.report.i18n import Catalog, mark
from crmbridge.report.notices.message import Message
from crmbridge.report.pack import Pack
from crmbridge.report.queue import what_to_do
from crmbridge.services.queue_report import QueueRow

SHOWN = 8
"""How many lines of a list are told; the rest are counted."""
_LONGEST = 60
"""More letters of a name than this are cut off."""


def is_for_today(row: QueueRow, today: date) -> bool:
    """Whether a row of the queue is something to do today: somebody waits, or it is due."""
    return row.queue_class != "follow_up" or (row.due_on is not None and row.due_on <= today)


def digest(rows: Sequence[QueueRow], today: date, texts: Catalog) -> Message:
    """What a rep has to do today, the most urgent first, as the queue says it."""
    overdue = sum(1 for row in rows if row.overdue_days)
    title = texts.message(
        mark("{day}: {count} to do, {overdue} of them overdue"), {"day": today, "count": len(rows), "overdue": overdue}
    )
    lines = [f"{number}. {_line(row, texts)}" for number, row in enumerate(rows[:SHOWN], 1)]
    return Message(title, "\n".join([*lines, *_rest(len(rows), texts)]))


def _line(row: QueueRow, texts: Catalog) -> str:
    """Who, what, and by when."""
    name = _short(row.name or row.id)
    who = f"{name} ({_short(row.account)})" if row.account and row.account != row.name else name
    told: dict[str, object] = {"who": who, "what": _short(words.cell(what_to_do(row), "value", texts))}
    if row.overdue_days:
        return texts.message(mark("{who}: {what}, {days} workdays overdue"), {**told, "days": row.overdue_days})
    if row.due_on is not None:
        return texts.message(mark("{who}: {what}, due {day}"), {**told, "day": row.due_on})
    return words.pair(who, str(told["what"]), texts)


def pack(made: Pack, file: str, texts: Catalog, *, attach: str | None) -> Message:
    """What a pack comes to: the pipeline from opening to closing, and what is to be talked over."""
    title = f"{texts.text(made.title)} · {_short(made.team_name)} · {made.period.label}"
    steps = next((one.rows for one in made.sections if one.key == "waterfall"), ())
    lines = [
        texts.message(
            mark("{what}: {amount} ({count} deals)"),
            {
                "what": words.cell(row["what"], "word", texts),
                "amount": words.cell(row["amount"], "money", texts),
                "count": row["n"],
            },
        )
        for row in steps
        if row["n"]
    ]
    asked = [texts.message(one.note.template, one.note.params) for one in made.questions]
    if asked:
        lines += ["", texts.text(mark("To talk over")), *(f"- {words.visible(text)}" for text in asked[:SHOWN])]
        lines += _rest(len(asked), texts)
    lines += ["", texts.message(mark("The whole pack: {file}"), {"file": file})]
    return Message(title, "\n".join(lines).strip(), attach=attach)


def alert(found: Sequence[Note], company: str, texts: Catalog) -> Message:
    """What an operator should look at."""
    title = texts.message(mark("crmbridge {company}: {count} to look at"), {"company": company, "count": len(found)})
    lines = [f"- {words.visible(texts.message(note.template, note.params))}" for note in found[: 2 * SHOWN]]
    return Message(title, "\n".join([*lines, *_rest(len(found), texts, shown=2 * SHOWN)]), sort="warning")


def word(text: str, texts: Catalog) -> Message:
    """Something that one person is to know, in the words of whoever wants it told."""
    return Message(texts.text(mark("For your attention")), words.visible(text))


def trial(channel: str, texts: Catalog) -> Message:
    """A message that only shows that a channel works."""
    title = texts.text(mark("crmbridge: a test"))
    return Message(title, texts.message(mark("The channel {channel} works."), {"channel": channel}))


def _rest(count: int, texts: Catalog, *, shown: int = SHOWN) -> list[str]:
    return [texts.message(mark("and {count} more"), {"count": count - shown})] if count > shown else []


def _short(text: str) -> str:
    shown = " ".join(words.visible(text).split())
    return shown if len(shown) <= _LONGEST else shown[: _LONGEST - 1] + "…"
