"""What an answer of Trello means, said in the door's words. Its errors are plain text, and sometimes JSON."""

from collections.abc import Mapping

from crmbridge.adapter.contract import Rejected
from crmbridge.http import Call, Fail, Ok, Reply, UnreadableBody, Verdict, by_status
from crmbridge.model.errors import AuthError, ContractError, CrmBridgeError, ScopeError

AGAIN = "crmbridge connect trello --name CONNECTION asks for the key and the token again"
SCOPES = "make the token again with the scopes read and write"
HINT = "the board in Trello decides it: its lists and members, and the rights of the token's member"
WRONG, HIDDEN, FORBIDDEN, GONE = 400, 401, 403, 404
_OF_ONE = "permission requested"
_SCOPES = "scope"
_LONGEST = 300


class Refused(ContractError):
    """Trello refused the call: `status`, and what it said."""

    def __init__(self, status: int, said: str) -> None:
        super().__init__("Trello answers {status}: {said}", status=status, said=said)
        self.status, self.said = status, said

    @property
    def is_hidden(self) -> bool:
        """Whether it is there, and not for us."""
        return self.status in {HIDDEN, FORBIDDEN}


def judge(call: Call, reply: Reply) -> Verdict:
    """The verdict. A refusal that concerns one thing is `Refused`, for whoever made the call."""
    shared = by_status(call, reply)
    if shared is not None or reply.status < WRONG:
        return shared or Ok()
    return Fail(_error(reply))


def rejected(error: Refused, name: str) -> Rejected:
    """The refusal of one card, with what a person can do about it."""
    text = "Trello refuses {card}: {said}"
    return Rejected(f"TRELLO_{error.status}", text, {"card": name, "said": error.said}, hint=HINT)


def gone(name: str) -> Rejected:
    """There is no such card."""
    return Rejected("GONE", "there is no card {card} in Trello any more", {"card": name})


def _error(reply: Reply) -> CrmBridgeError:
    said = _said(reply)
    words = said.casefold()
    if reply.status != HIDDEN or _OF_ONE in words:
        return Refused(reply.status, said)
    if _SCOPES in words:
        return ScopeError("Trello does not allow it: {said}", said=said, hint=SCOPES)
    return AuthError("Trello does not take the login: {said}", said=said, hint=AGAIN)


def _said(reply: Reply) -> str:
    try:
        told = reply.json()
    except UnreadableBody:
        told = reply.body.decode("utf-8", "replace")
    if isinstance(told, Mapping):
        told = told.get("message") or told.get("error")
    return str(told or "-").strip()[:_LONGEST]
