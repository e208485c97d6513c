"""A pack as JSON and back, exact to the last digit and in no language: as it was known when it was kept.

Plain values stand as they are; every other value is an object with one key that names its type, such as
`{"money": ["70000.00", "CNY"]}`.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from crmbridge.model.money import Money
from crmbridge.model.notes import Note
from crmbridge.report.listing import Days, Names, Rate, Share, Word
from crmbridge.report.pack import Pack, PackSection, Question
from crmbridge.services.fiscal import NamedPeriod
from crmbridge.services.results import Period

FORMAT = 1
"""The number of the form of kept packs; one of another form cannot be shown again."""


def encoded(pack: Pack) -> dict[str, object]:
    """The pack as values that JSON can hold."""
    return {
        "format": FORMAT,
        "team": pack.team,
        "team_name": pack.team_name,
        "period": _period(pack.period),
        "as_of": pack.as_of.isoformat(),
        "kind": pack.kind,
        "sections": [
            {"key": one.key, "columns": list(one.columns), "rows": _out(list(one.rows)), "why": _out(list(one.why))}
            for one in pack.sections
        ],
        "questions": [{"note": _out(one.note), "records": list(one.records)} for one in pack.questions],
    }


def decoded(told: Mapping[str, Any], as_of: datetime) -> Pack:
    """The pack of what `encoded` gave; `as_of` is its moment in the zone of the reader."""
    level, label, start, end, months = told["period"]
    days = Period(date.fromisoformat(start), date.fromisoformat(end))
    period = NamedPeriod(level, label, days, range(*months))
    sections = [
        PackSection(one["key"], tuple(one["columns"]), _in(one["rows"]), tuple(_in(one["why"])))
        for one in told["sections"]
    ]
    questions = [Question(_in(one["note"]), tuple(one["records"])) for one in told["questions"]]
    return Pack(told["team"], told["team_name"], period, as_of, sections, questions, told["kind"])


def _period(period: NamedPeriod) -> list[object]:
    months = [period.months.start, period.months.stop]
    return [period.level, period.label, str(period.start), str(period.end), months]


def _out(value: Any) -> Any:  # noqa: ANN401 - any value
    if isinstance(value, list | tuple):
        return [_out(one) for one in value]
    found = next(((name, write) for name, kind, write in _WRITTEN if isinstance(value, kind)), None)
    if found is not None:
        return {found[0]: found[1](value)}
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"a pack cannot keep {type(value).__name__}")


def _in(value: Any) -> Any:  # noqa: ANN401 - any value
    if isinstance(value, list):
        return [_in(one) for one in value]
    if not isinstance(value, Mapping):
        return value
    ((name, held),) = value.items()
    return _READ[name](held)


_WRITTEN: Sequence[tuple[str, type, Callable[[Any], object]]] = (
    ("word", Word, lambda one: [str(one), one.shown]),
    ("money", Money, lambda one: [str(one.amount), one.currency]),
    ("rate", Rate, lambda one: _out([one.numerator, one.denominator, one.n, one.low, one.high])),
    ("days", Days, str),
    ("share", Share, str),
    ("fraction", Fraction, str),
    ("decimal", Decimal, str),
    ("instant", datetime, datetime.isoformat),
    ("date", date, date.isoformat),
    ("names", Names, lambda one: dict(one.names)),
    ("note", Note, lambda one: [one.code, one.template, _out(dict(one.params)), one.sort]),
    ("row", Mapping, lambda one: {name: _out(held) for name, held in one.items()}),
)
"""How each type is written; a type stands before those that it is a kind of."""
_READ: Mapping[str, Callable[[Any], Any]] = {
    "word": lambda held: Word(*held),
    "money": lambda held: Money(Decimal(held[0]), held[1]),
    "rate": lambda held: Rate(*map(_in, held)),
    "days": Days,
    "share": Share,
    "fraction": Fraction,
    "decimal": Decimal,
    "instant": datetime.fromisoformat,
    "date": date.fromisoformat,
    "names": Names,
    "note": lambda held: Note(held[0], held[1], _in(held[2]), held[3]),
    "row": lambda held: {name: _in(one) for name, one in held.items()},
}
