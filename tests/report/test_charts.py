import re
import xml.etree.ElementTree as ET
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbridge.report import charts
from crmbridge.report.charts import Cell, Column, Frame, Interval, Step
from crmbridge.report.svg import Box, Drawing, fitted, text_px

WIDTHS = (330.0, 540.0, 740.0)
NAMES = st.text(st.characters(categories=("L", "N", "P", "S", "Zs")), max_size=40) | st.sampled_from(
    ("Prospect", "需求确认与方案评审", "Negotiation and contract review by legal", "<b>x</b>", "WWWWWWWWWWWW")
)
COUNTS = st.integers(0, 10_000_000)
RATES = st.floats(0, 1)


def frame(width: float, *headings: str) -> Frame:
    return Frame("chart", "title", "description", headings, width)


def parsed(drawing: Drawing) -> ET.Element:
    return ET.fromstring(str(drawing.__html__()))  # noqa: S314 - our own drawing


def shapes(drawing: Drawing, tag: str, css: str) -> list[ET.Element]:
    return [one for one in parsed(drawing).iter(tag) if css in (one.get("class") or "").split()]


def assert_readable(drawing: Drawing) -> None:
    """No text meets another one, or leaves the drawing."""
    for (one, box), (other, beside) in combinations(drawing.boxes, 2):
        assert not box.meets(beside), (one, other)
    for text, box in drawing.boxes:
        assert box.left >= -0.5, text
        assert box.right <= drawing.width + 0.5, text
        assert box.top >= 0, text
        assert box.bottom <= drawing.height + 0.5, text


def rate(value: float, n: int = 100) -> Interval:
    return Interval(value, max(0.0, value - 0.1), min(1.0, value + 0.1), f"{value:.1%} ({n})", n >= 20)


@given(st.lists(st.tuples(NAMES, COUNTS, RATES), min_size=1, max_size=12), st.sampled_from(WIDTHS), st.booleans())
def test_no_text_of_a_funnel_meets_another(steps: list[tuple[str, int, float]], width: float, with_rates: bool) -> None:  # noqa: FBT001
    made = [Step(name, count, f"{count:,}", rate(value) if with_rates else None) for name, count, value in steps]
    drawing = charts.funnel(made, frame(width, "deals that reached the stage", "share that went on, 95 % interval"))
    parsed(drawing)
    assert_readable(drawing)


@given(
    st.lists(st.tuples(st.none() | st.floats(0, 1e12), COUNTS), min_size=1, max_size=24),
    st.sampled_from(WIDTHS),
    st.sampled_from(("Mar", "12月", "2026-03")),
)
def test_no_text_of_a_column_chart_meets_another(
    values: list[tuple[float | None, int]], width: float, label: str
) -> None:
    made = [
        Column(label, value, "" if value is None else charts.plain(value), f"{count:,}", is_partial=count % 2 == 0)
        for value, count in values
    ]
    drawing = charts.columns(made, frame(width, "thousands of CNY; n is the number of deals"))
    parsed(drawing)
    assert_readable(drawing)


@given(
    st.lists(st.tuples(NAMES, st.lists(st.integers(0, 9999), min_size=7, max_size=7)), max_size=9),
    st.sampled_from(WIDTHS),
)
def test_no_text_of_a_heat_map_meets_another(rows: list[tuple[str, list[int]]], width: float) -> None:
    heads = ("stage", "0–7", "8–30", "31–60", "61–90", "91–180", ">180", "unknown")
    made = [(name, [Cell(count, str(count) if count else "") for count in counts]) for name, counts in rows]
    drawing = charts.heat_map(made, frame(width, *heads))
    parsed(drawing)
    assert_readable(drawing)


def test_headings_of_a_heat_map_are_whole_on_a_phone() -> None:
    heads = ("stage", "0–7", "8–30", "31–60", "61–90", "91–180", ">180", "unknown")
    drawing = charts.heat_map([("Prospecting", [Cell(1, "1")] * 7)], frame(330, *heads))
    assert [text for text, _ in drawing.boxes if text in heads] == list(heads)


def test_the_last_value_and_the_largest_are_always_written() -> None:
    values = [5, 900, 880, 870, 890, 860, 850, 840, 830, 820, 810, 800]
    drawing = charts.columns([Column(f"{n}月", v, str(v), str(n)) for n, v in enumerate(values, 1)], frame(330, "n"))
    texts = [text for text, _ in drawing.boxes]
    assert "800" in texts
    assert "900" in texts


