"""How the dates of one column are written, told by the column alone.

Day and month are told apart by a day above 12 and by nothing else: where every value could be read both ways, the
column is ambiguous, and nobody chooses for the person who knows.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from crmbridge.mapping.guess.rule import Reading
from crmbridge.mapping.guess.words import placeholders
from crmbridge.model.notes import Note

_TIME = (
    r"(?:(?P<gap>\s+|T)(?P<ap1>上午|下午)?(?P<H>\d{1,2}):(?P<M>\d{2})(?P<S>:\d{2})?(?P<f>\.\d{1,6})?"
    r"(?P<ap>\s*[AaPp][Mm])?(?P<z>\s*(?:Z|[+-]\d{2}:?\d{2}))?)?"
)
_NUMERIC = re.compile(
    r"(?P<a>\d{1,4})(?P<s1>[-/. 年])(?P<b>\d{1,2})(?P<s2>[-/. 月])(?P<c>\d{1,4})(?P<end>日|号)?" + _TIME
)
_COMPACT = re.compile(rf"(?P<a>(?:19|20)\d{{2}})(?P<b>\d{{2}})(?P<c>\d{{2}}){_TIME}")
_DAY_FIRST = re.compile(
    rf"(?:(?P<w>[A-Za-z]{{3,9}})(?P<s0>,? ))?(?P<d>\d{{1,2}})(?P<s1>[ \-/.]*)(?P<b>[A-Za-z]{{3,9}})"
    rf"(?P<s2>[.,]? ?[\-/]?)"
    rf"(?P<y>\d{{4}}|\d{{2}}){_TIME}"
)
_MONTH_FIRST = re.compile(
    rf"(?:(?P<w>[A-Za-z]{{3,9}})(?P<s0>,? ))?(?P<b>[A-Za-z]{{3,9}})(?P<s1>[. \-/]+)(?P<d>\d{{1,2}})(?P<s2>,? ?[\-/]?)"
    rf"(?P<y>\d{{4}}){_TIME}"
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ONE_WAY = frozenset({"ymd"})
_MOST_BAD = 0.5
_YEAR_DIGITS = 4
_HIGHEST_MONTH, _HIGHEST_DAY = 12, 31
_LONGEST_MONTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@dataclass(slots=True)
class _Form:
    """One way of writing: the pattern with its day and month still open, and which orders its values allow."""

    pattern: str
    orders: set[str]
    values: int = 0
    deciding: str = ""
    clocks: set[tuple[int, int]] = field(default_factory=set)
    is_told: bool = False


@dataclass(frozen=True, slots=True)
class _Parsed:
    """One value: its form, the orders it allows, its clock."""

    pattern: str
    orders: frozenset[str]
    differs: bool
    decides: bool
    clock: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class DateGuess:
    """The formats of a column, or the ones between which nobody can choose."""

    formats: tuple[str, ...]
    ambiguous: tuple[tuple[str, ...], ...] = ()
    deciding: tuple[str, ...] = ()
    bad: Mapping[str, int] = field(default_factory=dict)
    filled: int = 0
    is_day: bool = False


def guess_dates(values: Mapping[str, int]) -> DateGuess | None:
    """What is known of a column of these cells (value -> how often); None where it is no column of dates."""
    forms: dict[str, _Form] = {}
    bad: Counter[str] = Counter()
    for value, count in values.items():
        parsed = _parse(value)
        if parsed is None:
            bad[value] += count
            continue
        form = forms.setdefault(parsed.pattern, _Form(parsed.pattern, {*parsed.orders}))
        form.values += count
        form.is_told = form.is_told or parsed.differs
        form.deciding = form.deciding or (value if parsed.decides else "")
        form.orders &= parsed.orders
        if parsed.clock:
            form.clocks.add(parsed.clock)
        _share_orders(forms)
    total = sum(values.values())
    known = {value: count for value, count in bad.items() if value.casefold() not in placeholders()}
    if not forms or sum(known.values()) > _MOST_BAD * total or any(not form.orders for form in forms.values()):
        return None
    return _told([*forms.values()], bad, total)


def _share_orders(forms: Mapping[str, _Form]) -> None:
    """Forms that differ only in their clock are written by one hand: what decides one decides the others."""
    heads: dict[str, list[_Form]] = {}
    for form in forms.values():
        heads.setdefault(re.split(r"[ T]+(?=%[HIp])", form.pattern)[0], []).append(form)
    for group in heads.values():
        common = set.intersection(*(form.orders for form in group))
        if common:
            deciding = next((form.deciding for form in group if form.deciding), "")
            for form in group:
                form.orders, form.deciding = set(common), form.deciding or deciding


def _told(forms: Sequence[_Form], bad: Mapping[str, int], filled: int) -> DateGuess:
    clocks = {clock for form in forms for clock in form.clocks}
    has_clock = any("%H" in form.pattern or "%I" in form.pattern for form in forms)
    # A clock that never leaves the first hour of the day says nothing: midnight, or an export's noise.
    is_day = has_clock and bool(clocks) and all(hour == 0 for hour, _ in clocks)
    open_ones = [form for form in forms if len(form.orders) > 1 and form.is_told]
    orders = sorted({order for form in open_ones for order in form.orders})
    choices = [tuple(_written(form, order if form in open_ones else None) for form in forms) for order in orders]
    deciding = tuple(form.deciding for form in forms if form.deciding)
    return DateGuess(tuple(_written(form, None) for form in forms), tuple(choices), deciding, dict(bad), filled, is_day)


def _written(form: _Form, order: str | None) -> str:
    """The format of a form in one order: that order, or the only one left, or for want of a difference any."""
    chosen = order if order in form.orders else min(form.orders)
    year = "%y" if form.pattern.count("{2}") else "%Y"
    parts = {"d": "%d", "m": "%m", "y": year}
    text = form.pattern.replace("{2}", "")
    for slot, part in zip("ABC", chosen, strict=True):
        text = text.replace("{" + slot + "}", parts[part])
    return text


def _parse(value: str) -> _Parsed | None:
    for pattern, read in (
        (_NUMERIC, _numeric),
        (_COMPACT, _compact),
        (_DAY_FIRST, _named),
        (_MONTH_FIRST, _named),
    ):
        if (found := pattern.fullmatch(value)) and (parsed := read(found)):
            return parsed
    return None


def _numeric(found: re.Match[str]) -> _Parsed | None:
    texts = (found["a"], found["b"], found["c"])
    numbers = tuple(map(int, texts))
    gap = (found["s1"] == "年", found["s2"] == "月")
    if gap[0] != gap[1] or (not gap[0] and found["s1"] != found["s2"]):
        return None
    wide = [len(text) == _YEAR_DIGITS for text in texts]
    if sum(wide) > 1 or any(len(text) == 3 for text in texts):  # noqa: PLR2004 - 123 is no part of a date
        return None
    orders = ("ymd",) if wide[0] or gap[0] else ("dmy", "mdy") if wide[2] else ("dmy", "mdy", "ymd")
    if not any(wide) and not all(len(text) <= 2 for text in texts):  # noqa: PLR2004 - a short year
        return None
    years = {order: texts[order.index("y")] for order in orders}
    allowed = frozenset(order for order in orders if len(years[order]) in {2, 4} and _fits(order, numbers))
    if not allowed:
        return None
    readings = {tuple(numbers[order.index(part)] for part in "ymd") for order in allowed}
    short = "" if any(wide) else "{2}"
    pattern = f"{{A}}{found['s1']}{{B}}{found['s2']}{{C}}{found['end'] or ''}{short}"
    return _Parsed(pattern + _time(found), allowed, len(readings) > 1, len(allowed) < len(orders), _clock(found))


def _fits(order: str, numbers: tuple[int, ...]) -> bool:
    month, day = numbers[order.index("m")], numbers[order.index("d")]
    return 1 <= month <= _HIGHEST_MONTH and 1 <= day <= _LONGEST_MONTHS[month - 1]


def _compact(found: re.Match[str]) -> _Parsed | None:
    numbers = (int(found["a"]), int(found["b"]), int(found["c"]))
    if not _fits("ymd", numbers):
        return None
    return _Parsed("{A}{B}{C}" + _time(found), _ONE_WAY, differs=False, decides=False, clock=_clock(found))


def _named(found: re.Match[str]) -> _Parsed | None:
    """A month in letters: nothing to choose."""
    if found["b"][:3].casefold() not in _MONTHS or not 1 <= int(found["d"]) <= _HIGHEST_DAY:
        return None
    weekday = f"%a{found['s0']}" if found["w"] else ""
    year = "%Y" if len(found["y"]) == _YEAR_DIGITS else "%y"
    first, second = ("%d", "%b") if found.start("d") < found.start("b") else ("%b", "%d")
    pattern = f"{weekday}{first}{found['s1']}{second}{found['s2']}{year}{_time(found)}"
    return _Parsed(pattern, _ONE_WAY, differs=False, decides=False, clock=_clock(found))


def _time(found: re.Match[str]) -> str:
    if found["H"] is None:
        return ""
    gap = "T" if found["gap"] == "T" else " "
    noon = found["ap"] or found["ap1"]
    text = gap + ("%p" if found["ap1"] else "") + ("%I" if noon else "%H") + ":%M" + (":%S" if found["S"] else "")
    text += ".%f" if found["f"] else ""
    text += (" %p" if found["ap"] and found["ap"][0].isspace() else "%p") if found["ap"] else ""
    return text + ((" %z" if found["z"][0].isspace() else "%z") if found["z"] else "")


def _clock(found: re.Match[str]) -> tuple[int, int] | None:
    if found["H"] is None:
        return None
    hour = int(found["H"])
    afternoon = (found["ap"] or found["ap1"] or "").strip().casefold() in {"pm", "下午"}
    return (hour % 12 + (12 if afternoon else 0) if found["ap"] or found["ap1"] else hour), int(found["M"])


def read_dates(object_name: str, column: str, values: Mapping[str, int], *, is_instant: bool) -> Reading | None:
    """How a column of dates is read; None where it is none."""
    found = guess_dates(values)
    if found is None:
        return None
    base: dict[str, object] = {}
    evidence: list[str] = []
    if found.is_day and is_instant:
        base["precision"] = "day"
        evidence.append("no clock ever leaves the first hour of the day, so it says nothing: the day counts")
    if found.bad:
        empty = [value for value in found.bad if value.casefold() in placeholders()]
        base |= {"empty": empty} if empty else {}
        evidence += [f"{_listed(empty)} stands for nothing known"] if empty else []
    if found.ambiguous:
        note = _asked_order(object_name, column, values, found)
        ways = [{"format": list(dict.fromkeys(formats)), **base} for formats in found.ambiguous]
        return Reading(ways[0], tuple(evidence), (note,), is_sure=False, others=tuple(ways[1:]))
    formats = list(dict.fromkeys(found.formats))
    said = f"day and month by {', '.join(found.deciding)}" if found.deciding else "every cell is read by it"
    evidence.insert(0, f"{len(formats)} format(s) for {found.filled} cells; {said}")
    return Reading({"format": formats, **base}, tuple(evidence))


def _asked_order(object_name: str, column: str, values: Iterable[str], found: DateGuess) -> Note:
    told: dict[str, object] = {
        "object": object_name,
        "column": column,
        "example": next(value for value in values if (parsed := _parse(value)) and parsed.differs),
        "count": found.filled,
        "formats": " | ".join(formats[0] for formats in found.ambiguous),
    }
    return Note(
        "ASK_DATE_ORDER",
        "{object}: which is the day in {column}? All of its {count} dates, such as {example}, can be read as {formats}:"
        " it is not read until you choose",
        told,
    )


def _listed(values: Sequence[str]) -> str:
    return ", ".join(values[:5]) + (", ..." if len(values) > 5 else "")  # noqa: PLR2004 - enough to see what is meant
