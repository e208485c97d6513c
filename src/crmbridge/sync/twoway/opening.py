"""A pair as it is configured, and the table at which its two ends meet: both leased, both opened."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from crmbridge.adapter.catalog import Catalog
from crmbridge.adapter.contract import Adapter
from crmbridge.adapter.courtesies import Fenced
from crmbridge.ledger import catalogs
from crmbridge.model.errors import Unavailable
from crmbridge.sync.answers import answering
from crmbridge.sync.session import Session, leased
from crmbridge.sync.setup import ConnectionSetup, Surroundings
from crmbridge.sync.twoway.acknowledging import Target
from crmbridge.sync.twoway.guards import Limits
from crmbridge.sync.twoway.merging import Policy, Side
from crmbridge.sync.twoway.mirror import Mirror
from crmbridge.sync.twoway.pairs import End, Pair
from crmbridge.sync.twoway.rounds import Table

LAG_S = 120.0
"""After so long a vendor finds what was made, where it says nothing else: what is not found then did not happen."""
LATEST_S = 60.0
"""So long after nobody waits for its answer any more a call may still be carried out."""


@dataclass(frozen=True, slots=True)
class Door:
    """One connection, and how it is opened for this work: to write, or to look at it alone."""

    setup: ConnectionSetup
    open: Callable[[], Adapter]


@dataclass(frozen=True, slots=True)
class PairSetup:
    """A pair, not yet opened; see `Pair` for its rules. `new_name` names its plans."""

    name: str
    left: Door
    right: Door
    kinds: tuple[str, ...]
    zone: ZoneInfo
    new_name: Callable[[], str]
    policy: Policy = Policy.REVIEW
    policies: Mapping[str, Policy] = field(default_factory=dict)
    creates: frozenset[Side] = frozenset(Side)
    deletes: bool = False
    create_probable: bool = False
    mirror: Mirror = field(default_factory=Mirror)
    limits: Limits = field(default_factory=Limits)

    def door(self, side: Side) -> Door:
        """One of the connections."""
        return self.left if side is Side.LEFT else self.right


@contextmanager
def at_table(pair: PairSetup, around: Surroundings, run_id: int) -> Iterator[Table]:
    """Both connections under their leases, opened; LeaseLost where another run holds one. Nothing is asked yet."""
    with ExitStack() as stack:
        targets = {side: _target(stack, pair, side, around=around, run_id=run_id) for side in Side}
        left, right = _end(targets[Side.LEFT]), _end(targets[Side.RIGHT])
        made = Pair(
            pair.name,
            left,
            right,
            pair.kinds,
            pair.policy,
            pair.policies,
            creates=pair.creates,
            deletes=pair.deletes,
            create_probable=pair.create_probable,
            mirror=pair.mirror,
        )
        yield Table(made, targets[Side.LEFT], targets[Side.RIGHT], pair.new_name, pair.limits)


@contextmanager
def at_door(door: Door, around: Surroundings, run_id: int, *, zone: ZoneInfo) -> Iterator[Target]:
    """One connection by itself, as `at_table`."""
    with ExitStack() as stack:
        session, setup, adapter, catalog = _entered(stack, door, around, run_id)
        end = End(Side.LEFT, setup.name, session.connection_id, setup.mapping, zone)
        yield Target(session, adapter, setup.mapping.objects, end, catalog.external_key_fields(), _lag_s(catalog))


def _target(stack: ExitStack, pair: PairSetup, side: Side, *, around: Surroundings, run_id: int) -> Target:
    session, setup, adapter, catalog = _entered(stack, pair.door(side), around, run_id)
    paired = [one.object for one in setup.objects if one.kind.name in pair.kinds]
    stamps = all((told := catalog.object(name)) is not None and told.has_modified_time for name in paired)
    end = End(
        side, setup.name, session.connection_id, setup.mapping, pair.zone, stamps, required=catalog.required_fields()
    )
    return Target(session, adapter, setup.mapping.objects, end, catalog.external_key_fields(), _lag_s(catalog))


def _entered(
    stack: ExitStack, door: Door, around: Surroundings, run_id: int
) -> tuple[Session, ConnectionSetup, Adapter, Catalog]:
    session, setup = stack.enter_context(leased(door.setup, around, run_id))
    with around.ledger.read() as tx:
        body = catalogs.latest(tx, session.connection_id)
    if body is None:
        raise Unavailable("{connection} was never read", connection=setup.name, hint="crmbridge sync reads it first")
    with answering(setup.name):
        adapter = door.open()
    stack.callback(adapter.close)
    if isinstance(adapter, Fenced):
        adapter.keep_within(session.may_send)
    return session, setup, adapter, Catalog.model_validate_json(body)


def _lag_s(catalog: Catalog) -> float:
    """How long after its call a record is found at the latest."""
    return max(LAG_S, (catalog.limits.find_lag_s or 0) + LATEST_S)


def _end(target: Target) -> End:
    if target.end is None:
        raise TypeError("a target of a pair has an end")
    return target.end
