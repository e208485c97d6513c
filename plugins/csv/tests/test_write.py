"""Writing: the file afterwards, byte for byte, and what is refused."""

import re
from typing import TYPE_CHECKING

import pytest
from pydantic import JsonValue

from crmbridge.adapter.contract import Applied, Change, Outcome, Rejected, Stale
from crmbridge.model.errors import ConfigError
from crmbridge.report.i18n import catalog
from crmbridge_csv.adapter import CsvAdapter

if TYPE_CHECKING:
    from plugins.csv.tests.conftest import Books

WRITABLE = {"writable": True}
MIXED = b'id,name,note\r\n1,"Ann",plain\r\n2,Bo,"two\nlines"\r\n\r\n3,C\xff,x\r\n4,"a ""b"" c",y\r\nTotal,,\r\n'


def change(external_id: str | None, **fields: JsonValue) -> Change:
    return Change(f"key-{external_id}", "deals", external_id, fields)


def push(adapter: CsvAdapter, *changes: Change) -> list[Outcome]:
    return list(adapter.push(changes))


def code(outcome: Outcome) -> tuple[str, str | None]:
    assert isinstance(outcome, Rejected), outcome
    assert str(outcome)
    assert speaks_chinese(outcome), outcome
    return outcome.code, outcome.field


def speaks_chinese(outcome: Rejected) -> bool:
    """Whether a person who reads Chinese is told in Chinese, and nothing is left open."""
    texts = [catalog("zh").message(one, outcome.params) for one in (outcome.message, outcome.hint) if one]
    return all(re.search("[\u4e00-\u9fff]", text) and "{" not in text for text in texts)


def test_an_update_touches_one_cell_and_nothing_else(books: "Books") -> None:
    path = books.put(MIXED)
    adapter = books.open({"writable": True, "total": "Total"}, read_only=False)
    (outcome,) = push(adapter, change("2", name="Cy, Jr"))
    assert isinstance(outcome, Applied)
    assert path.read_bytes() == MIXED.replace(b"2,Bo,", b'2,"Cy, Jr",')
    push(adapter, change("1", name="Di"), change("4", note='"'))
    assert path.read_bytes() == MIXED.replace(b"2,Bo,", b'2,"Cy, Jr",').replace(b'"Ann"', b'"Di"').replace(
        b'c",y', b'c",""""'
    )
    assert sorted(entry.name for entry in books.folder.iterdir()) == ["deals.csv"]


def test_a_new_row_comes_after_the_last_record_in_the_style_of_the_file(books: "Books") -> None:
    path = books.put(MIXED)
    push(books.open({"writable": True, "total": "Total"}, read_only=False), change(None, id="5", name="New", note="n"))
    assert path.read_bytes() == MIXED.replace(b"Total", b'5,"New",n\r\nTotal')


def test_a_deleted_row_is_gone_with_all_its_lines(books: "Books") -> None:
    path = books.put(MIXED)
    adapter = books.open({"writable": True, "total": "Total"}, read_only=False)
    (outcome,) = push(adapter, Change("k", "deals", "2", {}, delete=True))
    assert outcome == Applied("2")
    assert path.read_bytes() == MIXED.replace(b'2,Bo,"two\nlines"\r\n', b"")


