"""Tries a reading on every value that was seen, with the lens that will read it: what fails here fails in a sync."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import UnionType
from zoneinfo import ZoneInfo

from crmbridge.adapter.lens import Lens, LensFailure
from crmbridge.mapping.guess.rule import Reading
from crmbridge.mapping.lenses.frame import Setting
from crmbridge.mapping.lenses.registry import build_lens, default_lens
from crmbridge.mapping.lenses.texts import fold
from crmbridge.mapping.outcome import Unmapped
from crmbridge.model.kinds import FieldSpec, FieldType
from crmbridge.model.notes import Note

_MOST_FAILING = 0.5
_ROUNDED = {FieldType.MONEY: 4, FieldType.NUMBER: 6}
_FRAME = {"from", "fallback", "join", "empty", "when", "object", "lens", "part", "value"}
_ZONE = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True)
class _Trial:
    """How many cells fail, and the commonest of them."""

    failing: int
    filled: int
    example: str


def setting_of(spec: FieldSpec, currency: str = "USD") -> Setting:
    """A field as lenses take it; zone and currency do not matter for whether something can be read."""
    return Setting(spec, _ZONE, currency)


def make_lens(spec: FieldSpec, options: Mapping[str, object]) -> Lens | None:
    """The lens that these options make; None where they make none."""
    parameters = {key: value for key, value in options.items() if key not in _FRAME}
    lens, _ = build_lens(default_lens(spec, parameters), setting_of(spec), parameters, plugins={})
    return lens


def tried(object_name: str, spec: FieldSpec, column: str, reading: Reading, values: Mapping[str, int]) -> Reading:
    """The reading, unsure with a question where it fails too often, with what it fails on where it seldom does.

    A choice that no rule names yet is asked about where the choices are guessed, and keeps no record back.
    """
    trial = _try(spec, reading.options, values)
    if trial.failing and spec.type in _ROUNDED:
        rounded = {**reading.options, "decimals": _ROUNDED[spec.type]}
        again = _try(spec, rounded, values)
        if again.failing < trial.failing:
            said = f"{trial.failing - again.failing} cells have more decimals than can be kept: rounded"
            reading, trial = replace(reading, options=rounded, evidence=(*reading.evidence, said)), again
    if not trial.failing:
        return reading
    is_lost = trial.failing > _MOST_FAILING * trial.filled
    if not is_lost:
        trial = _try(spec, reading.options, values, LensFailure)
        if not trial.failing:
            return reading
    told: dict[str, object] = {
        "object": object_name,
        "column": column,
        "field": spec.name,
        "count": trial.failing,
        "filled": trial.filled,
        "example": trial.example,
    }
    if is_lost:
        note = Note(
            "ASK_UNREADABLE",
            "{object}: what is {column}? {count} of its {filled} cells, such as {example}, cannot be {field}: it is not"
            " read as that",
            told,
        )
        return replace(reading, questions=(*reading.questions, note), is_sure=False)
    note = Note(
        "ASK_SOME_UNREADABLE",
        "{object}: {count} of {filled} cells of {column}, such as {example}, cannot be {field}: those rows will wait in"
        " quarantine",
        told,
    )
    return replace(reading, questions=(*reading.questions, note))


def _try(
    spec: FieldSpec,
    options: Mapping[str, object],
    values: Mapping[str, int],
    fails: type | UnionType = LensFailure | Unmapped,
) -> _Trial:
    lens = make_lens(spec, options)
    empty = options.get("empty", ())
    blank = {fold(str(value)) for value in empty} if isinstance(empty, (list, tuple)) else set()
    failing = {
        value: count
        for value, count in values.items()
        if (not blank or fold(value) not in blank) and (lens is None or isinstance(lens.read(value), fails))
    }
    example = max(failing, key=lambda value: failing[value], default="")
    return _Trial(sum(failing.values()), sum(values.values()), example)
