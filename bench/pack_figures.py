"""The figures that a weekly pack shows, section by section, as bench/pack.py compares them: one list a named row.

A row of records has their ids, in their order. What the data of the bench leave empty (goals, consent, offers,
contracts, low scores, complaints, tasks, kept forecasts, decisions) is in no figure; the questions repeat what the
sections say.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from services import PIPELINE

from crmbridge.app.pack_asking import PackAsked
from crmbridge.model.notes import Note
from crmbridge.report.pack import Pack
from crmbridge.services.quality_texts import TOPICS

Figures = dict[str, list[Any]]
Row = Any
_AGES = ("age_7", "age_30", "age_60", "age_90", "age_180", "age_over")
_STAGES = [stage.key for stage in PIPELINE.stages]
_NAMED = ("new", "won", "lost")
_TOPIC_OF = {topic.says.template: name for name, topic in TOPICS.items()}


def figures_of(pack: Pack, asked: PackAsked) -> Figures:
    """Every figure of the pack that is not empty in this data."""
    found: Figures = {}
    for section in pack.sections:
        rows = list(section.rows)
        if section.key in TOLD:
            found |= {f"{section.key} {name}": list(values) for name, values in TOLD[section.key](rows)}
        elif rows:
            raise AssertionError(f"the section {section.key} is not empty: it has to be compared")
        if section.key == "risk":
            found["risk listed"] = [next((note.params["count"] for note in section.why), len(rows))]
    for one in asked.moves.moved:
        found[f"changes {one.what}"] = [list(one.ids), list(one.names)]
    return found


def _waterfall(rows: Sequence[Row]) -> Iterator[tuple[str, Sequence[Any]]]:
    for row in rows:
        if row["n"]:
            yield row["what"], [row["n"], e4(row["amount"]), row["unknown"]]


def _changes(rows: Sequence[Row]) -> Iterator[tuple[str, Sequence[Any]]]:
    places = dict.fromkeys(_NAMED, 0)
    for row in rows:
        what = str(row["what"])
        if what not in _NAMED:
            yield what, [row["records"]]
        elif row.get("deal") is None:
            yield f"{what} more", [row["records"]]
        else:
            places[what] += 1
            why = row.get("why")
            told = None if isinstance(why, Note) or why is None else str(why)
            yield f"{what} {places[what]}", [row["records"][0], row["deal"], row["who"], e4(row["amount"]), told]


def _funnel(rows: Sequence[Row]) -> Iterator[tuple[str, Sequence[Any]]]:
    for key, row in zip(_STAGES, rows, strict=False):
        rate = row["rate"]
        counted = [row["n"], e4(row["amount"]), row["reached"], rate.numerator, rate.denominator]
        yield key, [*counted, rate.low, rate.high, row["verdict"]]


def _ageing(rows: Sequence[Row]) -> Iterator[tuple[str, Sequence[Any]]]:
    for key, row in zip(_STAGES, rows, strict=False):
        yield key, [row.get(age, 0) for age in _AGES]


def _forecast(rows: Sequence[Row]) -> Iterator[tuple[str, Sequence[Any]]]:
    for row in rows:
        yield row["what"], [e4(row["now"])]


def _risk(rows: Sequence[Row]) -> Iterator[tuple[str, Sequence[Any]]]:
    for place, row in enumerate(rows, start=1):
        why = row["why"]
        figure = str(why.params.get("day", why.params.get("age")))
        told = [row["score"], row["verdict"], row["response"], why.code, figure]
        yield str(place), [row["records"][0], row["deal"], row["who"], e4(row["amount"]), *told]


def _overdue(rows: Sequence[Row]) -> Iterator[tuple[str, Sequence[Any]]]:
    for row in rows:
        yield str(row["who"]), [row["n"], row["records"]]


def _compliance(rows: Sequence[Row]) -> Iterator[tuple[str, Sequence[Any]]]:
    for row in rows:
        if row["what"] == "score":
            score = row.get("score")
            why = None if isinstance(row["why"], Note) else [_TOPIC_OF[one.template] for one in row["why"]]
            yield f"score {row['who']}", [row["n"], None if score is None else float(score), why]
        else:
            yield " ".join(filter(None, ("limit", row["who"], row["stage"].in_language("en")))), [row["n"]]


def _customers(rows: Sequence[Row]) -> Iterator[tuple[str, Sequence[Any]]]:
    places = {"VIP not in touch": 0, "may leave us": 0}
    for row in rows:
        what = str(row["what"])
        word = "gaps" if what == "VIP not in touch" else "leaving"
        if "records" not in row:
            yield f"{word} more", [row["why"].params["count"]]
            continue
        places[what] += 1
        told = [row["records"][0], row["customer"], row["who"]]
        told += [str(row["from"]), row["age"]] if word == "gaps" else [row["score"], *_reasons(row["why"])]
        yield f"{word} {places[what]}", told


def _reasons(why: Sequence[Note]) -> list[Any]:
    """Days since the last order and the usual gap, days of silence, what was bought in a year and in the one before."""
    known = {note.code: note.params for note in why}
    gap, silence, drop = known.get("ORDER_GAP"), known.get("SILENCE"), known.get("REVENUE_DROP")
    return [
        *((gap["days"], float(str(gap["gap"]))) if gap else (None, None)),
        silence["days"] if silence else None,
        *((e4(drop["recent"]), e4(drop["prior"])) if drop else (None, None)),
    ]


def _tiers(rows: Sequence[Row]) -> Iterator[tuple[str, Sequence[Any]]]:
    for row in rows:
        yield row["what"], [row["n"], e4(row["amount"])]


def _channels(rows: Sequence[Row]) -> Iterator[tuple[str, Sequence[Any]]]:
    for row in rows:
        rate = row["rate"]
        yield row["what"], [rate.numerator, rate.denominator, rate.low, rate.high, row["verdict"]]


def _recognition(rows: Sequence[Row]) -> Iterator[tuple[str, Sequence[Any]]]:
    for row in rows:
        yield str(row["place"]), [row["who"], e4(row["amount"])]


TOLD: dict[str, Callable[[Sequence[Row]], Iterator[tuple[str, Sequence[Any]]]]] = {
    "waterfall": _waterfall,
    "changes": _changes,
    "funnel": _funnel,
    "ageing": _ageing,
    "forecast": _forecast,
    "risk": _risk,
    "overdue": _overdue,
    "compliance": _compliance,
    "customers": _customers,
    "tiers": _tiers,
    "channels": _channels,
    "recognition": _recognition,
}


def e4(money: Any) -> int | None:  # noqa: ANN401 - a Money
    """An amount in 1/10,000; None where nobody knows it."""
    return None if money is None else int(money.amount * 10_000)