def test_bars_are_as_long_as_their_counts_say() -> None:
    drawing = charts.funnel([Step("a", 200, "200"), Step("b", 50, "50")], frame(740, "deals"))
    first, second = (float(one.get("width") or 0) for one in shapes(drawing, "rect", "bar"))
    assert first == pytest.approx(4 * second, rel=0.01)


def test_a_whisker_spans_its_interval_on_the_scale_from_0_to_100() -> None:
    drawing = charts.interval(Interval(0.5, 0.25, 0.75, "50 %"), frame(110), reference=0.3)
    whisker = shapes(drawing, "line", "whisker")[0]
    assert (float(whisker.get("x1") or 0), float(whisker.get("x2") or 0)) == (30, 80)
    assert float(shapes(drawing, "circle", "dot")[0].get("cx") or 0) == 55
    assert float(shapes(drawing, "line", "reference")[0].get("x1") or 0) == 35


def test_a_rate_on_too_few_deals_is_drawn_hollow() -> None:
    few = charts.interval(rate(0.5, n=3), frame(110))
    enough = charts.interval(rate(0.5, n=20), frame(110))
    assert shapes(few, "circle", "few")
    assert not shapes(enough, "circle", "few")


def test_a_rate_without_a_value_draws_no_dot() -> None:
    drawing = charts.interval(Interval(None, None, None, "not enough data"), frame(110))
    assert not shapes(drawing, "circle", "dot")


def test_an_unknown_column_is_hatched_and_never_a_zero() -> None:
    drawing = charts.columns([Column("Jan", None, "", "?"), Column("Feb", 0.0, "", "0")], frame(540, "n"))
    assert len(shapes(drawing, "rect", "unknown")) == 1
    assert [one.get("height") for one in shapes(drawing, "rect", "bar")] == ["0"]


def test_the_fullest_cell_is_the_darkest_and_an_empty_one_the_lightest() -> None:
    rows = [("a", [Cell(0, ""), Cell(1, "1"), Cell(50, "50"), Cell(100, "100")])]
    drawing = charts.heat_map(rows, frame(540, "stage", "1", "2", "3", "4"))
    shades = [int(re.findall(r"h(\d)", one.get("class") or "")[-1]) for one in parsed(drawing).iter("rect")]
    assert shades[0] == 0
    assert shades == sorted(shades)
    assert shades[-1] == 4


def test_markup_in_any_text_stays_text() -> None:
    evil = '"><script>alert(1)</script>'
    drawing = charts.funnel([Step(evil, 1, evil, rate(0.5), tip=evil)], Frame(evil, evil, evil, (evil, evil), 740))
    assert "<script" not in str(drawing.__html__())
    texts = [one.text for one in parsed(drawing).iter("{*}title")] + [one.text for one in parsed(drawing).iter("title")]
    assert evil in texts


def test_a_drawing_tells_what_it_shows_and_one_beside_its_words_is_not_read_out() -> None:
    named = parsed(charts.funnel([Step("a", 1, "1")], frame(740, "deals")))
    assert named.get("role") == "img"
    assert named.get("aria-labelledby") == "chart-t chart-d"
    assert [one.text for one in named.iter() if one.get("id") in {"chart-t", "chart-d"}] == ["title", "description"]
    assert parsed(charts.interval(rate(0.5), Frame("", "", "", (), 110))).get("aria-hidden") == "true"


@given(st.floats(1e-4, 1e15))
def test_ticks_are_round_few_and_reach_the_top(most: float) -> None:
    ticks = charts.nice_ticks(most)
    assert ticks[0] == 0
    assert ticks[-1] >= most * 0.999
    assert ticks[-2] < most
    assert 3 <= len(ticks) <= 6


def test_there_are_ticks_where_there_is_nothing() -> None:
    assert charts.nice_ticks(0) == (0.0, 1.0)


@given(st.text(max_size=60), st.floats(20, 200))
def test_a_text_is_cut_to_its_room(text: str, room: float) -> None:
    shown = fitted(text, room)
    assert text_px(shown) <= max(room, text_px("…"))
    assert shown == text or shown.endswith("…")


def test_boxes_that_only_touch_do_not_meet() -> None:
    assert not Box(0, 0, 1, 1).meets(Box(1, 0, 2, 1))
    assert Box(0, 0, 2, 2).meets(Box(1, 1, 3, 3))
