"""The straight way through a mapping: one generated function for each object, for payloads in which nothing is odd.

The source of the function is made of our own names and numbers only; vendor names, readers and constants are handed to
it by reference. What it looks like, for a deal with a name, an owner and a type that deals in this category have:

    def way0(payload, get, pipeline=None, stage=None, category=None, label=None, issues=None):
        v6 = r0[(y[p0] if type(y := get(n0)) is dict else y)]
        v7 = r1[get(n1)]
        if type(v7) is Noted: issues, v7 = v7.added(issues), None
        v9 = r2[get(n2)]
        if v9 is None: raise odd
        custom = None
        dates = None
        return new(Mapped, ((None, ..., v6, v7, None, v9, pipeline, stage, ..., None), custom, dates, issues))

    def read(payload):
        get = payload.get
        try:
            way, pipeline, stage, category, label, issues = stage_of[get(stage1)]
            return way(payload, get, pipeline, stage, category, label, issues)
        except ODD:
            return None

`n2` is a vendor field's name, `p0` the key of what is wanted in it, `r2` remembers what its texts became: what stands
for each field, `straight_fields` says.

Nothing is decided here: whatever a reader finds odd (a value that fails, a required field that is empty, a list where
texts are expected) makes the function answer None, and `CompiledObject` reads the record step by step, with the
reasons. Against that loop it saves three quarters of the time (`bench/RESULTS.md`).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from crmbridge.mapping.lenses.structured import json_text
from crmbridge.mapping.objects import Plan, Staging, Steps, Straight
from crmbridge.mapping.outcome import FieldFailure, Mapped
from crmbridge.mapping.sources import Source
from crmbridge.mapping.stage_reader import StageReader
from crmbridge.mapping.stages import StageHit
from crmbridge.mapping.straight_fields import FieldSource, Odd, Remembered
from crmbridge.model.pipeline import Category

ODD = (Odd, TypeError, ValueError, KeyError)
"""What makes a record go step by step: beside what a reader finds odd, a list where texts are expected, an integer of
thousands of digits, and a reference without an id."""

Required = tuple[tuple[tuple[str, int], ...], ...]


def straight(
    blank: tuple[Any, ...], plans: Mapping[Category, Plan], staging: Staging | None, required: Required
) -> Straight:
    """The generated function of an object."""
    scope: dict[str, Any] = {"new": tuple.__new__, "Mapped": Mapped, "ODD": ODD, "odd": Odd(), "blank": blank}
    fields = FieldSource(scope)
    names: dict[tuple[int, ...], str] = {}
    lines: list[str] = []
    ways: dict[Category, str] = {}
    for category, plan in plans.items():
        key = tuple(id(step[-1]) for steps in (plan.row, plan.custom, plan.dates) for step in steps)
        if key not in names:  # most categories read the same fields: they share a way
            names[key] = f"way{len(names)}"
            lines += _way(names[key], plan, fields, blank=blank, staging=staging, required=required)
        ways[category] = names[key]
    exec("\n".join([*lines, *_entry(scope, ways, staging)]), scope)  # noqa: S102 - names and numbers made here, nothing else
    scope["ways"] = {category: scope[name] for category, name in ways.items()}
    made: Straight = scope["read"]
    return made


def _way(
    name: str, plan: Plan, fields: FieldSource, *, blank: tuple[Any, ...], staging: Staging | None, required: Required
) -> Iterator[str]:
    """The source of the function that makes the row of one plan."""
    row = {at: "None" if value is None else f"blank[{at}]" for at, value in enumerate(blank)}
    row |= _stage_slots(staging)
    yield f"def {name}(payload, get, pipeline=None, stage=None, category=None, label=None, issues=None):"
    for step in plan.row:
        slot, is_wide = step[3], step[4]
        yield from (f"    {line}" for line in fields.lines(step))
        row |= {slot + at: f"v{slot + at}" for at in range(2 if is_wide else 1)}
    for group in required:
        yield f"    if {' and '.join(f'{row[slot]} is None' for _, slot in group)}: raise odd"
    yield from _parts("custom", plan.custom, fields, "{}")
    yield from _parts("dates", plan.dates, fields, "[]")
    yield f"    return new(Mapped, (({', '.join(row.values())},), custom, dates, issues))"


def _stage_slots(staging: Staging | None) -> dict[int, str]:
    if staging is None:
        return {}
    slots = {staging.pipeline: "pipeline", staging.stage: "stage", staging.category: "category"}
    slots[staging.stage_raw] = "label"
    return {slot: name for slot, name in slots.items() if slot is not None}


def _parts(name: str, steps: Steps, fields: FieldSource, brackets: str) -> Iterator[str]:
    """The source that joins the JSON parts of some steps."""
    if not steps:
        yield f"    {name} = None"
        return
    yield f"    {name} = ({', '.join(fields.part(step) for step in steps)},)"
    yield f"    parts = [part for part in {name} if part is not None]"
    yield f"    {name} = '{brackets[0]}' + ','.join(parts) + '{brackets[1]}' if parts else None"


def _entry(scope: dict[str, Any], ways: Mapping[Category, str], staging: Staging | None) -> Iterator[str]:
    """The source of the function that finds out the stage, and goes the way of its category."""
    yield "def read(payload):"
    yield "    get = payload.get"
    yield "    try:"
    if staging is None:
        yield f"        return {ways[Category.OPEN]}(payload, get)"
    else:
        yield f"        way, pipeline, stage, category, label, issues = {_stage(scope, staging.reader)}"
        yield "        return way(payload, get, pipeline, stage, category, label, issues)"
    yield "    except ODD:"
    yield "        return None"


def _stage(scope: dict[str, Any], reader: StageReader) -> str:
    """The expression for the way of a payload and what the stage's columns hold."""

    def place(found: StageHit, label: str | None) -> tuple[object, ...]:
        issues = json_text(list(found.issues)) if found.issues else None
        return scope["ways"][found.category], found.pipeline, found.stage, found.category.value, label, issues

    def work_out(raws: tuple[object, object, object]) -> tuple[object, ...]:
        found = reader.tell(*raws)
        if isinstance(found, FieldFailure):
            raise Odd
        return place(*found)

    sources = (reader.pipeline_from, reader.source, reader.flag_from)
    for number, source in enumerate(sources):
        scope[f"stage{number}"] = source
    raws = [_raw(f"stage{number}", source) for number, source in enumerate(sources)]
    if sources[0] is None and sources[2] is None:  # only a stage, as nearly always: no tuple for each record
        scope["stage_of"] = Remembered(lambda raw: work_out((None, raw, None)))
        return f"stage_of[{raws[1]}]"
    scope["stage_of"] = Remembered(work_out)
    return f"stage_of[{', '.join(raws)}]"


def _raw(name: str, source: Source | None) -> str:
    """The expression for the raw value of a source."""
    if source is None:
        return "None"
    return f"get({name})" if type(source) is str else f"{name}(payload)"
