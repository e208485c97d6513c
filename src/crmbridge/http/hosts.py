"""Which hosts a connection may talk to: exactly these, each checked before a byte is sent.

The URL that is checked is the one that is sent, read by the same parser: two readings of one text are how such lists
are passed by.
"""

import ipaddress
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from crmbridge.adapter.simulators import LOOPBACK_NAMES
from crmbridge.model.errors import ConfigError

if TYPE_CHECKING:
    import httpx

_NAME = re.compile(r"(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)+")
_HTTPS_PORT = 443


class HostRefused(ConfigError):
    """A call was about to go to a host that is not one of the connection's; nothing was sent."""

    code = "host"


@dataclass(frozen=True, slots=True)
class Hosts:
    """The exact host names allowed, over https on port 443, in any spelling of the same name (IDNA, case).

    No suffixes, no addresses, no user in the URL, no other port. `loopback` are the (host, port) pairs of simulators,
    where http is allowed too; give it only where the connection says that it is one. A name that could never match is
    a ConfigError at once.
    """

    allowed: frozenset[str]
    loopback: frozenset[tuple[str, int]] = field(default_factory=frozenset)

    def __post_init__(self) -> None:
        for name in self.allowed:
            if not _NAME.fullmatch(name) or _is_address(name):
                raise ConfigError("{host} is not the name of a host", host=name)
        for name, _ in self.loopback:
            if name not in LOOPBACK_NAMES:
                raise ConfigError("{host} is not this machine", host=name, hint="a simulator listens on 127.0.0.1")

    def check(self, url: "str | httpx.URL") -> None:
        """Passes quietly, or HostRefused with the host and the reason, and without the rest of the URL."""
        host, reason = self._problem(url)
        if reason:
            raise HostRefused("nothing is sent to {host}: {reason}", host=host, reason=reason)

    def allows(self, url: str) -> bool:
        """Whether `check` would pass: for hosts that a vendor's answer names."""
        return not self._problem(url)[1]

    def _problem(self, url: "str | httpx.URL") -> tuple[str, str]:
        import httpx  # noqa: PLC0415 - a fifth of a second that only those pay who call a vendor

        try:
            read = httpx.URL(url)
            host = read.raw_host.decode("ascii")
        except (httpx.InvalidURL, UnicodeError, ValueError):
            return "?", "the address cannot be read"
        if read.userinfo:
            return host, "the address names a user"
        if (host, read.port) in self.loopback:
            return host, "" if read.scheme in {"http", "https"} else "it is not http"
        if read.scheme != "https":
            return host, "it is not https"
        if read.port not in {None, _HTTPS_PORT}:
            return host, "it is not port 443"
        return host, "" if host in self.allowed else "it is not a host of this connection"


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return name.rpartition(".")[2].isdigit()
    return True
