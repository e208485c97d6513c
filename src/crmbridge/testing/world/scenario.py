"""One seed from its beginning to its end: a busy time, a quiet time, and what is left for the checker."""

import gc
import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from crmbridge.ledger import conflicts
from crmbridge.ledger.conflicts import Conflict
from crmbridge.sync.twoway.merging import Policy
from crmbridge.testing.clock import VirtualClock
from crmbridge.testing.world import orders
from crmbridge.testing.world.adapter import LATEST_UPDATE_S
from crmbridge.testing.world.chronicle import Chronicle
from crmbridge.testing.world.crm import Crm
from crmbridge.testing.world.gate import QUIET, Gate, swarm
from crmbridge.testing.world.habits import drawn
from crmbridge.testing.world.machine import Machine
from crmbridge.testing.world.people import People
from crmbridge.testing.world.reviewers import Reviewers
from crmbridge.testing.world.store import Store

SETTLED_S = 90
"""Longer than any list lags."""
QUIET_ROUNDS = 8
"""Within so many runs the sides agree."""
COLLECT_EVERY = 8
KEYED = 0.3
"""In so many worlds a record is known by what it says, and the CRMs know some of the same companies at the start."""
CAREFUL = 0.5
"""In so many at least a pair waits while an end of it cannot be read."""
CALM = 0.05
"""How often somebody does something at a boundary of a calm world."""
PLANNED = 0.15
"""How often a person has a plan made first, and carried out then."""
REORDERED = 0.2
"""How many worlds are lived to their end a second time, with everything told in another order."""
BURST = 8
"""So much is edited at once before that."""
_POLICIES = [*[Policy.NEWEST] * 3, *[Policy.LEFT, Policy.RIGHT] * 2, Policy.REVIEW, Policy.LEFT_OWNS, Policy.RIGHT_OWNS]


@dataclass(slots=True)
class Lived:
    """What one seed came to. `echoes` are writes of a run after both sides agreed, `crash` an error of ours."""

    seed: int
    chronicle: Chronicle
    crms: Sequence[Crm]
    policy: Policy
    deletes: bool
    conflicts: list[Conflict] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    hits: Counter[str] = field(default_factory=Counter)
    kills: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    did: Counter[str] = field(default_factory=Counter)
    proofs: Counter[str] = field(default_factory=Counter)
    calls: int = 0
    edits: int = 0
    echoes: int = 0
    unfounded: list[str] = field(default_factory=list)
    unplanned: list[str] = field(default_factory=list)
    undeleted: list[str] = field(default_factory=list)
    differs_by_order: list[str] = field(default_factory=list)
    wrote_unasked: bool = False
    is_changed_by_again: bool = False
    crash: str | None = None
    seconds: float = 0.0

    @property
    def pairs(self) -> list[tuple[Crm, Crm]]:
        """Who is kept in step with whom."""
        return list(zip(self.crms, self.crms[1:], strict=False))


