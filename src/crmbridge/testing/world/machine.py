"""The engine at work on a world: a sync of all connections and a round of each pair, whatever happens."""

import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast
from unittest import mock

from crmbridge.ledger import runs
from crmbridge.model.errors import CrmBridgeError
from crmbridge.sync import pull
from crmbridge.sync.engine import run_sync
from crmbridge.sync.session import leased
from crmbridge.sync.setup import ConnectionSetup, Surroundings
from crmbridge.sync.twoway import guards
from crmbridge.sync.twoway.acknowledging import Target
from crmbridge.sync.twoway.merging import Policy, Side
from crmbridge.sync.twoway.pairs import End, Pair
from crmbridge.sync.twoway.rounds import Round, Table, go_round
from crmbridge.testing.clock import VirtualClock
from crmbridge.testing.world import adapter, mappings
from crmbridge.testing.world.adapter import OBJECT, WorldAdapter
from crmbridge.testing.world.crm import Crm
from crmbridge.testing.world.gate import Gate, Killed
from crmbridge.testing.world.habits import KEY
from crmbridge.testing.world.proofs import BY, Proofs
from crmbridge.testing.world.store import CommitsHere, GatedLedger, Store

if TYPE_CHECKING:
    from crmbridge.ledger.engine import Ledger

WAKE_S = 5.0
FORKED = 1_000_000
"""Ids of a forked world begin here."""
LIFTED = frozenset({guards.DELETES})
"""Worlds are small: two per cent of four records is none."""


