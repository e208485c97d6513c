"""Leads with what they did, put into fact tables without a ledger, and the same scores worked out lead by lead."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import orjson

from crmbridge.facts.store import Facts
from crmbridge.services.qualification import qualify
from crmbridge.services.scores_document import ScoresConfig, load_scores
from crmbridge.services.scores_report import ScoreCard, ScoresReport

AS_OF = datetime(2026, 3, 10, 4, tzinfo=UTC)
BAND, HOLD = 5, 7
CRITERIA = ("need", "budget", "authority", "timing")


@dataclass
class Did:
    """Something that a lead did so many days before the moment."""

    type: str
    days: float
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass
class Lead:
    """A lead: marks that rules of fit look for, criteria, and what it did."""

    id: str
    marks: Sequence[str] = ()
    bant: Sequence[int | None] = (None, None, None, None)
    did: Sequence[Did] = ()
    facts: Mapping[str, object] = field(default_factory=dict)


def filled(leads: Sequence[Lead], *, as_of: datetime = AS_OF) -> Facts:
    """Facts in memory that hold these leads, all of one source."""
    facts = Facts.in_memory(zone="Asia/Shanghai", currency="CNY")
    kept = {
        "leads": [lead_row(lead) for lead in leads],
        "activities": [r for one in leads for r in did_rows(one, as_of)],
    }
    for table, rows in kept.items():
        if rows:
            names = dict.fromkeys(name for row in rows for name in row)
            facts.insert(table, [{name: row.get(name) for name in names} for row in rows])
    return facts


def lead_row(lead: Lead) -> dict[str, object]:
    row = {
        "id": lead.id,
        "subject": f"crm:{lead.id}",
        "external_id": lead.id,
        "connection": "crm",
        "object": "Leads",
        "full_name": lead.id,
        "phones": '["1"]',
        "emails": '["a@b.cn"]',
        "custom": orjson.dumps(dict.fromkeys(lead.marks, True)).decode(),
        **dict(zip(CRITERIA, lead.bant, strict=True)),
    }
    return row | dict(lead.facts)


def did_rows(lead: Lead, as_of: datetime) -> list[dict[str, object]]:
    return [
        {
            "id": f"{lead.id}-{n}",
            "connection": "crm",
            "lead_id": lead.id,
            "type": one.type,
            "started_at": (as_of - timedelta(days=one.days)).replace(tzinfo=None),
            **one.facts,
        }
        for n, one in enumerate(lead.did)
    ]


def config(text: str = "", *, fit: Mapping[str, str]) -> ScoresConfig:
    """The shipped document with only these rules of fit for leads: points by mark, in the form of the document."""
    rules = "".join(
        f'\n[fit.lead.{name}]\npoints = "{points}"\nwhere = [{{ field = "custom.{name}", is = "true" }}]'
        for name, points in fit.items()
    )
    whole = load_scores(text + rules)
    own = {name: whole.fit["lead"][name] for name in fit}
    return whole.model_copy(update={"fit": {"lead": own}})


def of(report: ScoresReport, name: str) -> ScoreCard:
    """The card of a record."""
    return next(card for card in report.cards if card.id == name)


@dataclass
class Plain:
    """What the plain path says of a lead; engagement in floats."""

    fit: Fraction
    engagement: float
    intent: Fraction | None
    coverage: Fraction
    score: float


def plain(lead: Lead, known: ScoresConfig) -> Plain:
    """The score of a lead, straight from the words of the method."""
    rules = known.fit_rules("lead")
    fit = Fraction(
        min(Decimal(100), max(Decimal(0), sum((rules[mark].points for mark in lead.marks), start=Decimal(0))))
    )
    weights = {name: Fraction(weight) for name, weight in known.intent["lead"].items()}
    intent = qualify(dict(zip(CRITERIA, lead.bant, strict=True)), weights)
    engagement = engaged(lead, known)
    parts = [
        (float(known.weights.fit), float(fit)),
        (float(known.weights.engagement), engagement),
        (float(known.weights.intent), None if intent.value is None else float(intent.value)),
    ]
    told = [(weight, value) for weight, value in parts if value is not None]
    together = sum(weight for weight, _ in told)
    if known.method == "geometric":
        score = 1.0
        for weight, value in told:
            score *= value ** (weight / together)
    else:
        score = sum(weight * value for weight, value in told) / together
    return Plain(fit, engagement, intent.value, intent.coverage, score)


def engaged(lead: Lead, known: ScoresConfig) -> float:
    """The points of what it did: newest kept, groups capped, between 0 and 100."""
    total, groups = 0.0, dict.fromkeys(known.engagement.caps, 0.0)
    for rule in known.engagement_rules.values():
        met = []
        for one in lead.did:
            held = {"type": one.type, "direction": None, **one.facts}
            meets = all(held[c.field] == c.equal if c.among is None else held[c.field] in c.among for c in rule.where)
            if meets and one.days >= 0 and not one.facts.get("automated") and one.facts.get("state", "done") == "done":
                met.append(one.days)
        for days in sorted(met)[: rule.max_count]:
            halved = 1.0 if rule.half_life_days is None else 0.5 ** (days / float(rule.half_life_days))
            value = float(rule.points) * halved
            if rule.group:
                groups[rule.group] += value
            else:
                total += value
    total += sum(min(value, float(known.engagement.caps[group])) for group, value in groups.items())
    return min(100.0, max(0.0, total))


def next_tier(
    current: str | None,
    score: Fraction,
    days_since_change: float,
    entries: Sequence[tuple[str, Decimal]],
) -> str:
    """The reference algorithm of the method; `entries` without A where too little of intent is known."""
    raw = next(tier for tier, enter in entries if score >= Fraction(enter))
    places = {tier: place for place, (tier, _) in enumerate(entries)}
    if current is None or current == raw:
        return raw
    if current in places and places[raw] < places[current]:
        return raw
    if current in places and score >= Fraction(dict(entries)[current]) - BAND:
        return current
    return current if days_since_change < HOLD else raw
