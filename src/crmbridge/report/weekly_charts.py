"""The charts of the weekly report: results of the services put into words and handed to `charts`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from crmbridge.report import ages, charts, words
from crmbridge.report.i18n import mark
from crmbridge.report.svg import Drawing
from crmbridge.report.weekly_pack import WeeklyPack
from crmbridge.report.weekly_words import Speech
from crmbridge.services.bottlenecks import Bottleneck
from crmbridge.services.funnel_report import FunnelReport, FunnelRow, StageRow
from crmbridge.services.results import Amount, Rate, Unavailable

PHONE_PX = 330.0
_SCALES = ((10_000_000, 1_000_000, "millions"), (10_000, 1_000, "thousands"))
_E4 = 10_000


@dataclass(frozen=True, slots=True)
class Pair:
    """A chart for a wide place and for a phone (None where there is nothing to draw), its heading, and its notes.

    `has_rates` where it draws intervals, which want an explanation.
    """

    wide: Drawing | None
    phone: Drawing | None
    heading: str = ""
    notes: tuple[str, ...] = ()
    has_rates: bool = False


def interval(rate: Rate, say: Speech, n_min: int) -> charts.Interval:
    """A rate as a chart draws it."""
    value = None if rate.value is None else float(rate.value)
    tip = "; ".join(part for part in (say.rate(rate), say.interval(rate)) if part)
    return charts.Interval(value, rate.low, rate.high, say.rate(rate), rate.n >= n_min, tip)


# -- funnel ------------------------------------------------------------------------------------------------------------


def funnels(report: FunnelReport, say: Speech, names: Mapping[str, str]) -> list[Pair]:
    """One funnel for each pipeline that has open stages."""
    by_pipeline: dict[str, list[StageRow]] = {}
    for row in report.stages:
        by_pipeline.setdefault(row.pipeline, []).append(row)
    several = len(by_pipeline) > 1
    return [
        _funnel(report, rows, say, f"funnel{place}", names.get(pipeline, pipeline) if several else "")
        for place, (pipeline, rows) in enumerate(by_pipeline.items())
    ]


def _funnel(report: FunnelReport, rows: Sequence[StageRow], say: Speech, name: str, heading: str) -> Pair:
    found = {one.stage: one for one in report.bottlenecks.get(rows[0].pipeline, ())}
    refused = next((row.mature for row in rows if isinstance(row.mature, Unavailable)), None)
    n_min = report.request.n_min
    if refused:
        steps = [_standing(row, say) for row in rows]
        headings: tuple[str, ...] = (say(mark("deals in the stage now")),)
        notes: tuple[str, ...] = (say(mark("Conversion {why}"), why=say.refusal(refused)),)
    else:
        steps = [_reached(row, say, found.get(row.stage), n_min) for row in rows]
        steps.append(_last(rows[-1], say))
        headings = (
            say(mark("deals that reached the stage")),
            say(mark("share of the decided that went on, 95 % interval")),
        )
        notes = tuple(_bottleneck_note(one, rows, say) for one in found.values() if one.place == 1)
    notes += tuple(_left_out(report, rows[0].pipeline, say))
    about = "; ".join(f"{step.label}: {step.tip}" for step in steps)

    def draw(kind: str, width: float) -> Drawing:
        return charts.funnel(steps, charts.Frame(f"{name}-{kind}", say(mark("Sales funnel")), about, headings, width))

    if not any(step.count for step in steps):
        return Pair(None, None, heading, (*notes, say(mark("No deal is counted in any stage."))))
    return Pair(draw("wide", 740), draw("phone", PHONE_PX), heading, notes, has_rates=not refused)


def _standing(row: StageRow, say: Speech) -> charts.Step:
    tip = f"{say.deals(row.now)}, {say.money(row.now_amount)}"
    return charts.Step(say.name(row.names, row.stage), row.now, say.count(row.now), tip=tip)


def _reached(row: StageRow, say: Speech, found: Bottleneck | None, n_min: int) -> charts.Step:
    rate = row.mature if isinstance(row.mature, Rate) else None
    reached = _number(row.reached)
    tip = say(
        mark("{reached} reached it, {now} stand in it, {lost} were lost here"),
        reached=say.count(reached),
        now=say.count(row.now),
        lost=say.count(_number(row.lost_at)),
    )
    if rate:
        tip += f"; {say(mark('went on'))} {say.rate(rate)}"
    return charts.Step(
        say.name(row.names, row.stage),
        reached,
        say.count(reached),
        interval(rate, say, n_min) if rate else None,
        tip,
        is_named=found is not None and found.place == 1,
    )


def _last(row: StageRow, say: Speech) -> charts.Step:
    won = _number(row.reached_next)
    return charts.Step(say(mark("Won")), won, say.count(won), tip=say.deals(won), css="bar won")


def _number(count: int | Unavailable) -> int:
    return count if isinstance(count, int) else 0


def _bottleneck_note(found: Bottleneck, rows: Sequence[StageRow], say: Speech) -> str:
    row = next(row for row in rows if row.stage == found.stage)
    stage, rate = say.name(row.names, row.stage), say.rate(found.mature)
    if found.conversion == "confirmed":
        return say(mark("Bottleneck: from {stage} only {rate} went on."), stage=stage, rate=rate)
    return say(mark("Look first at {stage}: {rate} went on, the lowest share of all stages."), stage=stage, rate=rate)


def _left_out(report: FunnelReport, pipeline: str, say: Speech) -> Iterable[str]:
    for one in report.furthest_unknown:
        if one.pipeline == pipeline:
            yield say(
                mark("How far {count} deals got is unknown; they are in no row."), count=say.count(one.open + one.lost)
            )


# -- won by month ------------------------------------------------------------------------------------------------------


def won_by_month(pack: WeeklyPack, say: Speech) -> Pair:
    """The amount won in each of the twelve months up to the week's end, with how many deals."""
    rows = {row.key: row for row in pack.year.slices}
    most = max((row.won_amount.e4 for key, row in rows.items() if key is not None), default=0)
    divisor, word = next(((by, word) for least, by, word in _SCALES if most >= least * _E4), (1, ""))
    by_count = not any(row.won_amount.n for row in rows.values()) and any(row.won for row in rows.values())
    if by_count:
        divisor, word = 0, "deals"
    columns = [_month(month, rows.get(f"{month:%Y-%m}"), pack, say, divisor) for month in pack.months]
    notes = []
    if any(column.value is None for column in columns):
        notes.append(
            say(mark("Hatched: unknown, because the data has no amount for it or does not reach back so far."))
        )
    if columns and columns[-1].is_partial:
        last = pack.week.end.fromordinal(pack.week.end.toordinal() - 1)
        notes.append(say(mark("The last month is counted up to {day}."), day=say.day(last)))
    heading = say(_unit(word), currency=pack.currency)
    about = "; ".join(f"{column.label}: {column.tip}" for column in columns)

    def draw(kind: str, width: float) -> Drawing:
        frame = charts.Frame(f"months-{kind}", say(mark("Won by month")), about, (heading,), width)
        return charts.columns(columns, frame)

    return Pair(draw("wide", 540), draw("phone", PHONE_PX), notes=tuple(notes))


