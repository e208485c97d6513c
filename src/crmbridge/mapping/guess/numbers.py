"""How the numbers of one column are written: unit, currency, percent, decimal sign, told by header and cells."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from crmbridge.mapping.guess.rule import Reading
from crmbridge.mapping.guess.words import placeholders
from crmbridge.model.notes import Note

CURRENCY_WORDS = {
    "USD": "USD", "EUR": "EUR", "GBP": "GBP", "CNY": "CNY", "RMB": "CNY", "人民币": "CNY", "美元": "USD", "HKD": "HKD",
    "港币": "HKD", "JPY": "JPY", "BRL": "BRL", "INR": "INR", "AUD": "AUD", "CAD": "CAD", "SGD": "SGD", "CHF": "CHF",
}  # fmt: skip
"""What a header may call a currency."""
SIGNS = {
    "¥": "CNY", "CN¥": "CNY", "RMB": "CNY", "元": "CNY", "万元": "CNY", "亿元": "CNY", "$": "USD", "US$": "USD",
    "USD": "USD", "€": "EUR", "EUR": "EUR", "£": "GBP", "GBP": "GBP", "R$": "BRL",
    "HK$": "HKD", "NT$": "TWD", "A$": "AUD",
    "C$": "CAD", "S$": "SGD", "₹": "INR", "CNY": "CNY",
}  # fmt: skip
"""What may stand beside an amount in a cell."""

_UNITS = (
    (r"百万元?|百万|in millions|\bmillions?\b|\bmm\b|[(\[]\s*m\s*[)\]]|\$m\b", "M"),
    (r"亿元?", "亿"),
    (r"万元", "万元"),
    (r"[(\[]\s*万\s*[)\]]|[-_ ]万$", "万"),
    (r"千元|in thousands|\bthousands?\b|['’]?000s?\b|[(\[]\s*k\s*[)\]]|\$k\b|[(\[]\s*千\s*[)\]]", "K"),
)
_SIGNED = re.compile(
    r"(?P<before>[A-Z]{0,3}\s?[¥$€£₹]|RMB|[A-Z]{3})?\s*[-(]?\s*(?P<number>\d[\d.,' ]*)\s*[KMkmBb]?[万亿]?\s*"
    r"(?P<after>[A-Z]{3}|[€£¥]|元)?\)?\s*%?"
)
_DECIMAL_COMMA = re.compile(r"\d{1,3}(?:[. ']\d{3})+,\d+|\d+,(?:\d{1,2}|\d{4,})|0,\d+")
_DECIMAL_POINT = re.compile(r"\d{1,3}(?:[, ']\d{3})+\.\d+|\d+\.(?:\d{1,2}|\d{4,})|0\.\d+|\d+\.")
_POINT_THREE = re.compile(r"[1-9]\d{0,2}\.\d{3}")
_POINT_GROUPS = re.compile(r"\d{1,3}(?:\.\d{3}){2,}")
_SMALLEST_GROUPED = 1000


@dataclass(frozen=True, slots=True)
class _Cells:
    """The numbers of a column as they are written, without signs and units."""

    numbers: Counter[str]
    signs: Counter[str]
    percents: int


def unit_of(header: str) -> str | None:
    """The unit that a header names: 成交金额（万元）, Revenue (in thousands)."""
    plain = unicodedata.normalize("NFKC", header).casefold()
    return next((unit for pattern, unit in _UNITS if re.search(pattern, plain)), None)


def currency_of(header: str) -> str | None:
    """The currency that a header names."""
    plain = unicodedata.normalize("NFKC", header)
    for word, code in CURRENCY_WORDS.items():
        if re.search(rf"(?<![A-Za-z]){word}(?![A-Za-z])", plain):
            return code
    return "CNY" if re.search(r"[(\[]\s*[万千百亿]*元\s*[)\]]", plain) else None


def read_numbers(
    object_name: str, column: str, values: Mapping[str, int], *, is_money: bool, header: str | None = None
) -> Reading:
    """How a column of numbers is read. What the lens makes of it is for the caller to try."""
    cells = _cells(values)
    options: dict[str, object] = {}
    evidence: list[str] = []
    if is_money:
        money = _money(object_name, column, cells, header or column)
        if not money.is_sure:
            return money
        options |= money.options
        evidence += money.evidence
    if unit := unit_of(header or column):
        options["unit"] = unit
        evidence.append(f"the header counts in {unit}")
    sign, why, is_sure = _decimal_sign(cells.numbers)
    if sign == ",":
        options["decimal"] = ","
    evidence += [why] if why else []
    if empty := [value for value in values if value.casefold() in placeholders()]:
        options["empty"] = empty
        evidence.append(f"{', '.join(empty[:5])} stands for nothing known")
    if not is_sure:
        example = next(number for number in cells.numbers if _POINT_THREE.fullmatch(number))
        note = Note(
            "ASK_DECIMAL",
            "{object}: does the point in {column} stand before decimals or between thousands? {example} can be both: it"
            " is not read until you choose",
            {"object": object_name, "column": column, "example": example},
        )
        return Reading(options, tuple(evidence), (note,), is_sure=False, others=({**options, "decimal": ","},))
    return Reading(options, tuple(evidence))


def _money(object_name: str, column: str, cells: _Cells, header: str) -> Reading:
    named = currency_of(header)
    known = Counter[str]()
    for sign, count in cells.signs.items():
        known[SIGNS[sign]] += count
    if named and not known.keys() - {named}:
        return Reading({"currency": named}, (f"the header says {named}",))
    if len(known) > 1 or (named and known):
        seen = ", ".join(f"{code} {count}" for code, count in known.most_common())
        note = Note(
            "ASK_CURRENCY",
            "{object}: amounts of {column} are in several currencies ({seen}): which column says the currency of each?"
            " It is not read until then",
            {"object": object_name, "column": column, "seen": seen},
        )
        return Reading({"currency": known.most_common(1)[0][0]}, (), (note,), is_sure=False)
    if known:
        ((code, count),) = known.items()
        sign = cells.signs.most_common(1)[0][0]
        return Reading({"currency": code}, (f"{code} by the sign {sign} in {count} cells",))
    return Reading({}, ("no sign and no code of a currency: the workspace's",))


def _cells(values: Mapping[str, int]) -> _Cells:
    numbers, signs, percents = Counter[str](), Counter[str](), 0
    for value, count in values.items():
        plain = unicodedata.normalize("NFKC", value).strip()
        found = _SIGNED.fullmatch(plain)
        if not found:
            continue
        numbers[found["number"].strip()] += count
        percents += count if plain.endswith("%") else 0
        for sign in (found["before"], found["after"]):
            if sign and sign.replace(" ", "") in SIGNS:
                signs[sign.replace(" ", "")] += count
    return _Cells(numbers, signs, percents)


def _decimal_sign(numbers: Iterable[str]) -> tuple[str, str, bool]:
    """The decimal sign, what says so, and whether anything does."""
    texts = list(numbers)
    commas = next((text for text in texts if _DECIMAL_COMMA.fullmatch(text)), None)
    points = next((text for text in texts if _DECIMAL_POINT.fullmatch(text)), None)
    groups = next((text for text in texts if _POINT_GROUPS.fullmatch(text)), None)
    if points:
        return ".", f"the decimal sign is a point, by {points}", True
    if commas or groups:
        return ",", f"the decimal sign is a comma, by {commas or groups}", True
    if any(_POINT_THREE.fullmatch(text) for text in texts):
        plain = [text for text in texts if text.isdigit()]
        grouped = any(int(text) >= _SMALLEST_GROUPED for text in plain)
        return ".", "a number of four digits without a point: points do not group" if grouped else "", grouped
    return ".", "", True


def read_probability(object_name: str, column: str, values: Mapping[str, int]) -> Reading:
    """How a probability is read: 30, 0.3 or 30 %."""
    cells = _cells(values)
    if cells.percents:
        return Reading({}, (f"{cells.percents} cells have a percent sign",))
    highest = max(_plain(cells.numbers), default=0.0)
    if highest > 1:
        return Reading({"percent": True}, (f"numbers up to {highest:g}: percent without the sign",))
    if cells.numbers and all(number in {0.0, 1.0} for number in _plain(cells.numbers)):
        note = Note(
            "ASK_PERCENT",
            "{object}: is 1 in {column} one percent or certain? Nothing but 0 and 1 was seen: it is not read until you"
            " choose",
            {"object": object_name, "column": column},
        )
        return Reading({"percent": False}, (), (note,), is_sure=False, others=({"percent": True},))
    return Reading({}, (f"numbers up to {highest:g}: fractions",))


def _plain(numbers: Iterable[str]) -> Iterator[float]:
    """Numbers to compare with, never to keep."""
    for number in numbers:
        try:
            yield float(number.replace(",", "."))
        except ValueError:
            continue


def looks_numeric(values: Mapping[str, int]) -> bool:
    """Whether every cell is a plain number that nothing is lost of: no leading zeros, no long ids."""
    return bool(values) and all(re.fullmatch(r"-?(0|[1-9]\d{0,11})(\.\d{1,6})?", value) for value in values)
