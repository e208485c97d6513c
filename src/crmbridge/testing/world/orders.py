"""The same world lived to its end once more, with everything told in another order: it must come to the same."""

import random
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from crmbridge.testing.clock import VirtualClock
from crmbridge.testing.world.chronicle import Chronicle
from crmbridge.testing.world.crm import Crm, Row
from crmbridge.testing.world.gate import QUIET, Gate
from crmbridge.testing.world.habits import FIELDS, MARK
from crmbridge.testing.world.machine import Machine
from crmbridge.testing.world.store import Store


@dataclass(frozen=True, slots=True)
class Fork:
    """A machine in a copy of a world; closing it throws the copy away."""

    machine: Machine
    store: Store

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _: TracebackType | None
    ) -> None:
        self.store.close()


def told_otherwise(machine: Machine) -> Fork:
    """A copy in which connections are read the other way round, and records come in another order."""
    clock, chronicle = VirtualClock(machine.clock()), Chronicle()
    crms = [_copied(crm, clock, chronicle) for crm in machine.crms]
    gate = Gate(_as(machine.gate.rng), clock, chronicle, QUIET, crms)
    gate.order = _as(machine.gate.rng)
    store = machine.store.copied()
    return Fork(machine.fork(crms, gate, clock, store), store)


def differences(one: Machine, other: Machine) -> list[str]:
    """What the CRMs of the two hold otherwise."""
    found = []
    for crm, same in zip(one.crms, other.crms, strict=True):
        held, there = _held(crm), _held(same)
        found += [
            f"{crm.name} holds {mark} as {held.get(mark)}, told in another order as {there.get(mark)}"
            for mark in sorted(held.keys() | there.keys())
            if held.get(mark) != there.get(mark)
        ]
    return found


def _held(crm: Crm) -> dict[str, list[tuple[str | None, ...]]]:
    found: dict[str, list[tuple[str | None, ...]]] = {}
    for row in crm.live():
        values = tuple(row.now.fields.get(name) for name in FIELDS)
        found.setdefault(str(row.now.fields.get(MARK)), []).append(values)
    return {mark: sorted(rows, key=str) for mark, rows in found.items()}


def _copied(crm: Crm, clock: VirtualClock, chronicle: Chronicle) -> Crm:
    rows = {external_id: Row(external_id, list(row.versions)) for external_id, row in crm.rows.items()}
    return Crm(crm.habits, clock, _as(crm.rng), chronicle, rows, list(crm.late))


def _as(rng: random.Random) -> random.Random:
    """Another one that will draw the same."""
    other = random.Random()  # noqa: S311 - a story, no secret
    other.setstate(rng.getstate())
    return other
