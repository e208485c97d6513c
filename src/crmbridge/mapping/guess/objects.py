"""All rules of one object: every column is read into a field, or kept as a custom field, and each says why."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from crmbridge.mapping.guess import words
from crmbridge.mapping.guess.closing import beginning_rules, closing_rules
from crmbridge.mapping.guess.links import Link, Links
from crmbridge.mapping.guess.naming import complete, person_rules
from crmbridge.mapping.guess.numbers import looks_numeric, read_numbers
from crmbridge.mapping.guess.profile import Sample
from crmbridge.mapping.guess.readings import read_column
from crmbridge.mapping.guess.rule import KindGuess, Rule
from crmbridge.mapping.guess.staging import Staging
from crmbridge.mapping.guess.trying import make_lens, tried
from crmbridge.model.kinds import FieldSpec, FieldType, kind
from crmbridge.model.notes import Note

_CLOSING = frozenset({"expected_close", "closed_at", "_close", "_won_at", "_lost_at"})
_LOOKS_LIKE_ID = re.compile(
    r"(?i:(^|[^a-z])(ids?|no|number|code|phone|mobile|zip|postal)($|[^a-z]))|[a-z]I[Dd]$|编号|编码|电话|手机|邮编"
)
_ENOUGH_PAIRS = 5
_INSTEAD = {"account.status": "segment"}
"""What a column of that field is where none of its words is known."""


@dataclass(frozen=True, slots=True)
class ObjectGuess:
    """One object as it will be mapped."""

    guess: KindGuess
    staging: Staging
    rules: tuple[Rule, ...]

    @property
    def name(self) -> str:
        """The object's name."""
        return self.guess.info.name

    @property
    def questions(self) -> tuple[Note, ...]:
        """What has to be asked about the object, each once."""
        asked = [note for rule in self.rules for note in rule.questions] + list(self.staging.questions)
        return tuple({(note.code, str(note)): note for note in asked}.values())


def guess_object(guess: KindGuess, staging: Staging, links: Links, held: Sample | None) -> ObjectGuess:
    """The rules of an object, in the order in which a person reads them."""
    rules = [*_fields(guess, staging, links, held)]
    if guess.kind == "deal":
        rules += closing_rules(guess, staging, held)
    rules = complete(guess, _without_repeats(rules), held)
    unused = _unused(guess, staging, rules)
    rules += beginning_rules(guess, staging, held, unused)
    rules = _doubted(guess, rules, held)
    return ObjectGuess(guess, staging, (*rules, *_customs(guess, staging, rules, held)))


def _fields(guess: KindGuess, staging: Staging, links: Links, held: Sample | None) -> Iterator[Rule]:
    if staging.rule is not None:
        yield staging.rule
    yield from person_rules(guess, held)
    if guess.kind == "activity":
        yield from _activity_type(guess, held)
    for name, columns in guess.columns.items():
        if name.startswith("_") or name in _CLOSING or name in {"stage", "type"} & _own_steps(guess.kind):
            continue
        if name not in kind(guess.kind).fields:
            continue
        spec = kind(guess.kind).fields[name]
        if spec.type is FieldType.REF:
            link = links.found.get((guess.info.name, name))
            yield from _reference(guess, name, link) if link else ()
        else:
            yield from _plain(guess, name, columns[0], held)


def _own_steps(kind_name: str) -> set[str]:
    return {"deal": {"stage"}, "activity": {"type"}}.get(kind_name, set())


def _reference(guess: KindGuess, name: str, link: Link) -> Iterator[Rule]:
    options: dict[str, object] = {"from": link.column}
    if link.target is None:
        yield Rule("fields", name, {**options, "object": "?"}, (), link.questions, is_live=False)
        return
    options["object"] = link.target
    options |= {"values": dict(link.values)} if link.values else {}
    options |= {"empty": list(link.empty)} if link.empty else {}
    yield Rule("fields", name, options, (link.evidence,), link.questions)
    if name == "assignee" and "owner" not in guess.columns:
        yield Rule("fields", "owner", options, ("the one who has to do it",))


