"""How an object of deals tells its stages: a column of them, the outcome in another, or nothing at all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from crmbridge.adapter.catalog import Catalog, FieldInfo
from crmbridge.mapping.guess import words
from crmbridge.mapping.guess.profile import Sample
from crmbridge.mapping.guess.rule import KindGuess, Rule
from crmbridge.mapping.guess.stages import MOST_LABELS, StageGuess, guess_stages, stage_questions
from crmbridge.model.notes import Note

_JOIN = " / "
_USUAL = {"Open": 1, "Won": 1, "Lost": 1}
_CLOSED = frozenset({"won", "lost"})


@dataclass(frozen=True, slots=True)
class Staging:
    """The stages of one object, the rule of its stage, and the vendor's own flag where there is one.

    `pipeline` names the vendor's pipelines where there are several.
    """

    stages: tuple[StageGuess, ...] = ()
    rule: Rule | None = None
    flag: tuple[str, Mapping[str, str]] | None = None
    pipeline: tuple[str, tuple[str, ...]] | None = None
    questions: tuple[Note, ...] = ()
    columns: frozenset[str] = field(default_factory=frozenset)


def guess_staging(guess: KindGuess, held: Sample | None, catalog: Catalog, past: Sequence[str] = ()) -> Staging:
    """The staging of an object of deals; `past` are stages that its history knows, and that none need be in now."""
    stage_column, flag = _first(guess, "stage"), _flag(guess, held)
    labels = dict(held.column(stage_column).values) if held and stage_column else {}
    labels |= {label: 0 for label in past if label not in labels} if labels else {}
    told = next((p.stages for p in catalog.pipelines if p.object == guess.info.name and p.stages), ())
    if stage_column and not told and len(labels) > MOST_LABELS:
        note = Note(
            "ASK_TOO_MANY_STAGES",
            "{object}: {column} has {count} different values, too many for stages: which column is the stage?",
            {"object": guess.info.name, "column": stage_column, "count": len(labels)},
        )
        return replace(_without(guess, held), questions=(note,))
    if stage_column and (labels or told or held is None):
        return _with_stages(guess, stage_column, labels, told, flag, held)
    if flag is not None:
        column, values = flag
        stages = tuple(guess_stages(held.column(column).values if held else dict.fromkeys(values, 1)))
        said = "no column of stages; every value of this one tells an outcome"
        rule = Rule("fields", "stage", {"from": column}, (said,))
        return Staging(stages, rule, None, None, tuple(stage_questions(guess.info.name, column, stages)))
    return _without(guess, held)


def _with_stages(  # noqa: PLR0917 - what was found out, in one go
    guess: KindGuess,
    column: str,
    labels: Mapping[str, int],
    told: Sequence[object],
    flag: tuple[str, Mapping[str, str]] | None,
    held: Sample | None,
) -> Staging:
    info = next(one for one in guess.info.fields if one.name == column)
    found = dict(labels) or _picklist(info)
    stages = guess_stages(found or _USUAL, told)  # type: ignore[arg-type] # the catalog's stages
    said = (
        f"{len(labels)} different labels" if labels else "labels of the source" if found or told else "the usual ones"
    )
    rule = Rule("fields", "stage", {"from": column}, (said,))
    pipeline = _pipeline(guess, held)
    if flag and not _CLOSED & {stage.category for stage in stages} and _CLOSED & set(flag[1].values()):
        return replace(_joined(guess, column, stages, flag), pipeline=pipeline)
    notes = stage_questions(guess.info.name, column, stages)
    if not found and not told:
        notes = [
            Note(
                "ASK_STAGES",
                "{object}: which stages are in {column}, in which order? Nothing was seen: open, won and lost stand in",
                {"object": guess.info.name, "column": column},
            )
        ]
    if pipeline:
        notes.append(_asked_pipeline(guess, pipeline))
    return Staging(tuple(stages), rule, flag, pipeline, tuple(notes))


def _picklist(info: FieldInfo) -> dict[str, int]:
    return {value.value: 0 for value in info.picklist}


def _joined(
    guess: KindGuess, column: str, stages: Sequence[StageGuess], flag: tuple[str, Mapping[str, str]]
) -> Staging:
    """Stages of which none is closed, and the outcome in a column of its own: both together name the stage."""
    flag_column, values = flag
    by_category: dict[str, list[str]] = {}
    for value, category in values.items():
        by_category.setdefault(category, []).append(value)
    labels = [label for stage in stages for label in stage.labels]
    found = [
        replace(
            one, labels=tuple(f"{flag}{_JOIN}{label}" for flag in by_category.get("open", ()) for label in one.labels)
        )
        for one in stages
    ]
    found = [one for one in found if one.labels]
    for category in ("won", "lost", "void"):
        written = by_category.get(category, [])
        ends = (*written, *(f"{flag}{_JOIN}{label}" for flag in written for label in labels))
        if written:
            made = guess_stages({written[0]: 1})[0]
            said = f"{category} by {flag_column}"
            found.append(replace(made, key=category, category=category, labels=ends, evidence=said))
    said = f"no label of {column} is an end: {flag_column} tells it, so both together are the stage"
    rule = Rule("fields", "stage", {"from": [flag_column, column], "join": _JOIN}, (said,))
    questions = tuple(stage_questions(guess.info.name, column, stages)[: sum(not one.is_known for one in stages)])
    return Staging(tuple(found), rule, None, None, questions, frozenset({flag_column}))


def _first(guess: KindGuess, name: str) -> str | None:
    return next(iter(guess.columns.get(name, ())), None)


def _flag(guess: KindGuess, held: Sample | None) -> tuple[str, Mapping[str, str]] | None:
    """The column that tells open, won and lost, with what each of its values says; None where one says nothing."""
    known = {words.squeeze(w): category for category, ws in words.table("stages")["flags"].items() for w in ws}
    for column in guess.columns.get("_flag", ()):
        values = held.column(column).values if held else {}
        found = {value: known.get(words.squeeze(value), "") for value in values}
        if found and all(found.values()) and _CLOSED & set(found.values()):
            return column, found
    return None


def _pipeline(guess: KindGuess, held: Sample | None) -> tuple[str, tuple[str, ...]] | None:
    column = _first(guess, "_pipeline")
    values = tuple(sorted(held.column(column).values)) if held and column else ()
    return (column, values) if column and 1 < len(values) <= MOST_LABELS else None


def _asked_pipeline(guess: KindGuess, pipeline: tuple[str, tuple[str, ...]]) -> Note:
    return Note(
        "ASK_PIPELINES",
        "{object}: which stages belong to which of {pipelines}? Each has all of them until you say",
        {"object": guess.info.name, "pipelines": ", ".join(pipeline[1])},
    )


def _without(guess: KindGuess, held: Sample | None) -> Staging:
    """No stage anywhere: won where every record has a day of winning, else unknown."""
    column = _first(guess, "_won_at")
    told: dict[str, object] = {"object": guess.info.name, "column": column}
    if held and column and held.records and held.column(column).filled == held.records:
        said = f"no column of stages, and every one of {held.records} records has a {column}"
        rule = Rule("fields", "stage", {"value": "Won"}, (said,))
        note = Note(
            "ASK_ALL_WON",
            "{object}: are all these deals won? There is no stage, and each has a {column}: they count as won",
            told,
        )
        return Staging(tuple(guess_stages({"Open": 0, "Won": held.records})), rule, None, None, (note,))
    note = Note(
        "ASK_NO_STAGE",
        "{object}: what tells whether a deal is open, won or lost? No column does: all of them count as open",
        told,
    )
    return Staging(questions=(note,))
