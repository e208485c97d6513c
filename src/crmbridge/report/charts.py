"""The charts of a report: plain values in, a drawing out. Nothing here knows figures, languages or files.

Every chart is drawn once for a wide place and once for a phone, because a drawing that is merely scaled has letters
that nobody can read. A value that is not known is hatched and named, never drawn as nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, floor, log10

from crmbridge.report.svg import FONT_PX, Box, Drawing, fitted, free_of, text_box, text_px

SMALL = 11.0
_PHONE = 480
_TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)
_LEAST = 0.0001
"""The smallest amount there is: less than that is nothing."""
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True, slots=True)
class Interval:
    """A rate with its interval, 0 to 1; `value` None where there is nothing to divide by. `is_enough`: n suffices."""

    value: float | None
    low: float | None
    high: float | None
    text: str
    is_enough: bool = True
    tip: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One stage of a funnel: how many, and the share that went on. `is_named` marks the one to look at."""

    label: str
    count: int
    count_text: str
    rate: Interval | None = None
    tip: str = ""
    css: str = "bar"
    is_named: bool = False


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around a chart: its name in the page, its title and description, its headings, its width."""

    name: str
    title: str
    description: str
    headings: tuple[str, ...]
    width: float

    @property
    def is_phone(self) -> bool:
        """Whether the chart is for a phone."""
        return self.width < _PHONE


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a column chart. `value` None is unknown: hatched. `is_partial`: the period is still running."""

    label: str
    value: float | None
    value_text: str
    note: str = ""
    tip: str = ""
    is_partial: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a heat map, with the share of the fullest cell that decides its shade."""

    count: int
    text: str
    tip: str = ""


# -- funnel ------------------------------------------------------------------------------------------------------------


def funnel(steps: Sequence[Step], frame: Frame) -> Drawing:
    """Bars for how many reached each stage, and beside each the share that went on with its interval."""
    return _funnel_phone(steps, frame) if frame.is_phone else _funnel_wide(steps, frame)


def _funnel_wide(steps: Sequence[Step], frame: Frame) -> Drawing:
    row, top = 38.0, 44.0
    has_rates = any(step.rate for step in steps)
    names = min(190.0, max([70.0, *(text_px(step.label) for step in steps)]) + 14)
    texts = max([0.0, *(text_px(step.rate.text, SMALL) for step in steps if step.rate)])
    scale_right = frame.width - min(190.0, texts + 14) if has_rates else frame.width
    scale_left = frame.width * 0.54 if has_rates else frame.width
    drawing = Drawing(frame.name, frame.width, top + row * len(steps) + 4, frame.title, frame.description)
    bars = Box(names, top, scale_left - (24 if has_rates else 0), top + row * len(steps))
    drawing.label(names, 14, frame.headings[0], bars.right - names, "muted", size=SMALL)
    if has_rates:
        drawing.label(scale_left, 14, frame.headings[1], frame.width - scale_left, "muted", size=SMALL)
        _scale(drawing, scale_left, scale_right, 32, bars.bottom)
    room = max([30.0, *(text_px(step.count_text) for step in steps)]) + 8
    most = max((step.count for step in steps), default=0) or 1
    for place, step in enumerate(steps):
        middle = top + row * place + row / 2
        drawing.label(0, middle + 4, step.label, names - 12)
        if step.is_named:
            drawing.rect(Box(names - 8, middle - 11, names - 5, middle + 11), "warn")
        length = (bars.right - bars.left - room) * step.count / most
        drawing.rect(Box(bars.left, middle - 11, bars.left + max(length, 1.5), middle + 11), step.css, tip=step.tip)
        drawing.text(bars.left + length + 6, middle + 4, step.count_text, "strong")
        if step.rate:
            _whisker(drawing, step.rate, scale_left, scale_right, middle)
            drawing.label(scale_right + 12, middle + 4, step.rate.text, frame.width - scale_right - 12, size=SMALL)
    return drawing


def _funnel_phone(steps: Sequence[Step], frame: Frame) -> Drawing:
    has_rates = any(step.rate for step in steps)
    row, top = (74.0 if has_rates else 46.0), (44.0 if has_rates else 24.0)
    last = 0.0 if steps and steps[-1].rate else 28.0 if has_rates else 0.0
    height = top + row * len(steps) - last
    drawing = Drawing(frame.name, frame.width, height, frame.title, frame.description)
    drawing.label(0, 12, frame.headings[0], frame.width, "muted", size=SMALL)
    texts = max([0.0, *(text_px(step.rate.text, SMALL) for step in steps if step.rate)])
    scale_right = max(frame.width * 0.4, min(frame.width * 0.56, frame.width - texts - 10))
    if has_rates:
        drawing.label(0, 28, frame.headings[1], frame.width, "muted", size=SMALL)
    most = max((step.count for step in steps), default=0) or 1
    for place, step in enumerate(steps):
        y = top + row * place
        drawing.label(0, y + 10, step.label, frame.width - text_px(step.count_text) - 12)
        drawing.text(frame.width, y + 10, step.count_text, "strong", anchor="end")
        length = frame.width * step.count / most
        drawing.rect(Box(0, y + 17, max(length, 1.5), y + 31), step.css, tip=step.tip)
        if step.is_named:
            drawing.rect(Box(0, y + 33, frame.width, y + 35), "warn")
        if step.rate:
            for tick in (_TICKS[0], _TICKS[2], _TICKS[-1]):
                drawing.line((1 + tick * (scale_right - 2), y + 38), (1 + tick * (scale_right - 2), y + 56), "grid")
            _whisker(drawing, step.rate, 1, scale_right - 1, y + 47)
            room = frame.width - scale_right - 8
            drawing.label(frame.width, y + 51, step.rate.text, room, anchor="end", size=SMALL)
    return drawing


def _scale(drawing: Drawing, left: float, right: float, y: float, bottom: float) -> None:
    """A scale from 0 to 100 % with its grid."""
    for tick in _TICKS:
        x = left + tick * (right - left)
        drawing.line((x, y + 6), (x, bottom), "grid")
        drawing.text(x, y, f"{tick:.0%}".replace("%", " %"), "muted", anchor="middle", size=10)


def _whisker(drawing: Drawing, rate: Interval, left: float, right: float, y: float) -> None:
    if rate.value is None:
        return
    across = right - left
    low = left + (rate.value if rate.low is None else rate.low) * across
    high = left + (rate.value if rate.high is None else rate.high) * across
    css = "whisker" if rate.is_enough else "whisker few"
    drawing.line((low, y), (high, y), css)
    for end in (low, high):
        drawing.line((end, y - 5), (end, y + 5), css)
    drawing.dot(left + rate.value * across, y, "dot" if rate.is_enough else "dot few", tip=rate.tip or rate.text)


def interval(rate: Interval, frame: Frame, *, reference: float | None = None) -> Drawing:
    """A single rate on a scale from 0 to 100 %, for a cell of a table; `reference` is the rate of the whole."""
    height = 18.0
    drawing = Drawing(frame.name, frame.width, height, frame.title, frame.description)
    left, right = 5.0, frame.width - 5
    drawing.line((left, height / 2), (right, height / 2), "grid")
    for end in (left, right):
        drawing.line((end, 5), (end, height - 5), "grid")
    if reference is not None:
        x = left + reference * (right - left)
        drawing.line((x, 1), (x, height - 1), "reference")
    _whisker(drawing, rate, left, right, height / 2)
    return drawing


def share(value: float, frame: Frame) -> Drawing:
    """A share of the whole as a bar on its track, for a cell of a table."""
    drawing = Drawing(frame.name, frame.width, 18, frame.title, frame.description)
    drawing.rect(Box(0, 6, frame.width, 12), "track")
    drawing.rect(Box(0, 6, max(1.5, frame.width * value), 12), "bar", tip=frame.description)
    return drawing


# -- columns -----------------------------------------------------------------------------------------------------------


def columns(data: Sequence[Column], frame: Frame) -> Drawing:
    """Columns over a scale from zero; a value stands above its column wherever it meets no other text."""
    height, top, foot = (230.0 if frame.is_phone else 270.0), 30.0, 36.0
    drawing = Drawing(frame.name, frame.width, height, frame.title, frame.description)
    drawing.label(0, 12, frame.headings[0], frame.width, "muted", size=SMALL)
    ticks = nice_ticks(max((column.value or 0 for column in data), default=0))
    texts = [plain(tick) for tick in ticks]
    left = max(text_px(text, 10) for text in texts) + 6
    bottom = height - foot
    shown = ticks if any((column.value or 0) >= _LEAST for column in data) else ticks[:1]
    for tick, text in zip(shown, texts, strict=False):
        y = bottom - (bottom - top - 14) * tick / ticks[-1]
        drawing.line((left, y), (frame.width, y), "axis" if tick == 0 else "grid")
        drawing.text(left - 5, y + 3.5, text, "muted", anchor="end", size=10)
    slot = (frame.width - left) / max(1, len(data))
    tops: list[tuple[float, float]] = []
    bars: list[Box] = []
    for place, column in enumerate(data):
        middle = left + slot * (place + 0.5)
        tall = (bottom - top - 14) * (column.value or 0) / ticks[-1]
        half = min(22.0, slot * 0.36)
        css = "unknown" if column.value is None else "bar partial" if column.is_partial else "bar"
        box = Box(middle - half, top + 14 if column.value is None else bottom - tall, middle + half, bottom)
        drawing.rect(box, css, tip=column.tip)
        bars.append(box)
        tops.append((middle, bottom - tall - 5))
    drawing.text(left - 5, bottom + 29, "n", "muted", anchor="end", size=10)
    _feet(drawing, data, [x for x, _ in tops], bottom)
    _values(drawing, data, tops, bars, left)
    return drawing


def _feet(drawing: Drawing, data: Sequence[Column], places: Sequence[float], bottom: float) -> None:
    """The names of the columns, and below each its note; on a crowded scale every second name, or third."""
    for down, css, size, texts in (
        (15.0, "ink", 10.0 if drawing.width < _PHONE else SMALL, [column.label for column in data]),
        (29.0, "muted", 10.0, [column.note for column in data]),
    ):
        step = _every(texts, places, size)
        for place in range((len(data) - 1) % step if step else 0, len(data), step or 1):
            x = min(places[place], drawing.width - text_px(texts[place], size) / 2)
            box = text_box(x, bottom + down, texts[place], anchor="middle", size=size)
            if free_of(box, (taken for _, taken in drawing.boxes)):
                drawing.text(x, bottom + down, texts[place], css, anchor="middle", size=size)


def _every(texts: Sequence[str], places: Sequence[float], size: float) -> int:
    """Of how many texts one may be shown so that none meets its neighbour."""
    for step in range(1, len(texts) + 1):
        shown = range((len(texts) - 1) % step, len(texts), step)
        boxes = [text_box(places[n], 0, texts[n], anchor="middle", size=size) for n in shown]
        if all(one.right + 2 <= other.left for one, other in pairwise(boxes)):
            return step
    return 1


def _values(
    drawing: Drawing, data: Sequence[Column], tops: Sequence[tuple[float, float]], bars: Sequence[Box], left: float
) -> None:
    """The values, the last column's first, then the largest; what would meet a text or a bar is left to its tip."""
    order = sorted(range(len(data)), key=lambda n: (n != len(data) - 1, -(data[n].value or 0), -n))
    for place in order:
        x, y = tops[place]
        text = data[place].value_text
        if not text or data[place].value is None:
            continue
        half = text_px(text, SMALL) / 2
        x = max(left + half, min(x, drawing.width - half))
        box = text_box(x, y, text, anchor="middle", size=SMALL)
        if free_of(box, (*(taken for _, taken in drawing.boxes), *bars)):
            drawing.text(x, y, text, "strong", anchor="middle", size=SMALL)