def _plain(guess: KindGuess, name: str, column: str, held: Sample | None) -> Iterator[Rule]:
    spec = kind(guess.kind).fields[name]
    values = held.column(column).values if held else None
    header = guess.label(column)
    reading = read_column(guess.info.name, guess.kind, spec, column, values, header=header)
    said = ("its header" if header == column else f"its header and description: {header}", *reading.evidence)
    options = {"from": column, **reading.options}
    instead = _INSTEAD.get(f"{guess.kind}.{name}")
    if not reading.is_sure and instead and values and instead not in guess.columns:
        said = (f"its header; no word of it is a {name}, so it tells sorts apart",)
        yield Rule("fields", instead, {"from": column}, said)
        return
    if not reading.is_sure and spec.type is FieldType.ENUM and f"{name}_raw" not in kind(guess.kind).fields:
        # A header like that means many things; where no word of the column is ours, it was another one.
        yield Rule("fields", name, options, ("its header, but none of its words is known",), is_live=False)
        return
    if spec.type is FieldType.MONEY:
        options |= _currency_from(guess, held, options)
    raw = f"{name}_raw"
    if not reading.is_sure and spec.type is FieldType.ENUM and raw in kind(guess.kind).fields:
        yield Rule("fields", raw, {"from": column}, ("its header; no word of it is one of ours",), reading.questions)
        return
    yield Rule("fields", name, options, said, reading.questions, reading.is_sure)
    for other in reading.others:
        yield Rule("fields", name, {"from": column, **other}, ("the other way to read it",), is_live=False)


def _currency_from(guess: KindGuess, held: Sample | None, options: dict[str, object]) -> dict[str, object]:
    """The column that says each amount's currency, where its cells are nothing but codes."""
    for column in guess.columns.get("_currency", ()):
        values = held.column(column).values if held else {}
        if values and "currency" not in options and all(re.fullmatch("[A-Za-z]{3}", value) for value in values):
            return {"currency_from": column}
    return {}


def _activity_type(guess: KindGuess, held: Sample | None) -> Iterator[Rule]:
    """What sort of activity: by a column whose own words are kept too, else by the object's name."""
    spec = kind("activity").fields["type"]
    column = next(iter(guess.columns.get("type", ())), None)
    if column is not None and held is not None:
        reading = read_column(guess.info.name, "activity", spec, column, held.column(column).values)
        if reading.is_sure:
            yield Rule("fields", "type", {"from": column, **reading.options}, reading.evidence, reading.questions)
            yield Rule("fields", "purpose", {"from": column}, ("the source's own word for it",))
            return
    plain = unicodedata.normalize("NFKC", guess.info.name).casefold()
    tokens = re.split(r"[\W_]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", guess.info.name).casefold())
    for ours, listed in words.table("choices")["activity_names"].items():
        if any(word in tokens or (not word.isascii() and word in plain) for word in listed):
            yield Rule("fields", "type", {"value": ours}, ("the name of the object",))
            return
    note = Note(
        "ASK_ACTIVITY",
        "{object}: which sort of activities are these? Nothing says it: they count as notes",
        {"object": guess.info.name},
    )
    yield Rule("fields", "type", {"value": "note"}, ("nothing says what they are",), (note,))


def _without_repeats(rules: Sequence[Rule]) -> list[Rule]:
    """The first live rule of each field, and every rule that is only a comment."""
    found: list[Rule] = []
    live: set[tuple[str, str]] = set()
    for rule in rules:
        if rule.is_live and (rule.table, rule.name) in live:
            continue
        live |= {(rule.table, rule.name)} if rule.is_live else set()
        found.append(rule)
    return found