def live(seed: int, *, steps: int, is_traced: bool = False, is_calm: bool = False) -> Lived:
    """Lives one seed through: `steps` calls of the engine in its busy time.

    With `is_calm` it is another story, in which people edit little, and delete and bring back much.
    """
    began = time.perf_counter()
    rng = random.Random(seed)  # noqa: S311 - a story, no secret
    clock = VirtualClock()
    chronicle = Chronicle(lines=[] if is_traced else None)
    crms = [
        Crm(drawn(name, rng), clock, random.Random(rng.random()), chronicle)  # noqa: S311
        for name in ("a", "b", "c")[: 3 if rng.random() < 0.25 else 2]
    ]
    policy = rng.choice(_POLICIES)
    deletes = rng.random() < 0.5 or is_calm
    gate = Gate(rng, clock, chronicle, swarm(rng), crms)
    people = gate.people = People(
        rng, crms, deletes=rng.random() < 0.8, most=rng.choice([4, 5, 7]), focus=rng.choice([0.0, 0.0, 0.3, 0.6])
    )
    if is_calm:
        gate.rates, people.deletes, people.is_calm = replace(gate.rates, edit=CALM), True, True
    for line in (f"policy {policy}, deletes {deletes}, {gate.rates}", *(str(crm.habits) for crm in crms)):
        chronicle.tell(line)
    store = Store()
    machine = Machine(crms, gate, clock, store, policy, deletes)
    machine.has_keys, machine.is_careful = rng.random() < KEYED, rng.random() < CAREFUL
    reviewers = Reviewers(rng, crms, chronicle, store)
    lived = Lived(seed, chronicle, crms, policy, deletes)
    try:
        _busy(machine, people, reviewers, steps)
        _quiet(machine, people, lived)
        with store.ledger.read() as tx:
            lived.conflicts = [*conflicts.listing(tx), *conflicts.listing(tx, is_open=False)]
    except Exception as error:
        lived.crash = f"{type(error).__name__}: {error}"
        if is_traced:
            raise
    finally:
        store.close()
        if seed % COLLECT_EVERY == 0:
            gc.collect()  # a run freezes what is there, so Python would rarely look for the cycles of a dead world
    lived.errors, lived.outcomes, lived.hits, lived.kills = machine.errors, machine.outcomes, gate.hits, gate.kills
    lived.calls, lived.edits, lived.wrote_unasked = gate.calls, people.edits, machine.wrote_unasked
    lived.did = people.did + Counter(answer=len(chronicle.answers))
    lived.unfounded, lived.unplanned = machine.proofs.unfounded, machine.proofs.unplanned
    lived.undeleted = machine.proofs.undeleted
    lived.proofs += Counter(cursors=machine.proofs.looked, plans=machine.proofs.planned)
    lived.seconds = time.perf_counter() - began
    return lived


def _busy(machine: Machine, people: People, reviewers: Reviewers, steps: int) -> None:
    gate = machine.gate
    if machine.has_keys:
        _share(machine, people)
    for crm in machine.crms:
        people.create(crm)
    while gate.calls < steps:
        gate.chronicle.tell("--- cycle")
        before, machine.is_planning = gate.calls, gate.rng.random() < PLANNED
        machine.cycle()
        machine.proofs.look_at_deletions(machine.store, machine.crms)
        reviewers.answer_some()
        machine.wait(gate.rng.choice([1, 10, 30, 60]) if gate.calls > before else 120)


def _share(machine: Machine, people: People) -> None:
    """Companies that all CRMs have had for long; a list of them that comes empty would make them anew."""
    machine.is_careful = True
    machine.gate.rates.faults.pop("empty", None)
    for _ in range(machine.gate.rng.choice([1, 2])):
        people.share()
    machine.wait(SETTLED_S)


def _quiet(machine: Machine, people: People, lived: Lived) -> None:
    """No edits, no faults, no deaths; nothing is healed. The last run must find nothing to do."""
    gate, other = machine.gate, None
    gate.rates, machine.is_planning = QUIET, False
    if gate.rng.random() < REORDERED:
        machine.proofs.waiting.clear()  # a plan that waits would be carried out in one of the two alone
        for _ in range(BURST):
            people()
            machine.wait(SETTLED_S / 3)
        machine.wait(LATEST_UPDATE_S + max(crm.line.wait_s for crm in machine.crms))
        for crm in machine.crms:
            crm.land_late()
        machine.wait(SETTLED_S)
        other = orders.told_otherwise(machine)
    machine.wait(max(crm.line.wait_s for crm in machine.crms))
    for _ in range(QUIET_ROUNDS):
        gate.chronicle.tell("--- quiet cycle")
        machine.wait(75)
        machine.cycle()
    before = sum(crm.writes for crm in machine.crms)
    machine.wait(75)
    machine.cycle()
    lived.echoes = sum(crm.writes for crm in machine.crms) - before
    if other is not None:
        with other:
            for _ in range(QUIET_ROUNDS):
                other.machine.wait(75)
                other.machine.cycle()
            lived.differs_by_order = orders.differences(machine, other.machine)
            lived.proofs["orders"] += 1
    _again(machine, lived)


def _again(machine: Machine, lived: Lived) -> None:
    """Everything is delivered once more, and changes nothing."""
    before, writes = machine.store.contents(), sum(crm.writes for crm in machine.crms)
    machine.gate.is_again = True
    machine.gate.chronicle.tell("--- everything again")
    machine.wait(75)
    machine.cycle()
    lived.is_changed_by_again = machine.store.contents() != before or sum(c.writes for c in machine.crms) != writes
