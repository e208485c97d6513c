"""A fresh org's schema: standard modules, custom fields, layouts and pipelines, with ids in the org's own range."""

from __future__ import annotations

from collections.abc import Callable

from crmbridge_sim.zoho import standard
from crmbridge_sim.zoho.schema import Field, Layout, Module, Pipeline, Schema

STANDARD_PIPELINE = "Standard (Standard)"
RENEWAL_PIPELINE = "Renewals"


def build_schema(next_id: Callable[[], int], *, currencies: tuple[str, ...]) -> Schema:
    """Makes the schema of a new org; ``next_id`` hands out ids in ascending order."""
    schema = Schema()
    pipelines = (STANDARD_PIPELINE, RENEWAL_PIPELINE)
    for name, (singular, display, duplicate, money, table) in standard.MODULES.items():
        extra = standard.AUDIT + (standard.MONEY if money and len(currencies) > 1 else "")
        fields = _fields(table + extra, custom=False, currencies=currencies, pipelines=pipelines)
        fields |= _fields(standard.CUSTOM[name], custom=True, currencies=currencies, pipelines=pipelines)
        schema.modules[name] = Module(
            name, singular, name, fields, display, duplicate_field=duplicate, upsertable=bool(duplicate)
        )
    history = _fields(standard.DEAL_HISTORY, custom=False, currencies=currencies, pipelines=pipelines)
    schema.modules["DealHistory"] = Module(
        "DealHistory",
        "Stage History",
        "Stage History",
        history,
        "Stage",
        generated_type="field_tracker",
        upsertable=False,
        creatable=False,
    )
    schema["Deals"]["Stage"].history_tracked = True
    _make_pipelines(schema)
    for module in schema:
        _number(module, next_id)
    for pipeline in schema.pipelines:
        pipeline.id = next_id()
    return schema


def custom_module(name: str, next_id: Callable[[], int], *, modified_time: bool) -> Module:
    """A module a customer made: ``Name`` is mandatory and tells duplicates (dossier 2.4: "custom Name")."""
    table = "Name text 120 *\n" + standard.AUDIT + standard.WORLD_KEY
    fields = _fields(table, custom=False, currencies=(), pipelines=())
    fields["World_Key"].custom = True
    if not modified_time:
        for gone in ("Modified_Time", "Modified_By", "Last_Activity_Time"):
            del fields[gone]
    made = Module(name, name, name, fields, "Name", duplicate_field="Name", generated_type="custom")
    _number(made, next_id)
    return made


def _fields(table: str, *, custom: bool, currencies: tuple[str, ...], pipelines: tuple[str, ...]) -> dict[str, Field]:
    lines = [line for line in table.splitlines() if line.strip()]
    made = [standard.read_field(line, custom=custom, currencies=currencies, pipelines=pipelines) for line in lines]
    return {field.api_name: field for field in made}


def _make_pipelines(schema: Schema) -> None:
    stages = [value.actual for value in schema["Deals"]["Stage"].values]
    renewal = tuple(stage for stage in stages if stage.startswith("Renewal"))
    usual = tuple(stage for stage in stages if stage not in renewal)
    schema.pipelines = [
        Pipeline(STANDARD_PIPELINE, STANDARD_PIPELINE, usual, default=True),
        Pipeline(RENEWAL_PIPELINE, RENEWAL_PIPELINE, renewal),
    ]


def _number(module: Module, next_id: Callable[[], int]) -> None:
    module.id = next_id()
    names = tuple(name for name in module.fields if not name.startswith("$"))
    module.layouts = [Layout("Standard", "Standard__s", next_id(), fields=names)]
    if module.api_name == "Leads":
        module.layouts[0].required = frozenset({"Company"})
    if module.api_name == "Deals":
        # Picklist values and mandatory flags can differ per layout (dossier 3: OAS26c).
        module.layouts[0].required = frozenset({"Closing_Date"})
        module.layouts.append(Layout("Channel", "Channel", next_id(), frozenset({"Partner"}), names))
    for field in module.fields.values():
        field.id = next_id()
        for value in field.values:
            value.id = next_id()
