import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from importlib.resources import files

import pytest
from tests.report.weekly_worlds import MONDAY_8, acme, pack_of, read, with_workdays
from tests.services.test_funnel_vectors import gv_deals
from tests.services.worlds import SHANGHAI, Deal, company, six_stages

from crmbridge.app.weekly import choose, week_before, week_named
from crmbridge.model.errors import ConfigError
from crmbridge.model.money import MixedCurrency, Money
from crmbridge.model.notes import Note
from crmbridge.report import (
    ages,
    weekly_cards,
    weekly_charts,
    weekly_notes,
    weekly_quality,
    weekly_slices,
    weekly_tables,
)
from crmbridge.report.i18n import catalog
from crmbridge.report.listing import Listing, Rate
from crmbridge.report.svg import Drawing
from crmbridge.report.weekly import page
from crmbridge.report.weekly_pack import WeeklyPack
from crmbridge.report.weekly_words import Speech
from crmbridge.services.open_deals import OpenDeal

EN, ZH = Speech(catalog("en")), Speech(catalog("zh"))


def card(pack: WeeklyPack, title: str) -> weekly_cards.Card:
    return next(one for one in weekly_cards.cards(pack, EN) if one.title == title)


def drawn(pair: weekly_charts.Pair) -> Drawing:
    assert pair.wide is not None
    return pair.wide


@pytest.fixture(scope="module")
def gv() -> WeeklyPack:
    return pack_of(with_workdays(gv_deals()))


@pytest.fixture(scope="module")
def plain() -> WeeklyPack:
    """The same deals in a company that has told no workdays."""
    return pack_of(company(gv_deals()))


# -- GV-WEEK-1


def test_gv_week_1(gv: WeeklyPack) -> None:
    week = gv.won[0].row
    assert (week.won, week.lost) == (1, 0)
    assert week.won_amount.money == Money(Decimal("70000.00"), "CNY")
    assert gv.begun == 0
    assert (gv.whole.whole.open, gv.whole.whole.open_amount.e4) == (2, 190_000 * 10_000)
    stalled = {deal.record_id: deal.sla_age for deal in gv.open_deals if deal.is_stalled}
    assert stalled.keys() == {"G05", "G08"}
    assert [gv.deals[one].name or gv.deals[one].external_id for one in gv.closed["won"]] == ["G10"]


def test_the_page_says_the_figures_of_gv_week_1(gv: WeeklyPack) -> None:
    text = read(gv).text
    for figure in ("¥70,000.00", "¥190,000.00", "1 deal · 15 Jun – 21 Jun", "2 of 2 open deals; 2 are over the limit"):
        assert figure in text
    chinese = read(gv, "zh").text
    for figure in ("周报", "¥70,000.00", "1 个商机 · 6月15日 – 6月21日", "停滞商机", "赢单率", "样本不足"):
        assert figure in chinese


def test_month_and_quarter_end_with_the_week(gv: WeeklyPack) -> None:
    spans = [(won.period.label, won.counted.start, won.counted.end) for won in gv.won]
    end = date(2026, 6, 22)
    assert spans == [
        ("2026-W25", date(2026, 6, 15), end),
        ("2026-06", date(2026, 6, 1), end),
        ("2026-Q2", date(2026, 4, 1), end),
    ]
    assert [won.row.won for won in gv.won] == [1, 1, 3]


def test_the_quarter_is_the_fiscal_one() -> None:
    pack = pack_of(company(gv_deals()), about=acme(fiscal_year_start=2))
    assert (pack.won[2].period.label, pack.won[2].counted.start) == ("FY2026-Q2", date(2026, 5, 1))


def test_a_week_over_two_years_belongs_to_the_month_and_year_of_its_last_day() -> None:
    pack = pack_of(company(gv_deals()), week="2026-W53", as_of=datetime(2027, 1, 4, tzinfo=UTC))
    assert [won.period.label for won in pack.won] == ["2026-W53", "2027-01", "2027-Q1"]
    assert pack.months[0] == date(2026, 2, 1)


# -- which week, seen from when


@pytest.mark.parametrize("label", ["2026-W26", "2026W26", "2026-w26", " 2026-W26 "])
def test_a_week_is_named_in_the_iso_way(label: str) -> None:
    assert week_named(label).start == date(2026, 6, 22)
    assert week_named(label).label == "2026-W26"


@pytest.mark.parametrize(
    "label", ["", "26", "2026-26", "2026-W00", "2025-W53", "2026-W54", "0000-W01", "9999-W53", "２０２６-W26x"]
)
def test_a_week_that_is_none_is_refused(label: str) -> None:
    with pytest.raises(ConfigError, match="there is no week"):
        week_named(label)


