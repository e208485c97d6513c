"""Typed results of the services as listings: the same rows for a table, JSON and a report."""

from collections.abc import Mapping, Sequence

from crmbridge.report.cells import ALL, label, money_rate, once, rate
from crmbridge.report.i18n import mark
from crmbridge.report.listing import Column, Listing, Names, Section
from crmbridge.report.losses import loss_row, loss_sections, verdict_cells
from crmbridge.services import results
from crmbridge.services.funnel_report import FunnelReport, FunnelRow, StageRow

_FUNNEL = (
    Column("slice", mark("slice")),
    Column("total", mark("deals"), "count"),
    Column("won", mark("won"), "count"),
    Column("lost", mark("lost"), "count"),
    Column("no_decision", mark("lost, no decision"), "count"),
    Column("open", mark("open"), "count"),
    Column("void", mark("void"), "count"),
    Column("unknown", mark("unknown stage"), "count"),
    Column("undated", mark("closed, date unknown"), "count"),
    Column("win_rate", mark("win rate"), "rate"),
    Column("win_rate_broad", mark("win rate, broad"), "rate"),
    Column("win_rate_value", mark("win rate by value"), "rate"),
    Column("won_amount", mark("won amount"), "money"),
    Column("lost_amount", mark("lost amount"), "money"),
    Column("open_amount", mark("open amount"), "money"),
    Column("unknown_amounts", mark("without amount"), "count"),
    Column("average_deal", mark("average deal"), "money"),
    Column("cycle_n", mark("cycles known"), "count"),
    Column("cycle_days_mean", mark("cycle, mean"), "days"),
    Column("cycle_days_median", mark("cycle, median"), "days"),
    Column("cycle_gross_days_mean", mark("cycle gross, mean"), "days"),
    Column("lost_cycle_days_mean", mark("lost cycle, mean"), "days"),
    Column("lost_cycle_days_median", mark("lost cycle, median"), "days"),
    Column("velocity", mark("velocity per day"), "money"),
    Column("leads", mark("leads"), "count"),
    Column("lead_conversion", mark("lead conversion"), "rate"),
    Column("cohort_to_date", mark("cohort won, to date"), "rate"),
    Column("cohort_resolved", mark("cohort won, of decided"), "rate"),
    Column("cohort_open", mark("cohort still open"), "rate"),
    Column("verdict", mark("verdict"), "word"),
    Column("win_rate_rest", mark("win rate of the others"), "rate"),
    Column("difference", mark("difference"), "percent"),
    Column("difference_low", mark("at least"), "percent"),
    Column("difference_high", mark("at most"), "percent"),
    Column("cost_per_won", mark("cost per won deal"), "money"),
    Column("invest", mark("invest more"), "bool"),
    Column("pipeline", mark("pipeline")),
    Column("stage", mark("stage")),
    Column("rank", mark("rank"), "count"),
    Column("now", mark("in it now"), "count"),
    Column("now_amount", mark("amount now"), "money"),
    Column("reached", mark("reached"), "count"),
    Column("open_at", mark("open at"), "count"),
    Column("lost_at", mark("lost at"), "count"),
    Column("conversion", mark("conversion to date"), "rate"),
    Column("mature_conversion", mark("mature conversion"), "rate"),
    Column("leakage", mark("leakage"), "rate"),
    Column("leakage_amount", mark("amount lost here"), "money"),
    Column("left", mark("have left"), "count"),
    Column("days_in_stage_mean", mark("days in stage, mean"), "days"),
    Column("days_in_stage_median", mark("days in stage, median"), "days"),
    Column("days_in_stage_p90", mark("days in stage, p90"), "days"),
    Column("open_age_days_median", mark("age of open, median"), "days"),
    Column("stalled", mark("stalled"), "count"),
    Column("bottleneck", mark("bottleneck"), "word"),
    Column("bottleneck_place", mark("look here, in this order"), "count"),
    Column("extra_wins", mark("wins to gain"), "number"),
    Column("slow", mark("too long in stage"), "word"),
    Column("policies", mark("policies to look at")),
    Column("review", mark("ids of policies to look at")),
    Column("reason", mark("reason")),
    Column("competitor", mark("competitor")),
    Column("share", mark("of the lost ones"), "rate"),
)
_WHOLE_TABLE = (
    "slice",
    "total",
    "won",
    "lost",
    "no_decision",
    "open",
    "void",
    "unknown",
    "win_rate",
    "won_amount",
    "average_deal",
)
_TIME_TABLE = ("slice", "cycle_n", "cycle_days_mean", "cycle_days_median", "win_rate_value", "open_amount", "velocity")
_STAGE_TABLE = (
    "stage",
    "now",
    "reached",
    "open_at",
    "lost_at",
    "conversion",
    "mature_conversion",
    "days_in_stage_median",
    "bottleneck",
)
_LEAK_TABLE = (
    "stage",
    "leakage",
    "leakage_amount",
    "stalled",
    "slow",
    "bottleneck",
    "bottleneck_place",
    "extra_wins",
    "policies",
)
_VERDICT_TABLE = (
    "slice",
    "win_rate",
    "win_rate_rest",
    "difference",
    "difference_low",
    "difference_high",
    "verdict",
    "cost_per_won",
    "invest",
)


