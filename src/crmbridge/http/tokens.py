"""Access tokens: fetched once for all processes of a connection, kept in a file that only its owner may read.

A vendor that gives ten tokens in ten minutes, and kills the oldest of fifteen, is broken by a token for each process.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from crmbridge.adapter.context import AdapterContext
from crmbridge.http.secret import Secret
from crmbridge.http.token_file import Kept, KeptInMemory, TokenFile
from crmbridge.model.errors import CrmBridgeError, Throttled

EARLY_S = 300.0
"""A token is renewed so long before its end."""


@dataclass(frozen=True, slots=True)
class Token:
    """An access token, when it ends by the vendor's word, and what else came with it, never secret."""

    value: Secret
    expires: datetime
    extra: Mapping[str, str] = field(default_factory=dict)


class TokenCache:
    """The token of one connection and `name`, shared by its threads and processes.

    `identity` is the fingerprint of the credentials: a token of others is not used. Kept in `context.state_dir`
    (0600), or in memory where there is none. At most `most` fetches in `within_s` seconds, by all processes together.
    """

    def __init__(
        self, context: AdapterContext, name: str, *, identity: str, most: int = 8, within_s: float = 600.0
    ) -> None:
        self._context, self._identity, self._most, self._within_s = context, identity, most, within_s
        self._lock = threading.Lock()
        folder = context.state_dir
        self._store = TokenFile(folder, f"{context.connection}-{name}") if folder else KeptInMemory()

    def token(self, fetch: Callable[[], Token], *, calls: Callable[[], int] | None = None) -> Token:
        """The kept token where it holds for 5 more minutes, else the one that `fetch` brings; one fetch at a time.

        Throttled with `after` where the budget of fetches is used up, or `block` was told to wait. What `fetch` raises
        leaves, and it counts as a fetch; but not where `calls`, how many have left this machine, says that none did (a
        breaker was open). Unavailable where another process does not finish its fetch.
        """
        found = self._usable(self._store.read())
        if found:
            return found
        with self._lock, self._store.locked():
            kept = self._store.read()
            found = self._usable(kept)
            if found:
                return found
            self._store.write(self._allowed(kept))
            before = calls() if calls else 0
            try:
                token = fetch()
            except CrmBridgeError:
                if calls and calls() == before:
                    self._store.write(replace(self._store.read(), fetches_s=kept.fetches_s))
                raise
            kept = replace(
                self._store.read(),
                identity=self._identity,
                value=token.value.reveal(),
                expires=token.expires.isoformat(),
                extra=dict(token.extra),
            )
            self._store.write(kept)
            return token

    def invalidate(self, token: Token) -> None:
        """That token is refused: it is fetched anew by whoever asks next, once, however many say so of the same."""
        with self._lock, self._store.locked():
            kept = self._store.read()
            if kept.value == token.value.reveal():
                self._store.write(replace(kept, value="", expires=""))

    def block(self, seconds: float) -> None:
        """The vendor refuses more tokens for a while: no process asks again before. May be called by `fetch`."""
        until_s = self._now_s() + seconds
        with self._store.locked():
            kept = self._store.read()
            self._store.write(replace(kept, blocked_until_s=until_s, blocked_identity=self._identity))

    def _usable(self, kept: Kept) -> Token | None:
        if not kept.value or kept.identity != self._identity:
            return None
        expires = datetime.fromisoformat(kept.expires)
        if expires - self._context.clock() <= timedelta(seconds=EARLY_S):
            return None
        return Token(Secret(kept.value), expires, kept.extra)

    def _allowed(self, kept: Kept) -> Kept:
        """The kept state with one more fetch in it; Throttled where there may be none."""
        now_s = self._now_s()
        blocked_s = kept.blocked_until_s - now_s if kept.blocked_identity == self._identity else 0.0
        recent = [at_s for at_s in kept.fetches_s if abs(now_s - at_s) < self._within_s]
        wait_s = max(blocked_s, recent[-self._most] + self._within_s - now_s if len(recent) >= self._most else 0.0)
        if wait_s > 0:
            raise Throttled(
                "no more access tokens for {connection} now: {count} were asked for; the next in {seconds} seconds",
                after=wait_s,
                connection=self._context.connection,
                count=len(recent),
                seconds=round(wait_s),
            )
        return replace(kept, fetches_s=[*recent, now_s])

    def _now_s(self) -> float:
        return self._context.clock().timestamp()
