"""What a file can hold that it should not: each case of reliability.md 2.4 has its test by name.

Of each: a clear message with file, line and field, the exit code as specified, nothing lost, and everybody else's rows
as if nothing had been. `CLAUSES` at the end says which test holds which clause; a clause without one fails.
"""

import ast
import unicodedata
import zipfile
from pathlib import Path
from typing import Any

import pytest

from .place import ACCOUNTS, DEALS, HEADER, Place

GOOD_AMOUNTS = {"D1": "1000.00", "D2": "500.00", "D3": "300.00"}
GOOD = GOOD_AMOUNTS.keys()
GOOD_CELLS = ("D9", "Taps", "A1", "Won", "70.00", "CNY", "2026-01-08", "2026-02-03")
PLACE = "deals.csv:3"
WHOLE = "\n".join([HEADER, *DEALS]) + "\n"


def row(**cells: str) -> str:
    """A good row D9 with some cells as given."""
    good = dict(zip(HEADER.split(","), GOOD_CELLS, strict=True))
    return ",".join(f'"{cell}"' if "," in cell else cell for cell in (good | cells).values())


def the_row_waits(place: Place, bad: str | bytes, code: str, *said: str, field: str | None = None) -> dict[str, Any]:
    """One bad row among good ones: it waits with its place and reason, the others are records, a mended one too."""
    place.with_row(bad)
    answer = place.sync()
    assert answer.code == 1
    counts = {one["object"]: one for one in answer.json["rows"]}
    assert (counts["deals"]["written"], counts["deals"]["quarantined"]) == (3, 1)
    assert (counts["accounts"]["written"], counts["accounts"]["quarantined"]) == (2, 0)
    (found,) = place.waiting()
    assert (found["connection"], found["object"]) == ("books", "deals")
    assert (found["position"], found["code"], found["field"]) == (PLACE, code, field)
    assert all(word in found["reason"]["message"] for word in said), found["reason"]["message"]
    exported = place.exported()
    assert {name: one["amount"]["amount"] for name, one in exported.items()} == GOOD_AMOUNTS
    for language, word in (("en", said[0] if said else ""), ("zh", "")):
        shown = place.run("quarantine", "--lang", language)
        assert shown.code == 0
        assert PLACE in shown.out
        assert word in shown.out
    place.with_row(row())
    assert place.sync().code == 0
    assert place.waiting() == []
    assert place.exported().keys() == {*GOOD, "D9"}
    return found


def the_file_is_refused(place: Place, code: int, kind: str, *said: str) -> None:
    """A whole file that cannot be read: told what it is and what to try; the other file is read all the same."""
    answer = place.sync()
    assert answer.code == code
    told = [note for note in answer.json["warnings"] if note["code"] == kind]
    assert len(told) == 1
    assert all(word in told[0]["message"] for word in said), told[0]["message"]
    assert place.exported("account").keys() == {"A1", "A2"}
    assert place.exported() == {}
    place.write_deals()
    (place.folder / "files" / "deals.zip").unlink(missing_ok=True)


def mended(place: Place) -> None:
    assert place.sync().code == 0
    assert place.exported().keys() == GOOD


# -- encodings --------------------------------------------------------------------------------------------------------


def test_a_row_in_gb18030_among_utf8_waits_with_its_line(place: Place) -> None:
    found = the_row_waits(place, row(Name="水泵").encode("gb18030"), "UNDECODABLE", "no text in utf-8")
    assert "\\x" in found["value"]


def test_a_file_in_gb18030_read_as_utf8_is_named_with_what_to_try(place: Place) -> None:
    rows = [f"D{n},水泵{n},A1,Won,1,CNY,2026-01-05,2026-02-01" for n in range(20)]
    place.write("files/deals.csv", "\n".join([HEADER, *rows]).encode("gb18030"))
    the_file_is_refused(place, 78, "config", "deals.csv", "line 2", "gb18030")
    mended(place)


def test_utf16_with_its_mark_is_read(place: Place) -> None:
    place.write("files/deals.csv", WHOLE.encode("utf-16"))
    mended(place)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf16_without_its_mark_is_named(place: Place, encoding: str) -> None:
    place.write("files/deals.csv", WHOLE.encode(encoding))
    the_file_is_refused(place, 78, "config", "deals.csv", encoding)
    mended(place)


