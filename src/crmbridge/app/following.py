"""Follows hints: what a notification spoke of is read again, under the connection's lease, as a sync would read it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from crmbridge.adapter.capabilities import Capability
from crmbridge.app.wiring import Wiring
from crmbridge.ledger import connections, hints
from crmbridge.ledger.hints import Hint
from crmbridge.sync.engine import run_sync
from crmbridge.sync.hints import follow as read_hints

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
    """Reads what waits; a hint leaves the inbox only once its record was looked at, and stays where that failed."""
    wanted = None if names is None else set(names)
    followed = []
    for name, there in waiting(wiring).items():
        if wanted is None or name in wanted:
            exit_code = _read(wiring, name, there)
            if exit_code in DONE:
                with wiring.ledger.begin() as tx:
                    hints.done(tx, there)
            followed.append(Followed(name, len(there), exit_code))
    return followed


def _read(wiring: Wiring, name: str, there: Sequence[Hint]) -> int:
    """Asks for those records by id; where the adapter cannot, a sync brings them with everything else that changed."""
    (setup,) = wiring.setups([name])
    around = wiring.surroundings(None, check=False)
    support = wiring.descriptor(name).support.get(Capability.FETCH)
    if support is None or not support.present:
        return run_sync([setup], around).exit_code
    return read_hints(setup, around, [(hint.object, hint.external_id) for hint in there]).exit_code
