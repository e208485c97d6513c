"""Pages and cursors: what a second reading reads again, what it says about a changed file, and what it never claims."""

import json
import os
import threading
import time
import tracemalloc
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from crmbridge.adapter.contract import MAX_CURSOR_BYTES, PullRequest
from crmbridge.model.errors import ConfigError, Unavailable
from crmbridge_csv import files, pull

if TYPE_CHECKING:
    from plugins.csv.tests.conftest import Books


def rows(count: int, *, name: str = "n") -> str:
    return "id,name\n" + "".join(f"{number},{name}{number}\n" for number in range(count))


def test_pages_hold_so_many_records_and_only_the_last_is_the_last(books: "Books") -> None:
    books.put(rows(7))
    books.pull(books.open({"complete": True}, page_size=3))
    assert [len(page.records) for page in books.pages] == [3, 3, 1]
    assert [page.complete for page in books.pages] == [False, False, True]
    assert [page.whole for page in books.pages] == [False, False, True]


def test_a_full_last_page_is_the_last(books: "Books") -> None:
    books.put(rows(6))
    books.pull(books.open(page_size=3))
    assert [len(page.records) for page in books.pages] == [3, 3]


def test_problems_fill_pages_too(books: "Books") -> None:
    books.put("id,name\n" + "x\n" * 7)
    books.pull(books.open(page_size=3))
    assert [len(page.problems) for page in books.pages] == [3, 3, 1]


def test_an_unchanged_file_gives_one_empty_page_and_the_same_cursor(books: "Books") -> None:
    books.put(rows(5))
    adapter = books.open({"complete": True})
    books.pull(adapter)
    cursor = books.cursor
    assert books.pull(adapter, cursor=cursor) == []
    assert [(page.cursor, page.complete, page.whole) for page in books.pages] == [(cursor, False, False)]
    assert "UNCHANGED" in books.notices


def _age(path: Path) -> None:
    an_hour_ago = time.time_ns() - 3_600_000_000_000
    os.utime(path, ns=(an_hour_ago, an_hour_ago))


def test_an_unchanged_old_file_is_not_even_opened(books: "Books", monkeypatch: pytest.MonkeyPatch) -> None:
    _age(books.put(rows(5)))
    adapter = books.open()
    books.pull(adapter)
    monkeypatch.setattr(pull, "identify", None)
    assert books.pull(adapter, cursor=books.cursor) == []


def test_a_touched_file_is_unchanged(books: "Books") -> None:
    path = books.put(rows(5))
    adapter = books.open()
    books.pull(adapter)
    cursor = books.cursor
    _age(path)
    assert books.pull(adapter, cursor=cursor) == []
    assert books.cursor == cursor


def test_an_edit_that_leaves_size_and_time_as_they_were_is_seen(books: "Books") -> None:
    path = books.put(rows(5))
    adapter = books.open()
    books.pull(adapter)
    stood = path.stat()
    path.write_text(rows(5).replace("n3", "m3"))
    os.utime(path, ns=(stood.st_atime_ns, stood.st_mtime_ns))
    assert [record.payload["name"] for record in books.pull(adapter, cursor=books.cursor)][3] == "m3"


def test_a_changed_file_is_read_whole(books: "Books") -> None:
    books.put(rows(5))
    adapter = books.open()
    books.pull(adapter)
    books.put(rows(6))
    assert len(books.pull(adapter, cursor=books.cursor)) == 6
    assert books.pages[-1].whole


def test_other_options_read_the_file_again(books: "Books") -> None:
    books.put("id,name\n1,a\n")
    books.pull(books.open())
    assert [record.external_id for record in books.pull(books.open({"key": "name"}), cursor=books.cursor)] == ["a"]


def test_a_reading_goes_on_after_any_page_and_starts_again_when_the_file_changed(books: "Books") -> None:
    books.put(rows(7))
    adapter = books.open({"complete": True}, page_size=2)
    books.pull(adapter)
    for number, page in enumerate(list(books.pages[:-1]), start=1):
        rest = books.pull(adapter, cursor=page.cursor)
        assert [record.external_id for record in rest] == [str(at) for at in range(2 * number, 7)]
        assert not any(page.complete or page.whole for page in books.pages)
    cursor = books.pages[0].cursor
    books.put(rows(7, name="m"))
    assert len(books.pull(adapter, cursor=cursor)) == 7
    assert books.pages[-1].complete


