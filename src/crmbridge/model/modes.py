"""The modes of a connection: how much of it may be written."""

from typing import Literal

Mode = Literal["read-only", "tasks", "fields", "two-way"]
MODES: tuple[Mode, ...] = ("read-only", "tasks", "fields", "two-way")
"""From the one that writes nothing to the one that writes everything that is mapped."""


def weaker(one: Mode, other: Mode) -> Mode:
    """The one of two modes that writes less."""
    return min(one, other, key=MODES.index)
