"""The waterfall chart: bars that hang between two levels, from the opening over each step to the closing.

Wide: columns side by side. On a phone: bars below each other, each with its name and value above it. Where the steps
are small beside what they start from, the scale does not start at zero: the bars that stand on it are drawn as cut.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from crmbridge.report.charts import SMALL, Frame, nice_ticks
from crmbridge.report.svg import Box, Drawing

_LEAST = 1.5
_BELOW = 0.35
"""How much of the scale lies below the lowest level, as a share of what the steps take."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar from `low` to `high`, in any unit; `text` is its value in words."""

    label: str
    low: float
    high: float
    text: str
    css: str
    end: float = 0.0
    """The level that it leaves, from which the next one starts."""

    @property
    def height(self) -> float:
        """How much it is."""
        return self.high - self.low


def floor(bars: Sequence[Bar]) -> float:
    """Where the scale starts: zero, unless every step happens far above it."""
    levels = [value for bar in bars for value in ((bar.low, bar.high) if bar.low else (bar.high,))]
    least, most = min(levels, default=0.0), max(levels, default=0.0)
    return least - (most - least) * _BELOW if most > least > most / 2 else 0.0


def waterfall(bars: Sequence[Bar], frame: Frame) -> Drawing:
    """The bars in order, on one scale; the heading of the frame says so where it does not start at zero."""
    start, highest = floor(bars), max([0.0, *(bar.high for bar in bars)])
    most = highest if start else nice_ticks(highest)[-1]
    return _phone(bars, frame, start, most) if frame.is_phone else _wide(bars, frame, start, most)


def _wide(bars: Sequence[Bar], frame: Frame, start: float, most: float) -> Drawing:
    above = 20.0 if frame.headings else 0.0
    top, bottom = 24.0 + above, 184.0 + above
    drawing = Drawing(frame.name, frame.width, bottom + 24, frame.title, frame.description)
    if frame.headings:
        drawing.label(0, 12, frame.headings[0], frame.width, "muted", size=SMALL)
    slot = frame.width / max(1, len(bars))
    drawing.line((0, bottom), (frame.width, bottom), "axis")
    level = 0.0
    for place, bar in enumerate(bars):
        left, right = slot * place + 6, slot * (place + 1) - 6
        high, low = (_at(value, start, most, bottom, top) for value in (bar.high, bar.low))
        if place:
            y = _at(level, start, most, bottom, top)
            drawing.line((left - 12, y), (left, y), "axis")
        drawing.rect(Box(left, min(high, low - _LEAST), right, low), bar.css, tip=f"{bar.label}: {bar.text}")
        if start and not bar.low:
            for y in (bottom - 12, bottom - 7):
                drawing.line((left - 2, y + 3), (right + 2, y - 3), "cut")
        drawing.label(slot * (place + 0.5), high - 6, bar.text, slot - 4, "strong", anchor="middle", size=SMALL)
        drawing.label(slot * (place + 0.5), bottom + 16, bar.label, slot - 4, anchor="middle", size=SMALL)
        level = bar.end
    return drawing


def _at(value: float, start: float, most: float, zero: float, full: float) -> float:
    """Where a value stands between the two ends of the scale."""
    return zero + (full - zero) * max(0.0, value - start) / ((most - start) or 1.0)


def _phone(bars: Sequence[Bar], frame: Frame, start: float, most: float) -> Drawing:
    row, above = 40.0, 22.0 if frame.headings else 0.0
    drawing = Drawing(frame.name, frame.width, above + row * len(bars) + 2, frame.title, frame.description)
    if frame.headings:
        drawing.label(0, 12, frame.headings[0], frame.width, "muted", size=SMALL)
    for place, bar in enumerate(bars):
        y = above + row * place
        drawing.label(0, y + 12, bar.label, frame.width * 0.48)
        drawing.label(frame.width, y + 12, bar.text, frame.width * 0.5, "strong", anchor="end")
        left, right = (_at(value, start, most, 0, frame.width) for value in (bar.low, bar.high))
        drawing.rect(Box(left, y + 19, max(right, left + _LEAST), y + 31), bar.css)
        if start and not bar.low:
            for x in (8.0, 13.0):
                drawing.line((x + 3, y + 17), (x - 3, y + 33), "cut")
    return drawing