def _unit(word: str) -> str:
    return {
        "millions": mark("millions of {currency}; n is the number of deals"),
        "thousands": mark("thousands of {currency}; n is the number of deals"),
        "deals": mark("number of deals; no amount is known"),
    }.get(word, mark("{currency}; n is the number of deals"))


def _month(month: date, row: FunnelRow | None, pack: WeeklyPack, say: Speech, divisor: int) -> charts.Column:
    """A month's amount in units of `divisor`, or where that is 0 its number of deals."""
    label = say.month(month)
    after = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    if pack.days.first is None or after <= pack.days.first or not pack.is_dated:
        return charts.Column(label, None, "", "?", f"{month:%Y-%m}: {say.unknown}")
    amount = row.won_amount if row else Amount(0, pack.currency, 0)
    won = row.won if row else 0
    value = float(won) if not divisor else None if amount.money is None else amount.e4 / _E4 / divisor
    tip = f"{month:%Y-%m}: {say.money(amount)}, {say.deals(won)}"
    if amount.unknown:
        tip += f"; {say(mark('{count} without amount'), count=say.count(amount.unknown))}"
    shown = "" if value is None or not won else charts.plain(shortened(value))
    return charts.Column(label, value, shown, say.count(won), tip, is_partial=pack.week.end < after)


def shortened(value: float) -> float:
    """A value with three digits, so that it fits above its column."""
    return float(round(value) if value >= 100 else f"{value:.3g}")  # noqa: PLR2004 - three digits


# -- ageing ------------------------------------------------------------------------------------------------------------


def ageing(pack: WeeklyPack, say: Speech) -> Pair | None:
    """The open deals by stage and by how long they have stood in it; None where there is none."""
    if not pack.open_deals:
        return None
    labels = [ages.label(place) for place in range(len(ages.BUCKETS) + 1)]
    has_unknown = any(deal.visit_days is None for deal in pack.open_deals)
    headings = [say(mark("stage")), *labels, *([say.unknown] if has_unknown else [])]
    counts: dict[tuple[str, str], list[int]] = {}
    for row in pack.whole.stages:
        counts[row.pipeline, row.stage] = [0] * (len(headings) - 1)
    for deal in pack.open_deals:
        counts.setdefault((deal.pipeline, deal.stage), [0] * (len(headings) - 1))[ages.bucket(deal)] += 1
    stage_names = {(row.pipeline, row.stage): say.name(row.names, row.stage) for row in pack.whole.stages}
    rows = [
        (
            stage_names.get(key, words.visible(key[1])),
            [
                _cell(count, stage_names.get(key, key[1]), label, say)
                for label, count in zip(headings[1:], row, strict=True)
            ],
        )
        for key, row in counts.items()
        if sum(row)
    ]
    about = "; ".join(f"{label}: " + ", ".join(cell.tip for cell in cells if cell.count) for label, cells in rows)

    def draw(kind: str, width: float) -> Drawing:
        frame = charts.Frame(f"ageing-{kind}", say(mark("Age of open deals")), about, tuple(headings), width)
        return charts.heat_map(rows, frame)

    return Pair(draw("wide", 540), draw("phone", PHONE_PX))


def _cell(count: int, stage: str, label: str, say: Speech) -> charts.Cell:
    if not count:
        return charts.Cell(0, "")
    days = label if label == say.unknown else say(mark("{days} days"), days=label)
    return charts.Cell(count, say.count(count), f"{stage}, {days}: {say.deals(count)}")
