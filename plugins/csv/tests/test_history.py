"""Stage history from a file: whatever its order, form and mistakes, each move arrives once and nothing is made up."""

import os
import threading
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pytest

from crmbridge.adapter.contract import HistoryPage, Problem, PullRequest, StageChange
from crmbridge.model.errors import ConfigError, Unavailable
from crmbridge_csv import history_rows
from crmbridge_csv.adapter import CsvAdapter
from crmbridge_csv.config import CsvOptions

if TYPE_CHECKING:
    from plugins.csv.tests.conftest import Books

MOVES: Mapping[str, object] = {"file": "moves.csv", "record": "deal", "to": "stage", "at": "time"}
HEADER = "deal,stage,time\n"


def opened(books: "Books", text: str | bytes = HEADER, *, size: int = 100, **options: Any) -> CsvAdapter:
    books.put("id,name\nA,a\n")
    books.put(text, "moves.csv")
    os.utime(books.folder / "moves.csv", ns=(0, 0))
    return again(books, size=size, **options)


def again(
    books: "Books",
    *,
    size: int = 100,
    stop: threading.Event | None = None,
    record_key: Sequence[str] = ("id",),
    **options: Any,
) -> CsvAdapter:
    return books.open({"key": record_key, "history": {**MOVES, **options}}, page_size=size, stop=stop)


def pages(adapter: CsvAdapter, cursor: str | None = None) -> list[HistoryPage]:
    return list(adapter.list_history(PullRequest("deals", cursor)))


def changes(found: Sequence[HistoryPage]) -> list[StageChange]:
    return [change for page in found for change in page.changes]


def told(found: Sequence[HistoryPage]) -> list[tuple[str, str | None, str, str]]:
    return [(one.record_id, one.from_label, one.to_label, f"{one.at:%m-%d %H:%M}") for one in changes(found)]


def problems(found: Sequence[HistoryPage]) -> list[Problem]:
    return [problem for page in found for problem in page.problems]


def notices(found: Sequence[HistoryPage]) -> dict[str, Mapping[str, object]]:
    return {notice.code: notice.params for page in found for notice in page.notices}


def test_moves_of_a_record_come_as_they_happened_whatever_the_order_of_the_file(books: "Books") -> None:
    rows = [
        "B,new,2026-01-05T10:00:00Z",
        "A,won,2026-03-01T10:00:00Z",
        "A,new,2026-01-01T10:00:00+08:00",
        "A,talks,2026-02-01 10:00",
    ]
    found = pages(opened(books, HEADER + "\n".join(rows)))
    assert told(found) == [
        ("A", None, "new", "01-01 02:00"),
        ("A", "new", "talks", "02-01 02:00"),
        ("A", "talks", "won", "03-01 10:00"),
        ("B", None, "new", "01-05 10:00"),
    ]
    assert found[-1].complete
    assert not problems(found)


def test_all_columns_are_told_as_they_stand(books: "Books") -> None:
    text = "no,deal,was,stage,when,who,line\n7,A,Lead,Won,05.01.2026 09:30,U1,Renewals\n"
    options: dict[str, Any] = {
        "at": "when",
        "from": "was",
        "by": "who",
        "pipeline": "line",
        "key": "no",
        "format": "%d.%m.%Y %H:%M",
    }
    (change,) = changes(pages(opened(books, text, zone="Europe/Berlin", **options)))
    assert (change.change_id, change.from_label, change.to_label) == ("7", "Lead", "Won")
    assert (change.by, change.pipeline, change.precision) == ("U1", "Renewals", "exact")
    assert str(change.at) == "2026-01-05 08:30:00+00:00"


