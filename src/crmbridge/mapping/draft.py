"""Drafts a mapping from what a source holds: headers in English or Chinese, stages where the source says them.

A draft is a beginning for a person to read. Each line says what made us think so; a column that nothing is known of is
listed in a comment. What is written parses and compiles.
"""

import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from crmbridge.adapter.catalog import Catalog, FieldInfo, ObjectInfo, StageInfo
from crmbridge.mapping import draft_words as words
from crmbridge.model.kinds import FieldType, kind

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_BRACKETS = re.compile(r"[(（\[【].*?[)）\]】]")
_STAGED = "deal"


@dataclass(frozen=True, slots=True)
class Guess:
    """One object with the kind we take it for and the columns we know."""

    info: ObjectInfo
    kind: str
    columns: dict[str, FieldInfo]


def draft(catalog: Catalog) -> str:
    """The text of a mapping for these objects, with the evidence of each guess as a comment."""
    guesses = [guess for info in catalog.objects if (guess := _guess(info)) is not None]
    known = {guess.info.name for guess in guesses}
    lines = [
        "format = 1",
        "",
        "# A draft, made from names only: read every line. `crmbridge mapping check` compares",
    ]
    lines += ["# it with the source, `crmbridge mapping explain` shows what it makes of one record."]
    if any(guess.kind == _STAGED and "stage" in guess.columns for guess in guesses):
        lines += ["", *_pipeline(catalog, guesses)]
    for guess in guesses:
        lines += ["", *_object(guess, guesses)]
    for info in catalog.objects:
        if info.name not in known:
            lines += ["", f"# {_comment(info.name)}: nothing in its name or its columns says what it holds."]
    return "\n".join(lines) + "\n"


def _guess(info: ObjectInfo) -> Guess | None:
    """The kind whose name the object's name holds, else the one with the most known columns (at least two)."""
    name = unicodedata.normalize("NFKC", f"{info.name} {info.label}").casefold()
    named = [found for found, stems in words.OBJECT_WORDS.items() if any(stem in name for stem in stems)]
    scored = {found: _columns(info, found) for found in words.FIELD_WORDS}
    best = max(scored, key=lambda found: (found in named[:1], len(scored[found])))
    if not info.fields or (named and named[0] not in words.FIELD_WORDS):
        return None
    if best not in named and len(scored[best]) < 2:  # noqa: PLR2004 - one column alone is chance
        return None
    return Guess(info, best, scored[best])


def _columns(info: ObjectInfo, kind_name: str) -> dict[str, FieldInfo]:
    """The columns known for a kind; a column is taken once, and the first word of a field's list is preferred."""
    by_header: dict[str, FieldInfo] = {}
    for one in info.fields:
        for header in (one.name, one.label):
            by_header.setdefault(_header(header), one)
    found: dict[str, FieldInfo] = {}
    used: set[str] = set()
    for field, headers in words.FIELD_WORDS[kind_name].items():
        for header in headers:
            column = by_header.get(_header(header))
            if column is not None and column.name not in used:
                found[field] = column
                used.add(column.name)
                break
    return found


def _header(text: str) -> str:
    plain = unicodedata.normalize("NFKC", _BRACKETS.sub("", text)).casefold()
    return "".join(c for c in plain if c.isalnum())


def _object(guess: Guess, guesses: list[Guess]) -> Iterator[str]:
    name = _key(guess.info.name)
    yield f"[objects.{name}]"
    yield f'kind = "{guess.kind}"{" " * 24}# by its name and {len(guess.columns)} known columns'
    yield ""
    yield f"[objects.{name}.fields]"
    rules = dict(_rules(guess, guesses))
    needed = _needed(guess.kind)
    if needed and not any(field in rules for field in needed):
        column = guess.info.key_field or guess.info.fields[0].name
        rules = {needed[0]: f"{_text(column)}{' ' * 8}# no column looks like it: this one stands in"} | rules
    for field, rule in rules.items():
        yield f"{field} = {rule}"
    used = {column.name for field, column in guess.columns.items() if field in rules}
    rest = [one.name for one in guess.info.fields if one.name not in used]
    if rest:
        yield ""
        yield f"# [objects.{name}.custom]                  # columns that nothing is known of"
        yield from (f'# {_key(column)} = {{ from = {_text(column)}, type = "text" }}' for column in map(_comment, rest))


