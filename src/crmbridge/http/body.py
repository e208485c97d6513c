"""The bytes of an answer: all of them, unpacked, and never more than allowed.

Unpacked piece by piece, so that a small answer that unpacks to gigabytes is stopped at the limit and not in memory.
"""

import zlib
from collections.abc import Iterable, Iterator, Mapping

from crmbridge.model.errors import ContractError

RATIO = 100
"""No honest JSON shrinks to less than a hundredth."""

RATIO_COUNTS_FROM_BYTES = 1024 * 1024
PIECE_BYTES = 64 * 1024
_ANY_HEADER = zlib.MAX_WBITS | 32


class CutShort(Exception):
    """The answer ended before its end."""


class TooLarge(ContractError):
    """The answer is larger than allowed; it was not read to its end."""

    code = "too_large"


def whole(
    parts: Iterable[bytes], headers: Mapping[str, str], *, limit_bytes: int, has_body: bool = True
) -> Iterator[bytes]:
    """The unpacked pieces of a complete body; CutShort where bytes are missing, TooLarge where there are too many."""
    announced = _announced(headers) if has_body else None
    if announced is not None and announced > limit_bytes:
        raise _too_large(limit_bytes)
    counted = _Counted(parts)
    yield from _bounded(_unpacked(counted, headers.get("content-encoding", "")), counted, limit_bytes)
    if announced is not None and counted.bytes != announced:
        raise CutShort


def is_framed(headers: Mapping[str, str]) -> bool:
    """Whether the answer itself says where it ends; else a cut cannot be seen."""
    return _announced(headers) is not None or "chunked" in headers.get("transfer-encoding", "").lower()


class _Counted:
    """Pieces as they come, and how many bytes they were."""

    def __init__(self, parts: Iterable[bytes]) -> None:
        self._parts = parts
        self.bytes = 0

    def __iter__(self) -> Iterator[bytes]:
        for part in self._parts:
            self.bytes += len(part)
            yield part


def _announced(headers: Mapping[str, str]) -> int | None:
    text = headers.get("content-length", "").strip()
    return int(text) if text.isascii() and text.isdigit() else None


def _bounded(pieces: Iterable[bytes], counted: _Counted, limit_bytes: int) -> Iterator[bytes]:
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > limit_bytes:
            raise _too_large(limit_bytes)
        if size > RATIO_COUNTS_FROM_BYTES and size > counted.bytes * RATIO:
            raise TooLarge("the answer unpacks to more than {ratio} times its size", ratio=RATIO)
        yield piece


def _too_large(limit_bytes: int) -> TooLarge:
    return TooLarge("the answer is larger than {limit} bytes", limit=limit_bytes)


def _unpacked(parts: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    packing = encoding.strip().lower()
    if packing in {"", "identity"}:
        return iter(parts)
    if packing in {"gzip", "x-gzip", "deflate"}:
        return _inflated(parts)
    raise ContractError("the answer is packed as {packing}, which was not asked for", packing=packing[:40])


def _inflated(parts: Iterable[bytes]) -> Iterator[bytes]:
    reader, begun = zlib.decompressobj(_ANY_HEADER), False
    for part in parts:
        rest = part
        while rest:
            if reader.eof:
                reader = zlib.decompressobj(_ANY_HEADER)
            begun = True
            try:
                piece = reader.decompress(rest, PIECE_BYTES)
            except zlib.error:
                raise ContractError("the answer cannot be unpacked") from None
            if piece:
                yield piece
            rest = reader.unconsumed_tail or reader.unused_data
    if begun:
        yield from _last_pieces(reader)


def _last_pieces(reader: "zlib._Decompress") -> Iterator[bytes]:
    while not reader.eof:
        piece = reader.decompress(reader.unconsumed_tail, PIECE_BYTES)
        if not piece:
            raise CutShort
        yield piece
