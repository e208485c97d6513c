"""What is guessed of files that nobody has described, what it rests on, and what is left out and said."""

import codecs
import os
import zipfile
from pathlib import Path
from typing import Any

import pytest

from crmbridge.adapter.context import AdapterContext
from crmbridge.adapter.contract import PullRequest
from crmbridge.adapter.hookspecs import ConnectionProposal
from crmbridge.adapter.registry import discover
from crmbridge_csv import guess_encoding, guess_key
from crmbridge_csv.adapter import open_csv
from crmbridge_csv.config import CsvOptions
from crmbridge_csv.propose import propose

CHINESE = (
    "商机编号,商机名称,客户名称,负责人,销售阶段,成交金额（万元）\r\n"
    "S-1,扩容项目,北京华东科技有限公司,王伟,赢单,12.5\r\n"
    "S-2,新建产线,深圳市南方贸易有限公司,李娜,初步接触,\r\n"
)
PLAIN = "deal_id,name,amount\n1,Acme,10\n2,Bolt,20\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "exports"
    made.mkdir()
    return made


def proposed(folder: Path) -> ConnectionProposal:
    proposal = propose(folder)
    assert proposal is not None
    return proposal


def objects(folder: Path) -> dict[str, dict[str, Any]]:
    found: Any = proposed(folder).options.get("objects", {})
    return dict(found)


def put(folder: Path, content: str | bytes, name: str = "deals.csv") -> dict[str, Any]:
    """The options of the one object that a file becomes."""
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    (only,) = objects(folder).values()
    return only


def evidence(folder: Path) -> dict[str, str]:
    """The code of each note by the last part of its path."""
    return {path[-1]: note.code for path, note in proposed(folder).evidence}


def left_out(folder: Path, content: bytes, name: str = "deals.csv") -> str:
    """The notice about a file that is no object."""
    (folder / name).write_bytes(content)
    proposal = proposed(folder)
    assert proposal.options == {}
    (note,) = proposal.notices
    return str(note)


def read(folder: Path) -> dict[str, list[dict[str, object]]]:
    """The records of each proposed object, read as a sync would; nothing may be a problem."""
    options = CsvOptions.model_validate({"path": str(folder), **proposed(folder).options})
    adapter = open_csv(AdapterContext("books", options, folder))
    found: dict[str, list[dict[str, object]]] = {}
    for name in options.objects:
        pages = list(adapter.pull(PullRequest(name)))
        assert [problem for page in pages for problem in page.problems] == []
        found[name] = [dict(record.payload) for page in pages for record in page.records]
    return found


def test_plain_file_needs_only_its_key(folder: Path) -> None:
    assert put(folder, PLAIN) == {"file": "deals.csv", "key": "deal_id"}
    summary = next(note for path, note in proposed(folder).evidence if path == ("objects", "deals"))
    assert str(summary) == "deals.csv: 2 rows, utf-8, separator comma, header in line 1"
    assert len(read(folder)["deals"]) == 2


def test_hook_is_found_and_answers(folder: Path) -> None:
    (folder / "deals.csv").write_text(PLAIN)
    (only,) = discover(environ={}).manager.hook.crmbridge_propose(folder=folder)
    assert only.adapter == "csv"
    assert list(only.options["objects"]) == ["deals"]


def test_nothing_of_ours_is_no_proposal(folder: Path) -> None:
    assert propose(folder) is None
    (folder / "notes.md").write_text("hello")
    assert propose(folder) is None


# -- encoding --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_mark_or_utf8_need_no_declaration(folder: Path, encoding: str) -> None:
    assert "encoding" not in put(folder, CHINESE.encode(encoding), "商机.csv")
    assert read(folder)["商机"][0]["客户名称"] == "北京华东科技有限公司"


def test_gb18030_is_declared_where_it_reads_like_chinese(folder: Path) -> None:
    options = put(folder, CHINESE.encode("gb18030"), "商机.csv")
    assert options == {"file": "商机.csv", "key": "商机编号", "encoding": "gb18030"}
    assert evidence(folder)["encoding"] == "ENCODING_CHINESE"
    assert read(folder)["商机"][1]["客户名称"] == "深圳市南方贸易有限公司"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf16_without_a_mark_is_told_by_its_nuls(folder: Path, encoding: str) -> None:
    assert put(folder, CHINESE.encode(encoding), "a.csv")["encoding"] == encoding
    assert len(read(folder)["a"]) == 2


