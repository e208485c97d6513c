"""The funnel of a company's deals: what became of them, how far they got, how long it took, and where it stalls.

Two views never meet in one number: what closed in a period (snapshot), and what became of the deals created in one
(cohort). Without a period everything counts once.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction

from crmbridge.facts.store import Facts
from crmbridge.model.errors import ConfigError, suggestion
from crmbridge.model.instants import start_of_day
from crmbridge.model.money import MixedCurrency
from crmbridge.model.notes import Note
from crmbridge.model.pipeline import Pipeline
from crmbridge.services import bottlenecks, funnel_rows, funnel_steps
from crmbridge.services.dimensions import BOTH, Dimension, dimension
from crmbridge.services.funnel_notes import notes
from crmbridge.services.funnel_report import FunnelReport, FunnelRequest, FunnelRow, StageRow
from crmbridge.services.losses import losses
from crmbridge.services.results import Amount, Evidence, Period, Unavailable
from crmbridge.services.slicing import sliced
from crmbridge.services.verdicts import Segment, SegmentVerdict, check_n_min, judge
from crmbridge.services.world import World, quarter_start

DEFINITION = "funnel/1"
BASELINE_QUARTERS = 4
_OWNED = """AND s.deal_no IN (
  SELECT no FROM deals WHERE list_contains(getvariable('svc_owners'), owner_id))"""
_SPENT_BY = {"channel": "channel", "source": "channel", "campaign": "campaign"}


def funnel(facts: Facts, pipelines: Sequence[Pipeline], request: FunnelRequest) -> FunnelReport:
    """The funnel of the deals in `facts`, as the request asks for it.

    ConfigError for a window together with a cohort, an unknown dimension, pipeline or stage, or too small an `n_min`;
    MixedCurrency where amounts of several currencies would be summed.
    """
    world = open_world(facts, pipelines, request)
    rules = _rules(world, request)
    whole = funnel_rows.whole(world, rules)
    slices: tuple[FunnelRow, ...] = ()
    if request.by:
        slices = tuple(
            funnel_rows.rows(world, sliced(world, "deal", request.by), _lead_dimension(world, request.by), rules)
        )
        funnel_rows.check_sums(whole, slices)
    known = world.rows("furthest_unknown")
    stages = funnel_steps.stage_rows(world, request, rules.currency, known)
    unknown = funnel_steps.furthest_unknown(known)
    return FunnelReport(
        request=request,
        currency=rules.currency,
        whole=whole,
        slices=slices,
        stages=stages,
        furthest_unknown=unknown,
        verdicts=verdicts_of(world, request, _segments(slices)),
        bottlenecks=bottlenecks_of(facts, pipelines, request, world, stages),
        evidence=_evidence(world, request, whole, notes(world, request, whole, stages, unknown)),
        history={quality: count for quality, count, _, _ in world.tuples("histories")},
        moves=dict(world.tuples("move_counts")),
        losses=losses(world, rules.currency),
    )


def open_world(facts: Facts, pipelines: Sequence[Pipeline], request: FunnelRequest) -> World:
    """The deals and leads that a request is about, worked out in temporary tables."""
    check(pipelines, request)
    world = World(
        facts,
        pipelines,
        cut=cut(facts, request),
        calendar=request.calendar,
    )
    period = request.period
    world.parameters |= {
        "view": request.view,
        "start": period.start if period else None,
        "end": period.end if period else None,
        "pipeline": request.pipeline,
        "only_currency": request.currency,
        "no_decision": reasons(request),
        "owners": _owners(request),
    }
    world.run("lead_states")
    _choose(world, request)
    return world


def _choose(world: World, request: FunnelRequest) -> None:
    """The view of the deals that the request is about, and the variables that it reads."""
    first = {
        pipeline.id: rank
        for pipeline in world.pipelines.values()
        if (rank := _first_qualified(pipeline, request.qualified_from)) is not None
    }
    texts = {"view": request.view, "pipeline": request.pipeline, "currency": request.currency}
    period = request.period
    for name, value in texts.items():
        world.sql(f"SET VARIABLE svc_{name} = CAST($value AS VARCHAR)", value=value)
    for name, day in (("start", period and period.start), ("end", period and period.end)):
        world.sql(f"SET VARIABLE svc_{name} = CAST($value AS DATE)", value=day)
    world.sql("SET VARIABLE svc_no_decision = CAST($value AS VARCHAR[])", value=reasons(request))
    world.sql(
        "SET VARIABLE svc_qualified = MAP(CAST($pipelines AS VARCHAR[]), CAST($ranks AS SMALLINT[]))",
        pipelines=list(first),
        ranks=list(first.values()),
    )
    owners = _owners(request)
    world.sql("SET VARIABLE svc_owners = CAST($value AS VARCHAR[])", value=owners)
    world.run("counted", {"owners": "" if owners is None else _OWNED})


def _owners(request: FunnelRequest) -> list[str] | None:
    return None if request.owners is None else sorted(request.owners)


def _first_qualified(pipeline: Pipeline, qualified_from: str | None) -> int | None:
    """The rank from which deals count for velocity: that of the second open stage, unless said otherwise."""
    stages = pipeline.open_stages
    default = stages[1].key if len(stages) > 1 else stages[0].key if stages else None
    return pipeline.rank(qualified_from if pipeline.stage(qualified_from) else default)


def check(pipelines: Sequence[Pipeline], request: FunnelRequest) -> None:
    """What cannot be asked is refused before anything is counted."""
    check_n_min(request.n_min)
    if request.window and request.cohort:
        raise ConfigError(
            "what closed in a period and what became of deals created in one are two questions",
            hint="give a window or a cohort, not both",
        )
    if request.by:
        dimension("deal", request.by)
    deals = {p.id: p for p in pipelines if p.object == "deal"}
    if request.pipeline is not None and request.pipeline not in deals:
        _refuse("there is no pipeline {name}", request.pipeline, list(deals))
    stages = [stage.key for pipeline in deals.values() for stage in pipeline.open_stages]
    if request.qualified_from is not None and request.qualified_from not in stages:
        _refuse("there is no open stage {name}", request.qualified_from, stages)


def cut(facts: Facts, request: FunnelRequest) -> datetime:
    """The last moment that counts: `as_of`, or for "as known then" the end of the window if that is earlier."""
    if request.as_of.tzinfo is None:
        raise ValueError("as_of needs a zone")
    if request.known == "now" or request.period is None:
        return request.as_of
    return min(request.as_of, start_of_day(request.period.end, facts.zone) - timedelta(microseconds=1))


def _refuse(message: str, name: str, known: Sequence[str]) -> None:
    choice = suggestion(name, known)
    raise ConfigError(message, name=name, nearest=choice, hint="did you mean {nearest}?")


def reasons(request: FunnelRequest) -> list[str]:
    """The reasons that say nobody was chosen, as they are compared."""
    return sorted(reason.strip().lower() for reason in request.no_decision) or [""]


def currency_of(world: World, request: FunnelRequest) -> str:
    """The one currency of the amounts that are counted; MixedCurrency where there are several."""
    found = [currency for (currency,) in world.tuples("currencies")]
    if len(found) > 1:
        raise MixedCurrency(found)
    return request.currency or (found[0] if found else world.facts.currency)


def _rules(world: World, request: FunnelRequest) -> funnel_rows.RowRules:
    """What holds for every row: the one currency, and what the source can tell."""
    separates = world.sql(
        "SELECT 1 FROM svc_states WHERE list_contains($reasons, reason) LIMIT 1", reasons=reasons(request)
    )
    return funnel_rows.RowRules(
        request.view,
        currency_of(world, request),
        separates=bool(separates),
        has_leads=bool(world.sql("SELECT 1 FROM svc_leads LIMIT 1")),
        leads_tell=bool(world.tuples("lead_evidence")[0][0]),
    )


def _lead_dimension(world: World, name: str) -> Dimension | None:
    """The same dimension of leads, where they have it."""
    try:
        return sliced(world, "lead", name)
    except ConfigError:
        return None


def _segments(slices: Sequence[FunnelRow]) -> list[Segment]:
    """The named slices that have decided deals; what nobody could place is none."""
    return [
        Segment(row.key, row.win_rate.numerator, row.win_rate.denominator, label=row.label)
        for row in slices
        if row.key is not None and row.win_rate.denominator
    ]


def verdicts_of(world: World, request: FunnelRequest, segments: Sequence[Segment]) -> tuple[SegmentVerdict, ...]:
    """Verdicts on slices, with what was spent for them; a period of closing is no segment."""
    if request.by is None or any(part.startswith("close_") for part in request.by.split(BOTH)):
        return ()
    spent = _spend(world, request)
    return judge([replace(one, spend=spent.get(one.key)) for one in segments], n_min=request.n_min)


def _spend(world: World, request: FunnelRequest) -> dict[str, Amount]:
    """What was spent by slice; nothing where only some owners' deals count, for it was spent for everybody's."""
    column = _SPENT_BY.get(request.by or "")
    if column is None or request.owners is not None:
        return {}
    rows = world.rows("spend", {"key": column})
    currencies = {currency for row in rows for currency in row["currencies"]}
    if len(currencies) > 1:
        raise MixedCurrency(currencies)
    return {row["key"]: Amount(int(row["e4"]), row["currencies"][0], 1) for row in rows}


def bottlenecks_of(
    facts: Facts,
    pipelines: Sequence[Pipeline],
    request: FunnelRequest,
    world: World,
    stages: tuple[StageRow, ...],
) -> dict[str, tuple[bottlenecks.Bottleneck, ...]]:
    """The stages of each pipeline in the order in which to look at them."""
    given = request.baselines
    own = _own_baselines(facts, pipelines, request) if given is None and request.cohort else {}
    found = {}
    for pipeline in world.pipelines:
        steps = funnel_steps.steps(stages, pipeline)
        if steps:
            known = given if given is not None else own.get(pipeline, {})
            found[pipeline] = bottlenecks.find(
                steps, baselines=known, dwell_baselines=request.dwell_baselines, n_min=request.n_min
            )
    return found


def _own_baselines(
    facts: Facts, pipelines: Sequence[Pipeline], request: FunnelRequest
) -> dict[str, dict[str, Fraction]]:
    """Mature conversions of the deals created in the four quarters before the cohort, where enough are decided."""
    if request.cohort is None:
        return {}
    end = quarter_start(request.cohort.start)
    before = replace(request, cohort=Period(quarter_start(end, BASELINE_QUARTERS), end), by=None, known="now")
    world = open_world(facts, pipelines, before)
    rows = funnel_steps.stage_rows(world, before, facts.currency, world.rows("furthest_unknown"))
    found: dict[str, dict[str, Fraction]] = {}
    for row in rows:
        rate = row.mature
        if not isinstance(rate, Unavailable) and rate.value is not None and rate.n >= request.n_min:
            found.setdefault(row.pipeline, {})[row.stage] = rate.value
    return found


def _evidence(world: World, request: FunnelRequest, whole: FunnelRow, warnings: tuple[Note, ...]) -> Evidence:
    return Evidence(
        DEFINITION,
        whole.total,
        request.as_of,
        request.view,
        request.period,
        request.known,
        cut(world.facts, request),
        str(world.facts.zone),
        warnings,
    )
