"""The straight way through a mapping: one generated function for each object, for payloads in which nothing is odd.

The source of the function is made of our own names and numbers only; vendor names, readers and constants are handed to
it by reference. What it looks like, for a deal with a name and an amount that closed deals have:

    def open(payload, get, pipeline, stage, category, label, issues):
        v4 = r4(get(n4))
        if v4 is None: raise odd
        return new(Mapped, ((None, ..., v4, pipeline, stage, ..., None, None), None, None, issues))

    def read(payload):
        get = payload.get
        try:
            way, *stage = stage_of(get(s0))
            return way(payload, get, *stage)
        except (Odd, TypeError): return None

Nothing is decided here: whatever a reader finds odd (a value that fails, a choice that no rule names, a required field
that is empty, a list where texts are expected) makes the function answer None, and `CompiledObject` reads the record
step by step, with the reasons. Against that loop it saves three quarters of the time (`bench/RESULTS.md`).
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from crmbridge.adapter.lens import LensFailure
from crmbridge.mapping.fields import CompiledField
from crmbridge.mapping.lenses.structured import json_text
from crmbridge.mapping.objects import Plan, Staging, Steps, Straight
from crmbridge.mapping.outcome import FieldFailure, Mapped, Unmapped
from crmbridge.mapping.sources import Source
from crmbridge.mapping.stage_reader import StageReader
from crmbridge.mapping.stages import StageHit
from crmbridge.model.kinds import FieldType
from crmbridge.model.pipeline import Category

MOST_KEPT = 32_768
"""So many texts of one field are remembered. A field that has more is one of names or amounts, each met once: to go on
remembering them would cost more than it saves."""
_UNKEPT = frozenset({FieldType.LONG_TEXT, FieldType.JSON})
_SPECIAL = frozenset({LensFailure, Unmapped})
_TEXTS = frozenset({str, type(None)})

Required = tuple[tuple[tuple[str, int], ...], ...]


class Odd(Exception):
    """Something that has to be told with its reasons."""


class Remembered(dict[Any, Any]):
    """What the texts of a field became, worked out where they are new. A hit costs one look-up in a dictionary.

    Only texts and blanks are kept (and tuples of them): 1, True and Decimal(1) are one key and three values. What is
    odd is never kept.
    """

    def __init__(self, work_out: Callable[[Any], Any]) -> None:
        super().__init__()
        self._work_out = work_out

    def __missing__(self, raw: Any) -> Any:  # noqa: ANN401 - a payload's value, and whatever the field stores
        made = self._work_out(raw)
        if len(self) < MOST_KEPT and (
            type(raw) is str or raw is None or (type(raw) is tuple and _TEXTS.issuperset(map(type, raw)))
        ):
            self[raw] = made
        return made


def straight(
    blank: tuple[Any, ...], plans: Mapping[Category, Plan], staging: Staging | None, required: Required
) -> Straight:
    """The generated function of an object."""
    scope: dict[str, Any] = {"new": tuple.__new__, "Mapped": Mapped, "Odd": Odd, "odd": Odd(), "blank": blank}
    fields = _Fields(scope, blank)
    names: dict[tuple[int, ...], str] = {}
    lines: list[str] = []
    ways: dict[Category, str] = {}
    for category, plan in plans.items():
        key = tuple(id(step[-1]) for steps in (plan.row, plan.custom, plan.dates) for step in steps)
        if key not in names:  # most categories read the same fields: they share a way
            names[key] = f"way{len(names)}"
            lines += _way(names[key], plan, fields, staging=staging, required=required)
        ways[category] = names[key]
    exec("\n".join([*lines, *_entry(scope, ways, staging)]), scope)  # noqa: S102 - names and numbers made here, nothing else
    scope["ways"] = {category: scope[name] for category, name in ways.items()}
    made: Straight = scope["read"]
    return made


class _Fields:
    """The fields in the scope of the generated source, each under a number."""

    def __init__(self, scope: dict[str, Any], blank: tuple[Any, ...]) -> None:
        self.blank = blank
        self._scope = scope
        self._numbers: dict[int, int] = {}

    def value(self, step: Any, *, is_part: bool = False) -> str:  # noqa: ANN401 - one of `Steps`
        """The expression for what a step stores; two values of a wide one."""
        source, _, _, _, is_wide, field = step
        number = self._numbers.setdefault(id(field), len(self._numbers))
        if field.is_constant:
            self._scope[f"c{number}"] = field.constant
            return f"c{number}"
        work_out = _worked_out(field, (None, None) if is_wide and not is_part else None)
        is_kept = field.spec.type not in _UNKEPT
        self._scope.setdefault(f"r{number}", Remembered(work_out) if is_kept else work_out)
        self._scope[f"n{number}"] = source
        raw = _raw(f"n{number}", source)
        return f"r{number}[{raw}]" if is_kept else f"r{number}({raw})"


def _worked_out(field: CompiledField, blank: object) -> Callable[[Any], Any]:
    """The field's reader, which raises where the value is odd and gives `blank` where there is none."""
    read, slow = field.read, field.slow

    def work_out(raw: object) -> object:
        if raw is None or raw == "":
            return blank
        got = read(raw) if type(raw) is str else slow(raw)
        if type(got) in _SPECIAL:
            raise Odd
        return blank if got is None else got

    return work_out


def _way(name: str, plan: Plan, fields: _Fields, *, staging: Staging | None, required: Required) -> Iterator[str]:
    """The source of the function that makes the row of one plan."""
    row = {at: "None" if value is None else f"blank[{at}]" for at, value in enumerate(fields.blank)}
    row |= _stage_slots(staging)
    yield f"def {name}(payload, get, pipeline=None, stage=None, category=None, label=None, issues=None):"
    for step in plan.row:
        slot, is_wide = step[3], step[4]
        targets = [f"v{slot}", f"v{slot + 1}"] if is_wide else [f"v{slot}"]
        yield f"    {', '.join(targets)} = {fields.value(step)}"
        row |= {slot + at: target for at, target in enumerate(targets)}
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


def _parts(name: str, steps: Steps, fields: _Fields, brackets: str) -> Iterator[str]:
    """The source that joins the JSON parts of some steps."""
    if not steps:
        yield f"    {name} = None"
        return
    parts = ", ".join(fields.value(step, is_part=True) for step in steps)
    yield f"    parts = [part for part in ({parts},) if part is not None]"
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
    yield "    except (Odd, TypeError):"
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
        scope[f"s{number}"] = source
    raws = [_raw(f"s{number}", source) for number, source in enumerate(sources)]
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
