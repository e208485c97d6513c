"""The lens of amounts: exact, in a known currency, with the units that Chinese and English exports use.

An amount in another currency than the mapping says is a failure, never a silent relabelling: `€5` is not five dollars.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pydantic import Field

from crmbridge.adapter.lens import Lens, LensFailure
from crmbridge.mapping.lenses.digits import DigitReader, Exact, exact
from crmbridge.mapping.lenses.frame import LensKind, Setting, excerpt, wrong_type
from crmbridge.mapping.lenses.numbers import NumberParameters, Scale, make_scale
from crmbridge.mapping.lenses.texts import clean_text
from crmbridge.model.money import Money

PLACES = 4
_INT64_MAX = 2**63 - 1
_DOLLARS = frozenset({
    "USD", "AUD", "CAD", "HKD", "SGD", "TWD", "NZD", "MXN", "ARS", "CLP", "COP", "BND", "FJD", "JMD", "TTD", "BSD",
    "BBD", "BMD", "BZD", "KYD", "GYD", "LRD", "NAD", "XCD", "ZWG", "SRD", "SBD", "UYU", "DOP", "MOP",
})  # fmt: skip
_SYMBOLS: dict[str, frozenset[str]] = {
    "$": _DOLLARS,
    "US$": frozenset({"USD"}), "HK$": frozenset({"HKD"}), "NT$": frozenset({"TWD"}), "A$": frozenset({"AUD"}),
    "C$": frozenset({"CAD"}), "S$": frozenset({"SGD"}), "NZ$": frozenset({"NZD"}), "R$": frozenset({"BRL"}),
    "MX$": frozenset({"MXN"}), "MOP$": frozenset({"MOP"}),
    "¥": frozenset({"CNY", "JPY"}), "CN¥": frozenset({"CNY"}), "JP¥": frozenset({"JPY"}), "円": frozenset({"JPY"}),
    "RMB": frozenset({"CNY"}), "人民币": frozenset({"CNY"}), "美元": frozenset({"USD"}), "欧元": frozenset({"EUR"}),
    "港币": frozenset({"HKD"}), "日元": frozenset({"JPY"}), "英镑": frozenset({"GBP"}),
    "€": frozenset({"EUR"}), "£": frozenset({"GBP", "EGP", "LBP", "SYP", "GIP", "FKP", "SHP", "SSP"}),
    "₹": frozenset({"INR"}), "Rs": frozenset({"INR", "PKR", "LKR", "NPR", "MUR", "SCR"}), "₩": frozenset({"KRW"}),
    "₽": frozenset({"RUB"}), "₫": frozenset({"VND"}), "฿": frozenset({"THB"}), "₱": frozenset({"PHP"}),
    "₺": frozenset({"TRY"}), "₪": frozenset({"ILS"}), "₴": frozenset({"UAH"}), "₦": frozenset({"NGN"}),
    "zł": frozenset({"PLN"}), "Kč": frozenset({"CZK"}), "Ft": frozenset({"HUF"}), "RM": frozenset({"MYR"}),
    "Rp": frozenset({"IDR"}), "kr": frozenset({"SEK", "NOK", "DKK", "ISK"}), "CHF": frozenset({"CHF"}),
}  # fmt: skip
_CODE_LENGTH = 3
_AS_WRITTEN = Scale(unit=1, percent=False, decimals=None, least=None, most=None)
_SHORT = 14  # digits before the point: with four more they always fit int64


class MoneyParameters(NumberParameters):
    """Beside those of numbers: `currency`, and `currency_from`, the vendor field that holds each record's own."""

    currency: str | None = Field(default=None, pattern=r"^[A-Z]{3}$")
    currency_from: str | None = None