def test_the_last_whole_week_is_taken_where_none_is_named() -> None:
    assert week_before(date(2026, 6, 22)).label == "2026-W25"
    assert week_before(date(2026, 6, 28)).label == "2026-W25"
    assert week_before(date(2026, 6, 29)).label == "2026-W26"
    assert week_before(date(2026, 1, 1)).label == "2025-W52"


def test_a_week_is_seen_from_its_end_whenever_it_is_asked_for() -> None:
    ends = {choose("2026-W25", now, SHANGHAI, is_given=False)[1] for now in (MONDAY_8, MONDAY_8 + timedelta(days=400))}
    assert ends == {datetime(2026, 6, 21, 15, 59, 59, 999_999, tzinfo=UTC)}


def test_a_moment_that_was_given_holds() -> None:
    assert choose("2026-W25", MONDAY_8, SHANGHAI, is_given=True)[1] == MONDAY_8
    assert choose(None, MONDAY_8, SHANGHAI, is_given=True)[0].label == "2026-W25"


def test_a_running_week_is_seen_from_now_and_says_so(plain: WeeklyPack) -> None:
    now = datetime(2026, 6, 17, 4, tzinfo=UTC)
    week, as_of = choose("2026-W25", now, SHANGHAI, is_given=False)
    assert (week.label, as_of) == ("2026-W25", now)
    assert "this week is still running" in read(pack_of(company(gv_deals()), as_of=now)).texts
    assert "this week is still running" not in read(plain).texts


def test_the_last_moment_of_a_week_is_no_running_week() -> None:
    end = choose("2026-W25", MONDAY_8, SHANGHAI, is_given=False)[1]
    assert not pack_of(company(gv_deals()), as_of=end).is_running


def test_a_week_that_has_not_begun_is_refused() -> None:
    with pytest.raises(ConfigError, match="has not begun"):
        choose("2026-W30", MONDAY_8, SHANGHAI, is_given=True)


def test_the_same_week_gives_the_same_page(plain: WeeklyPack) -> None:
    assert page(plain, "zh") == page(pack_of(company(gv_deals())), "zh")


# -- unknown is not zero


def test_what_nobody_knows_is_called_unknown_never_zero() -> None:
    deals = [Deal("a", [("S1", None)]), Deal("b", [("S2", None)])]
    pack = pack_of(company(deals), pipelines=[six_stages()])
    assert card(pack, "Open deals").value == "unknown"
    assert card(pack, "New deals this week").value == "unknown"
    assert card(pack, "Sales cycle, mean").value == "unknown"
    assert card(pack, "Win rate").value == "not enough data"
    assert weekly_notes.alerts(pack, EN) == ["No deal has a known date: nothing can be said of a week."]
    months = weekly_charts.won_by_month(pack, EN)
    assert "unknown" in drawn(months).description


def test_months_before_the_data_begins_are_unknown_and_later_ones_without_a_win_are_zero(plain: WeeklyPack) -> None:
    drawing = drawn(weekly_charts.won_by_month(plain, EN))
    tips = drawing.description.split("; ")
    assert "Jul: 2025-07: unknown" in tips
    assert "Dec: 2025-12: ¥0.00, 0 deals" in tips
    assert "May: 2026-05: ¥300,000.00, 2 deals" in tips


def test_a_won_deal_without_amount_leaves_its_month_unknown() -> None:
    pack = pack_of(company([Deal("a", [("S1", "2025-01-01"), ("won", "2026-06-16")])]))
    assert card(pack, "Won this week").value == "unknown"
    assert "1 without amount" in card(pack, "Won this week").lines
    assert "Jun: 2026-06: unknown, 1 deal; 1 without amount" in drawn(weekly_charts.won_by_month(pack, EN)).description


def test_stages_without_a_limit_have_no_stalled_deals_to_count() -> None:
    plain = six_stages()
    stages = tuple(stage.model_copy(update={"sla_days": None}) for stage in plain.stages)
    pack = pack_of(company(gv_deals()), pipelines=[plain.model_copy(update={"stages": stages})])
    assert (card(pack, "Stalled deals").value, card(pack, "Stalled deals").is_quiet) == ("unavailable", True)
    assert weekly_tables.standing(pack, EN).notes == ("2 of 2 open deals; no stage has a limit of days.",)


