import csv
import io
import json
import zipfile
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from crmbridge.report import export, workbook
from crmbridge.report.flat import columns, flat

DEAL: dict[str, object] = {
    "id": "01J",
    "refs": [{"connection": "crm", "object": "deals", "vendor_id": "00017", "url": None}],
    "version": "a1",
    "lifecycle": "active",
    "name": '=HYPERLINK("http://x.example")',
    "amount": {"amount": "-1234.50", "currency": "USD"},
    "stage": "won",
    "expected_close": "2026-03-31",
    "closed_at": "2026-03-30T10:00:00Z",
    "probability": "0.333333",
    "intent": 3,
    "region": "华东",
    "custom": {"route": {"type": "text", "value": "a"}},
    "unknown": ["budget", "lead"],
}


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_ndjson_is_exact_one_record_a_line() -> None:
    out = io.BytesIO()
    assert export.ndjson([DEAL, DEAL], out) == 2
    lines = out.getvalue().splitlines()
    assert [json.loads(line) for line in lines] == [DEAL, DEAL]


def test_csv_for_excel_escapes_texts_and_keeps_the_sign_of_numbers() -> None:
    out = io.BytesIO()
    export.csv_for_excel("deal", [DEAL], out, mark_encoding=True)
    assert out.getvalue().startswith(b"\xef\xbb\xbf")
    (row,) = rows(out.getvalue().decode("utf-8-sig"))
    assert row["name"] == "'" + str(DEAL["name"])
    assert row["amount"] == "-1234.50"
    assert row["amount_currency"] == "USD"
    assert row["vendor_id"] == "00017"
    assert row["unknown"] == "budget; lead"
    assert row["region"] == "华东"


def test_every_key_of_a_record_has_a_column() -> None:
    assert flat(DEAL).keys() <= set(columns("deal"))


def test_a_csv_without_records_still_has_its_header() -> None:
    out = io.BytesIO()
    assert export.csv_for_excel("deal", [], out, mark_encoding=False) == 0
    assert out.getvalue().decode().strip().split(",") == list(columns("deal"))


def sheet(file: Path) -> tuple[str, dict[str, tuple[str | None, str]]]:
    """The XML of the first sheet, and its cells as (type, value)."""
    space = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
    with zipfile.ZipFile(file) as book:
        xml = book.read("xl/worksheets/sheet1.xml").decode()
    cells = {}
    for cell in ET.fromstring(xml).iterfind(".//m:c", space):  # noqa: S314 - our own file
        value = cell.find("m:v", space)
        text = value.text if value is not None else "".join(t.text or "" for t in cell.iterfind(".//m:t", space))
        cells[cell.attrib["r"]] = (cell.attrib.get("t"), text or "")
    return xml, cells


def column(name: str) -> str:
    place, letters = columns("deal").index(name) + 1, ""
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def test_a_workbook_holds_no_formula_and_ids_stay_text(tmp_path: Path) -> None:
    file = tmp_path / "deals.xlsx"
    assert workbook.xlsx("deal", [DEAL], file) == workbook.Written(1, 0)
    xml, cells = sheet(file)
    assert "<f>" not in xml
    assert "hyperlink" not in xml.replace("HYPERLINK", "")
    assert cells[f"{column('name')}2"] == ("inlineStr", DEAL["name"])
    assert cells[f"{column('vendor_id')}2"] == ("inlineStr", "00017")
    assert cells[f"{column('amount')}2"] == (None, "-1234.5")
    assert cells[f"{column('intent')}2"] == (None, "3")
    assert cells[f"{column('expected_close')}2"][0] is None


def test_a_number_that_a_cell_cannot_hold_exactly_is_text(tmp_path: Path) -> None:
    deal = DEAL | {"amount": {"amount": "12345678901234.5678", "currency": "USD"}}
    workbook.xlsx("deal", [deal], tmp_path / "x.xlsx")
    assert sheet(tmp_path / "x.xlsx")[1][f"{column('amount')}2"] == ("inlineStr", "12345678901234.5678")


def test_a_text_longer_than_a_cell_is_cut_and_counted(tmp_path: Path) -> None:
    made = workbook.xlsx("deal", [DEAL | {"next_step": "x" * 40_000}], tmp_path / "x.xlsx")
    assert made == workbook.Written(1, 1)


def test_what_one_sheet_cannot_hold_goes_on_on_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "SHEET_ROWS", 3)
    workbook.xlsx("deal", [DEAL] * 5, tmp_path / "x.xlsx")
    with zipfile.ZipFile(tmp_path / "x.xlsx") as book:
        assert sum(name.startswith("xl/worksheets/sheet") for name in book.namelist()) == 3


def test_a_file_is_there_whole_or_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "deals.ndjson"
    file.write_text("old")

    def half() -> None:
        with export.atomic(file) as beside:
            beside.write_text("half")
            raise InterruptedError

    with pytest.raises(InterruptedError):
        half()
    assert file.read_text() == "old"
    with export.atomic(file) as beside:
        beside.write_text("new")
    assert file.read_text() == "new"
    assert list(tmp_path.iterdir()) == [file]
