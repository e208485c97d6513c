"""Which record of ours a vendor's record is: the one it is linked to, the one with its hard key, or a new one.

A hard key (a registration number, an e-mail) joins records of *different* connections, and only where it is certain:
all who have it are one record, none of them is of the newcomer's own connection, and that record is not held by this
connection already. Two records of one connection with the same key (a switchboard's number) stay two and join nothing;
that is a finding for people, not a link.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crmbridge.ledger import identities, links
from crmbridge.ledger.identities import Holder
from crmbridge.ledger.records import Source
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.model.ids import IdSource, take
from crmbridge.model.kinds import KindSpec

Keys = Mapping[str, Mapping[str, str | None]]
"""For each vendor id the values of its hard keys."""


@dataclass(frozen=True, slots=True)
class Assigned:
    """The records of newcomers, by vendor id: `made` are new, `joined` exist already through another connection."""

    made: Mapping[str, str]
    joined: Mapping[str, str]


def assign(
    tx: LedgerTx, kind: KindSpec, newcomers: Sequence[str], *, keys: Keys, source: Source, new_id: IdSource
) -> Assigned:
    """Gives every vendor record that has none its record of ours, and links it."""
    joined = _by_hard_key(tx, kind, newcomers, keys, source) if keys and newcomers else {}
    alone = [external_id for external_id in newcomers if external_id not in joined]
    made = dict(zip(alone, take(new_id, len(alone)), strict=True))
    if newcomers:
        links.make(tx, source.connection_id, source.object, list(made.items()))
        links.make(tx, source.connection_id, source.object, list(joined.items()), extra=True)
    return Assigned(made, joined)


def keep_keys(tx: LedgerTx, keys: Keys, *, source: Source) -> None:
    """The hard keys of these vendor records are these now."""
    rows = [(external_id, name, value) for external_id, own in keys.items() for name, value in own.items()]
    if rows:
        identities.keep(tx, source.connection_id, source.object, rows)


def _by_hard_key(tx: LedgerTx, kind: KindSpec, newcomers: Sequence[str], keys: Keys, source: Source) -> dict[str, str]:
    """For newcomers whose hard keys all lead to one record of another connection: that record."""
    holders: dict[str, list[Holder]] = {}
    shared: set[str] = set()
    for name in sorted({name for own in keys.values() for name in own}):
        values = {external_id: value for external_id in newcomers if (value := keys[external_id].get(name)) is not None}
        times = Counter(value for own in keys.values() if (value := own.get(name)) is not None)
        known = identities.find(tx, kind.name, name, sorted(set(values.values())))
        for external_id, value in values.items():
            holders.setdefault(external_id, []).extend(known.get(value, ()))
            if times[value] > 1:
                shared.add(external_id)
    certain = {
        external_id: found[0].record_id
        for external_id, found in holders.items()
        if external_id not in shared and found and _is_one(found, source.connection_id)
    }
    taken = links.connections_of(tx, kind.name, sorted(set(certain.values())))
    wanted = Counter(certain.values())
    return {
        external_id: record_id
        for external_id, record_id in certain.items()
        if wanted[record_id] == 1 and source.connection_id not in taken.get(record_id, frozenset())
    }


def _is_one(found: Sequence[Holder], connection_id: int) -> bool:
    return len({holder.record_id for holder in found}) == 1 and all(h.connection_id != connection_id for h in found)


def foreign(tx: LedgerTx, kind: KindSpec, record_ids: Sequence[str], *, source: Source) -> frozenset[str]:
    """Those of the records whose row belongs to another connection: this one only links to them."""
    owners = links.owners(tx, kind.name, record_ids)
    return frozenset(record_id for record_id, owner in owners.items() if owner != source.connection_id)
