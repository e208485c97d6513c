"""Deletions: all that Zoho tells, and a word about what it does not."""

from datetime import datetime, timedelta
from pathlib import Path

import httpx
from plugins.zoho.tests.fake import NOW, FakeZoho, answer, moment, refused

from crmbridge.adapter.contract import Page, PullRequest
from crmbridge_zoho.cursor import Cursor

PATH = "GET /crm/v8/Deals/deleted"


def gone(number: int, second: int) -> dict[str, object]:
    return {"id": f"77{number:06d}", "type": "recycle", "display_name": None, "deleted_time": moment(second)}


class Bin:
    """The list of deletions, ascending or newest first, in pages, with a cap."""

    def __init__(
        self, zoho: FakeZoho, rows: list[dict[str, object]], *, cap: int = 10**6, newest: bool = False
    ) -> None:
        self.rows, self.cap, self.newest = rows, cap, newest
        self.asked: list[httpx.Request] = []
        zoho.routes[PATH] = self.listed

    def listed(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        size, page = int(request.url.params["per_page"]), int(request.url.params["page"])
        since = request.headers.get("If-Modified-Since")
        rows = sorted(self.rows, key=lambda row: str(row["deleted_time"]), reverse=self.newest)
        if since:
            floor = datetime.fromisoformat(since)
            rows = [row for row in rows if datetime.fromisoformat(str(row["deleted_time"])) >= floor]
        if (page - 1) * size >= self.cap:
            return refused("DISCRETE_PAGINATION_LIMIT_EXCEEDED", details={"limit": self.cap})
        part = rows[(page - 1) * size : page * size]
        if not part:
            return answer(None, 304 if since else 204)
        return answer({"data": part, "info": {"more_records": len(rows) > page * size}})


def listed(zoho: FakeZoho, tmp_path: Path, cursor: str | None = None, size: int = 4) -> list[Page]:
    return list(zoho.open(tmp_path, page_size=size).list_deleted(PullRequest("Deals", cursor)))


def ids(pages: list[Page]) -> set[str]:
    return {record.external_id for page in pages for record in page.records}


def codes(pages: list[Page]) -> list[str]:
    return [notice.code for page in pages for notice in page.notices]


def test_every_deletion_comes_as_a_tombstone_with_its_time(zoho: FakeZoho, tmp_path: Path) -> None:
    Bin(zoho, [gone(n, n) for n in range(11)])
    pages = listed(zoho, tmp_path)
    assert len(ids(pages)) == 11
    for page in pages:
        assert not page.complete
        for record in page.records:
            assert (record.deleted, dict(record.payload)) == (True, {})
            assert record.modified is not None
    assert codes(pages) == []


def test_the_next_look_begins_where_the_last_one_did_with_an_overlap(zoho: FakeZoho, tmp_path: Path) -> None:
    bin_ = Bin(zoho, [gone(1, 1)])
    cursor = listed(zoho, tmp_path)[-1].cursor
    listed(zoho, tmp_path, cursor)
    since = datetime.fromisoformat(bin_.asked[-1].headers["If-Modified-Since"])
    assert since == NOW - timedelta(minutes=10)
    assert bin_.asked[-1].url.params["type"] == "all"


def test_a_look_after_too_long_says_that_some_deletions_are_forgotten(zoho: FakeZoho, tmp_path: Path) -> None:
    Bin(zoho, [gone(1, 1)])
    old = Cursor(NOW - timedelta(days=61)).text()
    assert codes(listed(zoho, tmp_path, old)) == ["deleted.forgotten"]
    assert codes(listed(zoho, tmp_path, Cursor(NOW - timedelta(days=59)).text())) == []


def test_a_cap_is_passed_by_time_where_the_list_ascends(zoho: FakeZoho, tmp_path: Path) -> None:
    Bin(zoho, [gone(n, n) for n in range(50)], cap=12)
    pages = listed(zoho, tmp_path)
    assert len(ids(pages)) == 50
    assert codes(pages) == []


def test_a_cap_that_cannot_be_passed_is_told(zoho: FakeZoho, tmp_path: Path) -> None:
    Bin(zoho, [gone(n, n) for n in range(50)], cap=12, newest=True)
    pages = listed(zoho, tmp_path)
    assert len(ids(pages)) == 12
    assert codes(pages) == ["deleted.capped"]


def test_the_list_goes_on_from_every_page(zoho: FakeZoho, tmp_path: Path) -> None:
    Bin(zoho, [gone(n, n) for n in range(11)])
    pages = listed(zoho, tmp_path)
    for number, page in enumerate(pages):
        rest = listed(zoho, tmp_path, page.cursor)
        if page is not pages[-1]:
            assert ids(pages[: number + 1]) | ids(rest) == ids(pages)


def test_nothing_deleted_still_gives_a_cursor(zoho: FakeZoho, tmp_path: Path) -> None:
    Bin(zoho, [])
    pages = listed(zoho, tmp_path)
    assert len(pages) == 1
    assert ids(pages) == set()
    assert ids(listed(zoho, tmp_path, pages[0].cursor)) == set()
