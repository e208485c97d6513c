"""The sections of a pack about where the team stands: goals, funnel, forecast, risk, channels, recognition."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC
from fractions import Fraction
from typing import Any

import orjson

from crmbridge.app import forecasting, goal_paces, scorecards
from crmbridge.app.pack_asking import LISTED, PackAsked
from crmbridge.model.notes import Note
from crmbridge.report.goals import pace_listing
from crmbridge.report.i18n import mark
from crmbridge.report.listing import Names, Rate, Word
from crmbridge.report.pack import PackSection
from crmbridge.services import kpi
from crmbridge.services.fiscal import Level
from crmbridge.services.forecast import forecast
from crmbridge.services.forecast_kept import SERVICE
from crmbridge.services.forecast_report import ForecastRequest
from crmbridge.services.results import Rate as Counted
from crmbridge.services.scorecards import leaderboard
from crmbridge.services.world import naive, text


def goals_section(asked: PackAsked) -> PackSection:
    """Target, actual, pace, landing, gap and what each workday must bring, of the week, the month and the quarter."""
    asker, rows = asked.asker, []
    levels: tuple[Level, ...] = ("week", "month", "quarter")
    for level in levels:
        report = goal_paces.paces(asker.wiring, asker.facts, asker.pipelines, asker.as_of, asker.own, level=level)
        current = tuple(
            row
            for row in report.rows
            if row.period.start <= asked.today <= row.period.end and row.depth <= 1 and asked.is_ours(row.node.user_id)
        )
        for held in pace_listing(replace(report, rows=current)).rows:
            row = {name: held.get(name) for name in ("target", "actual", "attainment", "pace", "gap", "required")}
            if held.get("target") is not None:
                rows.append({"what": held.get("goal"), "who": held.get("node"), "period": held.get("period"), **row})
    none = Note("NO_GOALS", mark("the workspace has no goals: write them into goals.toml"))
    columns = ("what", "who", "period", "target", "actual", "attainment", "pace", "gap", "required")
    return PackSection("goals", columns, _once(rows), () if rows else (none,))


def _once(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    return [row for place, row in enumerate(rows) if row not in rows[:place]]


def rate(found: Counted) -> Rate:
    """A rate of a service as a listing shows it."""
    return Rate(found.numerator, found.denominator, found.n, found.low, found.high)


def funnel_section(asked: PackAsked) -> PackSection:
    """The share that went on from each stage, and which one to look at first."""
    found = {(pipe, one.stage): one for pipe, ones in asked.funnel.bottlenecks.items() for one in ones}
    rows = []
    for row in asked.funnel.stages:
        named = found.get((row.pipeline, row.stage))
        told: dict[str, object] = {"stage": Names(row.names), "n": row.now, "amount": row.now_amount.money}
        told["rate"] = rate(row.mature) if isinstance(row.mature, Counted) else None
        told["verdict"] = "look here first" if named is not None and named.place == 1 else None
        rows.append(told)
    why = (Note("WHOLE_COMPANY", mark("the funnel is that of the whole company")),) if asked.team else ()
    return PackSection("funnel", ("stage", "n", "amount", "rate", "verdict"), rows, why)


_FIGURES = {"closed": mark("closed"), "weighted": mark("closed + weighted"), "commit": mark("commit")}
_FIGURES |= {"best_case": mark("best case"), "total": mark("with pipeline")}
_WORDS = (mark("look here first"),)


def forecast_section(asked: PackAsked) -> PackSection:
    """The forecast of the fiscal quarter now, and as it was kept last before the week."""
    asker = asked.asker
    period = asker.period(None, "quarter")
    request = ForecastRequest(
        as_of=asker.as_of, period=period.period, currency=asked.currency, calendar=asker.wiring.calendar.id
    )
    report = forecast(asker.facts, asker.pipelines, request, forecasting.own_document(asker.wiring))
    row = report.whole
    now = {"closed": row.closed.e4, "weighted": row.closed.e4 + row.weighted_e4, "commit": row.commit.e4}
    now |= {"best_case": row.best_case.e4, "total": row.total.e4}
    before = _kept(asked, f"{request.period}||{report.currency}")
    rows = []
    for name, e4 in now.items():
        told: dict[str, object] = {"what": Word(name, _FIGURES[name]), "now": asked.money(e4, report.currency)}
        if before:
            told["before"] = asked.money(before[name], report.currency)
            told["difference"] = asked.money(e4 - before[name], report.currency)
        rows.append(told)
    none = Note("NOT_KEPT", mark("no forecast was kept before this week: crmbridge forecast --keep keeps one"))
    whole = Note("WHOLE_FORECAST", mark("the forecast is that of the whole company"))
    return PackSection(
        "forecast",
        ("what", "before", "now", "difference"),
        rows,
        (() if before else (none,)) + ((whole,) if asked.team else ()),
    )


def _kept(asked: PackAsked, subject: str) -> Mapping[str, Any]:
    rows = asked.asker.facts.query(text("service_history"), {"service": SERVICE, "cut": naive(asked.start)})
    kept = [body for name, at, body in rows if name == subject and at.replace(tzinfo=UTC)]
    return {n: Fraction(str(v)) for n, v in orjson.loads(kept[-1]).items() if n in _FIGURES} if kept else {}


def risk_section(asked: PackAsked) -> PackSection:
    """The deals at risk, the worst first, with why, and what is proposed."""
    found = [deal for deal in asked.risk.deals if asked.is_ours(deal.owner_id)]
    rows = [
        {
            "deal": deal.name or deal.id,
            "who": deal.owner,
            "amount": None if deal.amount_e4 is None else asked.money(deal.amount_e4, deal.currency),
            "score": deal.score,
            "verdict": deal.band,
            "why": deal.hits[0].why if deal.hits else None,
            "response": deal.response,
            "records": [deal.id],
        }
        for deal in found[:LISTED]
    ]
    why: tuple[Note, ...] = ()
    if len(found) > LISTED:
        why = (
            Note(
                "MORE_AT_RISK",
                mark("the {shown} worst of {count} deals at risk are listed"),
                {"shown": LISTED, "count": len(found)},
            ),
        )
    if not found:
        why = (Note("NONE_AT_RISK", mark("no deal is at medium or high risk")),)
    return PackSection("risk", ("deal", "who", "amount", "score", "verdict", "why", "response"), rows, why)


def channels_section(asked: PackAsked) -> PackSection:
    """How the sources do against each other."""
    rows = [{"what": one.label, "rate": rate(one.rate), "verdict": one.verdict} for one in asked.funnel.verdicts]
    none = Note("NO_CHANNELS", mark("no source of deals is known, or none has decided deals"))
    return PackSection("channels", ("what", "rate", "verdict"), rows, () if rows else (none,))


def recognition_section(asked: PackAsked) -> PackSection:
    """The first five by revenue won in the month that runs."""
    asker = asked.asker
    month = asker.period(None, "month")
    request = scorecards.request_of(asker, month, asked.currency)
    board = leaderboard(asker.facts, asker.pipelines, request, kpi.find(kpi.registry(asker.own), "revenue_won"))
    rows = [
        {
            "n": one.rank,
            "who": one.person.shown,
            "period": month.label,
            "amount": asked.money(one.value * 10_000, one.currency),
            "attainment": one.attainment,
        }
        for one in board.rows
        if one.rank is not None and one.value and asked.is_ours(one.person.id)
    ]
    none = Note("NONE_WON", mark("nobody has won anything in this month yet"))
    return PackSection("recognition", ("n", "who", "period", "amount", "attainment"), rows[:5], () if rows else (none,))
