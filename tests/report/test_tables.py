from datetime import date
from decimal import Decimal

from crmbridge.model.calendar.intervals import Interval
from crmbridge.model.money import Money
from crmbridge.model.notes import Note
from crmbridge.report import documents, tables
from crmbridge.report.i18n import catalog
from crmbridge.report.listing import Column, Listing, Names, Rate, Section, Word, listing
from crmbridge.report.width import width

STAGES = listing(
    "funnel/1",
    [
        Column("stage", "stage"),
        Column("category", "category", "word"),
        Column("deals", "deals", "count"),
        Column("win_rate", "win rate", "rate"),
        Column("won_amount", "won amount", "money"),
    ],
    [
        {
            "stage": Names({"en": "Negotiation", "zh": "谈判"}),
            "category": "open",
            "deals": 1589,
            "win_rate": Rate(4238, 6711, 6711),
            "won_amount": Money(Decimal(10005534), "CNY"),
        },
        {
            "stage": Names({"en": "Won", "zh": "成交"}),
            "category": "won",
            "deals": 4238,
            "win_rate": Rate(0, 0, 0),
            "won_amount": None,
        },
    ],
)


def shown(made: Listing, language: str) -> str:
    return "\n".join(line for table in tables.tables(made, catalog(language)) for line in tables.plain(table))


def test_a_table_in_english() -> None:
    assert shown(STAGES, "en") == (
        "stage        category  deals                 win rate      won amount\n"
        "-----------  --------  -----  -----------------------  --------------\n"
        "Negotiation  open      1,589  63.15 % (4,238 / 6,711)  ¥10,005,534.00\n"
        "Won          won       4,238  not enough data (0 / 0)         unknown"
    )


def test_a_table_in_chinese_stands_in_straight_columns() -> None:
    lines = shown(STAGES, "zh").splitlines()
    assert lines[0] == "阶段  类别     商机                   赢单率        赢单金额"
    assert lines[2] == "谈判  进行中  1,589  63.15 % (4,238 / 6,711)  ¥10,005,534.00"
    assert lines[3] == "成交  赢单    4,238         样本不足 (0 / 0)            未知"
    assert len({width(line) for line in lines}) == 1


def test_sections_become_tables_of_their_own() -> None:
    made = Listing(
        "x",
        (Column("slice", "slice"), Column("won", "won", "count"), Column("stage", "stage")),
        ({"section": "all", "slice": "all", "won": 3}, {"section": "stages", "stage": "Won"}),
        sections=(Section("all", "overall", ("slice", "won")), Section("stages", "stages", ("stage",))),
    )
    made_tables = tables.tables(made, catalog("en"))
    assert [table.title for table in made_tables] == ["overall", "stages"]
    assert [table.rows for table in made_tables] == [(("all", "3"),), (("Won",),)]


def test_a_single_wide_row_stands_upright_without_what_does_not_apply() -> None:
    columns = [Column(f"c{place}", f"c{place}", "count") for place in range(8)]
    (made,) = tables.tables(listing("x", columns, [{f"c{place}": place for place in range(7)}]), catalog("en"))
    assert made.headings == ("figure", "value")
    assert made.rows == tuple((f"c{place}", str(place)) for place in range(7))


def test_dates_are_iso_in_tables() -> None:
    made = listing("x", [Column("day", "day", "date")], [{"day": date(2026, 3, 31)}, {"day": "2026-04-01"}])
    assert shown(made, "zh").splitlines()[2:] == ["2026-03-31", "2026-04-01"]


def test_a_reason_shared_by_several_figures_stands_once_below_the_table() -> None:
    reason = Note("NO_TIMES", "no deal has a known time of entering {stage}", {"stage": "S1"})
    columns = (Column("stage", "stage"), Column("mean", "mean", "days"), Column("median", "median", "days"))
    made = Listing("x/1", columns, ({"stage": "S1", "mean": reason, "median": reason},))
    (table,) = tables.tables(made, catalog("en"))
    assert table.rows == (("S1", "unavailable [1]", "unavailable [1]"),)
    assert list(tables.plain(table))[-1] == "[1] no deal has a known time of entering S1"


def test_a_column_of_any_values_folds_like_a_text_where_none_of_them_is_a_figure() -> None:
    """Else the reasons of the queue would push every other column off a terminal."""
    columns = [Column("why", "why", "value"), Column("value", "value", "value")]
    made = listing("q/1", columns, [{"why": [Note("A", "due today")], "value": 1}, {"why": None, "value": "x"}])
    assert tables.tables(made, catalog("en"))[0].right == (False, True)


def test_intervals_and_words_in_lists_read_as_people_say_them() -> None:
    columns = [Column("after", "after"), Column("lacks", "lacks", "json")]
    rows = [
        {"after": Interval.parse(text), "lacks": [Word("next_step", "next step")]} for text in ("1bd", "4bh", "15d")
    ]
    made = listing("q/1", columns, rows)
    assert [row[0] for row in tables.tables(made, catalog("en"))[0].rows] == ["1 workday", "4 working hours", "15 days"]
    assert tables.tables(made, catalog("zh"))[0].rows[0] == ("1 个工作日", "下一步")
    assert [documents.document(made, catalog("zh"))["rows"][0]] == [{"after": "1bd", "lacks": ["next_step"]}]  # type: ignore[index]
