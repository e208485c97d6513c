"""The text of a guessed mapping: every rule under what it rests on, and every question where its answer goes."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence

from crmbridge.mapping.guess.objects import ObjectGuess
from crmbridge.mapping.guess.rule import Projection, Rule
from crmbridge.mapping.guess.stages import StageGuess
from crmbridge.model.notes import Note

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_HEAD = """\
format = 1

# A draft, guessed from names and values: read every line. Each rule says above itself what it rests on. What nobody
# could know stands under QUESTION; a rule that waits for an answer is a comment. `crmbridge mapping check` compares
# this with the source, `crmbridge mapping explain` shows what it makes of one record."""


def head() -> str:
    """What stands first in a draft."""
    return _HEAD


def pipeline_lines(name: str, stages: Sequence[StageGuess], evidence: str, title: str | None = None) -> Iterator[str]:
    """A pipeline with its stages."""
    names = {"en": title} if title else {"en": "Sales", "zh": "销售"}
    yield from ("", *comment(evidence), f"[pipelines.{key(name)}]")
    yield f"names = {value(names)}"
    yield 'object = "deal"'
    for stage in stages:
        yield ""
        yield from comment(stage.evidence)
        yield f"[[pipelines.{key(name)}.stages]]"
        yield f"key = {value(stage.key)}"
        yield f"names = {value(stage.names)}"
        yield f'category = "{stage.category}"'
        yield f"labels = {value(list(stage.labels))}"


def object_lines(found: ObjectGuess, pipelines: Mapping[str, str]) -> Iterator[str]:
    """An object with its rules. `pipelines` are ours by the vendor's value, where there are any."""
    at = f"objects.{key(found.name)}"
    yield ""
    yield from comment(found.guess.evidence)
    yield from questions(found.staging.questions)
    yield f"[{at}]"
    yield f'kind = "{found.guess.kind}"'
    if found.staging.pipeline:
        yield f"pipeline = {value({'from': found.staging.pipeline[0], 'values': dict(pipelines)})}"
    elif found.staging.rule is not None:
        yield f"pipeline = {value(next(iter(pipelines.values())))}"
    if found.staging.flag:
        column, values = found.staging.flag
        yield from comment(f"{column} tells the outcome of a deal whose stage is not named above")
        yield f"category = {value({'from': column, 'values': dict(values)})}"
    for table in ("fields", "stage_dates", "custom"):
        rules = [rule for rule in found.rules if rule.table == table]
        if rules:
            yield ""
            # A table of nothing but comments has no line of its own, and one of fields always has one.
            is_live = any(rule.is_live for rule in rules)
            yield f"[{at}.{table}]" if is_live else f"# [{at}.{table}]"
            for rule in rules:
                yield from rule_lines(rule)


def rule_lines(rule: Rule) -> Iterator[str]:
    """A rule under its questions and its evidence."""
    yield from questions(rule.questions)
    if rule.evidence:
        yield from comment("; ".join(rule.evidence))
    written = rule.options["from"] if set(rule.options) == {"from"} else rule.options
    line = f"{key(rule.name)} = {value(written)}"
    yield line if rule.is_live else f"# {printable(line)}"


def projection_lines(made: Projection) -> Iterator[str]:
    """An object of distinct values, which has nothing but a name."""
    name = {"contact": "full_name"}.get(made.kind, "name")
    yield ""
    yield from comment(str(made.evidence))
    yield f"[objects.{key(made.name)}]"
    yield f'kind = "{made.kind}"'
    yield ""
    yield f"[objects.{key(made.name)}.fields]"
    yield f"{name} = {value(made.column)}"


def questions(notes: Sequence[Note]) -> Iterator[str]:
    """Each question as a comment."""
    for note in notes:
        yield from comment(f"QUESTION: {note}")


def comment(text: str) -> Iterator[str]:
    """A text as a comment of one line."""
    yield f"# {printable(text)}"


def printable(text: str) -> str:
    """A text on one line; what is no printable character shows as `?`."""
    return "".join(char if char.isprintable() else "?" for char in text)


def key(name: str) -> str:
    """A key, in quotes where it needs them."""
    return name if _BARE.fullmatch(name) else value(name)


def value(found: object) -> str:
    """A value as TOML has it, tables on one line."""
    if isinstance(found, bool):
        return "true" if found else "false"
    if isinstance(found, str):
        return json.dumps(found, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(found, Mapping):
        inside = ", ".join(f"{key(str(name))} = {value(one)}" for name, one in found.items())
        return "{ " + inside + " }" if inside else "{}"
    if isinstance(found, (list, tuple)):
        return "[" + ", ".join(map(value, found)) + "]"
    return str(found)
