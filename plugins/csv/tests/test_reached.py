"""A pull that goes on in another process: the pages after any one of them are those that would have come."""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

import pytest

from crmbridge.adapter.contract import Page, PullRequest
from crmbridge.model.errors import Unavailable
from crmbridge_csv import pull

if TYPE_CHECKING:
    from plugins.csv.tests.conftest import Books

ODD = (
    'id,name,owner\n1,"two\nlines",a\n2,short\n,nobody,b\n\n3,x,c\n3,x,c\n3,other,c\n3,other,c\n'
    "id,name,owner\nTotal,9,\n4,bad \udcff byte,a\n5,y,b\n6,z,zz\n7,\0,a\n8,u,a\n9,v,a\n"
).encode("utf-8", "surrogateescape")
JOINED = b"who,team\na,red\nb,blue\nb,green\nragged\n"
OPTIONS: Mapping[str, Mapping[str, object]] = {
    "complete": {"complete": True},
    "plain": {},
    "each": {"duplicates": "each"},
    "totals": {"total": "Total"},
    "joined": {"join": [{"file": "teams.csv", "on": {"left": "owner", "right": "who"}, "columns": ["team"]}]},
    "distinct": {"key": "owner", "columns": ["owner"], "complete": True},
}


def put(books: "Books", text: str | bytes, name: str = "deals.csv") -> None:
    """A file that nobody has touched for years: of a young one each look tells its age."""
    os.utime(books.put(text, name), ns=(0, 0))


def asked(books: "Books", options: Mapping[str, object], size: int, **request: str | None) -> list[Page]:
    return list(books.open(options, page_size=size).pull(PullRequest("deals", **request)))  # type: ignore[arg-type] # texts


@pytest.mark.parametrize("size", [1, 2, 3, 50])
@pytest.mark.parametrize("name", OPTIONS)
def test_pages_after_any_page_are_those_that_would_have_come(books: "Books", name: str, size: int) -> None:
    options = OPTIONS[name]
    put(books, JOINED, "teams.csv")
    put(books, "id,name,owner,gone\n" + "".join(f"{n},n,o{n},g\n" for n in range(30)))
    before = asked(books, options, size)[-1].cursor
    put(books, ODD)
    pages = asked(books, options, size, cursor=before)
    for cursor in (None, before, pages[0].cursor):
        every = asked(books, options, size, cursor=cursor)
        assert len(every) == 1 or size < 50
        for at, page in enumerate(every):
            assert asked(books, options, size, cursor=cursor, reached=page.cursor) == every[at + 1 :], (cursor, at)


def test_pages_that_end_after_many_rows_without_a_record_end_there_again(
    books: "Books", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pull, "MAX_SCANNED_ROWS", 7)
    put(books, "id,name\n" + "1,same\n" * 40 + "".join(f"{n},x\n" for n in range(2, 9)) + "1,same\n" * 30)
    every = asked(books, {}, 2)
    assert len(every) > 10
    for at, page in enumerate(every):
        assert asked(books, {}, 2, reached=page.cursor) == every[at + 1 :]


def test_a_file_that_changed_meanwhile_is_not_gone_on_with(books: "Books") -> None:
    put(books, "id,name\n1,a\n2,b\n3,c\n")
    first = asked(books, {}, 1)[0]
    put(books, "id,name\n1,a\n2,B\n3,c\n")
    with pytest.raises(Unavailable, match=r"deals\.csv changed while it was read"):
        asked(books, {}, 1, reached=first.cursor)


def test_a_listing_that_was_read_in_two_parts_is_complete_and_whole(books: "Books") -> None:
    put(books, "id,name\n1,a\n2,b\n3,c\n")
    first = asked(books, {"complete": True}, 1)[0]
    last = asked(books, {"complete": True}, 1, reached=first.cursor)[-1]
    assert (last.complete, last.whole) == (True, True)