@pytest.mark.parametrize("ending", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("last", [True, False], ids=["ended", "open"])
def test_a_new_row_ends_as_the_others_do(books: "Books", ending: bytes, last: bool) -> None:  # noqa: FBT001
    rows = [b"id,name", b"1,a"]
    path = books.put(ending.join(rows) + (ending if last else b""))
    push(books.open(WRITABLE, read_only=False), change(None, id="2", name="b"))
    assert path.read_bytes() == ending.join([*rows, b"2,b", b""])


def test_a_file_with_a_header_only_takes_its_first_row(books: "Books") -> None:
    path = books.put('"id","name"')
    push(books.open(WRITABLE, read_only=False), change(None, id="1", name="b"))
    assert path.read_bytes() == b'"id","name"\n"1","b"\n'


def test_a_file_without_a_header_is_written_too(books: "Books") -> None:
    path = books.put("1,a\n")
    options = {"writable": True, "header": ["id", "name"]}
    push(books.open(options, read_only=False), change("1", name="b"), change(None, id="2", name="c"))
    assert path.read_bytes() == b"1,b\n2,c\n"


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [("utf-8-sig", None), ("gb18030", "gb18030"), ("utf-16", None), ("utf-16-be", "utf-16-be"), ("utf-8", None)],
)
def test_encoding_mark_preamble_and_separator_stay(books: "Books", encoding: str, declared: str | None) -> None:
    text = "导出\r\nid;客户\r\n1;华为\r\n2;中兴\r\n"
    path = books.put(text, encoding=encoding)
    adapter = books.open({"writable": True, "preamble": 1}, read_only=False, separator=";", encoding=declared)
    outcomes = push(adapter, change("2", 客户="小米"), change(None, id="3", 客户="联想"))
    assert all(isinstance(outcome, Applied) for outcome in outcomes)
    assert path.read_bytes() == (text.replace("中兴", "小米") + "3;联想\r\n").encode(encoding)
    assert [record.payload["客户"] for record in books.pull(adapter)] == ["华为", "小米", "联想"]


def test_bytes_that_are_no_text_stay_in_utf_16_too(books: "Books") -> None:
    bad = "\ufeffid,name\n1,a\n2,".encode("utf-16-le") + b"\x00\xd8" + "\n3,c\n".encode("utf-16-le") + b"\x00"
    path = books.put(bad)
    push(books.open(WRITABLE, read_only=False), change("1", name="b"))
    assert path.read_bytes() == bad.replace("1,a".encode("utf-16-le"), "1,b".encode("utf-16-le"))


def test_padding_and_marks_of_untouched_cells_stay(books: "Books") -> None:
    path = books.put("id,name,note\n1\t,\ta,'=x\n")
    adapter = books.open(WRITABLE, read_only=False, padding="tabs", escape="excel")
    push(adapter, change("1", name="\t=b"))
    assert path.read_bytes() == b"id,name,note\n1\t,'=b,'=x\n"
    (record,) = books.pull(adapter)
    assert record.payload == {"id": "1", "name": "=b", "note": "=x"}


def test_written_values_come_back_as_they_were(books: "Books") -> None:
    values = [
        "",
        " x ",
        'q"q',
        '"',
        "a,b",
        "two\nlines",
        "cr\rlf\r\n",
        "\u202ertl",
        "😀",
        "=1+1",
        "'",
        "a\u2028b",
        "\ufeffb",
    ]
    books.put("id,a\n" + "".join(f"{number},x\n" for number in range(len(values))))
    for escape in ("exact", "excel"):
        adapter = books.open(WRITABLE, read_only=False, escape=escape)
        outcomes = push(adapter, *(change(str(number), a=value) for number, value in enumerate(values)))
        records = books.pull(adapter)
        assert [record.payload["a"] for record in records] == values
        assert [outcome.revision for outcome in outcomes if isinstance(outcome, Applied)] == [
            record.revision for record in records
        ]


def test_nothing_and_numbers_are_written_as_text(books: "Books") -> None:
    path = books.put("id,a,b\n1,x,y\n")
    push(books.open(WRITABLE, read_only=False), change("1", a=None, b=12345678901234567))
    assert path.read_bytes() == b"id,a,b\n1,,12345678901234567\n"


def test_a_change_of_nothing_leaves_the_file_alone(books: "Books") -> None:
    path = books.put("id,a\n1,x\n")
    before = path.stat()
    (outcome,) = push(books.open(WRITABLE, read_only=False), change("1", a="x"))
    assert isinstance(outcome, Applied)
    assert path.stat() == before