@pytest.mark.parametrize(
    ("cell", "format_", "at", "precision"),
    [
        ("2026-01-05", (), "2026-01-04 16:00:00+00:00", "day"),
        ("2026年1月5日", ("%Y年%m月%d日",), "2026-01-04 16:00:00+00:00", "day"),
        ("2026-01-05T09:30:15.250+0000", (), "2026-01-05 09:30:15.250000+00:00", "exact"),
        ("2026-01-05 09:30:15 +01:00", (), "2026-01-05 08:30:15+00:00", "exact"),
        ("2026/1/5 9:30", ("%Y-%m-%d", "%Y/%m/%d %H:%M"), "2026-01-05 01:30:00+00:00", "exact"),
        ("1/5/2026 9:30 PM", "%m/%d/%Y %I:%M %p", "2026-01-05 13:30:00+00:00", "exact"),
    ],
)
def test_times_are_read_as_declared_and_know_how_exact_they_are(
    books: "Books", cell: str, format_: object, at: str, precision: str
) -> None:
    (change,) = changes(pages(opened(books, f"{HEADER}A,new,{cell}\n", format=format_)))
    assert (str(change.at), change.precision) == (at, precision)


def test_a_clock_time_that_a_change_of_clocks_skips_or_doubles_has_one_meaning(books: "Books") -> None:
    text = f"{HEADER}A,new,2026-03-29 02:30\nA,won,2026-10-25 02:30\n"
    found = changes(pages(opened(books, text, zone="Europe/Berlin")))
    assert [str(one.at) for one in found] == ["2026-03-29 01:30:00+00:00", "2026-10-25 00:30:00+00:00"]


def test_a_row_that_names_the_present_stage_is_no_move(books: "Books") -> None:
    rows = ["A,new,2026-01-01", "A,new,2026-01-02", "A,talks,2026-01-03", "A,talks,2026-01-03", "A,new,2026-01-04"]
    found = pages(opened(books, HEADER + "\n".join(rows)))
    assert [label for _, _, label, _ in told(found)] == ["new", "talks", "new"]
    assert notices(found)["NO_MOVES"]["count"] == 2


def test_going_back_and_forth_on_one_day_is_kept(books: "Books") -> None:
    rows = ["A,new,2026-01-01", "A,talks,2026-01-02", "A,new,2026-01-02", "A,talks,2026-01-02"]
    forth = changes(pages(opened(books, HEADER + "\n".join(rows))))
    assert [one.to_label for one in forth] == ["new", "talks", "new", "talks"]
    assert len({one.change_id for one in forth}) == 4
    back = changes(pages(opened(books, HEADER + "\n".join(reversed(rows)))))
    assert back == forth, "the newest first is the same history"


def test_a_file_with_more_rows_tells_the_old_ones_under_the_same_ids(books: "Books") -> None:
    first = changes(pages(opened(books, f"{HEADER}A,new,2026-01-01\nB,new,2026-01-02\n")))
    second = changes(pages(opened(books, f"{HEADER}A,new,2026-01-01\nA,won,2026-01-05\nB,new,2026-01-02\n")))
    assert {one.change_id for one in first} < {one.change_id for one in second}


BAD = (
    b"no,deal,stage,time\n1,A,new,2026-01-01\n2,,new,2026-01-01\n3,A,,2026-01-02\n4,A,won,soon\n5,A,won,0026-01-01\n"
    b"6,A,won\n7,A,\xff,2026-01-03\n8,A,a\0b,2026-01-03\n,A,won,2026-01-03\n1,A,won,2026-01-04\n1,A,new,2026-01-01\n"
    b'9,A,"won,2026-01-05\n,,,\nno,deal,stage,time\n10,A,lost,2026-01-06\n11,A,won,2026-02-30\n12,A,won,\n'
)
PLACES = {
    3: ("BLANK_CELL", "deal"),
    4: ("BLANK_CELL", "stage"),
    5: ("NO_TIME", "time"),
    6: ("NO_TIME", "time"),
    7: ("RAGGED_ROW", None),
    8: ("UNDECODABLE", None),
    9: ("NUL_BYTE", None),
    10: ("BLANK_CELL", "no"),
    11: ("DUPLICATE_KEY", "no"),
    13: ("UNCLOSED_QUOTE", None),
    17: ("NO_TIME", "time"),
    18: ("BLANK_CELL", "time"),
}