def nice_ticks(most: float, wanted: int = 4) -> tuple[float, ...]:
    """Round numbers from zero to at least `most`, about as many as wanted."""
    if most < _LEAST:
        return (0.0, 1.0)
    rough = most / wanted
    power = 10.0 ** floor(log10(rough))
    step = next(power * nice for nice in _STEPS if power * nice >= rough * 0.999999)
    return tuple(step * n for n in range(ceil(most / step - 1e-9) + 1))


def plain(value: float) -> str:
    """A tick as people write it: thousands apart, no more decimals than it has."""
    return f"{value:,.4f}".rstrip("0").rstrip(".")


# -- heat map ----------------------------------------------------------------------------------------------------------


def heat_map(rows: Sequence[tuple[str, Sequence[Cell]]], frame: Frame) -> Drawing:
    """A table of counts, the fuller a cell the darker; `headings` name the columns, the first one the rows."""
    row, gap, top = 30.0, 3.0, 26.0
    head = SMALL if not frame.is_phone else 10.0
    widest = max([30.0, *(text_px(label) for label, _ in rows), text_px(frame.headings[0], head)]) + 10
    names = min(widest, frame.width * (0.32 if frame.is_phone else 0.36))
    slots = _slots(frame.headings[1:], frame.width - names, head)
    lefts = [names + sum(slots[:place]) for place in range(len(slots))]
    drawing = Drawing(frame.name, frame.width, top + row * len(rows), frame.title, frame.description)
    drawing.label(0, 14, frame.headings[0], names - 6, "muted", size=head)
    for left, slot, heading in zip(lefts, slots, frame.headings[1:], strict=True):
        shown = fitted(heading, slot - 2, head)
        drawing.text(left + slot / 2, 14, shown, "muted", anchor="middle", size=head)
    most = max((cell.count for _, cells in rows for cell in cells), default=0) or 1
    for line, (label, cells) in enumerate(rows):
        y = top + row * line
        drawing.label(0, y + row / 2 + 3, label, names - 6, size=SMALL if frame.is_phone else FONT_PX)
        for left, slot, cell in zip(lefts, slots, cells, strict=True):
            shade = 0 if not cell.count else 1 + min(3, int(4 * cell.count / (most + 1)))
            box = Box(left, y, left + slot - gap, y + row - gap)
            drawing.rect(box, f"heat h{shade}", tip=cell.tip, radius=3)
            size = min(FONT_PX, FONT_PX * (slot - gap - 2) / max(1.0, text_px(cell.text)))
            drawing.text(
                left + (slot - gap) / 2, y + row / 2 + 2.5, cell.text, f"on{shade}", anchor="middle", size=size
            )
    return drawing


def _slots(headings: Sequence[str], room: float, size: float) -> list[float]:
    """The widths of columns: all the same where every heading fits, else as their headings need."""
    if not headings:
        return []
    needed = [text_px(heading, size) + 3 for heading in headings]
    equal = room / len(headings)
    if max(needed) <= equal:
        return [equal] * len(headings)
    spare = (room - sum(needed)) / len(headings)
    return [one + spare for one in needed] if spare >= 0 else [equal] * len(headings)
