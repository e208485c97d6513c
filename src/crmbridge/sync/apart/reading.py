"""The pages of an object, packed for the ledger, whichever process reads them.

Each reading begins here. One that turns out to be long goes on in a process of its own, from the page that was reached:
the same pages come in the same order, and nothing else tells the two apart.
"""

from collections.abc import Generator, Iterator
from contextlib import closing

from crmbridge.adapter.contract import Adapter, PullRequest
from crmbridge.mapping.objects import CompiledObject
from crmbridge.sync.answers import pages
from crmbridge.sync.apart.process import Reader, begin
from crmbridge.sync.apart.recipe import GoingApart, Recipe
from crmbridge.sync.packets import Packet, prepare


def packets(
    adapter: Adapter,
    request: PullRequest,
    compiled: CompiledObject,
    *,
    connection: str,
    recipe: Recipe | None,
    going: GoingApart | None,
) -> Generator[Packet]:
    """The pages, at least one. With a `recipe` a process may take over, as `going` says.

    Errors are those of `answers.pages` and `prepare`, whoever reads, and TransientError where the other process was
    killed. Closing ends that process.
    """
    crew = _Crew(recipe, going, request)
    try:
        reached = None
        with closing(pages(adapter, request, connection=connection)) as own:
            for page in own:
                yield prepare(page, compiled)
                if crew.takes_over(len(page.records)):
                    reached = page.cursor
                    break
        if reached is not None:
            yield from crew.packets(reached)
    finally:
        crew.close()


class _Crew:
    """The process that may take over: not begun, getting ready, ready, or of no use."""

    def __init__(self, recipe: Recipe | None, going: GoingApart | None, request: PullRequest) -> None:
        self._recipe, self._going, self._request = recipe, going, request
        self._read = 0
        self._reader: Reader | None = None

    def takes_over(self, count: int) -> bool:
        """Whether the next page is the other process's, after so many more records."""
        if self._recipe is None or self._going is None:
            return False
        self._read += count
        if self._reader is None:
            if self._read < self._going.after_records:
                return False
            self._reader = begin(self._recipe, self._request)
        reader = self._reader
        is_ready = reader is not None and reader.is_ready(wait=self._going.is_waited_for)
        if reader is None or reader.is_lost:
            self.close()
            self._recipe = None
        return is_ready

    def packets(self, reached: str) -> Iterator[Packet]:
        """The pages after that cursor, none after a stop was asked for."""
        stop = None if self._recipe is None else self._recipe.stop
        if self._reader is None or (stop is not None and stop.is_set()):
            return
        for packet in self._reader.packets(reached):
            yield packet
            if stop is not None and stop.is_set():
                return

    def close(self) -> None:
        """Ends the other process, if there is one."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None
