"""Files as other programs leave them: columns apart by blanks, padded tabs, semicolons, titles, a zip of one table."""

import zipfile
from typing import TYPE_CHECKING

import pytest
from pydantic import ValidationError

from crmbridge.adapter.contract import Change, Rejected
from crmbridge_csv import scan

if TYPE_CHECKING:
    from plugins.csv.tests.conftest import Books

CDNOW = (
    " 00004 0001 19970101  2   29.33\r\n 00004 0001 19970118  2   29.73\r\n\r\n 00021 0002 19970101  3   63.34  \r\n"
)
BLANKS = {"separator": "blanks", "header": ["id", "sample", "day", "cds", "dollars"], "key": "*"}


def test_columns_apart_by_blanks(books: "Books") -> None:
    books.put(CDNOW)
    records = books.pull(books.open(BLANKS))
    assert [list(record.payload.values()) for record in records] == [
        ["00004", "0001", "19970101", "2", "29.33"],
        ["00004", "0001", "19970118", "2", "29.73"],
        ["00021", "0002", "19970101", "3", "63.34"],
    ]
    assert [record.position for record in records] == ["deals.csv:1", "deals.csv:2", "deals.csv:4"]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_tabs_and_spaces_are_one_separator_and_a_header_may_stand_there(books: "Books", ending: str) -> None:
    books.put(ending.join(("Report of May", "", "  id \t name", "1 \t\t甲　乙", '2 "New  York"', '3 5"', '4 ""', "")))
    records = books.pull(books.open({"separator": "blanks", "preamble": 1}))
    assert [record.payload["name"] for record in records] == ["甲　乙", "New  York", '5"', ""]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("1", "RAGGED_ROW"),
        ("1 a b", "RAGGED_ROW"),
        ('1 "a', "UNCLOSED_QUOTE"),
        ('1 "a"b', "BAD_QUOTING"),
        ("1 \0", "NUL_BYTE"),
        ("1 \udcff", "UNDECODABLE"),
    ],
)
def test_a_row_that_cannot_be_is_a_problem_and_the_next_one_is_read(books: "Books", row: str, code: str) -> None:
    books.put(f"id name\n{row}\n2 b\n".encode("utf-8", "surrogateescape"))
    assert [record.external_id for record in books.pull(books.open({"separator": "blanks"}))] == ["2"]
    (problem,) = books.problems
    assert (problem.code, problem.position) == (code, "deals.csv:2")
    assert "1" in str(problem.raw)


def test_without_quotes_a_quote_is_a_letter(books: "Books") -> None:
    books.put('id name\n1 "a\n')
    (record,) = books.pull(books.open({"separator": "blanks"}, quote=""))
    assert record.payload["name"] == '"a'


def test_a_line_too_long_is_a_problem(books: "Books", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan, "MAX_CELL_CHARS", 20)
    books.put("id name\n1 " + "a" * 30 + "\n2 b\n")
    assert len(books.pull(books.open({"separator": "blanks"}))) == 1
    assert [problem.code for problem in books.problems] == ["CELL_TOO_LONG"]


def test_marks_between_files_put_together_are_dropped_and_told(books: "Books") -> None:
    books.put("\ufeffid name\n1 a\n\ufeff2 b\n")
    assert [record.external_id for record in books.pull(books.open({"separator": "blanks"}))] == ["1", "2"]
    assert books.notices["BOM_INSIDE"]["count"] == 1


def test_a_file_of_blanks_is_never_written(books: "Books") -> None:
    path = books.put("id name\n1 a\n")
    adapter = books.open({"separator": "blanks", "writable": True}, read_only=False)
    (outcome,) = adapter.push([Change("k", "deals", "1", {"name": "b"})])
    assert isinstance(outcome, Rejected)
    assert outcome.code == "BLANKS"
    assert path.read_text() == "id name\n1 a\n"


def test_tabs_with_padding_around_cells(books: "Books") -> None:
    books.put("id \t name\t amount \n 1\t Acme \t12,50 \n 2\tBolt\t\n")
    records = books.pull(books.open({"separator": "tab", "padding": "spaces"}))
    assert [dict(record.payload) for record in records] == [
        {"id": "1", "name": "Acme", "amount": "12,50"},
        {"id": "2", "name": "Bolt", "amount": ""},
    ]


def test_semicolons_leave_decimal_commas_and_a_title_above_is_passed_over(books: "Books") -> None:
    books.put("Umsatz 2024;;\n\nNr;Kunde;Betrag\n1;Müller & Söhne;1.234,50\n2;Bäcker;-3,00\n", encoding="cp1252")
    told = {"key": "Nr", "separator": "semicolon", "encoding": "cp1252", "preamble": 1}
    records = books.pull(books.open(told))
    assert [record.payload["Betrag"] for record in records] == ["1.234,50", "-3,00"]
    assert [record.position for record in records] == ["deals.csv:4", "deals.csv:5"]


@pytest.mark.parametrize("member", ["deals.csv", "export/2024/deals.txt", "商机.tsv"])
def test_a_zip_of_one_table_in_any_shape(books: "Books", member: str) -> None:
    with zipfile.ZipFile(books.folder / "deals.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("__MACOSX/._deals.csv", b"x")
        archive.writestr(member, CDNOW)
    records = books.pull(books.open({**BLANKS, "file": "deals.zip"}))
    assert [record.position for record in records] == ["deals.zip:1", "deals.zip:2", "deals.zip:4"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"sheet": "A"}, "has no sheets"),
        ({"file": "d.zip", "sheet": 1}, "has no sheets"),
        ({"file": "d.xlsx", "sheet": 0}, "sheet"),
        ({"file": "d.xlsx", "sheet": True}, "sheet"),
        ({"file": "d.xlsx", "sheet": ""}, "sheet"),
        ({"file": "d.xlsx", "encoding": "gbk"}, "neither encoding nor separator"),
        ({"file": "D.XLSM", "separator": "tab"}, "neither encoding nor separator"),
        ({"join": [{"file": "d.csv", "sheet": 1, "on": "id", "columns": ["a"]}]}, "has no sheets"),
        ({"separator": "blank"}, "a separator is one character or one of .*blanks"),
    ],
)
def test_options_that_say_nothing_about_a_file_are_refused(
    books: "Books", options: dict[str, object], said: str
) -> None:
    with pytest.raises(ValidationError, match=said):
        books.open(options)
