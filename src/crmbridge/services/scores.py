"""How promising each lead and open deal is, and in which tier: fit, engagement and intent (`services.md` 5).

Everything is worked out in DuckDB for all records at once; `write_scores` leaves it as the table `svc_scores` in the
session of a `World`, for other services to join on (kind, id).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, timedelta
from fractions import Fraction
from typing import Any

from crmbridge.facts.store import Facts
from crmbridge.model.errors import ConfigError, suggestion
from crmbridge.model.instants import business_date
from crmbridge.model.notes import Note
from crmbridge.model.pipeline import Pipeline
from crmbridge.services.funnel import open_world
from crmbridge.services.funnel_report import FunnelRequest
from crmbridge.services.owners import owners_asked, owners_seen
from crmbridge.services.qualification import TOP_SCORE
from crmbridge.services.quality_report import not_available
from crmbridge.services.quality_supply import Supply
from crmbridge.services.results import Evidence, Unavailable
from crmbridge.services.scores_document import DISQUALIFIED, PARTS, Part, ScoredKind, ScoresConfig, built_in
from crmbridge.services.scores_explain import explanations
from crmbridge.services.scores_query import POINT, WEIGHT, EventQuery, KindQuery, tiering, whole
from crmbridge.services.scores_report import (
    Contribution,
    PartUnavailable,
    ScoreCard,
    ScoresReport,
    ScoresRequest,
    TierChange,
    TierGroup,
)
from crmbridge.services.scores_supply import fields_supplied, parts_supplied
from crmbridge.services.world import World, naive

DEFINITION = "scores/1"
SERVICE = "lead_tiers"
"""The service of the events that say which record came into which tier, and when."""

_UNAVAILABLE: Mapping[Part, Unavailable] = {
    "fit": not_available("NO_FIT", "their source fills none of the fields that the rules of fit look at"),
    "engagement": not_available("NO_ENGAGEMENT", "their source tells nothing that customers did"),
    "intent": not_available("NO_INTENT", "their source fills none of the criteria of intent"),
}


@dataclass(frozen=True, slots=True)
class Written:
    """What `write_scores` found out beside the table: what the sources supply, and the values that are no criteria."""

    supplies: Mapping[ScoredKind, Supply]
    odd: int


def scores(
    facts: Facts, pipelines: Sequence[Pipeline], request: ScoresRequest, config: ScoresConfig | None = None
) -> ScoresReport:
    """The scores and tiers at `as_of`, and which tiers changed; a function of facts, document and moment."""
    config = config or built_in()
    if request.tier is not None:
        _require_tier(request.tier, config)
    world = open_world(facts, pipelines, FunnelRequest(as_of=request.as_of))
    written = write_scores(world, request, config)
    owners = owners_asked(world, request.owner, request.viewer)
    rows = world.rows("scores_listed", kind=request.kind, tier=request.tier, owners=owners, most=request.limit)
    told = explanations(world, config, rows) if request.explained else {}
    changed = world.tuples("scores_changed") if request.with_changes else ()
    groups = tuple(TierGroup(*row) for row in world.tuples("scores_groups", seen=owners_seen(world, request.viewer)))
    return ScoresReport(
        request=request,
        cards=tuple(_card(row, config, told.get(row["id"], ())) for row in rows),
        groups=groups,
        changes=tuple(TierChange(id_, was, tier, ratio(n, d), why) for id_, was, tier, n, d, why in changed),
        unavailable=_unavailable(written),
        evidence=Evidence(
            DEFINITION,
            sum(group.records for group in groups),
            request.as_of,
            known=request.known,
            cut=request.as_of,
            zone=str(facts.zone),
            warnings=_notes(written),
        ),
    )


def _require_tier(name: str, config: ScoresConfig) -> None:
    known = [*(tier for tier, _ in config.ranked), DISQUALIFIED]
    if name not in known:
        near = suggestion(name, known)
        raise ConfigError("there is no tier {tier}", tier=name, nearest=near, hint="did you mean {nearest}?")


def write_scores(world: World, request: ScoresRequest, config: ScoresConfig) -> Written:
    """The table `svc_scores` is there; `world` is one of `open_world` at the same moment."""
    today = business_date(request.as_of, world.facts.zone)
    world.parameters |= {
        "then": request.known == "then",
        "tiers": [name for name, _ in config.ranked],
        "held_since": naive(request.as_of - timedelta(days=config.hysteresis.hold_days)),
    }
    world.run("scores_table")
    world.run("scores_before")
    world.sql("CREATE OR REPLACE TEMP TABLE svc_score_pins (record VARCHAR, tier VARCHAR)")
    for record, tier in {pin.record: pin.tier for pin in config.pins if pin.until >= today}.items():
        world.sql("INSERT INTO svc_score_pins VALUES ($record, $tier)", record=record, tier=tier)
    found = {kind: _write_kind(world, request, config, kind) for kind in dict.fromkeys(config.kinds)}
    return Written({kind: told for kind, (told, _) in found.items()}, sum(odd for _, odd in found.values()))


def _write_kind(world: World, request: ScoresRequest, config: ScoresConfig, kind: ScoredKind) -> tuple[Supply, int]:
    """The records of one kind are in `svc_scores`; which parts its sources supply, and how many values are odd."""
    query, events = KindQuery(config, kind), EventQuery(config)
    filled = fields_supplied(world, query, request.unfilled)
    filled.supply.write(world)
    world.run("scores_subjects", query.subjects(filled.is_supplied, filled.supply.join), **query.parameters)
    world.run("scores_engaged", {**events.sums, "events": events.events(query)}, **events.parameters)
    parts = parts_supplied(world, query, events, filled)
    parts.write(world)
    given = {f"has_{part}": parts.is_supplied(part) for part in PARTS}
    join = {"kind": kind, "scored": query.scored, "source": parts.join}
    world.run("scores", {**join, **given, **tiering(config, kind)})
    ((odd,),) = world.sql(f"SELECT coalesce(sum(odd), 0) FROM {query.scored}")  # noqa: S608 - our own name
    return parts, int(odd)


def _card(row: Mapping[str, Any], config: ScoresConfig, explanation: tuple[Contribution, ...]) -> ScoreCard:
    kind: ScoredKind = row["kind"]
    whole_w = sum(whole(weight, WEIGHT) for weight in config.intent.get(kind, {}).values())
    known_w, out = row["known_w"], row["disqualified"]
    return ScoreCard(
        kind=kind,
        id=row["id"],
        name=row["name"],
        owner=row["owner"],
        score=ratio(row["score_n"], row["score_d"]),
        fit=ratio(row["fit_e9"], POINT),
        engagement=ratio(row["engagement_e9"], POINT),
        intent=Fraction(100 * row["sum_wv"], TOP_SCORE * known_w) if known_w else None,
        coverage=Fraction(known_w, whole_w or 1),
        tier=row["tier"],
        raw_tier=row["raw_tier"],
        was=row["was"],
        since=row["since"] and row["since"].replace(tzinfo=UTC),
        why=row["why"],
        disqualifier=None if out is None else list(config.disqualifiers(kind))[out],
        explanation=explanation,
    )


def ratio(part: int | None, of: int | None) -> Fraction | None:
    """Two counts as an exact ratio; None where there is none."""
    return None if part is None or of is None else Fraction(int(part), int(of))


def _unavailable(written: Written) -> tuple[PartUnavailable, ...]:
    found = []
    for kind, known in written.supplies.items():
        for part in PARTS:
            records = sum(source.records for source in known.sources if part not in source.supplies)
            if records:
                found.append(PartUnavailable(kind, part, records, _UNAVAILABLE[part]))
    return tuple(found)


def _notes(written: Written) -> tuple[Note, ...]:
    if not written.odd:
        return ()
    told = "{n} values of criteria are none of 0, 1, 2, 3: they count as unknown"
    return (Note("ODD_CRITERION", told, {"n": written.odd}),)
