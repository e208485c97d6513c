"""Changes on their way out, and how they are put together into calls."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from crmbridge.adapter.contract import Change
from crmbridge_zoho.keys import KeyField
from crmbridge_zoho.outgoing import Sent
from crmbridge_zoho.times import literal, parse_or_none

BATCH = 100
"""The most records of a call (dossier 2.4, 2.5)."""


class Verb(StrEnum):
    """What is done with a record."""

    INSERT = "insert"
    UPSERT = "upsert"
    UPDATE = "update"
    DELETE = "delete"


@dataclass(slots=True)
class Entry:
    """One change that will be sent. `after` is the index of the change of the same record before it, if any.

    `record` is what is sent, `base` the time that it must not have moved since, as a header takes it, `key` the field
    of a create that holds our key.
    """

    index: int
    change: Change
    verb: Verb
    record: Sent = field(default_factory=dict)
    base: str | None = None
    key: KeyField | None = None
    after: int | None = None
    base_before: str | None = None
    """The base of that change before: the same base means that both were made from one look at the record."""

    @property
    def module(self) -> str:
        """The module that it goes to."""
        return self.change.object

    @property
    def key_value(self) -> str | None:
        """The key that the record will carry, where it carries one."""
        found = self.record.get(self.key.name) if self.key is not None else None
        return found if isinstance(found, str) else None


@dataclass(frozen=True, slots=True)
class Batch:
    """The records of one call."""

    module: str
    verb: Verb
    entries: tuple[Entry, ...]
    base: str | None = None
    key_field: str | None = None

    @property
    def indexes(self) -> list[int]:
        """The places of its changes in the push."""
        return [entry.index for entry in self.entries]

    def singles(self) -> Iterator["Batch"]:
        """The same records, each in a call of its own."""
        return (Batch(self.module, self.verb, (one,), self.base, self.key_field) for one in self.entries)


def base_of(revision: str | None) -> str | None:
    """A revision as the header of a conditional call takes it; None for what is none."""
    at = parse_or_none(revision)
    return literal(at) if at is not None else None


def chained(entries: Iterable[Entry]) -> list[Entry]:
    """The entries, each knowing the one before it that is about the same record or the same key."""
    last: dict[tuple[str, str, str], Entry] = {}
    found = list(entries)
    for entry in found:
        identity = _identity(entry)
        if identity is not None:
            before = last.get(identity)
            entry.after, entry.base_before = (before.index, before.base) if before is not None else (None, None)
            last[identity] = entry
    return found


def waves(entries: Sequence[Entry]) -> list[list[Entry]]:
    """The entries in waves: those of one record follow each other, one in a wave, all else goes at once."""
    depth: dict[int, int] = {}
    found: list[list[Entry]] = []
    for entry in entries:
        depth[entry.index] = depth.get(entry.after, -1) + 1 if entry.after is not None else 0
        while len(found) <= depth[entry.index]:
            found.append([])
        found[depth[entry.index]].append(entry)
    return found


def batches(entries: Iterable[Entry]) -> list[Batch]:
    """The entries of a wave in calls of at most 100: one module, one verb, one base in each."""
    groups: dict[tuple[str, Verb, str | None, str | None], list[Entry]] = {}
    for entry in entries:
        key = entry.key.name if entry.verb is Verb.UPSERT and entry.key is not None else None
        groups.setdefault((entry.module, entry.verb, entry.base, key), []).append(entry)
    return [
        Batch(module, verb, tuple(group[start : start + BATCH]), base, key)
        for (module, verb, base, key), group in groups.items()
        for start in range(0, len(group), BATCH)
    ]


def _identity(entry: Entry) -> tuple[str, str, str] | None:
    """What two changes must share to be about the same record; None for one that shares it with no other."""
    if entry.change.external_id is not None:
        return entry.module, KEYED_BY_ID, entry.change.external_id
    return (entry.module, KEYED_BY_KEY, entry.key_value) if entry.key_value is not None else None


KEYED_BY_ID, KEYED_BY_KEY = "id", "key"