def test_a_mark_that_contradicts_the_declaration_is_named(place: Place) -> None:
    place.change("crmbridge.toml", 'path = "files"', 'path = "files"\nencoding = "utf-8"')
    place.write("files/deals.csv", WHOLE.encode("utf-16"))
    the_file_is_refused(place, 78, "config", "declared utf-8", "utf-16-le")
    mended(place)


def test_a_lone_surrogate_waits_with_its_line(place: Place) -> None:
    bad = row().encode().replace(b"Taps", b"T\xed\xa0\x80ps")
    the_row_waits(place, bad, "UNDECODABLE", "no text in utf-8")


def test_a_nul_waits_with_its_line(place: Place) -> None:
    the_row_waits(place, row(Name="Ta\0ps"), "NUL_BYTE", "NUL")


# -- cells ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cell", ["=cmd|' /C calc'!A0", "=1+1", "+SUM(A1)", "-2+3", "@SUM(A1)", "\t=1+1"])
def test_a_formula_is_text_and_runs_nowhere(place: Place, cell: str) -> None:
    place.with_row(row(Name=cell))
    assert place.sync().code == 0
    assert place.exported()["D9"]["name"] == cell
    printed = place.run("export", "deal", "--format", "csv").out
    assert f"'{cell}" in printed
    assert f",{cell}" not in printed


def test_a_field_of_ten_megabytes_waits_with_its_line(place: Place) -> None:
    found = the_row_waits(place, row(Name="x" * (10 * 1024 * 1024 + 1)), "CELL_TOO_LONG", "10485760")
    assert len(found["value"]) <= 1_100


def test_a_field_longer_than_its_neutral_field_waits_with_its_name(place: Place) -> None:
    the_row_waits(place, row(Name="x" * 70_000), "FIELD_UNREADABLE", "70000", "65536", field="Name")


def test_a_blank_in_a_field_that_is_needed_waits(place: Place) -> None:
    the_row_waits(place, row(Name=""), "FIELD_UNREADABLE", "deal needs name", field="Name")


# -- money ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        ("NaN", "NaN is not a number"),
        ("inf", "inf is not a number"),
        ("-Infinity", "-Infinity is not a number"),
        ("1e30", "1e30 is not a number"),
        ("1e400", "1e400 is not a number"),
        ("1000000000000000000000000000000", "too large an amount"),
        ("1.23456", "more than four decimals"),
        ("a lot", "a lot is not a number"),
        ("12,34,5", "12,34,5 is not a number"),
    ],
)
def test_money_that_is_none_waits_with_its_value(place: Place, amount: str, said: str) -> None:
    found = the_row_waits(place, row(Amount=amount), "FIELD_UNREADABLE", said, field="Amount")
    assert found["value"] == amount


@pytest.mark.parametrize("amount", ["-250.50", "(250.50)", "−250.50"])
def test_negative_money_is_money(place: Place, amount: str) -> None:
    place.with_row(row(Amount=amount))
    assert place.sync().code == 0
    assert place.exported()["D9"]["amount"] == {"amount": "-250.50", "currency": "CNY"}
    assert place.funnel()["rows"][0]["won_amount"] == "749.50"


def test_money_of_four_decimals_is_kept_exactly(place: Place) -> None:
    place.with_row(row(Amount="0.1054"))
    assert place.sync().code == 0
    assert place.exported()["D9"]["amount"]["amount"] == "0.1054"


def test_a_currency_that_is_none_waits_with_its_value(place: Place) -> None:
    the_row_waits(place, row(Currency="Yuan?"), "FIELD_UNREADABLE", "Yuan? is no currency code", field="Amount")


def test_amounts_in_two_currencies_are_never_added_up(place: Place) -> None:
    place.with_row(row(Currency="USD"))
    assert place.sync().code == 0
    answer = place.run("funnel", "--json")
    assert (answer.code, answer.out, answer.error["code"]) == (78, "", "MIXED_CURRENCY")
    assert "CNY, USD" in answer.error["message"]
    one = place.run("funnel", "--json", "--currency", "CNY")
    assert one.json["rows"][0]["won_amount"] == "1000.00"


