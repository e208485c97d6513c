"""Follows hints: what a notification spoke of is read again, under the connection's lease, as a sync would read it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from crmbridge.adapter.capabilities import Capability
from crmbridge.app.wiring import Wiring
from crmbridge.ledger import connections, hints
from crmbridge.ledger.hints import Hint
from crmbridge.model.errors import ScopeError
from crmbridge.sync.engine import run_sync
from crmbridge.sync.hints import follow as read_hints
from crmbridge.sync.outcome import SyncResult

DONE = (0, 1)
"""How a reading may end that has looked at what waited."""


@dataclass(frozen=True, slots=True)
class Followed:
    """What became of the hints of one connection: how many there were, and the code that the reading ended with."""

    connection: str
    hints: int
    exit_code: int


def waiting(wiring: Wiring) -> dict[str, list[Hint]]:
    """The hints that wait, by the connection's name."""
    with wiring.ledger.read() as tx:
        found = {row.name: hints.waiting(tx, row.id) for row in connections.listing(tx)}
    return {name: there for name, there in found.items() if there and name in wiring.workspace.config.connections}


def follow(wiring: Wiring, names: Iterable[str] | None = None) -> list[Followed]:
    """Reads what waits; a hint leaves the inbox only once its record was looked at, and stays where that failed.

    One of an object that the login may not read leaves too: it would wait for ever, and hold up those of all others.
    """
    wanted = None if names is None else set(names)
    followed = []
    for name, there in waiting(wiring).items():
        if wanted is None or name in wanted:
            result = _read(wiring, name, there)
            if done := [hint for hint in there if _is_done(hint, result)]:
                with wiring.ledger.begin() as tx:
                    hints.done(tx, done)
            followed.append(Followed(name, len(there), result.exit_code))
    return followed


def _is_done(hint: Hint, result: SyncResult) -> bool:
    steps = [step for step in result.steps if step.object == hint.object]
    if not steps:
        return not result.failures
    return all(step.exit_code in DONE or isinstance(step.error, ScopeError) for step in steps)


def _read(wiring: Wiring, name: str, there: Sequence[Hint]) -> SyncResult:
    """Asks for those records by id; where the adapter cannot, a sync brings them with everything else that changed."""
    (setup,) = wiring.setups([name])
    around = wiring.surroundings(None, check=False)
    support = wiring.descriptor(name).support.get(Capability.FETCH)
    if support is None or not support.present:
        return run_sync([setup], around)
    return read_hints(setup, around, [(hint.object, hint.external_id) for hint in there])
