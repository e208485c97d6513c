"""Seals and keyed hashes: what can be checked, and recognised again, by whoever has the key and by nobody else.

One key of a workspace, kept outside of the ledger, and from it one for each purpose: no hash of one purpose says
anything of another.
"""

import hashlib
import hmac
from typing import Literal

Purpose = Literal["chain", "word", "anchor", "erased", "check"]
_SHORT = 32
"""So many hex digits of a hash that only recognises: 128 bits."""


class Sealing:
    """The hashes of one workspace."""

    __slots__ = ("_keys",)

    def __init__(self, key: bytes) -> None:
        purposes: tuple[Purpose, ...] = ("chain", "word", "anchor", "erased", "check")
        self._keys = {name: hmac.digest(key, f"crmbridge:audit:{name}".encode(), "sha256") for name in purposes}

    def seal(self, purpose: Purpose, text: str) -> str:
        """The HMAC-SHA256 of a text, in hex."""
        return hmac.digest(self._keys[purpose], text.encode("utf-8", "surrogatepass"), "sha256").hex()

    def word(self, text: str) -> str:
        """What stands for a text that names somebody."""
        return "#" + self.seal("word", text)[:_SHORT]

    def hashed(self, text: str) -> str:
        """What an erased person is recognised by."""
        body = text.encode("utf-8", "surrogatepass")
        return hashlib.blake2b(body, key=self._keys["erased"], digest_size=_SHORT // 2).hexdigest()

    @property
    def check(self) -> str:
        """What tells whether a key is the one that was used before."""
        return self.seal("check", "")[:_SHORT]

    def __repr__(self) -> str:
        return "<Sealing ***>"
