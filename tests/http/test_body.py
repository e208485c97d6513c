"""Bodies are whole, unpacked and bounded, however their bytes fall into pieces."""

import gzip
import zlib
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmbridge.http.body import PIECE_BYTES, CutShort, TooLarge, is_framed, whole
from crmbridge.model.errors import ContractError

MIB = 1024 * 1024


def pieces(data: bytes, cuts: list[int]) -> Iterator[bytes]:
    """The same bytes in other pieces."""
    marks = [0, *sorted({cut % (len(data) + 1) for cut in cuts}), len(data)]
    return (data[start:end] for start, end in pairwise(marks))


def read(data: bytes, headers: dict[str, str], *, cuts: list[int] | None = None, limit_bytes: int = 32 * MIB) -> bytes:
    return b"".join(whole(pieces(data, cuts or []), headers, limit_bytes=limit_bytes))


CUTS = st.lists(st.integers(0, 10_000), max_size=6)
PACKED = {"content-encoding": "gzip"}


@settings(deadline=None)
@given(st.binary(max_size=3000), CUTS)
def test_a_body_is_the_same_in_any_pieces(data: bytes, cuts: list[int]) -> None:
    assert read(data, {"content-length": str(len(data))}, cuts=cuts) == data


@settings(deadline=None)
@given(st.lists(st.binary(max_size=2000), min_size=1, max_size=3), CUTS)
def test_a_packed_body_is_the_same_in_any_pieces_and_any_number_of_parts(parts: list[bytes], cuts: list[int]) -> None:
    packed = b"".join(map(gzip.compress, parts))
    assert read(packed, {**PACKED, "content-length": str(len(packed))}, cuts=cuts) == b"".join(parts)


@settings(deadline=None)
@given(st.binary(min_size=1, max_size=2000), st.integers(1, 10_000), CUTS)
def test_a_packed_body_that_is_cut_is_cut_short(data: bytes, at: int, cuts: list[int]) -> None:
    packed = gzip.compress(data)
    with pytest.raises(CutShort):
        read(packed[: max(1, at % len(packed))], PACKED, cuts=cuts)


@settings(deadline=None)
@given(st.binary(max_size=500), st.integers(1, 50))
def test_a_body_that_is_shorter_or_longer_than_announced_is_not_whole(data: bytes, off: int) -> None:
    with pytest.raises(CutShort):
        read(data, {"content-length": str(len(data) + off)})


def test_a_large_packed_body_comes_in_small_pieces() -> None:
    data = b"".join(b"%d," % (number * number) for number in range(300_000))
    found = list(whole([gzip.compress(data, 1)], PACKED, limit_bytes=32 * MIB))
    assert b"".join(found) == data
    assert max(map(len, found)) <= PIECE_BYTES


def test_what_the_vendor_calls_deflate_is_unpacked_too() -> None:
    assert read(zlib.compress(b"x" * 100), {"content-encoding": "deflate"}) == b"x" * 100
    assert read(b"plain", {"content-encoding": "identity"}) == b"plain"


def test_an_empty_packed_body_is_empty() -> None:
    assert read(b"", {**PACKED, "content-length": "0"}) == b""


@pytest.mark.parametrize("headers", [{}, {"content-length": "2000"}])
def test_what_is_larger_than_allowed_is_stopped(headers: dict[str, str]) -> None:
    with pytest.raises(TooLarge):
        read(b"x" * 2000, headers, limit_bytes=1999)
    assert len(read(b"x" * 2000, headers, limit_bytes=2000)) == 2000


def test_what_is_announced_as_too_large_is_not_even_begun() -> None:
    def never() -> Iterator[bytes]:
        raise AssertionError
        yield b""

    with pytest.raises(TooLarge):
        next(whole(never(), {"content-length": "99999999999"}, limit_bytes=MIB))


def test_what_unpacks_to_more_than_a_hundred_times_its_size_is_stopped() -> None:
    with pytest.raises(TooLarge, match="100 times"):
        read(gzip.compress(bytes(2 * MIB)), PACKED)
    small = gzip.compress(bytes(MIB // 2))
    assert len(read(small, PACKED)) == MIB // 2, "little that is very regular is no bomb"


def test_rubbish_is_not_unpacked() -> None:
    for data, headers in (
        (b"rubbish", PACKED),
        (gzip.compress(b"x") + b"tail", PACKED),
        (b"x", {"content-encoding": "br"}),
    ):
        with pytest.raises(ContractError):
            read(data, headers)


@pytest.mark.parametrize(
    ("headers", "framed"),
    [
        ({}, False),
        ({"content-length": "0"}, True),
        ({"transfer-encoding": "chunked"}, True),
        ({"transfer-encoding": "gzip, Chunked"}, True),
        ({"content-length": "-1"}, False),
        ({"content-length": "²"}, False),
    ],
)
def test_an_answer_is_framed_where_it_says_where_it_ends(headers: dict[str, str], framed: bool) -> None:  # noqa: FBT001
    assert is_framed(headers) == framed
