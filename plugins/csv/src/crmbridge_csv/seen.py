"""The keys that one reading has met, and what stood there, in twenty bytes a key however many there are.

A dictionary of hashes would take 120: memory that grows with the file. Here 65,536 short byte strings hold them, each
key as eight bytes of its hash and eight of its row's, one after the other.
"""

from collections import defaultdict

_BUCKET = 0xFFFF
_UINT64 = 2**64 - 1
_HALF, _WHOLE = 8, 16


class Seen:
    """Keys with the hash of what stood under each."""

    def __init__(self) -> None:
        self._buckets: defaultdict[int, bytearray] = defaultdict(bytearray)

    def meet(self, key: str, revision: str) -> str | None:
        """The revision (16 hexadecimal digits) that the key was met with first, None where it is new."""
        short = hash(key) & _UINT64
        mark = short.to_bytes(_HALF, "little")
        bucket = self._buckets[short & _BUCKET]
        at = bucket.find(mark)
        if at < 0:
            bucket += mark + bytes.fromhex(revision)
            return None
        while at % _WHOLE:  # not where a key begins: never seen in practice, and easily right
            at = bucket.find(mark, at + 1)
            if at < 0:
                bucket += mark + bytes.fromhex(revision)
                return None
        return bucket[at + _HALF : at + _WHOLE].hex()
