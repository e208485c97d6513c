"""Reading ahead: pages come from several walks side by side, while the caller works on the ones it has."""

import queue
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

T = TypeVar("T")
ROOM = 2
"""How many pages of each walk may wait for the caller."""


class _Ended:
    """A walk has come to its end, or to an error."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


class _Lines(Generic[T]):
    """The walks, each on a thread of its own, and what they brought."""

    def __init__(self, walks: Sequence[Iterator[T]]) -> None:
        self.walks = walks
        self.brought: queue.SimpleQueue[tuple[int, T | _Ended]] = queue.SimpleQueue()
        self.room = [threading.Semaphore(ROOM) for _ in walks]
        self.is_over = threading.Event()

    def run(self, number: int) -> None:
        try:
            for item in self.walks[number]:
                self.brought.put((number, item))
                self.room[number].acquire()
                if self.is_over.is_set():
                    return
        except BaseException as error:  # noqa: BLE001 - it is raised where the pages are wanted
            self.brought.put((number, _Ended(error)))
        else:
            self.brought.put((number, _Ended()))

    def end(self) -> None:
        self.is_over.set()
        for room in self.room:
            room.release()


def side_by_side(walks: Sequence[Iterator[T]]) -> Iterator[tuple[int, T]]:
    """What the walks bring, each with the number of its walk, those of one walk in order; the first error leaves.

    No walk goes on once the caller stops; a call that is under way is waited for.
    """
    lines = _Lines(walks)
    pool = ThreadPoolExecutor(max(len(walks), 1), thread_name_prefix="fxiaoke-ahead")
    try:
        for number in range(len(walks)):
            pool.submit(lines.run, number)
        left = len(walks)
        while left:
            number, item = lines.brought.get()
            if not isinstance(item, _Ended):
                yield number, item
                lines.room[number].release()
            elif item.error is not None:
                raise item.error
            else:
                left -= 1
    finally:
        lines.end()
        pool.shutdown(cancel_futures=True)
