"""The charts of a pack: the rows of its sections put into words and handed to the drawings."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction

from crmbridge.model.money import Money
from crmbridge.report import ages, bar_chart, charts, waterfall_chart, words
from crmbridge.report.bar_chart import Row
from crmbridge.report.i18n import mark
from crmbridge.report.listing import Rate
from crmbridge.report.pack import PackSection
from crmbridge.report.pack_texts import TITLES
from crmbridge.report.svg import Drawing
from crmbridge.report.waterfall_chart import Bar
from crmbridge.report.weekly_charts import PHONE_PX, Pair, shortened
from crmbridge.report.weekly_words import Speech
from crmbridge.services.comparison import LEAST
from crmbridge.services.waterfall_report import SIGNS

WIDE_PX = 1080.0
_COLOURS = {"green": "bar won", "amber": "bar gone", "red": "bar lost"}
Rows = Sequence[Mapping[str, object]]


def chart(section: PackSection, say: Speech) -> Pair | None:
    """The chart of a section; None where it has none, or nothing to draw."""
    draw = _CHARTS.get(section.key)
    return draw(section, say) if draw and section.rows else None


def _pair(section: PackSection, say: Speech, about: str, draw: Callable[[charts.Frame], Drawing], *heads: str) -> Pair:
    title = say(TITLES[section.key])
    frames = [
        charts.Frame(f"{section.key}-{kind}", title, about, heads, width)
        for kind, width in (("wide", WIDE_PX), ("phone", PHONE_PX))
    ]
    return Pair(draw(frames[0]), draw(frames[1]))


def _count(row: Mapping[str, object], name: str) -> int:
    held = row.get(name)
    return held if isinstance(held, int) else 0


def _shown(value: object, say: Speech) -> str:
    return words.cell(value, "value", say.catalog)


def _goals(section: PackSection, say: Speech) -> Pair | None:
    """How much of each target is reached, with a mark where one should be by now."""
    rows = []
    for row in section.rows:
        reached, pace = row.get("attainment"), row.get("pace")
        if not isinstance(reached, Fraction):
            continue
        expected = reached / pace if isinstance(pace, Fraction) and pace else None
        label = " · ".join(_shown(row.get(name), say) for name in ("what", "who", "period"))
        text = say(mark("{share} of {target}"), share=say.percent(reached), target=_shown(row.get("target"), say))
        css = _COLOURS.get(str(row.get("colour")), "bar")
        place = None if expected is None else min(1.5, float(expected))
        rows.append(Row(label, (bar_chart.Bar(min(1.5, float(reached)), text, css),), place, f"{label}: {text}"))
    if not rows:
        return None
    head = say(mark("share reached; the line: where to be by now"))
    return _pair(section, say, _about(rows), lambda frame: bar_chart.bars(rows, frame), head)


def _forecast(section: PackSection, say: Speech) -> Pair | None:
    """Each figure as it was foreseen before, and now."""
    rows = []
    for row in section.rows:
        found = [(row.get(name), css) for name, css in (("before", "bar partial"), ("now", "bar"))]
        bars = [bar_chart.Bar(float(one.amount), words.money(one), css) for one, css in found if isinstance(one, Money)]
        if bars:
            rows.append(Row(_shown(row.get("what"), say), tuple(bars), tip=" → ".join(bar.text for bar in bars)))
    if not rows:
        return None
    both = any("before" in row for row in section.rows)
    head = say(mark("above: as foreseen before; below: now")) if both else say(mark("as foreseen now"))
    return _pair(section, say, _about(rows), lambda frame: bar_chart.bars(rows, frame), head)


def _tiers(section: PackSection, say: Speech) -> Pair | None:
    """How many customers stand in each class, with what they bought."""
    rows = []
    for row in section.rows:
        count = _count(row, "n")
        text = f"{say.count(count)} · {_shown(row.get('amount'), say)}"
        rows.append(Row(_shown(row.get("what"), say), (bar_chart.Bar(float(count), text),), tip=text))
    head = say(mark("number of customers, and what they bought in the window"))
    return _pair(section, say, _about(rows), lambda frame: bar_chart.bars(rows, frame), head)


def _about(rows: Sequence[Row]) -> str:
    return "; ".join(f"{row.label}: {', '.join(bar.text for bar in row.bars)}" for row in rows)


def _funnel(section: PackSection, say: Speech) -> Pair | None:
    """How many reached each stage, and the share that went on with its interval."""
    steps = [_step(row, say) for row in section.rows if isinstance(row.get("reached"), int)]
    if not any(step.count for step in steps):
        return None
    about = "; ".join(f"{step.label}: {step.tip}" for step in steps)
    heads = (
        say(mark("deals that reached the stage")),
        say(mark("share of the decided that went on, 95 % interval")),
    )
    return _pair(section, say, about, lambda frame: charts.funnel(steps, frame), *heads)


def _step(row: Mapping[str, object], say: Speech) -> charts.Step:
    reached, rate = _count(row, "reached"), row.get("rate")
    found = None
    if isinstance(rate, Rate):
        text = words.rate(rate, say.catalog)
        value = None if rate.value is None else float(rate.value)
        found = charts.Interval(value, rate.low, rate.high, text, is_enough=rate.n >= LEAST)
    tip = say.count(reached) + (f"; {found.text}" if found else "")
    label = _shown(row.get("stage"), say)
    return charts.Step(label, reached, say.count(reached), found, tip, is_named=bool(row.get("verdict")))


def _ageing(section: PackSection, say: Speech) -> Pair | None:
    """The open deals by stage and age, the fuller a cell the darker."""
    names = [name for name in ages.AGES if name in section.columns]
    known = {name: ages.label(place) for place, name in enumerate(ages.AGES[:-1])} | {ages.AGES[-1]: say.unknown}
    found = []
    for row in section.rows:
        stage = _shown(row.get("stage"), say)
        cells = [_cell(_count(row, name), f"{stage}, {known[name]}") for name in names]
        found.append((stage, cells))
    about = "; ".join(cell.tip for _, cells in found for cell in cells if cell.count)
    heads = (say(mark("stage, by days")), *(known[name] for name in names))
    return _pair(section, say, about, lambda frame: charts.heat_map(found, frame), *heads)


def _cell(n: int, what: str) -> charts.Cell:
    return charts.Cell(n, f"{n:,}" if n else "", f"{what}: {n:,}" if n else "")


def _trend(section: PackSection, say: Speech) -> Pair | None:
    """What was won in each month."""
    amounts = [row.get("amount") for row in section.rows]
    known = [one for one in amounts if isinstance(one, Money)]
    if not any(one.amount for one in known):
        return None
    most = max(one.amount for one in known)
    by, head = next(
        (by, text)
        for least, by, text in (
            (10_000_000, 1_000_000, mark("millions of {currency}; n is the number of deals")),
            (10_000, 1_000, mark("thousands of {currency}; n is the number of deals")),
            (0, 1, mark("{currency}; n is the number of deals")),
        )
        if most >= least
    )
    columns = [_column(row, by, say) for row in section.rows]
    about = "; ".join(column.tip for column in columns)
    heading = say(head, currency=known[0].currency)
    return _pair(section, say, about, lambda frame: charts.columns(columns, frame), heading)


def _column(row: Mapping[str, object], by: int, say: Speech) -> charts.Column:
    amount, label = row.get("amount"), str(row.get("period", ""))
    won = _count(row, "won")
    value = float(amount.amount) / by if isinstance(amount, Money) else None
    text = "" if not value else charts.plain(shortened(value))
    return charts.Column(label[2:], value, text, say.count(won), f"{label}: {_shown(amount, say)}, {say.deals(won)}")


def _waterfall(section: PackSection, say: Speech) -> Pair | None:
    bars = list(_steps(section.rows, say))
    if not any(bar.height for bar in bars):
        return None
    about = "; ".join(f"{bar.label}: {bar.text}" for bar in bars)
    cut = [say(mark("without the lower part of the bars"))] if waterfall_chart.floor(bars) else []
    return _pair(section, say, about, lambda frame: waterfall_chart.waterfall(bars, frame), *cut)


_ENDS = {"opening", "closing"}


def _steps(rows: Rows, say: Speech) -> Iterator[Bar]:
    level = 0.0
    for row in rows:
        step, amount = str(row.get("what")), row.get("amount")
        if not isinstance(amount, Money):
            continue
        value, sign = float(amount.amount), SIGNS.get(step, 1)  # type: ignore[call-overload]
        label = _shown(row.get("what"), say)
        if step in _ENDS:
            yield Bar(label, 0.0, value, words.money(amount), "bar", value)
            level = value
        elif value:
            css = "bar won" if sign > 0 or step == "won" else "bar lost" if step == "lost" else "bar gone"
            before, level = level, level + value
            yield Bar(label, min(before, level), max(before, level), words.change(amount), css, level)


_CHARTS: Mapping[str, Callable[[PackSection, Speech], Pair | None]] = {
    "goals": _goals,
    "trend": _trend,
    "waterfall": _waterfall,
    "funnel": _funnel,
    "ageing": _ageing,
    "forecast": _forecast,
    "tiers": _tiers,
}