@dataclass(slots=True)
class Machine:
    """Crms in a chain, each kept in step with the next. `errors` counts what stopped a part of the work, by code.

    With `has_keys` records are joined by their mark; with `is_careful` a pair waits while one of its ends could not be
    read to its end (`unread`), as the command does.
    """

    crms: Sequence[Crm]
    gate: Gate
    clock: VirtualClock
    store: Store
    policy: Policy
    deletes: bool
    errors: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    wrote_unasked: bool = False
    is_approved: bool = False
    deaths: int = 0
    is_planning: bool = False
    has_keys: bool = False
    is_careful: bool = True
    unread: set[str] = field(default_factory=set)
    proofs: Proofs = field(default_factory=Proofs)
    _numbers: Iterator[int] = field(default_factory=itertools.count)
    _adapters: dict[str, WorldAdapter] = field(default_factory=dict)

    def cycle(self) -> None:
        """One sync and one round of each pair; a death ends it, and another process comes up."""
        try:
            with mock.patch.object(pull, "Commits", CommitsHere):
                self.gate.part = "reading"
                self._read()
                self.gate.part = "round"
                for left, right in itertools.pairwise(self.crms):
                    if not (self.is_careful and self.unread & {left.name, right.name}):
                        self._round(left, right)
        except Killed:
            self.deaths += 1
            for crm in self.crms:
                crm.forget()
            self.store.reopen()
            self.gate.is_dead = False
        if self.gate.order is None:
            self.proofs.look_at_cursors(self.store, self.gate.handed)

    def fork(self, crms: Sequence[Crm], gate: Gate, clock: VirtualClock, store: Store) -> "Machine":
        """The same engine in another world that is as this one."""
        other = Machine(crms, gate, clock, store, self.policy, self.deletes, is_approved=self.is_approved)
        other.deaths, other._numbers = self.deaths, itertools.count(FORKED)
        other.has_keys, other.is_careful = self.has_keys, self.is_careful
        return other

    def wait(self, seconds: float) -> None:
        """Time passes, and what was on its way for long lands when it lands."""
        while seconds > 0:
            self.clock.advance(min(seconds, WAKE_S))
            for crm in self.crms:
                crm.land_late()
            seconds -= WAKE_S

    def _read(self) -> None:
        setups = [self._setup(number) for number in range(len(self.crms))]
        if self.gate.order is not None:
            setups.reverse()
        result = run_sync(setups, self._around())
        self.unread = {name for name, _ in result.failures}
        for step in result.steps:
            if step.error is not None:
                self.unread.add(step.connection)
                self._failed(step.error)
        for _, error in result.failures:
            self._failed(error)

    def _round(self, left: Crm, right: Crm) -> None:
        approved_by = BY if self.is_approved else None
        try:
            with self._table(left, right) as table:
                if table.pair.name in self.proofs.waiting:
                    done = self.proofs.apply(table, (left, right), self.gate.chronicle, lifted=LIFTED)
                elif self.is_planning and self.is_approved:
                    done = self.proofs.plan(table, (left, right), self.gate.chronicle, lifted=LIFTED)
                else:
                    done = go_round(table, approved_by=approved_by, lifted=LIFTED)
        except CrmBridgeError as error:
            self._failed(error)
            return
        self._tell(done)

    def _tell(self, done: Round) -> None:
        for carried in done.carried.values():
            for state, count in carried.counts.items():
                self.outcomes[state] += count
                self.gate.chronicle.tell(f"  {count} {state}")
        self.wrote_unasked |= any(crm.writes for crm in self.crms) and not self.is_approved
        if any(trip.guard == guards.FIRST for trip in done.trips):
            self.is_approved = True

    def _failed(self, error: CrmBridgeError) -> None:
        self.errors[error.code] += 1
        self.gate.chronicle.tell(f"  error {error.code}: {error}")

    @contextmanager
    def _table(self, left: Crm, right: Crm) -> Iterator[Table]:
        around = self._around()
        with around.ledger.begin() as tx:
            run_id = runs.start(tx, command="pair", version="world", now_us=around.now_us())
        with ExitStack() as stack:
            one = self._target(stack, Side.LEFT, left, around, run_id)
            other = self._target(stack, Side.RIGHT, right, around, run_id)
            assert one.end is not None
            assert other.end is not None
            name, kinds = f"{left.name}{right.name}", [mappings.KIND]
            policy = self._policy(name)
            pair = Pair(name, one.end, other.end, kinds, policy, deletes=self.deletes, create_probable=True)
            yield Table(pair, one, other, lambda: f"P{next(self._numbers)}")

    def _policy(self, pair: str) -> Policy:
        """The policy of a pair: of three systems, where a side owns what they share, the middle one does."""
        if self.policy.owner is None or len(self.crms) == 2:
            return self.policy
        return Policy.RIGHT_OWNS if pair == "ab" else Policy.LEFT_OWNS

    def _target(self, stack: ExitStack, side: Side, crm: Crm, around: Surroundings, run_id: int) -> Target:
        session, setup = stack.enter_context(leased(self._setup(self.crms.index(crm)), around, run_id))
        end = End(side, setup.name, session.connection_id, setup.mapping, mappings.ZONE)
        return Target(session, self._adapter(crm), setup.mapping.objects, end, self._keys(crm))

    def _setup(self, number: int) -> ConnectionSetup:
        crm = self.crms[number]
        paired = frozenset({mappings.KIND})
        compiled = mappings.compiled(crm.name, has_keys=self.has_keys)
        place = (crm.name, "world", number, lambda: self._adapter(crm), compiled)
        return ConnectionSetup(*place, paired=paired)

    @staticmethod
    def _keys(crm: Crm) -> dict[str, str]:
        return {OBJECT: mappings.names(crm.name)[KEY]}

    def _adapter(self, crm: Crm) -> WorldAdapter:
        return adapter.adapter(crm, self.gate, mappings.names(crm.name))

    def _around(self) -> Surroundings:
        ledger = cast("Ledger", GatedLedger(self.store.ledger, self.gate))
        holder = f"here:{self.deaths}"
        return Surroundings(ledger, self.clock, self._new_id, holder, is_gone=_is_not(holder), apart=None)

    def _new_id(self) -> str:
        return f"{next(self._numbers):026d}"


def _is_not(holder: str) -> Callable[[str], bool]:
    return lambda other: other != holder
