"""Puts a field into a module and takes it out again: metadata, layouts and the column of the store."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from crmbridge_sim.zoho.schema import Field, Layout, Module

if TYPE_CHECKING:
    from crmbridge_sim.zoho.simulator import ZohoSimulator


def is_taken(module: Module, api_name: str) -> bool:
    """Whether a field has this api name, whatever the case of its letters."""
    return api_name.lower() in {"id", *(name.lower() for name in module.fields)}


def add_field(sim: ZohoSimulator, module: Module, field: Field, layouts: Iterable[Layout]) -> None:
    """Makes the field with ids of its own and empty values; from now on every read and write knows it."""
    if is_taken(module, field.api_name):
        raise ValueError(f"{module.api_name} has a field {field.api_name} already")
    field.id = sim.metadata_id()
    for value in field.values:
        value.id = sim.metadata_id()
    module.fields[field.api_name] = field
    for layout in layouts:
        layout.fields = (*layout.fields, field.api_name)
    sim.store.add_column(module, field)
    sim.schema.touch()


def remove_field(sim: ZohoSimulator, module: Module, api_name: str) -> None:
    """Deletes the field with its values."""
    del module.fields[api_name]
    for layout in module.layouts:
        layout.fields = tuple(name for name in layout.fields if name != api_name)
    sim.store.drop_column(module, api_name)
    sim.schema.touch()
