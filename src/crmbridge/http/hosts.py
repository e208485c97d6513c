"""Which hosts a connection may talk to: exactly these, each checked before a byte is sent."""

from dataclasses import dataclass, field

from crmbridge.model.errors import ConfigError


class HostRefused(ConfigError):
    """A call was about to go to a host that is not one of the connection's; nothing was sent."""

    code = "host"


@dataclass(frozen=True, slots=True)
class Hosts:
    """The exact host names allowed, over https on port 443, in any spelling of the same name (IDNA, case).

    No suffixes, no addresses, no user in the URL, no other port. `loopback` are the (host, port) pairs of simulators,
    where http is allowed too; give it only where the connection says that it is one.
    """

    allowed: frozenset[str]
    loopback: frozenset[tuple[str, int]] = field(default_factory=frozenset)

    def check(self, url: str) -> None:
        """Passes quietly, or HostRefused with the host and the reason, and without the rest of the URL."""
        raise NotImplementedError

    def allows(self, url: str) -> bool:
        """Whether `check` would pass: for hosts that a vendor's answer names."""
        raise NotImplementedError
