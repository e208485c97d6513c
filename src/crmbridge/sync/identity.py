"""Which record of ours a vendor's record is: the one it is linked to, the one with its hard key, or a new one.

A hard key (a registration number, an e-mail) joins records of *different* connections, and only where it is certain:
all who have it are one record, none of them is of the newcomer's own connection, and that record is not held by this
connection already. Two records of one connection with the same key (a switchboard's number) stay two and join nothing;
that is a finding for people, not a link, and where the second one comes on a later page of the same run, the first is
parted again. Neither does a key join what a surer one keeps apart: keys stand in the mapping in their order of
certainty, and who shares a telephone but has another e-mail is another person.

Of a list each value is a key. A telephone is one where it is E.164, an address where it is a person's own: info@ is a
whole company's.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import orjson

from crmbridge.ledger import identities, links, raw
from crmbridge.ledger.identities import Holder
from crmbridge.ledger.records import Source
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.model.ids import IdSource, take
from crmbridge.model.kinds import KindSpec
from crmbridge.model.own_keys import E164, EVERYBODYS

Keys = Mapping[str, Mapping[str, Sequence[str]]]
"""For each vendor id the values of its hard keys, the surest key first."""

_PEOPLE = frozenset({"user", "contact", "lead"})
_E164 = re.compile(E164)


def key_values(kind_name: str, field: str, value: object) -> list[str]:
    """What a record can be recognised by, of what stands in a key field; nothing where that is no certain key."""
    texts = orjson.loads(value) if isinstance(value, str) and value.startswith("[") else [value]
    found = [text.strip() for text in texts if isinstance(text, str) and text.strip()]
    if field in {"phone", "phones"}:
        found = [text for text in found if _E164.fullmatch(text)]
    elif field in {"email", "emails"}:
        found = [text.casefold() for text in found if "@" in text]
        if kind_name in _PEOPLE:
            found = [text for text in found if text.partition("@")[0] not in EVERYBODYS]
    return list(dict.fromkeys(found))[: identities.MOST_VALUES]


@dataclass(frozen=True, slots=True)
class Assigned:
    """The records of newcomers, by vendor id: `made` are new, `joined` exist already through another connection.

    `parted` were joined by a key that a newcomer has too: they are no record of ours now, and must be read again.
    """

    made: Mapping[str, str]
    joined: Mapping[str, str]
    parted: Sequence[str] = ()


def assign(
    tx: LedgerTx, kind: KindSpec, newcomers: Sequence[str], *, keys: Keys, source: Source, new_id: IdSource, run_id: int
) -> Assigned:
    """Gives every vendor record that has none its record of ours, and links it."""
    joined, here = _by_hard_key(tx, kind, newcomers, keys, source) if keys and newcomers else ({}, {})
    parted = _part(tx, kind, here, source, run_id=run_id) if here else ()
    alone = [external_id for external_id in newcomers if external_id not in joined]
    made = dict(zip(alone, take(new_id, len(alone)), strict=True))
    if newcomers:
        links.make(tx, source.connection_id, source.object, list(made.items()))
        links.make(tx, source.connection_id, source.object, list(joined.items()), extra=True)
    return Assigned(made, joined, parted)


def keep_keys(tx: LedgerTx, keys: Keys, *, source: Source) -> None:
    """The hard keys of these vendor records are these now."""
    if keys:
        identities.keep(tx, source.connection_id, source.object, keys)


def _part(
    tx: LedgerTx, kind: KindSpec, here: Mapping[str, frozenset[str]], source: Source, *, run_id: int
) -> Sequence[str]:
    """Parts what nothing but a key joins that others of its own connection have as well; their vendor ids."""
    where = source.connection_id, source.object
    joined = identities.joined(tx, *where, sorted(frozenset().union(*here.values())), run_id=run_id)
    held = identities.of_places(tx, *where, sorted(joined))
    parted = {
        external_id: record_id
        for external_id, record_id in joined.items()
        if not any(
            holder.record_id == record_id and holder.connection_id != source.connection_id
            for name, values in held[external_id].items()
            for found in identities.find(tx, kind.name, name, sorted(values - here.get(name, frozenset()))).values()
            for holder in found
        )
    }
    if parted:
        identities.part(tx, kind.name, *where, parted)
    return sorted(parted)


def _by_hard_key(
    tx: LedgerTx, kind: KindSpec, newcomers: Sequence[str], keys: Keys, source: Source
) -> tuple[dict[str, str], dict[str, frozenset[str]]]:
    """For newcomers whose hard keys all lead to one record of another connection: that record.

    And for each key field those values of newcomers that others of their own connection have already.
    """
    here: dict[str, frozenset[str]] = {}
    holders: dict[str, list[Holder]] = {}
    shared: set[str] = set()
    for name in sorted({name for own in keys.values() for name in own}):
        times = Counter(value for own in keys.values() for value in own.get(name, ()))
        wanted = {value for external_id in newcomers for value in keys[external_id].get(name, ())}
        known = identities.find(tx, kind.name, name, sorted(wanted))
        both = {value for value, found in known.items() if any(h.connection_id == source.connection_id for h in found)}
        if both:
            here[name] = frozenset(both)
        for external_id in newcomers:
            for value in keys[external_id].get(name, ()):
                holders.setdefault(external_id, []).extend(known.get(value, ()))
                if times[value] > 1:
                    shared.add(external_id)
    certain = {
        external_id: found[0].record_id
        for external_id, found in holders.items()
        if external_id not in shared and found and _is_one(found, source.connection_id)
    }
    held = identities.values_of(tx, sorted(set(certain.values())))
    certain = {i: record_id for i, record_id in certain.items() if _is_agreed(keys[i], held.get(record_id, {}))}
    taken = links.connections_of(tx, kind.name, sorted(set(certain.values())))
    wanted_by = Counter(certain.values())
    joined = {
        external_id: record_id
        for external_id, record_id in certain.items()
        if wanted_by[record_id] == 1 and source.connection_id not in taken.get(record_id, frozenset())
    }
    return joined, here


def _is_agreed(own: Mapping[str, Sequence[str]], held: Mapping[str, frozenset[str]]) -> bool:
    """Whether the surest key that both have is the same."""
    for name, values in own.items():
        if values and held.get(name):
            return not held[name].isdisjoint(values)
    return False


def _is_one(found: Sequence[Holder], connection_id: int) -> bool:
    return len({holder.record_id for holder in found}) == 1 and all(h.connection_id != connection_id for h in found)


def foreign(tx: LedgerTx, kind: KindSpec, held: Mapping[str, str], *, source: Source) -> frozenset[str]:
    """Those vendor ids, of vendor id -> record of ours, that only link to their record: its row is another's.

    It is that of another connection, or of another record of this one that is still there: a vendor has two of one.
    """
    owners = links.places_of_rows(tx, kind.name, sorted(set(held.values())))
    here = source.connection_id, source.object
    others = {owners[r][2] for i, r in held.items() if r in owners and owners[r][:2] == here and owners[r][2] != i}
    there = {item.record.external_id for item in raw.fetch(tx, *here, sorted(others)) if not item.record.deleted}
    return frozenset(
        external_id
        for external_id, record_id in held.items()
        if (owner := owners.get(record_id)) is not None
        and (owner[0] != source.connection_id or (owner[2] != external_id and owner[2] in there))
    )


def heirs(tx: LedgerTx, record_ids: Sequence[str], *, source: Source) -> list[str]:
    """The vendor ids of this object that are still there and link to records whose row was another's, gone now."""
    places = links.extra_places(tx, record_ids, source.connection_id, source.object)
    kept = raw.fetch(tx, source.connection_id, source.object, places)
    return sorted(item.record.external_id for item in kept if not item.record.deleted)
