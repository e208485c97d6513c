"""JSON Schemas of what commands give under `--json`: one file for each definition, from the columns in the code."""

import json
from collections.abc import Iterator

from listings import listings
from writing import table

from crmbridge.report.listing import FIGURES, Column

DIALECT = "https://json-schema.org/draft/2020-12/schema"
INSTANT = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$"
MONEY = r"^-?\d+(\.\d+)?$"
Schema = dict[str, object]

NOTE: Schema = {
    "type": "object",
    "required": ["code", "message", "params"],
    "properties": {"code": {"type": "string"}, "message": {"type": "string"}, "params": {"type": "object"}},
    "additionalProperties": False,
}
PART: Schema = {"anyOf": [{"type": "number"}, {"type": "string", "pattern": MONEY}]}
RATE: Schema = {
    "type": "object",
    "required": ["n", "numerator", "denominator", "value"],
    "properties": {
        "n": {"type": "integer"},
        "numerator": PART,
        "denominator": PART,
        "value": {"type": ["number", "null"]},
        "low": {"type": "number"},
        "high": {"type": "number"},
    },
    "additionalProperties": False,
}
SEVERAL: Schema = {"type": "array", "items": {"anyOf": [{"type": "string"}, {"$ref": "#/$defs/note"}]}}
SHARED: dict[str, Schema] = {"note": NOTE, "rate": RATE, "several": SEVERAL}
KINDS: dict[str, Schema] = {
    "text": {"anyOf": [{"type": ["string", "number", "null"]}, {"$ref": "#/$defs/note"}, {"$ref": "#/$defs/several"}]},
    "word": {"anyOf": [{"type": ["string", "null"]}, {"$ref": "#/$defs/note"}]},
    "count": {"type": ["integer", "null"]},
    "number": {"type": ["number", "null"]},
    "rate": {"anyOf": [{"$ref": "#/$defs/rate"}, {"type": "null"}]},
    "money": {"type": ["string", "null"], "pattern": MONEY},
    "days": {"type": ["number", "null"]},
    "percent": {"type": ["number", "null"]},
    "date": {"type": ["string", "null"], "pattern": r"^\d{4}-\d\d-\d\d$"},
    "instant": {"type": ["string", "null"], "pattern": INSTANT},
    "bool": {"type": ["boolean", "null"]},
    "json": {},
    "value": {
        "anyOf": [
            {"$ref": "#/$defs/rate"},
            {"$ref": "#/$defs/several"},
            {"type": ["number", "string", "boolean", "null"]},
        ]
    },
}
"""What a cell of each kind of column is in JSON."""


RECORDS: Schema = {"type": ["array", "null"], "items": {"type": "string"}}
COLOUR: tuple[str, Schema] = ("how the goal stands", {"enum": ["green", "yellow", "red", None]})
BESIDE: dict[str, dict[str, tuple[str, Schema]]] = {
    "compliance/1": {"key": ("what the row is of, as it is kept", {})},
    "contracts/1": {
        "records": ("the contracts that are counted", RECORDS),
        "clauses": ("the clauses that were compared", {"type": ["object", "null"]}),
    },
    "forecast/1": {"key": ("what the slice is of, as it is kept", {})},
    "funnel/1": {"key": ("what the slice is of, as it is kept", {})},
    "kpi/1": {"key": ("what the slice is of, as it is kept", {})},
    "quality/1": {
        "key": ("what the row is of, as it is kept", {}),
        "id": ("the record", {"type": ["string", "null"]}),
        "ids": ("the records that are like each other", RECORDS),
    },
    "one-to-one/1": {"colour": COLOUR},
    "pack/1": {"colour": COLOUR},
    "queue/1": {
        "subject": ("`connection:external_id` of the record", {"type": ["string", "null"]}),
        "deal_id": ("the deal of the touch", {"type": ["string", "null"]}),
    },
    "risk/1": {
        "subject": ("`connection:external_id` of the deal", {"type": ["string", "null"]}),
        "adjusted_deals": ("deals whose forecast is less for their risk", {"type": ["integer", "null"]}),
        "unweighted": ("deals without a chance of winning, left out of it", {"type": ["integer", "null"]}),
    },
    "scores/1": {"rule_id": ("the rule, as scores.toml calls it", {"type": ["string", "null"]})},
}
"""What rows have for programs beside the columns of their tables."""


def schemas() -> dict[str, str]:
    """The text of each schema by the name of its file."""
    return {name(definition): _text(schema(definition, columns)) for definition, columns in listings().items()}


def name(definition: str) -> str:
    """The file of a definition: `funnel/1` is in `funnel-1.json`."""
    return f"{definition.replace('/', '-')}.json"


def schema(definition: str, columns: tuple[Column, ...]) -> Schema:
    """A document of that definition. A row has the keys that apply to it, and may have more."""
    note: Schema = {"$ref": "#/$defs/note"}
    return {
        "$schema": DIALECT,
        "title": definition,
        "type": "object",
        "required": ["definition", "as_of", "window", "rows", "warnings"],
        "properties": {
            "definition": {"const": definition},
            "as_of": {"type": ["string", "null"], "pattern": INSTANT},
            "window": {"type": ["object", "null"]},
            "rows": {
                "type": "array",
                "items": {"type": "object", "properties": dict(_properties(definition, columns))},
            },
            "warnings": {"type": "array", "items": note},
            "read": {"type": "object", "additionalProperties": {"type": ["string", "null"], "pattern": INSTANT}},
            "explain": {"type": "object"},
        },
        "$defs": SHARED,
    }


def _properties(definition: str, columns: tuple[Column, ...]) -> Iterator[tuple[str, Schema]]:
    yield "section", {"type": "string", "description": "which part of the answer the row is of"}
    for key, (what, held) in BESIDE.get(definition, {}).items():
        yield key, {"description": what, **held}
    for column in columns:
        yield column.name, {"description": column.title, **KINDS[column.kind]}
        if column.kind in {"money", "value"}:
            yield f"{column.name}_currency", {"type": ["string", "null"], "pattern": "^[A-Z]{3}$"}
        if column.kind in FIGURES:
            yield f"{column.name}_unavailable", {"description": "why it cannot be given", "$ref": "#/$defs/note"}


def _text(made: Schema) -> str:
    return json.dumps(made, ensure_ascii=False, indent=1) + "\n"


def section() -> list[str | list[str]]:
    """The part of the page about JSON that names every schema."""
    intro = (
        "For programs, each definition has a [JSON Schema](https://json-schema.org) of 2020-12. Let keys pass that a "
        "schema does not name: [there may be more in the next version](../explanation/compatibility.md#json). "
        "`--format ndjson` gives the rows alone, one a line."
    )
    rows = [(f"`{one}`", f"[{name(one)}](schemas/{name(one)})") for one in listings()]
    return ["## Schemas", intro, table(("`definition`", "schema"), rows)]


def beside(definition: str) -> dict[str, str]:
    """The keys that rows of a definition have beside their columns, and what they are."""
    return {key: what for key, (what, _) in BESIDE.get(definition, {}).items()}
