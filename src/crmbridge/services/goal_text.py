"""Numbers, changes and periods as people write them in a goal, in Chinese and English: 100万, +20 %, 下个季度.

Everything is read by closed tables and patterns, nothing is guessed: what is not understood is not there.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from crmbridge.model.errors import ConfigError
from crmbridge.services.fiscal import (
    FiscalYear,
    Level,
    NamedPeriod,
    WeekRule,
    fiscal_year_of,
    period_named,
    quarter_of,
)
from crmbridge.services.results import Period

_SCALES: Mapping[str, int] = {
    "万": 10**4,
    "萬": 10**4,
    "百万": 10**6,
    "千万": 10**7,
    "亿": 10**8,
    "k": 10**3,
    "m": 10**6,
    "million": 10**6,
    "bn": 10**9,
    "billion": 10**9,
}
_CURRENCIES: Mapping[str, str] = {
    "元": "CNY",
    "人民币": "CNY",
    "rmb": "CNY",
    "¥": "CNY",
    "￥": "CNY",
    "$": "USD",
    "usd": "USD",
    "美元": "USD",
    "€": "EUR",
    "eur": "EUR",
    "欧元": "EUR",
    "cny": "CNY",
}
_NUMBER = re.compile(
    r"(?P<sign>[+\-]?)\s*(?P<before>[¥￥$€]|RMB\s*|CNY\s*|USD\s*|EUR\s*)?\s*"
    r"(?P<digits>\d{1,3}(?:[,，]\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)\s*"
    r"(?P<scale>百万|千万|万|萬|亿|million|billion|bn|[km](?![a-z]))?\s*"
    r"(?P<after>%|％|个百分点|percentage points?|percent|元|人民币|美元|欧元|RMB|CNY|USD|EUR)?",
    re.IGNORECASE,
)
_RAISE = re.compile(
    r"(提高|提升|增加|增长|上升|扩大|翻|降低|减少|increase|raise|grow|boost|improve|reduce|lower|cut|more)",
    re.IGNORECASE,
)
_ABSOLUTE = re.compile(r"(到|至|达到|\bto\b|\breach)\s*$", re.IGNORECASE)
_DOWN = re.compile(r"(降低|减少|下降|reduce|lower|cut|decrease)", re.IGNORECASE)
_WEEK = re.compile(r"(\d{4})-W(\d{2})")


@dataclass(frozen=True, slots=True)
class Written:
    """A number as written: its value, whether it is a percentage, a change against something, and its currency.

    A percentage is a share: 20 % is 1/5. Percentage points are added to a rate, a percentage is a part of it.
    """

    value: Fraction
    is_percent: bool
    is_points: bool
    is_change: bool
    currency: str | None
    has_unit: bool


def numbers(text: str) -> list[Written]:
    """The numbers of a text, but those of its periods and of days."""
    bare = _without_periods(text)
    return [_written(bare, match) for match in _NUMBER.finditer(bare)]


def number(text: str) -> Written:
    """The one number of a text such as a target; ConfigError where there is none, or more than one."""
    match = _NUMBER.fullmatch(text.strip())
    if match is None:
        raise ConfigError("{text} is no number such as 1000000, 25 % or +20 %", text=text)
    return _written(text.strip(), match)


def _written(text: str, match: re.Match[str]) -> Written:
    scale = _SCALES[match["scale"].lower()] if match["scale"] else 1
    value = Fraction(Decimal(match["digits"].replace(",", "").replace("，", ""))) * scale
    after = (match["after"] or "").lower()
    is_points = after == "个百分点" or after.startswith("percentage point")
    is_percent = is_points or after in {"%", "％", "percent"}
    before = text[: match.start()]
    is_absolute = bool(_ABSOLUTE.search(before))
    is_change = bool(match["sign"]) or is_points or (is_percent and not is_absolute and bool(_RAISE.search(text)))
    if match["sign"] == "-" or (is_change and not match["sign"] and _DOWN.search(before)):
        value = -value
    currency = _CURRENCIES.get((match["before"] or "").strip().lower()) or _CURRENCIES.get(after)
    has_unit = is_percent or currency is not None or bool(match["scale"] and match["scale"] in {"万", "萬", "亿"})
    return Written(value / 100 if is_percent else value, is_percent, is_points, is_change, currency, has_unit)


# -- periods -----------------------------------------------------------------------------------------------------------

_NAMED = re.compile(r"(?:FY)?\d{4}-(?:Q[1-4]|H[12]|W\d{2}|\d{2}(?!-?\d))")
_YEAR_QUARTER = re.compile(
    r"(\d{4})\s*年?\s*(?:第?\s*([一二三四1-4])\s*季度?|Q([1-4]))|Q([1-4])\s*(?:of\s*)?(\d{4})", re.IGNORECASE
)
_YEAR_MONTH = re.compile(r"(\d{4})\s*年\s*(\d{1,2})\s*月")
_YEAR_HALF = re.compile(r"(\d{4})\s*年\s*([上下])半年")
_YEAR = re.compile(
    r"(?<![\d,.])((?:19|20)\d{2})(?:\s*年|(?=\s*$)|(?=\s*[,;。，；.]))|\b(?:in|of|for)\s+((?:19|20)\d{2})\b"
)
_QUARTER = re.compile(r"第?([一二三四])季度|\bQ([1-4])\b", re.IGNORECASE)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_DIGIT = {"一": 1, "二": 2, "三": 3, "四": 4}
_PHRASES: tuple[tuple[str, Level, int], ...] = (
    (r"下(?:一)?个?季度|下季度?|next\s+quarter|一个季度|one\s+quarter|\ba\s+quarter\b", "quarter", 1),
    (r"本季度?|这个?季度|当季|this\s+quarter", "quarter", 0),
    (r"下(?:一)?个?月|next\s+month|一个月|\bone\s+month\b|\ba\s+month\b", "month", 1),
    (r"本月|这个?月|当月|this\s+month", "month", 0),
    (r"下(?:一)?周|下个?星期|next\s+week|一周", "week", 1),
    (r"本周|这周|this\s+week", "week", 0),
    (r"下半年(?:度)?", "half", 2),
    (r"上半年(?:度)?", "half", 1),
    (r"明年|下一?年度?|next\s+year|一年内?|\ba\s+year\b", "year", 1),
    (r"今年|本年度?|全年|this\s+year", "year", 0),
)


def period_in(text: str, today: date, start_month: int = 1) -> NamedPeriod | None:
    """The period that a text names, seen from a day; None where it names none.

    A bare 一个季度 is the next full one.
    """
    return next((period for period in _periods(text, today, start_month) if period is not None), None)


def period_of(label: str, start_month: int = 1, rule: WeekRule = "days") -> tuple[FiscalYear, NamedPeriod]:
    """The period of a goal by its label, ISO weeks among them, and its fiscal year; ConfigError otherwise."""
    if match := _WEEK.fullmatch(label):
        try:
            monday = date.fromisocalendar(int(match[1]), int(match[2]), 1)
        except ValueError as error:
            raise ConfigError("there is no week {label}", label=label) from error
        year = fiscal_year_of(monday, start_month)
        return year, NamedPeriod("week", label, Period(monday, monday + timedelta(days=7)))
    year, named = period_named(label, start_month)
    if rule == "days":
        return year, named
    ruled = FiscalYear(year.year, year.start_month, rule)
    return ruled, ruled.named(label)


def like(period: NamedPeriod, back: int, start_month: int = 1) -> NamedPeriod:
    """The period of the same length that many before this one."""
    if period.level in {"week", "day"}:
        width = (period.end - period.start) * back
        start = period.start - width
        label = f"{start:%G-W%V}" if period.level == "week" else start.isoformat()
        return NamedPeriod(period.level, label, Period(start, start + (period.end - period.start)))
    found = period
    for _ in range(back):
        found = _at(found.start - timedelta(days=1), period.level, start_month)
    return found


def _periods(text: str, today: date, start_month: int) -> Iterator[NamedPeriod | None]:
    if match := _NAMED.search(text):
        yield _labelled(match[0], start_month)
    if match := _YEAR_QUARTER.search(text):
        year, place = (match[1], match[2] or match[3]) if match[1] else (match[5], match[4])
        yield _labelled(_label(int(year), f"Q{_DIGIT.get(place, place)}", start_month), start_month)
    if match := _YEAR_MONTH.search(text):
        yield _labelled(f"{match[1]}-{int(match[2]):02d}", start_month)
    if match := _YEAR_HALF.search(text):
        yield _labelled(_label(int(match[1]), f"H{1 if match[2] == '上' else 2}", start_month), start_month)
    for pattern, level, steps in _PHRASES:
        if re.search(pattern, text, re.IGNORECASE):
            yield _half(today, steps, start_month) if level == "half" else _ahead(today, level, steps, start_month)
    if match := _QUARTER.search(text):
        place = match[1] or match[2]
        year = fiscal_year_of(today, start_month).year
        yield _labelled(_label(year, f"Q{_DIGIT.get(place, place)}", start_month), start_month)
    if match := _YEAR.search(text):
        yield _labelled(_label(int(match[1] or match[2]), "", start_month), start_month)


def _label(year: int, part: str, start_month: int) -> str:
    head = f"{year}" if start_month == 1 else f"FY{year}"
    return f"{head}-{part}" if part else head


def _labelled(label: str, start_month: int) -> NamedPeriod | None:
    try:
        return period_of(label, start_month)[1]
    except ConfigError:
        return None


def _half(today: date, number_: int, start_month: int) -> NamedPeriod:
    year = fiscal_year_of(today, start_month)
    return year.named(_label(year.year, f"H{number_}", start_month))


def _ahead(today: date, level: Level, steps: int, start_month: int) -> NamedPeriod:
    found = _at(today, level, start_month)
    for _ in range(steps):
        found = _at(found.end, level, start_month)
    return found


def _at(day: date, level: Level, start_month: int) -> NamedPeriod:
    """The period of a level in which a day lies."""
    if level == "quarter":
        return quarter_of(day, start_month)
    if level == "week":
        monday = day - timedelta(days=day.weekday())
        return NamedPeriod("week", f"{monday:%G-W%V}", Period(monday, monday + timedelta(days=7)))
    year = fiscal_year_of(day, start_month)
    return next(one for one in year.labels.values() if one.level == level and one.start <= day < one.end)


def _without_periods(text: str) -> str:
    """The text with its days and periods blanked, so that 2026 in 2026-Q2 is no number."""
    for pattern in (_DAY, _NAMED, _YEAR_QUARTER, _YEAR_MONTH, _YEAR_HALF, _QUARTER, _YEAR):
        text = pattern.sub(lambda match: " " * len(match[0]), text)
    return text
