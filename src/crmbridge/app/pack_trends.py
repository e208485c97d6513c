"""The sections of a monthly or quarterly pack that look further back: months, KPIs, scorecards, experiments."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

from crmbridge.app import comparing, scorecards, trials
from crmbridge.app.pack_asking import PackAsked
from crmbridge.app.pack_steering import rate
from crmbridge.model.money import round_half_up
from crmbridge.model.notes import Note
from crmbridge.report import experiments as told_as
from crmbridge.report.i18n import mark
from crmbridge.report.listing import Rate
from crmbridge.report.pack import PackSection
from crmbridge.report.scorecards import figure, named
from crmbridge.services import backlog
from crmbridge.services.experiments import ARMS
from crmbridge.services.funnel import funnel
from crmbridge.services.improvement import Compared
from crmbridge.services.kpi import Kpi
from crmbridge.services.results import Period
from crmbridge.services.scorecard import Counted

MONTHS = 12
_WORDS = (mark("insufficient"), mark("improved"), mark("worse"), mark("no_clear_change"))


def trend_section(asked: PackAsked) -> PackSection:
    """The twelve months up to the end of the period: won and lost, the amount won, the win rate, the cycle."""
    last = asked.day
    months = [date(n // 12, n % 12 + 1, 1) for n in _months(last)]
    window = Period(months[0], last + timedelta(days=1))
    request = replace(asked.funnel_request, by="close_month", window=window)
    found = {row.key: row for row in funnel(asked.asker.facts, asked.asker.pipelines, request).slices}
    rows = []
    for month in months:
        row = found.get(f"{month:%Y-%m}")
        told: dict[str, object] = {"period": f"{month:%Y-%m}", "won": 0, "lost": 0, "amount": asked.money(0)}
        if row is not None:
            told |= {"won": row.won, "lost": row.lost, "amount": row.won_amount.money, "win_rate": rate(row.win_rate)}
            told |= {"unknown": row.won_amount.unknown} if row.won_amount.unknown else {}
            told |= {} if row.cycle.mean is None else {"cycle": row.cycle.mean}
        rows.append(told)
    columns = ("period", "won", "amount", "unknown", "lost", "win_rate", "cycle")
    return PackSection("trend", columns, rows)


def _months(last: date) -> range:
    index = last.year * 12 + last.month - 1
    return range(index - MONTHS + 1, index + 1)


def kpis_section(asked: PackAsked) -> PackSection:
    """Each KPI of the company in the period against the one before it, a rate with its verdict."""
    if asked.members is not None:
        whole = Note("KPIS_OF_ALL", mark("KPIs are compared for the whole company; scorecards show those of each"))
        return PackSection("kpis", ("what",), (), (whole,))
    earlier = comparing.previous(asked.asker, asked.period)
    report = comparing.compared(asked.asker, earlier, asked.period, currency=asked.currency)
    rows = [_compared(one) for one in report.compared]
    return PackSection("kpis", ("what", "before", "now", "difference", "verdict", "why"), rows)


def _compared(one: Compared) -> dict[str, object]:
    told: dict[str, object] = {"what": named(one.kpi.id, one.kpi)}
    if one.rate is not None:
        told |= {name: Rate(*pair, pair[1]) for name, pair in (("before", one.rate.before), ("now", one.rate.after))}
        return told | {"verdict": one.rate.verdict}
    if one.change is None:
        return told | {"why": one.reason}
    figures = {"before": one.change.before, "now": one.change.after, "difference": one.change.difference}
    return told | {name: figure(value, one.kpi, one.currency) for name, value in figures.items()}


def scorecards_section(asked: PackAsked) -> PackSection:
    """Everybody's score of the period, the best first, with the KPI that brought least of what it may."""
    report = scorecards.measured(asked.asker, asked.period, asked.currency)
    kpis = report.request.measures.kpis
    rows: list[dict[str, object]] = []
    for card in report.cards:
        if not asked.is_ours(card.person.id):
            continue
        row: dict[str, object] = {"place": card.rank, "who": card.person.shown, "score": None}
        if card.scored.score is not None:
            row["score"] = round_half_up(card.scored.score, 2)
        counted = [one for one in card.scored.rows if one.counted is not None]
        low = min(counted, key=lambda one: (one.counted or Fraction(0), one.of.kpi), default=None)
        if low is not None and low.of.kpi in kpis:
            row |= {"weakest": named(low.of.kpi, kpis[low.of.kpi]), "attainment": low.of.attainment}
        if card.scored.is_incomplete:
            row["why"] = Note(
                "INCOMPLETE",
                mark("{count} of {all} KPIs could not be counted"),
                {"count": sum(one.counted is None for one in card.scored.rows), "all": len(card.scored.rows)},
            )
        rows.append(row)
    none = Note("NO_CARDS", mark("nobody has a figure or a goal in this period"))
    columns = ("place", "who", "score", "weakest", "attainment", "why")
    return PackSection("scorecards", columns, rows, () if rows else (none,))


