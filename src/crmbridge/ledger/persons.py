"""Who is meant: records of persons found by id, address, telephone number or name, and what each is recognised by."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from crmbridge.ledger import bulk, traits
from crmbridge.ledger.traits import Traits
from crmbridge.ledger.transaction import LedgerTx

KINDS = ("contact", "lead")
"""The kinds whose records are persons that may be erased."""
_PARTS = {"contact": ("given", "family"), "lead": ("NULL", "NULL")}


@dataclass(frozen=True, slots=True)
class Found:
    """One record of a person."""

    kind: str
    id: str
    connection: str
    object: str
    external_id: str
    full_name: str | None
    parts: tuple[str | None, str | None]
    mails: tuple[str, ...]
    phones: tuple[str, ...]

    @property
    def name(self) -> str | None:
        """The name as names are compared."""
        return traits.name(self.full_name or "")

    @property
    def digits(self) -> frozenset[str]:
        """The telephone numbers as they are compared."""
        return frozenset(digits for phone in self.phones for digits in traits.numbers(phone))

    @property
    def addresses(self) -> frozenset[str]:
        """The addresses as they are compared."""
        return frozenset(map(traits.mail, self.mails))


def everybody(tx: LedgerTx) -> list[Found]:
    """Every record of a person that is kept, merged ones too."""
    found: list[Found] = []
    for kind in KINDS:
        given, family = _PARTS[kind]
        sql = (
            f"SELECT r.id, c.name, r.object, r.external_id, r.full_name, {given}, {family}, r.emails, r.phones"  # noqa: S608 - names of columns
            f' FROM "{kind}" AS r JOIN connection AS c ON c.id = r.connection_id ORDER BY r.id'
        )
        found += [_found(kind, row) for row in bulk.select(tx, sql)]
    return found


def _found(kind: str, row: Sequence[Any]) -> Found:
    record_id, connection, object_name, external_id, full_name, given, family, mails, phones = row
    return Found(
        kind, record_id, connection, object_name, external_id, full_name, (given, family), _texts(mails), _texts(phones)
    )


def _texts(told: str | None) -> tuple[str, ...]:
    if told is None:
        return ()
    return tuple(str(one) for one in orjson.loads(told)) if told.startswith("[") else (told,)


def meant(people: Iterable[Found], who: str) -> list[Found]:
    """Those whom a text means: an id of ours or a system's, an address, a telephone number, or a whole name."""
    bare = who.strip()
    address, digits, name = traits.mail(bare), traits.numbers(bare), bare.casefold()
    return [
        one
        for one in people
        if bare in {one.id, one.external_id, f"{one.connection}:{one.object}:{one.external_id}"}
        or address in one.addresses
        or digits & one.digits
        or name == (one.full_name or "").strip().casefold()
    ]


def together(people: Sequence[Found], some: Iterable[Found]) -> list[Found]:
    """Those with all others that are the same person: by an address, or by a telephone number and the name."""
    by_mail: dict[str, list[Found]] = {}
    by_phone: dict[tuple[str, str | None], list[Found]] = {}
    for one in people:
        for address in one.addresses:
            by_mail.setdefault(address, []).append(one)
        for digits in one.digits:
            by_phone.setdefault((digits, one.name), []).append(one)
    known: dict[str, Found] = {}
    waiting = list(some)
    while waiting:
        one = waiting.pop()
        if one.id in known:
            continue
        known[one.id] = one
        waiting += [other for address in one.addresses for other in by_mail[address]]
        waiting += [other for digits in one.digits if one.name for other in by_phone[digits, one.name]]
    return [one for one in people if one.id in known]


def traits_of(tx: LedgerTx, people: Sequence[Found], own: Sequence[Found]) -> Traits:
    """What somebody with those records is recognised by. What others have too is no sign of him."""
    ids = {one.id for one in own}
    others = [one for one in people if one.id not in ids]
    names, mails, phones = _of_users(tx)
    names |= {one.name for one in others if one.name}
    mails |= {address for one in others for address in one.addresses}
    phones |= {digits for one in others for digits in one.digits}
    found = Traits(ids=set(ids))
    for place in _places(tx, own):
        found.records.add(place)
        found.ids.add(place[2])
    for one in own:
        found.mails |= {address for address in one.addresses if address not in mails}
        found.phones |= {phone for phone in one.phones if not traits.numbers(phone) & phones}
        for name in filter(None, (one.full_name, *traits.orders(*one.parts))):
            (found.namesakes if traits.name(name) in names else found.names).add(name)
    return found


def _of_users(tx: LedgerTx) -> tuple[set[str], set[str], set[str]]:
    """What the company's own people are recognised by."""
    rows = bulk.select(tx, 'SELECT name, email, phone FROM "user"')
    names = {told for name, _, _ in rows if name and (told := traits.name(name))}
    mails = {traits.mail(address) for _, address, _ in rows if address}
    return names, mails, {digits for _, _, phone in rows if phone for digits in traits.numbers(phone)}


def _places(tx: LedgerTx, own: Sequence[Found]) -> Iterable[tuple[str, str, str]]:
    """Every vendor record that those are, wherever it is held."""
    yield from ((one.connection, one.object, one.external_id) for one in own)
    sql = (
        "SELECT c.name, s.object, l.external_id FROM link AS l JOIN stream AS s ON s.id = l.stream_id"
        " JOIN connection AS c ON c.id = s.connection_id WHERE l.record_id IN {wanted}"
    )
    yield from ((row[0], row[1], row[2]) for row in bulk.fetch(tx, sql, [one.id for one in own]))
