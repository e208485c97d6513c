"""The comparison of both systems of a pair as a listing: how much is equal, and what differs, why, and what holds."""

from collections.abc import Iterator, Mapping, Sequence

from crmbridge.model.notes import Note
from crmbridge.report.i18n import mark
from crmbridge.report.listing import Column, Listing, Section, Word
from crmbridge.report.plans import Names
from crmbridge.sync.twoway.merging import Unseen
from crmbridge.sync.twoway.planning import Held
from crmbridge.sync.twoway.reconciling import SAMPLES, Alone, Compared, Difference, Source

_COUNTED = ("equal", "different", "only_left", "only_right", "unreadable", "gone")
_COLUMNS = (
    Column("pair", mark("pair")),
    Column("left_connection", mark("left is")),
    Column("right_connection", mark("right is")),
    Column("connection", mark("connection")),
    Column("object", mark("object")),
    Column("kind", mark("kind"), "word"),
    Column("equal", mark("equal"), "count"),
    Column("different", mark("different"), "count"),
    Column("only_left", mark("only left"), "count"),
    Column("only_right", mark("only right"), "count"),
    Column("unreadable", mark("not readable"), "count"),
    Column("gone", mark("gone on both"), "count"),
    Column("here", mark("records here"), "count"),
    Column("there", mark("records there"), "count"),
    Column("left_out", mark("compared with nothing"), "count"),
    Column("record", mark("record")),
    Column("id", mark("id")),
    Column("left_id", mark("left id")),
    Column("right_id", mark("right id")),
    Column("field", mark("field")),
    Column("left", mark("left")),
    Column("right", mark("right")),
    Column("holds", mark("decided value")),
    Column("why", mark("why"), "word"),
    Column("reason", mark("reason")),
)
_DIFFERENCE = ("kind", "record", "field", "left", "right", "holds", "why", "reason")
_SECTIONS = (
    Section("kinds", mark("Records"), ("pair", "left_connection", "right_connection", "kind", *_COUNTED)),
    Section("sources", mark("Counted now"), ("connection", "object", "kind", "here", "there", "left_out")),
    Section("differences", mark("Differences"), _DIFFERENCE),
    Section("alone", mark("On one side alone"), ("connection", "kind", "record", "id", "why", "reason")),
)
_SHOWN = {"question": mark("a person is asked"), "nobody knows": mark("nobody knows why")}
WORDS = (
    *(mark("waiting"), mark("held back"), mark("not merged yet"), mark("own form"), mark("cannot be written")),
    *(mark("deleted there"), mark("kept apart"), mark("not made there")),
)
"""Why two sides may differ; `_SHOWN` is how one reads whose word alone says something else."""
UNEXPLAINED = "nobody knows"
NEEDS_A_PERSON = 3


def comparison_listing(pair: str, done: Compared, counted: Sequence[Source], names: Names) -> Listing:
    """The comparison; it ends with 3 where something differs that nothing explains, which a person must look at."""
    rows = [*_kinds(pair, done, names), *_sources(pair, counted)]
    rows += [_difference(pair, one, names) for one in done.differences]
    rows += [_alone(pair, one, names) for one in done.alone]
    warnings = (*_told(pair, done), *_uncounted(pair, counted))
    is_strange = done.why[UNEXPLAINED] > 0
    code = NEEDS_A_PERSON if is_strange else 0
    return Listing("reconcile/1", _COLUMNS, tuple(rows), warnings=warnings, sections=_SECTIONS, exit_code=code)


def _kinds(pair: str, done: Compared, names: Names) -> Iterator[Mapping[str, object]]:
    for kind_name, counts in done.counts.items():
        yield {
            "section": "kinds",
            "pair": pair,
            "left_connection": names.sides.get("left"),
            "right_connection": names.sides.get("right"),
            "kind": kind_name,
            **{name: counts[name.replace("_", " ")] for name in _COUNTED},
        }


def _sources(pair: str, counted: Sequence[Source]) -> Iterator[Mapping[str, object]]:
    for one in counted:
        row: dict[str, object] = {"section": "sources", "pair": pair, "connection": one.connection}
        row |= {"object": one.object, "kind": one.kind, "here": one.here, "left_out": one.left_out}
        yield row | ({} if one.there is None else {"there": one.there})


def _difference(pair: str, one: Difference, names: Names) -> Mapping[str, object]:
    row = {
        "section": "differences",
        "pair": pair,
        "kind": one.kind,
        "record": names.title(one.kind, one.record_id),
        "left_id": one.ids[0],
        "right_id": one.ids[1],
        "field": one.field,
        "left": names.value(one.kind, one.field, one.left),
        "right": names.value(one.kind, one.field, one.right),
        "why": _why(one.why),
    }
    if not isinstance(one.holds, Unseen):
        row["holds"] = names.value(one.kind, one.field, one.holds)
    return row | _reason(one.held, names)


def _alone(pair: str, one: Alone, names: Names) -> Mapping[str, object]:
    row = {
        "section": "alone",
        "pair": pair,
        "connection": names.sides.get(one.side.value, one.side.value),
        "kind": one.kind,
        "record": names.title(one.kind, one.record_id),
        "id": one.external_id,
        "why": _why(one.why),
    }
    return row | _reason(one.held, names)


def _why(why: str) -> Word:
    return Word(why, _SHOWN.get(why, ""))


def _reason(held: Held | None, names: Names) -> dict[str, object]:
    if held is None:
        return {}
    params = dict(held.params)
    if "who" in params:
        params["who"] = names.title("user", str(params["who"]))
    return {"reason": Note("HELD", held.template, params)}


def _told(pair: str, done: Compared) -> Iterator[Note]:
    differ = sum(done.why.values())
    if strange := done.why[UNEXPLAINED]:
        text = mark("{count} differences of the pair {pair} are explained by nothing: that should not be")
        yield Note("UNEXPLAINED", text, {"count": strange, "pair": pair})
    if len(done.differences) + len(done.alone) < differ:
        text = mark("only the first {count} of each are named, of {all}")
        yield Note("CUT", text, {"count": SAMPLES, "all": differ})


def _uncounted(pair: str, counted: Sequence[Source]) -> Iterator[Note]:
    for one in counted:
        if one.there is not None and one.there != one.here:
            text = mark(
                "{connection} counts {there} {object} now, and {here} are kept here: some were made or deleted since"
            )
            found: dict[str, object] = {"connection": one.connection, "object": one.object}
            found |= {"here": one.here, "there": one.there}
            yield Note("COUNT_DIFFERS", text, found)
        if one.left_out:
            text = mark(
                "{count} {object} of {connection} are compared with nothing: not merged yet (crmbridge plan {pair}), "
                "not readable (crmbridge quarantine), or there twice"
            )
            found = {"connection": one.connection, "object": one.object, "count": one.left_out, "pair": pair}
            yield Note("LEFT_OUT", text, found)
