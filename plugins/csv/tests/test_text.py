"""What files are made of: encodings, separators, quotes, lines."""

import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from crmbridge.model.errors import ConfigError, Unavailable
from crmbridge_csv import archive, scan

if TYPE_CHECKING:
    from plugins.csv.tests.conftest import Books

CHINESE = "id,客户\n1,华为\n2,中兴\n"


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [
        ("utf-8", None),
        ("utf-8-sig", None),
        ("utf-8-sig", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-8", "utf-8-sig"),
        ("gb18030", "gb18030"),
        ("gbk", "gbk"),
        ("utf-16", None),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("utf-32", None),
    ],
)
def test_a_file_reads_the_same_in_every_encoding(books: "Books", encoding: str, declared: str | None) -> None:
    books.put(CHINESE, encoding=encoding)
    records = books.pull(books.open(encoding=declared))
    assert [dict(record.payload) for record in records] == [{"id": "1", "客户": "华为"}, {"id": "2", "客户": "中兴"}]


def test_a_wrong_encoding_names_file_line_byte_and_what_to_try(books: "Books") -> None:
    books.put(CHINESE, encoding="gb18030")
    with pytest.raises(ConfigError, match=r"deals\.csv is not utf-8: line 1 \(byte 3\).*worth trying.*gb18030"):
        books.pull(books.open())


def test_a_wrong_encoding_is_seen_under_a_plain_header_too(books: "Books") -> None:
    books.put("id,name\n1,华为\n2,中兴\n", encoding="gb18030")
    with pytest.raises(ConfigError, match=r"line 2 .*gb18030"):
        books.pull(books.open())


def test_a_wrong_encoding_is_seen_where_many_rows_are_plain(books: "Books") -> None:
    rows = "".join(f"{n},{'华为' if n % 3 == 0 else 'plain'}\n" for n in range(60))
    books.put("id,name\n" + rows, encoding="gb18030")
    with pytest.raises(ConfigError, match="gb18030"):
        books.pull(books.open())


def test_a_byte_order_mark_contradicts_the_declared_encoding(books: "Books") -> None:
    books.put(CHINESE, encoding="utf-8-sig")
    with pytest.raises(ConfigError, match="declared gb18030, its byte order mark says utf-8"):
        books.pull(books.open(encoding="gb18030"))


def test_utf_16_without_its_mark_is_not_guessed(books: "Books") -> None:
    books.put(CHINESE)
    with pytest.raises(ConfigError, match=r"no such byte order mark.*utf-8"):
        books.pull(books.open(encoding="utf-16"))


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_read_as_another_is_named(books: "Books", encoding: str) -> None:
    books.put("id,name\n1,a\n", encoding=encoding)
    with pytest.raises(ConfigError, match=f"worth trying: encoding = {encoding}"):
        books.pull(books.open())


@pytest.mark.parametrize(
    ("start", "said"),
    [
        (b"PK\x03\x04", r"is a spreadsheet or an archive.*save it as CSV.*named \.xlsx"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", r"is an old Excel file \(XLS\), or protected.*save it as XLSX"),
    ],
)
@pytest.mark.parametrize("name", ["deals.csv", "deals.xls"])
def test_a_spreadsheet_is_no_csv_file(books: "Books", start: bytes, said: str, name: str) -> None:
    books.put(start + b"\x00" * 100, name)
    with pytest.raises(ConfigError, match=said):
        books.pull(books.open({"file": name}))


def test_an_encoding_that_decodes_to_nonsense_is_named_when_the_key_is_missing(books: "Books") -> None:
    books.put("编号,客户\n1,华为\n")
    with pytest.raises(ConfigError, match="looks like utf-8"):
        books.pull(books.open({"key": "编号"}, encoding="gb18030"))


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (b"id,name\n1,good\n2,b\xffd\n3,fine\n", None),
        (b"id,name\n1,good\n2,\xed\xa0\x80\n3,fine\n", None),
        ("id,name\n1,华为\n".encode("gb18030") + b"2,b\xc4\n" + "3,中兴\n".encode("gb18030"), "gb18030"),
        ("\ufeffid,name\n1,a\n2,".encode("utf-16-le") + b"\x00\xd8" + "\n3,b\n".encode("utf-16-le"), None),
    ],
    ids=["utf-8", "lone surrogate", "gb18030", "utf-16"],
)
def test_an_undecodable_row_is_a_problem_with_its_line_and_the_others_go_on(
    books: "Books", data: bytes, encoding: str | None
) -> None:
    books.put(data)
    records = books.pull(books.open(encoding=encoding))
    assert [record.external_id for record in records] == ["1", "3"]
    (problem,) = books.problems
    assert (problem.code, problem.position) == ("UNDECODABLE", "deals.csv:3")
    assert problem.raw is not None
    assert problem.raw.startswith("2,")
    assert "\\x" in problem.raw


