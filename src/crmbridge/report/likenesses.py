"""Records of two systems that may be one, as a listing: both, how sure that is, by what, and why it is not certain."""

from collections.abc import Mapping, Sequence

import orjson

from crmbridge.ledger.likenesses import Likeness
from crmbridge.model.instants import from_us
from crmbridge.model.notes import Note
from crmbridge.report.i18n import mark
from crmbridge.report.listing import Column, Listing, Word
from crmbridge.report.plans import Names

_SAME = 100
_STATES = {"open": mark("open"), "accepted": mark("accepted"), "refused": mark("refused")}


def likenesses_listing(found: Sequence[Likeness], names: Mapping[str, Names]) -> Listing:
    """Each suggestion; `names` are those of each pair."""
    columns = (
        Column("id", mark("number"), "count"),
        Column("pair", mark("pair")),
        Column("kind", mark("kind"), "word"),
        Column("left", mark("left")),
        Column("right", mark("right")),
        Column("left_connection", mark("left is")),
        Column("right_connection", mark("right is")),
        Column("grade", mark("how sure"), "word"),
        Column("score", mark("names alike, %"), "count"),
        Column("evidence", mark("what both have")),
        Column("doubt", mark("why not certain")),
        Column("state", mark("state"), "word"),
        Column("since", mark("since"), "instant"),
        Column("settled_by", mark("settled by")),
    )
    rows = tuple(_row(one, names[one.pair]) for one in found)
    return Listing("links/1", columns, rows, empty=mark("no two records are suggested to be one"))


def _row(one: Likeness, names: Names) -> Mapping[str, object]:
    evidence = [(str(what), str(value)) for what, value in orjson.loads(one.evidence)]
    return {
        "id": one.id,
        "pair": one.pair,
        "kind": one.kind,
        "left": names.title(one.kind, one.left_record),
        "right": names.title(one.kind, one.right_record),
        "left_connection": names.sides.get("left", "left"),
        "right_connection": names.sides.get("right", "right"),
        "grade": one.grade,
        "score": one.score,
        "evidence": ", ".join(what if what == "name" else f"{what} {value}" for what, value in evidence),
        "doubt": _doubt(one.score, {what for what, _ in evidence}),
        "state": Word(one.state, _STATES[one.state]),
        "since": from_us(one.opened_us).astimezone(names.zone),
        "settled_by": one.settled_by,
    }


def _doubt(score: int, has: set[str]) -> Note:
    """Why this is no certain link."""
    if has & {"phone", "email"}:
        text = mark("others have the key too, a surer one differs, or the mapping takes it for no key")
    elif score < _SAME:
        text = mark("the names are only nearly the same")
    elif has == {"name"}:
        text = mark("only the names are the same")
    else:
        text = mark("a name and a place are no key: two can have both")
    return Note("DOUBT", text, {})