@pytest.mark.parametrize("size", [1, 3, 100])
def test_bad_rows_are_problems_with_their_place_and_the_others_go_on(books: "Books", size: int) -> None:
    found = pages(opened(books, BAD, key="no", size=size))
    placed = {int((one.position or "").rpartition(":")[2]): (one.code, one.field) for one in problems(found)}
    assert placed == PLACES
    assert all((one.position or "").startswith("moves.csv:") for one in problems(found))
    assert all(one.external_id is None for one in problems(found)), "they are of no record"
    assert [one.to_label for one in changes(found)] == ["new", "lost"]
    assert {"BLANK_ROWS", "REPEATED_HEADERS", "DUPLICATE_ROWS"} <= notices(found).keys()
    assert all(len(page.changes) + len(page.problems) <= size for page in found)


@pytest.mark.parametrize("size", [1, 2, 5])
def test_every_cursor_is_gone_on_from(books: "Books", size: int) -> None:
    every = pages(opened(books, BAD, key="no", size=size))
    adapter = books.open({"history": {**MOVES, "key": "no"}}, page_size=size)
    for number, page in enumerate(every[:-1]):
        rest = pages(adapter, page.cursor)
        assert (changes(rest), problems(rest)) == (changes(every[number + 1 :]), problems(every[number + 1 :]))
        assert not rest[-1].complete


def test_an_unchanged_file_is_not_read_again(books: "Books", monkeypatch: pytest.MonkeyPatch) -> None:
    adapter = opened(books, f"{HEADER}A,new,2026-01-01\n")
    cursor = pages(adapter)[-1].cursor
    monkeypatch.setattr(history_rows, "open_table", None)
    (page,) = pages(adapter, cursor)
    assert (page.changes, page.cursor, page.complete) == ((), cursor, False)
    assert [notice.code for notice in page.notices] == ["UNCHANGED"]
    (books.folder / "moves.csv").touch()
    assert pages(adapter, cursor) == [page], "only its time has changed"


def test_a_changed_option_or_zone_reads_again(books: "Books") -> None:
    cursor = pages(opened(books, f"{HEADER}A,new,2026-01-01\n"))[-1].cursor
    (change,) = changes(pages(again(books, zone="America/New_York"), cursor))
    assert str(change.at) == "2026-01-01 05:00:00+00:00"


def test_a_file_that_changes_while_it_is_read_ends_the_reading(books: "Books") -> None:
    listing = opened(books, f"{HEADER},x,\n,y,\nA,new,2026-01-01\n", size=1).list_history(PullRequest("deals"))
    next(listing)
    (books.folder / "moves.csv").write_text(f"{HEADER}A,new,2026-01-02\n")
    with pytest.raises(Unavailable, match=r"moves\.csv changed while it was read"):
        list(listing)


