"""A text that does not show itself."""

from typing import NoReturn

from crmbridge.http.redact import remember


class Secret:
    """A secret: shown as ***, cannot be pickled or made JSON; `reveal` gives it, where it is sent and nowhere else.

    Its value is hidden in every text that passes the redaction from now on.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value
        remember(value)

    def reveal(self) -> str:
        """The secret itself."""
        return self._value

    def __repr__(self) -> str:
        return "***"

    __str__ = __repr__

    def __format__(self, _spec: str) -> str:
        return "***"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._value == other._value

    def __hash__(self) -> int:
        return hash(("Secret", self._value))

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not written anywhere")
