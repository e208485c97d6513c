"""What stands around the figures of the weekly report: of whom and when, what to bear in mind, what they mean."""

from collections.abc import Mapping
from datetime import timedelta

from crmbridge.model.notes import Note
from crmbridge.report import words
from crmbridge.report.i18n import mark
from crmbridge.report.weekly_pack import WeeklyPack
from crmbridge.report.weekly_tables import HtmlTable, TableCell
from crmbridge.report.weekly_words import DEFINITIONS, Speech


def definitions(pack: WeeklyPack, say: Speech) -> list[tuple[str, str, str]]:
    """Every figure's id, name and meaning."""
    n_min = pack.whole.request.n_min
    return [(key, say(title), say(text, n_min=n_min)) for key, (title, text) in DEFINITIONS.items()]


def warnings(pack: WeeklyPack, say: Speech) -> list[str]:
    """What the reader must know before acting on the figures, each thing once."""
    found: dict[str, Note] = {}
    for report in (pack.whole, pack.year, *pack.slices):
        for note in report.evidence.warnings:
            found.setdefault(note.code, note)
    texts = [say.note(note) for note in found.values()]
    if pack.quarantined:
        waiting = mark(
            "{count} records could not be used and wait in quarantine; crmbridge quarantine lists them with reasons"
        )
        texts.append(say(waiting, count=say.count(pack.quarantined)))
    return texts


def alerts(pack: WeeklyPack, say: Speech) -> list[str]:
    """What stands above everything: that the data tells nothing of this week."""
    if pack.days.last is None:
        return [say(mark("No deal has a known date: nothing can be said of a week."))]
    if not pack.is_dated:
        return [say(mark("No closing has a known date: what was won and lost is shown over all time."))]
    if pack.days.last < pack.week.start:
        latest = mark("Nothing is known to have happened since {day}; for that week give --week {week}.")
        return [say(latest, day=pack.days.last.isoformat(), week=f"{pack.days.last:%G-W%V}")]
    return []


def sources(pack: WeeklyPack, say: Speech) -> HtmlTable:
    """What was read, and when it last brought a change."""
    heads = [
        (say(mark("connection")), ""),
        (say(mark("object")), ""),
        (say(mark("adapter")), ""),
        (say(mark("last change read")), ""),
    ]
    rows = [
        [
            TableCell(words.visible(one.connection)),
            TableCell(words.visible(one.object)),
            TableCell(words.visible(one.adapter)),
            TableCell(say.unknown if one.changed_at is None else words.instant(one.changed_at)),
        ]
        for one in pack.sources
    ]
    return HtmlTable(heads, rows)


def header(pack: WeeklyPack, say: Speech) -> Mapping[str, str]:
    """Company, week, as of when, how fresh, from where."""
    last = pack.week.end - timedelta(days=1)
    return {
        "company": words.visible(pack.company),
        "week": pack.week.label,
        "days": f"{pack.week.start.isoformat()} – {last.isoformat()}",
        "as_of": say(mark("as of {time}"), time=words.instant(pack.as_of)),
        "running": say(mark("this week is still running")) if pack.is_running else "",
        "read": say(
            mark("last read {time}"), time=say.unknown if pack.last_read is None else words.instant(pack.last_read)
        ),
        "sources": say(
            mark("from {names}"),
            names=", ".join(
                dict.fromkeys(f"{words.visible(one.connection)} ({words.visible(one.adapter)})" for one in pack.sources)
            )
            or say.unknown,
        ),
    }
