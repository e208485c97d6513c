"""What the sources of scored records supply: which fields, and so which parts of a score. Absent is not zero."""

from collections.abc import Mapping
from dataclasses import dataclass

from crmbridge.services.quality_supply import Source, Supply, Unfilled
from crmbridge.services.scores_document import Part
from crmbridge.services.scores_query import EventQuery, KindQuery
from crmbridge.services.world import World

_FILLED_BY = {"email_domain": "emails"}
"""The field behind one that is worked out."""


@dataclass(frozen=True, slots=True)
class FieldsSupplied:
    """Which of the fields that rules look at each source supplies; the tokens stand for their names in `supply`."""

    supply: Supply
    tokens: Mapping[str, str]

    def is_supplied(self, field: str) -> str:
        """SQL for whether a record's source supplies the field."""
        return self.supply.is_supplied(self.tokens[field])

    def any_of(self, source: Source, fields: set[str]) -> bool:
        """Whether a source supplies one of the fields."""
        return any(self.tokens[name] in source.supplies for name in fields)


def fields_supplied(world: World, query: KindQuery, unfilled: Unfilled) -> FieldsSupplied:
    """A mapping says what it cannot fill; where nobody says, a field that is filled on no record is not supplied."""
    names, fragments = query.known()
    tokens = {name: f"f{n}" for n, name in enumerate(names)}
    sources = []
    for row in world.rows("scores_known", fragments, **query.parameters):
        blank = unfilled.get((row["connection"], row["object"]))
        found = {
            token
            for name, token in tokens.items()
            if (row[token] if blank is None else row[token] or _is_mapped(name, blank))
        }
        sources.append(Source(row["connection"], row["object"], row["records"], frozenset(found)))
    return FieldsSupplied(Supply(query.kind, tuple(sources)), tokens)


def parts_supplied(world: World, query: KindQuery, events: EventQuery, fields: FieldsSupplied) -> Supply:
    """Which parts of a score each source supplies."""
    told = world.tuples("scores_heard", {"key": query.key, "scored": query.scored}) if events.rules else []
    heard = {connection for (connection,) in told}
    fit = {found.name for rule in query.fit for found in rule.measures}
    criteria = {found.name for found in query.criteria}
    sources = []
    for source in fields.supply.sources:
        has: dict[Part, bool] = {
            "fit": fields.any_of(source, fit),
            "engagement": (source.connection or "") in heard,
            "intent": fields.any_of(source, criteria),
        }
        supplies = frozenset(part for part, is_there in has.items() if is_there)
        sources.append(Source(source.connection, source.object, source.records, supplies))
    return Supply(query.kind, tuple(sources))


def _is_mapped(name: str, blank: frozenset[str]) -> bool:
    """Whether a mapping that cannot fill these fields fills this one, which no record has filled yet."""
    first, *further = _FILLED_BY.get(name, name).split(".")
    return not further and first not in blank
