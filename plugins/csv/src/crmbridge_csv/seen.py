"""The keys that one reading has met, and what stood there, in twenty bytes a key however many there are.

A dictionary of hashes would take 120: memory that grows with the file. Here 65,536 short byte strings hold them, each
key as eight bytes of its hash and eight of its row's, one after the other. Most files come in the order of their keys:
a key that is greater than all before is new without a look, and is only sorted in once one comes that is not.
"""

from collections import defaultdict

_UINT64 = 2**64 - 1
_HALF, _WHOLE = 8, 16


class Seen:
    """Keys with the hash of what stood under each."""

    def __init__(self) -> None:
        self._buckets: defaultdict[int, bytearray] = defaultdict(bytearray)
        self._greatest = ""
        self._unsorted = bytearray()

    def meet(self, key: str, revision: str) -> str | None:
        """The revision (16 hexadecimal digits) that the key was met with first, None where it is new."""
        mark = (hash(key) & _UINT64).to_bytes(_HALF, "little")
        if key > self._greatest:
            self._greatest = key
            self._unsorted += mark + bytes.fromhex(revision)
            return None
        if self._unsorted:
            self._sort_in()
        bucket = self._buckets[_bucket(mark)]
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

    def _sort_in(self) -> None:
        for at in range(0, len(self._unsorted), _WHOLE):
            entry = self._unsorted[at : at + _WHOLE]
            self._buckets[_bucket(entry)] += entry
        self._unsorted.clear()


def _bucket(mark: bytes | bytearray) -> int:
    """Two bytes of a hash."""
    return mark[0] << 8 | mark[1]
