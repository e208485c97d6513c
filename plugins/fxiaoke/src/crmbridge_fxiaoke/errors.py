"""What Fxiaoke's answers mean: every code that is known, in one table (dossier 6).

An answer is HTTP 200 almost always; `errorCode` 0 alone is success. A code that is not in the table is fatal for the
record or the call that got it, with everything that Fxiaoke said, and never success.
"""

from collections.abc import Mapping
from enum import StrEnum

from crmbridge.http import redact
from crmbridge.model.errors import ContractError


class Meaning(StrEnum):
    """What the one who called has to do about a code."""

    SUCCESS = "success"
    """It was done."""
    BUSY = "busy"
    """Fxiaoke is busy, or failed: a read is tried again, a write may or may not have happened."""
    THROTTLE = "throttle"
    """Too many calls: nothing was done, wait for the window to pass."""
    SPENT = "spent"
    """The day's calls are used up: nothing goes before midnight in Shanghai."""
    RENEW = "renew"
    """The token is refused: fetch one, once."""
    LOGIN = "login"
    """The app, its secret, its company or the acting employee is refused: everything stops, a person must act."""
    SCOPE = "scope"
    """The app or the employee lacks a right: somebody must give it in Fxiaoke."""
    GONE = "gone"
    """The department or employee that was asked for is not there."""
    REQUEST = "request"
    """The call itself is wrong: the adapter, the mapping or the configuration must change."""


_REQUESTS = (*range(10001, 10016), *range(11001, 11019), *range(12002, 12006), 15002, 20010, 32000, 40010)

TABLE: Mapping[int, Meaning] = {
    0: Meaning.SUCCESS,
    -1: Meaning.BUSY,
    -2: Meaning.BUSY,
    50009: Meaning.BUSY,
    **dict.fromkeys(_REQUESTS, Meaning.REQUEST),
    14001: Meaning.THROTTLE,
    30004: Meaning.THROTTLE,
    30002: Meaning.SPENT,
    20005: Meaning.RENEW,
    20016: Meaning.RENEW,
    20006: Meaning.LOGIN,
    20012: Meaning.LOGIN,
    20015: Meaning.LOGIN,
    20017: Meaning.LOGIN,
    20020: Meaning.LOGIN,
    20021: Meaning.LOGIN,
    20022: Meaning.LOGIN,
    30003: Meaning.LOGIN,
    15003: Meaning.SCOPE,
    20014: Meaning.SCOPE,
    20023: Meaning.SCOPE,
    30007: Meaning.GONE,
    30027: Meaning.GONE,
}
"""Every documented code of a business call. On the token endpoints every REQUEST is a LOGIN: see `auth`."""

HINTS: Mapping[int, str] = {
    20006: "the appId or appSecret is wrong: crmbridge connect fxiaoke --name {connection} asks for them again",
    20012: "the employee that the app acts for is not there any more: name another one in the credentials",
    20015: "the permanentCode is wrong: crmbridge connect fxiaoke --name {connection} asks for it again",
    20016: "is the app still there, and this machine's address in its IP allow-list?",
    20017: "the company of the token is not known to Fxiaoke: is cloud = {cloud} right?",
    20020: "the app has no right for this company, or this machine's address is not in its IP allow-list",
    20021: "the app is disabled: switch it on in 管理后台",
    20022: "the company has not authorised the app: do it in 管理后台",
    30003: "the company has bought no OpenAPI call packs: buy one from Fxiaoke",
    15003: "the app may not call this interface: see CRM 接口查询权限设置 in 管理后台",
    20014: "give the app the right for employee data in 管理后台",
    20023: "give the app the right for the department in 管理后台",
}
"""What a person does about a code."""

TOO_FAST = "读取速度过快"
"""The one throttle that only a text tells (dossier 5)."""
_NO_RIGHT = ("没有权限", "数据权限", "无权限", "功能权限")


class Refused(ContractError):
    """Fxiaoke refused a call, and sending it again will not help. `number` is its errorCode, `said` its words."""

    def __init__(self, number: int, said: str, *, trace_id: str = "", path: str = "") -> None:
        said = redact.redact(said)
        text = "Fxiaoke refused {path}: {number} {said}"
        super().__init__(
            text + " (traceId {trace_id})" if trace_id else text,
            path=path,
            number=number,
            said=said or "-",
            trace_id=trace_id,
        )
        self.number = number
        self.said = said
        self.trace_id = trace_id
        self.path = path

    @property
    def meaning(self) -> Meaning | None:
        """What to do about it; None for a code that nobody knows, which is fatal and never success."""
        return TABLE.get(self.number)

    @property
    def is_about_rights(self) -> bool:
        """Whether its words say that the acting employee has no right."""
        return any(word in self.said for word in _NO_RIGHT) or ("没有" in self.said and "权限" in self.said)


def refusal_of(body: object, *, path: str) -> Refused | None:
    """The refusal that an answer is, or None where it is none; ContractError for an answer without an errorCode."""
    if not isinstance(body, Mapping) or "errorCode" not in body:
        raise ContractError("Fxiaoke's answer to {path} has no errorCode", path=path)
    number = number_of(body["errorCode"])
    if number is None:
        raise ContractError("Fxiaoke's answer to {path} has an errorCode that is no number", path=path)
    if number == 0:
        return None
    trace = body.get("traceId")
    return Refused(number, said_in(body), trace_id=trace if isinstance(trace, str) else "", path=path)


def number_of(told: object) -> int | None:
    """An errorCode as a number: it may come as a text of digits."""
    if isinstance(told, str):
        try:
            return int(told)
        except ValueError:
            return None
    return told if isinstance(told, int) and not isinstance(told, bool) else None


def said_in(body: Mapping[str, object]) -> str:
    """Everything that an answer says in words, once."""
    told = [body.get("errorMessage"), body.get("errorDescription")]
    return " | ".join(dict.fromkeys(text.strip() for text in told if isinstance(text, str) and text.strip()))
