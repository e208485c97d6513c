"""What the giver of a migration holds beside its mapping: fields that no rule names, and whole objects.

Nothing of it is carried, and no reading lands it, so it is looked for: each mapped object is read once for its other
fields, which are counted and forgotten, and the records of other objects are counted where the vendor counts. What was
found is kept for a day, as long as the mapping stays.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from typing import Any

import orjson

from crmbridge.adapter.catalog import Catalog, ObjectInfo
from crmbridge.adapter.contract import Counts, PullRequest
from crmbridge.ledger import shared
from crmbridge.mapping.objects import CompiledObject
from crmbridge.model.errors import ConfigError, ContractError, ScopeError
from crmbridge.sync.answers import answering
from crmbridge.sync.describing import HOLDS_US
from crmbridge.sync.twoway.acknowledging import Target
from crmbridge.sync.twoway.pairs import Pair

LONGEST = 40
"""So much of a value is shown as an example."""
SURVEYED = "surveyed"
"""The key of what was found last."""
FILES = "files_beside"
"""In what a source tells of itself: its records have files and e-mails beside them, which no list gives."""


@dataclass(frozen=True, slots=True)
class Beside:
    """So many records of an object fill a field that no rule names; `field` is None where it is an object as a whole.

    `count` is None where nobody can say it, `object` is empty where it is what lies beside all records.
    """

    object: str
    label: str
    count: int | None
    field: str | None = None
    kind: str = ""
    example: str | None = None


def survey(target: Target, pair: Pair) -> list[Beside]:
    """Everything of that kind, by object, and what most records have first; errors of the vendor leave as they are."""
    session = target.session
    place = session.connection_id, f"{SURVEYED}:{pair.name}"
    now_us = session.around.now_us()
    with session.around.ledger.read() as tx:
        kept = orjson.loads(shared.get(tx, *place) or "{}")
    if kept.get("of") == pair.left.mapping.hash and 0 <= now_us - kept["at_us"] < HOLDS_US:
        return [Beside(**row) for row in kept["rows"]]
    with answering(session.connection):
        catalog = target.adapter.describe()
    carried = {one.object: one for name in pair.kinds for one in pair.left.objects(name)}
    found: list[Beside] = []
    for compiled in carried.values():
        info = catalog.object(compiled.object)
        if info is not None and info.readable:
            found += _fields(target, compiled, info)
    found += _objects(target, catalog)
    if catalog.extra.get(FILES):
        found.append(Beside("", "", None))
    told = {"of": pair.left.mapping.hash, "at_us": now_us, "rows": [asdict(one) for one in found]}
    with session.begin() as tx:
        shared.put(tx, *place, orjson.dumps(told).decode(), now_us=now_us)
    return found


def _fields(target: Target, compiled: CompiledObject, info: ObjectInfo) -> Iterator[Beside]:
    """The fields of a mapped object that people fill in and that no rule names, as far as anybody did."""
    ours = target.key_fields.get(info.name)
    labels = {one.name: one.label for one in info.fields if one.writable and one.name not in compiled.vendor_fields}
    labels.pop(ours or "", None)
    counts: Counter[str] = Counter()
    examples: dict[str, str] = {}
    payloads = _payloads(target, compiled.object, frozenset(labels)) if labels else iter(())
    for payload in payloads:
        for name in labels:
            text = shown(payload.get(name))
            if text is not None:
                counts[name] += 1
                examples.setdefault(name, text)
    for name, count in counts.most_common():
        yield Beside(info.name, labels[name], count, name, compiled.kind.name, examples[name])


def _payloads(target: Target, name: str, fields: frozenset[str]) -> Iterator[Mapping[str, object]]:
    session, met = target.session, set[str]()
    with session.around.telling(name, session.connection) as progress, answering(session.connection):
        pages: Any = target.adapter.pull(PullRequest(name, None, fields))
        with closing(pages):
            for page in pages:
                progress.advance(len(page.records))
                fresh = [one for one in page.records if not one.deleted and one.external_id not in met]
                met.update(one.external_id for one in fresh)  # a page may give some of the one before again
                yield from (one.payload for one in fresh)


def _objects(target: Target, catalog: Catalog) -> Iterator[Beside]:
    """Objects that no rule names and that hold records, or may."""
    for info in catalog.objects:
        is_read = bool(target.objects.keys() & {info.name, *info.stands_for})
        if is_read or info.is_fixed or not info.readable:
            continue
        count = _count(target, info.name)
        if count != 0:
            yield Beside(info.name, info.label, count)


def _count(target: Target, name: str) -> int | None:
    if not isinstance(target.adapter, Counts):
        return None
    try:
        with answering(target.session.connection):
            return target.adapter.count(name)
    except (ConfigError, ContractError, ScopeError):
        return None  # not every object is counted, or seen by this user


def shown(value: object) -> str | None:
    """A value in few words; None where nothing was filled in."""
    if isinstance(value, Mapping):
        return shown(next((value[key] for key in ("name", "filename", "label", "id") if value.get(key)), None))
    if isinstance(value, Sequence) and not isinstance(value, str):
        return shown(value[0]) if value else None
    if value is None or value is False or value == "":
        return None
    text = str(value)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
