"""What the checker cannot see from outside: cursors that are kept, and what a saved plan writes when it is applied."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import orjson

from crmbridge.ledger import connections, outbox, raw, streams
from crmbridge.ledger.outbox import Write
from crmbridge.ledger.plans import Plan
from crmbridge.sync.twoway.approving import Approval, apply_plan
from crmbridge.sync.twoway.merging import Side
from crmbridge.sync.twoway.rounds import Round, Table, make_plan, merge
from crmbridge.sync.twoway.settling import settle
from crmbridge.testing.world import mappings
from crmbridge.testing.world.adapter import OBJECT
from crmbridge.testing.world.chronicle import Chronicle, Deed
from crmbridge.testing.world.crm import Crm
from crmbridge.testing.world.habits import KEY
from crmbridge.testing.world.store import Store

BY = "somebody"
Ends = tuple[Crm, Crm]


@dataclass(slots=True)
class Proofs:
    """`unfounded` cursors, `unplanned` writes and records that are `undeleted` are broken promises.

    `looked` and `planned` count the looks at cursors and at plans.

    `waiting` are the saved plans that a person will have carried out in the next round, by the name of their pair.
    """

    looked: int = 0
    planned: int = 0
    unfounded: list[str] = field(default_factory=list)
    unplanned: list[str] = field(default_factory=list)
    undeleted: list[str] = field(default_factory=list)
    waiting: dict[str, Plan] = field(default_factory=dict)

    def look_at_cursors(self, store: Store, handed: Mapping[tuple[str, str], Mapping[str, int]]) -> None:
        """Everything that was read on the way to a cursor that is kept is kept, or something newer."""
        with store.ledger.read() as tx:
            for one in connections.listing(tx):
                at = streams.get(tx, one.id, OBJECT)
                told = {} if at is None or at.cursor is None else handed.get((one.name, at.cursor), {})
                if not told:
                    continue
                self.looked += 1
                kept = {i: at_us for i, (at_us, _) in raw.stamps(tx, one.id, OBJECT, sorted(told)).items()}
                lacking = sorted(
                    external_id for external_id, at_us in told.items() if kept.get(external_id, -1) < at_us
                )
                dead = {
                    item.record.external_id for item in raw.fetch(tx, one.id, OBJECT, lacking) if item.record.deleted
                }
                if not dead.issuperset(lacking):
                    self.unfounded.append(f"{one.name} went on without {', '.join(lacking)}")

    def look_at_deletions(self, store: Store, crms: Sequence[Crm]) -> None:
        """What is kept as deleted was deleted: a list that lacks a record proves nothing."""
        with store.ledger.read() as tx:
            ids = {one.name: one.id for one in connections.listing(tx)}
            for crm in crms:
                known = [row.external_id for row in crm.rows.values() if not any(v.is_deleted for v in row.versions)]
                connection_id = ids.get(crm.name)
                if connection_id is None or not known:
                    continue
                dead = set(known) - raw.live_ids(tx, connection_id, OBJECT)
                kept = raw.fetch(tx, connection_id, OBJECT, sorted(dead)) if dead else []
                wrong = [item.record.external_id for item in kept if item.record.deleted]
                self.undeleted += [f"{external_id} is kept as deleted, and never was" for external_id in wrong]

    def plan(self, table: Table, crms: Ends, chronicle: Chronicle, *, lifted: frozenset[str]) -> Round:
        """A person has a plan made, which is to wait: nothing is written."""
        began = len(chronicle.deeds)
        done = Round()
        for side in Side:
            done.settled[side] = settle(table.target(side))
        done.decided = merge(table)
        make_plan(table, done, lifted=lifted, is_approved=False)
        self.unplanned += [f"the plan itself wrote: {deed}" for deed in _written(crms, chronicle, began)]
        if done.plan is not None:
            self.waiting[table.pair.name] = done.plan
        return done

    def apply(self, table: Table, crms: Ends, chronicle: Chronicle, *, lifted: frozenset[str]) -> Round:
        """The plan that waits is carried out, whatever has been read since: nothing else is written."""
        plan = self.waiting.pop(table.pair.name)
        began = len(chronicle.deeds)
        with table.session.around.ledger.read() as tx:
            writes = outbox.of_plan(tx, plan.id)
        try:
            return apply_plan(table, plan, Approval(BY, lifted))
        finally:
            self.planned += 1
            says = [_line(write, crms[0] if write.side == Side.LEFT.value else crms[1]) for write in writes]
            self.unplanned += [
                f"not in the plan: {deed}" for deed in _written(crms, chronicle, began) if not _is_in(deed, says)
            ]


@dataclass(frozen=True, slots=True)
class _Line:
    crm: str
    op: str
    external_id: str | None
    fields: Mapping[str, str | None]


def _line(write: Write, crm: Crm) -> _Line:
    """A write by our names, in the form that the CRM gives it."""
    ours = {vendor: name for name, vendor in mappings.names(crm.name).items()}
    fields = {ours[name]: value for name, value in orjson.loads(write.fields).items()}
    if write.op == "create":
        fields[KEY] = write.key
    op = "edit" if write.op == "update" else write.op
    return _Line(crm.name, op, write.external_id, {name: crm.habits.tidied(name, v) for name, v in fields.items()})


def _written(crms: Ends, chronicle: Chronicle, began: int) -> Iterator[Deed]:
    """What the engine did there since then; writes from before that only now arrive are none of it."""
    late = crms[0].landed | crms[1].landed
    names = {crm.name for crm in crms}
    return (
        deed
        for deed in chronicle.deeds[began:]
        if deed.who == "engine" and deed.crm in names and deed.number not in late
    )


def _is_in(deed: Deed, says: list[_Line]) -> bool:
    for line in says:
        if (line.crm, line.op) != (deed.crm, deed.op) or line.external_id not in {None, deed.external_id}:
            continue
        if deed.op == "delete" or all(line.fields.get(name) == value for name, value in deed.after.items()):
            return True
    return False
