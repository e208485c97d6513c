"""What a metric came to, for any node and any days: one query a metric, its figures those of `crmbridge kpi`."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from itertools import accumulate
from typing import Self

from crmbridge.model.errors import ConfigError
from crmbridge.model.notes import Note
from crmbridge.services import stats
from crmbridge.services.dimensions import dimension
from crmbridge.services.goal_text import period_of
from crmbridge.services.kpi import Kpi, missing_of
from crmbridge.services.kpi_figures import kpi_slice
from crmbridge.services.kpi_query import query, together
from crmbridge.services.measures import measure
from crmbridge.services.results import Period
from crmbridge.services.world import World

_BETWEEN = "\x1f"
_DAY = timedelta(days=1)
NO_ROW = Note("NO_FIGURE", "the file of figures has no row for it")
NOT_A_USER = Note("NO_USER", "no user of any system is called so, so nobody knows what is theirs")


@dataclass(frozen=True, slots=True)
class Tally:
    """What some records come to: added up where parts add up, else a numerator over a denominator.

    `unknown` records lack the field. `currency` is that of amounts.
    """

    numerator: Fraction = Fraction(0)
    denominator: Fraction = Fraction(0)
    n: int = 0
    unknown: int = 0
    currency: str | None = None

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            self.numerator + other.numerator,
            self.denominator + other.denominator,
            self.n + other.n,
            self.unknown + other.unknown,
            self.currency or other.currency,
        )

    def __sub__(self, other: "Tally") -> "Tally":
        return Tally(
            self.numerator - other.numerator,
            self.denominator - other.denominator,
            self.n - other.n,
            self.unknown - other.unknown,
            self.currency or other.currency,
        )

    def value(self, *, is_rate: bool) -> Fraction | None:
        """The figure; None where there is nothing to divide by, or all that there is has no value."""
        if is_rate:
            return stats.ratio(self.numerator, self.denominator)
        return None if self.unknown and not self.n else self.numerator


@dataclass(frozen=True, slots=True)
class _Line:
    """The days of one owner, and the sums before each."""

    days: tuple[date, ...]
    sums: tuple[Tally, ...]

    @classmethod
    def of(cls, entries: Mapping[date, Tally]) -> Self:
        days = tuple(sorted(entries))
        return cls(days, tuple(accumulate((entries[day] for day in days), initial=Tally())))

    def between(self, start: date, end: date) -> Tally:
        first, last = bisect_left(self.days, start), bisect_left(self.days, end)
        return self.sums[last] - self.sums[first] if last > first else Tally()


@dataclass(frozen=True, slots=True)
class Actuals:
    """What a metric came to by owner and day; `missing` says why there is no figure at all.

    Of a stock the days play no part.
    """

    lines: Mapping[str | None, _Line]
    is_stock: bool = False
    missing: Note | None = None

    def of(self, owners: frozenset[str] | None, start: date, end: date) -> Tally:
        """The records of some owners (None: everybody's, and nobody's) in [start, end)."""
        wanted: Iterable[str | None] = self.lines if owners is None else (one for one in owners if one in self.lines)
        if self.is_stock:
            start, end = date.min, date.max
        found = Tally()
        for owner in wanted:
            found += self.lines[owner].between(start, end)
        return found

    @property
    def first(self) -> date | None:
        """The first day of which anything is told."""
        return min((line.days[0] for line in self.lines.values() if line.days), default=None)


def measure_days(world: World, kpi: Kpi, window: Period, by: str, currency: str | None) -> Actuals:
    """A KPI by owner and day over a window; ConfigError where its records have no such dimension.

    MixedCurrency where amounts of several currencies would be added. `currency` keeps only those in it.
    """
    formula = kpi.formula
    built = query(formula, window=window, by=by, currency=currency)
    if missing := missing_of(world, [kpi], {kpi.id: built}).get(kpi.id):
        return Actuals({}, formula.date is None, missing)
    day = "NULL" if formula.date is None else f"({measure(formula.kind, formula.date, slot='day').sql})"
    owner = dimension(formula.kind, by).key
    key = f"coalesce({owner}, '') || chr(31) || coalesce(CAST({day} AS VARCHAR), '')"
    fragments, parameters = together([replace(built, place=replace(built.place, key=key, label="''"))])
    entries: dict[str | None, dict[date, Tally]] = {}
    for row in world.rows("kpi", fragments, **parameters):
        who, _, when = str(row["key"]).partition(_BETWEEN)
        figures = {"key": row["key"], "label": row["label"], **row["k0"]}
        tally = _tally(kpi, figures, world.facts.currency)
        if tally != Tally(currency=tally.currency):
            entries.setdefault(who or None, {})[date.fromisoformat(when) if when else date.min] = tally
    return Actuals({who: _Line.of(entries[who]) for who in sorted(entries, key=str)}, formula.date is None)


def _tally(kpi: Kpi, row: Mapping[str, object], currency: str) -> Tally:
    part = kpi_slice(kpi, row, currency)
    has_amounts = row.get("currencies")
    return Tally(
        part.numerator or Fraction(0),
        part.denominator or Fraction(0),
        part.n,
        part.unknown,
        part.currency if has_amounts else None,
    )


# -- figures out of a file ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FileFigure:
    """A row of the file of figures: what a metric came to in a period, of a node (None: the company)."""

    line: int
    period: str
    metric: str
    value: Fraction | None
    node: str | None = None
    numerator: Fraction | None = None
    denominator: Fraction | None = None

    def tally(self, *, is_rate: bool) -> Tally:
        """As what its records come to: a rate told without its parts rests on nothing that can be re-added."""
        if not is_rate:
            return Tally(self.value or Fraction(0), n=1)
        if self.numerator is not None and self.denominator:
            return Tally(self.numerator, self.denominator, int(self.denominator))
        return Tally(self.value or Fraction(0), Fraction(1), 1)

    @property
    def has_parts(self) -> bool:
        """Whether it can be added to others."""
        return self.numerator is not None and bool(self.denominator)


def told_by_file(
    figures: Sequence[FileFigure],
    names: frozenset[str] | None,
    period: Period,
    today: date,
    *,
    is_rate: bool,
    start_month: int,
) -> Tally | None:
    """What the rows of one metric say of a node (by its names; None: the company) in a period; None: no row does.

    A row of just that period goes first; else the rows of finer periods that follow each other from its first day,
    re-added; only the one that runs may be missing. A rate needs its parts for that.
    """
    mine = [one for one in figures if _is_of(one, names) and (one.value is not None or one.has_parts)]
    spans = {(span.start, span.end): one for one in mine if (span := _span(one, start_month)) is not None}
    if (own := spans.get((period.start, period.end))) is not None:
        return own.tally(is_rate=is_rate)
    found, at, width = Tally(), period.start, timedelta(0)
    while fitting := [end for start, end in spans if start == at and end <= period.end]:
        one = spans[at, max(fitting)]
        if is_rate and not one.has_parts:
            return None
        found, width, at = found + one.tally(is_rate=is_rate), max(fitting) - at, max(fitting)
    is_all = at >= period.end or today < at + width
    return found if found.n and is_all else None


def _span(one: FileFigure, start_month: int) -> Period | None:
    try:
        return period_of(one.period, start_month)[1].period
    except ConfigError:
        return None


def _is_of(one: FileFigure, names: frozenset[str] | None) -> bool:
    if one.node is None:
        return names is None
    written = one.node.strip().casefold()
    return written == "company" if names is None else written.rpartition("/")[2] in names
