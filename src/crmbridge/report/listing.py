"""A listing: what every command answers with, before anybody chose a language or a format.

Values are exact and untranslated here: `Money`, `Rate`, `Fraction`, aware datetimes, and None for unknown. The CLI
renders one as a table, JSON, NDJSON or CSV in one place (`cli/render.py`); a report reads the same rows.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from decimal import Decimal
from fractions import Fraction
from typing import Literal, Self

from crmbridge.model.money import Money
from crmbridge.model.notes import Note

ColumnKind = Literal[
    "text", "word", "count", "number", "rate", "money", "days", "percent", "date", "instant", "bool", "json", "value"
]
"""How the cells of a column read.

| kind | a cell holds | in JSON |
| --- | --- | --- |
| text | str, `Names` or `Note` | the text; the English one of `Names` and `Note` |
| word | one word of a closed vocabulary (`open`, `quarantined`): shown translated | the word itself |
| count | int | the number |
| number | int, Decimal or Fraction, shown with up to 4 decimals | a number |
| rate | `Rate` | `{"n", "numerator", "denominator", "value"}`, `low`, `high` where known |
| money | `Money` | a string in the currency's decimals, and `<name>_currency` beside it |
| days | int, float, Decimal or Fraction, shown with 2 decimals | a number with 4 decimals |
| percent | Decimal or Fraction, 0.25 shown as 25 % | the fraction with 4 decimals |
| date | date or ISO text | ISO text |
| instant | aware datetime | ISO text, UTC |
| bool | bool | true or false |
| json | anything JSON can hold | as it is |
| value | any of these, each cell by its own type | as its type says |

None is unknown: the word `unknown` among figures (empty among texts), null in JSON, an empty cell in CSV, never zero.
A key that a row does not have does not apply to it: an empty cell, and absent in JSON. A row of one listing may lack
what another has.
"""

FIGURES: frozenset[ColumnKind] = frozenset({"count", "number", "rate", "money", "days", "percent", "value"})
"""The kinds that stand at the right edge. A `Note` in such a cell says why the figure is unavailable."""

SAMPLES = 20
"""So many records of each operation are shown of a large plan."""

Exact = int | Decimal | Fraction
"""A number without rounding; a report rounds once, at the end."""


class Days(Fraction):
    """A time in days in a column of several units: shown with 2 decimals, as in a column of days."""

    __slots__ = ()


class Share(Fraction):
    """A share in a column of several units: 0.25 shown as 25 %, as in a column of percents."""

    __slots__ = ()


Part = Exact | Money
"""What a rate is made of: counts of records, or amounts in one currency."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: the key of its cells, and its heading (English, the key of its Chinese text)."""

    name: str
    title: str
    kind: ColumnKind = "text"


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate with what it is made of; `n` is how many records it rests on. No value where the denominator is zero."""

    numerator: Part
    denominator: Part
    n: int
    low: float | None = None
    high: float | None = None

    @property
    def value(self) -> Fraction | None:
        """The exact ratio, or None where there is nothing to divide by."""
        below = _exact(self.denominator)
        return _exact(self.numerator) / below if below else None


def _exact(part: Part) -> Fraction:
    return Fraction(part.amount if isinstance(part, Money) else part)


@dataclass(frozen=True, slots=True)
class Names:
    """What something that the company named is called in each language, as a pipeline's stages are."""

    names: Mapping[str, str]

    def in_language(self, language: str) -> str:
        """The name in that language, else in English, else any."""
        return self.names.get(language) or self.names.get("en") or next(iter(self.names.values()), "")


class Word(str):
    """A word of ours among names that the company gave, as `all` is among owners: itself in JSON, else translated."""

    __slots__ = ("shown",)
    shown: str

    def __new__(cls, text: str, shown: str = "") -> Self:
        """`shown` is the key of what people read, where that is another word."""
        made = super().__new__(cls, text)
        made.shown = shown or text
        return made


@dataclass(frozen=True, slots=True)
class Section:
    """One table among several in a listing: the rows whose cell `section` equals `key`, and the columns it shows.

    `headings` calls columns what they are in this table, where that says more than their own title.
    """

    key: str
    title: str
    columns: tuple[str, ...]
    headings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Listing:
    """Rows with the columns that explain them, and what belongs beside them.

    `definition` names how the figures were worked out (`funnel/1`) or what is listed (`runs`). `sections` split the
    rows into several tables for people; programs get one list of rows. `explain` is the definition in words and the
    records behind the figures, present where it was asked for. `exit_code` is what the command ends with. `empty` is
    what people read where there are no rows. `read` is what figures rest on: each source, and when it was last read.
    """

    definition: str
    columns: tuple[Column, ...]
    rows: tuple[Mapping[str, object], ...]
    as_of: datetime | None = None
    window: Mapping[str, object] | None = None
    warnings: tuple[Note, ...] = ()
    explain: Mapping[str, object] | None = None
    title: str = ""
    sections: tuple[Section, ...] = field(default=())
    exit_code: int = 0
    empty: str = ""
    read: Mapping[str, datetime | None] | None = None

    def in_zone(self, zone: tzinfo) -> Self:
        """The same, with `as_of` at the wall time of that zone, as people read it; programs get UTC all the same."""
        return self if self.as_of is None else replace(self, as_of=self.as_of.astimezone(zone))


def joined(found: Sequence[Listing]) -> Listing:
    """Several listings of one definition as one: their rows and warnings in this order, and the largest exit code."""
    first, *_ = found
    rows = tuple(row for one in found for row in one.rows)
    warnings = tuple(note for one in found for note in one.warnings)
    return replace(first, rows=rows, warnings=warnings, exit_code=max(one.exit_code for one in found))


def listing(definition: str, columns: Iterable[Column], rows: Iterable[Mapping[str, object]]) -> Listing:
    """A plain listing without figures."""
    return Listing(definition, tuple(columns), tuple(rows))
