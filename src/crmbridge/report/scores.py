"""Scores as a listing: the tiers and how they are treated, the records, and what each score is made of."""

from collections.abc import Iterator, Mapping

from crmbridge.report.i18n import mark
from crmbridge.report.listing import Column, Listing, Names, Section, Word
from crmbridge.services.scores_document import DISQUALIFIED, ScoresConfig
from crmbridge.services.scores_report import Contribution, ScoreCard, ScoresReport, TierGroup

_COLUMNS = (
    Column("kind", mark("kind"), "word"),
    Column("tier", mark("tier"), "word"),
    Column("records", mark("records"), "count"),
    Column("first_response", mark("first response within")),
    Column("touch_every", mark("a touch every")),
    Column("owner_levels", mark("for whom"), "json"),
    Column("id", mark("id")),
    Column("name", mark("name")),
    Column("owner", mark("owner")),
    Column("score", mark("score"), "days"),
    Column("fit", mark("fit"), "days"),
    Column("engagement", mark("engagement"), "days"),
    Column("intent", mark("intent"), "days"),
    Column("coverage", mark("intent known"), "percent"),
    Column("was", mark("was"), "word"),
    Column("since", mark("since"), "instant"),
    Column("why", mark("why"), "word"),
    Column("raw_tier", mark("by score alone"), "word"),
    Column("disqualifier", mark("disqualified by")),
    Column("part", mark("part"), "word"),
    Column("rule", mark("rule"), "value"),
    Column("raw", mark("points"), "number"),
    Column("factor", mark("times"), "number"),
    Column("contribution", mark("adds"), "number"),
    Column("about", mark("by what")),
    Column("at", mark("at"), "instant"),
    Column("reason", mark("reason")),
)
_LISTED = ("name", "kind", "owner", "tier", "score", "fit", "engagement", "intent", "coverage", "was", "why")
_LEVELS = {
    "senior": mark("senior reps"),
    "standard": mark("reps"),
    "junior": mark("junior reps"),
    "automation": mark("automation"),
}
_TIERS = ("kind", "tier", "records", "first_response", "touch_every", "owner_levels")
_RULES = {
    "clamp": mark("brought between 0 and 100"),
    "cap": mark("cap of the group"),
    "geometric": mark("geometric mean"),
    "need": mark("need of the customer"),
    "budget": mark("budget of the customer"),
    "authority": mark("authority to decide"),
    "timing": mark("time of the purchase"),
    "intent": mark("wish to buy"),
    "need_fit": mark("how well the need is met"),
    "decision_process": mark("way of deciding"),
}


def scores_listing(report: ScoresReport, config: ScoresConfig, explain: Mapping[str, object] | None = None) -> Listing:
    """The tiers first, then the records with the highest score, what each is made of, and what cannot be said."""
    rows: list[Mapping[str, object]] = [_group(group, config) for group in report.groups]
    rows += [_card(card, config) for card in report.cards]
    rows += [row for card in report.cards for row in _explanation(card)]
    rows += [
        {
            "section": "unavailable",
            "kind": gap.kind,
            "part": gap.part,
            "records": gap.records,
            "reason": gap.unavailable.reason,
        }
        for gap in report.unavailable
    ]
    return Listing(
        definition=report.evidence.definition,
        columns=_COLUMNS,
        rows=tuple(rows),
        as_of=report.request.as_of,
        window={
            "zone": report.evidence.zone,
            "known": report.evidence.known,
            "method": config.method,
            "weights": {part: str(weight) for part, weight in config.weights},
        },
        warnings=report.evidence.warnings,
        explain=explain,
        title=mark("Scores"),
        sections=(
            Section(
                "tiers", mark("Tiers"), ("kind", "tier", "records", "first_response", "touch_every", "owner_levels")
            ),
            Section("scores", mark("Scores"), (*_LISTED, *_disqualified(report))),
            Section(
                "explanation",
                mark("What the scores are made of"),
                ("name", "part", "rule", "raw", "factor", "contribution", "at"),
            ),
            Section("unavailable", mark("Not available"), ("kind", "part", "records", "reason")),
        ),
        empty=mark("no lead and no open deal is there to be scored"),
    )


def _disqualified(report: ScoresReport) -> tuple[str, ...]:
    """The column that says which rule gave tier X, where one did."""
    return ("disqualifier",) if any(card.disqualifier for card in report.cards) else ()


def _group(group: TierGroup, config: ScoresConfig) -> dict[str, object]:
    found: dict[str, object] = {"section": "tiers", "kind": group.kind, "tier": group.tier, "records": group.records}
    tier = config.tier(group.tier)
    if tier is None:
        return found
    return {
        **found,
        "first_response": tier.first_response,
        "touch_every": tier.touch_every,
        "owner_levels": [Word(level, _LEVELS[level]) for level in tier.owner_levels],
    }


def _card(card: ScoreCard, config: ScoresConfig) -> dict[str, object]:
    rule = None if card.disqualifier is None else config.disqualifiers(card.kind)[card.disqualifier]
    return {
        "section": "scores",
        "kind": card.kind,
        "id": card.id,
        "name": card.name,
        "owner": card.owner,
        "tier": card.tier,
        **({} if card.tier == DISQUALIFIED else {"score": card.score}),
        "fit": card.fit,
        "engagement": card.engagement,
        "intent": card.intent,
        "coverage": card.coverage,
        "was": card.was,
        "since": card.since,
        "why": card.why,
        "raw_tier": card.raw_tier,
        **({"disqualifier": Names({**rule.names} or {"en": str(card.disqualifier)})} if rule else {}),
    }


def _explanation(card: ScoreCard) -> Iterator[dict[str, object]]:
    for one in card.explanation:
        yield {
            "section": "explanation",
            "kind": card.kind,
            "id": card.id,
            "name": card.name,
            "part": one.part,
            "rule": _rule(one),
            "rule_id": one.rule,
            "raw": one.raw,
            "factor": one.factor,
            "contribution": one.contribution,
            **({} if one.about is None else {"about": one.about}),
            **({} if one.at is None else {"at": one.at}),
        }


def _rule(one: Contribution) -> object:
    if one.names:
        return Names(one.names)
    return Word(one.rule, _RULES.get(one.rule, ""))
