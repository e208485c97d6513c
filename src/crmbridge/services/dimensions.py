"""The one registry of what figures are sliced by: fields of a kind or of what it points at, periods, custom fields.

A dimension is a fragment of SQL out of this registry; what a person typed is only looked up in it, and the name of a
custom field travels as a parameter.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from crmbridge.facts.tables import fact_name, plural
from crmbridge.model.errors import ConfigError, suggestion
from crmbridge.model.kinds import FieldSpec, FieldType, KindSpec, kind

CUSTOM = "custom."
BOTH = "+"
"""Between the names of two dimensions that are told apart together."""

_PLAIN = frozenset({FieldType.TEXT, FieldType.ENUM, FieldType.BOOL, FieldType.INTEGER})
_LABELS: Mapping[str, tuple[str, ...]] = {
    "contact": ("full_name",),
    "lead": ("full_name", "company_name"),
    "task": ("title",),
    "order": ("external_id",),
}
_ALIASES: Mapping[str, str] = {"team": "owner.org_unit", "manager": "owner.manager", "industry": "account.industry"}
_DEAL_PERIODS: Mapping[str, tuple[str, str]] = {
    "close_month": ("closed", "month"),
    "close_quarter": ("closed", "quarter"),
    "created_month": ("created", "month"),
    "created_quarter": ("created", "quarter"),
}
STATES_JOIN = "LEFT JOIN svc_states st ON st.deal_no = r.no"
LEADS_JOIN = "LEFT JOIN svc_leads st ON st.id = r.id"
UNKNOWN = "unknown"
NOT_CLOSED = "open"
"""The slice of the deals that are not closed, where slices are periods of closing."""


@dataclass(frozen=True, slots=True)
class Dimension:
    """One way to slice the records of a kind: what tells slices apart, what people read, and the joins both need."""

    name: str
    kind: str
    key: str
    label: str
    joins: tuple[str, ...] = ()
    parameters: Mapping[str, object] = field(default_factory=dict)

    @property
    def fragments(self) -> dict[str, str]:
        """What `slices.sql` is filled with."""
        table = plural(self.kind)
        return {"key": self.key, "label": self.label, "table": f'"{table}"', "joins": " ".join(self.joins)}


def dimension(kind_name: str, name: str) -> Dimension:
    """The dimension of that name for records of a kind; ConfigError with the nearest name otherwise.

    `channel+product` has a slice for each pair that occurs.
    """
    if BOTH in name:
        return _both(kind_name, name)
    if name.startswith(CUSTOM) and name != CUSTOM:
        return _custom(kind_name, name)
    if period := _periods(kind_name).get(name):
        return period
    spec = kind(kind_name)
    path = name if name in spec.fields else _ALIASES.get(name, name)
    if kind_name == "deal" and path in {"stage", "pipeline", "state"}:
        return Dimension(name, kind_name, f"st.{path}", f"st.{path}", (STATES_JOIN,))
    found = _by_path(spec, name, path.split("."))
    if found is None:
        known = sorted(names(kind_name))
        raise ConfigError(
            "a {kind} cannot be sliced by {dimension}",
            kind=kind_name,
            dimension=name,
            nearest=suggestion(name, known),
            hint="did you mean {nearest}?",
        )
    return found


def _both(kind_name: str, name: str) -> Dimension:
    """Two dimensions as one: a slice is a pair, of which one side may be unknown; unknown is what lacks both."""
    first, _, second = name.partition(BOTH)
    if BOTH in second or (first.startswith(CUSTOM) and second.startswith(CUSTOM)):
        raise ConfigError(
            "{dimension} is more than figures can be sliced by at once",
            dimension=name,
            hint="name two dimensions, of which one may be a custom field, as in channel+product",
        )
    one, other = dimension(kind_name, first), dimension(kind_name, second)
    lacks_both = f"{one.key} IS NULL AND {other.key} IS NULL"
    key = f"coalesce({one.key}, '') || chr(31) || coalesce({other.key}, '')"
    label = f"coalesce({one.label}, '{UNKNOWN}') || ' × ' || coalesce({other.label}, '{UNKNOWN}')"
    return Dimension(
        name,
        kind_name,
        f"CASE WHEN NOT ({lacks_both}) THEN {key} END",
        f"CASE WHEN NOT ({lacks_both}) THEN {label} END",
        tuple(dict.fromkeys((*one.joins, *other.joins))),
        {**one.parameters, **other.parameters},
    )


def names(kind_name: str) -> Iterator[str]:
    """Every dimension of a kind but the custom ones, for help and for "did you mean"."""
    spec = kind(kind_name)
    yield from _periods(kind_name)
    if kind_name == "deal":
        yield "state"
    yield from (alias for alias, path in _ALIASES.items() if _by_path(spec, alias, path.split(".")) is not None)
    for own in spec.fields.values():
        if own.type in _PLAIN or own.type is FieldType.REF:
            yield own.name
        if own.target:
            yield from (f"{own.name}.{inner}" for inner, far in kind(own.target).fields.items() if _is_sliceable(far))


def _is_sliceable(spec: FieldSpec) -> bool:
    return spec.type in _PLAIN or spec.type is FieldType.REF


def _periods(kind_name: str) -> dict[str, Dimension]:
    """The dimensions that are months and quarters; a deal's come from its own history."""
    if kind_name == "deal":
        return {name: _deal_period(name, *what) for name, what in _DEAL_PERIODS.items()}
    day = "svc_day(r.created_at, $zone)"
    joins: tuple[str, ...] = ()
    if kind_name == "lead":
        day, joins = "st.created_day", (LEADS_JOIN,)
    texts = {f"created_{unit}": period_text(day, unit) for unit in ("month", "quarter")}
    return {name: Dimension(name, kind_name, text, text, joins) for name, text in texts.items()}


