"""Workbooks and files whose columns stand apart by blanks: what is guessed of them, and that a sync then reads them."""

from pathlib import Path
from typing import Any

import pytest
from plugins.csv.tests.test_propose import evidence, objects, proposed, put, read
from plugins.csv.tests.test_workbook import TWO, workbook

HEADER = ("客户编号", "客户名称", "金额")
ROWS = [HEADER, ("C-1", "华为", 12.5), ("C-2", "中兴", 3)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "exports"
    made.mkdir()
    return made


def test_a_workbook_of_one_sheet_is_an_object_named_like_the_file(folder: Path) -> None:
    assert put(folder, workbook(("Sheet1", ROWS)), "客户.xlsx") == {"file": "客户.xlsx", "key": "客户编号"}
    assert list(objects(folder)) == ["客户"]
    summary = next(note for path, note in proposed(folder).evidence if path == ("objects", "客户"))
    assert str(summary) == "客户.xlsx[Sheet1]: 2 rows, header in row 1"
    assert [row["金额"] for row in read(folder)["客户"]] == ["12.5", "3"]


def test_each_sheet_is_an_object_named_like_it(folder: Path) -> None:
    (folder / "book.xlsx").write_bytes(workbook(*TWO, ("Sheet3", ROWS), ("Empty", [])))
    assert objects(folder) == {
        "客户": {"file": "book.xlsx", "sheet": "客户", "key": "id"},
        "Deals_2024": {"file": "book.xlsx", "sheet": "Deals 2024", "key": "id"},
        "book_Sheet3": {"file": "book.xlsx", "sheet": "Sheet3", "key": "客户编号"},
    }
    assert [len(rows) for rows in read(folder).values()] == [1, 2, 2]
    assert proposed(folder).notices == ()


def test_hidden_sheets_and_sheets_without_a_table_are_told(folder: Path) -> None:
    def note(sheet: Any) -> None:
        sheet.write("A1", "Notes")
        sheet.write("C9", "call them")

    def hide(sheet: Any) -> None:
        sheet.write_row(0, 0, HEADER)
        sheet.hide()

    (folder / "book.xlsx").write_bytes(workbook(("Data", ROWS), ("Notes", note), ("Old", hide)))
    assert list(objects(folder)) == ["Data"]
    assert [str(found) for found in proposed(folder).notices] == [
        "book.xlsx has hidden sheets, which are left out: Old",
        "left out: book.xlsx[Notes] is no table",
    ]


def test_an_empty_workbook_is_told(folder: Path) -> None:
    (folder / "book.xlsx").write_bytes(workbook(("Sheet1", [])))
    assert [str(found) for found in proposed(folder).notices] == ["left out: book.xlsx holds nothing at all"]


def test_a_title_above_and_a_total_below(folder: Path) -> None:
    def fill(sheet: Any) -> None:
        sheet.merge_range("A1:C1", "客户表")
        sheet.write("A2", "导出时间 2024-01-01")
        for at, row in enumerate([*ROWS, ("合计",)], 2):
            sheet.write_row(at, 0, row)

    options = put(folder, workbook(("Sheet1", fill)), "a.xlsx")
    assert options == {"file": "a.xlsx", "key": "客户编号", "preamble": 2, "total": "合计"}
    assert evidence(folder)["preamble"] == "PREAMBLE"
    assert len(read(folder)["a"]) == 2


def test_a_header_of_two_rows_ends_where_its_merged_cells_end(folder: Path) -> None:
    def fill(sheet: Any) -> None:
        sheet.merge_range("A1:A2", "编号")
        sheet.merge_range("B1:C1", "联系")
        sheet.write_row("B2", ("联系人", "电话"))
        sheet.write_row("A3", ("C-1", "甲", "1"))
        sheet.write_row("A4", ("C-2", "乙", "2"))

    assert put(folder, workbook(("Sheet1", fill)), "a.xlsx")["preamble"] == 1
    assert read(folder)["a"][0] == {"编号": "C-1", "联系人": "甲", "电话": "1"}


def test_a_sheet_without_a_header_loses_no_row(folder: Path) -> None:
    options = put(folder, workbook(("Sheet1", [(101, "2024-01-05", "Acme"), (102, "2024-02-06", "Bolt")])), "a.xlsx")
    assert options["header"] == ["column1", "column2", "column3"]
    assert len(read(folder)["a"]) == 2


@pytest.mark.parametrize("name", ["sample.txt", "sample.csv"])
def test_columns_apart_by_blanks_are_seen(folder: Path, name: str) -> None:
    text = " 00004 0001 19970101  2   29.33\r\n 00004 0001 19970118  2   29.73\r\n 00021 0002 19970101  3   63.34\r\n"
    options = put(folder, text, name)
    assert options == {
        "file": name,
        "key": "*",
        "duplicates": "each",
        "separator": "blanks",
        "header": ["column1", "column2", "column3", "column4", "column5"],
    }
    assert evidence(folder)["separator"] == "SEPARATOR"
    assert [row["column1"] for row in read(folder)["sample"]] == ["00004", "00004", "00021"]


def test_blanks_with_a_header(folder: Path) -> None:
    options = put(folder, "id   name   amount\n1    Acme     10.5\n2    Bolt      7.25\n3  Coil 1\n", "a.txt")
    assert options == {"file": "a.txt", "key": "id", "separator": "blanks"}
    assert read(folder)["a"][1] == {"id": "2", "name": "Bolt", "amount": "7.25"}


def test_blanks_do_not_win_over_a_separator_or_one_column(folder: Path) -> None:
    assert "separator" not in put(folder, "name,amount\nNew York,5\nLos Angeles,7\nSan Jose,9\n")
    assert "separator" not in put(folder, "name\nNew York\nLos Angeles\nSan Jose\n")