@pytest.mark.parametrize(
    ("text", "encoding", "worth_trying"),
    [
        ("id,nom,ville\n1,Société Générale,Orléans\n2,Crédit Agricole,Besançon\n", "cp1252", "cp1252"),
        ("id,이름,회사\n1,김민수,삼성전자주식회사\n2,이영희,현대자동차\n", "euc_kr", "cp1252"),
        ("id,名前,会社\n1,たなか,トヨタじどうしゃ\n2,すずき,ソニーグループ\n", "euc_jp", "cp1252"),
        ("id,名前,会社\n1,たなか,トヨタじどうしゃ\n2,すずき,ソニーグループ\n", "shift_jis", "shift_jis"),
    ],
)
def test_other_encodings_stay_undecided_and_are_told(folder: Path, text: str, encoding: str, worth_trying: str) -> None:
    said = left_out(folder, text.encode(encoding))
    assert "the encoding of deals.csv cannot be told" in said
    assert worth_trying in said


def test_text_in_utf8_is_never_taken_for_chinese_by_a_cut_character(folder: Path) -> None:
    rows = "".join(f"{n},客户{n:05}有限公司\n" for n in range(8_000))
    for shift in range(3):
        options = put(folder, "x" * shift + "id,name\n" + rows, "big.csv")
        assert "encoding" not in options


def test_bad_byte_in_good_utf8_is_its_row_and_not_the_encoding(folder: Path) -> None:
    rows = "".join(f"{n},客户{n:05}有限公司\n" for n in range(8_000)).encode()
    options = put(folder, b"id,name\n" + rows + b"9000,\xff\xfe\n")
    assert options["encoding"] == "utf-8"
    assert evidence(folder)["encoding"] == "ENCODING_DAMAGED"


def test_late_chinese_is_found_behind_a_megabyte_of_plain_letters(folder: Path) -> None:
    plain = "".join(f"{n},Customer number {n},nothing\n" for n in range(60_000))
    text = "id,name,remark\n" + plain + "99999,上海东方软件服务有限公司,已签单的客户\n"
    assert put(folder, text.encode("gb18030"))["encoding"] == "gb18030"


def test_decoding_on_trial_is_bounded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guess_encoding, "MAX_TRIED_BYTES", 1 << 20)
    plain = "".join(f"{n},Customer number {n},nothing\n" for n in range(60_000))
    assert "encoding" not in put(folder, ("id,name,remark\n" + plain).encode() + b"99999,\xff,\n")


# -- layout ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("sign", "word"), [(";", "semicolon"), ("\t", "tab"), ("|", "pipe")])
def test_separator_is_the_one_that_cuts_all_rows_alike(folder: Path, sign: str, word: str) -> None:
    lines = [["id", "name", "amount"], ["1", "Acme, Inc", "1,5"], ["2", "Bolt", "2,25"], ["3", "Coil", "7,1"]]
    options = put(folder, "\n".join(sign.join(cells) for cells in lines))
    assert options["separator"] == word
    assert evidence(folder)["separator"] == "SEPARATOR"
    assert read(folder)["deals"][0] == {"id": "1", "name": "Acme, Inc", "amount": "1,5"}


def test_decimal_commas_in_every_row_do_not_win_over_the_separator(folder: Path) -> None:
    assert put(folder, "a;b\n1,5;2,5\n3,5;4,5\n5,5;6,5\n")["separator"] == "semicolon"


def test_commas_and_line_ends_inside_quotes_are_no_separators(folder: Path) -> None:
    put(folder, 'id,name\n1,"Lewis, James"\n2,"two\nlines, and more"\n')
    assert [row["name"] for row in read(folder)["deals"]] == ["Lewis, James", "two\nlines, and more"]


@pytest.mark.parametrize(
    "above", ["商机明细表\n导出时间 2024-01-01\n", "商机明细表,,,,,\n导出人,王伟,,,,\n", "商机明细表\n\n"]
)
def test_lines_above_the_header_are_a_preamble(folder: Path, above: str) -> None:
    assert put(folder, above + CHINESE, "商机.csv")["preamble"] == 2
    assert evidence(folder)["preamble"] == "PREAMBLE"
    assert len(read(folder)["商机"]) == 2


def test_header_that_is_one_cell_short_is_still_the_header(folder: Path) -> None:
    options = put(folder, "id,name,city,sector,owner\n" + "".join(f"{n},a,b,c,d,\n" for n in range(5)))
    assert "preamble" not in options


