"""What a sync is handed: opened connections with their mappings, a clock, a source of ids, somebody to tell."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Protocol, Self

from crmbridge.adapter.contract import Adapter
from crmbridge.mapping.compiler import CompiledMapping
from crmbridge.mapping.labels import Labels
from crmbridge.mapping.objects import CompiledObject
from crmbridge.mapping.stage_meanings import Meanings
from crmbridge.model.ids import IdSource
from crmbridge.model.instants import to_us
from crmbridge.model.kinds import KIND_NAMES
from crmbridge.sync.apart.recipe import GoingApart, Recipe

if TYPE_CHECKING:
    from crmbridge.ledger.engine import Ledger
    from crmbridge.ledger.sealing import Sealing


class Progress(Protocol):
    """Told how far a long work has come; texts are templates, as in errors."""

    def start(self, label: str, total: int | None = None, **context: object) -> None:
        """A new part begins; `total` where it is known how much there is."""
        ...

    def advance(self, count: int) -> None:
        """So many more are done."""
        ...

    def finish(self) -> None:
        """The part is done."""
        ...


class Silent:
    """Progress that nobody watches."""

    def start(self, label: str, total: int | None = None, **context: object) -> None:
        """Nothing happens."""

    def advance(self, count: int) -> None:
        """Nothing happens."""

    def finish(self) -> None:
        """Nothing happens."""


@dataclass(frozen=True, slots=True)
class ConnectionSetup:
    """One connection, not yet opened. A lower `rank` is more trusted: the order of the configuration.

    With a `recipe` its large objects may be read in a process of their own. `paired` are the kinds that are kept in
    step with another connection.
    """

    name: str
    adapter_name: str
    rank: int
    open: Callable[[], Adapter]
    mapping: CompiledMapping
    recipe: Recipe | None = None
    paired: frozenset[str] = frozenset()

    def knowing(self, meanings: Meanings, labels: Labels) -> Self:
        """The connection whose mapping knows what the source says of stages and options, itself if nothing is new."""
        mapping = self.mapping.knowing(meanings, labels)
        if mapping is self.mapping:
            return self
        recipe = self.recipe and replace(self.recipe, settings=mapping.settings, mapping_hash=mapping.hash)
        return replace(self, mapping=mapping, recipe=recipe)

    @property
    def objects(self) -> list[CompiledObject]:
        """The mapped objects that are read, those that others point at first."""
        read = (compiled for compiled in self.mapping.objects.values() if compiled.is_read)
        return sorted(read, key=lambda o: (KIND_NAMES.index(o.kind.name), o.object))


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Everything a sync takes from outside. `holder` names this process in leases; `is_gone` knows dead ones.

    `apart` says when a large source is read in a process of its own, None never. With a `run_id` all that is done is
    part of that run, which somebody else ends. `sealing` gives the hashes that erased persons are recognised by.
    """

    ledger: "Ledger"
    clock: Callable[[], datetime]
    new_id: IdSource
    holder: str
    is_gone: Callable[[str], bool] = field(default=lambda _: False)
    progress: Progress = field(default_factory=Silent)
    apart: GoingApart | None = field(default_factory=GoingApart.here)
    run_id: int | None = None
    sealing: "Callable[[], Sealing] | None" = None

    @contextmanager
    def telling(self, object_name: str, connection: str) -> Iterator[Progress]:
        """Somebody is told, inside, how far the reading of an object has come."""
        self.progress.start("reading {object} of {connection}", None, object=object_name, connection=connection)
        try:
            yield self.progress
        finally:
            self.progress.finish()

    def now_us(self) -> int:
        """The time now, as stored."""
        return to_us(self.clock())
