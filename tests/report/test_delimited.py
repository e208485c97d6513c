import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbridge.report import delimited
from crmbridge_csv import escape as adapters

TRICKY = st.text(alphabet=st.sampled_from("'=+-@\t\r\n \u3000\u00a0＝＋－＠\0ab1,.\"E"), max_size=12) | st.text(
    max_size=30
)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        ("+1 202-555-0134", "'+1 202-555-0134"),
        ("@sum", "'@sum"),
        ("  =1+1", "'  =1+1"),
        ("＝1+1", "'＝1+1"),
        ("\tx", "'\tx"),
        ("a\n=1+1", "a\n'=1+1"),
        ("a\r=1+1", "a\r'=1+1"),
        ("-5", "-5"),
        ("-1,234.50", "-1,234.50"),
        ("岚桥", "岚桥"),
        ("it's", "it's"),
        ("'=1", "''=1"),
    ],
)
def test_what_a_spreadsheet_would_run_is_marked(text: str, written: str) -> None:
    assert delimited.escape(text) == written
    assert delimited.unescape(written) == text


@given(TRICKY)
def test_unescape_gives_back_exactly_what_was_there(text: str) -> None:
    assert delimited.unescape(delimited.escape(text)) == text


@given(TRICKY)
def test_the_csv_adapter_reads_the_same_marks(text: str) -> None:
    assert adapters.escape(text) == delimited.escape(text)
    assert adapters.unescape(delimited.escape(text)) == text


@given(TRICKY)
def test_no_line_of_a_cell_starts_a_formula(text: str) -> None:
    for line in delimited.escape(text).replace("\r", "\n").split("\n"):
        first = line.lstrip(" \u00a0\u3000")[:1]
        assert not first or first not in "=@\t\0＝＋－＠"
        assert first not in {"+", "-"} or line.strip("+-0123456789.,eE") == ""


@given(st.lists(st.lists(TRICKY, min_size=2, max_size=2), max_size=5))
def test_a_csv_reads_back_cell_by_cell(rows: list[list[str]]) -> None:
    text = delimited.text([dict(zip("ab", row, strict=True)) for row in rows], columns=["a", "b"])
    read = list(csv.reader(io.StringIO(text, newline="")))
    assert read[0] == ["a", "b"]
    assert [[delimited.unescape(cell) for cell in row] for row in read[1:]] == rows


def test_numbers_keep_their_sign_and_unknown_is_empty() -> None:
    assert delimited.text([{"a": -5, "b": None, "c": True, "d": -1.5}]) == "a,b,c,d\r\n-5,,true,-1.5\r\n"


def test_columns_of_later_rows_are_not_lost() -> None:
    assert delimited.text([{"a": 1}, {"b": 2}]) == "a,b\r\n1,\r\n,2\r\n"
