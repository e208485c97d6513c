"""The hashes of many bodies are those of each, signed."""

import xxhash
from hypothesis import given
from hypothesis import strategies as st

from crmbridge.ledger.hashes import signed_hash, signed_hashes


@given(st.lists(st.binary(max_size=20), max_size=20))
def test_hashes_are_xxh3_64_with_a_sign(bodies: list[bytes]) -> None:
    assert [found % 2**64 for found in signed_hashes(bodies)] == [xxhash.xxh3_64_intdigest(body) for body in bodies]
    assert all(-(2**63) <= found < 2**63 for found in signed_hashes(bodies))
    assert [signed_hash(body) for body in bodies] == list(signed_hashes(bodies))
