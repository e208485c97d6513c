"""One connection at work: its lease held, its mapping kept, its place in the run."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from crmbridge.ledger import connections, leases, mappings, pipelines
from crmbridge.ledger.leases import RENEW_S, Lease
from crmbridge.ledger.records import Source
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.mapping.objects import CompiledObject
from crmbridge.sync.normalise import Scope
from crmbridge.sync.setup import ConnectionSetup, Surroundings


@dataclass(slots=True)
class Session:
    """A connection under its lease. Every transaction of the work is `begin`: it commits only while the lease holds.

    `resolved` remembers for each object and reference what its vendor ids are: links are made once and stay.
    """

    around: Surroundings
    connection: str
    connection_id: int
    mapping_id: int
    run_id: int
    lease: Lease
    renewed_us: int
    resolved: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)

    @contextmanager
    def begin(self) -> Iterator[LedgerTx]:
        """One transaction under the lease, which is renewed where half a minute has passed; LeaseLost where it is."""
        try:
            with self.around.ledger.begin(self.lease) as tx:
                yield tx
                now_us = self.around.now_us()
                if now_us - self.renewed_us >= RENEW_S * 1_000_000:
                    leases.renew(tx, self.lease, now_us=now_us)
                    self.renewed_us = now_us
        except BaseException:
            self.resolved.clear()  # it may remember links that were not committed
            raise

    def scope(
        self, compiled: CompiledObject, looked_us: int | None = None, filled: frozenset[str] = frozenset()
    ) -> Scope:
        """The object at this moment of the run; `looked_us` is when the reading before it began (see `Scope`)."""
        source = Source(
            self.connection_id,
            self.connection,
            compiled.object,
            self.mapping_id,
            compiled.ref_targets,
            compiled.unknown,
            self.resolved.setdefault(compiled.object, {}),
        )
        return Scope(compiled, source, self.run_id, self.around.now_us(), looked_us, self.around.new_id, filled)


@contextmanager
def leased(setup: ConnectionSetup, around: Surroundings, run_id: int) -> Iterator[Session]:
    """The connection under its lease, which is given back at the end; LeaseLost where another run holds it."""
    now_us = around.now_us()
    with around.ledger.begin() as tx:
        connection_id = connections.ensure(tx, setup.name, adapter=setup.adapter_name, rank=setup.rank, now_us=now_us)
        lease = leases.acquire(tx, f"connection:{setup.name}", around.holder, now_us=now_us, is_gone=around.is_gone)
    try:
        with around.ledger.begin(lease) as tx:
            mapping_id = mappings.record(
                tx,
                connection_id,
                setup.mapping.hash,
                body=setup.mapping.body,
                unknown={name: compiled.unknown for name, compiled in setup.mapping.objects.items()},
                now_us=now_us,
            )
            pipelines.store(tx, setup.mapping.pipelines)
        yield Session(around, setup.name, connection_id, mapping_id, run_id, lease, now_us)
    finally:
        with around.ledger.begin() as tx:
            leases.release(tx, lease)
