"""What an answer means, as the adapter judges it, and what the door then does.

    answer --judge--> Ok          send() returns it
                      Retry       sent again where that is harmless, else InDoubt; at last Unavailable or Throttled
                      Renew       the token is renewed once and the call sent once more; at last AuthError
                      Exhausted   nothing is sent any more for a while, by nobody; Throttled at once
                      Doubt       InDoubt, whatever the call was
                      Fail        its error is raised

`by_status` is the part of a judgement that every vendor shares; an adapter's own judge calls it first.
"""

import re
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from crmbridge.http.call import Call, Reply
from crmbridge.model.errors import ContractError, CrmBridgeError, TransientError

_TOO_MANY, _NOT_NOW, _SERVER = 429, 503, 500
_REDIRECTS = frozenset({300, 301, 302, 303, 305, 306, 307, 308})


class InDoubt(TransientError):
    """A write was sent and its answer was lost: it may or may not have happened. Settled by looking, never by sending.

    `push` turns it into `Unknown` outcomes. Where there was an answer, and it may mean either, it is the `__cause__`.
    """

    code = "in_doubt"


@dataclass(frozen=True, slots=True)
class Ok:
    """The answer is what was asked for."""


@dataclass(frozen=True, slots=True)
class Retry:
    """Later it may work; `after` is how many seconds later, where the vendor said so.

    `throttled` means too many calls: every worker of the connection waits, and nothing was done. `undone` means that
    the vendor says that nothing was done, so even a write may be sent again.
    """

    reason: str
    after: float | None = None
    throttled: bool = False
    undone: bool = False


@dataclass(frozen=True, slots=True)
class Renew:
    """The access token is not taken any more; nothing was done."""

    reason: str


@dataclass(frozen=True, slots=True)
class Exhausted:
    """The vendor's credits are used up, or it forbids calls for a time: all jobs of the connection stop so long."""

    reason: str
    after: float = 900.0


@dataclass(frozen=True, slots=True)
class Doubt:
    """Nobody can say whether it happened; `answer` is what the vendor said, where it said something."""

    reason: str
    answer: CrmBridgeError | None = None


@dataclass(frozen=True, slots=True)
class Fail:
    """It will not work by sending it again."""

    error: CrmBridgeError


Verdict = Ok | Retry | Renew | Exhausted | Doubt | Fail


def by_status(call: Call, reply: Reply) -> Verdict | None:
    """The verdict where the status or the shape settles it, None where the body must be read.

    429 waits, and so does a read at 503 with Retry-After (of a write nobody says that it was not done); any other 5xx
    and a page of HTML instead of data is Retry; a redirect is a ContractError, since it is never followed. Other
    statuses, 401 too, are the vendor's own matter.
    """
    after = retry_after_s(reply)
    if reply.status == _TOO_MANY:
        return Retry("too many calls", after=after, throttled=True)
    if reply.status == _NOT_NOW and after is not None:
        return Retry("not available now", after=after, throttled=call.safe)
    if reply.status >= _SERVER:
        return Retry(f"status {reply.status}", after=after)
    if reply.status in _REDIRECTS:
        return Fail(_redirected(call, reply))
    if is_page(reply):
        return Retry(f"status {reply.status} and a page instead of data")
    return None


def retry_after_s(reply: Reply) -> float | None:
    """How many seconds the vendor asks to wait, by its own clock where it names a time; None where it does not say."""
    text = reply.headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,6})?", text):
        return float(text)
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if reply.server_time is None or until.tzinfo is None:
        return None
    return max(0.0, (until - reply.server_time).total_seconds())


def is_page(reply: Reply) -> bool:
    """Whether it is a page for people: what gateways and login forms answer with."""
    return "html" in reply.media_type or reply.body[:256].lstrip().lower().startswith((b"<!doctype", b"<html"))


def _redirected(call: Call, reply: Reply) -> ContractError:
    target = urlsplit(reply.headers.get("location", "")).hostname or "?"
    return ContractError(
        "{host} sends its callers on to {target}, and is not followed",
        host=urlsplit(call.url).hostname or "?",
        target=target,
    )
