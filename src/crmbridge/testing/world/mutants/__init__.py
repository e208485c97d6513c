"""Planted bugs: each takes one rule out of the production code while a world lives, and must be caught."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache

from crmbridge.testing.world.checker import check
from crmbridge.testing.world.mutants import deciding, deleting, reading, sending
from crmbridge.testing.world.scenario import live


@dataclass(frozen=True, slots=True)
class Mutant:
    """One planted bug; with `is_calm` it is hunted in worlds where little is edited and much is deleted."""

    name: str
    plant: Callable[[], AbstractContextManager[object]]
    is_calm: bool = False

    @property
    def about(self) -> str:
        """What it does."""
        return (self.plant.__doc__ or "").split("\n", maxsplit=1)[0]


ALL = [
    Mutant(plant.__name__, plant, is_calm=plant in deleting.CALM)
    for plant in (*sending.PLANTED, *deciding.PLANTED, *reading.PLANTED, *deleting.PLANTED)
]
"""Every planted bug."""
SPECIFIED = (
    "create_again_without_search",
    "no_wait_for_the_index",
    "outbox_forgets_before_sending",
    "unconditional_writes",
    "one_shadow",
    "decisions_do_not_contradict",
    "raw_comparison",
    "absence_deletes",
    "no_overlap",
    "watermark_before_rows",
    "clock_as_watermark",
    "unsettled_reads",
    "late_writes_are_edits",
)
"""Those of the reliability page, section 4.4, in its order."""


@dataclass(frozen=True, slots=True)
class Hunt:
    """What became of a planted bug: the first seed that caught it and what was broken; None where none did."""

    name: str
    about: str
    seed: int | None
    seeds: int
    violation: str | None


@cache
def _holds(seed: int, steps: int, *, is_calm: bool) -> bool:
    """Whether a seed breaks no promise by itself."""
    return not check(live(seed, steps=steps, is_calm=is_calm))


def hunt(mutant: Mutant, *, steps: int, most: int, first: int = 0) -> Hunt:
    """Lives seed after seed with the bug planted, until one breaks a promise that it keeps without the bug."""
    for number, seed in enumerate(range(first, first + most), 1):
        with mutant.plant():
            found = check(live(seed, steps=steps, is_calm=mutant.is_calm))
        if found and _holds(seed, steps, is_calm=mutant.is_calm):
            return Hunt(mutant.name, mutant.about, seed, number, str(found[0]))
    return Hunt(mutant.name, mutant.about, None, most, None)


def named(name: str) -> Mutant:
    """The planted bug of that name."""
    return next(mutant for mutant in ALL if mutant.name == name)
