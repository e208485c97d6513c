"""The fields that can be counted, added up or compared: those of a kind, of what it points at, computed, custom.

Each is a fragment of SQL out of this registry with its type. Values and the names of custom fields travel as
parameters.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from crmbridge.facts.tables import fact_name, plural
from crmbridge.model.errors import ConfigError, suggestion
from crmbridge.model.kinds import FieldSpec, FieldType, KindSpec, kind
from crmbridge.services.dimensions import CUSTOM, LEADS_JOIN, STATES_JOIN, custom_path

MeasureType = Literal["text", "bool", "number", "money", "days", "date"]
_TYPES: Mapping[FieldType, MeasureType] = {
    FieldType.TEXT: "text",
    FieldType.ENUM: "text",
    FieldType.REF: "text",
    FieldType.TEXTS: "text",
    FieldType.BOOL: "bool",
    FieldType.INTEGER: "number",
    FieldType.NUMBER: "number",
    FieldType.MONEY: "money",
    FieldType.DATE: "date",
    FieldType.INSTANT: "date",
}
_WON_ACCOUNTS = (
    "LEFT JOIN (SELECT d.account_id AS id, count(*) AS deals_won, min(s.closed_day) AS first_won_day "
    "FROM svc_states s JOIN deals d ON d.no = s.deal_no WHERE s.state = 'won' GROUP BY d.account_id) wins "
    "ON wins.id = r.id"
)
_CONVERTIBLE = (
    "(r.converted IS NOT NULL OR r.converted_at IS NOT NULL OR r.converted_deal_id IS NOT NULL OR r.status IS NOT NULL "
    "OR EXISTS (FROM deals d WHERE d.lead_id = r.id))"
)


@dataclass(frozen=True, slots=True)
class Measure:
    """One field: how it reads in SQL, its type, and the joins it needs. Money is e4, days are microseconds.

    `known` is SQL for whether the source tells anything about it on a record; a field known on no record is
    unavailable, not zero. `currency` is SQL too.
    """

    name: str
    type: MeasureType
    sql: str
    joins: tuple[str, ...] = ()
    currency: str = "NULL"
    known: str = ""
    parameters: Mapping[str, object] = field(default_factory=dict)

    @property
    def is_known(self) -> str:
        """SQL that holds on the records where the field is filled."""
        if self.known:
            return self.known
        return f"({self.sql}) IS NOT NULL" + (f" AND ({self.sql}) <> ''" if self.type == "text" else "")


_S, _L, _A = (STATES_JOIN,), (LEADS_JOIN,), (_WON_ACCOUNTS,)
_DECIDED = "(st.state = 'won' OR (st.state = 'lost' AND NOT list_contains($no_decision, coalesce(st.reason, '-'))))"
_MAIL_DOMAIN = Measure(
    "email_domain",
    "text",
    "lower(split_part(json_extract_string(r.emails, '$[0]'), '@', 2))",
    known="coalesce(r.emails LIKE '%@%', false)",
)
_SHY_PERSONS = (
    "LEFT JOIN (SELECT DISTINCT me.record_id AS id FROM contacts c JOIN persons o ON o.record_id = c.id "
    "JOIN persons me ON me.person_key = o.person_key "
    "WHERE c.do_not_contact AND coalesce(c.lifecycle, 'active') NOT IN ('deleted', 'merged')) shy ON shy.id = r.id"
)
_DONE_AT = "svc_day(coalesce(r.ended_at, r.started_at, r.logged_at), $zone)"
_COMPUTED: Mapping[str, tuple[Measure, ...]] = {
    "deal": (
        Measure("state", "text", "st.state", _S),
        Measure("stage", "text", "st.stage", _S),
        Measure("pipeline", "text", "st.pipeline", _S),
        Measure("closed_at", "date", "st.closed_day", _S),
        Measure("created_at", "date", "st.created_day", _S),
        Measure("amount", "money", "st.amount_e4", _S, "st.amount_currency"),
        Measure("cycle_days", "days", "st.net_us", _S),
        Measure("cycle_gross_days", "days", "st.gross_us", _S),
        Measure("episodes", "number", "st.episodes", _S),
        Measure("is_decided", "bool", _DECIDED, _S),
        Measure("on_hold", "bool", "st.is_on_hold", _S),
    ),
    "lead": (
        Measure("created_at", "date", "st.created_day", _L),
        Measure("is_converted", "bool", "st.is_converted", _L, known=_CONVERTIBLE),
        _MAIL_DOMAIN,
        Measure(
            "person.do_not_contact",
            "bool",
            "(shy.id IS NOT NULL)",
            (_SHY_PERSONS,),
            known="EXISTS (FROM contacts c WHERE c.do_not_contact IS NOT NULL)",
        ),
    ),
    "contact": (_MAIL_DOMAIN,),
    "account": (
        Measure("deals_won", "number", "coalesce(wins.deals_won, 0)", _A, known="EXISTS (FROM deals)"),
        Measure("first_won_at", "date", "wins.first_won_day", _A),
    ),
    "activity": (Measure("done_at", "date", _DONE_AT),),
}


def measure(kind_name: str, name: str, *, slot: str = "m") -> Measure:
    """The field of that name; ConfigError with the nearest name otherwise. `slot` keeps parameters of several apart."""
    if name.startswith(CUSTOM) and name != CUSTOM:
        return _custom(name, slot)
    computed = next((own for own in _COMPUTED.get(kind_name, ()) if own.name == name), None)
    found = computed or _by_path(kind(kind_name), name)
    if found is None:
        known = sorted(measure_names(kind_name))
        raise ConfigError(
            "there is nothing to compare or add up in {field} of a {kind}",
            kind=kind_name,
            field=name,
            nearest=suggestion(name, known),
            hint="did you mean {nearest}?",
        )
    return found


def measure_names(kind_name: str) -> Iterator[str]:
    """Every field of a kind that can be used so, but the custom ones."""
    yield from (own.name for own in _COMPUTED.get(kind_name, ()))
    for spec in kind(kind_name).fields.values():
        if spec.type in _TYPES:
            yield fact_name(spec.name) if spec.type is FieldType.INSTANT else spec.name
        if spec.target:
            yield from (f"{spec.name}.{far}" for far, inner in kind(spec.target).fields.items() if inner.type in _TYPES)


def _custom(name: str, slot: str) -> Measure:
    """A custom field as text; where a number is needed, as the number it reads as."""
    path = f"$path_{slot}"
    sql = (
        f"CASE WHEN json_type(r.custom, {path}) = 'OBJECT' THEN json_extract_string(r.custom, {path} || '.value') "
        f"ELSE json_extract_string(r.custom, {path}) END"
    )
    return Measure(name, "text", sql, parameters={f"path_{slot}": custom_path(name.removeprefix(CUSTOM))})


def as_number(found: Measure) -> Measure:
    """The measure as something that can be added up: a custom field's text as a decimal, NULL where it is none."""
    if found.type == "text" and found.name.startswith(CUSTOM):
        return replace(found, type="number", sql=f"TRY_CAST({found.sql} AS DECIMAL(28,6))", known="")
    return found