def test_going_on_remembers_the_keys_of_the_pages_before(books: "Books") -> None:
    books.put(rows(4) + "0,n0\n1,other\n")
    adapter = books.open(page_size=2)
    books.pull(adapter)
    assert len(books.pages) == 3
    assert books.pull(adapter, cursor=books.pages[0].cursor)[-1].external_id == "3"
    assert [problem.code for problem in books.problems] == ["DUPLICATE_KEY"]


def test_a_cursor_of_another_kind_reads_everything(books: "Books") -> None:
    books.put(rows(3))
    adapter = books.open()
    books.pull(adapter)
    later = json.dumps({**json.loads(books.cursor), "v": 99})
    for foreign in ("", "zoho:12", "[]", "{}", "null", '{"v":1}', later):
        assert len(books.pull(adapter, cursor=foreign)) == 3


def test_lost_rows_are_told_and_never_taken_as_deleted(books: "Books") -> None:
    books.put(rows(5))
    adapter = books.open()
    books.pull(adapter)
    books.put(rows(3))
    records = books.pull(adapter, cursor=books.cursor)
    assert not any(record.deleted for record in records)
    assert books.notices["FILE_SHRANK"] == {"file": "deals.csv", "before": 5, "now": 3}
    assert not books.pages[-1].complete
    books.put(rows(2))
    books.pull(adapter, cursor=books.cursor)
    assert books.notices["FILE_SHRANK"]["before"] == 3


def test_a_file_emptied_by_mistake_is_told(books: "Books") -> None:
    books.put(rows(5))
    adapter = books.open({"complete": True})
    books.pull(adapter)
    books.put("")
    assert books.pull(adapter, cursor=books.cursor) == []
    assert {"FILE_SHRANK", "EMPTY_FILE", "NOT_COMPLETE"} <= set(books.notices)
    assert not books.pages[-1].complete
    books.put(rows(5))
    assert len(books.pull(adapter, cursor=books.cursor)) == 5
    assert "COLUMN_NEW" not in books.notices


def test_a_lost_column_is_told_and_the_payload_lacks_it(books: "Books") -> None:
    books.put("id,name,amount\n1,a,5\n")
    adapter = books.open()
    books.pull(adapter)
    books.put("id,name,stage\n1,a,won\n")
    (record,) = books.pull(adapter, cursor=books.cursor)
    assert record.payload == {"id": "1", "name": "a", "stage": "won"}
    assert books.notices["COLUMN_LOST"] == {"file": "deals.csv", "columns": "amount"}
    assert books.notices["COLUMN_NEW"] == {"file": "deals.csv", "columns": "stage"}
    books.put("id,name,stage\n1,a,lost\n")
    books.pull(adapter, cursor=books.cursor)
    assert not books.notices


def test_a_lost_column_that_is_named_in_the_options_stays_absent(books: "Books") -> None:
    options = {"key": "agent", "columns": ["manager"], "modified": "at"}
    adapter = books.open(options)
    books.put("agent,manager,at\nAnn,Mo,2024-01-01\n")
    books.pull(adapter)
    for agent in ("Ann", "Bo"):
        books.put(f"agent\n{agent}\n")
        (record,) = books.pull(adapter, cursor=books.cursor)
        assert (record.payload, record.modified) == ({"agent": agent}, None)
        assert books.notices["COLUMN_LOST"]["columns"] == "manager, at"
    with pytest.raises(ConfigError, match="no column manager"):
        books.pull(adapter)


def test_a_lost_joined_column_stays_absent(books: "Books") -> None:
    books.put("id\n1\n")
    books.put("id,origin\n1,web\n", "more.csv")
    adapter = books.open({"join": [{"file": "more.csv", "on": "id", "columns": ["origin"]}]})
    (before,) = books.pull(adapter)
    books.put("id\n1\n", "more.csv")
    (after,) = books.pull(adapter, cursor=books.cursor)
    assert (before.payload, after.payload) == ({"id": "1", "origin": "web"}, {"id": "1"})
    assert books.notices["COLUMN_LOST"]["columns"] == "origin"


def test_a_lost_key_column_is_an_error(books: "Books") -> None:
    books.put(rows(1))
    adapter = books.open()
    books.pull(adapter)
    books.put("ID,name\n1,a\n")
    with pytest.raises(ConfigError, match=r"no column id \(did you mean ID"):
        books.pull(adapter, cursor=books.cursor)