def test_an_unknown_currency_keeps_its_code_and_is_in_no_sum(place: Place) -> None:
    place.with_row(row(Currency="ZZZ"))
    assert place.sync().code == 0
    assert place.exported()["D9"]["amount"] == {"amount": "70.00", "currency": "ZZZ"}
    whole = place.funnel()["rows"][0]
    assert (whole["won"], whole["won_amount"], whole["unknown_amounts"]) == (2, "1000.00", 1)


# -- phones, ids, duplicates ------------------------------------------------------------------------------------------


def test_a_phone_stays_as_typed_and_is_e164_where_it_is_one(place: Place) -> None:
    place.change("mapping/books.toml", 'lens = "texts"', 'lens = "texts", region = "CN"')
    assert place.sync().code == 0
    found = {name: account["phones"] for name, account in place.exported("account").items()}
    assert found == {"A1": ["+8613800138000"], "A2": ["021-6888"]}


def test_identical_rows_are_one_record_and_told(place: Place) -> None:
    place.with_row(DEALS[0])
    answer = place.sync()
    assert answer.code == 0
    (note,) = answer.json["warnings"]
    assert (note["code"], note["params"]["count"]) == ("DUPLICATE_ROWS", 1)
    assert place.exported().keys() == GOOD


def test_differing_rows_of_one_id_are_a_conflict(place: Place) -> None:
    found = the_row_waits(place, row(ID="D1"), "DUPLICATE_KEY", "D1", "the earlier one counts")
    assert (found["id"], found["value"].split(",")[1]) == ("D1", "Taps")


def test_a_row_without_an_id_waits(place: Place) -> None:
    the_row_waits(place, row(ID=""), "BLANK_KEY", "nothing in ID", field="ID")


# -- text of every kind -----------------------------------------------------------------------------------------------

