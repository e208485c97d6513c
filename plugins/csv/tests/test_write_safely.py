"""Writing when something goes wrong: other writers, crashes, full disks, people editing meanwhile."""

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pydantic import JsonValue

from crmbridge.adapter.contract import Applied, Change, Outcome, Unknown
from crmbridge.model.errors import Unavailable
from crmbridge_csv import survey, write
from crmbridge_csv.adapter import CsvAdapter
from crmbridge_csv.lock import locked

if TYPE_CHECKING:
    from plugins.csv.tests.conftest import Books

WRITABLE = {"writable": True}


def change(external_id: str, **fields: JsonValue) -> Change:
    return Change(f"key-{external_id}", "deals", external_id, fields)


def push(adapter: CsvAdapter, *changes: Change) -> list[Outcome]:
    return list(adapter.push(changes))


def test_a_failure_in_a_later_file_is_unknown_and_the_earlier_stays_written(books: "Books") -> None:
    path = books.put("id,name\n1,a\n")
    objects = {name: {"file": f"{name}.csv", "key": "id", "writable": True} for name in ("deals", "people")}
    adapter = books.open(objects=objects, read_only=False)
    outcomes = push(adapter, change("1", name="b"), Change("k", "people", "1", {"name": "b"}))
    assert [type(outcome) for outcome in outcomes] == [Applied, Unknown]
    assert path.read_bytes() == b"id,name\n1,b\n"
    with pytest.raises(Unavailable, match=r"no file people\.csv"):
        push(adapter, Change("k", "people", "1", {"name": "b"}), change("1", name="c"))


def test_a_second_writer_waits_outside(books: "Books") -> None:
    path = books.put("id,name\n1,a\n")
    adapter = books.open(WRITABLE, read_only=False)
    with locked(path), pytest.raises(Unavailable, match="written by somebody else") as failure:
        push(adapter, change("1", name="b"))
    assert failure.value.after
    assert path.read_bytes() == b"id,name\n1,a\n"
    assert isinstance(push(adapter, change("1", name="b"))[0], Applied)


def test_writers_side_by_side_lose_no_update(books: "Books") -> None:
    path = books.put("id,name\n" + "".join(f"{number},a\n" for number in range(8)))

    def write_one(number: int) -> None:
        adapter = books.open(WRITABLE, read_only=False)
        while True:
            try:
                push(adapter, change(str(number), name="b"))
            except Unavailable:
                continue
            return

    threads = [threading.Thread(target=write_one, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert path.read_text().count(",b\n") == 8
    assert sorted(entry.name for entry in books.folder.iterdir()) == ["deals.csv"]


def test_the_lock_of_a_killed_writer_holds_nobody_up(books: "Books") -> None:
    path = books.put("id,name\n1,a\n")
    killed = (
        "import os, pathlib; from crmbridge_csv.lock import locked\n"
        f"with locked(pathlib.Path({str(path)!r})): os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", killed], check=False)
    assert path.with_name(".deals.csv.lock").exists()
    assert isinstance(push(books.open(WRITABLE, read_only=False), change("1", name="b"))[0], Applied)


@pytest.mark.parametrize("point", ["fsync", "copymode", "replace"])
def test_a_crash_leaves_the_old_file_or_the_new_one(books: "Books", point: str) -> None:
    path = books.put("id,name\n1,a\n2,b\n")
    body = (
        "import os, pathlib, shutil, sys; sys.path.insert(0, '.')\n"
        "from crmbridge.adapter.context import AdapterContext; from crmbridge.adapter.contract import Change\n"
        "from crmbridge_csv.adapter import open_csv; from crmbridge_csv.config import CsvOptions\n"
        "die = lambda *a, **k: os._exit(9)\n"
        f"owner = dict(fsync=os, copymode=shutil, replace=pathlib.Path)[{point!r}]\n"
        f"setattr(owner, {point!r}, die)\n"
        "options = {'path': '.', 'objects': {'deals': {'file': 'deals.csv', 'key': 'id', 'writable': True}}}\n"
        "config = CsvOptions.model_validate(options)\n"
        f"context = AdapterContext('books', config, pathlib.Path({str(books.folder)!r}), read_only=False)\n"
        "open_csv(context).push([Change('k', 'deals', '1', {'name': 'z'})])"
    )
    done = subprocess.run([sys.executable, "-c", body], check=False, capture_output=True, text=True)
    assert done.returncode == 9, done.stderr
    assert path.read_bytes() == b"id,name\n1,a\n2,b\n"
    adapter = books.open(WRITABLE, read_only=False)
    assert isinstance(push(adapter, change("1", name="z"))[0], Applied)
    assert path.read_bytes() == b"id,name\n1,z\n2,b\n"


def test_a_disk_that_takes_no_more_leaves_the_old_file(books: "Books", monkeypatch: pytest.MonkeyPatch) -> None:
    path = books.put("id,name\n1,a\n")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Unavailable, match="No space left"):
        push(books.open(WRITABLE, read_only=False), change("1", name="b"))
    assert path.read_bytes() == b"id,name\n1,a\n"
    assert sorted(entry.name for entry in books.folder.iterdir()) == ["deals.csv"]


def test_an_edit_between_looking_and_writing_is_not_lost(books: "Books", monkeypatch: pytest.MonkeyPatch) -> None:
    path = books.put("id,name\n1,a\n2,b\n")

    def slow(*arguments: object) -> object:
        found = survey.survey(*arguments)  # type: ignore[arg-type]
        books.put("id,name\n1,a\n2,by a person\n")
        return found

    monkeypatch.setattr(write, "survey", slow)
    with pytest.raises(Unavailable, match="changed while it was read"):
        push(books.open(WRITABLE, read_only=False), change("1", name="z"))
    assert path.read_bytes() == b"id,name\n1,a\n2,by a person\n"


def test_permissions_and_links_stay(books: "Books", tmp_path: Path) -> None:
    target = tmp_path / "elsewhere.csv"
    target.write_text("id,name\n1,a\n")
    target.chmod(0o640)
    link = books.folder / "deals.csv"
    link.symlink_to(target)
    push(books.open(WRITABLE, read_only=False), change("1", name="b"))
    assert link.is_symlink()
    assert target.read_text() == "id,name\n1,b\n"
    assert target.stat().st_mode & 0o777 == 0o640


def test_our_own_writing_is_read_again_like_any_other_change(books: "Books") -> None:
    books.put("id,name\n1,a\n")
    adapter = books.open(WRITABLE, read_only=False)
    books.pull(adapter)
    (outcome,) = push(adapter, change("1", name="b"))
    (record,) = books.pull(adapter, cursor=books.cursor)
    assert isinstance(outcome, Applied)
    assert (record.payload["name"], record.revision) == ("b", outcome.revision)
