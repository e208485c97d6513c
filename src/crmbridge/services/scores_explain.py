"""What the scores of a few records are made of, rule by rule; the rows of a record sum to its score exactly."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC
from fractions import Fraction
from itertools import groupby
from typing import Any

from crmbridge.services.qualification import TOP_SCORE
from crmbridge.services.scores_document import ScoredKind, ScoresConfig
from crmbridge.services.scores_query import POINT, EventQuery, KindQuery
from crmbridge.services.scores_report import Contribution
from crmbridge.services.world import World

_FULL = 100


def explanations(
    world: World, config: ScoresConfig, rows: Sequence[Mapping[str, Any]]
) -> dict[str, tuple[Contribution, ...]]:
    """The explanation of each of these rows of `svc_scores` that has a score, by id."""
    found: dict[str, tuple[Contribution, ...]] = {}
    scored = [row for row in rows if row["score_n"] is not None]
    kinds: list[ScoredKind] = sorted({row["kind"] for row in scored})
    for kind in kinds:
        own = {row["id"]: row for row in scored if row["kind"] == kind}
        query, events = KindQuery(config, kind), EventQuery(config)
        ruled = {
            row["id"]: row for row in world.rows("scores_rule_rows", query.rule_rows, ids=list(own), **query.parameters)
        }
        done: dict[str, list[Mapping[str, Any]]] = {}
        if events.rules:
            fragments = {"values": ", ".join(events.values), "events": events.events(query)}
            listed = world.rows("scores_event_rows", fragments, ids=list(own), **events.parameters)
            done = {id_: list(those) for id_, those in groupby(listed, key=lambda row: row["id"])}
        for id_, row in own.items():
            found[id_] = _explained(row, config, ruled[id_], done.get(id_, []))
    return found


def _explained(
    row: Mapping[str, Any], config: ScoresConfig, ruled: Mapping[str, Any], done: Sequence[Mapping[str, Any]]
) -> tuple[Contribution, ...]:
    weights = config.weights
    share = {
        "fit": Fraction(weights.fit) if row["fit_e9"] is not None else Fraction(0),
        "engagement": Fraction(weights.engagement) if row["engagement_e9"] is not None else Fraction(0),
        "intent": Fraction(weights.intent) if row["known_w"] else Fraction(0),
    }
    together = sum(share.values())
    kind: ScoredKind = row["kind"]
    rows: list[Contribution] = []
    if share["fit"]:
        rows += _fit(config, kind, ruled["met"], share["fit"] / together)
    if share["engagement"]:
        rows += _engagement(config, done, share["engagement"] / together)
    rows += _intent(config, kind, ruled["criteria"], share["intent"] / together)
    if config.method == "geometric":
        score = Fraction(int(row["score_n"]), int(row["score_d"]))
        lost = score - sum((one.contribution for one in rows), start=Fraction(0))
        rows.append(Contribution("score", "geometric", lost, Fraction(1)))
    return tuple(rows)


def _fit(config: ScoresConfig, kind: ScoredKind, met: Sequence[bool], share: Fraction) -> Iterator[Contribution]:
    points = Fraction(0)
    for (name, rule), is_met in zip(config.fit_rules(kind).items(), met, strict=True):
        if is_met and rule.points:
            points += Fraction(rule.points)
            yield Contribution("fit", name, Fraction(rule.points), share, rule.names)
    if beyond := _beyond(points):
        yield Contribution("fit", "clamp", beyond, share)


def _engagement(config: ScoresConfig, done: Sequence[Mapping[str, Any]], share: Fraction) -> Iterator[Contribution]:
    """The events that count, by rule, then what caps take away."""
    points = Fraction(0)
    grouped: dict[str, Fraction] = {}
    for place, (name, rule) in enumerate(config.engagement_rules.items()):
        counted = [event for event in done if event["points"][place] is not None][: rule.max_count]
        for event in counted:
            value = Fraction(int(event["points"][place]), POINT)
            at = event["moment"].replace(tzinfo=UTC)
            raw = Fraction(rule.points)
            factor = share * value / raw if raw else share
            yield Contribution("engagement", name, raw, factor, rule.names, event["activity"], at)
            if rule.group:
                grouped[rule.group] = grouped.get(rule.group, Fraction(0)) + value
            points += value
    for group, value in grouped.items():
        if (over := Fraction(config.engagement.caps[group]) - value) < 0:
            points += over
            yield Contribution("engagement", "cap", over, share, about=group)
    if beyond := _beyond(points):
        yield Contribution("engagement", "clamp", beyond, share)


def _intent(
    config: ScoresConfig, kind: ScoredKind, values: Sequence[int | None], share: Fraction
) -> Iterator[Contribution]:
    """Every criterion, the unknown ones too."""
    weights = {name: Fraction(weight) for name, weight in config.intent.get(kind, {}).items()}
    known = dict(zip(weights, values, strict=True))
    whole = sum((weights[name] for name, value in known.items() if value is not None), start=Fraction(0))
    for name, value in known.items():
        factor = share * _FULL * weights[name] / (TOP_SCORE * whole) if whole else Fraction(0)
        raw, factor = (None, Fraction(0)) if value is None else (Fraction(value), factor)
        yield Contribution("intent", name, raw, factor)


def _beyond(points: Fraction) -> Fraction:
    """What brings the points of a part back between 0 and 100."""
    return min(max(points, Fraction(0)), Fraction(_FULL)) - points