TEXTS = {
    "right to left": "\u202eevil\u202c",
    "Arabic": "شركة النور",
    "emoji": "Taps 🚰👨‍👩‍👧‍👦",
    "four bytes": "𠮷野家",
    "combining": "Cafe\u0301 Nguye\u0302\u0303n",
    "ids": "00012345678901234567",
    "quotes": 'a ""big"" one',
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_every_text_comes_back_as_itself(place: Place, text: str) -> None:
    place.with_row(row(Name=f'"{text}"'))
    assert place.sync().code == 0
    written = text.replace('""', '"')
    assert place.exported()["D9"]["name"] == unicodedata.normalize("NFC", written)


def test_the_payload_keeps_what_was_written(place: Place) -> None:
    place.with_row(row(Name=TEXTS["combining"]))
    assert place.sync().code == 0
    rows = place.run("mapping", "explain", "deal/D9", "--json").json["rows"]
    (found,) = [one for one in rows if one["field"] == "name"]
    assert found["vendor_value"] == TEXTS["combining"]
    assert found["value"] == unicodedata.normalize("NFC", TEXTS["combining"])


def test_an_override_turns_nothing_round_in_a_table(place: Place) -> None:
    place.with_row(row(Name=TEXTS["right to left"], Amount="nothing"))
    assert place.sync().code == 1
    shown = place.run("quarantine").out
    for line in shown.splitlines():
        assert line.count("\u202e") == line.count("\u202c")
        assert "\u202e" not in line or "\u2068" in line


# -- shape ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("bad", "found"), [("D9,Taps,A1,Won", 4), (row() + ",more,more", 10)])
def test_a_ragged_row_waits(place: Place, bad: str, found: int) -> None:
    the_row_waits(place, bad, "RAGGED_ROW", f"this row has {found} cells, the header has 8")


def test_a_quote_that_is_never_closed_waits_alone(place: Place) -> None:
    the_row_waits(place, 'D9,"Taps,A1,Won,70.00,CNY,2026-01-08,2026-02-03', "UNCLOSED_QUOTE", "never closed")


def test_a_broken_date_waits(place: Place) -> None:
    the_row_waits(place, row(Closed="2026-02-30"), "FIELD_UNREADABLE", "2026-02-30", "%Y-%m-%d", field="Closed")


def test_an_ambiguous_date_is_not_guessed(place: Place) -> None:
    the_row_waits(place, row(Closed="01/02/2026"), "FIELD_UNREADABLE", "01/02/2026", "%Y-%m-%d", field="Closed")


def test_a_row_that_two_fields_spoil_waits_once_with_both(place: Place) -> None:
    place.with_row(row(Amount="a lot", Closed="never"))
    assert place.sync().json["rows"][1]["quarantined"] == 1
    assert {one["field"] for one in place.waiting()} == {"Amount", "Closed"}


def test_a_row_that_waits_is_in_no_figure(place: Place) -> None:
    place.with_row(row(Closed="never"))
    assert place.sync().code == 1
    whole = place.funnel()["rows"][0]
    assert (whole["total"], whole["won"], whole["won_amount"]) == (3, 1, "1000.00")


def test_a_record_that_went_bad_keeps_what_was_good_of_it(place: Place) -> None:
    place.with_row(row())
    assert place.sync().code == 0
    place.with_row(row(Name="Taps II", Amount="a lot"))
    assert place.sync().code == 1
    assert place.exported()["D9"]["name"] == "Taps"
    place.with_row(row(Name="Taps III"))
    assert place.sync().code == 0
    assert (place.exported()["D9"]["name"], place.waiting()) == ("Taps III", [])


def test_what_waits_is_read_again_after_the_mapping_changed_without_the_source(place: Place) -> None:
    place.with_row(row(Closed="03.02.2026"))
    assert place.sync().code == 1
    (place.folder / "files" / "deals.csv").unlink()
    place.change(
        "mapping/books.toml",
        'from = "Closed", format = ["%Y-%m-%d"]',
        'from = "Closed", format = ["%Y-%m-%d", "%d.%m.%Y"]',
    )
    assert place.run("quarantine", "--retry", "--json").json["rows"] == []
    assert place.exported()["D9"]["closed_at"] == "2026-02-02T16:00:00Z"


# -- what the mapping does not know -----------------------------------------------------------------------------------


def test_an_unmapped_stage_is_unknown_counted_and_told_with_the_nearest(place: Place) -> None:
    place.with_row(row(Stage="Wonn"))
    answer = place.sync()
    assert answer.code == 0
    (note,) = answer.json["warnings"]
    assert note["code"] == "STAGE_UNMAPPED"
    assert all(word in note["message"] for word in ("1 ", "deals", "Wonn", "Won?"))
    found = place.exported()["D9"]
    assert (found["stage"], found["stage_raw"]) == ("UNKNOWN", "Wonn")
    whole = place.funnel()["rows"][0]
    assert (whole["total"], whole["won"], whole["unknown"]) == (4, 1, 1)
    checked = place.run("mapping", "check")
    assert checked.code == 1
    assert "Wonn" in checked.out


def test_a_stage_like_none_of_ours_is_told_without_a_list_of_them(place: Place) -> None:
    place.with_row(row(Stage="Zzyzx"))
    (note,) = place.sync().json["warnings"]
    assert note["message"].endswith("has Zzyzx in Stage, which is no name in the mapping")


def test_doctor_counts_what_the_mapping_leaves_alone_and_names_it_where_asked(place: Place) -> None:
    place.write_deals(header=HEADER + ",More A,More B,More C,More D")
    told = place.run("doctor", "books")
    assert "does not read 4 fields that are there" in " ".join(told.out.split())
    assert "More A" not in told.out
    assert "More A" in place.run("doctor", "books", "--all").out
    rows = place.run("doctor", "books", "--json").json["rows"]
    assert [row["message"] for row in rows if "More A" in str(row["message"])]
    place.write_deals(header=HEADER + ",More A,More B")
    assert "More A" in place.run("doctor", "books").out


def test_an_unmapped_picklist_value_is_empty_and_told_with_the_nearest(place: Place) -> None:
    place.write("files/accounts.csv", ACCOUNTS.replace("Prospect", "Prospekt"))
    answer = place.sync()
    assert answer.code == 0
    (note,) = answer.json["warnings"]
    assert note["code"] == "PICKLIST_UNMAPPED"
    assert all(word in note["message"] for word in ("accounts", "Status", "Prospekt", "Prospect?"))
    assert place.exported("account")["A2"]["status"] is None
    assert place.run("mapping", "check").code == 1


def test_very_many_unmapped_values_are_told_by_the_most_frequent(place: Place) -> None:
    rows = [f"D1{n},Taps,A1,Step {n},1,CNY,2026-01-05," for n in range(14)]
    place.write_deals(*rows, "D30,Taps,A1,Step 13,1,CNY,2026-01-05,", "D31,Taps,A1,,1,CNY,2026-01-05,")
    notes = place.sync().json["warnings"]
    assert [note["code"] for note in notes] == ["STAGE_UNMAPPED"] * 10 + ["UNMAPPED_MORE"]
    assert "2 records of deals have Step 13 in Stage" in notes[0]["message"]
    assert "1 record of deals has nothing in Stage" in notes[1]["message"]
    assert notes[-1]["params"] == {"object": "deals", "field": "stage", "count": 5}


def test_a_mended_mapping_reads_unmapped_stages_again_without_the_source(place: Place) -> None:
    place.with_row(row(Stage="Wonn"))
    assert place.sync().code == 0
    place.change("mapping/books.toml", 'labels = ["Won"]', 'labels = ["Won", "Wonn"]')
    answer = place.sync()
    assert (answer.code, answer.json["warnings"]) == (0, [])
    assert place.exported()["D9"]["stage"] == "won"
    assert place.run("mapping", "check").code == 0


def test_a_reference_to_nobody_stays_open_until_the_target_comes(place: Place) -> None:
    place.with_row(row(Account="A9"))
    assert place.sync().code == 0
    assert place.exported()["D9"]["account"] is None
    place.write("files/accounts.csv", ACCOUNTS + "A9,Fabrikam,,Customer\n")
    assert place.sync().code == 0
    assert place.exported()["D9"]["account"] == place.exported("account")["A9"]["id"]


# -- whole files ------------------------------------------------------------------------------------------------------


def test_a_missing_file_is_told_and_the_others_are_read(place: Place) -> None:
    (place.folder / "files" / "deals.csv").rename(place.folder / "files" / "deal.csv")
    the_file_is_refused(place, 5, "unavailable", "deals.csv", "deal.csv?")
    mended(place)


def test_a_lost_key_column_is_told_with_the_nearest(place: Place) -> None:
    place.write_deals(header=HEADER.replace("ID", "Id", 1))
    the_file_is_refused(place, 78, "config", "deals.csv has no column ID", "Id?")
    mended(place)


def test_a_lost_column_changes_nothing(place: Place) -> None:
    assert place.sync().code == 0
    before = place.exported()
    rows = [",".join(cell for at, cell in enumerate(one.split(",")) if at != 4) for one in DEALS]
    place.write_deals(*rows, header=HEADER.replace(",Amount", ""))
    answer = place.sync()
    assert answer.code == 3
    told = {note["code"]: note["params"] for note in answer.json["warnings"]}
    assert told.keys() == {"COLUMN_LOST", "FIELD_GONE"}
    assert (told["COLUMN_LOST"]["columns"], told["FIELD_GONE"]["field"]) == ("Amount", "Amount")
    assert {name: one["amount"] for name, one in place.exported().items()} == {
        name: one["amount"] for name, one in before.items()
    }
    assert "Amount" in place.run("mapping", "check").out


def test_lost_rows_are_told_and_never_deleted(place: Place) -> None:
    assert place.sync().code == 0
    place.write_deals(DEALS[0])
    answer = place.sync()
    assert answer.code == 0
    assert [(n["code"], n["params"]["before"], n["params"]["now"]) for n in answer.json["warnings"]] == [
        ("FILE_SHRANK", 3, 1)
    ]
    assert place.exported().keys() == GOOD


def test_an_emptied_file_deletes_nothing(place: Place) -> None:
    assert place.sync().code == 0
    place.write("files/deals.csv", b"")
    answer = place.sync()
    assert answer.code == 3
    assert {note["code"] for note in answer.json["warnings"]} == {"EMPTY_FILE", "FILE_SHRANK", "FIELD_GONE"}
    assert place.exported().keys() == GOOD


def zipped(place: Place, members: dict[str, bytes]) -> None:
    place.change("crmbridge.toml", 'file = "deals.csv"', 'file = "deals.zip"')
    with zipfile.ZipFile(place.folder / "files" / "deals.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def test_a_zip_bomb_is_stopped(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crmbridge_csv.archive.MAX_UNPACKED_BYTES", 1 << 20)
    zipped(place, {"deals.csv": WHOLE.encode() + b'D4,"' + b"x" * (8 << 20)})
    assert (place.folder / "files" / "deals.zip").stat().st_size < 16_384
    the_file_is_refused(place, 78, "config", "deals.zip unpacks to more than 1 MiB")


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"../deals.csv": b"x"}, "leads out of it"),
        ({"/etc/deals.csv": b"x"}, "leads out of it"),
        ({"deals.csv": b"x", "more.csv": b"x"}, "exactly one CSV file"),
        ({}, "exactly one CSV file"),
    ],
)
def test_a_zip_that_is_not_one_table_is_refused(place: Place, members: dict[str, bytes], said: str) -> None:
    zipped(place, members)
    the_file_is_refused(place, 78, "config", "deals.zip", said)
    assert not (place.folder.parent / "deals.csv").exists()


