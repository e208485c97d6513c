"""Listens on loopback with a thread a connection, and lets a planned fault take over the exchanges it is meant for."""

import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from crmbridge.testing.faults.faults import Fault
from crmbridge.testing.faults.messages import Answer, Asked, read_request

HOST = "127.0.0.1"
PATIENCE_S = 30.0
NOTHING = Answer.json({})
_LINGER_NOT = struct.pack("ii", 1, 0)


@dataclass(slots=True)
class _Planned:
    fault: Fault
    call: int | None
    path: str | None
    times: int | None

    def takes(self, asked: Asked) -> bool:
        fits = self.call in {None, asked.number} and (self.path is None or asked.path.startswith(self.path))
        if fits and self.times is not None:
            self.times -= 1
            return self.times >= 0
        return fits


class FaultServer:
    """A server with scripted answers, or a proxy in front of `upstream` ("http://127.0.0.1:PORT"); a context manager.

    The last of `answers` is repeated; a callable is given the request and makes the answer. `asked` are the requests
    that arrived whole, in order, numbered from 1. With `tls` it speaks https.
    """

    def __init__(
        self,
        answers: Sequence[Answer] | Callable[[Asked], Answer] = (NOTHING,),
        *,
        upstream: str | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.asked: list[Asked] = []
        self.connections = 0
        self._answers, self._upstream, self._tls = answers, upstream, tls
        self._planned: list[_Planned] = []
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._sockets: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server((HOST, 0), backlog=128)
        self.port: int = self._listener.getsockname()[1]
        self._start(self._accept)

    @property
    def url(self) -> str:
        """Where it listens, without a slash at the end."""
        return f"{'https' if self._tls else 'http'}://{HOST}:{self.port}"

    def on(
        self, *, fault: Fault, call: int | None = None, path: str | None = None, times: int | None = None
    ) -> "FaultServer":
        """Plans a fault for the call of that number, for paths that begin so, or for all; `times` often at most.

        Of several plans that fit, the one made last acts.
        """
        with self._lock:
            self._planned.insert(0, _Planned(fault, call, path, times))
        return self

    def heal(self) -> None:
        """Forgets all plans."""
        with self._lock:
            self._planned.clear()

    def close(self) -> None:
        """Stops listening and ends every connection; harmless twice."""
        self._stopped.set()
        self._end(self._listener)
        with self._lock:
            open_ones = list(self._sockets)
        for one in open_ones:
            self._end(one)
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join(PATIENCE_S)

    def __enter__(self) -> Self:
        """Is listening already."""
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """Closes it."""
        self.close()

    def _start(self, target: Callable[..., None], *values: object) -> None:
        thread = threading.Thread(target=target, args=values, daemon=True, name="fault-server")
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._stopped.is_set():
            try:
                accepted, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self._sockets.add(accepted)
                self.connections += 1
            self._start(self._serve, accepted)

    def _serve(self, accepted: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError), contextlib.ExitStack() as stack:
            stack.callback(self._end, accepted)
            accepted.settimeout(PATIENCE_S)
            wrapped = self._tls.wrap_socket(accepted, server_side=True) if self._tls else accepted
            with self._lock:
                self._sockets.add(wrapped)
            stack.callback(self._end, wrapped)
            while (asked := self._next(wrapped)) and not self._stopped.is_set():
                exchange = _Exchange(asked, wrapped, self._right_answer, self._stopped)
                (self._fault_for(asked) or _pass_on)(exchange)
                if exchange.is_over or asked.headers.get("connection") == "close":
                    return

    def _next(self, connection: socket.socket) -> Asked | None:
        asked = read_request(0, connection.recv)
        if asked is None:
            return None
        with self._lock:
            numbered = Asked(len(self.asked) + 1, asked.method, asked.target, asked.headers, asked.body, asked.raw)
            self.asked.append(numbered)
        return numbered

    def _fault_for(self, asked: Asked) -> Fault | None:
        with self._lock:
            return next((planned.fault for planned in self._planned if planned.takes(asked)), None)

    def _right_answer(self, asked: Asked) -> bytes:
        if self._upstream:
            return _forwarded(asked, self._upstream)
        if callable(self._answers):
            return self._answers(asked).encode()
        return self._answers[min(asked.number, len(self._answers)) - 1].encode()

    def _end(self, one: socket.socket) -> None:
        with contextlib.suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
        one.close()
        with self._lock:
            self._sockets.discard(one)


class _Exchange:
    """One request on its socket."""

    def __init__(
        self, asked: Asked, connection: socket.socket, right: Callable[[Asked], bytes], stopped: threading.Event
    ) -> None:
        self.asked = asked
        self.is_over = False
        self._connection, self._right, self._stopped = connection, right, stopped

    def answer(self) -> bytes:
        return self._right(self.asked)

    def send(self, data: bytes) -> None:
        if self._stopped.is_set():
            raise ConnectionAbortedError
        self._connection.sendall(data)

    def wait(self, seconds: float) -> None:
        self._stopped.wait(seconds)

    def close(self) -> None:
        self.is_over = True
        with contextlib.suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)
        self._connection.close()

    def reset(self) -> None:
        self.is_over = True
        self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
        self._connection.close()


def _pass_on(exchange: _Exchange) -> None:
    exchange.send(exchange.answer())


def _forwarded(asked: Asked, upstream: str) -> bytes:
    """The upstream's whole answer, on a connection of its own that ends with it."""
    parts = urlsplit(upstream)
    head, gap, body = asked.raw.partition(b"\r\n\r\n")
    lines = [line for line in head.split(b"\r\n") if not line.lower().startswith((b"connection:", b"keep-alive:"))]
    with socket.create_connection((parts.hostname or HOST, parts.port or 80), PATIENCE_S) as onward:
        onward.sendall(b"\r\n".join([*lines, b"Connection: close"]) + gap + body)
        return b"".join(iter(lambda: onward.recv(65536), b""))
