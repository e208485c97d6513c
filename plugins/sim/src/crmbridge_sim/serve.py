"""A simulator on loopback: HTTP/1.1 with keep-alive, a thread per connection, nothing but the standard library.

The parser is written out because it is small and three times as fast as http.server's; benches run against it on the
same machine. It reads what the usual clients send: a length or chunks, any header spelling.
"""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Callable
from http import HTTPStatus
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import BinaryIO, Self, cast
from urllib.parse import parse_qsl, unquote

from crmbridge_sim.wire import Headers, Request, Response

Answer = Callable[[Request], Response]
HOST = "127.0.0.1"
MOST_HEADERS = 200
MOST_LINE = 65_536
_REASONS = {status.value: status.phrase for status in HTTPStatus}


class _Bad(Exception):
    """What came is no HTTP/1.1 request."""


class _Handler(StreamRequestHandler):
    """One connection: request after request until somebody closes."""

    rbufsize = 65_536
    disable_nagle_algorithm = True  # TCP_NODELAY: small answers must not wait for an ACK

    def handle(self) -> None:
        """Answers requests; a dropped one resets the connection without a byte."""
        server = cast("_Server", self.server)
        try:
            while True:
                read = _read(cast("BinaryIO", self.rfile))
                if read is None:
                    return
                request, stay = read
                response = server.answer(request)
                if response.dropped:
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    return
                self.connection.sendall(_written(request.method, response, stay=stay))
                if not stay:
                    return
        except _Bad:
            self.connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        except (ConnectionError, TimeoutError):
            return


def _read(stream: BinaryIO) -> tuple[Request, bool] | None:
    """The next request and whether the connection stays; None when the client has closed."""
    line = stream.readline(MOST_LINE)
    if not line:
        return None
    try:
        method, target, version = line.decode("ascii").split()
    except ValueError as error:
        raise _Bad from error
    headers = _headers(stream)
    if "chunked" in headers.get("Transfer-Encoding", "").lower():
        body = _chunks(stream)
    else:
        body = _exactly(stream, _number(headers.get("Content-Length", "0"), 10))
    path, _, query = target.partition("?")
    request = Request(
        method.upper(),
        unquote(path),
        tuple(parse_qsl(query, keep_blank_values=True)) if query else (),
        headers,
        body,
        headers.get("Host", ""),
    )
    return request, version == "HTTP/1.1" and headers.get("Connection", "").lower() != "close"


def _headers(stream: BinaryIO) -> Headers:
    pairs: list[tuple[str, str]] = []
    for _ in range(MOST_HEADERS):
        line = stream.readline(MOST_LINE).decode("latin-1").rstrip("\r\n")
        if not line:
            return Headers(pairs)
        name, colon, value = line.partition(":")
        if not colon:
            raise _Bad
        pairs.append((name, value.strip()))
    raise _Bad


def _number(text: str, base: int) -> int:
    try:
        return int(text, base)
    except ValueError as error:
        raise _Bad from error


def _exactly(stream: BinaryIO, length: int) -> bytes:
    body = stream.read(length) if length else b""
    if len(body) < length:
        raise _Bad
    return body


def _chunks(stream: BinaryIO) -> bytes:
    parts = []
    while size := _number(stream.readline(MOST_LINE).split(b";")[0].decode("ascii", "replace").strip(), 16):
        parts.append(_exactly(stream, size))
        stream.readline(MOST_LINE)
    while stream.readline(MOST_LINE).strip():
        pass
    return b"".join(parts)


def _written(method: str, response: Response, *, stay: bool) -> bytes:
    """Head and body in one piece; 204 and 304 have neither body nor length (RFC 9110)."""
    bodiless = response.status in {204, 304}
    lines = [f"HTTP/1.1 {response.status} {_REASONS.get(response.status, 'Unknown')}"]
    lines += [f"{name}: {value}" for name, value in response.headers.items()]
    if not bodiless:
        lines.append(f"Content-Length: {len(response.body)}")
    lines.append(f"Connection: {'keep-alive' if stay else 'close'}")
    head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")
    return head if bodiless or method == "HEAD" else head + response.body


class _Server(ThreadingTCPServer):
    """Listens on loopback alone; connection threads die with the process."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, answer: Answer) -> None:
        self.answer = answer
        super().__init__((HOST, port), _Handler)


class Servers:
    """Several ports of one simulator, each for the paths that begin as it says; a context manager."""

    def __init__(self) -> None:
        self._servers: list[_Server] = []
        self.closed = threading.Event()

    def listen(self, answer: Answer, *, prefix: str, port: int = 0) -> str:
        """Opens a port for paths under ``prefix`` and returns its url; other paths get 404."""

        def guarded(request: Request) -> Response:
            if request.path.startswith(prefix):
                return answer(request)
            return Response(404, {"Content-Type": "text/html"}, b"<html><body>404 Not Found</body></html>")

        server = _Server(port, guarded)
        self._servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        return f"http://{HOST}:{server.server_address[1]}"

    def close(self) -> None:
        """Stops listening."""
        self.closed.set()
        for server in self._servers:
            server.shutdown()
            server.server_close()
        self._servers.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def announcement(parts: dict[str, str]) -> str:
    """The one line of JSON a parent process reads."""
    return json.dumps(parts) + "\n"
