"""The sections of a pack on the page: the questions first, then each section with its table, the waterfall drawn."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from crmbridge.model.money import Money
from crmbridge.report import charts, tables, waterfall_chart, words
from crmbridge.report.listing import Listing
from crmbridge.report.pack import COLUMNS, TITLES, Pack, PackSection, agenda
from crmbridge.report.svg import Drawing
from crmbridge.report.waterfall_chart import Bar
from crmbridge.report.weekly_charts import PHONE_PX, Pair
from crmbridge.report.weekly_tables import HtmlTable, TableCell
from crmbridge.report.weekly_words import Speech
from crmbridge.services.waterfall_report import SIGNS

_TONES = {"high": "warn", "won": "won", "lost": "lost", "winner": "winner", "laggard": "laggard"}


@dataclass(frozen=True, slots=True)
class Part:
    """One section as the page shows it."""

    title: str
    table: HtmlTable
    chart: Pair | None = None
    is_first: bool = False


def parts(pack: Pack, say: Speech) -> list[Part]:
    """The questions, then the sections in order; a section with nothing to show says why."""
    first = replace(agenda(pack.questions), columns=("question",))
    made = [Part(say(TITLES[first.key]), _table(first, say), is_first=True)]
    for one in pack.sections:
        drawn = _waterfall(one, say) if one.key == "waterfall" and one.rows else None
        made.append(Part(say(TITLES[one.key]), _table(one, say), drawn))
    return made


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
    heads = [(text, "end" if right else "") for text, right in zip(made.headings, made.right, strict=True)]
    return HtmlTable(heads, rows, notes=(*made.footnotes, *notes))


def _tone(row: Mapping[str, object], name: str) -> str:
    held = row.get(name)
    if name == "overdue" and isinstance(held, int) and held > 0:
        return "warn"
    return _TONES.get(held, "") if name in {"verdict", "what"} and isinstance(held, str) else ""


def _waterfall(section: PackSection, say: Speech) -> Pair | None:
    bars = list(_bars(section.rows, say))
    if not any(bar.height for bar in bars):
        return None
    about = "; ".join(f"{bar.label}: {bar.text}" for bar in bars)
    title = say(TITLES["waterfall"])

    def draw(kind: str, width: float) -> Drawing:
        return waterfall_chart.waterfall(bars, charts.Frame(f"waterfall-{kind}", title, about, (), width))

    return Pair(draw("wide", 1080), draw("phone", PHONE_PX))


_SHOWN = {"opening", "closing"}


def _bars(rows: Sequence[Mapping[str, object]], say: Speech) -> Iterator[Bar]:
    level = 0.0
    for row in rows:
        step, amount = str(row["what"]), row.get("amount")
        if not isinstance(amount, Money):
            continue
        value, sign = float(amount.amount), SIGNS.get(step, 1)  # type: ignore[call-overload]
        label = words.cell(row["what"], "value", say.catalog)
        if step in _SHOWN:
            yield Bar(label, 0.0, value, words.money(amount), "bar")
            level = value
        elif value:
            css = "bar won" if sign > 0 or step == "won" else "bar gone"
            yield Bar(label, min(level, level + value), max(level, level + value), words.money(amount), css)
            level += value