def test_an_age_that_nobody_knows_stands_in_its_own_column() -> None:
    pack = pack_of(company([Deal("a", [("S1", None)], "1"), Deal("b", [("S1", "2026-06-10")], "1")]))
    pair = weekly_charts.ageing(pack, EN)
    assert pair is not None
    assert "unknown" in [text for text, _ in drawn(pair).boxes]
    assert "unknown" in read(pack).texts


def test_data_that_ends_before_the_week_says_which_week_to_ask_for() -> None:
    pack = pack_of(company(gv_deals()), week="2026-W40", as_of=datetime(2026, 10, 5, tzinfo=UTC))
    assert weekly_notes.alerts(pack, EN) == [
        "Nothing is known to have happened since 2026-06-16; for that week give --week 2026-W25."
    ]


def test_conversions_that_cannot_be_given_say_why_and_the_stages_show_where_deals_stand() -> None:
    deals = [Deal(f"o{n}", [("S1", None)], "1") for n in range(3)] + [Deal("l", [("lost", "2026-06-16")], "1")]
    pair = weekly_charts.funnels(pack_of(company(deals)).whole, EN, {})[0]
    assert pair.notes[0].startswith("Conversion unavailable: ")
    assert "deals in the stage now" in [text for text, _ in drawn(pair).boxes]
    assert not any("%" in text for text, _ in drawn(pair).boxes)


def test_where_no_closing_has_a_date_nothing_is_called_won_this_week_and_rates_are_over_all_time() -> None:
    deals = [Deal(f"w{n}", [("won", None)], "10", facts={"source": "a"}) for n in range(3)]
    deals += [Deal("l", [("lost", None)], "10", facts={"source": "a"}), Deal("o", [("S1", "2026-06-01")], "1")]
    pack = pack_of(company(deals))
    for title in ("Won this week", "Won this month", "Won this quarter"):
        assert (card(pack, title).value, card(pack, title).is_quiet) == ("unknown", True)
    assert card(pack, "Win rate").value == "75.0 %"
    assert "3 of 4 decided, ever" in card(pack, "Win rate").lines
    assert weekly_slices.slices(pack.slices[1], EN).rows[0][3].text == "75.0 % (3 / 4)"
    assert weekly_notes.alerts(pack, EN)[0].startswith("No closing has a known date")
    assert weekly_tables.closed(pack, EN).notes[0].startswith("No closing has a known date")
    assert "¥0.00" not in drawn(weekly_charts.won_by_month(pack, EN)).description
    assert "$0" not in read(pack).text


def test_some_closings_without_a_date_are_counted_in_the_warnings() -> None:
    deals = [Deal("a", [("won", None)], "10"), Deal("b", [("S1", "2026-06-01"), ("won", "2026-06-16")], "10")]
    pack = pack_of(company(deals))
    assert card(pack, "Won this week").value == "¥10.00"
    assert any("closed at an unknown time" in text for text in weekly_notes.warnings(pack, EN))


def test_where_no_amount_is_known_the_months_count_deals() -> None:
    deals = [Deal(f"w{n}", [("S1", "2026-01-01"), ("won", "2026-06-16")]) for n in range(3)]
    drawing = drawn(weekly_charts.won_by_month(pack_of(company(deals)), EN))
    texts = [text for text, _ in drawing.boxes]
    assert "number of deals; no amount is known" in texts
    assert texts.count("3") >= 2


def test_a_win_rate_without_a_lost_deal_is_not_shown_off() -> None:
    deals = [Deal(f"w{n}", [("S1", "2026-01-01"), ("won", "2026-06-16")], "1") for n in range(30)]
    found = card(pack_of(company(deals)), "Win rate")
    assert found.is_quiet
    assert "no lost deal is known, so this says little" in found.lines


def test_a_funnel_in_which_no_deal_is_counted_draws_nothing() -> None:
    pair = weekly_charts.funnels(pack_of(company([Deal("l", [("lost", "2026-06-16")], "1")])).whole, EN, {})[0]
    assert pair.wide is None
    assert pair.notes[-1] == "No deal is counted in any stage."


def test_an_empty_company_has_a_page() -> None:
    pack = pack_of(company([]), pipelines=[])
    text = read(pack).text
    assert "There is no open deal." in text
    assert "No deal was won or lost this week." in text


# -- slices


