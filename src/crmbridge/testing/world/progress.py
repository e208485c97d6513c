"""How far many seeds have come, for whoever waits: each broken promise at once, and one line that is written over."""

import time
from dataclasses import dataclass, field
from typing import TextIO

from crmbridge.testing.world.totals import Totals

CLEAR = "\r\033[K"
"""Back to the beginning of the line, and nothing on it."""


@dataclass(slots=True)
class Progress:
    """Tells on `out`; with `is_line` also how many of so many seeds have been lived."""

    out: TextIO
    of: int
    is_line: bool = False
    _began: float = field(default_factory=time.perf_counter)

    def __call__(self, one: Totals, total: Totals) -> None:
        """One more seed was lived; `total` has it in it."""
        if one.violations:
            told = "\n".join(map(str, one.violations))
            self.out.write(f"{CLEAR * self.is_line}{told}\n")
        if self.is_line:
            rate = total.seeds / max(time.perf_counter() - self._began, 1e-9)
            left = (self.of - total.seeds) / rate / 60
            line = f"{total.seeds} of {self.of} seeds, {len(total.violating)} broke a promise, {rate:.1f} a second"
            self.out.write(f"{CLEAR}{line}, {left:.0f} minutes left")
        self.out.flush()

    def end(self) -> None:
        """That was all."""
        if self.is_line:
            self.out.write("\n")
