"""The rules of a document of scores as SQL: which a record meets, what they come to, which tier a score gives.

Rules are looked up in closed registries and compared by `kpi_conditions`; values travel as parameters. Points are whole
counts of 1/1,000,000,000, weights of 1/10,000: only the decay of an event, and the roots of a geometric mean, are
worked out in floats, and rounded to whole counts at once. So no order of records can change a figure.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from crmbridge.facts.tables import plural
from crmbridge.services.kpi_conditions import Compared, compared
from crmbridge.services.kpi_query import base_joins, live
from crmbridge.services.measures import Measure, as_number, measure
from crmbridge.services.qualification import TOP_SCORE
from crmbridge.services.results import DAY_US
from crmbridge.services.scores_document import EngagementRule, Rule, ScoredKind, ScoresConfig
from crmbridge.services.world import text

POINT = 1_000_000_000
"""A point of a part, as it is counted."""
WEIGHT = 10_000
"""A weight, a score to enter at and a coverage, as they are counted."""

IsSupplied = Callable[[str], str]
"""SQL for whether a record's source supplies a field, so that a blank one says something."""

_OF_ITSELF = 'SELECT no, id, id AS "key" FROM {scored}'
_OF_CONTACTS = (
    'SELECT no, id, id AS "key" FROM {scored} UNION ALL SELECT s.no, s.id, \'contact:\' || d.contact_id AS "key"'
    " FROM {scored} s JOIN deals d ON d.rowid = s.no WHERE d.contact_id IS NOT NULL"
)
_LIVE: Mapping[ScoredKind, str] = {
    "lead": "NOT coalesce(st.is_converted, false)",
    "deal": "st.class = 'open'",
    "contact": "true",
}
_KEYS: Mapping[ScoredKind, str] = {
    "lead": "r.lead_id",
    "deal": "coalesce(r.deal_id, 'contact:' || r.contact_id)",
    "contact": "r.contact_id",
}
"""What an activity is about; one that names no deal counts for the deals of its contact."""


def whole(value: Decimal, scale: int) -> int:
    """A number of the document as a count; the document allows no more decimals than the scale holds."""
    return int(value * scale)


@dataclass(frozen=True, slots=True)
class Met:
    """The conditions of a rule: SQL that is never NULL, with the joins and parameters that it needs."""

    sql: str
    parts: tuple[Compared, ...]

    @property
    def measures(self) -> tuple[Measure, ...]:
        """The fields that it looks at."""
        return tuple(found for found, _, _ in self.parts)


