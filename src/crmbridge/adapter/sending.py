"""What keeps a value from being sent, for an adapter that holds each against the vendor's own description.

try:
sent[name] = sendable(name, value)
except Unsendable as error:
return error.refusal
"""

from collections.abc import Iterable, Mapping, Sequence

from crmbridge.adapter.contract import Rejected


class Unsendable(Exception):
    """A value that may not be sent; `refusal` says why."""

    def __init__(self, code: str, message: str, field: str, *, hint: str | None = None, **params: object) -> None:
        super().__init__(message)
        self.refusal = Rejected(code, message, {"field": field, **params}, field, hint)


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
