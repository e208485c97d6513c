"""The lines of a quote: read from what a source tells, and reckoned to the cent.

A list is `[{product, quantity, unit_price, discount}]`; a text is the same as JSON, or in words, one line after the
other: `Server 3 x 19999.00 -10%; Setup 1 x 50000`. Quantities, prices and discounts are exact, nothing is a float.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from functools import reduce

from crmbridge.model.money import exponent
from crmbridge.model.notes import Note

ONE = Decimal(1)
PriceOf = Callable[[str], Decimal | None]
"""The price of a product in the price list, in the currency of the quote; None where the list has none."""

_BETWEEN = re.compile(r"[;；\n]+")
_WORDS = re.compile(
    r"(?:(?P<product>.*\S)\s+)?(?P<quantity>\d+(?:\.\d+)?)\s*[x×*]\s*(?P<unit_price>\d[\d,]*(?:\.\d+)?)"
    r"(?:\s*-\s*(?P<discount>\d+(?:\.\d+)?\s*%))?"
)
_MOST_DIGITS = 30
"""Longer numbers are slips of a file, and short to write with an exponent."""
EXACT = Context(prec=16 * _MOST_DIGITS, rounding=ROUND_HALF_UP)
"""Decimal arithmetic on a few such numbers that loses no digit; what is rounded is rounded half away from zero."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line. `list_amount` and `amount` are rounded to the decimals of the currency, halves away from zero.

    `list_price` is that of the price list where it is higher than `unit_price`, else `unit_price` itself.
    """

    product: str | None
    quantity: Decimal
    unit_price: Decimal
    list_price: Decimal
    discount: Decimal
    list_amount: Decimal
    amount: Decimal

    @property
    def is_below_list(self) -> bool:
        """Whether the price of a piece is lower than the price list has it."""
        return self.unit_price < self.list_price


def read_lines(text: str | None, currency: str, price_of: PriceOf = lambda _: None) -> tuple[Line, ...] | Note | None:
    """The lines; None where there are none, a Note with the reason where one of them cannot be read."""
    found = _listed(text)
    if found is None or isinstance(found, Note):
        return found
    lines: list[Line] = []
    for number, told in enumerate(found, start=1):
        line = _line(told, currency, price_of)
        if isinstance(line, Note):
            return replace(line, params={"number": number})
        lines.append(line)
    return tuple(lines) or None


def _listed(text: str | None) -> Sequence[object] | Note | None:
    if text is None:
        return None
    try:
        found = json.loads(text, parse_float=Decimal)
        if isinstance(found, str) and found.strip().startswith(("[", "{")):
            found = json.loads(found, parse_float=Decimal)
    except (ValueError, RecursionError):
        return _NO_LIST
    if isinstance(found, str):
        return list(_in_words(found))
    if isinstance(found, dict):
        found = found.get("lines", [found])
    return found if isinstance(found, list) else _NO_LIST


def _in_words(text: str) -> Iterator[object]:
    for part in _BETWEEN.split(text):
        if part.strip():
            found = _WORDS.fullmatch(part.strip())
            yield found.groupdict() if found else part


def _line(told: object, currency: str, price_of: PriceOf) -> Line | Note:
    if not isinstance(told, Mapping):
        return _NO_PRICE
    quantity, price = _number(told.get("quantity", 1)), _number(told.get("unit_price"))
    if quantity is None or price is None or quantity < 0 or price < 0:
        return _NO_PRICE
    discount = share(told.get("discount"))
    if discount is None:
        return _NO_SHARE
    product = None if told.get("product") is None else str(told["product"])
    listed = price_of(product) if product is not None else None
    list_price = price if listed is None else max(price, listed)
    whole = EXACT.multiply(quantity, price)
    return Line(
        product,
        quantity,
        price,
        list_price,
        discount,
        rounded(EXACT.multiply(quantity, list_price), currency),
        rounded(EXACT.multiply(whole, EXACT.subtract(ONE, discount)), currency),
    )


def total(amounts: Iterable[Decimal]) -> Decimal:
    """The exact sum."""
    return reduce(EXACT.add, amounts, Decimal(0))


def rounded(amount: Decimal, currency: str) -> Decimal:
    """An exact amount in the decimals of the currency."""
    return amount.quantize(ONE.scaleb(-exponent(currency)), context=EXACT)


def share(value: object) -> Decimal | None:
    """A discount as a share from 0 to 1, nothing told is 0; None for what is neither `0.1` nor `10%`."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return Decimal(0)
    is_percent = isinstance(value, str) and value.strip().endswith(("%", "％"))
    number = _number(str(value).strip().rstrip("%％") if is_percent else value)
    if number is None:
        return None
    found = number.scaleb(-2, EXACT) if is_percent else number
    return found if 0 <= found <= 1 else None


def _number(value: object) -> Decimal | None:
    """An exact number of a whole one, a decimal or a text; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        return None
    try:
        found = Decimal(value.replace(",", "").strip() if isinstance(value, str) else value)
    except InvalidOperation:
        return None
    if not found.is_finite() or abs(found.adjusted()) > _MOST_DIGITS or len(found.as_tuple().digits) > _MOST_DIGITS:
        return None
    return found


_NO_PRICE = Note("LINE_UNREADABLE", "line {number} is not read: it needs a quantity and a unit price")
_NO_SHARE = Note("LINE_UNREADABLE", "line {number} is not read: write its discount as 0.1 or 10%")
_NO_LIST = Note("LINES_UNREADABLE", "its lines are not read: they are no list of lines")
