"""A KPI's formula as the fragments and parameters of its queries: closed registries in, SQL out, no evaluation."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass

from crmbridge.facts.tables import plural
from crmbridge.model.errors import ConfigError
from crmbridge.model.kinds import KIND_NAMES
from crmbridge.services.dimensions import LEADS_JOIN, STATES_JOIN, Dimension, dimension, period_text
from crmbridge.services.kpi_conditions import Compared, compared
from crmbridge.services.kpi_document import Formula
from crmbridge.services.measures import Measure, as_number, measure
from crmbridge.services.results import Period

EVERYTHING = "true"
PERIODS = ("month", "quarter")
_DOERS = {"activity": "coalesce(r.actor_id, r.owner_id)", "task": "coalesce(r.assignee_id, r.owner_id)"}
_OWNER = {name: Measure("owner", "text", _DOERS.get(name, "r.owner_id")) for name in KIND_NAMES}
_LIVE = "coalesce(r.lifecycle, 'active') NOT IN ('deleted', 'merged')"


@dataclass(frozen=True, slots=True)
class Place:
    """Which records a KPI looks at, and how they are sliced, in SQL. KPIs of one place are measured in one query."""

    table: str
    live: str
    period: str
    seen: str
    key: str
    label: str


@dataclass(frozen=True, slots=True)
class KpiQuery:
    """A formula in SQL: the records counted, those of a denominator, their values and what is added up of them.

    `parameters` are those beside the world's own; `needed` are the fields that must be filled on some record.
    """

    place: Place
    joins: tuple[str, ...]
    counted: str
    base: str
    columns: Mapping[str, str]
    figures: str
    parameters: Mapping[str, object]
    needed: tuple[Measure, ...]

    @property
    def records(self) -> dict[str, str]:
        """The fragments of a query over the records themselves."""
        return {**asdict(self.place), "joins": " ".join(self.joins)}


@dataclass(frozen=True, slots=True)
class _Parts:
    """The fields of a formula, looked up: each is a measure, a condition with SQL and values as well."""

    value: Measure | None
    base: Measure | None
    day: Measure | None
    where: Sequence[Compared]
    of: Sequence[Compared]

    @property
    def measures(self) -> Iterator[Measure]:
        """Every field that the formula reads."""
        yield from (part for part in (self.value, self.base, self.day) if part is not None)
        yield from (found for found, _, _ in (*self.where, *self.of))


def query(
    formula: Formula,
    *,
    window: Period | None,
    by: str | None,
    currency: str | None,
    slot: str = "",
    owners: frozenset[str] | None = None,
) -> KpiQuery:
    """The query of a formula over a window, sliced by a dimension; ConfigError for a dimension that is none.

    `slot` begins the names of its columns and parameters, to keep those of several KPIs apart. `owners` counts only
    the records of these users; activities and tasks are those of who did, or does, them.
    """
    parts = _parts(formula, slot)
    slices = _dimension(formula, parts.day, by)
    joins = (*base_joins(formula.kind), *(join for part in parts.measures for join in part.joins), *slices.joins)
    base = _all(sql for _, sql, _ in parts.of)
    counted = _all(sql for _, sql, _ in parts.where)
    columns = _columns(formula, parts, currency)
    columns = {"a": f"({counted} AND {base})" if parts.of else counted, "b": base, **columns}
    place = Place(
        table=f'"{plural(formula.kind)}"',
        live=live(formula.kind),
        period=_period(parts.day) if window and parts.day else EVERYTHING,
        seen=EVERYTHING if owners is None else f"list_contains($owned_by, {_OWNER[formula.kind].sql})",
        key=slices.key,
        label=slices.label,
    )
    return KpiQuery(
        place=place,
        joins=tuple(dict.fromkeys(joins)),
        counted=columns["a"],
        base=base,
        columns={f"{slot}{name}": sql for name, sql in columns.items()},
        figures=_figures(formula, parts, slot),
        parameters=_parameters(parts, slices, window, currency)
        | ({} if owners is None else {"owned_by": sorted(owners)}),
        needed=(*_needed(formula, parts, window), *(() if owners is None else (_OWNER[formula.kind],))),
    )


def together(queries: Sequence[KpiQuery]) -> tuple[dict[str, str], dict[str, object]]:
    """The fragments and parameters that measure several KPIs of one place; the figures of the n-th stand in `k{n}`."""
    first, *_ = queries
    fragments = {
        **asdict(first.place),
        "joins": " ".join(dict.fromkeys(join for built in queries for join in built.joins)),
        "columns": ", ".join(f"{sql} AS {name}" for built in queries for name, sql in built.columns.items()),
        "figures": ", ".join(f"{built.figures} AS k{n}" for n, built in enumerate(queries)),
    }
    return fragments, {name: value for built in queries for name, value in built.parameters.items()}


def _parts(formula: Formula, slot: str) -> _Parts:
    value = measure(formula.kind, formula.field, slot=f"{slot}value") if formula.field else None
    if value and formula.aggregate != "distinct":
        value = as_number(value)
    base = as_number(measure(formula.kind, formula.of_field, slot=f"{slot}base")) if formula.of_field else None
    return _Parts(
        value=value,
        base=base or value if formula.aggregate == "rate" else base,
        day=measure(formula.kind, formula.date, slot=f"{slot}day") if formula.date else None,
        where=[compared(formula.kind, c, f"{slot}a{n}") for n, c in enumerate(formula.where)],
        of=[compared(formula.kind, c, f"{slot}b{n}") for n, c in enumerate(formula.of or ())],
    )


def _columns(formula: Formula, parts: _Parts, currency: str | None) -> dict[str, str]:
    """What is read of each record, as far as the formula needs it."""
    columns = {}
    if parts.value:
        is_counted = formula.aggregate == "distinct"
        columns["value"] = _counted(parts.value) if is_counted else _restricted(parts.value, currency)
        columns["currency"] = parts.value.currency
        if is_counted:
            columns["member"] = f"CAST({parts.value.sql} AS VARCHAR)"
    if parts.base:
        columns |= {"base_value": _restricted(parts.base, currency), "base_currency": parts.base.currency}
    return columns


def _figures(formula: Formula, parts: _Parts, slot: str) -> str:
    """What is added up of the records of a slice."""
    a, b, value, base_value = (f"{slot}{name}" for name in ("a", "b", "value", "base_value"))
    figures = {"matched": f"count(*) FILTER ({a})", "base": f"count(*) FILTER ({b})"}
    lists = []
    if parts.value:
        figures["known"] = f"count({value}) FILTER ({a})"
        figures["total"] = f"sum({value}) FILTER ({a})"
        if parts.value.type == "money":
            lists.append(f"list(DISTINCT {slot}currency) FILTER ({a} AND {value} IS NOT NULL)")
    if parts.base:
        figures["base_known"] = f"count({base_value}) FILTER ({b})"
        figures["base_total"] = f"sum({base_value}) FILTER ({b})"
        if parts.base.type == "money":
            lists.append(f"list(DISTINCT {slot}base_currency) FILTER ({b} AND {base_value} IS NOT NULL)")
    if formula.aggregate == "median":
        figures["median"] = f"quantile_cont({value}::DOUBLE, 0.5) FILTER ({a})"
    if formula.aggregate == "distinct":
        figures["members"] = f"count(DISTINCT {slot}member) FILTER ({a})"
    if lists:
        figures["currencies"] = f"list_distinct(list_concat({', '.join(lists)}))"
    return f"struct_pack({', '.join(f'{name} := {sql}' for name, sql in figures.items())})"


def _parameters(parts: _Parts, slices: Dimension, window: Period | None, currency: str | None) -> dict[str, object]:
    parameters: dict[str, object] = dict(slices.parameters)
    for part in parts.measures:
        parameters |= part.parameters
    for _, _, values in (*parts.where, *parts.of):
        parameters |= values
    if window:
        parameters |= {"start": window.start, "end": window.end}
    if currency:
        parameters["only_currency"] = currency
    return parameters


def _needed(formula: Formula, parts: _Parts, window: Period | None) -> tuple[Measure, ...]:
    """The fields without which there is no figure: not those that may be blank, nor a date without a period."""
    blanks = {c.field for c in (*formula.where, *(formula.of or ())) if c.blank is not None}
    needed = [part for part in (parts.value, parts.base) if part is not None]
    needed += [found for found, _, _ in (*parts.where, *parts.of) if found.name not in blanks]
    if window and parts.day:
        needed.append(parts.day)
    return tuple({part.name: part for part in needed}.values())


def _period(day: Measure) -> str:
    return f"({day.sql}) >= CAST($start AS DATE) AND ({day.sql}) < CAST($end AS DATE)"


def _restricted(found: Measure, currency: str | None) -> str:
    """The value, kept only where its currency is the one asked for."""
    if currency is None or found.type != "money":
        return found.sql
    return f"CASE WHEN {found.currency} = $only_currency THEN {found.sql} END"


def _counted(found: Measure) -> str:
    """1 where the field is filled: what is told apart need not add up."""
    return f"CASE WHEN {found.is_known} THEN 1 END"


def _dimension(formula: Formula, day: Measure | None, by: str | None) -> Dimension:
    if by is None:
        return Dimension("all", formula.kind, "'all'", "'all'")
    if by in PERIODS:
        if day is None:
            raise ConfigError("a KPI without a date cannot be sliced by {dimension}", dimension=by)
        text = period_text(day.sql, by)
        return Dimension(by, formula.kind, text, text, day.joins, day.parameters)
    return dimension(formula.kind, by)


def base_joins(kind: str) -> tuple[str, ...]:
    """The join that gives the records of a kind the state in which they stood at the cut, where they have one."""
    return {"deal": (STATES_JOIN,), "lead": (LEADS_JOIN,)}.get(kind, ())


def live(kind: str) -> str:
    """SQL for the records that existed at the cut and are not deleted."""
    if kind == "deal":
        return "st.deal_no IS NOT NULL"
    if kind == "lead":
        return "st.id IS NOT NULL"
    return f"{_LIVE} AND (r.created_at IS NULL OR r.created_at <= $cut)"


def _all(conditions: Iterator[str] | Sequence[str]) -> str:
    return " AND ".join(conditions) or EVERYTHING
