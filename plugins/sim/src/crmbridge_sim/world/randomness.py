"""Numbers that look random and depend on nothing but the seed and a position, so that any row can be asked alone."""

from __future__ import annotations

_MASK = (1 << 64) - 1


def mixed(salt: int, position: int) -> int:
    """64 well-mixed bits (splitmix64) of a position."""
    value = (salt + position * 0x9E3779B97F4A7C15) & _MASK
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & _MASK
    return value ^ (value >> 31)
