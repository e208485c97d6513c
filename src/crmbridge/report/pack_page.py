"""A pack as one HTML page, and its sections in the weekly report: the questions first, then each section."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace

from crmbridge.model.money import Money
from crmbridge.report import pack_charts, pages, tables, words
from crmbridge.report.i18n import Catalog, mark
from crmbridge.report.listing import Column, Listing, Word
from crmbridge.report.pack import Pack, PackSection, agenda
from crmbridge.report.pack_texts import MEANINGS, TITLES
from crmbridge.report.weekly_cards import Card
from crmbridge.report.weekly_charts import Pair
from crmbridge.report.weekly_tables import HtmlTable, TableCell
from crmbridge.report.weekly_words import Speech

_TONES = {"high": "warn", "won": "won", "lost": "lost", "winner": "winner", "laggard": "laggard"}
_TONES |= {"improved": "won", "worse": "lost", "look here first": "warn"}
_BROAD = frozenset({"deal", "customer", "why", "question"})
_NOT_SHOWN = frozenset({"key"})
"""What only a command needs."""
_DRAWN_WHOLE = frozenset({"ageing"})
"""Sections whose chart has every figure in it, so that no table repeats it."""
DRAWN_BESIDE = frozenset({"funnel", "ageing"})
"""The charts that the weekly report has already."""


@dataclass(frozen=True, slots=True)
class Part:
    """One section as the page shows it; `meaning` says how to read it."""

    title: str
    table: HtmlTable
    chart: Pair | None = None
    is_first: bool = False
    meaning: str = ""


def page(pack: Pack, texts: Catalog) -> str:
    """The page of a pack alone; it holds everything it shows and loads nothing."""
    say = Speech(texts)
    period = pack.period
    days = f"{say.day(period.start)} – {say.day(period.end.fromordinal(period.end.toordinal() - 1))}"
    values = {
        "language": {"zh": "zh-CN"}.get(texts.language, texts.language),
        "title": say(pack.title),
        "name": words.visible(pack.team_name),
        "period": period.label,
        "days": days,
        "as_of": say(mark("as of {time}"), time=words.instant(pack.as_of)),
        "cards": _cards(pack, say),
        "parts": parts(pack, say),
    }
    return pages.render("pack.html", values)


def parts(pack: Pack, say: Speech, *, beside: frozenset[str] = frozenset()) -> list[Part]:
    """The questions, then the sections in order; a section with nothing to show says why.

    `beside` names the sections whose chart stands elsewhere on the page.
    """
    first = agenda(pack.questions)
    made = [Part(say(TITLES[first.key]), _table(first, say), is_first=True)]
    for one in pack.sections:
        drawn = None if one.key in beside else pack_charts.chart(one, say)
        meaning = say(MEANINGS[one.key]) if one.rows and one.key in MEANINGS else ""
        table = _notes(one, say) if drawn and one.key in _DRAWN_WHOLE else _table(one, say)
        made.append(Part(say(TITLES[one.key]), table, drawn, meaning=meaning))
    return made


def _cards(pack: Pack, say: Speech) -> list[Card]:
    """What was won and lost, what is open, and what is foreseen, as far as the pack tells."""
    rows = {(one.key, str(row.get("what"))): row for one in pack.sections for row in one.rows}
    named = (
        (mark("Won"), rows.get(("waterfall", "won")), "amount"),
        (mark("Lost"), rows.get(("waterfall", "lost")), "amount"),
        (mark("Open deals"), rows.get(("waterfall", "closing")), "amount"),
        (mark("Closed + weighted"), rows.get(("forecast", "weighted")), "now"),
    )
    return [_card(say(title), row, name, say) for title, row, name in named if row is not None]


def _card(title: str, row: Mapping[str, object], name: str, say: Speech) -> Card:
    held, n, change = row.get(name), row.get("n"), row.get("difference")
    lines = [say.deals(n)] if isinstance(n, int) else []
    if isinstance(row.get("period"), str):
        lines.append(str(row["period"]))
    if isinstance(change, Money):
        lines.append(say(mark("{difference} since the last pack"), difference=words.change(change)))
    shown = abs(held.amount) if isinstance(held, Money) else None
    value = words.money(replace(held, amount=shown)) if isinstance(held, Money) and shown is not None else say.unknown
    return Card(title, value, tuple(lines), "", is_quiet=not shown)


def _notes(section: PackSection, say: Speech) -> HtmlTable:
    return HtmlTable((), (), notes=tuple(say.note(note) for note in section.why))


def _table(section: PackSection, say: Speech) -> HtmlTable:
    notes = _notes(section, say).notes
    section = _shortened(section, say)
    columns = [column for column in section.held if column.name not in _NOT_SHOWN]
    if not section.rows:
        return HtmlTable((), (), notes=notes)
    # a single row stays a row: a second one keeps the table from being set upright
    held = Listing("pack", tuple(columns), (*section.rows, {}))
    (made,) = tables.tables(held, say.catalog)
    rows = [
        [TableCell(cell, tone=_tone(row, column.name)) for cell, column in zip(cells, columns, strict=True)]
        for cells, row in zip(made.rows, section.rows, strict=False)
    ]
    kinds = [_kind(column, is_figure=right) for right, column in zip(made.right, columns, strict=True)]
    heads = [*zip(made.headings, kinds, strict=True)]
    return HtmlTable(heads, rows, notes=(*made.footnotes, *notes))


def _kind(column: Column, *, is_figure: bool) -> str:
    """How a column is set: figures to the right, days on one line, and on a phone long texts over the whole width."""
    if is_figure:
        return "end"
    return "date" if column.kind == "date" or column.name == "period" else "broad" if column.name in _BROAD else ""


def _shortened(section: PackSection, say: Speech) -> PackSection:
    """The section for a page: the time limits of a person on one row, with the stages in words."""
    if section.key != "compliance":
        return section
    kept, stages, over = [], defaultdict[object, list[str]](list), Counter[object]()
    for row in section.rows:
        stage, n, who = row.get("stage"), row.get("n"), row.get("who")
        if stage is None or not isinstance(n, int):
            kept.append(row)
            continue
        stages[who].append(words.pair(words.cell(stage, "text", say.catalog), say.count(n), say.catalog))
        over[who] += n
    limits = [
        {"what": Word("time limit"), "who": who, "n": n, "why": stages[who]}
        for who, n in sorted(over.items(), key=lambda one: -one[1])
    ]
    return replace(section, rows=[*kept, *limits])


def _tone(row: Mapping[str, object], name: str) -> str:
    held = row.get(name)
    if name == "overdue" and isinstance(held, int) and held > 0:
        return "warn"
    return _TONES.get(held, "") if name in {"verdict", "what"} and isinstance(held, str) else ""
