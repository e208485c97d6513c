"""The sections of a pack about where the team stands: funnel, age, risk, channels, recognition."""

from collections import Counter

from crmbridge.app import scorecards
from crmbridge.app.pack_asking import PackAsked
from crmbridge.model.notes import Note
from crmbridge.report.ages import AGES, place_of
from crmbridge.report.i18n import mark
from crmbridge.report.listing import Names, Rate, Word
from crmbridge.report.pack import PackSection
from crmbridge.services import kpi
from crmbridge.services.funnel_report import StageRow
from crmbridge.services.results import Rate as Counted
from crmbridge.services.scorecards import leaderboard


def rate(found: Counted) -> Rate:
    """A rate of a service as a listing shows it."""
    return Rate(found.numerator, found.denominator, found.n, found.low, found.high)


def stage_name(row: StageRow) -> Names:
    """What people call the stage of a row; its key where it has no name."""
    return Names({**row.names} or {"en": row.stage})


_WORDS = (mark("look here first"),)


def funnel_section(asked: PackAsked) -> PackSection:
    """How many reached each stage, the share that went on with its interval, and which stage to look at first."""
    found = {(pipe, one.stage): one for pipe, ones in asked.funnel.bottlenecks.items() for one in ones}
    rows = []
    for row in asked.funnel.stages:
        named = found.get((row.pipeline, row.stage))
        told: dict[str, object] = {"stage": stage_name(row), "n": row.now, "amount": row.now_amount.money}
        told["reached"] = row.reached if isinstance(row.reached, int) else row.reached.reason
        told["rate"] = rate(row.mature) if isinstance(row.mature, Counted) else row.mature.reason
        told["verdict"] = "look here first" if named is not None and named.place == 1 else None
        rows.append(told)
    none = Note("NO_STAGES", mark("no pipeline has an open stage"))
    return PackSection("funnel", ("stage", "reached", "rate", "n", "amount", "verdict"), rows, () if rows else (none,))


def ageing_section(asked: PackAsked) -> PackSection:
    """The open deals of each stage by how many days they have stood in it."""
    ages = asked.ages
    rows: list[dict[str, object]] = []
    for row in asked.funnel.stages:
        own: Counter[str] = Counter()
        for whole, count in ages.get((row.pipeline, row.stage), {}).items():
            own[AGES[place_of(whole)]] += count
        if any(own.values()):
            rows.append({"stage": stage_name(row), **{name: own[name] for name in AGES if own[name]}})
    columns = ("stage", *(name for name in AGES if any(name in row for row in rows)))
    none = Note("NONE_OPEN", mark("no deal is open"))
    return PackSection("ageing", columns, rows, () if rows else (none,))


def risk_section(asked: PackAsked) -> PackSection:
    """The deals at risk, the worst first, with why, and what is proposed."""
    found = asked.risk
    rows = [
        {
            "deal": deal.name or deal.id,
            "who": deal.owner,
            "amount": None if deal.amount_e4 is None else asked.money(deal.amount_e4, deal.currency),
            "score": deal.score,
            "verdict": deal.band,
            "why": asked.named(deal.hits[0].why) if deal.hits else None,
            "response": deal.response,
            "records": [deal.id],
        }
        for deal in found.deals
    ]
    why: tuple[Note, ...] = ()
    if found.n > len(found.deals):
        why = (
            Note(
                "MORE_AT_RISK",
                mark("the {shown} worst of {count} deals at risk are listed"),
                {"shown": len(found.deals), "count": found.n},
            ),
        )
    if not found.deals:
        why = (Note("NONE_AT_RISK", mark("no deal is at medium or high risk")),)
    return PackSection("risk", ("deal", "who", "amount", "score", "verdict", "why", "response"), rows, why)


def channels_section(asked: PackAsked) -> PackSection:
    """How the sources do against each other."""
    rows = [{"what": Word(one.label), "rate": rate(one.rate), "verdict": one.verdict} for one in asked.funnel.verdicts]
    none = Note("NO_CHANNELS", mark("no source of deals is known, or none has decided deals"))
    return PackSection("channels", ("what", "rate", "verdict"), rows, () if rows else (none,))


def recognition_section(asked: PackAsked) -> PackSection:
    """The first five by revenue won in the pack's month or quarter; of a week in the month of its last day."""
    asker = asked.asker
    period = asker.period_at(asked.day, "month") if asked.period.level == "week" else asked.period
    request = scorecards.request_of(asker, period, asked.currency)
    board = leaderboard(asker.facts, asker.pipelines, request, kpi.find(kpi.registry(asker.own), "revenue_won"))
    rows = [
        {
            "place": one.rank,
            "who": one.person.shown,
            "period": period.label,
            "amount": asked.money(one.value * 10_000, one.currency),
            **({} if one.attainment is None else {"attainment": one.attainment}),
        }
        for one in board.rows
        if one.rank is not None and one.value and asked.is_ours(one.person.id)
    ]
    none = Note("NONE_WON", mark("nobody has won anything in this period yet"))
    columns = ("place", "who", "period", "amount", "attainment")
    return PackSection("recognition", columns, rows[:5], () if rows else (none,))
