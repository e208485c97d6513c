"""A pair that leads one way: one end gives and is never written, the other receives what it does not hold yet.

A record that points at one that is made by the same plan cannot name the vendor's id yet. Its write names ours, and the
vendor's is looked up when the write leaves (`late_references`).
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from crmbridge.adapter.lens import Joins
from crmbridge.ledger import bulk, links, twins
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.mapping.objects import CompiledObject
from crmbridge.model.canonical import Value
from crmbridge.sync.twoway.becoming import CONVERSION, LEAD
from crmbridge.sync.twoway.pairs import End, written_by

PROMISE = re.compile(r"crmbridge:([a-z_]+):([0-9A-Z]{26})")
"""Where a vendor's id will stand: the kind and our id of a record that is not made yet."""
OWNER = "owner"
TYPE = "type"
"""What an activity is; where a system keeps each type in an object of its own, the object says it."""


DOINGS = frozenset({"task", "activity", "note"})
"""What people did or are to do: not every system keeps a kind of its own for each."""

DOERS = frozenset({"actor", "assignee"})
LINKS = ("deal", "lead", "account", "contact")
"""What an activity is about, the surest first: where there is room for one link, it is the first of these."""
BECOME_LINKS = {"deal": "converted_deal_id", "account": "converted_account_id", "contact": "converted_contact_id"}
"""Where an activity of a lead that was converted belongs: its link, and the column of the lead that says it."""


@dataclass(frozen=True, slots=True)
class Slot:
    """What an account says of one of its fields: whether it may be written, how long a text, which choices."""

    is_open: bool = True
    longest: int | None = None
    choices: frozenset[str] = frozenset()


SHUT = Slot(is_open=False)
Room = Mapping[str, Mapping[str, Slot]]
"""For each object its fields."""


@dataclass(frozen=True, slots=True)
class Donor(End):
    """The end that gives; nothing of it is ever written.

    `receiver_id` is the connection that receives: an owner who is nobody there is shown as `stand_in` (our id of a
    user), where one is named. `there` are the vendor's objects that its account has; None where all of the mapping are
    meant. `recast` are those whose records are carried as another kind than they are kept as: object -> own kind.
    """

    receiver_id: int = 0
    stand_in: str | None = None
    there: frozenset[str] | None = None
    recast: Mapping[str, str] = field(default_factory=dict)

    def objects(self, kind_name: str) -> list[CompiledObject]:
        """The mapped objects of a kind that the account has."""
        return _there(End.objects(self, kind_name), self.there)

    def writable(self, kind_name: str) -> frozenset[str]:  # noqa: ARG002 - the end's question
        """Nothing."""
        return frozenset()

    def readable(self, kind_name: str) -> frozenset[str]:
        """What any of the objects supplies."""
        return frozenset().union(*(self.tells(one) for one in self.objects(kind_name)))

    def tells(self, compiled: CompiledObject) -> frozenset[str]:
        """The fields that a record of that object supplies."""
        return frozenset(compiled.kind.fields) - compiled.unknown

    def tables(self, kind_name: str) -> tuple[str, ...]:
        """The kinds as which records of a kind are kept."""
        return kept_as(self, kind_name)

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

    def followed(self, tx: LedgerTx, shown: Iterable[dict[str, Value]]) -> None:
        """Puts what a converted lead has become where records point at the lead, which is not carried.

        What they point at beside it stays; a lead of which nobody knows what it has become stays too, and is told.
        """
        rows = [row for row in shown if isinstance(row.get(LEAD), str)]
        leads = {str(row[LEAD]) for row in rows}
        found = {one: become for one, *become in bulk.kept(tx, LEAD, [*BECOME_LINKS.values()], sorted(leads))}
        for row in rows:
            become = dict(zip(BECOME_LINKS, found.get(str(row[LEAD]), ()), strict=False))
            if any(become.values()):
                row[LEAD] = None
                row |= {name: become[name] for name in BECOME_LINKS if name in row and row[name] is None}


