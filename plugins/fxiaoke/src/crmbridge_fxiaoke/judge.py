"""What an answer of the gateway means, said in the door's words."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import urlsplit

from crmbridge.http import Call, Doubt, Exhausted, Fail, Ok, Renew, Reply, Retry, UnreadableBody, Verdict, by_status
from crmbridge.model.errors import AuthError, ConfigError, CrmBridgeError, ScopeError
from crmbridge_fxiaoke.errors import HINTS, TOO_FAST, Meaning, Refused, refusal_of

WINDOW_S = 20.0
"""How long a window of the rate is (dossier 5)."""
SHANGHAI = timezone(timedelta(hours=8))
"""Midnight there gives new calls; China has no summer time."""
AFTER_MIDNIGHT_S = 180.0
"""Nobody's clock is exact."""
_REDIRECTS = range(300, 400)
_UNAUTHORISED, _WRONG = 401, 400


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges the answers of one connection; `is_login` where they are those of a token endpoint."""

    connection: str
    cloud: str
    clock: Callable[[], datetime]
    is_login: bool = False

    def __call__(self, call: Call, reply: Reply) -> Verdict:
        """The verdict. What Fxiaoke says of one record's write is Refused, for the writer."""
        if reply.status in _REDIRECTS:
            return Fail(self._wrong_host(call))
        settled = by_status(call, reply)
        if settled is not None:
            return Retry("too many calls", after=_window(), throttled=True) if _is_throttle(settled) else settled
        try:
            return self._by_body(call, reply)
        except UnreadableBody as error:
            if reply.status == _UNAUTHORISED:
                return Renew("401")
            if not call.safe:
                return Doubt(f"an unreadable answer, status {reply.status}")
            return Retry(str(error)) if error.cut and not reply.is_framed else Fail(error)

    def _by_body(self, call: Call, reply: Reply) -> Verdict:
        path = path_of(call)
        refusal = refusal_of(reply.json(), path=path)
        if refusal is not None:
            return self.on(refusal, call, reply)
        return Ok() if reply.status < _WRONG else Fail(Refused(reply.status, "HTTP status", path=path))

    def on(self, refusal: Refused, call: Call, reply: Reply) -> Verdict:
        """What the door does about a refusal."""
        meaning = refusal.meaning
        if meaning is Meaning.THROTTLE or TOO_FAST in refusal.said:
            return Retry(refusal.said or "too many calls", after=_window(), throttled=True)
        if meaning is Meaning.SPENT:
            return Exhausted(refusal.said or "the day's calls are used up", after=self.until_midnight_s(reply))
        if meaning is Meaning.RENEW and not self.is_login:
            return Renew(refusal.said or str(refusal.number))
        if meaning is Meaning.BUSY:
            return self._busy(refusal, call)
        return Fail(self.error(refusal, is_read=call.safe))

    def error(self, refusal: Refused, *, is_read: bool) -> CrmBridgeError:
        """The error that says what a person has to do, or the refusal itself for whoever made the call."""
        meaning = refusal.meaning
        told = {
            "connection": self.connection,
            "cloud": self.cloud,
            "path": refusal.path,
            "number": refusal.number,
            "said": refusal.said or "-",
            "trace_id": refusal.trace_id or "-",
        }
        if meaning is Meaning.LOGIN or (self.is_login and meaning in {Meaning.REQUEST, Meaning.RENEW, None}):
            again = "crmbridge connect fxiaoke --name {connection} asks for the app and its codes again"
            text = "Fxiaoke refuses {connection}: {number} {said} (traceId {trace_id})"
            return AuthError(text, hint=HINTS.get(refusal.number, again), **told)
        if meaning is Meaning.SCOPE or (is_read and meaning is None and refusal.is_about_rights):
            right = "the acting employee needs the right in Fxiaoke: best is a CRM administrator"
            text = "Fxiaoke does not allow {path}: {number} {said} (traceId {trace_id})"
            return ScopeError(text, hint=HINTS.get(refusal.number, right), **told)
        return refusal

    def until_midnight_s(self, reply: Reply) -> float:
        """How long until the day's calls are there again, by Fxiaoke's clock where it told one."""
        now = (reply.server_time or self.clock().astimezone(UTC)).astimezone(SHANGHAI)
        midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        return (midnight - now).total_seconds() + AFTER_MIDNIGHT_S

    def _busy(self, refusal: Refused, call: Call) -> Verdict:
        """50009 is a timeout, or a record that is locked (dossier 6): of a write only its words tell which."""
        if call.safe:
            return Retry(f"{refusal.number} {refusal.said}")
        if is_business(refusal):
            return Fail(refusal)
        return Doubt(f"{refusal.number} {refusal.said}", refusal)

    def _wrong_host(self, call: Call) -> ConfigError:
        return ConfigError(
            "{host} is not the gateway of {connection}: it sends its callers on to a page",
            host=urlsplit(call.url).hostname or "?",
            connection=self.connection,
            hint="is cloud right, and this machine's address in the app's IP allow-list?",
        )


BUSINESS_WORDS = ("锁定", "审批", "审核", "权限", "不能进行", "不允许", "必填", "重复", "已作废", "不存在")
"""What a text of an ambiguous code says where the business refused, and nothing was done."""


def is_business(refusal: Refused) -> bool:
    """Whether an ambiguous code came with words of the business: then it was refused, and nothing was done."""
    return any(word in refusal.said for word in BUSINESS_WORDS)


def path_of(call: Call) -> str:
    """The path of a call, for messages: never its parameters."""
    return urlsplit(call.url).path


def _is_throttle(verdict: Verdict) -> bool:
    return isinstance(verdict, Retry) and verdict.throttled and verdict.after is None


def _window() -> float:
    """A whole window and a little, not the same for every worker."""
    return WINDOW_S + random.SystemRandom().uniform(0.5, 2.5)
