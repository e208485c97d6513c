"""The real network under the door: httpx, with a deadline that holds for every single read.

httpx bounds each read, never their sum: a server that sends a byte now and then holds it for ever, in the headers too.
So the sockets are wrapped, and each operation may take only what is left of its attempt's time. The same wrapping
knows whether a byte of the request has left, which decides whether a write may be sent again.

Calls that are not safe get a connection of their own: on a kept one, a server that just closed it and one that took
the request and died look the same.
"""

import os
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import httpcore
import httpx

SAFE = "crmbridge.safe"
"""The request extension that says whether the call may be repeated."""

KEEP_IDLE_S = 20.0

_TRUSTED = ("SSL_CERT_FILE", "SSL_CERT_DIR")
"""Where httpx looks for certificates in place of its own."""


class DeadlineOver(Exception):
    """The attempt's time is used up."""


class Attempt:
    """What the sockets of this thread must know and tell: until when, and whether a byte of a request has left."""

    def __init__(self, ends_at: float, monotonic: Callable[[], float]) -> None:
        self._ends_at = ends_at
        self._monotonic = monotonic
        self.has_sent = False

    def left_s(self) -> float:
        """What is left of its time; DeadlineOver where nothing is."""
        left = self._ends_at - self._monotonic()
        if left <= 0:
            raise DeadlineOver
        return left

    def capped(self, timeout_s: float | None) -> float:
        """The timeout of one operation, or less where less is left."""
        left = self.left_s()
        return left if timeout_s is None else min(left, timeout_s)


class _Here(threading.local):
    attempt: Attempt | None = None


_here = _Here()


@contextmanager
def attempted(seconds: float, monotonic: Callable[[], float] = time.monotonic) -> Iterator[Attempt]:
    """Everything that this thread reads and writes inside must be over in so many seconds."""
    before, _here.attempt = _here.attempt, Attempt(monotonic() + seconds, monotonic)
    try:
        yield _here.attempt
    finally:
        _here.attempt = before


def _capped(timeout_s: float | None) -> float | None:
    return _here.attempt.capped(timeout_s) if _here.attempt else timeout_s


class _Stream(httpcore.NetworkStream):
    """A socket whose every operation ends at the attempt's deadline."""

    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _capped(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        left = _capped(timeout)
        if _here.attempt and buffer:
            _here.attempt.has_sent = True
        self._inner.write(buffer, left)

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, _capped(timeout)))

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - httpcore's own signature
        return self._inner.get_extra_info(info)


class _Backend(httpcore.NetworkBackend):
    """Opens such sockets."""

    def __init__(self) -> None:
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        return _Stream(self._inner.connect_tcp(host, port, _capped(timeout), local_address, socket_options))


class _Pool(httpx.HTTPTransport):
    """httpx's transport over these sockets: its own translation of errors, our network."""

    def __init__(self, context: ssl.SSLContext, kept: int) -> None:
        super().__init__(verify=context, trust_env=False)
        self._pool.close()
        self._pool = httpcore.ConnectionPool(
            ssl_context=context,
            max_connections=None,
            max_keepalive_connections=kept,
            keepalive_expiry=KEEP_IDLE_S,
            network_backend=_Backend(),
        )


class Wire(httpx.BaseTransport):
    """Sends requests over the network. Certificates are always checked: there is no switch for it."""

    def __init__(self, *, kept: int) -> None:
        context = _context(*map(_as_it_is, _TRUSTED))
        self._repeatable = _Pool(context, kept)
        self._once = _Pool(context, 0)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The answer's head; its body is read from the stream, under the same deadline."""
        pool = self._repeatable if request.extensions.get(SAFE) else self._once
        return pool.handle_request(request)

    def close(self) -> None:
        """Closes every connection."""
        self._repeatable.close()
        self._once.close()


def _as_it_is(variable: str) -> tuple[str, int] | None:
    """What the variable names and when that last changed; None where it names nothing."""
    place = os.environ.get(variable)
    if not place:
        return None
    try:
        return place, Path(place).stat().st_mtime_ns
    except OSError:
        return place, 0


@lru_cache(maxsize=1)
def _context(_file: tuple[str, int] | None, _folder: tuple[str, int] | None) -> ssl.SSLContext:
    """What certificates are checked by: reading them takes longer than a call, so it is done once for all wires."""
    return httpx.create_ssl_context()
