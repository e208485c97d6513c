"""Which fields the records behind a cursor were read with, in a few characters each: for the cursor to keep.

A field that is asked for later must be read from the beginning; one that is not asked for any more changes nothing.
"""

import base64
import hashlib
from collections.abc import Iterable

MOST_HASHES = 480
"""More fields than that are kept as one hash of all of them: a new one then reads everything again."""
ALL = "*"
_WHOLE = "="
_HASH_BYTES = 3
_HASH_LENGTH = 4


def told(names: Iterable[str] | None) -> str:
    """The names as a cursor keeps them; None means every field that there is. At most 2 KiB."""
    if names is None:
        return ALL
    found = sorted(set(names))
    if len(found) > MOST_HASHES:
        return _WHOLE + hashlib.blake2b("\0".join(found).encode(), digest_size=12).hexdigest()
    return "".join(sorted({_hash(name) for name in found}))


def covers(kept: str, names: Iterable[str] | None) -> bool:
    """Whether everything that is asked for now (None: every field) was read already, by what `told` gave then."""
    if kept == ALL or names is None:
        return kept == ALL
    asked = set(names)
    if kept.startswith(_WHOLE):
        return kept == told(asked)
    known = {kept[at : at + _HASH_LENGTH] for at in range(0, len(kept), _HASH_LENGTH)}
    return {_hash(name) for name in asked} <= known


def _hash(name: str) -> str:
    return base64.b64encode(hashlib.blake2b(name.encode(), digest_size=_HASH_BYTES).digest()).decode()
