"""What a pack's page and workbook say so that nobody has to ask: words, signs, headings, numbers that are numbers."""

import io
import re
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from tests.report.weekly_worlds import Page

from crmbridge.app.weekly import week_named
from crmbridge.model.money import Money
from crmbridge.model.notes import Note
from crmbridge.report import waterfall_chart, words
from crmbridge.report.charts import Frame
from crmbridge.report.i18n import catalog
from crmbridge.report.listing import Names, Rate, Word
from crmbridge.report.pack import Pack, PackSection, markdown
from crmbridge.report.pack_book import workbook
from crmbridge.report.pack_page import page
from crmbridge.report.waterfall_chart import Bar

MOMENT = datetime(2026, 6, 29, tzinfo=UTC)


def pack(*sections: PackSection) -> Pack:
    return Pack("company", "Acme", week_named("2026-W26"), MOMENT, sections)


def shown(*sections: PackSection, language: str = "en") -> Sequence[str]:
    return [" ".join(text.split()) for text in Page.of(page(pack(*sections), catalog(language))).texts]


def cny(amount: str) -> Money:
    return Money(Decimal(amount), "CNY")


CHANNELS = PackSection("channels", ("what", "rate", "verdict"), [{"what": Word("search_ads"), "rate": Rate(1, 4, 4)}])
ACTIONS = PackSection("actions", ("what", "who", "key"), [{"what": "call", "who": "Li", "key": "company|2026-W25|1"}])
STAGES = [Names({"en": "Prospect", "zh": "潜在客户"}), Names({"en": "Quoted", "zh": "报价"})]
LIMITS = PackSection(
    "compliance",
    ("what", "who", "stage", "n", "score", "why"),
    [
        {"what": Word("score"), "who": "Li", "n": 40, "score": Decimal("71.5"), "why": ["late", "stale"]},
        *({"what": Word("time limit"), "who": "Li", "stage": stage, "n": n} for n, stage in enumerate(STAGES, 2)),
    ],
)
WATERFALL = PackSection(
    "waterfall",
    ("what", "n", "amount"),
    [
        {"what": Word("opening"), "n": 9, "amount": cny("1000")},
        {"what": Word("new", "new deals"), "n": 1, "amount": cny("50")},
        {"what": Word("lost"), "n": 1, "amount": cny("-20")},
        {"what": Word("closing"), "n": 9, "amount": cny("1030")},
    ],
)


@pytest.mark.parametrize(("language", "source"), [("en", "search ads"), ("zh", "搜索推广")])
def test_a_source_reads_as_words(language: str, source: str) -> None:
    texts = shown(CHANNELS, language=language)
    assert source in texts
    assert "search_ads" not in " ".join(texts)


def test_what_only_a_command_needs_is_not_on_the_page() -> None:
    assert not [text for text in shown(ACTIONS) if "|" in text]
    assert "company\\|2026-W25\\|1" in markdown(pack(ACTIONS), catalog("en"))


def test_the_time_limits_of_a_person_stand_on_one_row() -> None:
    texts = shown(LIMITS)
    assert texts.count("time limit") == 1
    assert "Prospect: 2, Quoted: 3" in texts
    assert "5" in texts
    assert "潜在客户：2、报价：3" in shown(LIMITS, language="zh")


def test_columns_are_called_what_they_are_in_their_section() -> None:
    assert {"Source", "Win rate"} <= set(shown(CHANNELS))
    assert "| source | win rate |" in markdown(pack(CHANNELS), catalog("en"))


def test_the_steps_of_the_pipeline_have_signs_and_say_that_the_scale_is_cut() -> None:
    texts = shown(WATERFALL)
    assert {"+¥50.00", "-¥20.00", "without the lower part of the bars"} <= set(texts)


def bars(opening: float, *steps: float) -> list[Bar]:
    made, level = [Bar("opening", 0, opening, "", "bar", opening)], opening
    for step in steps:
        before, level = level, level + step
        made.append(Bar("step", min(before, level), max(before, level), "", "bar", level))
    return [*made, Bar("closing", 0, level, "", "bar", level)]


@pytest.mark.parametrize(
    ("made", "is_cut"),
    [
        (bars(1000, 50, -20), True),
        (bars(100, 200, -250), False),
        (bars(100), False),
        (bars(100, -100), False),
        ([], False),
    ],
)
@pytest.mark.parametrize("width", [330.0, 1080.0])
def test_a_scale_is_cut_only_far_below_every_step(made: list[Bar], is_cut: bool, width: float) -> None:  # noqa: FBT001
    start = waterfall_chart.floor(made)
    assert (start > 0) is is_cut
    assert all(start < bar.high for bar in made if bar.high)
    drawing = waterfall_chart.waterfall(made, Frame("w", "title", "about", (), width))
    text = str(drawing.__html__())
    assert ('class="cut"' in text) is is_cut
    across = [float(one) for one in re.findall(r'<rect x="[\d.]+" y="[\d.]+" width="([\d.]+)"', text)]
    assert all(one <= width for one in across)


def test_chinese_stands_close_to_chinese_and_apart_from_the_rest() -> None:
    chinese = catalog("zh")
    asked = "Fewest go on from {stage}: what would change that?"
    assert "从谈判推进" in chinese.message(asked, {"stage": Names({"en": "Negotiation", "zh": "谈判"})})
    assert "从 Negotiation 推进" in chinese.message(asked, {"stage": "Negotiation"})
    overdue = "{who} has {count} overdue tasks: which of them still matter?"
    assert chinese.message(overdue, {"who": "吴禾", "count": 3}).startswith("吴禾有 3 个")


@pytest.mark.parametrize(("language", "text"), [("en", "nothing new; nothing late"), ("zh", "；")])
def test_what_is_said_of_one_thing_is_kept_apart(language: str, text: str) -> None:
    said = [Note("A", "nothing new"), Note("B", "nothing late")]
    assert text in words.cell(said, "text", catalog(language))
    assert words.cell(["甲", "乙"], "text", catalog("zh")) == "甲、乙"


def test_figures_of_a_workbook_are_numbers_and_days_are_days() -> None:
    rows = [
        {
            "what": Word("search_ads"),
            "rate": Rate(1, 4, 4),
            "n": 3,
            "amount": cny("12.50"),
            "from": datetime(2026, 6, 1, tzinfo=UTC).date(),
        }
    ]
    made = workbook(pack(PackSection("channels", ("what", "rate", "n", "amount", "from"), rows)), catalog("zh"))
    with zipfile.ZipFile(io.BytesIO(made)) as book:
        sheet, texts = book.read("xl/worksheets/sheet2.xml").decode(), book.read("xl/sharedStrings.xml").decode()
    cells = dict(re.findall(r'<c r="([A-Z]+2)"(?: s="\d+")?><v>([^<]+)</v>', sheet))
    assert (cells["B2"], cells["D2"], cells["E2"], cells["F2"]) == ("0.25", "3", "12.5", "46174")
    for text in ("来源", "赢单率", "搜索推广", "1 / 4"):
        assert f"<t>{text}</t>" in texts
