"""The single faults: each takes over one exchange and decides which bytes go back, and when.

A fault that calls `exchange.answer()` lets the request happen first: with an upstream, the change is made there.
"""

import gzip
import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import Protocol

from crmbridge.testing.faults.messages import Answer, Asked, split

KIB = 1024
ZEROS = bytes(64 * KIB)


class Exchange(Protocol):
    """One request and the socket that waits for its answer."""

    asked: Asked

    def answer(self) -> bytes:
        """The whole right answer, as bytes: from the upstream, which has carried it out then, or from the script."""
        ...

    def send(self, data: bytes) -> None:
        """Sends bytes at once; raises ConnectionError once the caller has gone."""
        ...

    def wait(self, seconds: float) -> None:
        """Waits, less where the server is stopped."""
        ...

    def close(self) -> None:
        """Ends the connection in order."""
        ...

    def reset(self) -> None:
        """Ends it with RST, as a crash or a firewall does."""
        ...


Fault = Callable[[Exchange], None]


def delay(seconds: float) -> Fault:
    """The right answer, late."""

    def act(exchange: Exchange) -> None:
        exchange.wait(seconds)
        exchange.send(exchange.answer())

    return act


def drip(every_s: float, *, size: int = 1, start: int = 0) -> Fault:
    """The right answer, `size` bytes at a time; `start` bytes come at once, so 0 drips in the headers too."""

    def act(exchange: Exchange) -> None:
        raw = exchange.answer()
        exchange.send(raw[:start])
        for at in range(start, len(raw), size):
            exchange.wait(every_s)
            exchange.send(raw[at : at + size])

    return act


def cut(at: int, *, of: str = "answer", by_reset: bool = False) -> Fault:
    """The right answer up to byte `at` of the whole `answer` or of its `body`; negative counts from the end."""

    def act(exchange: Exchange) -> None:
        raw = exchange.answer()
        head, body = split(raw)
        exchange.send(raw[:at] if of == "answer" else head + body[:at])
        exchange.reset() if by_reset else exchange.close()

    return act


def reset(at: int = 0) -> Fault:
    """RST after so many bytes of the right answer."""
    return cut(at, by_reset=True)


def drop_after_commit() -> Fault:
    """The request is carried out, and the connection ends without a byte of answer."""
    return cut(0)


def drop_before() -> Fault:
    """The connection ends with RST, and nothing was carried out."""
    return lambda exchange: exchange.reset()


def land_late(seconds: float) -> Fault:
    """The connection ends with RST at once, and the request is carried out so much later, when nobody waits for it."""

    def act(exchange: Exchange) -> None:
        exchange.reset()
        exchange.wait(seconds)
        exchange.answer()

    return act


def twice() -> Fault:
    """The request is carried out two times, as by a gateway that tries again, and the second answer comes back."""

    def act(exchange: Exchange) -> None:
        exchange.answer()
        exchange.send(exchange.answer())

    return act


def hang_up() -> Fault:
    """The right answer, and the connection, which was to stay, is closed behind it."""

    def act(exchange: Exchange) -> None:
        exchange.send(exchange.answer())
        exchange.close()

    return act


def trunc_nolen(at: int) -> Fault:
    """The first `at` bytes of the right body, no word of its length, and an orderly end."""

    def act(exchange: Exchange) -> None:
        head, body = split(exchange.answer())
        exchange.send(_without_length(head) + body[:at])
        exchange.close()

    return act


def without_length() -> Fault:
    """The right answer without a word of its length: legal, and nothing is missing."""

    def act(exchange: Exchange) -> None:
        head, body = split(exchange.answer())
        exchange.send(_without_length(head) + body)
        exchange.close()

    return act


def instead(answer: Answer, *, after_commit: bool = False) -> Fault:
    """This answer in the place of the right one; with `after_commit` the request is carried out all the same."""

    def act(exchange: Exchange) -> None:
        if after_commit:
            exchange.answer()
        exchange.send(answer.encode())

    return act


def html(status: int = 502, *, after_commit: bool = False) -> Fault:
    """A gateway's page for people."""
    page = b"<html><head><title>Bad Gateway</title></head><body>nginx</body></html>"
    return instead(Answer(status, page, {"Content-Type": "text/html"}), after_commit=after_commit)


def redirect(to: str, status: int = 302) -> Fault:
    """Sends the caller somewhere else."""
    return instead(Answer(status, b"", {"Location": to}))


def zeros(size_bytes: int, *, content_type: str = "application/json", has_length: bool = True) -> Fault:
    """So many zero bytes, never in memory at once."""
    return _stream({"Content-Type": content_type}, lambda: _zeros(size_bytes), size_bytes if has_length else None)


def gzip_bomb(decoded_bytes: int, *, content_type: str = "application/json") -> Fault:
    """Zeros that are a thousandth of their size on the wire."""
    headers = {"Content-Type": content_type, "Content-Encoding": "gzip"}
    return _stream(headers, lambda: _packed(_zeros(decoded_bytes)), None)


def gzipped(at: int | None = None) -> Fault:
    """The right answer packed, whole or up to byte `at` of the packed body, with the length of what is sent."""

    def act(exchange: Exchange) -> None:
        head, body = split(exchange.answer())
        packed = gzip.compress(body)[:at]
        lines = [line for line in head.split(b"\r\n") if line and not line.lower().startswith(b"content-length")]
        lines += [b"Content-Encoding: gzip", b"Content-Length: %d" % len(packed), b"", b""]
        exchange.send(b"\r\n".join(lines) + packed)

    return act


def _stream(headers: Mapping[str, str], pieces: Callable[[], Iterator[bytes]], size_bytes: int | None) -> Fault:
    length = {"Content-Length": str(size_bytes)} if size_bytes is not None else {}
    head = Answer(200, b"", {**headers, **length}, has_length=False)

    def act(exchange: Exchange) -> None:
        exchange.send(head.head())
        for piece in pieces():
            exchange.send(piece)
        exchange.close()

    return act


def _zeros(size_bytes: int) -> Iterator[bytes]:
    for start in range(0, size_bytes, len(ZEROS)):
        yield ZEROS[: size_bytes - start]


def _packed(pieces: Iterator[bytes]) -> Iterator[bytes]:
    packer = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
    for piece in pieces:
        yield packer.compress(piece)
    yield packer.flush()


def _without_length(head: bytes) -> bytes:
    kept = [line for line in head.split(b"\r\n") if line and not line.lower().startswith(b"content-length")]
    return b"\r\n".join([*kept, b"Connection: close", b"", b""])
