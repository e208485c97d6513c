"""Which kind an object is: its name and its headers are scored for every kind, and the second best is told too."""

import math
import re
import unicodedata
from collections.abc import Mapping, Sequence

from crmbridge.adapter.catalog import ObjectInfo
from crmbridge.mapping.guess import words
from crmbridge.mapping.guess.rule import KindGuess
from crmbridge.model.kinds import KIND_NAMES

_NAMED, _LAST, _INSIDE = 3.0, 1.5, 1.5
_KEY_OF_KIND = 2.0
_ENOUGH = 2.0
_LONG_STEM = 5


def guess_kind(info: ObjectInfo, only: str | None = None) -> KindGuess | None:
    """The kind of an object; None where neither its name nor two of its headers say anything.

    `only` is a kind that something else than names has shown.
    """
    if not info.fields:
        return None
    named = name_scores(f"{info.name} {info.label}" if info.label != info.name else info.name)
    columns = {kind: known_columns(info, kind) for kind in words.kinds()}
    scores = {kind: named.get(kind, 0.0) + _headers(info, kind, columns[kind]) for kind in words.kinds()}
    best, second = sorted(scores, key=lambda kind: (kind != only, -scores[kind]))[:2]
    fields = [name for name in columns[best] if name != "_id"]
    is_shown = only is not None
    beside = second if scores[second] > 0 else None
    if is_shown:
        return KindGuess(info, best, scores[best], beside, scores[second], columns[best], best in named, is_shown)
    if scores[best] < _ENOUGH or (best not in named and len(fields) < 2):  # noqa: PLR2004 - one column alone is chance
        return None
    return KindGuess(info, best, scores[best], beside, scores[second], columns[best], best in named)


def name_scores(name: str) -> dict[str, float]:
    """What the words of a name say, by kind: every word that stands in it, the last one most."""
    plain = unicodedata.normalize("NFKC", name)
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])|[\W_\d]+", " ", plain).casefold()
    tokens = f" {' '.join(spaced.split())} "
    places: dict[str, int] = {}
    for kind, listed in words.table("kinds").items():
        found = [_place(tokens, word) for word in listed]
        if max(found, default=-1) >= 0:
            places[kind] = max(found)
    if not places:
        joined = tokens.replace(" ", "")
        stems = words.table("kinds").items()
        return {kind: _INSIDE for kind, listed in stems if any(len(w) >= _LONG_STEM and w in joined for w in listed)}
    last = max(places.values())
    return {kind: _NAMED + (_LAST if place == last else 0.0) for kind, place in places.items() if kind in KIND_NAMES}


def _place(tokens: str, word: str) -> int:
    """Where a word ends in a name, -1 for nowhere: Latin ones stand alone, Chinese ones anywhere."""
    wanted = f" {word} " if word.isascii() else word
    at = tokens.rfind(wanted)
    return -1 if at < 0 else at + len(wanted.rstrip())


def known_columns(info: ObjectInfo, kind: str) -> dict[str, tuple[str, ...]]:
    """The columns known for each field of a kind, in the order of its words. A column serves one field only.

    A field takes the column of its likeliest word first; columns of other words of the same field come after it.
    """
    by_form: dict[str, list[str]] = {}
    for one in info.fields:
        for form in words.forms(one.name):
            by_form.setdefault(form, []).append(one.name)
    for one in info.fields:
        for form in words.forms(one.label):
            if one.name not in by_form.setdefault(form, []):
                by_form[form].append(one.name)
    found: dict[str, list[str]] = {}
    used: set[str] = set()
    for is_first in (True, False):
        for field, headers in words.field_words(kind).items():
            for header in headers:
                fresh = [name for name in _columns_of(header, by_form) if name not in used]
                if fresh and (not is_first or field not in found):
                    found.setdefault(field, []).extend(fresh[:1] if is_first else fresh)
                    used |= set(fresh[:1] if is_first else fresh)
    return {field: tuple(names) for field, names in found.items()}


def _columns_of(header: str, by_form: Mapping[str, Sequence[str]]) -> Sequence[str]:
    """The columns that a word of a field names."""
    if not header.startswith("*"):
        return by_form.get(header, ())
    return [name for form, names in by_form.items() if form.endswith(header[1:]) for name in names]


def _headers(info: ObjectInfo, kind: str, columns: Mapping[str, tuple[str, ...]]) -> float:
    """How much the headers say: each as much as few kinds know it; the key that is the id of the kind says more."""
    score = 0.0
    known = words.field_words(kind)
    for field, names in columns.items():
        form = next((f for f in words.forms(names[0]) if f in known[field]), None)
        score += 1 / math.sqrt(words.known_by(form)) if form else 0.5
    if info.key_field and info.key_field in columns.get("_id", ()):
        score += _KEY_OF_KIND / words.known_by(next(iter(words.forms(info.key_field)))) if info.key_field else 0.0
    return score
