"""The waterfall chart: bars that hang between two levels, from the opening over each step to the closing.

Wide: columns side by side. On a phone: bars below each other, each with its name and value above it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from crmbridge.report.charts import SMALL, Frame, nice_ticks
from crmbridge.report.svg import Box, Drawing


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar from `low` to `high`, in any unit; `text` is its value in words."""

    label: str
    low: float
    high: float
    text: str
    css: str

    @property
    def height(self) -> float:
        """How much it is."""
        return self.high - self.low


def waterfall(bars: Sequence[Bar], frame: Frame) -> Drawing:
    """The bars in order, on one scale from zero."""
    most = nice_ticks(max([0.0, *(bar.high for bar in bars)]))[-1]
    return _phone(bars, frame, most) if frame.is_phone else _wide(bars, frame, most)


def _wide(bars: Sequence[Bar], frame: Frame, most: float) -> Drawing:
    top, bottom = 24.0, 184.0
    drawing = Drawing(frame.name, frame.width, bottom + 24, frame.title, frame.description)
    slot = frame.width / max(1, len(bars))
    drawing.line((0, bottom), (frame.width, bottom), "axis")
    for place, bar in enumerate(bars):
        left, right = slot * place + 6, slot * (place + 1) - 6
        high, low = (bottom - (bottom - top) * value / most for value in (bar.high, bar.low))
        drawing.rect(Box(left, min(high, low - 1.5), right, low), bar.css, tip=f"{bar.label}: {bar.text}")
        drawing.label(slot * (place + 0.5), high - 6, bar.text, slot - 4, "strong", anchor="middle", size=SMALL)
        drawing.label(slot * (place + 0.5), bottom + 16, bar.label, slot - 4, anchor="middle", size=SMALL)
    return drawing


def _phone(bars: Sequence[Bar], frame: Frame, most: float) -> Drawing:
    row = 40.0
    drawing = Drawing(frame.name, frame.width, row * len(bars) + 2, frame.title, frame.description)
    for place, bar in enumerate(bars):
        y = row * place
        drawing.label(0, y + 12, bar.label, frame.width * 0.48)
        drawing.label(frame.width, y + 12, bar.text, frame.width * 0.5, "strong", anchor="end")
        left, right = (frame.width * value / most for value in (bar.low, bar.high))
        drawing.rect(Box(left, y + 19, max(right, left + 1.5), y + 31), bar.css)
    return drawing