def _deal_period(name: str, which: str, unit: str) -> Dimension:
    text = period_text(f"st.{which}_day", unit)
    if which == "closed":
        text = f"CASE WHEN st.is_closed THEN {text} ELSE '{NOT_CLOSED}' END"
    return Dimension(name, "deal", text, text, (STATES_JOIN,))


def period_text(day: str, unit: str) -> str:
    """SQL for the month (2026-03) or quarter (2026Q1) of a date expression."""
    if unit == "month":
        return f"strftime({day}, '%Y-%m')"
    return f"(year({day}) || 'Q' || quarter({day}))"


def _custom(kind_name: str, name: str) -> Dimension:
    """A custom field: its value tells slices apart, its label is shown. A bare value is taken as it is."""
    at = "CASE WHEN json_type(r.custom, $custom_path) = 'OBJECT' THEN {inner} ELSE {bare} END"
    bare = "json_extract_string(r.custom, $custom_path)"
    value = "json_extract_string(r.custom, $custom_path || '.value')"
    label = f"coalesce(json_extract_string(r.custom, $custom_path || '.label'), {value})"
    path = custom_path(name.removeprefix(CUSTOM))
    return Dimension(
        name,
        kind_name,
        at.format(inner=value, bare=bare),
        at.format(inner=label, bare=bare),
        parameters={"custom_path": path},
    )


def custom_path(name: str) -> str:
    """Where a custom field stands in the JSON of a record."""
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'$."{escaped}"'


def _by_path(spec: KindSpec, name: str, path: list[str]) -> Dimension | None:
    """A field of the kind, or of a record it points at: `region`, `account.industry`, `owner.manager`."""
    alias = "r"
    joins: list[str] = []
    here = spec
    for depth, part in enumerate(path):
        own = here.fields.get(part)
        if own is None or not _is_sliceable(own):
            return None
        column = fact_name(own.name)
        is_last = depth == len(path) - 1
        if own.target is None:
            text = f'{alias}."{column}"'
            return Dimension(name, spec.name, text, text, tuple(joins)) if is_last else None
        far = f"{alias}_{part}"
        joins.append(f'LEFT JOIN "{plural(own.target)}" {far} ON {far}.id = {alias}."{column}_id"')
        if is_last:
            reference = f"nullif({alias}.\"{column}_ref\", '')"
            key = f"coalesce({alias}.\"{column}_id\", 'ref:' || {reference})"
            shown = ", ".join(f"nullif({far}.{label}, '')" for label in _LABELS.get(own.target, ("name",)))
            label = f'coalesce({shown}, {reference}, {alias}."{column}_id")'
            return Dimension(name, spec.name, key, label, tuple(joins))
        alias, here = far, kind(own.target)
    return None