def test_a_row_with_nul_is_a_problem(books: "Books") -> None:
    books.put("id,name\n1,a\0b\n2,c\n")
    assert [record.external_id for record in books.pull(books.open())] == ["2"]
    assert [(problem.code, problem.position) for problem in books.problems] == [("NUL_BYTE", "deals.csv:2")]


@pytest.mark.parametrize(("separator", "declared"), [(";", ";"), ("\t", "tab"), ("|", "pipe"), ("，", "，")])
def test_any_one_character_separates(books: "Books", separator: str, declared: str) -> None:
    books.put(f'id{separator}name\n1{separator}"a{separator}b"\n')
    (record,) = books.pull(books.open(separator=declared))
    assert record.payload == {"id": "1", "name": f"a{separator}b"}


def test_a_wrong_separator_is_named_when_the_key_is_missing(books: "Books") -> None:
    books.put("id;name\n1;a\n")
    with pytest.raises(ConfigError, match="is the separator semicolon"):
        books.pull(books.open())


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_lines_are_counted_through_quoted_newlines(books: "Books", ending: str) -> None:
    books.put(ending.join(["id,note", '1,"two', 'lines, and ""quotes"""', "2,x", ""]))
    records = books.pull(books.open())
    assert [(record.external_id, record.position) for record in records] == [("1", "deals.csv:2"), ("2", "deals.csv:4")]
    assert records[0].payload["note"] == f'two{ending}lines, and "quotes"'


def test_separators_of_other_scripts_do_not_end_a_line(books: "Books") -> None:
    books.put("id,note\n1,a\u2028b\x85c\x0bd\n2,x\n")
    assert [record.position for record in books.pull(books.open())] == ["deals.csv:2", "deals.csv:3"]


def test_cells_stay_as_they_are_written(books: "Books") -> None:
    odd = {"id": "00012345678901234", "a": " padded\t", "b": "\u202e rtl", "c": "😀e\u0301", "d": "'=1+1"}
    books.put(",".join(odd) + "\n" + ",".join(odd.values()) + "\n")
    (record,) = books.pull(books.open())
    assert record.payload == odd
    assert record.external_id == "00012345678901234"


@pytest.mark.parametrize(
    ("padding", "expected"), [("tabs", " a "), ("spaces", "\ta\t"), ("both", "a"), ("none", "\t a \t")]
)
def test_padding_goes_only_where_it_is_declared(books: "Books", padding: str, expected: str) -> None:
    pad = {"tabs": "\t a \t", "spaces": " \ta\t ", "both": "\t a \t", "none": "\t a \t"}[padding]
    books.put(f"id,name\n1,{pad}\n")
    (record,) = books.pull(books.open(padding=padding))
    assert record.payload["name"] == expected


def test_padding_goes_from_ids_and_headers_too(books: "Books") -> None:
    books.put("id\t,name\n00042\t,x\n")
    (record,) = books.pull(books.open(padding="tabs"))
    assert (record.external_id, record.payload) == ("00042", {"id": "00042", "name": "x"})


@pytest.mark.parametrize(("row", "found"), [("2,b", 2), ("2,b,c,d", 4)])
def test_a_ragged_row_is_a_problem(books: "Books", row: str, found: int) -> None:
    books.put(f"id,x,y\n1,a,b\n{row}\n3,a,b\n")
    assert [record.external_id for record in books.pull(books.open())] == ["1", "3"]
    (problem,) = books.problems
    assert (problem.code, problem.position, problem.raw) == ("RAGGED_ROW", "deals.csv:3", row)
    assert problem.params == {"found": found, "expected": 3}


