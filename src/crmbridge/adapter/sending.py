"""Sending changes one by one, and what keeps a value from being sent.

An adapter that holds each value against the vendor's own description raises Unsendable:

try:
sent[name] = sendable(name, value)
except Unsendable as error:
return error.refusal
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from crmbridge.adapter.contract import Change, Outcome, Rejected, Unknown
from crmbridge.model.errors import (
    AuthError,
    ConfigError,
    ContractError,
    CrmBridgeError,
    LeaseLost,
    StoreError,
    TransientError,
)


class Unsendable(Exception):
    """A value that may not be sent; `refusal` says why."""

    def __init__(self, code: str, message: str, field: str, *, hint: str | None = None, **params: object) -> None:
        super().__init__(message)
        self.refusal = Rejected(code, message, {"field": field, **params}, field, hint)


def one_by_one(changes: Sequence[Change], outcome_of: Callable[[Change], Outcome]) -> list[Outcome]:
    """One outcome for each change, in the same order, for a vendor that takes one record a call.

    What `outcome_of` raises says that nothing was done: it leaves where no record was tried before, and else ends the
    push: it and those after it are Unknown.
    """
    outcomes: list[Outcome] = []
    stopped: CrmBridgeError | None = None
    for change in changes:
        if stopped is None:
            try:
                outcomes.append(outcome_of(change))
                continue
            except (TransientError, AuthError, ConfigError, ContractError, LeaseLost, StoreError) as error:
                if not outcomes:
                    raise
                stopped = error
        outcomes.append(Unknown("not sent: {reason}", {"reason": str(stopped)}))
    return outcomes


def require_whole_texts(name: str, value: object) -> None:
    """Unsendable where a text in the value holds half a character: it would keep its neighbours from being sent too."""
    for text in _texts_in(value):
        try:
            text.encode()
        except UnicodeEncodeError:
            raise Unsendable("TEXT_UNUSABLE", "{field} holds half a character, which cannot be sent", name) from None


def _texts_in(value: object) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _texts_in(part)
    elif isinstance(value, Sequence) and not isinstance(value, bytes):
        for part in value:
            yield from _texts_in(part)