def test_file_without_a_header_gets_made_up_names_and_loses_no_row(folder: Path) -> None:
    options = put(folder, "101,2024-01-05,Acme\n102,2024-02-06,Bolt\n103,2024-03-07,Coil\n")
    assert options["header"] == ["column1", "column2", "column3"]
    assert evidence(folder)["header"] == "HEADER_MISSING"
    assert len(read(folder)["deals"]) == 3


def test_years_may_be_names_of_columns(folder: Path) -> None:
    assert "header" not in put(folder, "region,2023,2024\nNorth,100,200\nSouth,300,400\n")


@pytest.mark.parametrize(
    ("text", "padding"),
    [
        ("id\t,name\n1\t,Acme\n2\t,Bolt\n", "tabs"),
        ("id , name\n1 , Acme\n2 , Bolt\n", "spaces"),
        ("id,name \n1\t,Acme \n2\t,Bolt \n", "both"),
        ("id,name\n1,Acme \n2,Bolt\n3,Coil\n", None),
    ],
)
def test_padding_is_declared_where_it_is_a_habit_of_the_file(folder: Path, text: str, padding: str | None) -> None:
    assert put(folder, text).get("padding") == padding
    if padding:
        assert read(folder)["deals"][0] == {"id": "1", "name": "Acme"}


def test_totals_are_declared_and_do_not_spoil_the_key(folder: Path) -> None:
    options = put(folder, CHINESE + "合计,,,,,12.5\r\n", "商机.csv")
    assert (options["key"], options["total"]) == ("商机编号", "合计")
    assert evidence(folder)["total"] == "TOTALS"
    assert len(read(folder)["商机"]) == 2


def test_customer_called_total_is_no_total(folder: Path) -> None:
    options = put(folder, "name,city,sector\nAcme,Rome,steel\nTotal,Paris,oil\n")
    assert "total" not in options
    assert len(read(folder)["deals"]) == 2


# -- key -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "key", "code"),
    [
        ("name,city\nAcme,Rome\nBolt,Rome\n", "name", "KEY_UNIQUE"),
        ("city,name\nRome,Acme\nRome,Bolt\n", "name", "KEY_UNIQUE"),
        ("name,deal_id\nAcme,7\nBolt,9\n", "deal_id", "KEY_NAMED"),
        ("名称,编号\n甲,7\n乙,9\n", "编号", "KEY_NAMED"),
        ("account_id,id\n5,7\n6,9\n", "id", "KEY_NAMED"),
        ("AccountID,DealID\n5,7\n6,9\n", "DealID", "KEY_NAMED"),
        ("ID,name\n7,Acme\n7,Bolt\n", "name", "KEY_UNIQUE"),
        ("ID,name\n7,Acme\n,Bolt\n", "name", "KEY_UNIQUE"),
        ("Phone Number,name\n7,Acme\n8,Bolt\n", "Phone Number", "KEY_UNIQUE"),
        ("date,name\n2024-01-02,Acme\n2024-01-03,Bolt\n", "name", "KEY_UNIQUE"),
        ("amount,name\n1.50,Acme\n2.75,Bolt\n", "name", "KEY_UNIQUE"),
        ("序号,name\n1,Acme\n2,Bolt\n", "name", "KEY_UNIQUE"),
        ("序号,city\n1,Rome\n2,Rome\n", "序号", "KEY_COUNTED"),
        ("id,name\n", "id", "KEY_UNTRIED"),
    ],
)
def test_key_is_a_column_that_tells_the_records_apart(folder: Path, text: str, key: str, code: str) -> None:
    options = put(folder, text)
    assert (options["key"], options.get("duplicates")) == (key, None)
    assert evidence(folder)["key"] == code


def test_without_a_unique_column_each_row_is_a_record_of_its_own(folder: Path) -> None:
    options = put(folder, "Task No,owner\n7,Ann\n7,Ann\n8,Ann\n,Bob\n")
    assert (options["key"], options["duplicates"]) == ("*", "each")
    note = next(note for path, note in proposed(folder).evidence if path[-1] == "key")
    assert note.code == "KEY_NONE"
    assert "Task No repeats in 1 of 4 rows and is blank in 1" in str(note)
    assert len(read(folder)["deals"]) == 4


def test_repeat_in_the_last_row_is_seen(folder: Path) -> None:
    rows = "".join(f"k{n},x\n" for n in range(30_000))
    assert put(folder, "code,b\n" + rows + "k0,y\n")["key"] == "*"


def test_memory_for_keys_is_bounded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guess_key, "MAX_KEPT_CELLS", 15_000)
    rows = "".join(f"a{n},b{n},c{n}\n" for n in range(20_000))
    assert put(folder, "name,second,third\n" + rows)["key"] == "name"
    assert evidence(folder)["key"] == "KEY_UNIQUE"


