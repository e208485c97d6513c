"""The shape of a row: which slot each field fills, which steps a category of stages reads, what must be filled."""

from collections.abc import Iterable, Mapping
from typing import Any

from crmbridge.mapping.fields import CompiledField
from crmbridge.mapping.objects import Plan, Staging, Steps
from crmbridge.mapping.rules import When
from crmbridge.mapping.stage_reader import StageReader
from crmbridge.model.kinds import KindSpec
from crmbridge.model.pipeline import Category

_AT_LEAST_ONE: dict[str, tuple[tuple[str, ...], ...]] = {"lead": (("full_name", "company_name"),)}
"""Kinds of which one of several fields must be filled (`model.md`)."""


def slots_of(spec: KindSpec) -> dict[str, int]:
    """The first column of each field."""
    slots: dict[str, int] = {}
    at = 0
    for name, one in spec.fields.items():
        slots[name] = at
        at += len(one.columns)
    return slots


def blank_row(spec: KindSpec, fields: list[CompiledField]) -> tuple[Any, ...]:
    """The row of a record of which nothing is known but the mapping's constants."""
    row: list[Any] = [None] * len(spec.columns)
    slots = slots_of(spec)
    if spec.name == "deal":
        row[slots["category"]] = Category.OPEN.value
    for one in fields:
        if one.is_constant and one.rule.when is None:
            width = len(one.spec.columns)
            row[slots[one.name] : slots[one.name] + width] = (
                one.constant if isinstance(one.constant, tuple) else [one.constant]
            )
    return tuple(row)


def plan_for(
    category: Category,
    spec: KindSpec,
    fields: list[CompiledField],
    customs: list[CompiledField],
    dates: list[CompiledField],
) -> Plan:
    """The steps that a record of that category takes."""
    slots = slots_of(spec)
    row = [one for one in fields if not (one.is_constant and one.rule.when is None)]
    return Plan(_steps(row, category, slots), _steps(customs, category, {}), _steps(dates, category, {}))


def _steps(fields: Iterable[CompiledField], category: Category, slots: Mapping[str, int]) -> Steps:
    return tuple(_step(one, slots.get(one.name, 0)) for one in fields if applies(one.rule.when, category))


def _step(one: CompiledField, slot: int) -> tuple[Any, ...]:
    wide = len(one.spec.columns) > 1
    if not one.is_constant:
        return one.source, one.fast, one.slow, slot, wide, one
    constant = one.constant
    return (lambda _: constant), (lambda _: constant), (lambda _: constant), slot, wide, one


def applies(when: When | None, category: Category) -> bool:
    """Whether a rule is read in that category; `closed` is every category but open."""
    if when is None:
        return True
    return category is not Category.OPEN if when == "closed" else category.value == when


def required_groups(spec: KindSpec) -> tuple[tuple[tuple[str, int], ...], ...]:
    """Groups of which one field must be filled, each with its slot."""
    slots = slots_of(spec)
    groups: list[tuple[str, ...]] = [(name,) for name, one in spec.fields.items() if one.required]
    groups += list(_AT_LEAST_ONE.get(spec.name, ()))
    return tuple(tuple((name, slots[name]) for name in group) for group in groups)


def place_stage(reader: StageReader, spec: KindSpec, ruled: set[str]) -> Staging:
    """Where the stage's columns stand; `ruled` are the fields that have a rule of their own."""
    slots = slots_of(spec)
    raw = slots.get("stage_raw")
    return Staging(
        reader, slots["pipeline"], slots["stage"], slots.get("category"), None if "stage_raw" in ruled else raw
    )
