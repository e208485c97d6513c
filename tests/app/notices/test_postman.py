"""What a channel's answer means: taken, not arrived, or nobody knows; by HTTP and by mail."""

import pytest
from tests.app.notices.hub import Hub, Way
from tests.app.notices.mailbox import receiving

from crmbridge.http.secret import Secret
from crmbridge.report.notices.message import Message, Taken
from crmbridge.report.notices.postman import Postman

HELLO = Message("Hello", "there")


def taken(*urls: str) -> list[Taken]:
    with Postman() as postman:
        return [postman.carry(Secret(url), HELLO) for url in urls]


def test_answers_of_http(hub: Hub) -> None:
    ways: dict[str, tuple[Way, Taken]] = {
        "ok": ((200, b"{}"), Taken("delivered")),
        "accepted": ((202, b"no JSON"), Taken("delivered")),
        "wecom": ((200, b'{"errcode":93000,"errmsg":"invalid webhook url"}'), Taken("denied", "errcode 93000")),
        "dingtalk": ((200, b'{"errmsg":"token is not exist","errcode":300005}'), Taken("denied", "errcode 300005")),
        "feishu": ((200, b'{"code":9499,"msg":"Bad Request","data":{}}'), Taken("denied", "code 9499")),
        "well": ((200, b'{"errcode":0,"errmsg":"ok"}'), Taken("delivered")),
        "key": ((401, b""), Taken("denied", "HTTP 401")),
        "gone": ((410, b""), Taken("denied", "HTTP 410")),
        "busy": ((429, b""), Taken("away", "HTTP 429")),
        "long": ((413, b""), Taken("refused", "HTTP 413")),
        "broken": ((502, b""), Taken("unknown", "HTTP 502")),
        "garbage": ("garbage", Taken("unknown", "ConnectionError")),
    }
    hub.ways |= {name: way for name, (way, _) in ways.items()}
    assert dict(zip(ways, taken(*(hub.url(name) for name in ways)), strict=True)) == {
        name: wanted for name, (_, wanted) in ways.items()
    }
    assert len(hub.got) == len(ways)


def test_who_is_not_there_got_nothing() -> None:
    assert taken(
        "json://127.0.0.1:1/x",
        "nonsense://x",
        "nothing",
        "mailto://127.0.0.1:1?from=a@b.example&to=c@d.example&smtp=127.0.0.1",
    ) == [
        Taken("away", "ConnectionError"),
        Taken("invalid"),
        Taken("invalid"),
        Taken("away"),
    ]


@pytest.mark.parametrize(
    ("answers", "wanted", "count"),
    [
        ({}, Taken("delivered"), 1),
        ({"QUIT": ""}, Taken("delivered"), 1),
        ({"RCPT": "550 no such user"}, Taken("refused", "SMTP 550"), 0),
        ({"DATA": "451 later"}, Taken("refused", "SMTP 451"), 0),
        ({".": "554 spam"}, Taken("refused", "SMTP 554"), 1),
        ({".": ""}, Taken("unknown"), 1),
    ],
)
def test_answers_of_a_mail_server(answers: dict[str, str], wanted: Taken, count: int) -> None:
    with receiving() as box:
        box.answers = answers
        assert taken(box.url) == [wanted]
    assert len(box.mails) == count


def test_a_process_that_dies_leaves_a_doubt_and_the_next_one_works(hub: Hub) -> None:
    with Postman() as postman:
        assert postman.carry(Secret(hub.url("a")), HELLO).code == "delivered"
        assert postman._process is not None
        postman._process.kill()
        postman._process.wait()
        assert postman.carry(Secret(hub.url("a")), HELLO).code == "unknown"
        assert postman.carry(Secret(hub.url("a")), HELLO).code == "delivered"
    assert len(hub.titles("a")) == 2
