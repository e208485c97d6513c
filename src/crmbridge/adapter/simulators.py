"""Simulators of vendors: they listen on this machine alone, over plain http."""

from urllib.parse import urlsplit

from crmbridge.model.errors import ConfigError

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
"""This machine, by its names."""


def check_loopback(url: str) -> tuple[str, int]:
    """The host and port of a simulator; ConfigError for anything but plain http on this machine, with a port."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    host = parts.hostname or ""
    plain = parts.scheme == "http" and not parts.username and not parts.password and not parts.query
    if host not in LOOPBACK_NAMES or port is None or not plain or parts.path not in {"", "/"}:
        raise ConfigError(
            "{url} is no address of a simulator",
            url=url,
            hint="a simulator listens on this machine: http://127.0.0.1:PORT",
        )
    return host, port
