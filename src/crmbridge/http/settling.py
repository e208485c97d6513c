"""From a verdict, or from an answer that never came, to what leaves the door; and what all other calls learn of it."""

from collections.abc import Callable
from math import ceil
from urllib.parse import urlsplit

from crmbridge.http.call import Call, Reply
from crmbridge.http.gate import Gate
from crmbridge.http.retry import Again
from crmbridge.http.rules import Rules
from crmbridge.http.strict import UnreadableBody
from crmbridge.http.verdict import Doubt, Exhausted, Fail, InDoubt, Ok, Renew, Retry, Verdict
from crmbridge.model.errors import AuthError, ContractError, CrmBridgeError, ScopeError, Throttled, Unavailable

Judge = Callable[[Call, Reply], Verdict]


class Settler:
    """Decides for one door."""

    def __init__(self, judge: Judge, rules: Rules, gate: Gate) -> None:
        self._judge, self._rules, self._gate = judge, rules, gate

    def verdict(self, call: Call, reply: Reply) -> Verdict:
        """What the judge says; an answer that it, or the reader of JSON, cannot make sense of is no Ok."""
        try:
            verdict = (call.judge or self._judge)(call, reply)
            if isinstance(verdict, Ok) and _should_be_json(call, reply):
                reply.json()
        except UnreadableBody as error:
            if not call.safe:
                return Doubt(str(error))
            return Retry(str(error)) if error.cut else Fail(error.with_traceback(None))
        except ContractError as error:
            return Fail(error.with_traceback(None)) if call.safe else Doubt(str(error))
        return verdict

    def loss(self, call: Call, problem: CrmBridgeError, *, has_left: bool) -> Exception:
        """There is no answer: again where that is harmless."""
        if not isinstance(problem, ContractError):
            self._gate.failed(problem.code)
        if has_left and not call.safe:
            return _in_doubt(call, str(problem))
        return problem if isinstance(problem, ContractError) else Again(problem)

    def error(self, call: Call, verdict: Verdict) -> Exception:
        """The error of a verdict that is not Ok, or Again."""
        host = urlsplit(call.url).hostname or "?"
        match verdict:
            case Fail(error):
                return self._failed(error)
            case Renew(reason):
                self._gate.login_refused(reason)
                return AuthError("{host} refuses the login: {reason}", host=host, reason=reason)
            case Exhausted(reason, after):
                self._gate.exhausted(reason, after)
                text = "the vendor takes no more calls for now ({reason}); nothing is sent for {seconds} seconds"
                return Throttled(text, after=after, reason=reason, seconds=ceil(after))
            case Retry(reason, after, throttled=True):
                return self._throttled(host, reason, after)
            case Retry(reason, after, undone=undone):
                return self._gone(call, reason, after, may_repeat=call.safe or undone)
            case Doubt(reason, answer):
                doubt = self._gone(call, reason, None, may_repeat=False)
                doubt.__cause__ = answer
                return doubt
        raise TypeError(verdict)

    def _failed(self, error: CrmBridgeError) -> CrmBridgeError:
        if isinstance(error, AuthError) and not isinstance(error, ScopeError):
            self._gate.login_refused(error.code)
        else:
            self._gate.worked()
        return error

    def _throttled(self, host: str, reason: str, after: float | None) -> Exception:
        wait_s = self._gate.throttled(after)
        error = Throttled("{host} asks for fewer calls: {reason}", after=wait_s, host=host, reason=reason)
        return Again(error, wait_s=wait_s, is_free=True) if wait_s <= self._rules.longest_wait_s else error

    def _gone(self, call: Call, reason: str, after: float | None, *, may_repeat: bool) -> Exception:
        self._gate.failed(reason)
        if not may_repeat:
            return _in_doubt(call, reason)
        host = urlsplit(call.url).hostname or "?"
        error = Unavailable("{host} cannot answer now: {reason}", after=after, host=host, reason=reason)
        return error if after is not None and after > self._rules.longest_wait_s else Again(error, wait_s=after)


def _should_be_json(call: Call, reply: Reply) -> bool:
    """An empty body is none only where the answer said so: else everything may have been cut off."""
    if not reply.media_type.endswith("json") or call.method == "HEAD" or reply.status in {204, 304}:
        return False
    return bool(reply.body) or not reply.is_framed


def _in_doubt(call: Call, reason: str) -> InDoubt:
    return InDoubt(
        "{host} was sent a change and gave no usable answer: {reason}; it may or may not have happened",
        host=urlsplit(call.url).hostname or "?",
        reason=reason,
    )
