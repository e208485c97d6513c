"""Exact money: a decimal amount and an ISO 4217 currency, stored as an int64 count of 1/10,000.

Nothing here touches a float. Figures leave in the currency's own number of decimals, rounded once, half away from
zero (四舍五入), as `services.md` C2 asks.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, Context, Decimal
from fractions import Fraction

from crmbridge.model.errors import ConfigError, RecordError

SCALE = 10_000
_PLACES = 4
_INT64_MAX = 2**63 - 1
_MOST_DIGITS = 15  # before the decimal point, less one: what int64 holds at this scale
_EXACT = Context(prec=MAX_PREC, Emax=MAX_EMAX, Emin=MIN_EMIN)
"""Decimal arithmetic that never rounds; the usual context keeps 28 digits and drops the rest in silence."""
# ISO 4217: the currencies whose minor unit is not 1/100 (those of four decimals are units of account).
_DECIMALS = {
    0: ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV"),
    3: ("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"),
    4: ("CLF", "UYW"),
}
_EXPONENTS = {code: decimals for decimals, codes in _DECIMALS.items() for code in codes} | dict.fromkeys(
    ("XAF", "XOF", "XPF"), 0
)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in one currency. Adding two currencies raises `MixedCurrency`, never sums silently.

    There is no order: of two amounts in different currencies neither is the smaller one.
    """

    amount: Decimal
    currency: str

    def __add__(self, other: "Money") -> "Money":
        if other.currency != self.currency:
            raise MixedCurrency([self.currency, other.currency])
        return Money(_EXACT.add(self.amount, other.amount), self.currency)

    def __str__(self) -> str:
        return f"{self.currency} {plain(round_half_up(Fraction(self.amount), exponent(self.currency)))}"


class MixedCurrency(ConfigError):
    """A sum over several currencies without a table of rates."""

    code = "MIXED_CURRENCY"

    def __init__(self, currencies: Iterable[str]) -> None:
        super().__init__(
            "amounts in {currencies} cannot be summed without a table of rates",
            currencies=", ".join(sorted(set(currencies))),
            hint="choose one with --currency, or give a dated rate table",
        )


def exponent(currency: str) -> int:
    """How many decimals the currency has: CNY and USD 2, JPY 0, KWD 3."""
    return _EXPONENTS.get(currency, 2)


def to_e4(amount: Decimal) -> int:
    """The stored form, a count of 1/10,000. Raises RecordError for more decimals or more than int64 holds."""
    if not amount.is_finite():
        raise RecordError("{amount} is not a number", amount=amount)
    if amount and amount.adjusted() > _MOST_DIGITS:  # before any arithmetic: 1E+999999 is short to write
        raise RecordError("{amount} is too large an amount", amount=amount)
    scaled = amount.scaleb(4, _EXACT)
    count = int(scaled)
    if count != scaled:
        raise RecordError("{amount} has more than four decimals", amount=amount)
    if abs(count) > _INT64_MAX:
        raise RecordError("{amount} is too large an amount", amount=amount)
    return count


def from_e4(count: int | Fraction, currency: str) -> Decimal:
    """The stored form as an amount in the currency's own decimals, rounded once, half away from zero."""
    decimals = exponent(currency)
    if isinstance(count, int):  # the same in whole numbers, which is five times faster
        size = 10 ** (_PLACES - decimals)
        whole, rest = divmod(abs(count), size)
        whole += 2 * rest >= size
        return Decimal(-whole if count < 0 else whole).scaleb(-decimals, _EXACT)
    return round_half_up(count / SCALE, decimals)


def round_half_up(value: Fraction, decimals: int) -> Decimal:
    """An exact ratio as a decimal, halves away from zero."""
    scaled = abs(value) * 10**decimals
    whole, rest = divmod(scaled.numerator, scaled.denominator)
    if 2 * rest >= scaled.denominator:
        whole += 1
    return Decimal(-whole if value < 0 else whole).scaleb(-decimals, _EXACT)


def plain(amount: Decimal) -> str:
    """The amount as text without an exponent: the form of money in JSON."""
    return format(amount, "f")
