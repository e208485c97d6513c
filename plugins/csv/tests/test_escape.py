"""The mark against formulas, and the laws of writing."""

import csv
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbridge_csv.escape import escape, unescape
from crmbridge_csv.rewrite import new_row, with_cells, written
from crmbridge_csv.scan import Dialect

RISKY = re.compile(r"[ \u00a0\u3000]*[=+\-@\t\0＝＋－＠]")
cells = st.text(st.sampled_from("=+-@\t\r\n\0＝＋－＠' a1.,\u3000\"") | st.characters(codec="utf-8"), max_size=12)


@pytest.mark.parametrize(
    ("cell", "marked"),
    [
        ("=1+1", "'=1+1"),
        ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\tx", "'\tx"),
        ("\rx", "'\rx"),
        ("\n=x", "'\n'=x"),
        ("\0x", "'\0x"),
        ("＝1", "'＝1"),
        ("＋1", "'＋1"),
        ("－1", "'－1"),
        ("＠a", "'＠a"),
        ("  =1", "'  =1"),
        ("\u3000=1", "'\u3000=1"),
        ("a\n=1\r\n+b", "a\n'=1\r\n'+b"),
        ("'=1", "''=1"),
    ],
)
def test_what_a_spreadsheet_would_run_is_marked_and_read_back(cell: str, marked: str) -> None:
    assert escape(cell) == marked
    assert unescape(marked) == cell


@pytest.mark.parametrize(
    "cell",
    ["", "-5", "+8613800138000", "-1,234.50", "-.5", "+1e5", "a=b", "x-y", "'", "''", "'quoted'", "'-5", "a@b.c"],
)
def test_numbers_and_plain_text_are_left_alone(cell: str) -> None:
    assert unescape(cell) == cell
    assert unescape(escape(cell)) == cell


@pytest.mark.parametrize("cell", ["-5", "+1.5", "'", "'a", "plain"])
def test_numbers_and_plain_text_get_no_mark(cell: str) -> None:
    assert escape(cell) == cell


@given(cells)
def test_reading_takes_away_exactly_what_writing_put_there(cell: str) -> None:
    assert unescape(escape(cell)) == cell


@given(cells)
def test_no_line_of_a_marked_cell_is_a_formula(cell: str) -> None:
    for line in re.split(r"\r\n|\r|\n", escape(cell)):
        if RISKY.match(line):
            assert re.fullmatch(r"[+-][\d,]*\.?\d*([eE][+-]?\d+)?", line), line


plain = st.text(st.sampled_from('a",; \n\r\t') | st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)


def _parsed(text: str, dialect: Dialect) -> list[str]:
    (row,) = csv.reader(
        io.StringIO(text, newline=""), delimiter=dialect.separator, quotechar=dialect.quote, strict=True
    )
    return row


@given(st.lists(plain, min_size=2, max_size=5), st.lists(st.booleans(), min_size=5, max_size=5), plain, st.data())
def test_replacing_one_cell_of_a_row_changes_no_other(
    row: list[str], quoted: list[bool], value: str, data: st.DataObject
) -> None:
    dialect = Dialect(data.draw(st.sampled_from(",;\t")), data.draw(st.sampled_from("\"'")))
    text = dialect.separator.join(
        written(cell, dialect, is_quoted=style or cell == "") for cell, style in zip(row, quoted, strict=False)
    )
    text = text + "\r\n"
    place = data.draw(st.integers(0, len(row) - 1))
    changed = with_cells(text, {place: value}, dialect)
    assert _parsed(text, dialect) == row
    assert _parsed(changed, dialect) == [value if at == place else cell for at, cell in enumerate(row)]
    same = with_cells(text, {}, dialect)
    assert same == text


@given(st.lists(plain, min_size=2, max_size=5))
def test_a_new_row_is_read_as_it_was_written(row: list[str]) -> None:
    dialect = Dialect()
    assert _parsed(new_row(row, None, dialect, "\n"), dialect) == row
