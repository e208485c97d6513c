"""Risk as listings: the deals at risk with their reasons, how all open deals stand, and the register."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from fractions import Fraction

from crmbridge.model.money import Money, from_e4
from crmbridge.model.notes import Note
from crmbridge.report.i18n import mark
from crmbridge.report.listing import Column, Listing, Names, Rate, Section, Word
from crmbridge.services.risk_document import RiskConfig
from crmbridge.services.risk_items import RiskItem
from crmbridge.services.risk_report import DealRisk, LossRate, RiskReport

_COLUMNS = (
    Column("deal", mark("deal")),
    Column("id", mark("id")),
    Column("owner", mark("owner"), "value"),
    Column("stage", mark("stage")),
    Column("amount", mark("amount"), "money"),
    Column("expected_close", mark("expected to close"), "date"),
    Column("band", mark("risk"), "word"),
    Column("score", mark("score"), "count"),
    Column("probability", mark("likely (1-5)"), "count"),
    Column("impact", mark("bad (1-5)"), "count"),
    Column("impact_by", mark("impact by"), "word"),
    Column("points", mark("points"), "count"),
    Column("signals", mark("signals"), "json"),
    Column("unavailable", mark("not told"), "json"),
    Column("exposure", mark("at risk"), "money"),
    Column("response", mark("proposed"), "word"),
    Column("reason", mark("why")),
    Column("action", mark("what to do")),
    Column("deals", mark("deals"), "count"),
    Column("signal", mark("signal"), "word"),
    Column("yes", mark("holds"), "count"),
    Column("no", mark("does not"), "count"),
    Column("untold", mark("nobody can tell"), "count"),
    Column("level", mark("level"), "count"),
    Column("rate", mark("share lost"), "percent"),
    Column("calibrated", mark("from history"), "bool"),
    Column("history", mark("lost of closed"), "rate"),
    Column("figure", mark("figure"), "word"),
    Column("value", mark("value"), "money"),
)
_SECTIONS = (
    Section(
        "deals",
        mark("Deals at risk"),
        ("deal", "owner", "stage", "amount", "band", "score", "exposure", "signals", "response", "action"),
    ),
    Section("reasons", mark("Why"), ("deal", "signal", "points", "reason")),
    Section("bands", mark("All open deals"), ("band", "deals", "amount", "exposure")),
    Section("signals", mark("Signals"), ("signal", "yes", "no", "untold")),
    Section("forecast", mark("Forecast less what is likely lost"), ("figure", "value")),
    Section("rates", mark("Loss rates"), ("level", "rate", "calibrated", "history")),
)
WORDS = (
    mark("high"), mark("medium"), mark("low"), mark("avoid"), mark("transfer"), mark("mitigate"), mark("accept"),
    mark("stalled"), mark("no_next_step"), mark("close_date_past"), mark("pushed"), mark("no_activity"),
    mark("amount_cut"), mark("regressed"), mark("single_threaded"), mark("no_decision_maker"),
    mark("quote_expired"), mark("low_score"),
    mark("fifth"), mark("target"), mark("customer"), mark("market"), mark("competitor"), mark("process"),
    mark("people"),
    mark("auto"), mark("survey"), mark("manual"), mark("open"), mark("closed"),
)  # fmt: skip
_FIGURES = {
    "closed": mark("closed"),
    "weighted": mark("open, weighted"),
    "adjusted": mark("open, weighted, less what is likely lost"),
    "closed_and_weighted": mark("closed + weighted"),
    "closed_and_adjusted": mark("closed + risk-adjusted"),
}


def risk_listing(report: RiskReport, explain: Mapping[str, object] | None = None) -> Listing:
    """The deals at risk and why, then all open deals by band and signal, and the forecast beside."""
    rows: list[Mapping[str, object]] = [_deal(deal) for deal in report.deals]
    rows += [reason for deal in report.deals for reason in _reasons(deal)]
    if report.evidence.n:
        rows += _bands(report)
        rows += [
            {"section": "signals", "signal": one.id, "yes": one.yes, "no": one.no, "untold": one.unavailable}
            for one in report.signals
        ]
    rows += _forecast(report)
    rows += [_rate(rate) for rate in report.loss_rates]
    return Listing(
        report.evidence.definition,
        _COLUMNS,
        tuple(rows),
        as_of=report.request.as_of,
        window={
            "zone": report.evidence.zone,
            "period": str(report.request.period),
            "risk": report.request.least,
        },
        warnings=report.evidence.warnings,
        explain=explain,
        title=mark("Risk"),
        sections=_SECTIONS,
        empty=mark("no open deal is there"),
    )


def _deal(deal: DealRisk) -> dict[str, object]:
    return {
        "section": "deals",
        "deal": deal.name or deal.subject,
        "id": deal.id,
        "subject": deal.subject,
        "owner": deal.owner,
        "stage": Names(deal.stage_names) if deal.stage_names else deal.stage,
        "amount": None if deal.amount_e4 is None else _money(deal.amount_e4, deal.currency),
        "expected_close": deal.expected_close,
        "band": deal.band,
        "score": deal.score,
        "probability": deal.probability,
        "impact": deal.impact,
        "impact_by": deal.impact_by,
        "points": deal.points,
        "signals": [Word(signal.id) for signal in deal.hits],
        "unavailable": [Word(signal.id) for signal in deal.untold],
        "exposure": None if deal.exposure_e4 is None else _money(deal.exposure_e4, deal.currency),
        "response": deal.response,
        "action": deal.action,
    }


def _reasons(deal: DealRisk) -> list[dict[str, object]]:
    told = {"section": "reasons", "deal": deal.name or deal.subject, "id": deal.id}
    return [{**told, "signal": s.id, "points": s.points, "reason": s.why} for s in (*deal.hits, *deal.untold)]


def _bands(report: RiskReport) -> list[dict[str, object]]:
    return [
        {
            "section": "bands",
            "band": band.band or Word("unknown"),
            "deals": band.deals,
            "amount": band.amount.money,
            "exposure": None if band.band is None else _money(band.exposure_e4, report.currency),
        }
        for band in report.bands
        if band.deals
    ]


def _forecast(report: RiskReport) -> list[dict[str, object]]:
    found = report.forecast
    closed = Fraction(found.closed.e4)
    values = {
        "closed": closed,
        "weighted": found.weighted_e4,
        "adjusted": found.adjusted_e4,
        "closed_and_weighted": closed + found.weighted_e4,
        "closed_and_adjusted": closed + found.adjusted_e4,
    }
    counted = {"deals": found.deals, "adjusted_deals": found.adjusted_deals, "unweighted": found.unweighted}
    return [
        {
            "section": "forecast",
            "figure": Word(name, _FIGURES[name]),
            "value": _money(value, found.currency),
            **(counted if name == "adjusted" else {}),
        }
        for name, value in values.items()
    ]


def _rate(rate: LossRate) -> dict[str, object]:
    return {
        "section": "rates",
        "level": rate.level,
        "rate": rate.value,
        "calibrated": rate.is_calibrated,
        "history": Rate(rate.lost, rate.n, rate.n),
    }


def _money(e4: Fraction | int, currency: str) -> Money:
    return Money(from_e4(e4, currency), currency)


_ITEM_COLUMNS = (
    Column("item", mark("item")),
    Column("title", mark("risk")),
    Column("category", mark("category"), "word"),
    Column("source", mark("source"), "word"),
    Column("status", mark("state"), "word"),
    Column("band", mark("risk"), "word"),
    Column("score", mark("score"), "count"),
    Column("probability", mark("likely (1-5)"), "count"),
    Column("impact", mark("bad (1-5)"), "count"),
    Column("owner", mark("owner")),
    Column("kind", mark("kind"), "word"),
    Column("record", mark("record")),
    Column("signals", mark("signals"), "json"),
    Column("rationale", mark("in words")),
    Column("response", mark("response"), "word"),
    Column("reason", mark("reason")),
    Column("to", mark("to whom")),
    Column("actions", mark("actions"), "json"),
    Column("overdue", mark("overdue"), "count"),
    Column("review_at", mark("look again on"), "date"),
    Column("review_due", mark("to be looked at"), "bool"),
    Column("opened_at", mark("opened"), "instant"),
    Column("closed_at", mark("closed"), "instant"),
    Column("at", mark("when"), "instant"),
    Column("op", mark("what"), "word"),
    Column("body", mark("details"), "json"),
)
_ITEM_SECTIONS = (
    Section(
        "items",
        mark("Register of risks"),
        ("item", "title", "category", "status", "score", "owner", "response", "actions", "review_at"),
    ),
    Section("history", mark("What happened"), ("at", "op", "body")),
)
OPS = (mark("open"), mark("reopen"), mark("change"), mark("respond"), mark("close"))


def register_listing(
    items: Sequence[RiskItem], config: RiskConfig, as_of: datetime, today: date, *, with_history: bool = False
) -> Listing:
    """The items, the highest score first; with the history of each where it is asked for."""
    ranked = sorted(items, key=lambda one: (not one.is_open, -(one.score or 0), one.opened_at, one.id))
    rows = [_item(one, config, today) for one in ranked]
    if with_history:
        rows += [
            {"section": "history", "item": one.id, "at": at, "op": told["op"], "body": dict(told)}
            for one in ranked
            for at, told in one.history
        ]
    due = sum(1 for one in items if one.is_open and one.review_at is not None and one.review_at <= today)
    note = Note("REVIEW_DUE", "{n} risks are to be looked at again", {"n": due})
    return Listing(
        "risk-register/1",
        _ITEM_COLUMNS,
        tuple(rows),
        as_of=as_of,
        warnings=(note,) if due else (),
        title=mark("Register of risks"),
        sections=_ITEM_SECTIONS,
        empty=mark("nothing is in the register"),
    )


def _item(one: RiskItem, config: RiskConfig, today: date) -> dict[str, object]:
    return {
        "section": "items",
        "item": one.id,
        "title": one.title,
        "category": one.category,
        "source": one.source,
        "status": "open" if one.is_open else "closed",
        "band": None if one.score is None else config.band(one.score),
        "score": one.score,
        "probability": one.probability,
        "impact": one.impact,
        "owner": one.owner,
        "kind": one.kind,
        "record": one.record,
        "signals": list(one.signals),
        "rationale": one.rationale,
        "response": one.response,
        "reason": one.reason,
        "to": one.to,
        "actions": [{"due": a.due.isoformat(), "text": a.text} for a in one.actions],
        "overdue": sum(a.due < today for a in one.actions) if one.is_open else 0,
        "review_at": one.review_at,
        "review_due": one.is_open and one.review_at is not None and one.review_at <= today,
        "opened_at": one.opened_at,
        "closed_at": one.closed_at,
    }
