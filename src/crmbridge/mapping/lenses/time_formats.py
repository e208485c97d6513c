"""Formats of dates and times as people write them: `%d %b, %Y %H:%M:%S`, `%Y年%m月%d日`.

Our own reader of the usual directives, because `strptime` follows the machine's language for month names and is slow.
Digits may lack a leading zero; a year has four of them unless the format says `%y` (69-99 are 19xx, 00-68 are 20xx).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from crmbridge.model.errors import ConfigError, suggestion

_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_MONTH_OF = {name.casefold(): i for i, name in enumerate(_MONTHS, 1)}
_MONTH_OF |= {name[:3].casefold(): i for i, name in enumerate(_MONTHS, 1)} | {"sept": 9}
_WORDS = "|".join(sorted(_MONTH_OF, key=len, reverse=True))
_PATTERNS = {
    "Y": r"(?P<Y>[0-9]{4})",
    "y": r"(?P<y>[0-9]{2})",
    "m": r"(?P<m>[0-9]{1,2})",
    "d": r"(?P<d>[0-9]{1,2})",
    "H": r"(?P<H>[0-9]{1,2})",
    "I": r"(?P<I>[0-9]{1,2})",
    "M": r"(?P<M>[0-9]{1,2})",
    "S": r"(?P<S>[0-9]{1,2})",
    "f": r"(?P<f>[0-9]{1,6})",
    "p": r"(?P<p>[AaPp][Mm]|上午|下午)",
    "b": rf"(?P<b>{_WORDS})",
    "B": rf"(?P<b>{_WORDS})",
    "z": r"(?P<z>[Zz]|[+-][0-9]{2}:?[0-9]{2})",
    "a": r"(?:[A-Za-z]+\.?|[周星期日天一二三四五六]+)",
    "A": r"(?:[A-Za-z]+\.?|[周星期日天一二三四五六]+)",
    "%": "%",
}
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_WRITERS: dict[str, Callable[[datetime], str]] = {
    "Y": lambda t: f"{t.year:04}",
    "y": lambda t: f"{t.year % 100:02}",
    "m": lambda t: f"{t.month:02}",
    "d": lambda t: f"{t.day:02}",
    "H": lambda t: f"{t.hour:02}",
    "I": lambda t: f"{t.hour % 12 or 12:02}",
    "M": lambda t: f"{t.minute:02}",
    "S": lambda t: f"{t.second:02}",
    "f": lambda t: f"{t.microsecond:06}",
    "p": lambda t: "AM" if t.hour < 12 else "PM",  # noqa: PLR2004 - noon
    "b": lambda t: _MONTHS[t.month - 1][:3],
    "B": lambda t: _MONTHS[t.month - 1],
    "z": lambda t: "+0000" if t.tzinfo is None else t.strftime("%z"),
    "a": lambda t: _DAYS[t.weekday()][:3],
    "A": lambda t: _DAYS[t.weekday()],
    "%": lambda _: "%",
}
_TOKEN = re.compile(r"%(.)|(\s+)|([^%\s]+)|(%)$")
_HALF_DAY = 12
_PIVOT = 69


@dataclass(frozen=True, slots=True)
class TimeFormat:
    """One format: reads a text as a wall-clock time (aware where it has `%z`), and writes one."""

    text: str
    pattern: re.Pattern[str]
    has_time: bool
    has_zone: bool
    writers: tuple[Callable[[datetime], str], ...]

    def read(self, value: str) -> datetime | None:
        """The time, or None where the text has another form or names a day that does not exist."""
        found = self.pattern.fullmatch(value)
        if not found:
            return None
        try:
            return _assemble({name: part for name, part in found.groupdict().items() if part is not None})
        except ValueError:
            return None

    def write(self, value: datetime) -> str:
        """The text of a wall-clock time."""
        return "".join(writer(value) for writer in self.writers)


def time_format(text: str) -> TimeFormat:
    """The format of that text; ConfigError for a directive that does not exist or a format without a whole date."""
    pattern, names, writers = "", set(), []
    for token in _TOKEN.finditer(text):
        directive, space, literal, _ = token.groups()
        if literal or space:
            pattern += r"\s+" if space else re.escape(literal)
            writers.append(_constant(space or literal))
        elif directive in _PATTERNS and not (directive in names and directive != "%"):
            names.add(directive)
            pattern += _PATTERNS[directive]
            writers.append(_WRITERS[directive])
        else:
            raise ConfigError(
                "{format} is no time format: %{directive} is not known or stands twice",
                format=text,
                directive=directive or "",
                nearest=suggestion("%" + (directive or ""), ["%" + name for name in _PATTERNS]),
                hint="known: %Y %y %m %d %b %B %H %I %M %S %f %p %z %a %A %%",
            )
    _check_whole(text, names)
    has_time = bool(names & set("HIMSfp"))
    return TimeFormat(text, re.compile(pattern, re.IGNORECASE), has_time, "z" in names, tuple(writers))


def _check_whole(text: str, names: set[str]) -> None:
    year, month = len(names & {"Y", "y"}), len(names & {"m", "b", "B"})
    if (year, month, "d" in names) != (1, 1, True) or {"H", "I"} <= names or ("p" in names) != ("I" in names):
        raise ConfigError("{format} names no whole date: it needs one year, one month and one day", format=text)


def _constant(text: str) -> Callable[[datetime], str]:
    return lambda _: text


def _assemble(parts: dict[str, str]) -> datetime:
    year = int(parts["Y"]) if "Y" in parts else _full_year(int(parts["y"]))
    month = int(parts["m"]) if "m" in parts else _MONTH_OF[parts["b"].casefold()]
    micro = int(parts.get("f", "0").ljust(6, "0"))
    return datetime(
        year,
        month,
        int(parts["d"]),
        _hour(parts),
        int(parts.get("M", 0)),
        int(parts.get("S", 0)),
        micro,
        tzinfo=_zone(parts.get("z")),
    )


def _full_year(two_digits: int) -> int:
    return two_digits + (1900 if two_digits >= _PIVOT else 2000)


def _hour(parts: dict[str, str]) -> int:
    if "I" not in parts:
        return int(parts.get("H", 0))
    hour = int(parts["I"])
    if not 1 <= hour <= _HALF_DAY:
        raise ValueError(parts["I"])
    return hour % _HALF_DAY + (_HALF_DAY if parts["p"].casefold() in {"pm", "下午"} else 0)


def _zone(text: str | None) -> timezone | None:
    if text is None:
        return None
    if text in {"Z", "z"}:
        return UTC
    digits = text[1:].replace(":", "")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-offset if text[0] == "-" else offset)