@dataclass(frozen=True, slots=True)
class MoneyLens:
    """An amount in the mapping's currency, or in that of a pair (amount, currency)."""

    reader: DigitReader
    scale: Scale
    currency: str

    def read(self, value: object) -> Money | LensFailure | None:
        """The amount; None where it is blank, which is not zero."""
        currency: str | LensFailure = self.currency
        if isinstance(value, tuple):
            amount, code = value
            value, currency = amount, self.code(code)
        if isinstance(currency, LensFailure):
            return currency
        number = self._number(value, currency)
        if not isinstance(number, Exact):
            return number
        count = number.scaled(PLACES)
        if count is None:
            return LensFailure("{value} has more than four decimals", {"value": format(number.decimal(), "f")})
        if abs(count) > _INT64_MAX:
            return LensFailure("{value} is too large an amount", {"value": excerpt(value)})
        return Money(_plain(count), currency)

    def count_plain(self, text: str) -> int | None:
        """The 1/10,000 of digits with at most four decimals, as most files have them; None where `read` must be asked.

        Right where `is_plain`, and several times as fast as `read`.
        """
        whole, _, fraction = text.partition(".")
        if (
            not (text.isascii() and (whole + fraction).isdigit() and whole)
            or len(whole) > _SHORT
            or len(fraction) > PLACES
        ):
            return None
        return int(whole + fraction.ljust(PLACES, "0"))

    @property
    def is_plain(self) -> bool:
        """Whether a number in a cell is the amount itself."""
        return self.reader.decimal == "." and self.scale == _AS_WRITTEN

    def _number(self, value: object, currency: str) -> Exact | LensFailure | None:
        if value is None:
            return None
        if type(value) is not str:
            number = exact(value)
            return self.scale.up(number, unit=None, percent=False) if isinstance(number, Exact) else number
        written = self.reader.read(value)
        if written is None or isinstance(written, LensFailure):
            return written
        if written.percent:
            return LensFailure("{value} is not an amount", {"value": excerpt(value)})
        for word in written.words:
            if failure := _foreign(word, currency, value):
                return failure
        return self.scale.up(written.number, unit=written.unit, percent=False)

    def code(self, value: object) -> str | LensFailure:
        """The currency that a vendor's word names; the mapping's own where it is blank."""
        text = clean_text(value)
        if text is None:
            return self.currency
        if isinstance(text, LensFailure):
            return text
        code = text.strip().upper()
        if len(code) == _CODE_LENGTH and code.isascii() and code.isalpha():
            return code
        known = _SYMBOLS.get(text.strip(), frozenset())
        if len(known) == 1:
            return next(iter(known))
        return LensFailure("{value} is no currency code", {"value": excerpt(text)})

    def write(self, value: object) -> object:
        """The vendor's number as text in the mapping's unit; a failure for an amount in another currency."""
        if value is None:
            return None
        if not isinstance(value, Money):
            return wrong_type(value, "amount")
        if value.currency != self.currency:
            return LensFailure(
                "{value} is in {currency}, the field takes {expected}",
                {"value": format(value.amount, "f"), "currency": value.currency, "expected": self.currency},
            )
        number = exact(value.amount)
        if isinstance(number, Exact):
            number = self.scale.bounded(number)
        if isinstance(number, LensFailure):
            return number
        text = format(self.scale.down(number).decimal(), "f")
        text = (text.rstrip("0").rstrip(".") if "." in text else text).replace(".", self.reader.decimal)
        again = self.read(text)
        if isinstance(again, LensFailure) or again == value:
            return again if isinstance(again, LensFailure) else text
        return LensFailure("{value} would be read back as something else", {"value": excerpt(str(value.amount))})


def _plain(count: int) -> Decimal:
    """The amount of a count of 1/10,000, exact, with two decimals or more."""
    decimals, digits = PLACES, count
    while decimals > 2 and digits % 10 == 0:  # noqa: PLR2004 - cents are always shown
        decimals, digits = decimals - 1, digits // 10
    return Exact(digits, decimals).decimal()


def _foreign(word: str, currency: str, value: str) -> LensFailure | None:
    known = _SYMBOLS.get(word)
    if known is None and len(word) == _CODE_LENGTH and word.isascii() and word.isupper():
        known = frozenset({word})
    if known is None:
        return LensFailure("{value} is not an amount", {"value": excerpt(value)})
    if currency in known:
        return None
    return LensFailure(
        "{value} is in another currency than {currency}", {"value": excerpt(value), "currency": currency}
    )


def make_money(setting: Setting, parameters: MoneyParameters) -> Lens:
    """The lens of an amount in the mapping's currency, or in the workspace's."""
    return MoneyLens(parameters.reader(), make_scale(setting, parameters), parameters.currency or setting.currency)


KINDS: tuple[LensKind[Any], ...] = (LensKind("money", MoneyParameters, make_money),)
