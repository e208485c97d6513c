"""A KPI's formula as the fragments and parameters of its queries: closed registries in, SQL out, no evaluation."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from crmbridge.facts.tables import plural
from crmbridge.model.errors import ConfigError, RecordError
from crmbridge.model.money import to_e4
from crmbridge.services.dimensions import LEADS_JOIN, STATES_JOIN, Dimension, dimension, period_text
from crmbridge.services.kpi_document import Condition, Formula, Value
from crmbridge.services.measures import Measure, as_number, measure
from crmbridge.services.results import DAY_US, Period

EVERYTHING = "true"
PERIODS = ("month", "quarter")
_LIVE = "coalesce(r.lifecycle, 'active') NOT IN ('deleted', 'merged')"


@dataclass(frozen=True, slots=True)
class KpiQuery:
    """The fragments that fill the KPI queries, and the parameters beside the world's own."""

    fragments: Mapping[str, str]
    parameters: Mapping[str, object]
    needed: tuple[Measure, ...]


def query(formula: Formula, *, window: Period | None, by: str | None, currency: str | None) -> KpiQuery:
    """The query of a formula over a window, sliced by a dimension; ConfigError for a dimension that is none."""
    value = measure(formula.kind, formula.field, slot="value") if formula.field else None
    if value and formula.aggregate != "distinct":
        value = as_number(value)
    base = as_number(measure(formula.kind, formula.of_field, slot="base")) if formula.of_field else None
    if formula.aggregate == "rate":
        base = base or value
    day = measure(formula.kind, formula.date, slot="day") if formula.date else None
    where = [_compared(formula.kind, c, f"a{n}") for n, c in enumerate(formula.where)]
    of = [_compared(formula.kind, c, f"b{n}") for n, c in enumerate(formula.of or ())]
    slices = _dimension(formula, day, by)
    parts = [part for part in (value, base, day) if part is not None]
    compared = [found for found, _, _ in (*where, *of)]
    joins = dict.fromkeys(
        (*_base_joins(formula.kind), *(j for m in (*parts, *compared) for j in m.joins), *slices.joins)
    )
    only = "" if currency is None else " AND {currency} = $only_currency"
    of_sql = _all(sql for _, sql, _ in of)
    fragments = {
        "key": slices.key,
        "label": slices.label,
        "where": f"({_all(sql for _, sql, _ in where)} AND {of_sql})" if of else _all(sql for _, sql, _ in where),
        "of": of_sql,
        "value": _counted(value) if formula.aggregate == "distinct" else _restricted(value, only),
        "base_value": _restricted(base, only),
        "member": value.sql if value and formula.aggregate == "distinct" else "NULL",
        "median": "quantile_cont(value::DOUBLE, 0.5) FILTER (a)" if formula.aggregate == "median" else "NULL",
        "value_currency": value.currency if value else "NULL",
        "base_currency": base.currency if base else "NULL",
        "day": day.sql if day else "NULL",
        "table": f'"{plural(formula.kind)}"',
        "joins": " ".join(joins),
        "live": _live(formula.kind),
        "period": "day >= CAST($start AS DATE) AND day < CAST($end AS DATE)" if window and day else EVERYTHING,
    }
    parameters: dict[str, object] = dict(slices.parameters)
    for part in (*parts, *compared):
        parameters |= part.parameters
    for _, _, values in (*where, *of):
        parameters |= values
    if window:
        parameters |= {"start": window.start, "end": window.end}
    if currency:
        parameters["only_currency"] = currency
    blanks = {c.field for c in (*formula.where, *(formula.of or ())) if c.blank is not None}
    needed = [part for part in (value, base) if part is not None] + [m for m in compared if m.name not in blanks]
    if window and day:
        needed.append(day)
    return KpiQuery(fragments, parameters, tuple({part.name: part for part in needed}.values()))


def _restricted(found: Measure | None, only: str) -> str:
    """The value, kept only where its currency is the one asked for."""
    if found is None:
        return "CAST(NULL AS BIGINT)"
    if not only or found.type != "money":
        return found.sql
    return f"CASE WHEN true{only.format(currency=found.currency)} THEN {found.sql} END"


def _counted(found: Measure | None) -> str:
    """1 where the field is filled: what is told apart need not add up."""
    return f"CASE WHEN {found.is_known} THEN 1 END" if found else "1"


def _dimension(formula: Formula, day: Measure | None, by: str | None) -> Dimension:
    if by is None:
        return Dimension("all", formula.kind, "'all'", "'all'")
    if by in PERIODS:
        if day is None:
            raise ConfigError("a KPI without a date cannot be sliced by {dimension}", dimension=by)
        text = period_text(day.sql, by)
        return Dimension(by, formula.kind, text, text, day.joins, day.parameters)
    return dimension(formula.kind, by)


def _base_joins(kind: str) -> tuple[str, ...]:
    return {"deal": (STATES_JOIN,), "lead": (LEADS_JOIN,)}.get(kind, ())


def _live(kind: str) -> str:
    """SQL for the records that existed at the cut and are not deleted."""
    if kind == "deal":
        return "st.deal_no IS NOT NULL"
    if kind == "lead":
        return "st.id IS NOT NULL"
    return f"{_LIVE} AND (r.created_at IS NULL OR r.created_at <= $cut)"


def _all(conditions: Iterator[str] | Sequence[str]) -> str:
    return " AND ".join(conditions) or EVERYTHING


def _compared(kind: str, condition: Condition, slot: str) -> tuple[Measure, str, dict[str, object]]:
    """A condition as its field, SQL that is never NULL, and its values as parameters."""
    found = measure(kind, condition.field, slot=slot)
    if condition.blank is not None:
        known = f"coalesce({found.is_known}, false)"
        return found, f"NOT {known}" if condition.blank else known, {}
    if condition.at_least is not None or condition.at_most is not None:
        found = as_number(found)
    comparisons: list[tuple[str, tuple[Value, ...] | None]] = [
        ("=", None if condition.equal is None else (condition.equal,)),
        ("<>", None if condition.other is None else (condition.other,)),
        ("=", condition.among),
        (">=", None if condition.at_least is None else (condition.at_least,)),
        ("<=", None if condition.at_most is None else (condition.at_most,)),
    ]
    sign, values = next((sign, values) for sign, values in comparisons if values is not None)
    bound = {f"{slot}_{n}": _bound(found, value) for n, value in enumerate(values)}
    sql = " OR ".join(f"({found.sql}) {sign} ${name}" for name in bound) or "false"
    return found, f"coalesce({sql}, false)", bound


def _bound(found: Measure, value: Value) -> object:
    """A value of the document in the form that the field is kept in."""
    try:
        match found.type:
            case "money":
                return to_e4(Decimal(str(value)))
            case "days":
                return int(Decimal(str(value)) * DAY_US)
            case "number":
                return Decimal(str(value))
            case "date":
                return value if isinstance(value, date) else date.fromisoformat(str(value))
            case "bool":
                return {"true": True, "false": False}[str(value).lower()]
        return str(value).lower() if isinstance(value, bool) else str(value)
    except (KeyError, ValueError, InvalidOperation, RecordError) as error:
        raise ConfigError(
            "{field} cannot be compared with {value}", field=found.name, value=repr(value), type=found.type
        ) from error
