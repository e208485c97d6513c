"""A system tidies up what it is given: it capitalises, it squeezes spaces, it writes a telephone number its own way.

So what a side shows may be its own form of what it was sent, or somebody's edit that changed nothing else. What tells
them apart is what the side is known to keep: a system tidies the same way each time, and one that shows `Kiel` anywhere
in a field turns no small letter of that field into a capital.

    given `Kiel`, shown `KIEL`    small letters were lost: its own form, unless it is known to keep small letters
    given `Kiel`, shown `Kiehl`   no system does that: an edit
"""

import re
from collections.abc import Iterable
from enum import IntFlag

from crmbridge.model.canonical import Value

_TELEPHONE = re.compile(r"\+?[0-9()./-]*[0-9][0-9()./-]*")
_PARTS = re.compile(r"\s+|\S+")


class Keeps(IntFlag):
    """What a side is known to leave as it is: letters at the beginning of a word and others, the space between."""

    NOTHING = 0
    SMALL_FIRST = 1
    SMALL = 2
    CAPITAL_FIRST = 4
    CAPITAL = 8
    SPACE = 16


EVERYTHING = Keeps.SMALL_FIRST | Keeps.SMALL | Keeps.CAPITAL_FIRST | Keeps.CAPITAL | Keeps.SPACE


def is_alike(one: Value, other: Value) -> bool:
    """Whether two values differ only as systems tidy up what they are given: case, space, signs in a telephone number.

    `C` and `C++` do not: a sign that is no space means something, unless everything else is digits.
    """
    return one == other or _loose(one) == _loose(other)


def is_form(given: Value, shown: Value, keeps: Keeps = Keeps.NOTHING) -> bool:
    """Whether a side that keeps so much may show what it was given so."""
    if given == shown:
        return True
    if isinstance(given, tuple) and isinstance(shown, tuple):
        return len(given) == len(shown) and all(map(is_form, given, shown, [keeps] * len(given)))
    if not (isinstance(given, str) and isinstance(shown, str)):
        return False
    if isinstance(number := _loose(given), str) and number.isdigit():
        return number == _loose(shown)
    lost = _lost(given, shown)
    return lost is not None and not lost & keeps


def kept(values: Iterable[Value], before: Keeps = Keeps.NOTHING) -> Keeps:
    """What a side keeps that shows these values of one field, and that was known to keep so much."""
    if before == EVERYTHING:
        return before
    text = " ".join(value for value in values if isinstance(value, str))
    words = text.split()
    first, rest = "".join(word[0] for word in words), "".join(word[1:] for word in words)
    found = {
        Keeps.SMALL_FIRST: first != first.upper(),
        Keeps.SMALL: rest != rest.upper(),
        Keeps.CAPITAL_FIRST: first != first.lower(),
        Keeps.CAPITAL: rest != rest.lower(),
        Keeps.SPACE: text != " ".join(words),
    }
    for one, is_kept in found.items():
        before |= one if is_kept else Keeps.NOTHING
    return before


def _lost(given: str, shown: str) -> Keeps | None:
    """What a side that was given the one and shows the other has not kept; None where that is no tidying up."""
    parts = [*zip(_PARTS.findall(given), _PARTS.findall(shown), strict=False)]
    if "".join(part for _, part in parts) != shown or "".join(part for part, _ in parts) != given:
        return None
    lost = Keeps.NOTHING
    for one, other in parts:
        if one == other:
            continue
        if one.isspace() or other.isspace():
            if not (one.isspace() and other == " "):
                return None
            lost |= Keeps.SPACE
        elif one.casefold() != other.casefold():
            return None
        elif len(one) == len(other):
            lost |= _lost_case(one[0], other[0], Keeps.SMALL_FIRST, Keeps.CAPITAL_FIRST)
            lost |= _lost_case(one[1:], other[1:], Keeps.SMALL, Keeps.CAPITAL)
        else:
            lost |= Keeps.SMALL if other.isupper() else Keeps.CAPITAL
    return lost


def _lost_case(given: str, shown: str, small: Keeps, capital: Keeps) -> Keeps:
    lost = Keeps.NOTHING
    for one, other in zip(given, shown, strict=True):
        if one != other:
            lost |= small if one.islower() else capital
    return lost


def _loose(value: Value) -> object:
    if isinstance(value, str):
        folded = "".join(value.casefold().split())
        return re.sub(r"[^0-9]", "", folded) if _TELEPHONE.fullmatch(folded) else folded
    return tuple(map(_loose, value)) if isinstance(value, tuple) else value