def _needed(kind_name: str) -> list[str]:
    if kind_name == "lead":
        return ["full_name", "company_name"]
    return [name for name, one in kind(kind_name).fields.items() if one.required]


def _rules(guess: Guess, guesses: list[Guess]) -> Iterator[tuple[str, str]]:
    has_stage = guess.kind == _STAGED and "stage" in guess.columns
    for field, column in guess.columns.items():
        spec = kind(guess.kind).fields[field]
        parts = [f"from = {_text(column.name)}"]
        remark = ""
        if spec.type is FieldType.REF:
            homes = [other.info.name for other in guesses if other.kind == spec.target]
            if not homes:
                continue
            parts.append(f"object = {_text(homes[0])}")
            remark = "the ids of that object, written as its key is"
        elif spec.type is FieldType.MONEY:
            parts += _money(column)
        elif spec.type in {FieldType.DATE, FieldType.INSTANT}:
            remark = 'like 2021-04-15; another form needs format = ["%d.%m.%Y"]'
        elif field == "probability":
            parts.append("percent = true")
        if field == "closed_at" and has_stage:
            parts.append('when = "closed"')
            if "expected_close" not in guess.columns:
                yield "expected_close", f'{{ from = {_text(column.name)}, when = "open" }}'
        rule = _text(column.name) if len(parts) == 1 else "{ " + ", ".join(parts) + " }"
        yield field, rule + (f"{' ' * 8}# {remark}" if remark else "")


def _money(column: FieldInfo) -> list[str]:
    """The currency and the unit that a header names: 成交金额（万元）, Opportunity Amount USD."""
    header = unicodedata.normalize("NFKC", f"{column.name} {column.label}")
    currency = next((code for word, code in words.CURRENCY_WORDS.items() if word in header), None)
    unit = next((word for word in words.UNIT_WORDS if word in header), None)
    found = [f'currency = "{currency}"'] if currency else []
    return found + ([f'unit = "{unit}"'] if unit else [])


def _pipeline(catalog: Catalog, guesses: list[Guess]) -> Iterator[str]:
    """One pipeline: the source's own stages where it says them, else open, won and lost."""
    deals = next(guess for guess in guesses if guess.kind == _STAGED and "stage" in guess.columns)
    stages = next((p.stages for p in catalog.pipelines if p.object == deals.info.name and p.stages), ())
    picklist = deals.columns["stage"].picklist
    if not stages:
        stages = tuple(StageInfo(id=v.value, label=v.label, order=i) for i, v in enumerate(picklist, 1))
    yield "[pipelines.sales]"
    yield 'names = { en = "Sales", zh = "销售" }'
    if not stages:
        yield "# The source does not say its stages: name them here in order. A label not named becomes UNKNOWN."
        for key, english, chinese, usual in words.STAGE_LABELS:
            yield from _stage(key, {"en": english, "zh": chinese}, key, list(usual))
        return
    keys: set[str] = set()
    for number, stage in enumerate(sorted(stages, key=lambda s: s.order), 1):
        key = re.sub(r"[^a-z0-9]+", "_", stage.label.casefold()).strip("_") or f"stage_{number}"
        key = key if key not in keys and key != "unknown" else f"{key}_{number}"
        keys.add(key)
        labels = list(dict.fromkeys((stage.id, stage.label)))
        yield from _stage(key, {"en": stage.label}, stage.category or _category(stage.label), labels)


def _category(label: str) -> str:
    text = unicodedata.normalize("NFKC", label).casefold()
    tables = (("lost", words.LOST_WORDS), ("void", words.VOID_WORDS), ("won", words.WON_WORDS))
    return next((category for category, stems in tables if any(stem in text for stem in stems)), "open")


def _stage(key: str, names: dict[str, str], category: str, labels: list[str]) -> Iterator[str]:
    yield ""
    yield "[[pipelines.sales.stages]]"
    yield f"key = {_text(key)}"
    yield "names = { " + ", ".join(f"{language} = {_text(name)}" for language, name in names.items()) + " }"
    yield f'category = "{category}"'
    yield "labels = [" + ", ".join(map(_text, labels)) + "]"


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _text(name)


def _text(text: str) -> str:
    """A TOML string."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _comment(text: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in text)