def _by_path(spec: KindSpec, name: str) -> Measure | None:
    """A plain field of the kind or of a record it points at: `amount`, `product.list_price`."""
    alias, here = "r", spec
    joins: list[str] = []
    *references, last = name.split(".")
    for part in references:
        own = here.fields.get(part)
        if own is None or own.target is None:
            return None
        far = f"{alias}_{part}"
        joins.append(f'LEFT JOIN "{plural(own.target)}" {far} ON {far}.id = {alias}."{fact_name(part)}_id"')
        alias, here = far, kind(own.target)
    own = next((s for s in here.fields.values() if last in {s.name, fact_name(s.name)}), None)
    if own is None or own.type not in _TYPES:
        return None
    return _plain(own, name, alias, tuple(joins))


def _money(column: str) -> tuple[str, str]:
    """An amount, unknown where its currency is none, and its currency."""
    currency = f'coalesce({column}_currency", $currency)'
    return f'CASE WHEN list_contains($currencies, {currency}) THEN {column}_e4" END', currency


def _plain(own: FieldSpec, name: str, alias: str, joins: tuple[str, ...]) -> Measure:
    column = f'{alias}."{fact_name(own.name)}'
    shapes: dict[FieldType, Callable[[], tuple[str, str]]] = {
        FieldType.MONEY: lambda: _money(column),
        FieldType.INSTANT: lambda: (f'svc_day({column}", $zone)', "NULL"),
        FieldType.REF: lambda: (f'coalesce({column}_id", {column}_ref")', "NULL"),
    }
    sql, currency = shapes.get(own.type, lambda: (f'{column}"', "NULL"))()
    known = f"coalesce({column}\" NOT IN ('', '[]'), false)" if own.type is FieldType.TEXTS else ""
    return Measure(name, _TYPES[own.type], sql, joins, currency, known)
