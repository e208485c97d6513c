"""Every documented code has one meaning, an unknown one stops the record with everything that Fxiaoke said."""

from datetime import UTC, datetime

import pytest
from plugins.fxiaoke.tests.simulated import URL

from crmbridge.http import Call, Doubt, Exhausted, Fail, Ok, Renew, Reply, Retry, Verdict
from crmbridge.http.strict import encode
from crmbridge.model.errors import AuthError, ConfigError, ContractError, ScopeError
from crmbridge_fxiaoke.errors import HINTS, TABLE, Meaning, Refused
from crmbridge_fxiaoke.judge import Judge

PATH = "/cgi/crm/v2/data/query"
DOCUMENTED = (
    *(0, -1, -2),
    *range(10001, 10011),
    *range(10012, 10016),
    *range(11001, 11012),
    *range(11013, 11019),
    *range(12002, 12006),
    *(14001, 15002, 15003),
    *(20005, 20006, 20010, 20012, 20014, 20015, 20016, 20017, 20020, 20021, 20022, 20023),
    *(30002, 30003, 30004, 30007, 30027, 32000, 40010, 50009),
)
"""The codes of the notes, section 6."""


def verdict(
    code: object, message: str = "no", *, safe: bool = True, login: bool = False, status: int = 200, **more: object
) -> Verdict:
    judge = Judge("acme", "fxiaoke", lambda: datetime(2026, 6, 1, 12, tzinfo=UTC), is_login=login)
    body = {"errorCode": code, "errorMessage": message, "traceId": "E-O.x", **more}
    reply = Reply(status, headers={"content-type": "application/json"}, body=encode(body))
    return judge(Call("POST", URL + PATH, safe=safe, json={}), reply)


def test_every_documented_code_is_in_the_table() -> None:
    assert set(DOCUMENTED) <= set(TABLE)
    assert set(HINTS) <= set(TABLE)


@pytest.mark.parametrize("code", DOCUMENTED)
def test_a_code_is_never_taken_for_success(code: int) -> None:
    for safe in (True, False):
        assert isinstance(verdict(code, safe=safe), Ok) == (code == 0)


@pytest.mark.parametrize(
    ("meaning", "kind"),
    [
        (Meaning.THROTTLE, Retry),
        (Meaning.SPENT, Exhausted),
        (Meaning.RENEW, Renew),
        (Meaning.LOGIN, AuthError),
        (Meaning.SCOPE, ScopeError),
        (Meaning.GONE, Refused),
        (Meaning.REQUEST, Refused),
    ],
)
def test_a_meaning_has_one_consequence(meaning: Meaning, kind: type) -> None:
    for code in [code for code, found in TABLE.items() if found is meaning]:
        for safe in (True, False):
            found = verdict(code, safe=safe)
            assert isinstance(found.error if isinstance(found, Fail) else found, kind), code
            if isinstance(found, Fail):
                text = str(found.error)
                assert str(code) in text
                assert "{" not in text


def test_a_code_that_nobody_knows_keeps_all_that_was_said() -> None:
    found = verdict(320_999_999, "Validierung", errorDescription="验证失败")
    assert isinstance(found, Fail)
    assert isinstance(found.error, Refused)
    error = found.error
    assert (error.number, error.said, error.trace_id, error.path) == (
        320_999_999,
        "Validierung | 验证失败",
        "E-O.x",
        PATH,
    )
    assert all(word in str(error) for word in ("320999999", "验证失败", "E-O.x", PATH))


def test_trouble_is_tried_again_by_a_read_and_leaves_a_write_in_doubt() -> None:
    for code in (-1, -2, 50009):
        assert isinstance(verdict(code, "系统繁忙"), Retry)
        assert isinstance(verdict(code, "系统繁忙", safe=False), Doubt)


def test_a_lock_under_the_code_of_a_timeout_is_a_refusal() -> None:
    found = verdict(50009, "不能进行[编辑]操作，以下这些数据已被锁定。", safe=False)
    assert isinstance(found, Fail)
    assert isinstance(found.error, Refused)


@pytest.mark.parametrize("code", [14001, 30004, 50009, 320_000_001])
def test_too_fast_is_told_by_its_text_too(code: int) -> None:
    found = verdict(code, "读取速度过快", safe=False)
    assert isinstance(found, Retry)
    assert found.throttled
    assert found.after is not None
    assert 20 < found.after < 23


def test_no_right_is_a_missing_scope_for_a_read_and_a_refusal_for_a_record() -> None:
    for said in ("没有联系人的查看权限", "无此操作的数据权限"):
        read, write = verdict(320_001_001, said), verdict(320_001_001, said, safe=False)
        assert isinstance(read, Fail)
        assert isinstance(read.error, ScopeError)
        assert isinstance(write, Fail)
        assert isinstance(write.error, Refused)


def test_at_the_token_endpoint_every_refusal_is_one_of_the_login() -> None:
    for code in (10006, 10012, 11002, 11013, 20006, 20015, 20016, 999):
        found = verdict(code, login=True)
        assert isinstance(found, Fail)
        assert type(found.error) is AuthError


def test_midnight_is_that_of_shanghai() -> None:
    found = verdict(30002)
    assert isinstance(found, Exhausted)
    assert found.after == 4 * 3600 + 180  # it is 20:00 there


def test_codes_come_as_texts_too_and_nonsense_is_none() -> None:
    assert isinstance(verdict("0"), Ok)
    assert isinstance(verdict("20016"), Renew)
    odd: tuple[object, ...] = ("x", None, [], True)
    for nonsense in odd:
        with pytest.raises(ContractError):
            verdict(nonsense)


@pytest.mark.parametrize("status", [301, 302])
def test_a_redirect_is_the_wrong_host(status: int) -> None:
    found = verdict(0, status=status)
    assert isinstance(found, Fail)
    assert isinstance(found.error, ConfigError)


def test_a_status_without_a_code_is_no_success() -> None:
    for status in (400, 403, 404):
        found = verdict(0, status=status)
        assert isinstance(found, Fail)
        assert isinstance(found.error, Refused)
    assert isinstance(verdict(0, status=429), Retry)
    assert isinstance(verdict(0, status=500), Retry)


def test_what_is_no_json() -> None:
    judge = Judge("acme", "fxiaoke", lambda: datetime(2026, 6, 1, 12, tzinfo=UTC))

    def on(body: bytes, *, safe: bool = True, status: int = 200, is_framed: bool = True) -> Verdict:
        reply = Reply(status, headers={}, body=body, is_framed=is_framed)
        return judge(Call("POST", URL + PATH, safe=safe, json={}), reply)

    assert isinstance(on(b"nonsense"), Fail)
    assert isinstance(on(b'{"errorCode":0'), Fail)
    assert isinstance(on(b'{"errorCode":0', is_framed=False), Retry)
    assert isinstance(on(b"nonsense", safe=False), Doubt)
    assert isinstance(on(b"nonsense", status=401), Renew)
    assert isinstance(on(b"<html>"), Retry)
