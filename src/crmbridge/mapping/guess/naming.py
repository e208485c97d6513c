"""What a record is called: a name, a first and a last one, or for want of them its key."""

import unicodedata
from collections.abc import Iterator, Sequence

from crmbridge.mapping.guess.profile import Sample
from crmbridge.mapping.guess.rule import KindGuess, Rule
from crmbridge.model.kinds import FieldType, kind
from crmbridge.model.notes import Note

_PEOPLE = {"lead": "full_name", "contact": "full_name", "user": "name"}


def person_rules(guess: KindGuess, held: Sample | None) -> Iterator[Rule]:
    """The rules of a person's name."""
    field = _PEOPLE.get(guess.kind)
    if field is None:
        return
    first, last = _column(guess, "_first", held), _column(guess, "_last", held)
    whole = _column(guess, "_full" if field == "full_name" else "name", held)
    if whole and field == "full_name":
        yield Rule("fields", field, {"from": whole}, ("its header",))
    elif not whole and first and last:
        is_chinese = not unicodedata.normalize("NFKC", last).isascii()
        names = [last, first] if is_chinese else [first, last]
        yield Rule("fields", field, {"from": names, "join": "" if is_chinese else " "}, ("both parts of a name",))
    elif not whole and (last or first):
        yield Rule("fields", field, {"from": last or first or ""}, ("the only part of a name that is filled",))
    if guess.kind == "contact":
        yield from (Rule("fields", "given", {"from": first}, ("its header",)) for _ in range(bool(first)))
        yield from (Rule("fields", "family", {"from": last}, ("its header",)) for _ in range(bool(last)))


def _column(guess: KindGuess, name: str, held: Sample | None) -> str | None:
    """The first column known for that, if any record has a value there."""
    for column in guess.columns.get(name, ()):
        if held is None or held.column(column).filled:
            return column
    return None


def complete(guess: KindGuess, rules: Sequence[Rule], held: Sample | None) -> list[Rule]:
    """The rules with a name for every record: its key stands in where there is none, or where the name is blank."""
    needed = ["company_name", "full_name"] if guess.kind == "lead" else [
        one.name for one in kind(guess.kind).fields.values() if one.required and one.type is FieldType.TEXT
    ]  # fmt: skip
    if not needed:
        return list(rules)
    key = guess.info.key_field
    live = [rule for rule in rules if rule.table == "fields" and rule.name in needed and rule.is_live]
    if not live:
        column = key or guess.info.fields[0].name
        note = Note(
            "ASK_NAME",
            "{object}: which column is the name of a {kind}? None is called so: {column} stands in",
            {"object": guess.info.name, "kind": guess.kind, "column": column},
        )
        stand_in = Rule("fields", needed[0], {"from": column}, ("no column looks like a name",), (note,))
        return [stand_in, *(rule for rule in rules if rule.is_live or rule.name not in needed)]
    return [_with_fallback(rule, key, held) if len(live) == 1 and rule is live[0] else rule for rule in rules]


def _with_fallback(rule: Rule, key: str | None, held: Sample | None) -> Rule:
    source = rule.options.get("from")
    if held is None or key is None or not isinstance(source, str) or source == key:
        return rule
    blank = held.records - held.column(source).filled
    if not blank:
        return rule
    said = f"{blank} of {held.records} are blank: the key stands in"
    return Rule(rule.table, rule.name, {**rule.options, "fallback": [key]}, (*rule.evidence, said), rule.questions)
