"""One connection at work: its lease held, its mapping kept, its place in the run."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from threading import Lock

from crmbridge.ledger import connections, leases, pipelines
from crmbridge.ledger.erased import Erased
from crmbridge.ledger.leases import RENEW_S, Lease
from crmbridge.ledger.records import Source
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.mapping.objects import CompiledObject
from crmbridge.model.errors import CrmBridgeError
from crmbridge.sync import erasures, meanings
from crmbridge.sync.fields_gone import Gone
from crmbridge.sync.normalise import Scope
from crmbridge.sync.setup import ConnectionSetup, Surroundings


@dataclass(slots=True)
class Session:
    """A connection under its lease. Every transaction of the work is `begin`: it commits only while the lease holds.

    `resolved` remembers for each object and reference what its vendor ids are: links are made once and stay. `paired`
    are the kinds that are kept in step with another connection, `key_fields` for each object the vendor field that
    keeps the external key; `gone` the mapped fields that the source has no more. `erased` are persons who do not come
    back.
    """

    around: Surroundings
    connection: str
    connection_id: int
    mapping_id: int
    run_id: int
    lease: Lease
    renewed_us: int
    resolved: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)
    paired: frozenset[str] = frozenset()
    key_fields: Mapping[str, str] = field(default_factory=dict)
    gone: Gone = field(default_factory=dict)
    erased: Erased | None = None
    asking: Lock = field(default_factory=Lock)

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

    def may_send(self) -> None:
        """Nothing happens while the lease is ours, which is renewed where half a minute has passed; LeaseLost else.

        Asked before each call of a batch, which may take longer than a lease lasts, by any thread of the adapter.
        """
        with self.asking:
            if self.around.now_us() - self.renewed_us >= RENEW_S * 1_000_000:
                with self.begin():
                    pass

    def wanted(self, compiled: CompiledObject) -> frozenset[str]:
        """The vendor fields that an object is asked for: those of its mapping, and the external key's."""
        key_field = self.key_fields.get(compiled.object)
        return compiled.vendor_fields if key_field is None else compiled.vendor_fields | {key_field}

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
        is_paired = compiled.kind.name in self.paired
        now_us, new_id = self.around.now_us(), self.around.new_id
        key_field = self.key_fields.get(compiled.object)
        place = (compiled, source, self.run_id, now_us, looked_us, new_id, filled, is_paired, key_field)
        return Scope(*place, erased=self.erased)


@contextmanager
def leased(setup: ConnectionSetup, around: Surroundings, run_id: int) -> Iterator[tuple[Session, ConnectionSetup]]:
    """The connection under its lease, with what its source told of stages; LeaseLost where another run holds it.

    The lease is given back at the end. Where that fails, an error that ended the work is the one that is told: the
    lease runs out by itself.
    """
    now_us = around.now_us()
    with around.ledger.begin() as tx:
        connection_id = connections.ensure(tx, setup.name, adapter=setup.adapter_name, rank=setup.rank, now_us=now_us)
        lease = leases.acquire(tx, f"connection:{setup.name}", around.holder, now_us=now_us, is_gone=around.is_gone)
    with ExitStack() as giving_back:
        giving_back.push(partial(_give_back, around, lease))
        with around.ledger.begin(lease) as tx:
            setup = setup.knowing(meanings.kept(tx, connection_id), meanings.kept_labels(tx, connection_id))
            mapping_id = meanings.record(tx, connection_id, setup.mapping, now_us=now_us)
            pipelines.store(tx, setup.mapping.pipelines)
            gone = erasures.known(tx, around)
        place = (around, setup.name, connection_id, mapping_id, run_id, lease, now_us)
        yield Session(*place, paired=setup.paired, erased=gone), setup


def _give_back(around: Surroundings, lease: Lease, failure: type[BaseException] | None, *_: object) -> None:
    """Frees the lease; behind a failure it is left to run out where the store does not let go."""
    with suppress(*([CrmBridgeError] if failure else [])), around.ledger.begin() as tx:
        leases.release(tx, lease)