def test_a_cursor_stays_small_with_many_columns(books: "Books") -> None:
    columns = [f"一个很长的列名称{number}" for number in range(400)]
    books.put(",".join(["id", *columns]) + "\n" + ",".join(["1"] * 401) + "\n")
    adapter = books.open()
    books.pull(adapter)
    assert len(books.cursor.encode()) <= MAX_CURSOR_BYTES
    changed = [*columns[:-1], "新的"]
    books.put(",".join(["id", *changed]) + "\n" + ",".join(["1"] * 401) + "\n")
    books.pull(adapter, cursor=books.cursor)
    assert books.notices["COLUMN_NEW"]["columns"] == "新的"
    assert "COLUMN_LOST" in books.notices


def test_complete_is_not_claimed_over_rows_that_could_not_be_read(books: "Books") -> None:
    books.put(rows(3) + "x\n")
    books.pull(books.open({"complete": True}))
    assert not books.pages[-1].complete
    assert "NOT_COMPLETE" in books.notices


def test_a_file_written_while_it_is_read_is_unavailable(books: "Books") -> None:
    path = books.put(rows(6))
    pages = books.open(page_size=2).pull(PullRequest("deals"))
    first = next(pages)
    with path.open("a") as file:
        file.write("9,late\n")
    with pytest.raises(Unavailable, match="changed while it was read, try again"):
        list(pages)
    rest = books.pull(books.open(page_size=2), cursor=first.cursor)
    assert [record.external_id for record in rest] == ["0", "1", "2", "3", "4", "5", "9"]


def test_a_file_put_in_the_place_of_the_one_being_read_waits_for_the_next_reading(books: "Books") -> None:
    books.put(rows(6))
    adapter = books.open(page_size=2)
    pages = adapter.pull(PullRequest("deals"))
    read = [next(pages)]
    books.put(rows(7, name="m"))
    read += pages
    assert [record.payload["name"] for page in read for record in page.records] == [f"n{at}" for at in range(6)]
    assert [record.payload["name"] for record in books.pull(adapter, cursor=read[-1].cursor)][6] == "m6"


def test_a_file_changed_between_hashing_and_reading_is_unavailable(
    books: "Books", monkeypatch: pytest.MonkeyPatch
) -> None:
    books.put(rows(3))

    def identify(sources: list[files.Source]) -> files.Identity:
        found = files.identify(sources)
        books.put(rows(4))
        return found

    monkeypatch.setattr(pull, "identify", identify)
    with pytest.raises(Unavailable, match="changed while it was read"):
        books.pull(books.open())


def test_a_stop_is_heard_after_the_page(books: "Books") -> None:
    books.put(rows(9))
    stop = threading.Event()
    pages = books.open(page_size=2, stop=stop).pull(PullRequest("deals"))
    first = next(pages)
    stop.set()
    assert list(pages) == []
    assert len(books.pull(books.open(page_size=2), cursor=first.cursor)) == 7


def test_a_stop_is_heard_while_rows_are_passed_over(books: "Books", monkeypatch: pytest.MonkeyPatch) -> None:
    books.put(rows(20))
    books.pull(books.open(page_size=8))
    cursor = books.pages[0].cursor
    monkeypatch.setattr(pull, "MAX_SCANNED_ROWS", 2)
    stop = threading.Event()
    stop.set()
    assert books.pull(books.open(page_size=8, stop=stop), cursor=cursor) == []
    assert len(books.pull(books.open(page_size=8), cursor=books.cursor)) == 12


def test_many_rows_without_records_still_make_pages(books: "Books", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pull, "MAX_SCANNED_ROWS", 10)
    books.put("id,name\n" + "1,a\n" * 35)
    assert len(books.pull(books.open())) == 1
    assert len(books.pages) > 3


def test_a_dropped_reading_closes_its_file(books: "Books") -> None:
    books.put(rows(9))
    pages = books.open(page_size=2).pull(PullRequest("deals"))
    next(pages)
    opened = Path("/proc/self/fd")
    if not opened.exists():
        pytest.skip("this system does not tell which files are open")
    before = len(list(opened.iterdir()))
    assert isinstance(pages, Generator)
    pages.close()
    assert len(list(opened.iterdir())) == before - 1


def test_memory_stays_small_beside_the_file(books: "Books") -> None:
    books.put("id,name\n" + "".join(f"{number},{'x' * 500}\n" for number in range(40_000)))
    adapter = books.open()
    tracemalloc.start()
    for _ in adapter.pull(PullRequest("deals")):
        pass
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < 12 << 20
