"""What an answer of the API means, said in the door's words."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from crmbridge.http import Call, Doubt, Exhausted, Fail, Ok, Renew, Reply, Retry, UnreadableBody, Verdict, by_status
from crmbridge.model.errors import CrmBridgeError, ScopeError
from crmbridge_zoho.errors import WHOLE_CALL, Meaning, Refusal, Refused, refusal_in, refusal_of
from crmbridge_zoho.scopes import scope_for

CREDITS_HEADER = "x-api-credits-remaining"
"""Sent once half of the day's credits are used (dossier 5.3)."""
_FEW_CREDITS = 10
_EMPTY = frozenset({204, 304})
_REFUSED_LOGIN, _TOO_MANY, _WRONG = 401, 429, 400


def judge(call: Call, reply: Reply) -> Verdict:
    """The verdict on an answer. Results for each record of a write are left to the writer: the call itself is Ok."""
    if reply.status in _EMPTY:
        return Ok()
    if reply.status == _TOO_MANY and is_spent(reply):
        return Exhausted("the day's credits are used up")
    settled = by_status(call, reply)
    if settled is None and call.sink is not None and reply.status < _WRONG and reply.media_type != "application/json":
        return Ok()
    return settled or _by_body(call, reply)


def _by_body(call: Call, reply: Reply) -> Verdict:
    try:
        body = reply.json()
    except UnreadableBody as error:
        # a write may have happened all the same
        return Fail(error) if call.safe else Doubt(f"an unreadable answer, status {reply.status}")
    refusal = _refusal(call, body, reply.status)
    if refusal is not None:
        return verdict_on(refusal, call)
    if reply.status == _REFUSED_LOGIN:
        return Renew("401")
    if reply.status >= _WRONG and not _has_results(body):
        return Fail(Refused(Refusal(f"HTTP_{reply.status}", status=reply.status), path=path_of(call)))
    return Ok() if call.sink is None else Fail(UnreadableBody("Zoho sent JSON where a file was asked for"))


def is_spent(reply: Reply) -> bool:
    """Whether Zoho says that (almost) no credits are left: a 429 is then no matter of speed."""
    left = reply.headers.get(CREDITS_HEADER, "")
    return left.isdigit() and int(left) <= _FEW_CREDITS


def verdict_on(refusal: Refusal, call: Call) -> Verdict:
    """What the door does about an error."""
    meaning = refusal.meaning
    if meaning is Meaning.RENEW:
        return Renew(refusal.code)
    if meaning is Meaning.THROTTLE:
        return Retry(refusal.code, throttled=True)
    if meaning is Meaning.UNAVAILABLE:
        return Retry(refusal.code)
    return Fail(error_of(refusal, call))


def error_of(refusal: Refusal, call: Call) -> CrmBridgeError:
    """The error that says what a person has to do, or Refused for whoever made the call."""
    path = path_of(call)
    if refusal.meaning is Meaning.SCOPE:
        return ScopeError(
            "the login has no permission for {path}: the scope {scope} is missing",
            path=path,
            scope=scope_for(call.method, path),
            hint="crmbridge connect asks for it",
        )
    if refusal.meaning is Meaning.PERMISSION:
        rights = refusal.details.get("permissions")
        return ScopeError(
            "Zoho does not allow this user to use {path}: {refused} {rights}",
            path=path,
            refused=refusal.code,
            rights=", ".join(map(str, rights)) if isinstance(rights, list) else refusal.message,
            hint="an administrator of Zoho gives the right in the user's profile",
        )
    return Refused(refusal, path=path)


def path_of(call: Call) -> str:
    """The path of a call, for messages: never its parameters."""
    return urlsplit(call.url).path


def _refusal(call: Call, body: object, status: int) -> Refusal | None:
    """The error of the whole call, if it is one. Of a write's results only what all of them say of the call."""
    if call.safe:
        return refusal_in(body, status=status)
    if not isinstance(body, Mapping):
        return None
    if not _has_results(body):
        return refusal_of(body, status=status)
    found = [refusal_of(item, status=status) for item in _results(body)]
    first = found[0] if found else None
    is_of_all = first is not None and all(one is not None and one.meaning is first.meaning for one in found)
    return first if is_of_all and first is not None and first.meaning in WHOLE_CALL else None


def _has_results(body: object) -> bool:
    return isinstance(body, Mapping) and any(True for _ in _results(body))


def _results(body: Mapping[str, object]) -> list[object]:
    """The results of a write, one for each record: the first list of objects in the body."""
    for value in body.values():
        if isinstance(value, list) and value and isinstance(value[0], Mapping):
            return value
    return []
