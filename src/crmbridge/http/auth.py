"""How a call proves who sends it."""

import hashlib
from collections.abc import Mapping
from typing import Protocol, runtime_checkable

from crmbridge.http.call import Call


class Auth(Protocol):
    """Credentials bound to one door: they go nowhere else. Used by several threads at once."""

    @property
    def identity(self) -> str:
        """A text that changes when the credentials do and tells nothing of them: see `fingerprint`."""
        ...

    def headers(self, call: Call) -> Mapping[str, str]:
        """The headers that prove it; may fetch a token first, and raises what that raises."""
        ...

    def renew(self, reason: str) -> None:
        """The token of the last call was refused: the next `headers` must not use it again."""
        ...


@runtime_checkable
class Signs(Protocol):
    """An `Auth` for a vendor that wants its proof, or a number of its own for each attempt, outside of the headers."""

    def sign(self, call: Call) -> Call:
        """The call as this attempt sends it; asked after `headers`. No secret may get into its address."""
        ...


def fingerprint(*parts: str) -> str:
    """A short text that stands for credentials without telling them."""
    joined = "\0".join(f"{len(part)}:{part}" for part in parts)
    return hashlib.sha256(joined.encode()).hexdigest()[:16]