def many(owners: int, each: int) -> list[Deal]:
    """For each owner `each` deals closed in the year, every third won, and one open."""
    deals = []
    for owner in range(owners):
        facts = {"owner_id": f"u{owner:02}", "owner_ref": f"u{owner:02}", "source": None}
        for n in range(each):
            end = "won" if n % 3 == 0 else "lost"
            way = [("S1", "2026-02-01"), (end, "2026-06-16")]
            deals.append(Deal(f"{owner:02}-{n}", way, str(100 * (owner + 1)), facts=facts))
        deals.append(Deal(f"{owner:02}-open", [("S1", "2026-06-01")], "7", facts=facts))
    return deals


def test_a_long_tail_is_added_up_so_that_the_rows_are_the_whole() -> None:
    pack = pack_of(company([*many(20, 6), Deal("x", [("S1", "2026-02-01"), ("won", "2026-06-16")], "5")]))
    table = weekly_slices.slices(pack.slices[0], EN)
    assert len(table.rows) == weekly_slices.SLICES + 2
    assert [row[0].text for row in table.rows[-2:]] == ["5 others", "unknown"]
    for column, whole in ((1, pack.year.whole.won), (2, pack.year.whole.lost), (5, pack.year.whole.open)):
        assert sum(int(row[column].text) for row in table.rows) == whole
    amounts = [Fraction(row[4].text.replace("¥", "").replace(",", "")) for row in table.rows]
    assert sum(amounts) * 10_000 == pack.year.whole.won_amount.e4
    pairs = [re.search(r"\((\d+) / (\d+)\)", row[3].text) for row in table.rows]
    assert sum(int(found[1]) for found in pairs if found) == pack.year.whole.win_rate.numerator
    assert sum(int(found[2]) for found in pairs if found) == pack.year.whole.win_rate.denominator


def test_small_slices_get_no_verdict_but_their_interval() -> None:
    pack = pack_of(company(many(3, 6)))
    rows = weekly_slices.slices(pack.slices[0], EN).rows
    assert {row[6].text for row in rows} == {"not enough data"}
    assert all(row[3].drawing is not None for row in rows)


def test_a_winner_is_called_one() -> None:
    deals = many(1, 30) + [
        Deal(f"w{n}", [("S1", "2026-02-01"), ("won", "2026-06-16")], "1", facts={"owner_id": "w", "owner_ref": "w"})
        for n in range(30)
    ]
    pack = pack_of(company(deals))
    table = weekly_slices.slices(pack.slices[0], EN)
    assert [(row[0].text, row[6].text) for row in table.rows] == [("u00", "laggard"), ("w", "winner")]
    chinese = weekly_slices.slices(pack.slices[0], ZH)
    assert [row[6].text for row in chinese.rows] == ["落后", "胜出"]


def test_a_dimension_that_the_source_does_not_tell_is_said_to_be_unknown() -> None:
    table = weekly_slices.slices(pack_of(company(many(2, 3))).slices[1], EN)
    assert not table.rows
    assert table.notes == ("The source tells it of no deal: unknown.",)


# -- lists of deals


def test_the_lists_are_cut_and_say_so() -> None:
    pack = pack_of(company(many(6, 9)))
    assert len(weekly_tables.standing(pack, EN).rows) == 6
    table = weekly_tables.closed(pack, EN)
    assert len(table.rows) == 20
    assert table.notes == (
        "The 10 largest of 18 won deals are listed.",
        "The 10 largest of 36 lost deals are listed.",
    )
    amounts = [row[3].text for row in table.rows[:10]]
    assert amounts == sorted(amounts, reverse=True)


def test_the_deal_furthest_over_its_limit_comes_first(gv: WeeklyPack) -> None:
    rows = weekly_tables.standing(gv, EN).rows
    assert [row[0].text for row in rows] == ["G08", "G05"]
    assert [row[1].text for row in rows] == ["丙", "乙"]
    assert rows[0][3].tone == "warn"
    assert rows[0][4].text == "10 business days"


def test_a_lost_deal_has_its_reason_or_none_that_is_known() -> None:
    way = [("S1", "2026-02-01"), ("lost", "2026-06-16")]
    deals = [Deal("a", way, "2", facts={"reason": "price"}), Deal("b", way, "1")]
    rows = weekly_tables.closed(pack_of(company(deals)), EN).rows
    assert [(row[0].text, row[4].text) for row in rows] == [("a", "price"), ("b", "unknown")]


@pytest.mark.parametrize(
    ("days", "bucket"),
    [(Fraction(0), 0), (Fraction(799, 100), 0), (Fraction(8), 1), (Fraction(180), 4), (Fraction(181), 5), (None, 6)],
)
def test_ages_fall_into_buckets_by_whole_days(days: Fraction | None, bucket: int) -> None:
    deal = OpenDeal("a", "sales", "S1", None, days, None, None, None, None, None, "business", is_on_hold=False)
    assert ages.bucket(deal) == bucket


