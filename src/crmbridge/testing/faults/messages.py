"""Requests as they arrive and answers as they are sent: bytes, as little of HTTP as will do."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

LONGEST_HEAD_BYTES = 64 * 1024
Receive = Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class Asked:
    """One request that arrived whole. `raw` is what came over the wire; header names are in lower case."""

    number: int
    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    raw: bytes

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer to send; its length is told unless `has_length` is false, and then the connection ends it."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    has_length: bool = True

    @classmethod
    def json(cls, value: object, status: int = 200, **headers: str) -> "Answer":
        """A JSON answer; `retry_after="5"` becomes the header Retry-After."""
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        body = json.dumps(value, ensure_ascii=False).encode()
        return cls(status, body, {"Content-Type": "application/json; charset=utf-8", **named})

    def encode(self) -> bytes:
        """The bytes of it."""
        return self.head() + self.body

    def head(self) -> bytes:
        """The bytes before the body, the empty line too."""
        lines = [f"HTTP/1.1 {self.status} {_phrase(self.status)}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        lines.append(f"Content-Length: {len(self.body)}" if self.has_length else "Connection: close")
        return "\r\n".join([*lines, "", ""]).encode("latin-1")


def split(raw: bytes) -> tuple[bytes, bytes]:
    """An answer's head, with its empty line, and its body."""
    head, gap, body = raw.partition(b"\r\n\r\n")
    return head + gap, body


def read_request(number: int, receive: Receive) -> Asked | None:
    """The next request of a connection, None where it ends before one is whole."""
    raw = b""
    while b"\r\n\r\n" not in raw:
        piece = receive(LONGEST_HEAD_BYTES)
        if not piece or len(raw) > LONGEST_HEAD_BYTES:
            return None
        raw += piece
    head, body = split(raw)
    lines = head.decode("latin-1").split("\r\n")
    method, target, _ = lines[0].split(" ", 2)
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:] if line)}
    while len(body) < int(headers.get("content-length", "0")):
        piece = receive(LONGEST_HEAD_BYTES)
        if not piece:
            return None
        body += piece
    return Asked(number, method, target, headers, body, head + body)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
