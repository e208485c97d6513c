"""Ids as they look: 24 or 32 hex digits of records, FSUID, FSCID and FSAID (dossier 1.3, 2.3)."""

from __future__ import annotations

import hashlib

ADMIN = "1000"
SYSTEM = "-10000"


def digest(*parts: object) -> str:
    """64 hex digits that follow from the parts."""
    return hashlib.sha256("|".join(str(part) for part in parts).encode()).hexdigest()


def corp_id(seed: int) -> str:
    """The corp's id of style A."""
    return "FSCID_" + digest("corp", seed)[:32].upper()


def open_user_id(seed: int, user: str) -> str:
    """The FSUID of an employee; the system has the same id in both styles (dossier 2.3: OBS)."""
    return user if user.startswith("-") else "FSUID_" + digest("user", seed, user)[:32].upper()


class RecordIds:
    """New ids: eight digits of time, ten of the tenant, six that count; so they rise with time, as ObjectIds do."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._middle = digest("ids", seed)[:10]
        self._count = 0

    def make(self, at_s: float) -> str:
        """An id of 24 digits."""
        self._count += 1
        return f"{int(at_s):08x}{self._middle}{self._count & 0xFFFFFF:06x}"

    def make_old(self, at_s: float) -> str:
        """An id of 32 digits, as older records have."""
        short = self.make(at_s)
        return digest("old", short)[:32]