def test_an_unclosed_quote_costs_one_line_and_no_more(books: "Books") -> None:
    books.put('id,name\n1,a\n2,"open\n3,c\n4,d\n')
    assert [record.external_id for record in books.pull(books.open())] == ["1", "3", "4"]
    (problem,) = books.problems
    assert (problem.code, problem.position, problem.raw) == ("UNCLOSED_QUOTE", "deals.csv:3", '2,"open')


def test_broken_quoting_costs_one_line_and_lines_stay_right(books: "Books") -> None:
    books.put('id,name\n1,"a"x\n2,"two\nlines"\n3,"open\n4,"closed"\n5,e\n')
    records = books.pull(books.open())
    assert [(record.external_id, record.position) for record in records] == [
        ("2", "deals.csv:3"),
        ("4", "deals.csv:6"),
        ("5", "deals.csv:7"),
    ]
    assert [(problem.code, problem.position) for problem in books.problems] == [
        ("BAD_QUOTING", "deals.csv:2"),
        ("BAD_QUOTING", "deals.csv:5"),
    ]


def test_a_file_without_quotes_takes_them_as_letters(books: "Books") -> None:
    books.put('id\tname\n1\t"half\n2\t5" pipe\n')
    records = books.pull(books.open(separator="tab", quote=""))
    assert [record.payload["name"] for record in records] == ['"half', '5" pipe']


def test_a_cell_over_the_cap_is_a_problem_and_a_long_one_is_not(
    books: "Books", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan, "MAX_CELL_CHARS", 1_000)
    books.put(f"id,name\n1,{'x' * 1_000}\n2,{'x' * 1_001}\n3,y\n")
    assert [record.external_id for record in books.pull(books.open())] == ["1", "3"]
    (problem,) = books.problems
    assert (problem.code, problem.position) == ("CELL_TOO_LONG", "deals.csv:3")
    assert len(problem.raw or "") <= 1_000


def test_a_cell_of_two_hundred_thousand_characters_is_kept(books: "Books") -> None:
    books.put(f"id,name\n1,{'华' * 200_000}\n")
    (record,) = books.pull(books.open())
    assert record.payload["name"] == "华" * 200_000


def test_a_file_of_one_endless_line_is_refused(books: "Books", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crmbridge_csv.files.MAX_LINE_BYTES", 1 << 20)
    books.put("id,name" + "x" * (3 << 20))
    with pytest.raises(ConfigError, match="a line of more than"):
        books.pull(books.open())


def test_files_put_together_lose_neither_rows_nor_ids(books: "Books") -> None:
    one = b"\xef\xbb\xbf" + b'"id","name"\n"1","a"\n'
    books.put(one + one.replace(b"1", b"2"))
    assert [record.external_id for record in books.pull(books.open())] == ["1", "2"]
    assert books.notices["BOM_INSIDE"] == {"count": 1, "object": "deals"}
    assert books.notices["REPEATED_HEADERS"] == {"count": 1, "object": "deals"}


def test_blank_lines_are_no_records(books: "Books") -> None:
    books.put("id,name\n\n1,a\n,\n,,,,\n2,b\n\n")
    records = books.pull(books.open())
    assert [(record.external_id, record.position) for record in records] == [("1", "deals.csv:3"), ("2", "deals.csv:6")]
    assert not books.problems
    assert books.notices["BLANK_ROWS"]["count"] == 2


def _zip(path: Path, members: dict[str, bytes], *, compression: int = zipfile.ZIP_DEFLATED) -> None:
    with zipfile.ZipFile(path, "w", compression) as made:
        for name, data in members.items():
            made.writestr(name, data)


def test_a_zipped_table_is_read_in_place(books: "Books") -> None:
    _zip(books.folder / "deals.csv.zip", {"inner.csv": CHINESE.encode("gb18030"), "__MACOSX/._inner.csv": b"x"})
    records = books.pull(books.open({"file": "deals.csv.zip"}, encoding="gb18030"))
    assert [(record.payload["客户"], record.position) for record in records] == [
        ("华为", "deals.csv.zip:2"),
        ("中兴", "deals.csv.zip:3"),
    ]
    assert sorted(path.name for path in books.folder.iterdir()) == ["deals.csv.zip"]


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"a.csv": b"id\n", "b.csv": b"id\n"}, "exactly one CSV file, it holds 2 files: a.csv, b.csv"),
        ({}, "it holds 0 files"),
        ({"readme.pdf": b"id\n"}, "exactly one CSV file"),
        ({"../a.csv": b"id\n"}, "leads out of it"),
        ({"/etc/a.csv": b"id\n"}, "leads out of it"),
        ({"x\\..\\..\\a.csv": b"id\n"}, "leads out of it"),
    ],
    ids=["two", "none", "no table", "parent", "root", "backslash"],
)
def test_a_zip_must_hold_one_table_inside_itself(books: "Books", members: dict[str, bytes], message: str) -> None:
    _zip(books.folder / "deals.csv.zip", members)
    with pytest.raises(ConfigError, match=message):
        books.pull(books.open({"file": "deals.csv.zip"}))