def funnel_listing(
    reports: Sequence[FunnelReport],
    explain: Mapping[str, object] | None = None,
    review: Mapping[tuple[str, str], Mapping[str, Mapping[str, str]]] | None = None,
) -> Listing:
    """One funnel, with the slices of one report for each dimension asked for.

    `review` names the policies of follow-up to look at, by pipeline and stage: their ids with their names.
    """
    first = reports[0]
    rows: list[Mapping[str, object]] = [{"section": "whole", "slice": ALL, **_figures(first.whole)}]
    for report in reports:
        verdicts = {verdict.key: verdict for verdict in report.verdicts}
        for row in report.slices:
            said = verdict_cells(verdicts[row.key]) if row.key in verdicts else {}
            by = f"by {report.request.by}"
            rows.append({"section": by, "slice": label(row.key, row.label), "key": row.key, **_figures(row), **said})
    for stage in first.stages:
        policies = (review or {}).get((stage.pipeline, stage.stage))
        told = {} if policies is None else {"review": ", ".join(policies) or None, "policies": _policies(policies)}
        rows.append({"section": "stages", **_stage(first, stage), **told})
    rows += [loss_row(first, loss) for loss in first.losses]
    return Listing(
        definition=first.evidence.definition,
        columns=_FUNNEL,
        rows=tuple(rows),
        as_of=first.request.as_of,
        window=_window(first),
        warnings=once(note for report in reports for note in report.evidence.warnings),
        explain=explain,
        title=mark("Sales funnel"),
        sections=(
            Section("whole", mark("Sales funnel"), _WHOLE_TABLE),
            Section("whole", mark("Value and time"), _TIME_TABLE),
            *(
                Section(f"by {r.request.by}", str(r.request.by), (*_WHOLE_TABLE, "cycle_days_median", "verdict"))
                for r in reports
                if r.request.by
            ),
            *(Section(f"by {r.request.by}", mark("Against all others"), _VERDICT_TABLE) for r in reports if r.verdicts),
            Section("stages", mark("Stages"), _STAGE_TABLE),
            Section("stages", mark("Where deals are lost"), _LEAK_TABLE),
            *loss_sections(first),
        ),
    )


def _policies(found: Mapping[str, Mapping[str, str]]) -> Names | None:
    """The policies as people call them in each language; one without a name by its id."""
    languages = dict.fromkeys(language for names in found.values() for language in names)
    shown = {
        language: ", ".join(Names({"": id_, **names}).in_language(language) for id_, names in found.items())
        for language in {"en": None, **languages}
    }
    return Names(shown) if found else None


def _window(report: FunnelReport) -> dict[str, object]:
    period = report.request.period
    return {
        "view": report.request.view,
        "from": period.start if period else None,
        "to": period.end if period else None,
        "known": report.request.known,
        "zone": report.evidence.zone,
        "currency": report.currency,
        "history": dict(report.history),
    }


def _figures(row: FunnelRow) -> dict[str, object]:
    cohort: dict[str, object] = {}
    if row.cohort is not None:
        cohort = {
            "cohort_to_date": rate(row.cohort.to_date),
            "cohort_resolved": rate(row.cohort.resolved),
            "cohort_open": rate(row.cohort.open),
        }
    return {
        "total": row.total,
        "won": row.won,
        "lost": row.lost,
        "no_decision": row.no_decision,
        "open": row.open,
        "void": row.void,
        "unknown": row.unknown,
        "undated": row.undated,
        "win_rate": rate(row.win_rate),
        "win_rate_broad": rate(row.win_rate_broad),
        "win_rate_value": money_rate(row.win_rate_value),
        "won_amount": row.won_amount.money,
        "lost_amount": row.lost_amount.money,
        "open_amount": row.open_amount.money,
        "unknown_amounts": row.won_amount.unknown + row.lost_amount.unknown + row.open_amount.unknown,
        "average_deal": row.won_amount.mean,
        "cycle_n": row.cycle.n,
        "cycle_days_mean": row.cycle.mean,
        "cycle_days_median": row.cycle.median,
        "cycle_gross_days_mean": row.cycle_gross.mean,
        "lost_cycle_days_mean": row.lost_cycle.mean,
        "lost_cycle_days_median": row.lost_cycle.median,
        "velocity": row.velocity,
        "leads": row.leads,
        "lead_conversion": rate(row.lead_conversion),
        **cohort,
    }


def _stage(report: FunnelReport, row: StageRow) -> dict[str, object]:
    found = {b.stage: b for b in report.bottlenecks.get(row.pipeline, ())}.get(row.stage)
    return {
        "pipeline": row.pipeline,
        "key": row.stage,
        "stage": Names({**row.names} or {"en": row.stage}),
        "rank": row.rank,
        "now": row.now,
        "now_amount": row.now_amount.money,
        "reached": _or_reason(row.reached),
        "open_at": _or_reason(row.open_at),
        "lost_at": _or_reason(row.lost_at),
        "conversion": rate(row.to_date),
        "mature_conversion": rate(row.mature),
        "leakage": rate(row.leakage),
        "leakage_amount": row.lost_amount.money,
        "left": row.left,
        **_dwell(row.dwell),
        "open_age_days_median": row.open_age.median,
        "stalled": row.stalled,
        "bottleneck": found.conversion if found else None,
        **({"bottleneck_place": found.place} if found and found.place is not None else {}),
        "extra_wins": found.gain if found else None,
        "slow": found.time if found else None,
    }


def _dwell(dwell: results.Durations | results.Unavailable) -> dict[str, object]:
    if isinstance(dwell, results.Unavailable):
        names = ("days_in_stage_mean", "days_in_stage_median", "days_in_stage_p90")
        return dict.fromkeys(names, dwell.reason)
    return {
        "days_in_stage_mean": dwell.mean,
        "days_in_stage_median": dwell.median,
        "days_in_stage_p90": dwell.p90,
    }


def _or_reason(value: object) -> object:
    return value.reason if isinstance(value, results.Unavailable) else value
