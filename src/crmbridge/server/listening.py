"""Listens for requests: bounded in size, in time and in number, and logged without a secret.

The standard library's server in threads: a handful of small requests a second, answered by one INSERT each.
"""

import contextlib
import ipaddress
import json
import socket
import sys
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from crmbridge.model.errors import ConfigError, StoreError
from crmbridge.server.answers import BROKEN, UNAVAILABLE, Answer, Answers

HOST, PORT = "127.0.0.1", 8420
LARGEST_BODY = 1024 * 1024
MOST_AT_ONCE = 32
DEADLINE_S = 10.0
"""How long the body of a request may take to arrive whole."""

LIFE_S = 30.0
"""How long a request may take in all, its head too: then it is cut off."""

_LENGTH_REQUIRED, _TOO_LARGE, _BAD, _TIMEOUT = 411, 413, 400, 408
Log = Callable[[Mapping[str, object]], None]


def require_local(host: str, *, remote: bool) -> None:
    """Passes for an address of this machine; ConfigError for any other, unless it was asked for."""
    try:
        is_local = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_local = False
    if not is_local and not remote:
        raise ConfigError(
            "{host} can be reached from other machines, in the clear",
            host=host,
            hint="put a proxy with TLS in front of 127.0.0.1; --allow-remote listens there all the same",
        )


def log_line(entry: Mapping[str, object]) -> None:
    """One line of JSON on standard error."""
    line = {"ts": datetime.now(UTC).isoformat(timespec="milliseconds"), "level": "info", **entry}
    print(json.dumps(line), file=sys.stderr, flush=True)  # noqa: T201 - the log of a server


class Listener(ThreadingHTTPServer):
    """The listening socket and its threads."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64

    def __init__(self, host: str, port: int, answers: Answers, *, log: Log = log_line) -> None:
        self.answers, self.log = answers, log
        self.places = threading.BoundedSemaphore(MOST_AT_ONCE)
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            super().__init__((host, port), _Handler)
        except OSError as error:
            raise StoreError(
                "{host}:{port} cannot be listened to: {reason}",
                host=host,
                port=port,
                reason=error.strerror or type(error).__name__,
                hint="--port names another one",
            ) from error
        shown = f"[{host}]" if ":" in host else host
        self.url = f"http://{shown}:{self.server_port}"

    def process_request(self, request: Any, _client: Any) -> None:  # noqa: ANN401 - the base class's own
        """One thread a request, and no more than there are places: who comes then is turned away at once."""
        if not self.places.acquire(blocking=False):
            self.log({"event": "request", "status": UNAVAILABLE, "error": "busy"})
            self.shutdown_request(request)
            return
        super().process_request(request, _client)

    def process_request_thread(self, request: Any, _client: Any) -> None:  # noqa: ANN401 - the base class's own
        """Answers, and gives the place back."""
        try:
            super().process_request_thread(request, _client)
        finally:
            self.places.release()

    def handle_error(self, request: Any, _client: Any) -> None:  # noqa: ANN401 - the base class's own
        """Whoever hangs up in the middle is nobody's business."""


class _Refused(Exception):
    """A request that is not read to its end."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class _Handler(BaseHTTPRequestHandler):
    """One request."""

    server: Listener
    timeout = DEADLINE_S
    server_version = "crmbridge"
    sys_version = ""

    def setup(self) -> None:
        """A watch is set: one that sends a byte now and then holds its place no longer than anybody else."""
        super().setup()
        self._watch = threading.Timer(LIFE_S, self._cut)
        self._watch.daemon = True
        self._watch.start()

    def finish(self) -> None:
        """The watch is stopped."""
        self._watch.cancel()
        super().finish()

    def _cut(self) -> None:
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def do_GET(self) -> None:
        """Health, metrics."""
        self._answer("GET")

    def do_HEAD(self) -> None:
        """The same, without a body."""
        self._answer("HEAD")

    def do_POST(self) -> None:
        """A notification."""
        self._answer("POST")

    def _answer(self, method: str) -> None:
        began = time.monotonic()
        try:
            body = self._body(began) if method == "POST" else b""
            answer = self.server.answers.to(method, self.path, _headers(self.headers), body)
        except _Refused as refused:
            answer = Answer(refused.status)
        except Exception as error:  # noqa: BLE001 - one request never ends the server; its text may hold a record
            answer = Answer(BROKEN, log={"level": "error", "error": type(error).__name__})
        self._send(answer, with_body=method != "HEAD")
        took_ms = round((time.monotonic() - began) * 1000, 1)
        self.server.log({"event": "request", "status": answer.status, "duration_ms": took_ms, **answer.log})

    def _body(self, began: float) -> bytes:
        """The whole body, within its size and its time; it must say how long it is."""
        told = self.headers.get_all("Content-Length") or []
        if self.headers.get("Transfer-Encoding") or not told:
            raise _Refused(_LENGTH_REQUIRED)
        if len(told) != 1 or not told[0].isascii() or not told[0].isdigit():
            raise _Refused(_BAD)
        length = int(told[0])
        if length > LARGEST_BODY:
            raise _Refused(_TOO_LARGE)
        parts: list[bytes] = []
        left = length
        while left:
            remaining = began + DEADLINE_S - time.monotonic()
            if remaining <= 0:
                raise _Refused(_TIMEOUT)
            self.connection.settimeout(remaining)
            try:
                part = self.rfile.read1(left)
            except TimeoutError:
                raise _Refused(_TIMEOUT) from None
            if not part:
                raise _Refused(_BAD)
            parts.append(part)
            left -= len(part)
        return b"".join(parts)

    def _send(self, answer: Answer, *, with_body: bool) -> None:
        self.close_connection = True
        payload = answer.payload
        self.send_response(answer.status)
        for name, value in {
            "Content-Type": answer.content_type,
            "Content-Length": str(len(payload)),
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
            "Connection": "close",
        }.items():
            self.send_header(name, value)
        self.end_headers()
        if with_body:
            self.wfile.write(payload)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ANN401 - the base class's own names
        """Nothing: the path holds a secret."""


def _headers(given: Any) -> dict[str, str]:  # noqa: ANN401 - the message of the base class
    return {str(name): str(value) for name, value in given.items()}
