"""A pack: what a team talks over, section by section, as one listing, so that every format shows the same rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from crmbridge.model.notes import Note
from crmbridge.report import tables, words
from crmbridge.report.i18n import Catalog, mark
from crmbridge.report.listing import Column, Listing, Section
from crmbridge.services.fiscal import NamedPeriod

COLUMNS: tuple[Column, ...] = (
    Column("what", mark("point"), "value"),
    Column("question", mark("question")),
    Column("period", mark("period")),
    Column("who", mark("member")),
    Column("deal", mark("deal")),
    Column("stage", mark("stage"), "text"),
    Column("n", mark("n"), "count"),
    Column("amount", mark("amount"), "money"),
    Column("unknown", mark("without amount"), "count"),
    Column("target", mark("target"), "value"),
    Column("actual", mark("actual"), "value"),
    Column("attainment", mark("attainment"), "percent"),
    Column("pace", mark("pace"), "percent"),
    Column("gap", mark("gap"), "value"),
    Column("required", mark("needed a workday"), "value"),
    Column("landing", mark("landing"), "value"),
    Column("rate", mark("share"), "rate"),
    Column("before", mark("before"), "value"),
    Column("now", mark("now"), "value"),
    Column("difference", mark("difference"), "value"),
    Column("score", mark("score"), "number"),
    Column("verdict", mark("verdict"), "word"),
    Column("why", mark("why")),
    Column("response", mark("response"), "word"),
    Column("from", mark("from"), "date"),
    Column("to", mark("to"), "date"),
    Column("age", mark("workdays since"), "count"),
    Column("overdue", mark("workdays overdue"), "count"),
    Column("status", mark("status"), "word"),
    Column("key", mark("key")),
    Column("records", mark("records"), "json"),
)
"""Every column that a section may show; what it holds is the same in all of them."""

TITLES: Mapping[str, str] = {
    "goals": mark("Goal pace"),
    "waterfall": mark("Pipeline since last week"),
    "changes": mark("What changed"),
    "funnel": mark("Funnel and bottleneck"),
    "forecast": mark("Forecast against last week"),
    "risk": mark("Deals at risk"),
    "overdue": mark("Stalled deals and overdue follow-ups"),
    "compliance": mark("Time limits and compliance"),
    "customers": mark("Customers"),
    "channels": mark("Channels"),
    "recognition": mark("Recognition"),
    "actions": mark("Decisions and actions"),
    "agenda": mark("To talk over"),
}
"""The sections in order."""

_WORDS = (
    mark("opening"),
    mark("new deals"),
    mark("entered"),
    mark("amount up"),
    mark("amount down"),
    mark("amount now known"),
    mark("amount now unknown"),
    mark("reopened"),
    mark("won"),
    mark("lost"),
    mark("void"),
    mark("left"),
    mark("closing"),
    mark("advanced"),
    mark("regressed"),
    mark("pushed"),
    mark("done"),
    mark("open"),
)


@dataclass(frozen=True, slots=True)
class PackSection:
    """One section: the columns it shows and its rows. `why` says why there are none, or what they cannot tell."""

    key: str
    columns: tuple[str, ...]
    rows: Sequence[Mapping[str, object]] = ()
    why: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """A question for the meeting, with the records that it is about."""

    note: Note
    records: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pack:
    """Everything a team talks over about a week. `team` is `company` where it is about everybody."""

    team: str
    team_name: str
    week: NamedPeriod
    as_of: datetime
    sections: Sequence[PackSection]
    questions: Sequence[Question] = field(default=())
    kind: str = "pack/1"

    @property
    def key(self) -> str:
        """What the pack is known by."""
        return f"{self.team}|{self.week.label}"


def agenda(questions: Sequence[Question]) -> PackSection:
    """The questions as a section."""
    rows = [{"question": one.note, "records": list(one.records)} for one in questions]
    none = Note("NO_QUESTIONS", mark("nothing in the figures asks for a talk"))
    return PackSection("agenda", ("question", "records"), rows, () if rows else (none,))


def pack_listing(pack: Pack) -> Listing:
    """The pack as a listing: one section after the other."""
    found = [*pack.sections, agenda(pack.questions)]
    rows = [{"section": one.key, **row} for one in found for row in one.rows]
    return Listing(
        definition=pack.kind,
        columns=COLUMNS,
        rows=tuple(rows),
        as_of=pack.as_of,
        window={
            "key": pack.key,
            "team": pack.team,
            "period": pack.week.label,
            "from": pack.week.start,
            "to": pack.week.end,
        },
        warnings=tuple(note for one in found for note in one.why),
        title=mark("Weekly pack"),
        sections=tuple(Section(one.key, TITLES[one.key], one.columns) for one in found),
    )


def markdown(pack: Pack, catalog: Catalog) -> str:
    """The pack as Markdown; no text of a record can become markup in it."""
    title = catalog.text(mark("Weekly pack"))
    lines = [f"# {title} · {_plain(pack.team_name)} · {pack.week.label}", ""]
    lines += [catalog.message(mark("as of {time}"), {"time": words.instant(pack.as_of)}), ""]
    by_name = {column.name: column for column in COLUMNS}
    for number, one in enumerate((*pack.sections, agenda(pack.questions)), 1):
        lines += [f"## {number} {catalog.text(TITLES[one.key])}", ""]
        if one.rows:
            columns = [by_name[name] for name in one.columns if any(row.get(name) is not None for row in one.rows)]
            (made,) = tables.tables(Listing(pack.kind, tuple(columns), tuple(one.rows)), catalog)
            lines.append("| " + " | ".join(_plain(text) for text in made.headings) + " |")
            lines.append("|" + "|".join(" ---: " if right else " --- " for right in made.right) + "|")
            lines += ["| " + " | ".join(_plain(cell) for cell in row) + " |" for row in made.rows]
            lines += ["", *(_plain(text) for text in made.footnotes)]
        lines += [f"- {_plain(catalog.message(note.template, note.params))}" for note in one.why]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _plain(text: str) -> str:
    """A text that Markdown shows as it is: on one line, and every sign that could mean something escaped."""
    shown = " ".join(words.visible(text).split())
    return "".join(f"\\{sign}" if sign in "\\`*_{}[]<>()#+!|~&$" else sign for sign in shown).replace("://", ":\\//")
