"""Horizontal bars below each other: one or more a row on one scale from zero, each with its value, and perhaps a mark.

A row may carry a mark, such as the place on the way to a target where one should be by now.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from crmbridge.report.charts import SMALL, Frame
from crmbridge.report.svg import Box, Drawing, text_px

_THICK, _GAP, _AROUND = 12.0, 4.0, 12.0
_LEAST_PX = 1.5


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar; `value` None is unknown: nothing is drawn but its text."""

    value: float | None
    text: str
    css: str = "bar"


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its name and its bars. `mark` is a value on the same scale, `tip` says what the row tells."""

    label: str
    bars: tuple[Bar, ...]
    mark: float | None = None
    tip: str = ""


def bars(rows: Sequence[Row], frame: Frame) -> Drawing:
    """The rows in order; the heading of the frame says what is measured."""
    return _phone(rows, frame) if frame.is_phone else _wide(rows, frame)


def _most(rows: Sequence[Row]) -> float:
    values = [bar.value or 0.0 for row in rows for bar in row.bars] + [row.mark or 0.0 for row in rows]
    return max([0.0, *values]) or 1.0


def _wide(rows: Sequence[Row], frame: Frame) -> Drawing:
    names = min(frame.width * 0.4, max([60.0, *(text_px(row.label) for row in rows)]) + 14)
    room = max([0.0, *(text_px(bar.text, SMALL) for row in rows for bar in row.bars)]) + 12
    top, heights = 22.0, [_height(row) for row in rows]
    drawing = Drawing(frame.name, frame.width, top + sum(heights), frame.title, frame.description)
    drawing.label(0, 12, frame.headings[0], frame.width, "muted", size=SMALL)
    y = top
    for row, high in zip(rows, heights, strict=True):
        drawing.label(0, y + (high - _AROUND) / 2 + 4, row.label, names - 12)
        _bars(drawing, row, Box(names, y, max(names + 20, frame.width - room), y + high - _AROUND), _most(rows))
        y += high
    return drawing


def _phone(rows: Sequence[Row], frame: Frame) -> Drawing:
    room = max([0.0, *(text_px(bar.text, SMALL) for row in rows for bar in row.bars)]) + 10
    name, heights = 16.0, [_height(row) + 16.0 for row in rows]
    top = 22.0
    drawing = Drawing(frame.name, frame.width, top + sum(heights), frame.title, frame.description)
    drawing.label(0, 12, frame.headings[0], frame.width, "muted", size=SMALL)
    y = top
    for row, high in zip(rows, heights, strict=True):
        drawing.label(0, y + 11, row.label, frame.width)
        place = Box(0, y + name, max(frame.width * 0.3, frame.width - room), y + high - _AROUND)
        _bars(drawing, row, place, _most(rows))
        y += high
    return drawing


def _height(row: Row) -> float:
    return len(row.bars) * (_THICK + _GAP) - _GAP + _AROUND


def _bars(drawing: Drawing, row: Row, place: Box, most: float) -> None:
    y, across = place.top, place.right - place.left
    for bar in row.bars:
        end = place.left + across * max(0.0, bar.value or 0.0) / most
        if bar.value is not None:
            drawing.rect(Box(place.left, y, max(end, place.left + _LEAST_PX), y + _THICK), bar.css, tip=row.tip)
        left = end + 8 if bar.value is not None else place.left
        mark = None if row.mark is None else place.left + across * row.mark / most
        if mark is not None and left - 6 < mark < left + text_px(bar.text, SMALL) + 4:
            left = mark + 6
        drawing.label(left, y + 10, bar.text, drawing.width - left, "strong", size=SMALL)
        y += _THICK + _GAP
    if row.mark is not None:
        x = place.left + across * row.mark / most
        drawing.line((x, place.top - 3), (x, place.bottom + 3), "reference")
