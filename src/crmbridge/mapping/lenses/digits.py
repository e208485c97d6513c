"""Numbers in text, exactly: what a cell says becomes an integer and a count of decimals, never a float.

Full-width digits, thousands separators, brackets for negative, a unit in the cell (K, 万, 亿, %) and currency signs
are understood. Nothing is guessed: a separator in the wrong place, an exponent, NaN and infinity fail.
"""

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal

from crmbridge.adapter.lens import LensFailure
from crmbridge.mapping.lenses.frame import excerpt, wrong_type

UNITS = {
    "1": 1, "元": 1, "圆": 1,
    "K": 10**3, "k": 10**3, "千": 10**3, "千元": 10**3,
    "W": 10**4, "w": 10**4, "万": 10**4, "万元": 10**4, "萬": 10**4,
    "M": 10**6, "m": 10**6, "MM": 10**6, "百万": 10**6, "百万元": 10**6,
    "B": 10**9, "b": 10**9, "bn": 10**9,
    "亿": 10**8, "亿元": 10**8, "億": 10**8,
}  # fmt: skip
"""What may stand as `unit` in a mapping, or behind a number in a cell."""

MOST_DIGITS = 40
_PLAIN = str.maketrans({"−": "-", "–": "-", "\u202f": " ", "\u2009": " ", "’": "'"})


def _either(words: set[str]) -> str:
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))


_LATIN = _either({unit for unit in UNITS if unit.isascii() and unit.isalpha()})
_HAN = _either({unit for unit in UNITS if not unit.isascii()})
# A unit of letters is no beginning of a word: K stands alone or before a code (5KUSD), not in kr, Kč or MXN.
_UNIT = rf"(?:{_LATIN})(?:(?![A-Za-zÀ-ž])|(?=[A-Z]{{3}}\s*$))|{_HAN}"
_TAIL = re.compile(rf"\s*(?:(?P<currency>[A-Z]{{3}})|(?P<unit>{_UNIT})?\s*(?P<percent>%)?\s*(?P<word>[^\s%]*))\s*")


@dataclass(frozen=True, slots=True)
class Exact:
    """A number as `digits / 10**decimals`."""

    digits: int
    decimals: int

    def scaled(self, places: int) -> int | None:
        """How many 10**-places it is, or None where that is no whole number."""
        if places >= self.decimals:
            return self.digits * int(10 ** (places - self.decimals))
        whole, rest = divmod(self.digits, 10 ** (self.decimals - places))
        return None if rest else whole

    def rounded(self, places: int) -> "Exact":
        """The number with at most that many decimals, halves away from zero."""
        if places >= self.decimals:
            return self
        divisor = 10 ** (self.decimals - places)
        whole, rest = divmod(abs(self.digits), divisor)
        whole += 2 * rest >= divisor
        return Exact(-whole if self.digits < 0 else whole, places)

    def decimal(self) -> Decimal:
        """The number as a Decimal, every digit kept."""
        sign, digits = (1 if self.digits < 0 else 0), str(abs(self.digits))
        return Decimal((sign, tuple(map(int, digits)), -self.decimals))


@dataclass(frozen=True, slots=True)
class Written:
    """What a text said: the number, its own unit (None: none), a percent sign, and the words around (a currency)."""

    number: Exact
    unit: int | None
    percent: bool
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DigitReader:
    """Reads texts with one decimal sign and one set of thousands separators."""

    decimal: str
    pattern: re.Pattern[str]

    def read(self, value: str) -> Written | LensFailure | None:
        """What the text says; None where it is blank, a failure where it says no number."""
        text = unicodedata.normalize("NFKC", value).translate(_PLAIN).strip()
        if not text:
            return None
        text, bracketed = _without_brackets(text)
        found = self.pattern.fullmatch(text)
        tail = _TAIL.fullmatch(found["after"]) if found else None
        if not found or not tail or (bracketed and found["sign"]):
            return LensFailure("{value} is not a number", {"value": excerpt(value)})
        whole, _, fraction = found["number"].partition(self.decimal)
        digits = "".join(filter(str.isdigit, whole)) + fraction
        if len(digits.lstrip("0")) > MOST_DIGITS or len(fraction) > MOST_DIGITS:
            return LensFailure("{value} has too many digits", {"value": excerpt(value)})
        number = Exact(int(digits) * (-1 if bracketed or found["sign"] == "-" else 1), len(fraction))
        words = (found["before"], found["between"], tail["currency"] or tail["word"])
        unit = UNITS[tail["unit"]] if tail["unit"] else None
        return Written(number, unit, tail["percent"] is not None, tuple(word.strip() for word in words if word))


def digit_reader(decimal: str, thousands: str) -> DigitReader:
    """The reader for a decimal sign and the characters that may stand between thousands."""
    sign, group = re.escape(decimal), f"[{re.escape(thousands)}]" if thousands else "(?!)"
    # Groups of three; groups of two before the last three are Indian lakhs. The separator is the same throughout.
    grouped = rf"[0-9]{{1,3}}(?P<sep>{group})(?:[0-9]{{2,3}}(?P=sep))*[0-9]{{3}}"
    number = rf"(?:{grouped}|[0-9]+)(?:{sign}[0-9]*)?|{sign}[0-9]+"
    word = r"[^0-9.,+'-]*"
    return DigitReader(
        decimal,
        re.compile(
            rf"(?P<before>{word})(?P<sign>[+-]?)(?P<between>{word})(?P<number>{number})(?P<after>[^0-9.,+'-]*)",
        ),
    )


def _without_brackets(text: str) -> tuple[str, bool]:
    """`(5)` and `$(5)` are accountants' negatives; `5 (net)` is not."""
    before, opening, inside = text.partition("(")
    if opening and inside.endswith(")") and not any(map(str.isdigit, before)):
        return before + inside[:-1], True
    return text, False


def exact(value: object) -> Exact | LensFailure:
    """The exact form of a JSON number (int or Decimal); a failure for anything else, floats too."""
    if type(value) is int:
        if abs(value) >= 10**MOST_DIGITS:
            return LensFailure("{value} has too many digits", {"value": "the number"})
        return Exact(value, 0)
    if type(value) is Decimal:
        sign, digits, exponent = value.as_tuple()
        if not isinstance(exponent, int):
            return LensFailure("{value} is not a number", {"value": str(value)})
        if len(digits) + abs(exponent) > 2 * MOST_DIGITS:
            return LensFailure("{value} has too many digits", {"value": excerpt(value)})
        number = int("".join(map(str, digits))) * (-1 if sign else 1)
        return Exact(number * 10**exponent, 0) if exponent > 0 else Exact(number, -exponent)
    return wrong_type(value, "number")
