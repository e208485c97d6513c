"""XLSX workbooks: what a cell says, which sheet is meant, and what else stands in a sheet beside its table."""

import io
import os
import zipfile
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, time
from typing import TYPE_CHECKING, Any

import pytest
import python_calamine
import xlsxwriter

from crmbridge.adapter.contract import Change, Rejected
from crmbridge.model.errors import ConfigError, Unavailable
from crmbridge_csv import sheet

if TYPE_CHECKING:
    from plugins.csv.tests.conftest import Books

DEALS = {"file": "deals.xlsx"}
HEADER = ("id", "name")
Fill = Callable[[Any], None]


def workbook(*sheets: tuple[str, Fill | Sequence[tuple[object, ...]]], **edits: bytes) -> bytes:
    """A workbook of sheets, each filled by a function or with rows."""
    made = io.BytesIO()
    book = xlsxwriter.Workbook(made, {"in_memory": True})
    book.formats_by_code = {}
    for name, content in sheets:
        sheet = book.add_worksheet(name)
        sheet.form = lambda code: book.add_format({"num_format": code})
        if callable(content):
            content(sheet)
        else:
            for at, row in enumerate(content):
                sheet.write_row(at, 0, row)
    book.close()
    return edited(made.getvalue(), edits) if edits else made.getvalue()