@dataclass(frozen=True)
class KindQuery:
    """The queries over the records of one kind."""

    config: ScoresConfig
    kind: ScoredKind

    @property
    def scored(self) -> str:
        """The table of those that are scored."""
        return f"svc_scored_{self.kind}"

    @property
    def is_live(self) -> str:
        """SQL for which records are scored."""
        return f"{live(self.kind)} AND {_LIVE[self.kind]}"

    @cached_property
    def fit(self) -> tuple[Met, ...]:
        """The rules of fit."""
        return self._met("fit", self.config.fit_rules(self.kind).values())

    @cached_property
    def disqualifiers(self) -> tuple[Met, ...]:
        """The rules that give tier X."""
        return self._met("out", self.config.disqualifiers(self.kind).values())

    @cached_property
    def criteria(self) -> tuple[Measure, ...]:
        """The fields of intent."""
        names = self.config.intent.get(self.kind, {})
        return tuple(as_number(measure(self.kind, name, slot=f"intent{place}")) for place, name in enumerate(names))

    @property
    def measures(self) -> tuple[Measure, ...]:
        """Every field that is looked at."""
        rules = (*self.fit, *self.disqualifiers)
        return (*(found for rule in rules for found in rule.measures), *self.criteria)

    @property
    def parameters(self) -> dict[str, object]:
        """Everything that the queries over these records take."""
        found: dict[str, object] = {}
        for rule in (*self.fit, *self.disqualifiers):
            found |= _parameters(rule)
        for criterion in self.criteria:
            found |= criterion.parameters
        return found

    @property
    def place(self) -> dict[str, str]:
        """Where the records are: table, joins, which of them."""
        joins = (*base_joins(self.kind), *(join for found in self.measures for join in found.joins))
        table = f'"{plural(self.kind)}"'
        return {"table": table, "joins": " ".join(dict.fromkeys(joins)), "live": self.is_live, "scored": self.scored}

    def known(self) -> tuple[tuple[str, ...], dict[str, str]]:
        """The names of the fields, and the fragments of a query that says which of them each source ever fills."""
        found = {one.name: one for one in self.measures}
        counted = "".join(f", coalesce(bool_or({one.is_known}), false) AS f{n}" for n, one in enumerate(found.values()))
        return tuple(found), {**self.place, "counted": counted}

    def subjects(self, is_supplied: IsSupplied, source: str) -> dict[str, str]:
        """The fragments of `scores_subjects`."""
        rules = self.config.fit_rules(self.kind).values()
        points = [
            f"CASE WHEN {met.sql} THEN {whole(rule.points, POINT)} ELSE 0 END"
            for met, rule in zip(self.fit, rules, strict=True)
        ]
        weights = [whole(weight, WEIGHT) for weight in self.config.intent.get(self.kind, {}).values()]
        known = [f"({_value(found)})" for found in self.criteria]
        pairs = list(zip(known, weights, strict=True))
        odd = [
            f"(({one.sql}) IS NOT NULL AND {value} IS NULL)::INTEGER"
            for one, value in zip(self.criteria, known, strict=True)
        ]
        out = [
            f"WHEN {' AND '.join((met.sql, *(is_supplied(one.name) for one in _blank(met, rule))))} THEN {place}"
            for place, (met, rule) in enumerate(
                zip(self.disqualifiers, self.config.disqualifiers(self.kind).values(), strict=True)
            )
        ]
        place_ = self.place
        return {
            **place_,
            "joins": f"{place_['joins']} {source}",
            "fit": f"({_sum(points)})::BIGINT",
            "known_w": _sum(f"CASE WHEN {value} IS NULL THEN 0 ELSE {weight} END" for value, weight in pairs)
            + "::BIGINT",
            "sum_wv": _sum(f"coalesce({value}, 0) * {weight}" for value, weight in pairs) + "::BIGINT",
            "odd": _sum(odd),
            "disqualified": f"CASE {' '.join(out)} END" if out else "NULL::INTEGER",
        }

    @property
    def rule_rows(self) -> dict[str, str]:
        """The fragments of `scores_rule_rows`."""
        return {
            **self.place,
            "met": ", ".join(met.sql for met in self.fit),
            "criteria": ", ".join(_value(found) for found in self.criteria),
        }

    @property
    def key(self) -> str:
        """SQL for what an activity is about."""
        return _KEYS[self.kind]

    def _met(self, slot: str, rules: Iterable[Rule]) -> tuple[Met, ...]:
        return tuple(met(self.kind, rule, f"{slot}{place}") for place, rule in enumerate(rules))


@dataclass(frozen=True)
class EventQuery:
    """The queries over what customers did."""

    config: ScoresConfig

    @cached_property
    def rules(self) -> tuple[tuple[str, EngagementRule, Met], ...]:
        """The rules of engagement with their names."""
        known = self.config.engagement_rules.items()
        return tuple((name, rule, met("activity", rule, f"did{n}")) for n, (name, rule) in enumerate(known))

    @property
    def parameters(self) -> dict[str, object]:
        """Everything that these queries take."""
        return {name: value for _, _, one in self.rules for name, value in _parameters(one).items()}

    def events(self, query: KindQuery) -> str:
        """The query `scores_events` for the records of a kind."""
        joins = dict.fromkeys(join for _, _, one in self.rules for found in one.measures for join in found.joins)
        pointed = _OF_CONTACTS if query.kind == "deal" else _OF_ITSELF
        fragments = {
            "key": query.key,
            "rules": ", ".join(f"{one.sql} AS c{n}" for n, (_, _, one) in enumerate(self.rules)) or "false AS c0",
            "any": " OR ".join(f"e.c{n}" for n in range(len(self.rules))) or "false",
            "joins": " ".join(joins),
            "pointed": pointed.format(scored=query.scored),
        }
        return text("scores_events").format_map(fragments)

    @property
    def values(self) -> tuple[str, ...]:
        """SQL for the points that each rule gives an event; NULL where it does not meet it."""
        return tuple(f"CASE WHEN c{n} THEN {_decayed(rule)} END" for n, (_, rule, _) in enumerate(self.rules))

    @property
    def sums(self) -> dict[str, str]:
        """What the events of a record come to by rule, and together."""
        columns: list[str] = []
        alone: list[str] = []
        groups: dict[str, list[str]] = {}
        for n, ((_, rule, _), value) in enumerate(zip(self.rules, self.values, strict=True)):
            added = f"sum({value})"
            if rule.max_count is not None:
                newest = "max" if rule.points > 0 else "min"
                added = f"list_sum({newest}({value}, {rule.max_count}))"
            columns.append(f"coalesce({added}, 0) AS p{n}")
            (groups.setdefault(rule.group, []) if rule.group else alone).append(f"p{n}")
        capped = [
            f"least({_sum(columns)}, {whole(self.config.engagement.caps[group], POINT)})"
            for group, columns in groups.items()
        ]
        return {"sums": ", ".join(columns) or "0 AS p0", "total": _sum([*alone, *capped])}


