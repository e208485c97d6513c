"""What an answer means, as the adapter judges it, and what the door then does.

    answer --judge--> Ok          send() returns it
                      Retry       sent again where that is harmless, else InDoubt; at last Unavailable or Throttled
                      Renew       the token is renewed once and the call sent once more; at last AuthError
                      Exhausted   nothing is sent any more for a while, by nobody; Throttled at once
                      Doubt       InDoubt, whatever the call was
                      Fail        its error is raised

`by_status` is the part of a judgement that every vendor shares; an adapter's own judge calls it first.
"""

from dataclasses import dataclass

from crmbridge.http.call import Call, Reply
from crmbridge.model.errors import CrmBridgeError, TransientError


class InDoubt(TransientError):
    """A write was sent and its answer was lost: it may or may not have happened. Settled by looking, never by sending.

    `push` turns it into `Unknown` outcomes.
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
    """Nobody can say whether it happened."""

    reason: str


@dataclass(frozen=True, slots=True)
class Fail:
    """It will not work by sending it again."""

    error: CrmBridgeError


Verdict = Ok | Retry | Renew | Exhausted | Doubt | Fail


def by_status(call: Call, reply: Reply) -> Verdict | None:
    """The verdict where the status or the shape settles it, None where the body must be read.

    429 and 503 with Retry-After wait so long; 5xx and a page of HTML instead of data are Retry; a redirect is a
    ContractError, since it is never followed. Other statuses, 401 too, are the vendor's own matter.
    """
    raise NotImplementedError
