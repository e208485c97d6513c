"""How far long work is, told on standard error: a bar on a terminal, else a line now and then.

Nothing is shown for work that ends within two seconds. The work itself only calls `start`, `advance` and `finish`.
"""

import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from crmbridge.report.i18n import Catalog, mark

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

PATIENCE_S = 2.0
"""Work shorter than this says nothing."""

LINE_EVERY_S = 10.0
"""How often a line is written where there is no terminal."""


class Meter:
    """Tells how far one piece of work after another is. `label` is a template, its values follow as keywords."""

    def __init__(self, texts: Catalog, *, clock: Callable[[], float] = time.monotonic, tty: bool | None = None) -> None:
        self._texts = texts
        self._clock = clock
        self._tty = sys.stderr.isatty() if tty is None else tty
        self._label = ""
        self._total: int | None = None
        self._done = 0
        self._told_at = 0.0
        self._bar: tuple[Progress, TaskID] | None = None

    def start(self, label: str, total: int | None = None, **context: object) -> None:
        """A piece of work begins; `total` where it is known how much there is."""
        self.finish()
        self._label, self._total, self._done = self._texts.message(label, context), total, 0
        self._told_at = self._clock() - LINE_EVERY_S + PATIENCE_S

    def advance(self, count: int = 1) -> None:
        """So much more is done."""
        self._done += count
        if self._bar is not None:
            progress, task = self._bar
            progress.update(task, advance=count)
        elif self._clock() - self._told_at >= LINE_EVERY_S:
            self._told_at = self._clock()
            self._tell()

    def finish(self) -> None:
        """The piece of work has ended, well or not; harmless twice."""
        if self._bar is not None:
            self._bar[0].stop()
            self._bar = None

    def _tell(self) -> None:
        if self._tty:
            self._bar = self._drawn()
            return
        template = mark("{label}: {done}") if self._total is None else mark("{label}: {done} of {total}")
        params = {"label": self._label, "done": f"{self._done:,}", "total": f"{self._total or 0:,}"}
        print(self._texts.message(template, params), file=sys.stderr, flush=True)  # noqa: T201 - the talk of the CLI

    def _drawn(self) -> "tuple[Progress, TaskID]":
        from rich.console import Console  # noqa: PLC0415 - only where a bar is drawn
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn  # noqa: PLC0415

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        progress = Progress(*columns, console=Console(stderr=True), transient=True)
        progress.start()
        return progress, progress.add_task(self._label, total=self._total, completed=self._done)