def test_outcomes_have_the_order_of_the_changes_and_follow_one_another(books: "Books") -> None:
    path = books.put("id,a\n1,x\n2,y\n")
    outcomes = push(
        books.open(WRITABLE, read_only=False),
        change("2", a="second"),
        change(None, id="3", a="new"),
        change("3", a="newer"),
        change("9", a="nobody"),
        Change("d", "deals", "1", {}, delete=True),
        change("1", a="gone"),
        change("2", a="again"),
        change(None, id="4", a="short-lived"),
        Change("d", "deals", "4", {}, delete=True),
    )
    assert [getattr(outcome, "external_id", getattr(outcome, "code", None)) for outcome in outcomes] == [
        *("2", "3", "3", "NOT_FOUND", "1", "NOT_FOUND", "2", "4", "4")
    ]
    assert path.read_bytes() == b"id,a\n2,again\n3,newer\n"


def test_a_stale_revision_is_not_overwritten(books: "Books") -> None:
    books.put("id,a\n1,x\n")
    adapter = books.open(WRITABLE, read_only=False)
    (record,) = books.pull(adapter)
    books.put("id,a\n1,by a person\n")
    old, gone = push(
        adapter,
        Change("k", "deals", "1", {"a": "by us"}, record.revision),
        Change("k", "deals", "7", {"a": "by us"}, record.revision),
    )
    assert isinstance(old, Stale)
    assert old.current is not None
    assert old.current.payload == {"id": "1", "a": "by a person"}
    assert gone == Stale(None)
    (record,) = books.pull(adapter)
    assert record.revision == old.current.revision
    (outcome,) = push(adapter, Change("k", "deals", "1", {"a": "by us"}, record.revision))
    assert isinstance(outcome, Applied)


def test_a_create_with_the_same_key_makes_one(books: "Books") -> None:
    path = books.put("id,name,ref\n1,a,\n")
    adapter = books.open({"writable": True, "external_key": "ref"}, read_only=False)
    create = Change("cb1-7", "deals", None, {"id": "2", "name": "b"})
    first, again = push(adapter, create, create)
    (third,) = push(adapter, Change("cb1-7", "deals", None, {"id": "3", "name": "c"}))
    assert first == again == third
    assert path.read_bytes() == b"id,name,ref\n1,a,\n2,b,cb1-7\n"
    assert [[hit.external_id for hit in hits] for hits in adapter.find("deals", "ref", ["cb1-7"])] == [["2"]]


def test_a_row_without_an_id_gets_the_correlation_key(books: "Books") -> None:
    path = books.put("id,name\n")
    adapter = books.open(WRITABLE, read_only=False)
    create = Change("cb1-8", "deals", None, {"name": "b"})
    assert push(adapter, create)[0] == push(adapter, create)[0]
    assert path.read_bytes() == b"id,name\ncb1-8,b\n"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"nam": "x"}, ("UNKNOWN_COLUMN", "nam")),
        ({"id": "9"}, ("KEY_IS_FIXED", "id")),
        ({"name": True}, ("NOT_TEXT", "name")),
        ({"name": 1.5}, ("NOT_TEXT", "name")),
        ({"name": ["x"]}, ("NOT_TEXT", "name")),
        ({"name": "a\0b"}, ("NOT_TEXT", "name")),
        ({"name": "\ud800"}, ("NOT_TEXT", "name")),
        ({"name": "😀"}, ("NOT_ENCODABLE", "name")),
        ({"name": "x" * (10 * 1024 * 1024 + 1)}, ("TOO_LONG", "name")),
    ],
)
def test_what_a_file_cannot_hold_is_refused_and_its_neighbours_are_written(
    books: "Books", fields: dict[str, JsonValue], expected: tuple[str, str]
) -> None:
    path = books.put("id,name\n1,a\n2,b\n", encoding="gbk")
    adapter = books.open(WRITABLE, read_only=False, encoding="gbk")
    bad, good = push(adapter, Change("k", "deals", "1", fields), change("2", name="c"))
    assert code(bad) == expected
    assert isinstance(good, Applied)
    assert path.read_bytes() == b"id,name\n1,a\n2,c\n"


