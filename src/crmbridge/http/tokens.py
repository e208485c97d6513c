"""Access tokens: fetched once for all processes of a connection, kept in a file that only its owner may read.

A vendor that gives ten tokens in ten minutes, and kills the oldest of fifteen, is broken by a token for each process.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from crmbridge.adapter.context import AdapterContext
from crmbridge.http.secret import Secret


@dataclass(frozen=True, slots=True)
class Token:
    """An access token, when it ends by the vendor's word, and what else came with it (`api_domain`), never secret."""

    value: Secret
    expires: datetime
    extra: dict[str, str]


class TokenCache:
    """The token of one connection and `name`, shared by its threads and processes.

    `identity` is the fingerprint of the credentials: a token of others is not used. Kept in `context.state_dir`
    (0600), or in memory where there is none. At most `most` fetches in `within_s` seconds, by all processes together.
    """

    def __init__(
        self, context: AdapterContext, name: str, *, identity: str, most: int = 8, within_s: float = 600.0
    ) -> None:
        raise NotImplementedError

    def token(self, fetch: Callable[[], Token]) -> Token:
        """The kept token where it holds for 5 more minutes, else the one that `fetch` brings; one fetch at a time.

        Throttled with `after` where the budget of fetches is used up, or `block` was told to wait. What `fetch` raises
        leaves, and it counts as a fetch.
        """
        raise NotImplementedError

    def invalidate(self, token: Token) -> None:
        """That token is refused: it is fetched anew by whoever asks next, once, however many say so of the same."""
        raise NotImplementedError

    def block(self, seconds: float) -> None:
        """The vendor refuses more tokens for a while: no process asks again before."""
        raise NotImplementedError
