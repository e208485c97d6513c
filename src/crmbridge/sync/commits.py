"""A page is made durable while the next one is read: the disk works then, and Python has nothing to do for it.

Nothing is taken before everything up to it has been committed, so there is one writer, and a kill at any point leaves
the state before or after a page, as ever.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self


class Commits:
    """One commit at a time, on a thread of its own. Leaving it waits for the last one, whatever happened inside."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="commit")
        self._running: tuple[Future[None], Callable[[], None]] | None = None

    def begin(self, commit: Callable[[], None], then: Callable[[], None]) -> None:
        """Begins a commit; `then` is called by the `wait` after it, and only where it succeeded."""
        self.wait()
        self._running = self._thread.submit(commit), then

    def wait(self) -> None:
        """Returns once the last commit is done; its error leaves here."""
        if self._running is not None:
            (commit, then), self._running = self._running, None
            commit.result()
            then()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _: TracebackType | None
    ) -> None:
        with self._thread:
            self.wait()