@dataclass(frozen=True, slots=True)
class Recipient(End):
    """The end that receives. `pair` names the twins by which it knows what will be made in it.

    `there` are the vendor's objects that its account has; None where all of the mapping are meant. `recast` as at the
    donor. `room` is what the account says of its fields, `turn` how often the migration was begun anew.
    """

    pair: str = ""
    there: frozenset[str] | None = field(default=None)
    recast: Mapping[str, str] = field(default_factory=dict)
    room: Room = field(default_factory=dict)
    turn: int = 0

    def objects(self, kind_name: str) -> list[CompiledObject]:
        """The mapped objects of a kind that the account has."""
        return _there(End.objects(self, kind_name), self.there)

    def writable(self, kind_name: str) -> frozenset[str]:
        """What any of the objects takes, or says by being that object; without what a lead has become."""
        objects = self.objects(kind_name)
        typed = {TYPE} if any(TYPE in one.writer.fields for one in objects) and kind_name in DOINGS else set()
        return frozenset(typed).union(*(self.tells(one) for one in objects))

    def readable(self, kind_name: str) -> frozenset[str]:
        """What any of the objects supplies."""
        return frozenset().union(*(frozenset(one.kind.fields) - one.unknown for one in self.objects(kind_name)))

    def tells(self, compiled: CompiledObject) -> frozenset[str]:
        """The fields that a record of that object takes; whatever else it shows is of no account here."""
        kind_name = compiled.kind.name
        found = written_by(compiled) - _who_owns_it(compiled)
        known = self.room.get(compiled.object)
        if kind_name in DOINGS and known is not None:
            plain = {one.name: one.rule.source for one in compiled.fields}
            found = frozenset(name for name in found if all(known.get(i, SHUT).is_open for i in plain.get(name, ())))
        return found - CONVERSION if kind_name == LEAD else found

    def tables(self, kind_name: str) -> tuple[str, ...]:
        """The kinds as which records of a kind are kept."""
        return kept_as(self, kind_name)

    def promised(self, tx: LedgerTx, kind_name: str, record_ids: Iterable[str]) -> dict[str, str]:
        """For those of the records that are to be made here what stands for their id until they are."""
        found = twins.of_records(tx, self.pair, sorted(record_ids))
        return {
            record_id: f"crmbridge:{kind_name}:{record_id}"
            for record_id, twin in found.items()
            if twin.right is None and twin.left is not None and twin.state == "linked"
        }


def as_donor(
    end: End,
    *,
    receiver_id: int,
    stand_in: str | None,
    there: frozenset[str] | None,
    recast: Mapping[str, str] | None = None,
) -> Donor:
    """The end as one that gives."""
    return Donor(**_told(end), receiver_id=receiver_id, stand_in=stand_in, there=there, recast=recast or {})


def as_recipient(
    end: End,
    *,
    pair: str,
    there: frozenset[str] | None,
    recast: Mapping[str, str] | None = None,
    room: Room | None = None,
    turn: int = 0,
) -> Recipient:
    """The end as one that receives."""
    return Recipient(**_told(end), pair=pair, there=there, recast=recast or {}, room=room or {}, turn=turn)


def _who_owns_it(compiled: CompiledObject) -> frozenset[str]:
    """Who did it or is to do it, where the vendor's one field for that is the owner."""
    owner = compiled.writer.fields.get(OWNER)
    if owner is None or compiled.kind.name not in DOINGS:
        return frozenset()
    return frozenset(one.name for one in compiled.fields if one.name in DOERS and one.rule.source == owner.rule.source)


def one_place(compiled: CompiledObject) -> list[tuple[str, ...]]:
    """Links of a record that share one vendor field in which there is room for one of them."""
    found: dict[str, tuple[str, ...]] = {}
    for one in compiled.fields:
        if one.name in LINKS and one.vendor_field is not None and not isinstance(one.lens, Joins):
            found[one.vendor_field] = (*found.get(one.vendor_field, ()), one.name)
    return [names for names in found.values() if len(names) > 1]


def kept_as(end: Donor | Recipient, kind_name: str) -> tuple[str, ...]:
    """The kinds as which an end's records of a kind are kept: its own, and those of what is carried as it."""
    others = {end.recast[one.object] for one in end.objects(kind_name) if one.object in end.recast}
    return (kind_name, *sorted(others))


def _there(found: list[CompiledObject], there: frozenset[str] | None) -> list[CompiledObject]:
    return [one for one in found if there is None or one.object in there]


def _told(end: End) -> Mapping[str, Any]:
    return {one.name: getattr(end, one.name) for one in fields(End)}