def met(kind: str, rule: Rule, slot: str) -> Met:
    """The conditions of a rule over records of a kind."""
    parts = tuple(compared(kind, condition, f"{slot}_{n}") for n, condition in enumerate(rule.where))
    return Met(f"({' AND '.join(sql for _, sql, _ in parts)})", parts)


def tiering(config: ScoresConfig, kind: ScoredKind) -> dict[str, str]:
    """The fragments of `scores` that depend on weights and tiers."""
    everything = max(1, sum(whole(weight, WEIGHT) for weight in config.intent.get(kind, {}).values()))
    enough, kept = [], []
    for place, (_, tier) in enumerate(config.ranked):
        covered = f"known_w * {WEIGHT} >= {whole(tier.intent_coverage, WEIGHT) * everything}"
        enter, band = whole(tier.enter, WEIGHT), whole(config.hysteresis.band, WEIGHT)
        enough.append(f"WHEN score_n * {WEIGHT} >= score_d * {enter} AND {covered} THEN {place}")
        kept.append(f"WHEN {place} THEN score_n * {WEIGHT} >= score_d * {enter - band} AND {covered}")
    return {
        "raw": f"{' '.join(enough)} ELSE {len(enough) - 1}",
        "kept": " ".join(kept),
        "score": _WEIGHTED if config.method == "weighted" else _GEOMETRIC,
        "w_fit": str(whole(config.weights.fit, WEIGHT)),
        "w_engagement": str(whole(config.weights.engagement, WEIGHT)),
        "w_intent": str(whole(config.weights.intent, WEIGHT)),
    }


_WEIGHTED = (
    "(w_fit::HUGEINT * coalesce(fit_e9, 0) + w_engagement::HUGEINT * coalesce(engagement_e9, 0))"
    f" * {TOP_SCORE} * greatest(known_w, 1) + w_intent::HUGEINT * sum_wv * {100 * POINT} AS score_n, "
    f"w::HUGEINT * {TOP_SCORE} * greatest(known_w, 1) * {POINT} AS score_d"
)
_GEOMETRIC = (
    f"round({POINT} * pow(coalesce(fit_e9, 0) / {POINT}.0, w_fit / nullif(w, 0))"
    f" * pow(coalesce(engagement_e9, 0) / {POINT}.0, w_engagement / nullif(w, 0))"
    f" * pow(100.0 * sum_wv / ({TOP_SCORE} * greatest(known_w, 1)), w_intent / nullif(w, 0)))::HUGEINT AS score_n, "
    f"{POINT}::HUGEINT AS score_d"
)


def _decayed(rule: EngagementRule) -> str:
    points = whole(rule.points, POINT)
    if rule.half_life_days is None:
        return f"{points}::BIGINT"
    return f"round({points} * pow(0.5, age_us / {whole(rule.half_life_days, DAY_US)}))::BIGINT"


def _value(found: Measure) -> str:
    """A criterion, unknown where it is none of 0, 1, 2, 3."""
    known = ", ".join(str(n) for n in range(TOP_SCORE + 1))
    return f"CASE WHEN ({found.sql}) IN ({known}) THEN ({found.sql})::INTEGER END"


def _blank(one: Met, rule: Rule) -> tuple[Measure, ...]:
    """The fields that the rule asks to be blank."""
    return tuple(found for found, condition in zip(one.measures, rule.where, strict=True) if condition.blank)


def _parameters(one: Met) -> dict[str, object]:
    found: dict[str, object] = {}
    for looked, _, values in one.parts:
        found |= {**looked.parameters, **values}
    return found


def _sum(parts: Iterable[str] | Sequence[str]) -> str:
    return f"({' + '.join(parts) or '0'})"
