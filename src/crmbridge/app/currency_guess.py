"""Which currency amounts are in, by what headers and cells say: a code, a sign, the language of a header.

Nothing is invented: where nothing says it, there is no guess, and whoever asked says what is assumed.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from crmbridge.mapping.guess.numbers import CURRENCY_WORDS
from crmbridge.model.notes import Note

_SIGNS = {
    "¥": "CNY", "CN¥": "CNY", "RMB": "CNY", "元": "CNY", "万元": "CNY", "亿元": "CNY", "$": "USD", "US$": "USD",
    "€": "EUR", "£": "GBP", "R$": "BRL", "HK$": "HKD", "NT$": "TWD", "A$": "AUD", "C$": "CAD", "S$": "SGD", "₹": "INR",
}  # fmt: skip
_AMOUNT = re.compile(r"-?([A-Z]{0,2}[¥$€£₹]|RMB)?\s*-?\d[\d.,' ]*[KM]?\s*([€£¥]|[万亿]?元)?")
_CHINESE_AMOUNT = re.compile(r"金额|价格|单价|营收|营业额|销售额|收入|成本|[(（]\s*[万千百亿]*元\s*[)）]")


@dataclass(frozen=True, slots=True)
class CurrencyGuess:
    """A currency and what says so."""

    currency: str
    evidence: Note


def guess_currency(columns: Sequence[str], payloads: Iterable[Mapping[str, object]] = ()) -> CurrencyGuess | None:
    """The currency that a header names, else the commonest sign in cells, else yuan for amounts in Chinese."""
    headers = [(column, unicodedata.normalize("NFKC", column)) for column in columns]
    for column, header in headers:
        for word, currency in CURRENCY_WORDS.items():
            if re.search(rf"(?<![A-Za-z]){word}(?![A-Za-z])", header):
                return _named(column, currency)
    signs = Counter(_signs(payloads))
    if signs:
        (column, sign), count = signs.most_common(1)[0]
        return CurrencyGuess(
            _SIGNS[sign],
            Note(
                "CURRENCY_BY_SIGN",
                "the currency is taken to be {currency}: the sign {sign} stands in cells of {column} ({count} seen)",
                {"currency": _SIGNS[sign], "sign": sign, "column": column, "count": count},
            ),
        )
    return next((_named(column, "CNY") for column, header in headers if _CHINESE_AMOUNT.search(header)), None)


def _named(column: str, currency: str) -> CurrencyGuess:
    note = Note(
        "CURRENCY_BY_HEADER",
        "the currency is taken to be {currency}: the header {column} says so",
        {"currency": currency, "column": column},
    )
    return CurrencyGuess(currency, note)


def _signs(payloads: Iterable[Mapping[str, object]]) -> Iterator[tuple[str, str]]:
    """Each cell that is an amount with a sign that we know, as (column, sign)."""
    for payload in payloads:
        for column, cell in payload.items():
            if isinstance(cell, str) and (found := _AMOUNT.fullmatch(unicodedata.normalize("NFKC", cell.strip()))):
                sign = found[1] or found[2]
                if sign in _SIGNS:
                    yield column, sign
