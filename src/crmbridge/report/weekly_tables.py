"""The lists of deals in the weekly report, and what a table of it is made of."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from crmbridge.report import words
from crmbridge.report.i18n import mark
from crmbridge.report.svg import Drawing
from crmbridge.report.weekly_pack import LISTED, WeeklyPack
from crmbridge.report.weekly_words import Speech
from crmbridge.services.open_deals import OpenDeal


@dataclass(frozen=True, slots=True)
class TableCell:
    """What stands in one cell: a text, a smaller one below it, or a drawing beside it."""

    text: str
    below: str = ""
    drawing: Drawing | None = None
    tone: str = ""


@dataclass(frozen=True, slots=True)
class HtmlTable:
    """A table: `heads` are (text, tone) where the tone `end` sets figures to the right."""

    heads: Sequence[tuple[str, str]]
    rows: Sequence[Sequence[TableCell]]
    title: str = ""
    notes: tuple[str, ...] = field(default=())


def _deal_cell(pack: WeeklyPack, record_id: str) -> TableCell:
    deal = pack.deals[record_id]
    name = deal.name or deal.external_id
    below = [part for part in (deal.account, deal.external_id) if part and part != name]
    return TableCell(words.visible(name), " · ".join(words.visible(part) for part in below))


def _owner(pack: WeeklyPack, record_id: str, say: Speech) -> str:
    owner = pack.deals[record_id].owner
    return say.unknown if owner is None else words.visible(owner)


def closed(pack: WeeklyPack, say: Speech) -> HtmlTable:
    """The deals won and lost in the week, the largest first."""
    heads = [
        (say(mark("deal")), ""),
        (say(mark("owner")), ""),
        (say(mark("outcome")), ""),
        (say(mark("amount")), "end"),
        (say(mark("reason")), ""),
    ]
    rows: list[list[TableCell]] = []
    notes: list[str] = []
    for outcome in ("won", "lost"):
        found = sorted(
            (pack.deals[one] for one in pack.closed[outcome]),
            key=lambda deal: (-(deal.amount.amount if deal.amount else -1), deal.id),
        )
        for deal in found[:LISTED]:
            reason = "" if outcome == "won" else words.visible(deal.reason) if deal.reason else say.unknown
            rows.append(
                [
                    _deal_cell(pack, deal.id),
                    TableCell(_owner(pack, deal.id, say)),
                    TableCell(say(outcome), tone=outcome),
                    TableCell(say.amount(deal.amount)),
                    TableCell(reason),
                ]
            )
        if len(found) > LISTED:
            text = (
                mark("The {shown} largest of {count} won deals are listed.")
                if outcome == "won"
                else mark("The {shown} largest of {count} lost deals are listed.")
            )
            notes.append(say(text, shown=LISTED, count=say.count(len(found))))
    if not rows:
        nobody = mark("No closing has a known date: nobody knows what closed this week.")
        notes.append(say(mark("No deal was won or lost this week.") if pack.is_dated else nobody))
    return HtmlTable(heads, rows, notes=tuple(notes))


def standing(pack: WeeklyPack, say: Speech) -> HtmlTable:
    """The open deals furthest over the limit of their stage, then those that have stood longest."""
    heads = [
        (say(mark("deal")), ""),
        (say(mark("owner")), ""),
        (say(mark("stage")), ""),
        (say(mark("days in stage")), "end"),
        (say(mark("limit")), "end"),
        (say(mark("amount")), "end"),
    ]
    stages = {(row.pipeline, row.stage): say.name(row.names, row.stage) for row in pack.whole.stages}
    shown = pack.open_deals[:LISTED]
    rows = [
        [
            _deal_cell(pack, deal.record_id),
            TableCell(_owner(pack, deal.record_id, say)),
            TableCell(stages.get((deal.pipeline, deal.stage), words.visible(deal.stage))),
            _age(deal, say),
            TableCell(_limit(deal, say)),
            TableCell(say.amount(pack.deals[deal.record_id].amount)),
        ]
        for deal in shown
    ]
    stalled = sum(deal.is_stalled for deal in pack.open_deals)
    counts = {"shown": len(shown), "count": say.count(len(pack.open_deals)), "stalled": say.count(stalled)}
    text = mark("{shown} of {count} open deals; {stalled} are over the limit of their stage.")
    if all(deal.sla_days is None for deal in pack.open_deals):
        text = mark("{shown} of {count} open deals; no stage has a limit of days.")
    notes = (say(text, **counts),)
    return HtmlTable(heads, rows, notes=notes if rows else (say(mark("There is no open deal.")),))


def _age(deal: OpenDeal, say: Speech) -> TableCell:
    calendar = None if deal.visit_days is None else deal.visit_days.numerator // deal.visit_days.denominator
    tone = "warn" if deal.is_stalled else ""
    hold = say(mark("on hold")) if deal.is_on_hold else ""
    if deal.sla_days is None or deal.sla_unit == "calendar" or deal.sla_age is None:
        age = deal.sla_age if deal.sla_days is not None and deal.sla_age is not None else calendar
        return TableCell(say.unknown if age is None else say(mark("{days} days"), days=say.days(age)), hold, tone=tone)
    below = say(mark("{days} days"), days=say.unknown if calendar is None else say.count(calendar))
    worked = say(mark("{days} business days"), days=say.days(deal.sla_age))
    return TableCell(worked, f"{below} · {hold}" if hold else below, tone=tone)


def _limit(deal: OpenDeal, say: Speech) -> str:
    if deal.sla_days is None:
        return say(mark("none"))
    text = mark("{days} days") if deal.sla_unit == "calendar" else mark("{days} business days")
    return say(text, days=deal.sla_days)
