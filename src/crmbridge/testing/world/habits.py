"""How the simulated CRMs differ from each other."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

FIELDS = ("name", "city", "phone")
"""What people edit, by our names; `mark` tells which records are one, and nobody edits it."""
MARK, KEY = "mark", "external_key"
SPOILT = "#"
"""A character that some CRMs refuse."""


def _plain(value: str) -> str:
    return value


def _trim(value: str) -> str:
    return " ".join(value.split())


def _upper(value: str) -> str:
    return value.strip().upper()


def _digits(value: str) -> str:
    return "".join(char for char in value if char.isdigit() or char == "+")


TIDY: Mapping[str, Callable[[str], str]] = {"plain": _plain, "trim": _trim, "upper": _upper, "digits": _digits}


def fold(value: object) -> str | None:
    """What two systems' forms of one value have in common: no case, no space; None for empty."""
    if value is None:
        return None
    return "".join(str(value).split()).casefold() or None


@dataclass(frozen=True, slots=True)
class Habits:
    """One CRM's ways.

    `is_unique`: it enforces the external key, and a second create gives the first record. `lag_s`: so long, at most,
    its lists and searches show what was. `tidy`: what it makes of a field's value. `in_seconds`: its times, and the
    revisions that are made of them, are whole seconds. `has_feed`: it lists deletions; otherwise each reading lists
    everything. `is_conditional`: it refuses a write whose base has moved by itself; for one that does not, its adapter
    looks just before. `refuses`: it takes no value with SPOILT in it.
    """

    name: str
    is_unique: bool = True
    lag_s: float = 0.0
    tidy: Mapping[str, str] = field(default_factory=dict)
    in_seconds: bool = False
    has_feed: bool = True
    is_conditional: bool = True
    refuses: bool = False
    page_size: int = 100
    batch_size: int = 100

    def tidied(self, name: str, value: str | None) -> str | None:
        """What it keeps of a value."""
        if value is None:
            return None
        return TIDY[self.tidy.get(name, "plain")](value) or None


def drawn(name: str, rng: random.Random) -> Habits:
    """Some CRM."""
    return Habits(
        name=name,
        is_unique=rng.random() < 0.5,
        lag_s=rng.choice([0.0, 5.0, 30.0, 30.0]),
        tidy={
            "name": rng.choice(["plain", "trim", "upper"]),
            "city": rng.choice(["plain", "trim", "upper"]),
            "phone": rng.choice(["plain", "digits"]),
        },
        in_seconds=rng.random() < 0.45,
        has_feed=rng.random() < 0.6,
        is_conditional=rng.random() < 0.7,
        refuses=rng.random() < 0.15,
        page_size=rng.choice([1, 2, 100]),
        batch_size=rng.choice([1, 3, 100, 100]),
    )
