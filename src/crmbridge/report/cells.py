"""Results of the services as cells of a listing, the same wherever they are shown."""

from collections.abc import Iterable
from fractions import Fraction

from crmbridge.model.notes import Note
from crmbridge.report.listing import Rate, Word
from crmbridge.services import results

ALL = Word("all")
UNKNOWN = Word("unknown")


def label(key: str | None, shown: str) -> str:
    """What a slice is called; the one of the records that nobody could place is our own word."""
    return UNKNOWN if key is None else shown


def rate(found: results.Rate | results.Unavailable) -> Rate | Note:
    """A rate with its interval, or why there is none."""
    if isinstance(found, results.Unavailable):
        return found.reason
    return Rate(found.numerator, found.denominator, found.n, found.low, found.high)


def money_rate(found: results.MoneyRate) -> Rate | None:
    """A share of amounts; None where an amount is unknown."""
    part, whole = found.numerator.money, found.denominator.money
    return None if part is None or whole is None else Rate(part, whole, found.n)


def once(notes: Iterable[Note]) -> tuple[Note, ...]:
    """The notes without repeats, in their order."""
    seen: list[Note] = []
    for note in notes:
        if note not in seen:
            seen.append(note)
    return tuple(seen)


def exact(value: float | None) -> Fraction | None:
    """A figure that was worked out by approximation, as a number that a report rounds."""
    return None if value is None else Fraction(value)
