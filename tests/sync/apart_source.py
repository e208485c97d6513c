"""A source that plays a script: pages, and what happens between them. Opened by its path, here or in another process.

python -m tests.sync.apart_source URL FOLDER     syncs the script in that folder into that ledger, for somebody to kill
"""

import itertools
import os
import pickle
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel
from tests.sync.fakes import Crm
from tests.sync.world import MAPPING, World

from crmbridge.adapter.catalog import Catalog
from crmbridge.adapter.context import AdapterContext
from crmbridge.adapter.contract import Adapter, Health, Page, PullRequest, RawRecord
from crmbridge.adapter.hookspecs import AdapterDescriptor
from crmbridge.ledger.engine import open_ledger
from crmbridge.mapping.compiler import MappingSettings, compile_mapping
from crmbridge.mapping.document import load
from crmbridge.sync.apart.recipe import GoingApart, Recipe
from crmbridge.sync.engine import run_sync
from crmbridge.sync.outcome import SyncResult
from crmbridge.sync.setup import ConnectionSetup, Progress, Silent, Surroundings

DIE = "die"
"""The process that comes here is killed."""
HANG = "hang"
"""The process that comes here writes its number into the file `hanging`, and stays for ever."""


class Options(BaseModel):
    """Nothing to say."""


class ScriptAdapter:
    """Pages of deals, from the file `script` in the workspace."""

    def __init__(self, context: AdapterContext) -> None:
        self._context = context

    def check(self) -> Health:
        return Health(ok=True, org_id="script", title="script")

    def describe(self) -> Catalog:
        return Crm().open().describe()

    def pull(self, request: PullRequest) -> Iterator[Page]:
        script: list[Any] = pickle.loads((self._context.workspace / f"script-{request.object}").read_bytes())  # noqa: S301 - ours
        cursors = [step.cursor if isinstance(step, Page) else "" for step in script]
        reached = request.reached or request.cursor
        left = script[cursors.index(reached) + 1 if reached in cursors else 0 :]
        if not left and request.reached is None:
            yield Page((), reached or "")
        for step in left:
            if isinstance(step, Page):
                yield step
                if self._context.stop.is_set():
                    return
            else:
                self._happen(step)

    def _happen(self, step: object) -> None:
        if isinstance(step, BaseException):
            raise step
        if step == DIE:
            os.kill(os.getpid(), signal.SIGKILL)
        aside = self._context.workspace / "aside"
        aside.write_text(str(os.getpid()), encoding="ascii")
        aside.replace(self._context.workspace / "hanging")
        threading.Event().wait()

    def fetch(self, _object_name: str, external_ids: Sequence[str]) -> Sequence[RawRecord | None]:
        return [None for _ in external_ids]

    def close(self) -> None:
        """Nothing is open."""


def open_script(context: AdapterContext) -> Adapter:
    return ScriptAdapter(context)


DESCRIPTOR = AdapterDescriptor(
    "script", "Script", "脚本", "tests.sync.apart_source:open_script", Options, {}, reads_apart=True
)


@dataclass
class Told(Silent):
    """Progress that remembers, and does something at each step."""

    steps: list[int] = field(default_factory=list)
    at: Any = None

    def advance(self, count: int) -> None:
        self.steps.append(count)
        if self.at:
            self.at(len(self.steps))


def play(
    world: World,
    folder: Path,
    script: Sequence[object] | None = None,
    *,
    going: GoingApart | None,
    progress: Progress | None = None,
    lenses: Any = None,
    stop: threading.Event | None = None,
    mapping_hash: str | None = None,
) -> SyncResult:
    """A sync of that script; `lenses` and `mapping_hash` are not as they should be."""
    if script is not None:
        (folder / "script-deals").write_bytes(pickle.dumps(list(script)))
        for name in ("users", "accounts"):
            (folder / f"script-{name}").write_bytes(pickle.dumps([Page((), "1")]))
    context = AdapterContext("books", Options(), folder, stop=stop or threading.Event())
    document, settings = load(MAPPING, file="books.toml"), MappingSettings(ZoneInfo("UTC"), "USD")
    mapping = compile_mapping(document, settings)
    recipe = Recipe.of(
        DESCRIPTOR,
        context,
        document=document,
        settings=settings,
        lenses=lenses or {},
        mapping_hash=mapping_hash or mapping.hash,
    )
    setup = ConnectionSetup("books", "script", 0, lambda: open_script(context), mapping, recipe)
    around = Surroundings(
        world.ledger,
        world.clock,
        world.new_id,
        world.holder,
        is_gone=world.gone.__contains__,
        progress=progress or Silent(),
        apart=going,
    )
    world.clock.advance(60)
    return run_sync([setup], around)


def main(url: str, folder: str) -> None:
    numbers = itertools.count(1)
    world = World(open_ledger(url), lambda: f"{next(numbers):026d}")
    play(world, Path(folder), going=GoingApart(1, is_waited_for=True))


if __name__ == "__main__":
    main(*sys.argv[1:])