# -- currencies


def test_several_currencies_are_never_added_up() -> None:
    way = [("S1", "2026-02-01"), ("won", "2026-06-16")]
    deals = [Deal("a", way, "10"), Deal("b", way, facts={"amount_e4": 10, "amount_currency": "USD"})]
    with pytest.raises(MixedCurrency):
        pack_of(company(deals))
    pack = pack_of(company(deals), currency="CNY")
    assert card(pack, "Won this week").value == "¥10.00"
    assert any("other currencies" in text for text in weekly_notes.warnings(pack, EN))


# -- data quality


def quality() -> Listing:
    finding = {
        "section": "findings",
        "says": Note("X", "the stage is one that no mapping names"),
        "kind": "deal",
        "failing": Rate(1, 40, 40),
        "severity": "error",
        "fix": Note("FIX", "assign each an owner"),
    }
    whole = {"section": "scores", "slice": "all", "key": "all", "score": Fraction(0), "n": 40, "worst": []}
    return Listing("quality/1", (), (finding, whole, {"section": "unavailable", "check": "x"}))


def test_findings_come_with_their_share_and_next_step() -> None:
    table = weekly_quality.findings(quality(), EN)
    assert [cell.text for cell in table.rows[0]] == [
        "the stage is one that no mapping names",
        "2.5 % (1 / 40)",
        "error",
        "assign each an owner",
    ]
    assert "1 check could not be made, because the sources do not tell enough." in table.notes
    assert weekly_quality.scores(quality(), EN) is None


def test_without_a_quality_report_there_is_no_such_section(gv: WeeklyPack) -> None:
    assert "Next step" not in read(gv).texts
    shown = read(pack_of(company(gv_deals()), quality=quality()))
    assert "Next step" in shown.texts


# -- the page as such


def test_every_figure_points_at_its_definition(gv: WeeklyPack) -> None:
    shown = read(gv)
    targets = {attrs["id"] for tag, attrs in shown.elements if tag == "dt"}
    links = {attrs["href"] for tag, attrs in shown.elements if tag == "a"}
    assert links
    assert links <= {f"#{one}" for one in targets}
    assert all(attrs["title"] for tag, attrs in shown.elements if tag == "a")
    assert {f"#d-{one.why}" for one in weekly_cards.cards(gv, EN)} <= links


def test_ids_are_unique(gv: WeeklyPack) -> None:
    ids = [attrs["id"] for _, attrs in read(gv).elements if "id" in attrs]
    assert len(ids) == len(set(ids))


def test_every_cell_has_the_heading_that_a_phone_shows(gv: WeeklyPack) -> None:
    assert all(attrs.get("data-label") for tag, attrs in read(gv).elements if tag == "td")


def test_what_is_left_out_stands_in_the_warnings() -> None:
    pack = pack_of(company(gv_deals()), about=acme(quarantined=3))
    assert any(text.startswith("3 records could not be used") for text in weekly_notes.warnings(pack, EN))


def test_the_chinese_page_has_chinese_words(gv: WeeklyPack) -> None:
    shown = read(gv, "zh")
    assert dict(shown.elements)["html"]["lang"] == "zh-CN"
    english = {text for text in set(shown.texts) & set(read(gv).texts) if re.search("[a-z]{3}", text)}
    assert english == {"Acme", "exhibition", "referral", "website", "crm", "deals", "csv"}


def colours(scheme: str) -> dict[str, str]:
    css = (files("crmbridge.report") / "templates/weekly.css").read_text("utf-8")
    blocks = re.findall(r":root \{(.*?)\}", css, re.DOTALL)
    assert len(blocks) == 3
    return dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6})", blocks[("light", "dark", "print").index(scheme)]))


def contrast(one: str, other: str) -> float:
    def luminance(colour: str) -> float:
        parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
        red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark", "print"])
def test_colours_have_contrast(scheme: str) -> None:
    found = colours(scheme)
    for ink in ("ink", "muted", "warn-ink", "lost-ink", "won-ink", "link"):
        for ground in ("page", "card"):
            assert contrast(found[ink], found[ground]) >= 4.5, (ink, ground)
    for shape in ("bar", "won", "warn", "strong-line"):
        assert contrast(found[shape], found["card"]) >= 3, shape
    for shade in range(1, 5):
        assert contrast(found[f"on{shade}"], found[f"h{shade}"]) >= 4.5, shade
