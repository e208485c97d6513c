"""Follows hints: what a notification spoke of is read again, under the connection's lease, as a sync would read it."""

from collections.abc import Iterable
from dataclasses import dataclass

from crmbridge.app.wiring import Wiring
from crmbridge.ledger import connections, hints
from crmbridge.ledger.hints import Hint
from crmbridge.sync.engine import run_sync

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
            result = run_sync(wiring.setups([name]), wiring.surroundings(None, check=False))
            if result.exit_code in DONE:
                with wiring.ledger.begin() as tx:
                    hints.done(tx, there)
            followed.append(Followed(name, len(there), result.exit_code))
    return followed
