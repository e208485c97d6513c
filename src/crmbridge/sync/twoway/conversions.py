"""Leads that were converted in both systems: what they have become here is what they have become there.

    converted on one side alone    what it has become is made on the other side like any record; its twin stays there
                                   as it is, and the plan says that it is to be converted there, into what is there
    converted on both sides        the accounts, the contacts and the deals that they have become are one each
    converted, and there alone     the lead is made on no other side: what it has become is

Where one side holds both already (what we had made there, and what somebody made again by converting there), they are
one record of ours as well: nothing is made a third time, and the vendor's own two are for people to merge.
"""

import contextlib
from collections.abc import Mapping, Sequence

from crmbridge.ledger import bulk, links
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.ledger.twins import Twin
from crmbridge.ledger.uniting import unite
from crmbridge.model.canonical import Value
from crmbridge.model.errors import ConfigError
from crmbridge.model.kinds import kind
from crmbridge.sync.twoway.becoming import BECOME, LEAD
from crmbridge.sync.twoway.merging import Side
from crmbridge.sync.twoway.pairs import End, Pair
from crmbridge.sync.twoway.sight import Sight


def follow(tx: LedgerTx, pair: Pair, record_ids: Sequence[str], *, now_us: int) -> int:
    """Unites what those leads have become in both systems; how many records are one now that were two.

    Two of which a write may still arrive stay two.
    """
    shown = {side: _become(tx, pair.end(side), record_ids) for side in Side}
    winners: dict[str, str] = {}
    for record_id in record_ids:
        left, right = (shown[side].get(record_id, {}) for side in Side)
        for name in BECOME:
            target = kind(LEAD).field(name).target or ""
            one, other = (_last(winners, values.get(name)) for values in (left, right))
            if target in pair.kinds and one and other and one != other and _are_there(tx, target, one, other):
                with contextlib.suppress(ConfigError):
                    unite(tx, kind(target), one, other, is_proven=True, now_us=now_us)
                    winners[other] = one
    return len(winners)


def _become(tx: LedgerTx, end: End, record_ids: Sequence[str]) -> dict[str, Mapping[str, Value]]:
    """For each lead that was converted there what it has become, as records of ours."""
    sight = Sight(tx, end, LEAD, frozenset(BECOME))
    held = links.places(tx, LEAD, record_ids, end.connection_id)
    objects = {compiled.object for compiled in end.objects(LEAD)}
    found: dict[str, Mapping[str, Value]] = {}
    for object_name in sorted(objects):
        of_ids = {place[2]: one for one, places in held.items() for place in places if place[1] == object_name}
        for external_id, seen in sight.see(object_name, sorted(of_ids)).items():
            if seen.has_become and not seen.is_deleted:
                found[of_ids[external_id]] = seen.values
    return found


def _last(winners: Mapping[str, str], value: Value) -> str | None:
    if not isinstance(value, str):
        return None
    while value in winners:
        value = winners[value]
    return value


def _are_there(tx: LedgerTx, kind_name: str, *record_ids: str) -> bool:
    rows = bulk.kept(tx, kind_name, ("lifecycle",), list(record_ids))
    return len(rows) == len(record_ids) and not {row[1] for row in rows} & {"deleted", "merged"}


def become(tx: LedgerTx, giver: End, kind_name: str, rows: Sequence[Twin]) -> frozenset[int]:
    """The ids of the twins whose record at the giver's is a lead that was converted."""
    if kind_name != LEAD:
        return frozenset()
    seen = Sight(tx, giver, LEAD, frozenset()).at(giver.objects(LEAD), (twin.at(giver.side) for twin in rows))
    held = ((twin.id, twin.at(giver.side)) for twin in rows)
    return frozenset(number for number, at in held if at and (one := seen.get(at.external_id)) and one.has_become)
