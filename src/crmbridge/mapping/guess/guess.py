"""The whole guess: a mapping for what a source describes and holds, with its evidence and its questions."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from crmbridge.adapter.catalog import Catalog
from crmbridge.mapping.guess import text
from crmbridge.mapping.guess.dictionary import described
from crmbridge.mapping.guess.histories import guess_histories
from crmbridge.mapping.guess.kinds import guess_kind
from crmbridge.mapping.guess.links import Links
from crmbridge.mapping.guess.nameless import nameless_lines
from crmbridge.mapping.guess.objects import ObjectGuess, guess_object
from crmbridge.mapping.guess.profile import Sample
from crmbridge.mapping.guess.rule import Guess, KindGuess
from crmbridge.mapping.guess.staging import Staging, guess_staging
from crmbridge.model.notes import Note


def guess(
    catalog: Catalog, samples: Mapping[str, Sample], *, adds_objects: bool = False, takes_history: bool = False
) -> Guess:
    """A mapping for the objects of a catalog. `samples` hold what their records show, by the object's name.

    With `adds_objects` the source can be told to have more objects and other keys: `Guess.projections` and
    `Guess.keys` are then part of the guess, and the text is right only with them; with `takes_history` it can be told
    that a table is the stage history of another. An object without a sample is guessed from its names alone.
    """
    catalog = described(catalog, samples)
    readable = [info for info in catalog.objects if info.readable]
    guesses = [one for info in readable if (one := guess_kind(info)) is not None]
    guesses = [_owners(one, guesses, samples) or one for one in guesses]
    histories = guess_histories(readable, guesses, samples) if takes_history else []
    guesses = [one for one in guesses if one.info.name not in {made.table for made in histories}]
    links = Links(guesses, samples, projects=adds_objects, may_rekey=adds_objects)
    links.resolve()
    rekeyed = {one.object: one.column for one in links.keys}
    if rekeyed and histories:
        histories = guess_histories(readable, [_with_key(one, rekeyed) for one in guesses], samples)
    found: list[ObjectGuess] = []
    for one in guesses:
        held = samples.get(one.info.name)
        past = [label for made in histories if made.home == one.info.name for label in made.labels]
        staging = guess_staging(one, held, catalog, past) if one.kind == "deal" else Staging()
        found.append(guess_object(_with_key(one, rekeyed), staging, links, held))
    known = {one.name for one in found} | {made.table for made in histories}
    unknown = [info for info in catalog.objects if info.name not in known]
    lines = [
        text.head(),
        *_pipelines(found),
        *_objects(found, links),
        *(line for info in unknown for line in nameless_lines(info, samples.get(info.name))),
    ]
    questions = [note for one in found for note in (*_asked_kind(one), *one.questions)]
    kinds = {one.name: one.guess.kind for one in found} | {made.name: made.kind for made in links.projections}
    return Guess(
        "\n".join(lines) + "\n",
        kinds,
        tuple(_summary(one) for one in found),
        tuple(questions),
        tuple(links.keys),
        tuple(links.projections),
        tuple(histories),
    )


def _with_key(one: KindGuess, rekeyed: Mapping[str, str]) -> KindGuess:
    if one.info.name not in rekeyed:
        return one
    info = one.info.model_copy(update={"key_field": rekeyed[one.info.name]})
    return replace(one, info=info)


def _owners(one: KindGuess, guesses: Sequence[KindGuess], samples: Mapping[str, Sample]) -> KindGuess | None:
    """A table of persons as one of users, where its records are the owners of others; None where they are not."""
    held = samples.get(one.info.name)
    if one.kind != "contact" or held is None or any(other.kind == "user" for other in guesses):
        return None
    homes = [column for name, column in held.columns.items() if held.is_key(name)]
    for other in guesses:
        for name in other.columns.get("owner", ()):
            owners = samples[other.info.name].column(name).values if other.info.name in samples else {}
            if other is not one and owners and any(all(home.holds(value) for value in owners) for home in homes):
                return guess_kind(one.info, "user")
    return None


def _names(found: Sequence[ObjectGuess]) -> dict[str, dict[str, str]]:
    """For each object of deals our pipelines, by the vendor's value; of one without several the value is blank."""
    names: dict[str, dict[str, str]] = {}
    taken: set[str] = set()
    for one in found:
        if one.staging.rule is None:
            continue
        values = one.staging.pipeline[1] if one.staging.pipeline else ("",)
        names[one.name] = {}
        for value in values:
            stem = re.sub(r"[^a-z0-9]+", "_", value.casefold()).strip("_") or "sales"
            name = stem if stem not in taken else f"{stem}_{len(taken) + 1}"
            taken.add(name)
            names[one.name][value] = name
    return names


def _pipelines(found: Sequence[ObjectGuess]) -> Iterator[str]:
    for one in found:
        for value, name in _names(found).get(one.name, {}).items():
            source = one.staging.rule.options.get("from", "") if one.staging.rule else ""
            column = " and ".join(source) if isinstance(source, list) else source
            said = f"stages of {one.name}, by {column}" if column else f"stages of {one.name}: none is told"
            yield from text.pipeline_lines(name, one.staging.stages, said, value or None)


def _objects(found: Sequence[ObjectGuess], links: Links) -> Iterator[str]:
    names = _names(found)
    for one in found:
        yield from text.object_lines(one, names.get(one.name, {}))
    for made in links.projections:
        yield from text.projection_lines(made)


def _asked_kind(one: ObjectGuess) -> Iterator[Note]:
    if one.guess.is_close:
        yield Note(
            "ASK_KIND",
            "{object}: is it {kind} or {other}? Both are nearly as likely; it is read as {kind}",
            {"object": one.name, "kind": one.guess.kind, "other": one.guess.second},
        )


def _summary(one: ObjectGuess) -> Note:
    fields = sum(rule.is_live and rule.table == "fields" for rule in one.rules)
    customs = sum(rule.is_live and rule.table == "custom" for rule in one.rules)
    told: dict[str, object] = {
        "object": one.name,
        "kind": one.guess.kind,
        "score": f"{one.guess.score:.1f}",
        "second": one.guess.second or "-",
        "second_score": f"{one.guess.second_score:.1f}",
        "fields": fields,
        "customs": customs,
        "questions": len(one.questions),
    }
    return Note(
        "GUESSED",
        "{object} is read as {kind} (score {score}, next {second} {second_score}): {fields} fields, {customs} custom"
        " ones, {questions} questions",
        told,
    )
