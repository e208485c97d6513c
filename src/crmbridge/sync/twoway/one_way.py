"""A pair that leads one way: one end gives and is never written, the other receives what it does not hold yet.

A record that points at one that is made by the same plan cannot name the vendor's id yet. Its write names ours, and the
vendor's is looked up when the write leaves (`late_references`).
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from crmbridge.ledger import links, twins
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.mapping.objects import CompiledObject
from crmbridge.mapping.writing import room
from crmbridge.model.canonical import Value
from crmbridge.model.kinds import FieldType
from crmbridge.sync.twoway.becoming import CONVERSION, LEAD
from crmbridge.sync.twoway.pairs import End

PROMISE = re.compile(r"crmbridge:([a-z_]+):([0-9A-Z]{26})")
"""Where a vendor's id will stand: the kind and our id of a record that is not made yet."""
OWNER = "owner"


@dataclass(frozen=True, slots=True)
class Donor(End):
    """The end that gives; nothing of it is ever written.

    `receiver_id` is the connection that receives: an owner who is nobody there is shown as `stand_in` (our id of a
    user), where one is named. `there` are the vendor's objects that its account has; None where all of the mapping are
    meant.
    """

    receiver_id: int = 0
    stand_in: str | None = None
    there: frozenset[str] | None = None

    def objects(self, kind_name: str) -> list[CompiledObject]:
        """The mapped objects of a kind that the account has."""
        return _there(End.objects(self, kind_name), self.there)

    def writable(self, kind_name: str) -> frozenset[str]:  # noqa: ARG002 - the end's question
        """Nothing."""
        return frozenset()

    def owned(self, tx: LedgerTx, shown: Iterable[dict[str, Value]]) -> None:
        """Puts the stand-in where the owner is nobody at the receiver's, or there is none."""
        if self.stand_in is None:
            return
        rows = list(shown)
        owners = {str(owner) for row in rows if (owner := row.get(OWNER)) is not None}
        known = links.places(tx, "user", sorted(owners), self.receiver_id)
        for row in rows:
            if row.get(OWNER) is None or str(row[OWNER]) not in known:
                row[OWNER] = self.stand_in


@dataclass(frozen=True, slots=True)
class Recipient(End):
    """The end that receives. `pair` names the twins by which it knows what will be made in it.

    `there` are the vendor's objects that its account has; None where all of the mapping are meant.
    """

    pair: str = ""
    there: frozenset[str] | None = field(default=None)

    def objects(self, kind_name: str) -> list[CompiledObject]:
        """The mapped objects of a kind that the account has."""
        return _there(End.objects(self, kind_name), self.there)

    def writable(self, kind_name: str) -> frozenset[str]:
        """As any end, without what a lead has become."""
        found = End.writable(self, kind_name)
        return found - CONVERSION if kind_name == LEAD else found

    def promised(self, tx: LedgerTx, kind_name: str, record_ids: Iterable[str]) -> dict[str, str]:
        """For those of the records that are to be made here what stands for their id until they are."""
        found = twins.of_records(tx, self.pair, sorted(record_ids))
        return {
            record_id: f"crmbridge:{kind_name}:{record_id}"
            for record_id, twin in found.items()
            if twin.right is None and twin.left is not None and twin.state == "linked"
        }


def as_donor(end: End, *, receiver_id: int, stand_in: str | None, there: frozenset[str] | None) -> Donor:
    """The end as one that gives."""
    return Donor(**_told(end), receiver_id=receiver_id, stand_in=stand_in, there=there)


def as_recipient(end: End, *, pair: str, there: frozenset[str] | None) -> Recipient:
    """The end as one that receives."""
    return Recipient(**_told(end), pair=pair, there=there)


def fitted(end: End, compiled: CompiledObject, wanted: Mapping[str, Value]) -> dict[str, Value]:
    """Of the lists that the receiver of a migration has no room for, what it takes: the first of each."""
    if not isinstance(end, Recipient):
        return {}
    found: dict[str, Value] = {}
    for one in compiled.fields:
        value, most = wanted.get(one.name), room(one)
        if isinstance(value, tuple) and most is not None and len(value) > most and one.spec.type is FieldType.TEXTS:
            found[one.name] = value[:most]
    return found


def _there(found: list[CompiledObject], there: frozenset[str] | None) -> list[CompiledObject]:
    return [one for one in found if there is None or one.object in there]


def _told(end: End) -> Mapping[str, Any]:
    return {one.name: getattr(end, one.name) for one in fields(end)}
