"""What a funnel says beyond its rows: verdicts on slices, and what deals were lost for."""

from crmbridge.model.money import Money, from_e4
from crmbridge.report.cells import UNKNOWN, exact, rate
from crmbridge.report.i18n import mark
from crmbridge.report.listing import Names, Section, Word
from crmbridge.services.funnel_report import FunnelReport
from crmbridge.services.losses import Loss
from crmbridge.services.verdicts import SegmentVerdict

_REASONS = {"no_decision": mark("no decision")}
_LOST = {"reason": mark("Why deals are lost"), "competitor": mark("To whom deals are lost")}


def verdict_cells(found: SegmentVerdict) -> dict[str, object]:
    """What is said of a slice against all others together."""
    cost, currency = found.cost_per_won_e4, found.currency
    return {
        "verdict": found.verdict,
        "win_rate_rest": rate(found.rest),
        "difference": exact(found.difference),
        "difference_low": exact(found.low),
        "difference_high": exact(found.high),
        "cost_per_won": None if cost is None or currency is None else Money(from_e4(cost, currency), currency),
        "invest": found.shift_investment,
    }


def loss_row(report: FunnelReport, loss: Loss) -> dict[str, object]:
    """A reason or a competitor, with the deals that were lost so."""
    names = {(row.pipeline, row.stage): row.names for row in report.stages}
    place: dict[str, object] = {}
    if loss.is_of_stage:
        shown = names.get((loss.pipeline or "", loss.stage or ""), {})
        stage = UNKNOWN if loss.stage is None else Names({**shown} or {"en": loss.stage})
        place = {"pipeline": loss.pipeline, "key": loss.stage, "stage": stage}
    return {
        "section": f"lost by {loss.what}" + (" and stage" if loss.is_of_stage else ""),
        **place,
        loss.what: UNKNOWN if loss.label is None else lost_for(loss.label),
        "lost": loss.share.numerator,
        "share": rate(loss.share),
        "lost_amount": loss.amount.money,
    }


def lost_for(reason: str) -> Word:
    """Why a deal was lost, as people read it: what the source says, where it is none of our words."""
    return Word(reason, _REASONS.get(reason, ""))


def loss_sections(report: FunnelReport) -> list[Section]:
    """The tables of losses, where the records tell of them."""
    found = [
        Section(f"lost by {what}", title, (what, "lost", "share", "lost_amount"))
        for what, title in _LOST.items()
        if any(loss.what == what for loss in report.losses)
    ]
    if any(loss.is_of_stage for loss in report.losses):
        shown = ("stage", "reason", "lost", "share", "lost_amount")
        found.append(Section("lost by reason and stage", mark("Why deals are lost, by stage"), shown))
    return found
