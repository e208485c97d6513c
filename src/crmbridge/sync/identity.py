"""Which record of ours a vendor's record is: the one it is linked to, the one with its hard key, or a new one.

A hard key (a registration number, an e-mail) joins records of *different* connections, and only where it is certain:
exactly one record has it, and no other record of the same connection is joined to that one already. Two records of one
connection with the same key stay two; that is a finding for people, not a link.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crmbridge.ledger import identities, links
from crmbridge.ledger.records import Source
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.model.ids import IdSource
from crmbridge.model.kinds import KindSpec


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A vendor record without a link, and the values of its hard keys."""

    external_id: str
    keys: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Assigned:
    """The record of a newcomer; `joined` where it exists already through another connection."""

    record_id: str
    joined: bool


def assign(
    tx: LedgerTx, kind: KindSpec, newcomers: Sequence[Newcomer], *, source: Source, new_id: IdSource
) -> dict[str, Assigned]:
    """Gives every newcomer its record and links it."""
    found = _by_hard_key(tx, kind, newcomers, source)
    assigned = {
        newcomer.external_id: Assigned(found[newcomer.external_id], joined=True)
        if newcomer.external_id in found
        else Assigned(new_id(), joined=False)
        for newcomer in newcomers
    }
    made = [(external_id, who.record_id) for external_id, who in assigned.items() if not who.joined]
    joined = [(external_id, who.record_id) for external_id, who in assigned.items() if who.joined]
    links.make(tx, source.connection_id, source.object, made)
    links.make(tx, source.connection_id, source.object, joined, extra=True)
    keys = [(k, v, assigned[n.external_id].record_id) for n in newcomers for k, v in n.keys.items()]
    identities.put(tx, kind.name, keys)
    return assigned


def _by_hard_key(tx: LedgerTx, kind: KindSpec, newcomers: Sequence[Newcomer], source: Source) -> dict[str, str]:
    """For newcomers that share a hard key with exactly one record of another connection: that record."""
    names = sorted({name for newcomer in newcomers for name in newcomer.keys})
    candidates: dict[str, set[str]] = {}
    for name in names:
        values = [newcomer.keys[name] for newcomer in newcomers if name in newcomer.keys]
        known = identities.find(tx, kind.name, name, values)
        for newcomer in newcomers:
            if (value := newcomer.keys.get(name)) in known:
                candidates.setdefault(newcomer.external_id, set()).add(known[value])
    single = {external_id: records.pop() for external_id, records in candidates.items() if len(records) == 1}
    taken = links.connections_of(tx, kind.name, sorted(set(single.values())))
    wanted = Counter(single.values())
    return {
        external_id: record_id
        for external_id, record_id in single.items()
        if wanted[record_id] == 1 and source.connection_id not in taken.get(record_id, frozenset())
    }


def foreign(tx: LedgerTx, kind: KindSpec, record_ids: Sequence[str], *, source: Source) -> frozenset[str]:
    """Those of the records whose row belongs to another connection: this one only links to them."""
    owners = links.owners(tx, kind.name, record_ids)
    return frozenset(record_id for record_id, owner in owners.items() if owner != source.connection_id)
