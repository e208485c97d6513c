"""How each table of the ledger becomes fact columns: what is read, and what DuckDB makes of it.

Conversions are exact: a count of microseconds becomes a timestamp, a count of 1/1,000,000 a decimal, money stays the
count it is. What does not convert stops the copy; it is never turned into NULL.
"""

from dataclasses import dataclass

from crmbridge.facts import tables
from crmbridge.facts.source import LEADING_ROW, STREAM
from crmbridge.model.kinds import ColumnType, FieldSpec, FieldType, KindSpec, kind

CONNECTION_NAMES = "connection_names"
"""A temporary table (id, name): the rows of the ledger carry the number of their connection."""

_TEXT, _INT = ColumnType.TEXT, ColumnType.INT


@dataclass(frozen=True, slots=True)
class CopySpec:
    """One table's copy: the ledger's columns, and for each fact column the expression over them."""

    source: str
    target: str
    columns: tuple[tuple[str, ColumnType], ...]
    expressions: tuple[tuple[str, str], ...]

    def tail(self, *, after: int) -> str:
        """The part of the ledger's select after its columns: only what changed after that change number."""
        return f'FROM "{self.source}" WHERE change_no > {after:d}'

    @property
    def names(self) -> str:
        """The fact columns that are copied."""
        return ", ".join(f'"{name}"' for name, _ in self.expressions)

    def insert(self, into: str | None = None) -> str:
        """The statement that adds the rows of the open stream to the table."""
        values = ", ".join(expression for _, expression in self.expressions)
        joined = f"LEFT JOIN {CONNECTION_NAMES} AS c ON c.id = connection_id" if self.has_connection else ""
        origin = f"FROM {STREAM} {joined} WHERE {LEADING_ROW} = 0"
        return f'INSERT INTO "{into or self.target}" ({self.names}) SELECT {values} {origin}'

    @property
    def has_connection(self) -> bool:
        """Whether the rows say which connection they came from."""
        return ("connection_id", _INT) in self.columns


def of_kind(name: str) -> CopySpec:
    """The copy of one kind's table."""
    spec = kind(name)
    columns: list[tuple[str, ColumnType]] = [
        ("id", _TEXT),
        ("connection_id", _INT),
        ("object", _TEXT),
        ("external_id", _TEXT),
        ("subject_id", _TEXT),
        ("first_seen_us", _INT),
        ("last_seen_us", _INT),
        ("lifecycle", _TEXT),
        ("merged_into", _TEXT),
        *((column.name, column.type) for column in spec.columns),
        *((f"{ref.name}_id", _TEXT) for ref in spec.references),
        ("custom", _TEXT),
        ("stage_dates", _TEXT),
        ("issues", _TEXT),
    ]
    return CopySpec(name, tables.plural(name), tuple(columns), _kind_expressions(spec))


def of_stage_events() -> CopySpec:
    """The copy of the ledger's own list of stage events."""
    plain = ("record_id", "kind", "pipeline", "from_stage", "to_stage", "at_precision", "origin", "vendor_label")
    columns = (*((name, _TEXT) for name in plain), ("seq", _INT), ("at_us", _INT))
    expressions = (*((name, f'"{name}"') for name in plain), ("seq", "seq"), ("at", "make_timestamp(at_us)"))
    return CopySpec("stage_event", tables.RECORDED_EVENTS, columns, expressions)


def of_service_events() -> CopySpec:
    """The copy of what services remember."""
    plain = ("service", "subject", "body")
    columns = (*((name, _TEXT) for name in plain), ("at_us", _INT))
    return CopySpec(
        "service_event",
        tables.SERVICE_EVENTS,
        columns,
        (*((name, f'"{name}"') for name in plain), ("at", "make_timestamp(at_us)")),
    )


def of_field_changes() -> CopySpec:
    """The copy of the earlier values of watched fields."""
    plain = ("record_id", "kind", "field", "old", "new", "origin")
    columns = (*((name, _TEXT) for name in plain), ("id", _INT), ("at_us", _INT))
    expressions = (*((name, f'"{name}"') for name in plain), ("seq", "id"), ("at", "make_timestamp(at_us)"))
    return CopySpec("field_change", tables.FIELD_CHANGES, columns, expressions)


def of_stages() -> CopySpec:
    """The copy of the stages; what a stage belongs to (deals or leads) is filled in from its pipeline."""
    same = {"key": _TEXT, "ord": _INT, "rank": _INT, "category": _TEXT, "forecast_category": _TEXT, "sla_days": _INT}
    same |= {"sla_unit": _TEXT, "sla_clock": _TEXT}
    columns = (*same.items(), ("pipeline_id", _TEXT), ("names", _TEXT), ("probability_e6", _INT))
    expressions = (
        ("pipeline", "pipeline_id"),
        *((name, f'"{name}"') for name in same),
        *_names(),
        ("probability", number("probability_e6")),
    )
    return CopySpec("stage", tables.STAGES, columns, expressions)


def of_pipelines() -> CopySpec:
    """The copy of the pipelines."""
    columns = (("id", _TEXT), ("object", _TEXT), ("names", _TEXT), ("version", _INT), ("active", _INT))
    expressions = (
        ("id", "id"),
        ("object", '"object"'),
        ("version", "version"),
        ("active", "CAST(active AS BOOLEAN)"),
        *_names(),
    )
    return CopySpec("pipeline", tables.PIPELINES, columns, expressions)


def number(name: str) -> str:
    """The expression of a plain number kept as a count of 1/1,000,000; decimals all the way, no division."""
    return f"CAST(CAST(\"{name}\" AS DECIMAL(19,0)) * CAST('0.000001' AS DECIMAL(7,6)) AS {tables.NUMBER})"


def _names() -> tuple[tuple[str, str], ...]:
    return tuple((f"name_{language}", f"json_extract_string(names, '$.{language}')") for language in ("en", "zh"))


def _kind_expressions(spec: KindSpec) -> tuple[tuple[str, str], ...]:
    pairs = [
        ("id", f"{STREAM}.id"),
        ("subject", "subject_id"),
        ("connection", "c.name"),
        ("object", '"object"'),
        ("external_id", "external_id"),
        ("lifecycle", "lifecycle"),
        ("merged_into", "merged_into"),
        ("first_seen_at", "make_timestamp(first_seen_us)"),
        ("last_seen_at", "make_timestamp(last_seen_us)"),
        *(pair for field in spec.fields.values() for pair in _field_expressions(field)),
        *((name, f'"{name}"') for name in ("custom", "stage_dates", "issues")),
        *(((tables.HISTORY_QUALITY.name, "'current_only'"),) if tables.is_staged(spec.name) else ()),
    ]
    return tuple(pairs)


def _field_expressions(field: FieldSpec) -> tuple[tuple[str, str], ...]:
    names = [column.name for column in tables.field_columns(field)]
    return tuple(zip(names, _values(field), strict=True))


def _values(field: FieldSpec) -> tuple[str, ...]:
    name = field.name
    several = {
        FieldType.MONEY: (f'"{name}_e4"', f'"{name}_currency"'),
        FieldType.INSTANT: (f'make_timestamp("{name}_us")', f'"{name}_precision"'),
        FieldType.REF: (f'"{name}_id"', f'"{name}_ref"'),
        FieldType.NUMBER: (number(f"{name}_e6"),),
        FieldType.BOOL: (f'CAST({STREAM}."{name}" AS BOOLEAN)',),
        FieldType.DATE: (f'CAST({STREAM}."{name}" AS DATE)',),
    }
    return several.get(field.type, (f'{STREAM}."{name}"',))
