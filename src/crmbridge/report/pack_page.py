"""A pack as one HTML page, and its sections in the weekly report: the questions first, then each section."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from crmbridge.model.money import Money
from crmbridge.report import pack_charts, pages, tables, words
from crmbridge.report.i18n import Catalog, mark
from crmbridge.report.listing import Listing
from crmbridge.report.pack import COLUMNS, Pack, PackSection, agenda
from crmbridge.report.pack_texts import MEANINGS, TITLES
from crmbridge.report.weekly_cards import Card
from crmbridge.report.weekly_charts import Pair
from crmbridge.report.weekly_tables import HtmlTable, TableCell
from crmbridge.report.weekly_words import Speech

_TONES = {"high": "warn", "won": "won", "lost": "lost", "winner": "winner", "laggard": "laggard"}
_TONES |= {"improved": "won", "worse": "lost", "look here first": "warn"}
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
        made.append(Part(say(TITLES[one.key]), _table(one, say), drawn, meaning=meaning))
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
        lines.append(say(mark("{difference} since the last pack"), difference=_signed(change)))
    shown = abs(held.amount) if isinstance(held, Money) else None
    value = words.money(replace(held, amount=shown)) if isinstance(held, Money) and shown is not None else say.unknown
    return Card(title, value, tuple(lines), "", is_quiet=not shown)


def _signed(amount: Money) -> str:
    return ("+" if amount.amount > 0 else "") + words.money(amount)


def _table(section: PackSection, say: Speech) -> HtmlTable:
    notes = tuple(say.note(note) for note in section.why)
    if not section.rows:
        return HtmlTable((), (), notes=notes)
    by_name = {column.name: column for column in COLUMNS}
    columns = [by_name[name] for name in section.columns if any(row.get(name) is not None for row in section.rows)]
    # a single row stays a row: a second one keeps the table from being set upright
    held = Listing("pack", tuple(columns), (*section.rows, {}))
    (made,) = tables.tables(held, say.catalog)
    rows = [
        [TableCell(cell, tone=_tone(row, column.name)) for cell, column in zip(cells, columns, strict=True)]
        for cells, row in zip(made.rows, section.rows, strict=False)
    ]
    kinds = [
        "end" if right else "date" if one.kind == "date" else "" for right, one in zip(made.right, columns, strict=True)
    ]
    heads = [*zip(made.headings, kinds, strict=True)]
    return HtmlTable(heads, rows, notes=(*made.footnotes, *notes))


def _tone(row: Mapping[str, object], name: str) -> str:
    held = row.get(name)
    if name == "overdue" and isinstance(held, int) and held > 0:
        return "warn"
    return _TONES.get(held, "") if name in {"verdict", "what"} and isinstance(held, str) else ""
