"""Ids: text of up to 19 digits that fits 64 bits (dossier 2.1: OAS26)."""

from __future__ import annotations

LARGEST = 2**63 - 1
_DIGITS = 19


def parse(text: object) -> int | None:
    """The number of an id, from text or a number; None when it cannot be one."""
    written = str(text) if isinstance(text, (str, int)) and not isinstance(text, bool) else ""
    if not (written.isascii() and written.isdigit() and len(written) <= _DIGITS):
        return None
    number = int(written)
    return number if number <= LARGEST else None