def test_a_zip_of_one_table_is_read_where_it_is(place: Place) -> None:
    zipped(place, {"deals.csv": WHOLE.encode()})
    mended(place)


# -- the table --------------------------------------------------------------------------------------------------------

ROOT = Path(__file__).resolve().parents[2]
CLAUSES: dict[str, tuple[str, ...]] = {
    "GB18030": (
        "test_a_row_in_gb18030_among_utf8_waits_with_its_line",
        "test_a_file_in_gb18030_read_as_utf8_is_named_with_what_to_try",
    ),
    "UTF-16 BOM": (
        "test_utf16_with_its_mark_is_read",
        "test_utf16_without_its_mark_is_named",
        "test_a_mark_that_contradicts_the_declaration_is_named",
    ),
    "lone surrogates": ("test_a_lone_surrogate_waits_with_its_line",),
    "NUL": ("test_a_nul_waits_with_its_line",),
    "`=cmd|…`": ("test_a_formula_is_text_and_runs_nowhere",),
    "Field 10 MB": (
        "test_a_field_of_ten_megabytes_waits_with_its_line",
        "test_a_field_longer_than_its_neutral_field_waits_with_its_name",
    ),
    "NaN/inf/negative/1e30 money": ("test_money_that_is_none_waits_with_its_value", "test_negative_money_is_money"),
    "rule per field": ("test_money_of_four_decimals_is_kept_exactly", "tests/mapping/lenses/test_laws.py"),
    "unknown currency": (
        "test_an_unknown_currency_keeps_its_code_and_is_in_no_sum",
        "test_a_currency_that_is_none_waits_with_its_value",
        "test_amounts_in_two_currencies_are_never_added_up",
    ),
    "Phones": ("test_a_phone_stays_as_typed_and_is_e164_where_it_is_one",),
    "Duplicate rows": ("test_identical_rows_are_one_record_and_told", "test_differing_rows_of_one_id_are_a_conflict"),
    "RTL override U+202E, emoji, 4-byte, combining": (
        "test_every_text_comes_back_as_itself",
        "test_the_payload_keeps_what_was_written",
        "test_an_override_turns_nothing_round_in_a_table",
    ),
    "Zip bomb": ("test_a_zip_bomb_is_stopped",),
    "`../` / 2 files": ("test_a_zip_that_is_not_one_table_is_refused", "test_a_zip_of_one_table_is_read_where_it_is"),
    "Round-trip property": ("tests/mapping/lenses/test_laws.py",),
}
"""The clauses of reliability.md 2.4 as they are worded there, and what holds each: tests here, or a module of them."""


def names_in(file: Path) -> set[str]:
    """The names of the test functions in a file."""
    tree = ast.parse(file.read_text("utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


@pytest.mark.parametrize("clause", CLAUSES)
def test_every_clause_has_its_test(clause: str) -> None:
    here = names_in(Path(__file__))
    assert CLAUSES[clause]
    for name in CLAUSES[clause]:
        assert names_in(ROOT / name) if name.endswith(".py") else name in here, name
