"""Closed lists: which of our words a vendor's word stands for, and what nobody could know about the others."""

import unicodedata
from collections.abc import Mapping, Sequence

from crmbridge.mapping.guess import words
from crmbridge.mapping.guess.rule import Reading
from crmbridge.mapping.lenses.frame import Setting
from crmbridge.mapping.lenses.numbers import BoolLens, make_bool
from crmbridge.mapping.lenses.numbers import BoolParameters as _Parameters
from crmbridge.model.kinds import FieldSpec
from crmbridge.model.notes import Note

_MOST_CHOICES = 60
_ELSE = {"activity.type": "note"}
"""Where every record needs one of the words: what a word that nobody knows is kept as until it is told."""


def read_choices(
    object_name: str, kind: str, spec: FieldSpec, column: str, values: Mapping[str, int]
) -> Reading | None:
    """How a column is read into a closed list; None where not one of its values is known, or they are too many."""
    name = f"{kind}.{spec.name}"
    known = {**words.members(name)} | {words.squeeze(value): value for value in spec.values}
    found: dict[str, str] = {}
    unknown: list[str] = []
    for value in sorted(values, key=lambda one: (-values[one], one)):
        ours = known.get(words.squeeze(value))
        if ours:
            found[value] = ours
        else:
            unknown.append(value)
    if not found or len(values) > _MOST_CHOICES:
        return None
    stand_in = _ELSE.get(name)
    if stand_in:
        found |= dict.fromkeys(unknown, stand_in)
    notes = [_asked(object_name, spec, column, (value, values[value]), stand_in) for value in unknown]
    said = f"{len(values) - len(unknown)} of {len(values)} different values are known words"
    return Reading({"values": found}, (said,), tuple(notes))


def _asked(object_name: str, spec: FieldSpec, column: str, seen: tuple[str, int], stand_in: str | None) -> Note:
    told: dict[str, object] = {
        "object": object_name,
        "column": column,
        "value": seen[0],
        "count": seen[1],
        "choices": ", ".join(spec.values),
    }
    if stand_in:
        return Note(
            "ASK_CHOICE",
            "{object}: what is {value} in {column} ({count} times)? One of {choices}; it counts as {until} until you"
            " say",
            told | {"until": stand_in},
        )
    return Note(
        "ASK_CHOICE",
        "{object}: what is {value} in {column} ({count} times)? One of {choices}; until you say, it is unknown",
        told,
    )


def read_bool(setting: Setting, values: Mapping[str, int]) -> Reading | None:
    """How a column of yes and no is read; None where it is none."""
    plain = make_bool(setting, _Parameters())
    if isinstance(plain, BoolLens) and all(_fold(value) in plain.words for value in values):
        return Reading({}, (f"nothing but {_listed(values)}",))
    for pair in words.table("choices")["booleans"]:
        yes, no = pair["true"], pair["false"]
        folded = set(map(_fold, (*yes, *no)))
        if all(_fold(value) in folded for value in values):
            return Reading({"true": yes, "false": no}, (f"nothing but {_listed(values)}",))
    return None


def _fold(value: str) -> str:
    return unicodedata.normalize("NFKC", value).strip().casefold()


def _listed(values: Mapping[str, int]) -> str:
    return ", ".join(sorted(values)[:4])


def absent_words(field: str, values: Mapping[str, int]) -> Sequence[str]:
    """Cells of a field that say that there is none: no competitor."""
    known = {_fold(word) for word in words.table("choices")["absent"].get(field, [])}
    return [value for value in values if _fold(value) in known]
