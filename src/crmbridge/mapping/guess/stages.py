"""Stages out of the labels of a column: what each means, in which order they come, which are to be asked about."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from crmbridge.adapter.catalog import StageInfo
from crmbridge.mapping.guess import words
from crmbridge.model.notes import Note

MOST_LABELS = 40
_HAN = re.compile(r"[\u3400-\u9fff]")
_NUMBERED = re.compile(r"^\s*[(\[]?(?:阶段|stage|step|s)?\s*(\d{1,2})\s*[)\].:、\-_ —]+\s*(?=\S)", re.IGNORECASE)
_ORDER = {"open": 0, "won": 1, "post_sale": 2, "lost": 3, "void": 4}


@dataclass(frozen=True, slots=True)
class StageGuess:
    """One stage. `place` orders the open ones; `is_known` false means that its category is only assumed."""

    key: str
    names: Mapping[str, str]
    category: str
    labels: tuple[str, ...]
    evidence: str
    place: float
    is_known: bool = True


def guess_stages(labels: Mapping[str, int], told: Sequence[StageInfo] = ()) -> list[StageGuess]:
    """The stages of these labels (label -> how often) in order; `told` are those that the source itself names."""
    if told:
        found = [_told(stage) for stage in told]
        return _keyed(sorted(found, key=lambda one: one.place))
    numbers = {label: _NUMBERED.match(unicodedata.normalize("NFKC", label)) for label in labels}
    found = [_stage(label, count, numbers[label]) for label, count in sorted(labels.items())]
    is_numbered = all(numbers[label] for one in found if one.category == "open" for label in one.labels)
    if not is_numbered:
        found = [replace(one, place=_known_place(one)) for one in found]
    return _keyed(sorted(found, key=lambda one: (_ORDER[one.category], one.place)))


def _stage(label: str, count: int, numbered: re.Match[str] | None) -> StageGuess:
    bare = unicodedata.normalize("NFKC", label)[numbered.end() :] if numbered else label
    entry = _entry(bare)
    place = float(numbered[1]) if numbered else 0.0
    names = _names(label if numbered is None else bare.strip(), entry)
    seen = f"{count} records"
    if entry is not None:
        return StageGuess("", names, entry["category"], (label,), f"a usual label; {seen}", place)
    category, word = category_by_word(bare)
    if word:
        return StageGuess("", names, category, (label,), f"{category} by the word {word}; {seen}", place)
    return StageGuess("", names, "open", (label,), f"no known label, taken to be open; {seen}", place, is_known=False)


def _told(stage: StageInfo) -> StageGuess:
    labels = tuple(dict.fromkeys((stage.id, stage.label)))
    entry = _entry(stage.label)
    if stage.category:
        category, evidence, is_known = str(stage.category), "the source says so", True
    elif entry is not None:
        category, evidence, is_known = entry["category"], "a usual label", True
    else:
        category, word = category_by_word(stage.label)
        evidence, is_known = (
            (f"{category} by the word {word}" if word else "no known label, taken to be open"),
            bool(word),
        )
    return StageGuess("", _names(stage.label, entry), category, labels, evidence, float(stage.order), is_known)


def _entry(label: str) -> dict[str, Any] | None:
    wanted = words.squeeze(label)
    for entry in words.table("stages")["stages"]:
        if wanted in map(words.squeeze, (*entry["labels"], *entry["names"].values())):
            return dict(entry)
    return None


def _known_place(stage: StageGuess) -> float:
    """Where a label usually stands; one that nobody knows comes after the known ones."""
    entries = words.table("stages")["stages"]
    bare = stage.names.get("en") or stage.names.get("zh") or stage.labels[0]
    found = _entry(stage.labels[0]) or _entry(bare)
    return float(next((i for i, entry in enumerate(entries) if found and entry["key"] == found["key"]), len(entries)))


def category_by_word(label: str) -> tuple[str, str | None]:
    """The category that a word of a label says, and the word; open and None where none does."""
    plain = unicodedata.normalize("NFKC", label).casefold()
    rules = words.table("stages")
    if next((word for word in rules["not_yet"]["open"] if _has(plain, word)), None):
        return "open", None
    for category, listed in rules["words"].items():
        found = next((word for word in listed if _has(plain, word)), None)
        if found:
            return category, found
    return "open", None


def _has(text: str, word: str) -> bool:
    return bool(re.search(rf"(?<![a-z]){re.escape(word)}(?![a-z])", text)) if word.isascii() else word in text


def _names(label: str, entry: Mapping[str, Any] | None) -> dict[str, str]:
    usual: Mapping[str, str] = entry["names"] if entry else {}
    if _HAN.search(label):
        return {"en": usual["en"], "zh": label} if usual else {"zh": label}
    # A label only like a usual one keeps its own name: Initial Offer is no 价值建议, whatever its place.
    is_same = (bool(usual) and (entry or {})["category"] != "open") or words.squeeze(label) == words.squeeze(
        usual.get("en", "")
    )
    return {"en": label, "zh": usual["zh"]} if usual and is_same else {"en": label}


def _keyed(stages: Sequence[StageGuess]) -> list[StageGuess]:
    """Each stage with a key of its own, out of its English name; won and lost where they are the only ones."""
    found: list[StageGuess] = []
    taken = {"unknown"}
    for number, stage in enumerate(stages, 1):
        alone = sum(other.category == stage.category for other in stages) == 1
        name = stage.category if stage.category in {"won", "lost", "void"} and alone else stage.names.get("en", "")
        stem = re.sub(r"[^a-z0-9]+", "_", name.casefold()).strip("_") or f"stage_{number}"
        key = stem if stem not in taken else f"{stem}_{number}"
        taken.add(key)
        found.append(replace(stage, key=key))
    return found


def stage_questions(object_name: str, column: str, stages: Sequence[StageGuess]) -> list[Note]:
    """What has to be asked about stages: those that nobody knows, and an order that nothing says."""
    unknown = [stage for stage in stages if not stage.is_known]
    notes = [
        Note(
            "ASK_STAGE",
            "{object}: is {label} in {column} open, won, lost or void, and where does it stand in the order? It is"
            " taken to be open",
            {"object": object_name, "column": column, "label": stage.labels[0]},
        )
        for stage in unknown
    ]
    missing = [name for name in ("won", "lost") if not any(stage.category == name for stage in stages)]
    if missing and stages:
        notes.append(
            Note(
                "ASK_OUTCOME",
                "{object}: how does {column} say that a deal is {missing}? No label does so far",
                {"object": object_name, "column": column, "missing": ", ".join(missing)},
            )
        )
    return notes


def dated_stage(header: str, stages: Sequence[StageGuess]) -> StageGuess | None:
    """The open stage whose entering a header dates: engage_date of Engaging, 进入需求确认阶段时间."""
    noise = words.table("stages")["dates"]["noise"]
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])|[\W_]+", " ", unicodedata.normalize("NFKC", header)).casefold()
    latin = [word for word in spaced.split() if word not in noise]
    rest = words.squeeze("".join(latin))
    for word in (word for word in noise if not word.isascii()):
        rest = rest.replace(word, "")
    for stage in stages:
        for label in map(words.squeeze, stage.labels):
            if stage.category == "open" and rest and _same_stem(rest, label):
                return stage
    return None


_STEM = 5


def _same_stem(one: str, other: str) -> bool:
    """Whether two words are one but for an ending: engage and engaging; Chinese ones have to be equal."""
    if one == other:
        return True
    if not one.isascii() or not other.isascii():
        return False
    common = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return common >= _STEM and common >= len(one) - 2 and common >= len(other) - 3
