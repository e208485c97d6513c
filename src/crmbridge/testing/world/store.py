"""The ledger of a world: copied from a template, and dying with its process at any commit."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Self

from crmbridge.ledger import bulk
from crmbridge.ledger.engine import Ledger, open_ledger
from crmbridge.ledger.leases import Lease
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.testing.world.gate import Gate

KEPT = ("raw_record", "raw_payload", "link", "twin", "conflict", "account")


@cache
def _template() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "template.db"
        open_ledger(f"sqlite:///{path}").close()
        return path.read_bytes()


class Store:
    """A ledger in a file of its own, opened again after each death."""

    def __init__(self, contents: bytes | None = None) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="world-"))
        self._path = self._folder / "ledger.db"
        self._path.write_bytes(contents or _template())
        self.ledger = self._open()

    def copied(self) -> "Store":
        """Another one that holds the same."""
        self.ledger.close()
        contents = self._path.read_bytes()
        self.ledger = self._open()
        return Store(contents)

    def reopen(self) -> None:
        """Another process opens what the dead one had committed."""
        self.ledger.close()
        self.ledger = self._open()

    def close(self) -> None:
        """The world is over."""
        self.ledger.close()
        shutil.rmtree(self._folder)

    def contents(self) -> dict[str, list[tuple[object, ...]]]:
        """What is kept of records, of links and of decisions."""
        with self.ledger.read() as tx:
            return {name: bulk.select(tx, f"SELECT * FROM {name}") for name in KEPT}  # noqa: S608 - names of ours

    def _open(self) -> Ledger:
        return open_ledger(f"sqlite:///{self._path}", check=False, durable=False)


class GatedLedger:
    """A ledger whose every commit passes the gate."""

    def __init__(self, ledger: Ledger, gate: Gate) -> None:
        self._ledger, self._gate = ledger, gate

    @contextmanager
    def begin(self, lease: Lease | None = None) -> Iterator[LedgerTx]:
        """One transaction."""
        self._gate.alive()
        with self._ledger.begin(lease) as tx:
            yield tx
            self._gate.committing()
        self._gate.committed()

    @contextmanager
    def read(self) -> Iterator[LedgerTx]:
        """One consistent view."""
        self._gate.alive()
        with self._ledger.read() as tx:
            yield tx


class CommitsHere:
    """As `sync.commits.Commits`, on this thread: whoever counts boundaries must meet them in one order."""

    def begin(self, commit: Callable[[], None], then: Callable[[], None]) -> None:
        """Commits, and then tells."""
        commit()
        then()

    def wait(self) -> None:
        """Nothing is under way."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _: TracebackType | None
    ) -> None:
        """Nothing is held."""
