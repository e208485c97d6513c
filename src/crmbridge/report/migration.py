"""A migration as a listing: how many of each kind are carried, and everything that stays behind, with the reason."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from crmbridge.model.notes import Note
from crmbridge.report import pages, tables
from crmbridge.report.i18n import Catalog, mark
from crmbridge.report.listing import Column, Listing, Section


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind: how many are held, are there already, are made, changed, or wait."""

    kind: str
    held: int
    there: int
    to_make: int
    to_change: int
    waits: int


@dataclass(frozen=True, slots=True)
class Stays:
    """What is not carried; `field` is None where it is whole records, `count` where nobody knows how many.

    `kind` is empty where it is of none. `example` is one of the values.
    """

    kind: str
    field: str | None
    count: int | None
    reason: Note
    example: object = None


@dataclass(frozen=True, slots=True)
class Told:
    """A migration as it stands: its connections, the plan that waits, and when that was.

    `taken` counts the records that were made and that an undo has taken back: nobody makes them again unasked.
    """

    giver: str
    receiver: str
    plan: str | None
    at: datetime
    kinds: Sequence[Kind] = field(default=())
    stays: Sequence[Stays] = field(default=())
    taken: int = 0


_COLUMNS = (
    Column("kind", mark("kind"), "word"),
    Column("held", mark("held"), "count"),
    Column("there", mark("there already"), "count"),
    Column("to_make", mark("to make"), "count"),
    Column("to_change", mark("to change"), "count"),
    Column("waits", mark("wait"), "count"),
    Column("field", mark("field")),
    Column("count", mark("records"), "count"),
    Column("reason", mark("reason")),
    Column("example", mark("example")),
)
_SECTIONS = (
    Section("kinds", mark("Carried"), ("kind", "held", "there", "to_make", "to_change", "waits")),
    Section("stays", mark("Not carried"), ("kind", "field", "count", "reason", "example")),
)


def migration_listing(told: Told, more: Sequence[Note] = ()) -> Listing:
    """The migration, with its next step."""
    rows: list[dict[str, object]] = [
        {
            "section": "kinds",
            "kind": one.kind,
            "held": one.held,
            "there": one.there,
            "to_make": one.to_make,
            "to_change": one.to_change,
            "waits": one.waits,
        }
        for one in told.kinds
    ]
    for one in told.stays:
        row: dict[str, object] = {
            "section": "stays",
            "kind": one.kind or None,
            "count": one.count,
            "reason": one.reason,
        }
        row |= {} if one.field is None else {"field": one.field}
        rows.append(row | ({} if one.example is None else {"example": one.example}))
    waits = sum(one.waits for one in told.kinds)
    if told.plan is None and waits:
        text = mark("{count} records cannot be carried as they are; what keeps them is told beside them")
        note = Note("WAITS", text, {"count": waits})
    elif told.plan is None and told.taken:
        text = mark("nothing is to be written beside what was taken back with crmbridge undo")
        note = Note("TAKEN_BACK", text, {})
    elif told.plan is None:
        text = mark("everything that {to} can hold of {connection} is there: nothing is to be written")
        note = Note("ARRIVED", text, {"to": told.receiver, "connection": told.giver})
    else:
        text = mark(
            "the plan {plan} waits: crmbridge plan --show {plan} shows it, crmbridge apply {plan} carries it out"
        )
        note = Note("MIGRATION_PLAN", text, {"plan": told.plan})
    notes = [note]
    if told.taken:
        text = mark(
            "{count} records were taken back with crmbridge undo and are not made again;"
            " crmbridge migrate {connection} {to} --again plans them anew"
        )
        notes.append(Note("AGAIN", text, {"count": told.taken, "connection": told.giver, "to": told.receiver}))
    window = {"connection": told.giver, "to": told.receiver, "plan": told.plan}
    title = mark("Migration")
    return Listing(
        "migration/1",
        _COLUMNS,
        tuple(rows),
        as_of=told.at,
        window=window,
        warnings=(*notes, *more),
        title=title,
        sections=_SECTIONS,
    )


def migration_page(listing: Listing, catalog: Catalog) -> str:
    """The listing as one HTML page that loads nothing."""
    window = listing.window or {}
    values = {
        "language": "zh-CN" if catalog.language == "zh" else "en",
        "title": f"{catalog.text(mark('Migration'))}: {window.get('connection')} → {window.get('to')}",
        "notes": [catalog.message(note.template, note.params) for note in listing.warnings],
        "tables": [
            {"title": one.title, "headings": one.headings, "right": one.right, "rows": one.rows}
            for one in tables.tables(listing, catalog)
            if one.rows
        ],
    }
    return pages.render("plan.html", values)


def migration_text(listing: Listing, catalog: Catalog) -> str:
    """The listing as a text of lines."""
    lines = [catalog.message(note.template, note.params) for note in listing.warnings]
    for one in tables.tables(listing, catalog):
        if one.rows:
            lines += ["", *tables.plain(one)]
    return "\n".join(lines) + "\n"
