"""The faults of the data in the weekly report: the worst findings with their next steps, the score of each owner."""

from collections.abc import Mapping
from decimal import Decimal

from crmbridge.model.notes import Note
from crmbridge.report import charts, words
from crmbridge.report.i18n import mark
from crmbridge.report.listing import Listing, Rate
from crmbridge.report.weekly_pack import LISTED
from crmbridge.report.weekly_tables import HtmlTable, TableCell
from crmbridge.report.weekly_words import Speech

SHARE_PX = 90.0


def findings(quality: Listing, say: Speech) -> HtmlTable:
    """The worst findings, and below them the score of all records, what more there is and what nobody can judge."""
    found = [row for row in quality.rows if row.get("section") == "findings"]
    unjudged = sum(row.get("section") == "unavailable" for row in quality.rows)
    heads = [
        (say(mark("what is wrong")), ""),
        (say(mark("failing")), "broad"),
        (say(mark("severity")), ""),
        (say(mark("next step")), "broad"),
    ]
    notes = [_whole(row, say) for row in quality.rows if row.get("section") == "scores" and row.get("key") == "all"]
    if not found:
        notes.append(say(mark("No check that could be made found a fault.")))
    if len(found) > LISTED:
        text = mark("The {shown} worst of {count} findings; crmbridge quality shows all.")
        notes.append(say(text, shown=LISTED, count=say.count(len(found))))
    if unjudged:
        text = mark("{count} checks could not be made, because the sources do not tell enough.")
        notes.append(say(text, count=say.count(unjudged)))
    return HtmlTable(heads, [_finding(row, say) for row in found[:LISTED]], notes=tuple(notes))


def _finding(row: Mapping[str, object], say: Speech) -> list[TableCell]:
    rate = row["failing"]
    severity = str(row["severity"])
    text, drawing = "", None
    if isinstance(rate, Rate) and rate.value is not None:
        text = f"{say.percent(rate.value)} ({say.count(int(_number(rate.numerator)))} / {say.count(rate.n)})"
        drawing = charts.share(float(rate.value), charts.Frame("", "", text, (), SHARE_PX))
    return [
        TableCell(_said(row["says"], say), words.visible(say(str(row["kind"])))),
        TableCell(text, drawing=drawing),
        TableCell(words.visible(say(severity)), tone="lost" if severity == "error" else "quiet"),
        TableCell(_said(row["fix"], say)),
    ]


def _number(part: object) -> int:
    return part if isinstance(part, int) else 0


def _said(text: object, say: Speech) -> str:
    return say.note(text) if isinstance(text, Note) else words.visible(str(text))


def _whole(row: Mapping[str, object], say: Speech) -> str:
    text = mark("Score of all records: {score} of 100 (n {n}).")
    return say(text, score=_score(row["score"], say), n=words.cell(row["n"], "count", say.catalog))


def _score(score: object, say: Speech) -> str:
    if isinstance(score, Note):
        return say.not_enough
    return words.grouped(score, 2) if isinstance(score, Decimal) else say.unknown


def scores(quality: Listing, say: Speech) -> HtmlTable | None:
    """The score of each owner, the lowest first; None where there is none."""
    found = [row for row in quality.rows if row.get("section") == "scores" and row.get("key") != "all"]
    if not found:
        return None
    heads = [
        (say(mark("owner")), ""),
        (say(mark("score")), "end"),
        (say(mark("records judged")), "end"),
        (say(mark("worst checks")), "broad"),
    ]
    rows = [
        [
            TableCell(say.unknown if row.get("key") is None else words.visible(str(row["slice"]))),
            TableCell(_score(row["score"], say)),
            TableCell(words.cell(row["n"], "count", say.catalog)),
            TableCell(words.cell(row["worst"], "json", say.catalog)),
        ]
        for row in found
    ]
    return HtmlTable(heads, rows)