def test_a_row_that_would_be_read_as_another_is_refused(books: "Books") -> None:
    books.put("id,name\n1,a\n")
    adapter = books.open({"writable": True, "total": "Total"}, read_only=False)
    outcomes = push(adapter, change(None, id="Total"), change(None, id="\ufeff7"), change(None, id="id", name="name"))
    assert [code(outcome)[0] for outcome in outcomes] == ["NOT_KEPT"] * 3


def test_text_that_needs_quotes_is_refused_where_there_are_none(books: "Books") -> None:
    path = books.put('id,name\n1,"a\n')
    adapter = books.open(WRITABLE, read_only=False, quote="")
    outcomes = push(adapter, change("1", name="a,b"), change("1", name="a\nb"), change("1", name='"x"'))
    assert [getattr(outcome, "code", "ok") for outcome in outcomes] == ["NEEDS_QUOTES", "NEEDS_QUOTES", "ok"]
    assert path.read_bytes() == b'id,name\n1,"x"\n'


def test_creates_need_a_key_of_their_own(books: "Books") -> None:
    books.put("a,b,name\n1,2,x\n")
    adapter = books.open({"key": ["a", "b"], "writable": True}, read_only=False)
    outcomes = push(adapter, change(None, a="1"), change(None, a="1", b="2"), change(None, a="1", b="|"))
    assert [getattr(outcome, "code", None) for outcome in outcomes] == ["KEY_REQUIRED", "DUPLICATE_KEY", None]
    assert outcomes[2] == Applied("1|%7C", outcomes[2].revision if isinstance(outcomes[2], Applied) else None)
    assert len(books.pull(adapter)) == 2


def test_the_external_key_is_ours_alone(books: "Books") -> None:
    books.put("id,ref\n")
    adapter = books.open({"writable": True, "external_key": "ref"}, read_only=False)
    assert code(push(adapter, change(None, id="1", ref="mine"))[0]) == ("EXTERNAL_KEY", "ref")


def test_a_key_in_several_rows_is_not_written(books: "Books") -> None:
    path = books.put("id,name\n1,a\n1,a\n1,b\n2,c\n")
    before = path.read_bytes()
    (outcome,) = push(books.open(WRITABLE, read_only=False), change("1", name="z"))
    assert code(outcome)[0] == "AMBIGUOUS"
    assert path.read_bytes() == before


def test_a_file_without_columns_takes_no_row(books: "Books") -> None:
    books.put("")
    adapter = books.open(WRITABLE, read_only=False)
    outcomes = push(adapter, change(None, id="1"), change("1", id="1"))
    assert [code(outcome)[0] for outcome in outcomes] == ["UNKNOWN_COLUMN", "NOT_FOUND"]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"writable": False}, "NOT_WRITABLE"),
        ({"join": [{"file": "more.csv", "on": "id", "columns": ["x"]}]}, "JOINED"),
        ({"columns": ["name"]}, "PROJECTED"),
        ({"file": "deals.csv.zip"}, "ZIPPED"),
        ({"file": "deal*.csv"}, "SEVERAL_FILES"),
        ({"key": "*"}, "CONTENT_KEY"),
        ({"duplicates": "each"}, "NUMBERED_KEYS"),
    ],
)
def test_objects_that_are_no_plain_file_are_not_written(
    books: "Books", options: dict[str, object], expected: str
) -> None:
    path = books.put("id,name\n1,a\n")
    adapter = books.open({"writable": True, **options}, read_only=False)
    (outcome,) = push(adapter, change("1", name="b"))
    assert code(outcome)[0] == expected
    assert path.read_bytes() == b"id,name\n1,a\n"


def test_an_unknown_object_is_refused_with_the_nearest(books: "Books") -> None:
    (outcome,) = push(books.open(WRITABLE, read_only=False), Change("k", "deal", "1", {}))
    assert code(outcome)[0] == "UNKNOWN_OBJECT"
    assert "did you mean deals" in str(outcome)


def test_a_connection_for_reading_writes_nothing(books: "Books") -> None:
    books.put("id,name\n1,a\n")
    with pytest.raises(ConfigError, match="open for reading only"):
        push(books.open(WRITABLE), change("1", name="b"))
