"""What a status and a shape say before anybody reads the body."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from crmbridge.http import Call, Fail, Headers, Reply, Retry, by_status
from crmbridge.http.verdict import retry_after_s

CALL = Call("GET", "https://www.example-crm.com/v1/deals?token=abc", safe=True)


def reply(status: int, body: bytes = b"", **headers: str) -> Reply:
    return Reply(status, headers={name.replace("_", "-"): value for name, value in headers.items()}, body=body)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 207, 304, 400, 401, 403, 404, 409, 412, 418])
def test_what_only_the_vendor_knows_is_left_to_its_judge(status: int) -> None:
    assert by_status(CALL, reply(status, b"{}", content_type="application/json")) is None


@pytest.mark.parametrize("status", [500, 502, 503, 504, 520, 599])
def test_a_server_in_trouble_is_asked_again(status: int) -> None:
    verdict = by_status(CALL, reply(status))
    assert isinstance(verdict, Retry)
    assert not verdict.throttled
    assert not verdict.undone


def test_429_and_503_with_a_time_are_pauses_for_everybody() -> None:
    assert by_status(CALL, reply(429)) == Retry("too many calls", throttled=True)
    assert by_status(CALL, reply(503, Retry_After="7")) == Retry("not available now", after=7.0, throttled=True)


def test_a_write_that_met_a_503_with_a_time_may_have_been_done() -> None:
    """A gateway says it of a server that may have taken the change before it went: reliability 2.2, in doubt."""
    call = replace(CALL, safe=False)
    assert by_status(call, reply(503, Retry_After="7")) == Retry("not available now", after=7.0)


@pytest.mark.parametrize(
    ("body", "media"),
    [(b"<html>", "application/json"), (b"  <!DOCTYPE html>", ""), (b"x", "text/html"), (b"", "application/xhtml+xml")],
)
def test_a_page_for_people_is_never_data(body: bytes, media: str) -> None:
    for status in (200, 403, 404):
        assert isinstance(by_status(CALL, reply(status, body, content_type=media)), Retry)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_tells_where_to_and_nothing_more(status: int) -> None:
    verdict = by_status(CALL, reply(status, location="https://evil.example/x?token=abc"))
    assert isinstance(verdict, Fail)
    assert "evil.example" in str(verdict.error)
    assert "abc" not in str(verdict.error)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7.0),
        (" 2.5 ", 2.5),
        ("0", 0.0),
        ("Wed, 21 Oct 2026 07:28:30 GMT", 30.0),
        ("Wed, 21 Oct 2026 07:27:30 GMT", 0.0),
        ("-5", None),
        ("1e9", None),
        ("soon", None),
        ("", None),
        ("NaN", None),
        ("٣", None),
        ("9" * 30, None),
    ],
)
def test_retry_after_is_read_by_the_vendors_own_clock(text: str, seconds: float | None) -> None:
    assert retry_after_s(reply(429, Retry_After=text, Date="Wed, 21 Oct 2026 07:28:00 GMT")) == seconds


def test_a_date_without_the_vendors_clock_says_nothing() -> None:
    assert retry_after_s(reply(429, Retry_After="Wed, 21 Oct 2026 07:28:30 GMT")) is None


def test_headers_are_found_in_any_case_and_the_server_time_is_aware() -> None:
    headers = Headers({"X-Left": "3", "DATE": "Wed, 21 Oct 2026 07:28:00 GMT"})
    assert headers["x-LEFT"] == "3"
    assert dict(headers) == {"x-left": "3", "date": "Wed, 21 Oct 2026 07:28:00 GMT"}
    assert Reply(200, headers=headers).server_time == datetime(2026, 10, 21, 7, 28, tzinfo=UTC)
    assert Reply(200, headers={"date": "yesterday"}).server_time is None
    assert "3" not in repr(Reply(200, headers=headers, body=b"secret"))
