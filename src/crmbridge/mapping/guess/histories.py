"""Which table is the stage history of deals: told by its values, since such tables are called anything.

Its rows name records of deals, many of them more than once; a column holds stages that the deals are in, another times.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from crmbridge.adapter.catalog import ObjectInfo
from crmbridge.mapping.guess.dates import guess_dates
from crmbridge.mapping.guess.profile import Column, Sample
from crmbridge.mapping.guess.rule import HistoryGuess, KindGuess
from crmbridge.mapping.guess.stages import MOST_LABELS
from crmbridge.model.notes import Note

_NAMED, _SHARED = 0.9, 0.5
"""How much of a column's different values the deals must know: nearly every key, and half of the stages."""
_LEFT = re.compile(r"(?i)\b(from|old|prev|previous|before|source)|前|原|旧")
_ENTERED = re.compile(r"(?i)\b(to|new|after|stage)\b|后|新|至")
_CALLED = re.compile(r"(?i)histor|stage|log|变更|历史|阶段")
_WHEN = re.compile(r"(?i)(enter|chang|mov|at$|time|date)|时间|日期")


def guess_histories(
    infos: Sequence[ObjectInfo], guesses: Sequence[KindGuess], samples: Mapping[str, Sample]
) -> list[HistoryGuess]:
    """The stage history of each object of deals, at most one; `infos` are all objects of the source."""
    homes = [one for one in guesses if one.kind == "deal" and _is_keyed(one, samples)]
    named = {one.info.name for one in guesses if one.is_named and one.kind != "deal"}
    found: dict[str, HistoryGuess] = {}
    for info in infos:
        held = samples.get(info.name)
        if held is None or (info.name in named and not _CALLED.search(info.name)):
            continue
        for home in homes:
            if info.name != home.info.name and home.info.name not in found:
                made = _history(info, held, home, guesses, samples)
                found |= {home.info.name: made} if made else {}
    return list(found.values())


def _is_keyed(one: KindGuess, samples: Mapping[str, Sample]) -> bool:
    held = samples.get(one.info.name)
    return bool(held and one.info.key_field and held.is_key(one.info.key_field) and one.columns.get("stage"))


def _history(
    info: ObjectInfo, held: Sample, home: KindGuess, guesses: Sequence[KindGuess], samples: Mapping[str, Sample]
) -> HistoryGuess | None:
    deals = samples[home.info.name]
    keys, labels = deals.column(home.info.key_field or ""), deals.column(home.columns["stage"][0])
    names = [one.name for one in info.fields]
    records = [name for name in names if not held.is_key(name) and _share(held.column(name), keys) >= _NAMED]
    stages = [name for name in names if _is_of(held.column(name), labels)]
    times = sorted(_times(held, names), key=lambda name: _WHEN.search(name) is None)
    if len(records) != 1 or not stages or not times:
        return None
    entered, left = _sides(stages, held)
    if len(held.column(entered).values) == 1:
        return None
    options: dict[str, object] = {"record": records[0], "to": entered, "at": times[0]}
    options |= {"from": left} if left else {}
    options |= _others(held, [name for name in names if name not in options.values()], home, guesses, samples)
    formats = _formats(held.column(times[0]))
    told: dict[str, object] = {
        "table": info.name,
        "object": home.info.name,
        "column": records[0],
        "stage": entered,
        "time": times[0],
    }
    text = (
        "{table} is the stage history of {object}: {column} names its records, {stage} its stages, and {time} tells"
        " when one was entered"
    )
    evidence = Note("HISTORY_FOUND", text, told)
    seen = tuple(dict.fromkeys(label for name in (entered, left) if name for label in held.column(name).values))
    return HistoryGuess(home.info.name, info.name, options | formats, seen, evidence)


def _share(column: Column, home: Column) -> float:
    values = list(column.values)
    return sum(home.holds(value) for value in values) / len(values) if values else 0.0


def _is_of(column: Column, labels: Column) -> bool:
    return len(column.values) <= MOST_LABELS and _share(column, labels) >= _SHARED


def _times(held: Sample, names: Sequence[str]) -> Iterator[str]:
    """The columns that hold nothing but times of which nobody doubts how they are written."""
    for name in names:
        column = held.column(name)
        found = guess_dates(column.values) if column.filled == held.records else None
        if found is not None and not found.ambiguous and not found.bad:
            yield name


def _sides(stages: Sequence[str], held: Sample) -> tuple[str, str | None]:
    """The column of the stage that was entered, and that of the one left: by their names, else by how full they are."""
    rated = sorted(
        stages,
        key=lambda name: (
            _LEFT.search(name) is not None,
            _ENTERED.search(name) is None,
            -held.column(name).filled,
        ),
    )
    return rated[0], next((name for name in rated[1:] if _LEFT.search(name)), None)


def _others(
    held: Sample,
    names: Sequence[str],
    home: KindGuess,
    guesses: Sequence[KindGuess],
    samples: Mapping[str, Sample],
) -> Iterator[tuple[str, object]]:
    """The columns with the id of the row, who moved the record, and in which pipeline."""
    columns = home.columns.get("_pipeline", ())
    pipelines = samples[home.info.name].column(columns[0]) if columns else Column()
    users = [
        samples[one.info.name].column(one.info.key_field)
        for one in guesses
        if one.kind == "user" and one.info.key_field and one.info.name in samples
    ]
    found: dict[str, str] = {}
    for name in names:
        column = held.column(name)
        if held.is_key(name) and not guess_dates(column.values):
            found.setdefault("key", name)
        elif len(pipelines.values) > 1 and _share(column, pipelines) >= _NAMED:
            found.setdefault("pipeline", name)
        elif any(_share(column, home) >= _NAMED for home in users):
            found.setdefault("by", name)
    yield from found.items()


def _formats(column: Column) -> dict[str, object]:
    """How the times are written, where they are not as ISO 8601 has them."""
    found = guess_dates(column.values)
    formats = list(dict.fromkeys(found.formats)) if found else []
    return (
        {}
        if all(one.startswith(("%Y-%m-%dT", "%Y-%m-%d %H")) or one == "%Y-%m-%d" for one in formats)
        else {"format": formats}
    )
