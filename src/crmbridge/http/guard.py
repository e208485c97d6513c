"""The last look at a request, where it can no longer be changed: which host it goes to, and whether it may write.

It is a transport, so nothing that the door or an adapter forgets can get past it, redirects included.
"""

import httpx

from crmbridge.http.hosts import HostRefused, Hosts
from crmbridge.http.rules import Rules
from crmbridge.http.wire import SAFE
from crmbridge.model.errors import ConfigError

READING = frozenset({"GET", "HEAD"})


class Guarded(httpx.BaseTransport):
    """Lets a request through to `inner`, or raises before a byte is sent."""

    def __init__(
        self, inner: httpx.BaseTransport, hosts: Hosts, rules: Rules, *, connection: str, read_only: bool
    ) -> None:
        self._inner, self._hosts, self._rules = inner, hosts, rules
        self._connection, self._read_only = connection, read_only

    def check(self, method: str, url: str | httpx.URL, *, is_safe: bool) -> None:
        """Passes quietly; HostRefused, or ConfigError where a read-only connection would write."""
        self._hosts.check(url)
        if self._read_only and not (is_safe and self._reads(method, httpx.URL(url).path)):
            raise read_only_error(self._connection)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The answer of `inner`, once the request that will be sent has passed the checks."""
        self.check(request.method, request.url, is_safe=bool(request.extensions.get(SAFE)))
        if request.headers.get("host", "").encode() != request.url.netloc:
            raise HostRefused("nothing is sent to {host}: {reason}", host=request.url.host, reason="it is misnamed")
        return self._inner.handle_request(request)

    def close(self) -> None:
        """Closes `inner`."""
        self._inner.close()

    def _reads(self, method: str, path: str) -> bool:
        return method in READING or _listed(f"{method} {path}", self._rules.posts_that_read)


def read_only_error(connection: str) -> ConfigError:
    """The error of a write on a connection that is open for reading only."""
    return ConfigError(
        "the connection {connection} is open for reading only, and nothing was sent",
        connection=connection,
        hint="set mode in its section of crmbridge.toml",
    )


def _listed(line: str, allowed: frozenset[str]) -> bool:
    return any(line.startswith(one[:-1]) if one.endswith("*") else line == one for one in allowed)