def _unused(guess: KindGuess, staging: Staging, rules: Sequence[Rule]) -> list[str]:
    """The columns that nothing reads; the key is read by the source itself."""
    used = {column for rule in rules if rule.is_live for column in rule.columns} | staging.columns
    used |= {staging.flag[0]} if staging.flag else set()
    used |= {staging.pipeline[0]} if staging.pipeline else set()
    return [one.name for one in guess.info.fields if one.name not in used]


def _doubted(guess: KindGuess, rules: Sequence[Rule], held: Sample | None) -> list[Rule]:
    """The rules without a day of change that mostly lies before the day of making: it cannot be right."""
    by_name = {rule.name: rule for rule in rules if rule.is_live and rule.table == "fields"}
    made, changed = by_name.get("vendor_created_at"), by_name.get("vendor_modified_at")
    if made is None or changed is None or held is None:
        return list(rules)
    pairs = [(one, other) for one, other in zip(_days(made, held), _days(changed, held), strict=True) if one and other]
    wrong = sum(other < one for one, other in pairs)
    if len(pairs) < _ENOUGH_PAIRS or wrong * 2 <= len(pairs):
        return list(rules)
    note = Note(
        "ASK_CONTRADICTION",
        "{object}: {column} lies before {made} in {count} of {rows} rows: what is it? It is not read",
        {
            "object": guess.info.name,
            "column": changed.columns[0],
            "made": made.columns[0],
            "count": wrong,
            "rows": len(pairs),
        },
    )
    doubted = replace(changed, questions=(*changed.questions, note), is_live=False)
    return [doubted if rule is changed else rule for rule in rules]


def _days(rule: Rule, held: Sample) -> Iterator[date | None]:
    lens = make_lens(kind("deal").fields["vendor_created_at"], rule.options)
    for row in held.rows:
        read = lens.read(row.get(rule.columns[0])) if lens else None
        yield read.date() if isinstance(read, datetime) else read if isinstance(read, date) else None


def _customs(guess: KindGuess, staging: Staging, rules: Sequence[Rule], held: Sample | None) -> Iterator[Rule]:
    """A custom field for every column that no field reads, so that nothing is lost; the key is no field."""
    taken: set[str] = set()
    for number, column in enumerate(_unused(guess, staging, rules), 1):
        if column == guess.info.key_field and not column_is_asked(column, rules):
            continue
        name = _custom_name(column, number, taken)
        taken.add(name)
        if held is not None and not held.column(column).values:
            yield Rule(
                "custom", name, {"from": column, "type": "text"}, ("no record has a value",), is_live=held is None
            )
            continue
        options, said = _custom_type(column, held)
        yield Rule("custom", name, {"from": column, **options}, ("no field is called so", *said))


def _custom_type(column: str, held: Sample | None) -> tuple[dict[str, object], tuple[str, ...]]:
    """What a custom field holds: a number or an amount where every cell is one, else text."""
    if held is None or not held.is_whole or _LOOKS_LIKE_ID.search(column):
        return {"type": "text"}, ()
    values = held.column(column).values
    if looks_numeric(values):
        return {"type": "number"}, ("nothing but plain numbers",)
    spec = FieldSpec("amount", FieldType.MONEY)
    reading = read_numbers("", column, values, is_money=True)
    if "currency" in reading.options and tried("", spec, column, reading, values) == reading and reading.is_sure:
        return {"type": "money", **reading.options}, reading.evidence
    return {"type": "text"}, ()


def column_is_asked(column: str, rules: Sequence[Rule]) -> bool:
    """Whether a rule that is only a comment speaks of a column."""
    return any(column in rule.columns for rule in rules if not rule.is_live)


def _custom_name(column: str, number: int, taken: set[str]) -> str:
    """The header as a name: letters of any script stay, everything else becomes "_"."""
    plain = unicodedata.normalize("NFKC", column).casefold()
    stem = re.sub(r"\W+", "_", plain).strip("_") or f"column_{number}"
    return stem if stem not in taken else f"{stem}_{number}"
