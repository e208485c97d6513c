"""What the receiver of a migration will not take, and what of the giver nobody reads: told before anything is sent."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import orjson

from crmbridge.adapter.catalog import Catalog
from crmbridge.adapter.contract import RawRecord
from crmbridge.ledger import catalogs, filled
from crmbridge.ledger.outbox import Write
from crmbridge.ledger.payloads import decode_payload
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.mapping.objects import CompiledObject
from crmbridge.model.canonical import Value
from crmbridge.model.kinds import kind
from crmbridge.sync.twoway.merging import Side
from crmbridge.sync.twoway.one_way import Donor
from crmbridge.sync.twoway.pairs import Pair
from crmbridge.sync.twoway.sight import Sight


@dataclass(frozen=True, slots=True)
class Untaken:
    """So many records, the field, and why: a template over `params`. `example` is one of the values."""

    about: str | None
    count: int
    reason: str
    params: Mapping[str, object]
    example: str | None = None


def untaken(tx: LedgerTx, pair: Pair, writes: Sequence[Write]) -> Iterator[Untaken]:
    """Texts that are too long for the receiver's fields, of what is written."""
    catalog = described(tx, pair, Side.RIGHT)
    if catalog is None:
        return
    found: Counter[tuple[str, str, int]] = Counter()
    for write in writes:
        compiled, info = pair.right.mapping.object(write.object), catalog.object(write.object)
        longest = {} if info is None else {one.name: one.max_length for one in info.fields}
        for vendor, value in decode_payload(write.fields.encode()).items():
            most = longest.get(vendor)
            if most is not None and isinstance(value, str) and len(value) > most:
                found[_neutral(compiled, vendor), vendor, most] += 1
    for (name, vendor, most), count in found.most_common():
        text = "longer than the {most} characters that {vendor} of {to} takes"
        yield Untaken(name, count, text, {"to": pair.right.connection, "vendor": vendor, "most": most})


def bent(pair: Pair, writes: Iterable[Write]) -> Iterator[Untaken]:
    """What is made in another form than it has: texts that are cut, other types, texts that stand for others."""
    found: Counter[tuple[str, str, str, object, object]] = Counter()
    for write in writes:
        for line in orjson.loads(write.lines):
            to, shows = line["to"], line.get("shows")
            if shows is None or isinstance(shows, list):
                continue
            if to is None:
                text = "{object} of {to} takes no record without it: another text of the record stands there"
                found[line["field"], write.object, text, None, None] += 1
            elif shows in kind(write.kind).fields[line["field"]].values:
                text = "{value} is made as {shows} in {object} of {to}"
                found[line["field"], write.object, text, to, shows] += 1
            else:
                text = "cut to the {most} characters that {object} of {to} takes"
                found[line["field"], write.object, text, None, len(shows)] += 1
    for (name, object_name, text, value, shows), count in found.most_common():
        params = {"object": object_name, "to": pair.right.connection, "value": value, "shows": shows, "most": shows}
        yield Untaken(name, count, text, params)


def shown_by(sight: Sight, write: Write) -> Mapping[str, Value]:
    """What a record that is made so shows: what follows from other fields is there although nobody writes it."""
    record = RawRecord(write.object, "", decode_payload(write.fields.encode()))
    seen = sight.seen_in([record], all_of_it=True)
    return seen[""].values if seen else {}


def _neutral(compiled: CompiledObject, vendor: str) -> str:
    if vendor == compiled.writer.stage_field:
        return "stage"
    return next((one.name for one in compiled.fields if vendor in one.rule.source), vendor)


def unread(tx: LedgerTx, pair: Pair, kind_name: str) -> Iterator[Untaken]:
    """What the giver holds beside the neutral fields and the mapping reads: custom fields."""
    found: dict[str, tuple[int, str]] = {}
    for table in pair.left.tables(kind_name):
        for name, (count, example) in filled.customs(tx, kind(table), pair.left.connection_id).items():
            before, first = found.get(name, (0, example))
            found[name] = before + count, first
    for name, (count, example) in sorted(found.items(), key=lambda one: (-one[1][0], one[0])):
        yield Untaken(f"custom.{name}", count, "custom fields are read and not carried", {}, example)


def strangers(tx: LedgerTx, pair: Pair, kind_name: str) -> Iterator[Untaken]:
    """Owners who are nobody at the receiver's, by their names."""
    stand_in = pair.left.stand_in if isinstance(pair.left, Donor) else None
    ends = pair.left.connection_id, pair.right.connection_id
    for record_id, name, count in filled.strangers(tx, kind_name, *ends):
        params: dict[str, object] = {"who": name, "to": pair.right.connection}
        if record_id is None and stand_in is None:
            continue
        if stand_in is None:
            why = "{who} is nobody in {to}"
        elif record_id is None:
            why = "nobody owns these: {owner} does in {to}"
        else:
            why = "{who} is nobody in {to}: {owner} owns these there"
        more = {} if stand_in is None else {"owner": filled.user_name(tx, stand_in)}
        yield Untaken("owner", count, why, params | more)


def described(tx: LedgerTx, pair: Pair, side: Side) -> Catalog | None:
    """What the account of a side said of itself last."""
    body = catalogs.latest(tx, pair.end(side).connection_id)
    return None if body is None else Catalog.model_validate(orjson.loads(body))