def edited(content: bytes, parts: Mapping[str, bytes]) -> bytes:
    """A workbook with some of its parts put in another's place."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, parts.get(name, old.read(name)))
    return made.getvalue()


def cells(books: "Books", *rows: str) -> list[str]:
    """The texts of one column whose cells are written as XML."""
    made = workbook(("Deals", [("value",)]))
    sheet = "xl/worksheets/sheet1.xml"
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        text = archive.read(sheet).decode()
    body = "".join(
        f'<row r="{at}">{cell.replace("<c", f"<c r={chr(34)}A{at}{chr(34)}", 1)}</row>'
        for at, cell in enumerate(rows, 2)
    )
    books.put(edited(made, {sheet: text.replace("</sheetData>", body + "</sheetData>").encode()}), "deals.xlsx")
    records = books.pull(books.open({**DEALS, "key": "*", "duplicates": "each"}))
    return [str(record.payload["value"]) for record in records]


def number(text: str) -> str:
    return f"<c><v>{text}</v></c>"


@pytest.mark.parametrize(
    ("stored", "text"),
    [
        ("5", "5"),
        ("5.0", "5"),
        ("-5", "-5"),
        ("-0", "0"),
        ("178.8", "178.8"),
        ("178.80", "178.8"),
        ("0.30000000000000004", "0.3"),
        ("2.9999999999999996", "3"),
        ("19.989999999999998", "19.99"),
        ("123456789012.34", "123456789012.34"),
        ("0.1", "0.1"),
        ("1.5E-7", "0.00000015"),
        ("13800138001", "13800138001"),
        ("1.3800138001E10", "13800138001"),
        ("420106199001011234", "420106199001011260"),
        ("9007199254740991", "9007199254740991"),
        ("1E+21", "1E+21"),
        ("1e300", "1E+300"),
    ],
)
def test_a_number_is_the_text_that_a_person_takes_it_for(books: "Books", stored: str, text: str) -> None:
    assert cells(books, number(stored)) == [text]


def test_numbers_longer_than_a_workbook_keeps_are_told(books: "Books") -> None:
    cells(books, number("420106199001011234"), number("9007199254740992"), number("9007199254740991"))
    assert books.notices["LONG_NUMBERS"] == {"count": 2, "object": "deals"}


def test_long_ids_and_zeros_in_cells_of_text_stay(books: "Books") -> None:
    ids = ["420106199001011234", "00042", "1.50", "=1+1", "TRUE", "2024-1-5", " padded "]
    books.put(workbook(("Deals", [HEADER])), "deals.xlsx")

    def fill(sheet: Any) -> None:
        for at, text in enumerate(["value", *ids]):
            sheet.write_string(at, 0, text)

    books.put(workbook(("Deals", fill)), "deals.xlsx")
    records = books.pull(books.open({**DEALS, "key": "*"}))
    assert [record.payload["value"] for record in records] == ids


def test_dates_times_and_flags(books: "Books") -> None:
    def fill(sheet: Any) -> None:
        sheet.write_row(0, 0, ["id", "value"])
        written: list[tuple[object, str | None]] = [
            (datetime(2024, 1, 5), "yyyy-mm-dd"),  # noqa: DTZ001 - a workbook knows no zones
            (datetime(2024, 1, 5, 13, 45), 'm"月"d"日" hh:mm'),  # noqa: DTZ001 - see above
            (datetime(2024, 1, 5, 13, 45, 1, 500_000), "hh:mm:ss.000"),  # noqa: DTZ001 - see above
            (time(13, 45), "hh:mm"),
            (1.5, "[h]:mm:ss"),
            (0.25, "0%"),
            (1234.5, "#,##0.00"),
            (True, None),
            (False, None),
        ]
        for at, (value, code) in enumerate(written, 1):
            sheet.write(at, 0, f"r{at}")
            sheet.write(at, 1, value, *([sheet.form(code)] if code else []))

    books.put(workbook(("Deals", fill)), "deals.xlsx")
    assert [record.payload["value"] for record in books.pull(books.open(DEALS))] == [
        "2024-01-05",
        "2024-01-05 13:45:00",
        "2024-01-05 13:45:01.500000",
        "13:45:00",
        "36:00:00",
        "0.25",
        "1234.5",
        "TRUE",
        "FALSE",
    ]


def test_formulas_are_their_last_value_and_errors_are_empty_and_told(books: "Books") -> None:
    found = cells(
        books,
        "<c><f>1+2</f><v>3.0000000000000004</v></c>",
        '<c t="str"><f>A1&amp;"x"</f><v>valuex</v></c>',
        '<c t="e"><f>1/0</f><v>#DIV/0!</v></c>',
        '<c t="inlineStr"><is><r><t>two</t></r><r><t xml:space="preserve"> parts</t></r></is></c>',
    )
    assert found == ["3", "valuex", "two parts"]
    assert books.notices["ERROR_CELLS"] == {"count": 1, "object": "deals"}
    assert books.notices["BLANK_ROWS"] == {"count": 1, "object": "deals"}


def test_a_record_knows_its_sheet_and_row(books: "Books") -> None:
    books.put(workbook(("客户 A", [HEADER, (1, "甲"), (), (2, "乙"), (None, "丙")])), "deals.xlsx")
    records = books.pull(books.open(DEALS))
    assert [record.position for record in records] == ["deals.xlsx[客户 A]:2", "deals.xlsx[客户 A]:4"]
    assert [problem.position for problem in books.problems] == ["deals.xlsx[客户 A]:5"]
    assert books.problems[0].code == "BLANK_KEY"


def test_a_table_may_begin_anywhere_below_lines_that_are_declared(books: "Books") -> None:
    def fill(sheet: Any) -> None:
        sheet.merge_range("C2:D2", "Deals of 2024")
        sheet.write_row("C5", HEADER)
        sheet.write_row("C6", (1, "a"))
        sheet.write("G6", "a note")

    books.put(workbook(("Deals", fill)), "deals.xlsx")
    (record,) = books.pull(books.open({**DEALS, "preamble": 2}))
    assert record.payload == {"id": "1", "name": "a", "column#7": "a note"}
    assert record.position == "deals.xlsx[Deals]:6"
    with pytest.raises(ConfigError, match=r"deals\.xlsx\[Deals\] has no column id .*preamble"):
        books.pull(books.open(DEALS))


def test_blank_rows_at_the_end_and_blank_columns_are_nothing(books: "Books") -> None:
    def fill(sheet: Any) -> None:
        sheet.write_row(0, 0, HEADER)
        sheet.write_row(1, 0, (1, "a"))
        for at in range(2, 50):
            sheet.write_formula(at, 3, '=""', None, "")

    books.put(workbook(("Deals", fill)), "deals.xlsx")
    (record,) = books.pull(books.open({**DEALS, "complete": True}))
    assert record.payload == {"id": "1", "name": "a"}
    assert "BLANK_ROWS" not in books.notices
    assert books.pages[-1].complete


def test_a_merged_header_names_every_column_it_covers(books: "Books") -> None:
    def fill(sheet: Any) -> None:
        sheet.merge_range("A1:A2", "id")
        sheet.merge_range("B1:C1", "contact")
        sheet.write_row("B2", ("name", "phone"))
        sheet.merge_range("D2:E2", "stage")
        sheet.write_row("A3", (1, "a", "p", "s", "t"))
        sheet.merge_range("B4:B5", "both")
        sheet.write("A4", 2)
        sheet.write("A5", 3)

    books.put(workbook(("Deals", fill)), "deals.xlsx")
    records = books.pull(books.open({**DEALS, "preamble": 1}))
    assert records[0].payload == {"id": "1", "name": "a", "phone": "p", "stage": "s", "stage#2": "t"}
    assert [record.payload["name"] for record in records] == ["a", "both", ""]
    assert books.notices["MERGED_HEADER"] == {"count": 2, "object": "deals"}
    assert books.notices["MERGED_CELLS"] == {"count": 1, "object": "deals"}


@pytest.mark.parametrize(
    "naming", [{"header": False, "columns": ["id", "name", "more"]}, {"header": ["id", "name", "more"]}]
)
def test_a_sheet_without_a_header_has_named_columns(books: "Books", naming: dict[str, object]) -> None:
    books.put(workbook(("Deals", [(1, "a"), (2, "b")])), "deals.xlsx")
    records = books.pull(books.open({**DEALS, **naming}))
    assert [dict(record.payload) for record in records] == [
        {"id": "1", "name": "a", "more": ""},
        {"id": "2", "name": "b", "more": ""},
    ]
    books.put(workbook(("Deals", [(1, "a", "", "over"), (2, "b")])), "deals.xlsx")
    assert [record.external_id for record in books.pull(books.open({**DEALS, **naming}))] == ["2"]
    assert [problem.code for problem in books.problems] == ["RAGGED_ROW"]


# -- sheets ----------------------------------------------------------------------------------------------------------

TWO = (("客户", [HEADER, (1, "甲")]), ("Deals 2024", [HEADER, (2, "b"), (3, "c")]))


@pytest.mark.parametrize(
    ("sheet", "found"),
    [("客户", ["1"]), ("Deals 2024", ["2", "3"]), ("deals ２０２４ ", ["2", "3"]), (1, ["1"]), (2, ["2", "3"])],
)
def test_a_sheet_is_chosen_by_name_or_number(books: "Books", sheet: object, found: list[str]) -> None:
    books.put(workbook(*TWO), "deals.xlsx")
    assert [record.external_id for record in books.pull(books.open({**DEALS, "sheet": sheet}))] == found


@pytest.mark.parametrize(
    ("sheet", "said"),
    [
        (None, r'deals\.xlsx has several sheets \(it has: 客户, Deals 2024; declare sheet = "Deals 2024"\)'),
        ("Deals 2025", r'has no sheet Deals 2025 \(it has: 客户, Deals 2024; declare sheet = "Deals 2024"\)'),
        (3, r"has no sheet 3 \(it has: 客户, Deals 2024"),
    ],
)
def test_an_unclear_sheet_is_an_error_with_all_of_them(books: "Books", sheet: object, said: str) -> None:
    books.put(workbook(*TWO), "deals.xlsx")
    with pytest.raises(ConfigError, match=said):
        books.pull(books.open({**DEALS, "sheet": sheet}))


def test_empty_and_hidden_sheets_are_not_meant_and_hidden_ones_are_told(books: "Books") -> None:
    def hide(sheet: Any) -> None:
        sheet.write_row(0, 0, HEADER)
        sheet.write_row(1, 0, (9, "secret"))
        sheet.hide()

    books.put(workbook(("Sheet1", []), ("Data", [HEADER, (1, "a")]), ("Old", hide)), "deals.xlsx")
    assert [record.external_id for record in books.pull(books.open(DEALS))] == ["1"]
    assert books.notices["HIDDEN_SHEETS"] == {"count": 1, "object": "deals"}
    assert [record.external_id for record in books.pull(books.open({**DEALS, "sheet": "Old"}))] == ["9"]
    assert "HIDDEN_SHEETS" not in books.notices


def test_a_workbook_whose_sheets_are_all_hidden_names_them(books: "Books") -> None:
    hidden = edited(workbook(*TWO), {})
    with zipfile.ZipFile(io.BytesIO(hidden)) as archive:
        book = archive.read("xl/workbook.xml").replace(b"<sheet ", b'<sheet state="hidden" ')
    books.put(edited(hidden, {"xl/workbook.xml": book}), "deals.xlsx")
    with pytest.raises(
        ConfigError, match=r'no sheet that is seen \(it has: \(客户\), \(Deals 2024\); declare sheet = "客户"'
    ):
        books.pull(books.open(DEALS))
    assert len(books.pull(books.open({**DEALS, "sheet": "客户"}))) == 1


def test_an_empty_sheet_has_no_records_and_says_so(books: "Books") -> None:
    books.put(workbook(("Deals", [])), "deals.xlsx")
    assert books.pull(books.open({**DEALS, "complete": True})) == []
    assert books.notices["EMPTY_FILE"] == {"count": 1, "object": "deals"}
    assert not books.pages[-1].complete


def test_a_workbook_is_joined_and_joins(books: "Books") -> None:
    books.put(workbook(*TWO), "deals.xlsx")
    books.put("id,city\n2,Rome\n", "cities.csv")
    join: list[dict[str, object]] = [{"file": "cities.csv", "on": "id", "columns": ["city"]}]
    join += [{"file": "deals.xlsx", "sheet": "Deals 2024", "on": "id", "columns": {"other": "name"}}]
    records = books.pull(books.open({**DEALS, "sheet": 2, "join": join}))
    assert [dict(record.payload) for record in records] == [
        {"id": "2", "name": "b", "city": "Rome", "other": "b"},
        {"id": "3", "name": "c", "other": "c"},
    ]


def test_many_workbooks_are_one_object(books: "Books") -> None:
    books.put(workbook(("A", [HEADER, (1, "a")])), "deals-1.xlsx")
    books.put(workbook(("B", [("name", "id"), ("b", 2)])), "deals-2.xlsx")
    records = books.pull(books.open({"file": "deals-*.xlsx"}))
    assert [record.position for record in records] == ["deals-1.xlsx[A]:2", "deals-2.xlsx[B]:2"]


# -- the rules of files ----------------------------------------------------------------------------------------------


def test_an_unchanged_workbook_is_not_read_again_and_a_changed_one_is(books: "Books") -> None:
    books.put(workbook(("Deals", [HEADER, (1, "a")])), "deals.xlsx")
    adapter = books.open(DEALS)
    books.pull(adapter)
    cursor = books.cursor
    assert books.pull(adapter, cursor=cursor) == []
    assert "UNCHANGED" in books.notices
    books.put(workbook(("Deals", [HEADER, (1, "a"), (2, "b")])), "deals.xlsx")
    assert len(books.pull(adapter, cursor=cursor)) == 2
    assert len(books.pull(books.open({**DEALS, "sheet": "Deals"}), cursor=books.cursor)) == 2


def test_a_reading_goes_on_after_any_page(books: "Books") -> None:
    books.put(workbook(("Deals", [HEADER, *((at, "n") for at in range(7))])), "deals.xlsx")
    adapter = books.open(DEALS, page_size=2)
    books.pull(adapter)
    assert [len(page.records) for page in books.pages] == [2, 2, 2, 1]
    for at, page in enumerate(list(books.pages[:-1]), 1):
        rest = books.pull(adapter, cursor=page.cursor)
        assert [record.external_id for record in rest] == [str(number) for number in range(2 * at, 7)]


def test_the_same_rows_have_the_same_revision_in_both_formats(books: "Books") -> None:
    books.put(workbook(("Deals", [("id", "amount"), (1, 12.5)])), "deals.xlsx")
    books.put("id,amount\n1,12.5\n")
    (sheet,), (plain,) = books.pull(books.open(DEALS)), books.pull(books.open())
    assert (sheet.external_id, sheet.revision, sheet.payload) == (plain.external_id, plain.revision, plain.payload)


def test_totals_repeats_and_duplicates_are_as_in_csv(books: "Books") -> None:
    rows = [HEADER, (1, "a"), (1, "a"), HEADER, (1, "b"), ("合计", 3)]
    books.put(workbook(("Deals", rows)), "deals.xlsx")
    assert len(books.pull(books.open({**DEALS, "total": "合计"}))) == 1
    assert {"DUPLICATE_ROWS", "REPEATED_HEADERS", "TOTAL_ROWS"} <= books.notices.keys()
    assert [problem.code for problem in books.problems] == ["DUPLICATE_KEY"]


def test_rows_of_a_workbook_are_found_and_never_written(books: "Books") -> None:
    path = books.put(workbook(("Deals", [HEADER, (1, "a")])), "deals.xlsx")
    before = path.read_bytes()
    adapter = books.open({**DEALS, "writable": True}, read_only=False)
    assert adapter.count("deals") == 1
    assert [record and record.external_id for record in adapter.fetch("deals", ["1", "2"])] == ["1", None]
    (outcome,) = adapter.push([Change("k", "deals", "1", {"name": "b"})])
    assert isinstance(outcome, Rejected)
    assert outcome.code == "WORKBOOK"
    assert path.read_bytes() == before
    (info,) = adapter.describe().objects
    assert (info.writable, [one.name for one in info.fields]) == (False, ["id", "name"])
    assert "is a workbook" in str(info.note)


@pytest.mark.parametrize(
    ("content", "error", "said"),
    [
        (b"id,name\n1,a\n", ConfigError, "is no XLSX workbook, whatever its name says"),
        (b"", ConfigError, "is no XLSX workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), ConfigError, "old Excel file.*or protected by a password"),
        (b"PK\x03\x04 and no more", Unavailable, "is no complete workbook.*still being copied"),
    ],
)
def test_what_is_no_workbook_is_told(books: "Books", content: bytes, error: type[Exception], said: str) -> None:
    books.put(content, "deals.xlsx")
    with pytest.raises(error, match=said):
        books.pull(books.open(DEALS))
    (problem,) = books.open(DEALS).check().problems
    assert "deals.xlsx" in problem


def test_a_workbook_cut_short_or_of_another_kind_is_told(books: "Books") -> None:
    whole = workbook(("Deals", [HEADER, (1, "a")]))
    books.put(whole[:-40], "deals.xlsx")
    with pytest.raises(Unavailable, match="no complete workbook"):
        books.pull(books.open(DEALS))
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("content.xml", "<office/>")
    books.put(made.getvalue(), "deals.xlsx")
    with pytest.raises(ConfigError, match="is a zip and no XLSX workbook"):
        books.pull(books.open(DEALS))


def test_a_broken_sheet_is_an_error_that_names_the_file(books: "Books") -> None:
    whole = workbook(("Deals", [HEADER, (1, "a")]))
    books.put(edited(whole, {"xl/worksheets/sheet1.xml": b"<worksheet><sheetData><row><c r="}), "deals.xlsx")
    with pytest.raises(ConfigError, match=r"deals\.xlsx"):
        books.pull(books.open(DEALS))


def test_a_cell_too_long_is_its_row_and_the_next_one_is_read(books: "Books", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet, "MAX_CELL_CHARS", 20)
    books.put(workbook(("Deals", [HEADER, (1, "a" * 21), (2, "b" * 20)])), "deals.xlsx")
    assert [record.external_id for record in books.pull(books.open(DEALS))] == ["2"]
    assert [(problem.code, problem.position) for problem in books.problems] == [
        ("CELL_TOO_LONG", "deals.xlsx[Deals]:2")
    ]


def test_what_breaks_off_inside_the_library_is_an_error_that_names_the_file(
    books: "Books", monkeypatch: pytest.MonkeyPatch
) -> None:
    panic = type("PanicException", (BaseException,), {})

    def break_off(_: object) -> None:
        raise panic("attempt to subtract with overflow")

    books.put(workbook(("Deals", [HEADER, (1, "a")])), "deals.xlsx")
    monkeypatch.setattr(python_calamine, "load_workbook", break_off)
    with pytest.raises(ConfigError, match=r"deals\.xlsx cannot be read: attempt to subtract"):
        books.pull(books.open(DEALS))
    panic.__name__ = "KeyboardInterrupt"
    with pytest.raises(panic):
        books.pull(books.open(DEALS))


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="needs a user whom permissions bind")
def test_a_workbook_that_may_not_be_read_is_unavailable(books: "Books") -> None:
    books.put(workbook(("Deals", [HEADER])), "deals.xlsx").chmod(0)
    with pytest.raises(Unavailable, match=r"deals\.xlsx cannot be read"):
        books.pull(books.open(DEALS))
