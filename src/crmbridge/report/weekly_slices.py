"""The slices of the weekly report: who and what wins how often, with intervals, and verdicts where there is enough."""

from collections.abc import Sequence
from dataclasses import dataclass

from crmbridge.report import charts, words
from crmbridge.report.i18n import mark
from crmbridge.report.weekly_charts import interval
from crmbridge.report.weekly_tables import HtmlTable, TableCell
from crmbridge.report.weekly_words import Speech
from crmbridge.services.funnel_report import FunnelReport, FunnelRow
from crmbridge.services.results import Amount, Rate
from crmbridge.services.verdicts import SegmentVerdict

SLICES = 15
"""How many slices a table shows one by one."""

INTERVAL_PX = 110.0
_BY = {"owner": mark("By owner"), "source": mark("By source")}


@dataclass(frozen=True, slots=True)
class Line:
    """The figures of one row."""

    label: str
    won: int
    lost: int
    rate: Rate
    amount: Amount
    open: int
    open_amount: Amount
    verdict: TableCell


def slices(report: FunnelReport, say: Speech) -> HtmlTable:
    """The slices of one dimension, the most won first, the unknown one last; a long tail is added up in one row."""
    by = str(report.request.by)
    title = say(_BY[by]) if by in _BY else words.visible(by)
    if all(row.is_unknown for row in report.slices):
        return HtmlTable((), (), title, (say(mark("The source tells it of no deal: unknown.")),))
    known = [row for row in report.slices if not row.is_unknown]
    known.sort(key=lambda row: (-row.won_amount.e4, -row.won, row.label))
    kept = known if len(known) <= SLICES + 1 else known[:SLICES]
    verdicts = {verdict.key: verdict for verdict in report.verdicts}
    lines = [_line(row, words.visible(row.label), _verdict(verdicts.get(row.key or ""), say)) for row in kept]
    if rest := known[len(kept) :]:
        lines.append(_rest(rest, say(mark("{count} others"), count=len(rest))))
    lines += [_line(row, say.unknown, TableCell("")) for row in report.slices if row.is_unknown]
    heads = [
        (say(by), ""),
        (say(mark("won")), "end"),
        (say(mark("lost")), "end"),
        (say(mark("win rate")), "broad"),
        (say(mark("won amount")), "end"),
        (say(mark("open")), "end"),
        (say(mark("verdict")), ""),
    ]
    closed = mark("Closed in the twelve months that end with the week. The line marks the rate of all, {rate}.")
    if report.request.window is None:
        closed = mark("All closed deals, since no closing has a known date. The line marks the rate of all, {rate}.")
    notes = (say(closed, rate=say.rate(report.whole.win_rate)),)
    return HtmlTable(heads, [_cells(line, report, say) for line in lines], title, notes)


def _verdict(verdict: SegmentVerdict | None, say: Speech) -> TableCell:
    if verdict is None or verdict.verdict == "insufficient":
        return TableCell(say.not_enough, tone="quiet")
    return TableCell(
        say(verdict.verdict), tone=verdict.verdict if verdict.verdict in {"winner", "laggard"} else "quiet"
    )


def _line(row: FunnelRow, label: str, verdict: TableCell) -> Line:
    return Line(label, row.won, row.lost, row.win_rate, row.won_amount, row.open, row.open_amount, verdict)


def _rest(rest: Sequence[FunnelRow], label: str) -> Line:
    rates = [row.win_rate for row in rest]
    return Line(
        label,
        sum(row.won for row in rest),
        sum(row.lost for row in rest),
        Rate.of(sum(rate.numerator for rate in rates), sum(rate.denominator for rate in rates)),
        _sum([row.won_amount for row in rest]),
        sum(row.open for row in rest),
        _sum([row.open_amount for row in rest]),
        TableCell(""),
    )


def _sum(amounts: Sequence[Amount]) -> Amount:
    counts = (sum(one.n for one in amounts), sum(one.unknown for one in amounts))
    return Amount(sum(one.e4 for one in amounts), amounts[0].currency, *counts)


def _cells(line: Line, report: FunnelReport, say: Speech) -> list[TableCell]:
    drawn = interval(line.rate, say, report.request.n_min)
    whole = report.whole.win_rate.value
    drawing = None
    if line.rate.value is not None:
        frame = charts.Frame("", say(mark("win rate")), drawn.tip, (), INTERVAL_PX)
        drawing = charts.interval(drawn, frame, reference=None if whole is None else float(whole))
    return [
        TableCell(line.label),
        TableCell(say.count(line.won)),
        TableCell(say.count(line.lost)),
        TableCell(drawn.text, drawing=drawing),
        TableCell(say.money(line.amount)),
        TableCell(say.count(line.open), say.money(line.open_amount) if line.open else ""),
        line.verdict,
    ]
