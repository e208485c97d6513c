"""What an answer of Jira means, said in the door's words."""

from datetime import timedelta

from crmbridge.http import Call, Exhausted, Fail, Ok, Reply, Retry, Verdict, by_status
from crmbridge.model.errors import AuthError, ContractError, CrmBridgeError, ScopeError
from crmbridge_jira.errors import refusal_of

LOGIN_HEADER, LOGIN_FAILED = "x-seraph-loginreason", "AUTHENTICATED_FAILED"
QUOTA = "jira-quota"
AGAIN = "crmbridge connect jira --name CONNECTION asks for the e-mail address and the token again"
_UNAUTHORISED, _FORBIDDEN, _REMOVED, _WRONG = 401, 403, 410, 400
_HOUR = timedelta(hours=1)


def judge(call: Call, reply: Reply) -> Verdict:
    """The verdict. A refusal that concerns one record is `Refused`, for whoever made the call."""
    if LOGIN_FAILED in reply.headers.get(LOGIN_HEADER, ""):
        return Fail(_not_taken())
    shared = by_status(call, reply)
    if isinstance(shared, Retry) and shared.throttled:
        return _throttled(shared, reply)
    if shared is not None or reply.status < _WRONG:
        return shared or Ok()
    return Fail(_error(reply))


def _error(reply: Reply) -> CrmBridgeError:
    if reply.status == _UNAUTHORISED:
        return _not_taken()
    refusal = refusal_of(reply)
    if reply.status == _FORBIDDEN and "token" in refusal.said.casefold():
        return AuthError("Jira does not take the login: {said}", said=refusal.said, hint=AGAIN)
    if reply.status == _FORBIDDEN and not refusal.is_archived:
        hint = "the account needs the permissions named in the README of crmbridge-jira"
        return ScopeError("Jira does not allow it: {said}", said=refusal.said, hint=hint)
    if reply.status == _REMOVED:
        return ContractError("Jira has removed what was called: {said}", said=refusal.said)
    return refusal


def _not_taken() -> AuthError:
    return AuthError("Jira does not take the login: the token is wrong, revoked or has expired", hint=AGAIN)


def _throttled(verdict: Retry, reply: Reply) -> Verdict:
    """A quota of the hour stops all jobs; a burst, or too many writes to one issue, waits a little."""
    reason = reply.headers.get("ratelimit-reason", "")
    if not reason.startswith(QUOTA):
        return verdict
    after = verdict.after
    if after is None:
        now = reply.server_time
        after = (_HOUR - (now - now.replace(minute=0, second=0, microsecond=0))).total_seconds() if now else 900.0
    return Exhausted(reason, after=after)
