"""When a deal began and when it ended: a plan of the open ones, a fact of the closed ones, never one for the other."""

from collections import Counter
from collections.abc import Iterator, Mapping

from crmbridge.mapping.guess.profile import Sample
from crmbridge.mapping.guess.readings import read_column
from crmbridge.mapping.guess.rule import KindGuess, Rule
from crmbridge.mapping.guess.stages import dated_stage
from crmbridge.mapping.guess.staging import Staging
from crmbridge.model.kinds import FieldSpec, FieldType, kind
from crmbridge.model.notes import Note


def closing_rules(guess: KindGuess, staging: Staging, held: Sample | None) -> Iterator[Rule]:
    """The rules of the end of a deal. A column that is both plan and fact is split by what the stage says."""
    columns = {name: found[0] for name, found in guess.columns.items()}
    split, planned = columns.get("_close"), columns.get("expected_close")
    facts = [columns[name] for name in ("closed_at", "_won_at", "_lost_at") if name in columns]
    has_stage = staging.rule is not None
    if planned:
        yield from _dated(guess, "expected_close", [planned], held, None, "its header says that it is a plan")
    if facts:
        when = "closed" if has_stage else None
        yield from _dated(guess, "closed_at", facts, held, when, "its header says that it is a fact")
    if split is None:
        return
    if not has_stage:
        yield _asked_split(guess, split)
        return
    if not planned:
        yield from _dated(guess, "expected_close", [split], held, "open", "the plan of open deals")
    if not facts:
        yield from _dated(
            guess, "closed_at", [split], held, "closed", "the fact of closed deals", is_second=not planned
        )


def _asked_split(guess: KindGuess, column: str) -> Rule:
    note = Note(
        "ASK_CLOSING",
        "{object}: is {column} a plan or a fact? Without stages nobody can tell: it is not read",
        {"object": guess.info.name, "column": column},
    )
    return Rule("fields", "expected_close", {"from": column}, (), (note,), is_live=False)


def _dated(  # noqa: PLR0917 - the parts of one rule
    guess: KindGuess,
    name: str,
    columns: list[str],
    held: Sample | None,
    when: str | None,
    said: str,
    *,
    is_second: bool = False,
) -> Iterator[Rule]:
    """The rules of one date; a column that is asked about twice is asked about once."""
    spec = kind(guess.kind).fields[name]
    reading = read_column(guess.info.name, guess.kind, spec, columns[0], merged(held, columns))
    frame: dict[str, object] = {"from": columns[0], **({"fallback": columns[1:]} if columns[1:] else {})}
    end = {"when": when} if when else {}
    questions = () if is_second else reading.questions
    evidence = (said, *reading.evidence)
    yield Rule("fields", name, frame | dict(reading.options) | end, evidence, questions, reading.is_sure)
    for other in reading.others:
        yield Rule("fields", name, frame | dict(other) | end, ("the other way to read it",), is_live=False)


def merged(held: Sample | None, columns: list[str]) -> Mapping[str, int] | None:
    """The values of several columns together; None where no record was looked at."""
    if held is None:
        return None
    values: Counter[str] = Counter()
    for column in columns:
        values.update(held.column(column).values)
    return values


def beginning_rules(guess: KindGuess, staging: Staging, held: Sample | None, unused: list[str]) -> Iterator[Rule]:
    """The days on which stages were entered, and the day a record began where nothing says when it was made."""
    begun = [column for column in guess.columns.get("_begun", ()) if held is None or held.column(column).filled]
    taken: set[str] = set()
    for column in dict.fromkeys((*begun, *unused)):
        stage = dated_stage(column, staging.stages) if staging.rule and held else None
        if stage is None or stage.key in taken or not held:
            continue
        spec = FieldSpec(f"stage_dates.{stage.key}", FieldType.INSTANT)
        reading = read_column(guess.info.name, guess.kind, spec, column, held.column(column).values)
        if not reading.questions and not reading.is_sure:
            continue
        taken.add(stage.key)
        said = f"its header names the stage {stage.labels[0]}"
        options = {"from": column, **reading.options}
        yield Rule("stage_dates", stage.key, options, (said, *reading.evidence), reading.questions, reading.is_sure)
        begun = [other for other in begun if other != column]
    if begun and "vendor_created_at" not in guess.columns:
        yield from _began(guess, staging, held, begun[0])


def _began(guess: KindGuess, staging: Staging, held: Sample | None, column: str) -> Iterator[Rule]:
    spec = kind(guess.kind).fields["vendor_created_at"]
    values = merged(held, [column])
    reading = read_column(guess.info.name, guess.kind, spec, column, values)
    told: dict[str, object] = {"object": guess.info.name, "column": column}
    if staging.stages:
        labels = ", ".join(stage.labels[0] for stage in staging.stages if stage.category == "open")
        note = Note(
            "ASK_BEGIN",
            "{object}: does {column} say when a record was made, or when it entered one of {stages}? It counts as the"
            " beginning of the record",
            told | {"stages": labels},
        )
    else:
        note = Note(
            "ASK_BEGIN",
            "{object}: does {column} say when a record was made? It counts as the beginning of the record",
            told,
        )
    questions = (*reading.questions, note)
    options = {"from": column, **reading.options}
    said = ("the only day of a beginning", *reading.evidence)
    yield Rule("fields", "vendor_created_at", options, said, questions, reading.is_sure)
    for other in reading.others:
        yield Rule("fields", "vendor_created_at", {"from": column, **other}, ("the other way",), is_live=False)