# -- files -----------------------------------------------------------------------------------------------------------


def test_zip_with_one_table_is_read_where_it_is(folder: Path) -> None:
    with zipfile.ZipFile(folder / "deals.csv.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inner.csv", PLAIN)
    assert objects(folder) == {"deals": {"file": "deals.csv.zip", "key": "deal_id"}}
    assert len(read(folder)["deals"]) == 2


def test_zip_beside_its_table_is_not_read_twice(folder: Path) -> None:
    (folder / "deals.csv").write_text(PLAIN)
    with zipfile.ZipFile(folder / "deals.zip", "w") as archive:
        archive.writestr("deals.csv", PLAIN)
    assert [options["file"] for options in objects(folder).values()] == ["deals.csv"]
    assert [note.code for note in proposed(folder).notices] == ["FILE_TWICE"]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("empty.csv", b"", "holds nothing at all"),
        ("blank.csv", b"\n\n  \n", "holds nothing at all"),
        ("marked.csv", codecs.BOM_UTF8, "holds nothing at all"),
        ("binary.csv", bytes(range(256)) * 40, "is no text"),
        ("book.csv", b"PK\x03\x04" + b"\0" * 90, "is a spreadsheet or an archive"),
        ("letter.txt", b"Dear all,\nplease find the figures below.\nKind regards, Ann, and Bob\n", "is no table"),
        ("verse.txt", b"Tyger Tyger burning bright\nIn the forests of\nWhat immortal hand or\n", "is no table"),
        ("list.txt", b"red apples\ngreen pears\nblue plums\nwhite grapes\n", "is no table"),
        ("sales.xlsx", b"PK\x03\x04 and no more", "is no complete workbook"),
        ("broken.zip", b"PK\x03\x04 and no more", "is no complete zip"),
    ],
)
def test_file_that_is_no_table_is_named_and_not_fatal(folder: Path, name: str, content: bytes, reason: str) -> None:
    said = left_out(folder, content, name)
    assert said.startswith(f"left out: {name}")
    assert reason in said
    (folder / "good.csv").write_text(PLAIN)
    assert list(objects(folder)) == ["good"]


def test_zip_of_two_tables_is_named(folder: Path) -> None:
    with zipfile.ZipFile(folder / "two.zip", "w") as archive:
        archive.writestr("a.csv", PLAIN)
        archive.writestr("b.csv", PLAIN)
    assert "it holds 2 files" in str(proposed(folder).notices[0])


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="needs a user whom permissions bind")
def test_file_that_may_not_be_read_is_named(folder: Path) -> None:
    (folder / "secret.csv").write_text(PLAIN)
    (folder / "secret.csv").chmod(0)
    assert "cannot be read" in str(proposed(folder).notices[0])


def test_what_else_lies_in_the_folder_is_told_in_one_notice(folder: Path) -> None:
    (folder / "deals.csv").write_text(PLAIN)
    for name in ("README.md", "logo.png", ".hidden.csv", "~$deals.csv"):
        (folder / name).write_text("x")
    (folder / "old").mkdir()
    (folder / "sales.ods").write_bytes(b"PK\x03\x04")
    said = [str(note) for note in proposed(folder).notices]
    assert said == [
        "sales.ods is a spreadsheet of another kind: save it as XLSX",
        "2 other files were not looked at: README.md, logo.png",
    ]


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("商机明细 (2024).csv", "商机明细_2024"),
        ("sales.pipeline v2.csv", "sales_pipeline_v2"),
        ("a-b_c.tsv", "a-b_c"),
        ("!!!.csv", "table"),
        ("deals.CSV", "deals"),
    ],
)
def test_objects_are_named_like_their_files(folder: Path, file: str, name: str) -> None:
    (folder / file).write_text(PLAIN)
    assert list(objects(folder)) == [name]


def test_two_files_of_one_name_are_two_objects(folder: Path) -> None:
    (folder / "deals.csv").write_text(PLAIN)
    (folder / "deals.tsv").write_text(PLAIN.replace(",", "\t"))
    assert list(objects(folder)) == ["deals", "deals_2"]


def test_looking_writes_nothing(folder: Path) -> None:
    (folder / "deals.csv").write_text(PLAIN)
    before = {path: path.stat().st_mtime_ns for path in (folder, *folder.iterdir())}
    propose(folder)
    assert {path: path.stat().st_mtime_ns for path in (folder, *folder.iterdir())} == before
