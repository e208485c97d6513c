"""A pack: what a team talks over, section by section, as one listing, so that every format shows the same rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from crmbridge.model.notes import Note
from crmbridge.report import ages, tables, words
from crmbridge.report.i18n import Catalog, mark
from crmbridge.report.listing import Column, Listing, Section, Word
from crmbridge.report.pack_texts import HEADINGS, MEANINGS, PACKS, TITLES
from crmbridge.services.fiscal import NamedPeriod

COLUMNS: tuple[Column, ...] = (
    Column("what", mark("topic"), "value"),
    Column("question", mark("question")),
    Column("check", mark("check")),
    Column("period", mark("period")),
    Column("who", mark("member")),
    Column("deal", mark("deal")),
    Column("customer", mark("customer")),
    Column("stage", mark("stage"), "text"),
    Column("place", mark("place"), "count"),
    Column("reached", mark("reached it"), "count"),
    Column("rate", mark("rate"), "rate"),
    Column("n", mark("how many"), "count"),
    Column("won", mark("won"), "count"),
    Column("amount", mark("amount"), "money"),
    Column("unknown", mark("without amount"), "count"),
    Column("lost", mark("lost"), "count"),
    *ages.COLUMNS,
    Column("foreseen", mark("foreseen"), "money"),
    Column("target", mark("target"), "value"),
    Column("actual", mark("actual"), "value"),
    Column("attainment", mark("attainment"), "percent"),
    Column("pace", mark("pace"), "percent"),
    Column("gap", mark("gap"), "value"),
    Column("landing", mark("landing"), "value"),
    Column("required", mark("needed a workday"), "value"),
    Column("win_rate", mark("win rate"), "rate"),
    Column("cycle", mark("days to a win"), "days"),
    Column("error", mark("error"), "percent"),
    Column("points", mark("points"), "days"),
    Column("weakest", mark("weakest KPI"), "value"),
    Column("before", mark("before"), "value"),
    Column("now", mark("now"), "value"),
    Column("control", mark("control"), "rate"),
    Column("treatment", mark("treatment"), "rate"),
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
_BY_NAME = {column.name: column for column in COLUMNS}


@dataclass(frozen=True, slots=True)
class PackSection:
    """One section: the columns it shows and its rows. `why` says why there are none, or what they cannot tell."""

    key: str
    columns: tuple[str, ...]
    rows: Sequence[Mapping[str, object]] = ()
    why: tuple[Note, ...] = ()

    @property
    def held(self) -> list[Column]:
        """The columns that hold anything, called what they are in this section."""
        names = [name for name in self.columns if any(row.get(name) is not None for row in self.rows)]
        called = HEADINGS.get(self.key, {})
        return [replace(_BY_NAME[name], title=called.get(name, _BY_NAME[name].title)) for name in names]


@dataclass(frozen=True, slots=True)
class Question:
    """A question for the meeting, with the records that it is about."""

    note: Note
    records: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pack:
    """Everything a team talks over about a period. `team` is `company` where it is about everybody."""

    team: str
    team_name: str
    period: NamedPeriod
    as_of: datetime
    sections: Sequence[PackSection]
    questions: Sequence[Question] = field(default=())
    kind: str = "pack/1"

    @property
    def key(self) -> str:
        """What the pack is known by."""
        return f"{self.team}|{self.period.label}"

    @property
    def title(self) -> str:
        """What it is called: a template."""
        return PACKS["one-to-one" if self.kind.startswith("one-to-one") else self.period.level]


def agenda(questions: Sequence[Question]) -> PackSection:
    """The questions as a section."""
    rows = [{"question": one.note, "records": list(one.records)} for one in questions]
    none = Note("NO_QUESTIONS", mark("nothing in the figures asks for a talk"))
    return PackSection("agenda", ("question",), rows, () if rows else (none,))


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
            "key": Word(pack.key, f"{pack.team_name} | {pack.period.label}"),
            "team": Word(pack.team, pack.team_name),
            "period": pack.period.label,
            "from": pack.period.start,
            "to": pack.period.end,
        },
        warnings=tuple(note for one in found for note in one.why),
        title=pack.title,
        sections=tuple(Section(one.key, TITLES[one.key], one.columns, HEADINGS.get(one.key, {})) for one in found),
    )


def markdown(pack: Pack, catalog: Catalog) -> str:
    """The pack as Markdown; no text of a record can become markup in it."""
    title = catalog.text(pack.title)
    lines = [f"# {title} · {_plain(pack.team_name)} · {pack.period.label}", ""]
    lines += [catalog.message(mark("as of {time}"), {"time": words.instant(pack.as_of)}), ""]
    for number, one in enumerate((*pack.sections, agenda(pack.questions)), 1):
        lines += [f"## {number} {catalog.text(TITLES[one.key])}", ""]
        if one.rows and one.key in MEANINGS:
            lines += [f"_{_plain(catalog.text(MEANINGS[one.key]))}_", ""]
        if one.rows:
            (made,) = tables.tables(Listing(pack.kind, tuple(one.held), tuple(one.rows)), catalog)
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