def parts(rows: Sequence[Counted], kpis: Mapping[str, Kpi]) -> list[dict[str, object]]:
    """The KPIs of one card, each with what it brought to the score."""
    found = []
    for row in rows:
        kpi = kpis.get(row.of.kpi)
        told: dict[str, object] = {"what": named(row.of.kpi, kpi), "n": row.of.n}
        told |= {"target": figure(row.of.target, kpi, row.of.currency, kpi_id=row.of.kpi)}
        told |= {"actual": figure(row.of.actual, kpi, row.of.currency, kpi_id=row.of.kpi)}
        told |= {"attainment": row.of.attainment}
        told |= {"points": row.points, "why": row.of.reason}
        found.append({name: value for name, value in told.items() if value is not None})
    return found


def experiments_section(asked: PackAsked) -> PackSection:
    """What was tried: experiments and improvements that ran, and those decided in the period with what was measured."""
    rows = [*_tried(asked), *_improved(asked)]
    none = Note("NO_EXPERIMENTS", mark("nothing is being tried, and nothing was decided in the period"))
    columns = ("what", "who", "status", "to", "control", "treatment", "before", "now", "verdict", "why")
    return PackSection("experiments", columns, rows, () if rows else (none,))


def _tried(asked: PackAsked) -> Iterator[dict[str, object]]:
    """The experiments that ran in the period; of those that are over, the ones that were decided in it."""
    period = asked.period
    for one in trials.reported(asked.asker).standings:
        made = one.decision if one.is_decided else None
        ran = one.plan.start < period.end and period.start <= one.end
        if not (ran if made is None else period.start <= made.on < period.end):
            continue
        row: dict[str, object] = {"what": one.plan.hypothesis, "who": one.plan.owner, "to": one.end, "key": one.id}
        if made is not None:
            row |= {"status": told_as.choice_word(made.choice), "why": made.reason}
            pairs, verdict = (made.control, made.treatment), made.verdict
        else:
            row |= {"status": told_as.state_word(one.state)} | (
                {} if one.unavailable is None else {"why": one.unavailable}
            )
            pairs = (one.arms["control"].pair, one.arms["treatment"].pair)
            verdict = None if one.result is None else one.result.verdict
        if one.unavailable is None or made is not None:
            row |= {name: told_as.rate(pair) for name, pair in zip(ARMS, pairs, strict=True)}
        yield row | ({} if verdict is None else {"verdict": verdict})


def _improved(asked: PackAsked) -> Iterator[dict[str, object]]:
    """The items of the list of improvements that somebody has taken, and those decided in the period."""
    for one in backlog.backlog(asked.asker.facts, asked.asker.as_of):
        is_running = one.status == "open" and one.owner is not None
        decided = one.decided_on
        if not is_running and (decided is None or not asked.period.start <= decided < asked.period.end):
            continue
        row: dict[str, object] = {"what": one.text, "who": one.owner, "status": one.status, "to": one.remeasure_on}
        measured = {"before": one.before, "now": one.after}
        row |= {name: Rate(*pair, pair[1]) for name, pair in measured.items() if pair is not None}
        if one.result is not None:
            row["verdict"] = one.result.verdict
        yield row | ({"why": one.reason} if one.reason else {})
