"""Everybody's scorecard for a period, and the leaderboard of one KPI: `services.md` 9. Pay stands in neither."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from crmbridge.facts.store import Facts
from crmbridge.model.calendar import Calendar
from crmbridge.model.errors import ConfigError, suggestion
from crmbridge.model.notes import Note
from crmbridge.model.pipeline import Pipeline
from crmbridge.services.attainment import Direction, attained
from crmbridge.services.fiscal import NamedPeriod
from crmbridge.services.kpi import Kpi, KpiResult, measure_kpis
from crmbridge.services.people import Person, is_meant, people
from crmbridge.services.ranks import ranked
from crmbridge.services.results import Evidence
from crmbridge.services.scorecard import Attained, Scorecard, scorecard
from crmbridge.services.scorecard_document import Card, ScorecardsConfig
from crmbridge.services.world import World

DEFINITION = "scorecards/1"
BOARD = "leaderboard/1"


@dataclass(frozen=True, slots=True)
class Given:
    """A KPI of one person that another service measured: `value` in its own unit, over `n` records."""

    value: Fraction | None
    n: int
    is_enough: bool = True


@dataclass(frozen=True, slots=True)
class Measures:
    """What people are measured with in a period: KPIs, targets of goals by (user, KPI), and what is measured elsewhere.

    `given` is by KPI and user; more is better in all of it.
    """

    kpis: Mapping[str, Kpi]
    targets: Mapping[tuple[str, str], Fraction] = field(default_factory=dict)
    given: Mapping[str, Mapping[str, Given]] = field(default_factory=dict)
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class ScorecardsRequest:
    """Whose scorecards, and for which period."""

    as_of: datetime
    calendar: Calendar
    period: NamedPeriod
    config: ScorecardsConfig
    measures: Measures


@dataclass(frozen=True, slots=True)
class PersonCard:
    """One person's card. `rank` is among those of the same card, None without a score."""

    person: Person
    card: str
    scored: Scorecard
    rank: int | None


@dataclass(frozen=True, slots=True)
class ScorecardsReport:
    """The cards, the best first; those without a score last."""

    request: ScorecardsRequest
    cards: tuple[PersonCard, ...]
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Placed:
    """A row of the leaderboard. `rank` None: too few records, or no value; the target is ramped for a newcomer."""

    person: Person
    rank: int | None
    value: Fraction | None
    n: int
    is_enough: bool
    target: Fraction | None
    attainment: Fraction | None
    currency: str | None


@dataclass(frozen=True, slots=True)
class Leaderboard:
    """Everybody by one KPI, the best first; who has too few records stands last and has no rank."""

    kpi: Kpi
    period: NamedPeriod
    rows: tuple[Placed, ...]
    evidence: Evidence


def scorecards(facts: Facts, pipelines: Sequence[Pipeline], request: ScorecardsRequest) -> ScorecardsReport:
    """The card of everybody who has a figure or a target in the period; ConfigError for a KPI that nobody knows."""
    world = World(facts, pipelines, cut=request.as_of, calendar=request.calendar.id)
    known, measures = people(world), request.measures
    wanted = {kpi for card in request.config.cards.values() for kpi in card.kpis}
    _check(wanted, measures)
    chosen = [measures.kpis[kpi] for kpi in sorted(wanted & measures.kpis.keys())]
    found = measured_by_person(facts, pipelines, chosen, request)
    cards: list[tuple[Person, str, Scorecard]] = []
    for person in known.values():
        held = _card_of(person, request.config)
        if held is None:
            continue
        name, card = held
        rows = [_attained(person, kpi, weighed.weight, found, request) for kpi, weighed in card.kpis.items()]
        if person.is_active and any(row.n or row.target is not None for row in rows if _is_own(row, person, request)):
            cards.append((person, name, scorecard(rows, cap=Fraction(request.config.cap))))
    return ScorecardsReport(
        request,
        tuple(_ranked(cards)),
        Evidence(
            DEFINITION,
            len(cards),
            request.as_of,
            window=request.period.period,
            cut=request.as_of,
            zone=str(facts.zone),
        ),
    )


def leaderboard(facts: Facts, pipelines: Sequence[Pipeline], request: ScorecardsRequest, kpi: Kpi) -> Leaderboard:
    """Everybody's place by one KPI in the period. A rate over fewer records than its smallest sample has no rank."""
    world = World(facts, pipelines, cut=request.as_of, calendar=request.calendar.id)
    found = measured_by_person(facts, pipelines, [kpi], request)
    rows = []
    for person in people(world).values():
        given = found.get((person.id, kpi.id))
        if given is None:
            continue
        target = _target(person, kpi.id, request)
        reached = attained(given.value, target, kpi.direction)
        rows.append((person, given, target, reached))
    places = ranked([given.value if given.is_enough else None for _, given, _, _ in rows], best=kpi.direction)
    currency = request.measures.currency or facts.currency if kpi.unit == "money" else None
    listed = [
        Placed(person, place, given.value, given.n, given.is_enough, target, reached, currency)
        for (person, given, target, reached), place in zip(rows, places, strict=True)
    ]
    listed.sort(key=lambda one: (one.rank is None, one.rank or 0, one.person.id))
    few = sum(not one.is_enough for one in listed)
    note = Note(
        "UNRANKED", "{n} people have fewer than {least} records and no rank", {"n": few, "least": kpi.min_sample}
    )
    return Leaderboard(
        kpi,
        request.period,
        tuple(listed),
        Evidence(
            BOARD,
            sum(one.n for one in listed),
            request.as_of,
            window=request.period.period,
            cut=request.as_of,
            zone=str(facts.zone),
            warnings=(note,) if few else (),
        ),
    )