def test_a_stop_is_heard_within_a_page_and_before_the_first_one(
    books: "Books", monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(books, f"{HEADER}A,new,2026-01-01\nA,won,2026-01-02\nB,new,2026-01-02\n")
    stop = threading.Event()
    listing = again(books, size=1, stop=stop).list_history(PullRequest("deals"))
    first = next(listing)
    stop.set()
    assert list(listing) == []
    monkeypatch.setattr(history_rows, "MAX_SCANNED_ROWS", 2)
    (page,) = pages(again(books, size=1, stop=stop))
    assert (page.changes, page.complete) == ([], False)
    monkeypatch.undo()
    rest = pages(again(books, size=1), page.cursor)
    assert changes(rest)[0] == first.changes[0]
    assert len(changes(rest)) == 3


def test_an_object_without_history_gives_one_empty_page(books: "Books") -> None:
    books.put("id,name\nA,a\n")
    adapter = books.open()
    (page,) = pages(adapter)
    assert not page.changes
    assert pages(adapter, page.cursor) == [page]
    found = adapter.describe().object("deals")
    assert found
    assert not found.has_history


def test_several_files_and_a_key_of_several_columns(books: "Books") -> None:
    for number, day in enumerate(("2026-01-02", "2026-01-01"), 1):
        books.put(f"region,no,stage,time\nN,1,stage {number},{day}\n,,,\n", f"moves-{number}.csv")
    books.put("region,no,name\nN,1,a\n")
    options: dict[str, Any] = {"file": "moves-*.csv", "record": ["region", "no"]}
    found = pages(again(books, record_key=("region", "no"), **options))
    assert told(found) == [("N|1", None, "stage 2", "12-31 16:00"), ("N|1", "stage 2", "stage 1", "01-01 16:00")]
    assert [one.external_id for one in books.pull(again(books, record_key=("region", "no"), **options))] == ["N|1"]


def test_a_file_of_no_bytes_and_one_without_a_header(books: "Books") -> None:
    assert notices(pages(opened(books, b""))) == {"EMPTY_FILE": {"count": 1, "object": "moves.csv"}}
    named: dict[str, Any] = {"header": ["deal", "stage", "time"]}
    assert told(pages(opened(books, "A,new,2026-01-01\n", **named))) == [("A", None, "new", "12-31 16:00")]


def test_encoding_separator_padding_and_lines_above_are_those_of_this_file(books: "Books") -> None:
    text = "导出\n编号;阶段;时间\nA\t;报价;2026-01-01\n".encode("gb18030")
    named: dict[str, Any] = {
        "record": "编号",
        "to": "阶段",
        "at": "时间",
        "encoding": "gb18030",
        "separator": ";",
        "preamble": 1,
    }
    assert told(pages(opened(books, text, padding="tabs", **named)))[0][:3] == ("A", None, "报价")


def test_memory_is_not_where_the_rows_are(books: "Books") -> None:
    rows = "".join(f"D{n % 5_000},s{n % 7},2026-01-01T00:{n % 60:02}:00Z\n" for n in range(20_000))
    found = pages(opened(books, HEADER + rows, size=5_000))
    known = [(one.record_id, str(one.at)) for one in changes(found)]
    assert known == sorted(known)
    assert len({one.change_id for one in changes(found)}) == len(known)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"to": "stagee"}, "moves.csv has no column stagee.*did you mean stage"),
        ({"record": "dael"}, "moves.csv has no column dael.*did you mean deal"),
        ({"by": "whom"}, "moves.csv has no column whom"),
        ({"file": "move.csv"}, "there is no file move.csv.*did you mean moves.csv"),
        ({"encoding": "utf-16"}, "moves.csv is declared utf-16"),
    ],
)
def test_what_is_wrong_with_the_file_is_told_by_check_and_by_reading(
    books: "Books", options: Mapping[str, Any], words: str
) -> None:
    adapter = opened(books, f"{HEADER}A,new,2026-01-01\n", **options)
    health = adapter.check()
    assert not health.ok
    with pytest.raises((ConfigError, Unavailable), match=words):
        pages(adapter)
    assert "deals.history: " in health.problems[0]


@pytest.mark.parametrize(
    ("deals", "options", "words"),
    [
        ({}, {"recrod": "deal"}, "recrod"),
        ({}, {"zone": "Asia/Shanghi"}, "did you mean Asia/Shanghai"),
        ({}, {"record": ["deal", "region"]}, "key has 1 columns and history.record 2"),
        ({"key": "*"}, {}, "history needs records with a key column"),
        ({}, {"header": ["deal", "stages", "time"]}, "did you mean stages"),
        ({}, {"encoding": "utf9"}, "there is no encoding utf9"),
    ],
)
def test_what_is_wrong_with_the_options_is_told_at_once(
    deals: Mapping[str, object], options: Mapping[str, object], words: str
) -> None:
    told_options = {"file": "deals.csv", "key": "id", **deals, "history": {**MOVES, **options}}
    with pytest.raises(ValueError, match=words):
        CsvOptions.model_validate({"objects": {"deals": told_options}})