def test_a_zip_bomb_is_stopped_by_counting_not_by_what_it_says(books: "Books", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_UNPACKED_BYTES", 1 << 20)
    path = books.folder / "deals.csv.zip"
    _zip(path, {"deals.csv": b"id,name\n" + b"1,aaaaaaaa\n" * (1 << 18)})
    data = path.read_bytes()
    size = (len(b"id,name\n") + 11 * (1 << 18)).to_bytes(4, "little")
    assert data.count(size) == 2
    path.write_bytes(data.replace(size, (100).to_bytes(4, "little")))
    with pytest.raises(ConfigError, match="unpacks to more than 1 MiB"):
        books.pull(books.open({"file": "deals.csv.zip"}))


def test_the_size_written_in_a_zip_cuts_nothing_off(books: "Books") -> None:
    path = books.folder / "deals.csv.zip"
    content = b"id,name\n" + b"".join(b"%d,x\n" % number for number in range(300))
    _zip(path, {"deals.csv": content})
    size = len(content).to_bytes(4, "little")
    path.write_bytes(path.read_bytes().replace(size, (100).to_bytes(4, "little")))
    assert len(books.pull(books.open({"file": "deals.csv.zip"}))) == 300


def test_an_encrypted_zip_is_refused(books: "Books") -> None:
    path = books.folder / "deals.csv.zip"
    _zip(path, {"deals.csv": b"id\n1\n"})
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    with pytest.raises(ConfigError, match="is encrypted"):
        books.pull(books.open({"file": "deals.csv.zip"}))


def test_a_zip_of_one_endless_line_is_refused(books: "Books", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_LINE_BYTES", 1 << 20)
    _zip(books.folder / "deals.csv.zip", {"deals.csv": b"id,name" + b"x" * (3 << 20)})
    with pytest.raises(ConfigError, match="a line of more than"):
        books.pull(books.open({"file": "deals.csv.zip"}))


@pytest.mark.parametrize("keep", [10, 60])
def test_half_a_zip_is_tried_again_later(books: "Books", keep: int) -> None:
    path = books.folder / "deals.csv.zip"
    _zip(path, {"deals.csv": b"id\n1\n"})
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(Unavailable, match=r"deals\.csv\.zip is no complete zip"):
        books.pull(books.open({"file": "deals.csv.zip"}))


def test_a_zip_whose_content_is_damaged_is_tried_again_later(books: "Books") -> None:
    path = books.folder / "deals.csv.zip"
    _zip(path, {"deals.csv": b"id\n" + b"1\n" * 50}, compression=zipfile.ZIP_STORED)
    path.write_bytes(path.read_bytes().replace(b"1\n1\n1\n", b"1\n7\n1\n", 1))
    with pytest.raises(Unavailable, match="no complete zip"):
        books.pull(books.open({"file": "deals.csv.zip"}))
