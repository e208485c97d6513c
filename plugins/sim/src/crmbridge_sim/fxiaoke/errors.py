"""Refusals: HTTP 200 with an ``errorCode`` (dossier 6). The texts that were seen are kept to the letter."""

from __future__ import annotations

from typing import Any

# "320xxxxxx CRM business errors ... numeric list not in the public record" (dossier 6): this number is ours.
BUSINESS = 320_001_001
# Dossier 5: only its text is known, no code.
TOO_FAST = "读取速度过快"
LOCKED = "不能进行[编辑]操作，以下这些数据已被锁定。"
NO_RIGHT = "无此操作的数据权限"
# Dossier 1.8; the typos are real.
DEAD_TOKEN = "the cropId,cropAccessToken or authorization is error"  # noqa: S105  # a message
NO_TOKEN = "corpAccessToken为必填项，不能为空"  # noqa: S105  # a message


class Refusal(Exception):
    """One call is refused; ``bare`` ones come without a traceId, as seen (dossier 1.8)."""

    def __init__(
        self, code: int, message: str, description: str = "", *, bare: bool = False, oauth: bool = False
    ) -> None:
        super().__init__(f"{code} {message}")
        self.code, self.message, self.description, self.bare, self.oauth = code, message, description, bare, oauth

    def body(self, trace_id: str) -> dict[str, Any]:
        """The reply's JSON."""
        told: dict[str, Any] = {} if self.bare else {"traceId": trace_id}
        told |= {"errorMessage": self.message, "errorCode": self.code}
        if self.description:
            told["errorDescription"] = self.description
        if self.oauth:  # dossier 1.8: the OAuth endpoint adds two keys; what they hold is not told
            told |= {"error": str(self.code), "error_description": self.message}
        return told


def illegal(name: str) -> Refusal:
    """10006, the generic one (dossier 1.8, 6)."""
    return Refusal(10006, f"the parameter {name} is missing or illegal", "缺少参数或参数不合法")


def wrong(text: str) -> Refusal:
    """32000, a parameter error that names what is wrong (dossier 9)."""
    return Refusal(32000, "parameter error", text)


def business(text: str) -> Refusal:
    """A business refusal that only its text tells (dossier 6)."""
    return Refusal(BUSINESS, text, text)


def locked() -> Refusal:
    """A locked record (dossier 3.5: S16): the code of a service exception."""
    return Refusal(50009, LOCKED, LOCKED)


def gone() -> Refusal:
    """An id that is unknown or invisible; the text is ours."""
    return business("数据不存在或已被删除")