def _check(wanted: set[str], measures: Measures) -> None:
    known = measures.kpis.keys() | measures.given.keys() | {"csat"}
    for name in sorted(wanted - known):
        raise ConfigError(
            "a scorecard names {name}, which is no KPI",
            name=name,
            nearest=suggestion(name, known),
            hint="did you mean {nearest}?",
        )


def measured_by_person(
    facts: Facts, pipelines: Sequence[Pipeline], kpis: Sequence[Kpi], request: ScorecardsRequest
) -> dict[tuple[str, str], Given]:
    """Every KPI by (user, KPI); those of services that measure elsewhere beside them."""
    measures = request.measures
    results: Sequence[KpiResult] = ()
    if kpis:
        results = measure_kpis(
            facts,
            pipelines,
            kpis,
            as_of=request.as_of,
            window=request.period.period,
            by="owner",
            currency=measures.currency,
        )
    found = {
        (part.key, result.kpi.id): Given(part.value, part.n, part.is_enough)
        for result in results
        for part in result.slices
        if part.key is not None
    }
    for kpi, by_user in measures.given.items():
        found |= {(user, kpi): given for user, given in by_user.items()}
    return found


def _card_of(person: Person, config: ScorecardsConfig) -> tuple[str, Card] | None:
    """The first card that names a person, else the one for everybody."""
    mine = [(name, card) for name, card in config.cards.items() if is_meant(card.applies_to, person)]
    return next((one for one in mine if one[1].applies_to.is_particular), mine[0] if mine else None)


def _attained(
    person: Person,
    name: str,
    weight: Decimal,
    found: Mapping[tuple[str, str], Given],
    request: ScorecardsRequest,
) -> Attained:
    kpi = request.measures.kpis.get(name)
    given = found.get((person.id, name))
    target = _target(person, name, request)
    value = given.value if given else (Fraction(0) if _is_additive(kpi) else None)
    direction: Direction = "up" if kpi is None else kpi.direction
    reason = _reason(name, given, value, target, kpi)
    reached = None if reason else attained(value, target, direction)
    currency = request.measures.currency if kpi is not None and kpi.unit == "money" else None
    return Attained(name, Fraction(weight), reached, value, target, given.n if given else 0, currency, reason)


def _target(person: Person, name: str, request: ScorecardsRequest) -> Fraction | None:
    """The target of the person's goal, else that of the card, of which a newcomer has the share of his ramp."""
    goal = request.measures.targets.get((person.id, name))
    held = _card_of(person, request.config)
    if goal is not None or held is None or name not in held[1].kpis:
        return goal
    is_additive = _is_additive(request.measures.kpis.get(name))
    target = held[1].kpis[name].target_of(len(request.period.months) or 1, is_additive=is_additive)
    return target * Fraction(person.ramp) if target and is_additive and person.ramp is not None else target


def _is_additive(kpi: Kpi | None) -> bool:
    return kpi is not None and kpi.formula.aggregate in {"count", "distinct", "sum"}


def _reason(
    name: str, given: Given | None, value: Fraction | None, target: Fraction | None, kpi: Kpi | None
) -> Note | None:
    """Why a KPI counts for nothing on a card; None where it counts."""
    if not target:
        return Note("NO_TARGET", "no goal and no card gives a target", {"kpi": name})
    if value is None:
        return Note("NO_ACTUAL", "nothing to measure it by", {"kpi": name})
    if given is not None and not given.is_enough:
        params = {"kpi": name, "n": given.n, "least": kpi.min_sample if kpi else 0}
        return Note("INSUFFICIENT", "rests on {n} records, fewer than {least}", params)
    return None


def _is_own(row: Attained, person: Person, request: ScorecardsRequest) -> bool:
    """Whether a row tells of the person: a figure, or a goal; a target of the card alone is everybody's."""
    return bool(row.n) or (person.id, row.kpi) in request.measures.targets


def _ranked(cards: Sequence[tuple[Person, str, Scorecard]]) -> Iterator[PersonCard]:
    by_card: dict[str, list[tuple[Person, Scorecard]]] = {}
    for person, name, scored in cards:
        by_card.setdefault(name, []).append((person, scored))
    for name, mine in sorted(by_card.items()):
        places = ranked([scored.score for _, scored in mine])
        listed = [PersonCard(person, name, scored, place) for (person, scored), place in zip(mine, places, strict=True)]
        yield from sorted(listed, key=lambda one: (one.rank is None, one.rank or 0, one.person.id))
