"""`crmbridge erase`: a person leaves the ledger, its caches and the reports beside it, and does not come back.

First the counts are shown, place by place, without anything being changed; the same look then does it. What is kept of
a person afterwards are keyed hashes, in the ledger and in `erased.ndjson` beside it: the file is read again whenever
the ledger was put back from a backup, so that the backup brings nobody back either.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from crmbridge.app import erased_file, erased_reports
from crmbridge.app.jobs.holding import holding
from crmbridge.app.notice_file import FILE as NOTICES
from crmbridge.app.reckoning import FACTS_CACHE
from crmbridge.facts import cache_file
from crmbridge.ledger import connections, erased, persons, sweeping
from crmbridge.ledger.erased import Erased, Mark, References
from crmbridge.ledger.persons import Found
from crmbridge.model.errors import ConfigError, StoreError
from crmbridge.model.ids import new_ulid
from crmbridge.model.instants import to_us
from crmbridge.sync.erasures import references

if TYPE_CHECKING:
    from crmbridge.app.wiring import Wiring
    from crmbridge.ledger.sweeping import Swept
    from crmbridge.ledger.transaction import LedgerTx


@dataclass(slots=True)
class Erasure:
    """What is erased, or would be: whom it means, rows by table, files that go, and files that only a person may."""

    persons: int
    records: int
    gone: Counter[str] = field(default_factory=Counter)
    cleaned: Counter[str] = field(default_factory=Counter)
    files: list[Path] = field(default_factory=list)
    left: list[Path] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    found: Sequence[Found] = ()


class _Undone(Exception):
    """What a look has changed is taken back."""


def look(wiring: Wiring, who: Sequence[str]) -> Erasure:
    """What would be erased; nothing is changed. ConfigError where nobody is meant, or more than one person."""
    seen = Erasure(0, 0)
    with suppress(_Undone), wiring.ledger.begin() as tx:
        seen = _marked(wiring, tx, who)
        swept = _swept(wiring, tx, seen)
        seen.gone, seen.cleaned = swept.gone, swept.cleaned
        raise _Undone
    _look_at_files(wiring, seen)
    return seen


def erase(wiring: Wiring, who: Sequence[str]) -> Erasure:
    """Erases; what was found where. LeaseLost where a run is at work on one of the connections."""
    with ExitStack() as held:
        _hold_all(wiring, held)
        with wiring.audit.begin() as tx:
            seen = _marked(wiring, tx, who)
            erased_file.append(wiring, seen.marks)
            erased.add(tx, seen.marks)
            swept = _swept(wiring, tx, seen)
            seen.gone, seen.cleaned = swept.gone, swept.cleaned
            _tell(wiring, tx, seen)
        wiring.ledger.compact()
    _look_at_files(wiring, seen)
    _remove_files(wiring, seen)
    return seen


def replay(wiring: Wiring) -> int:
    """Whoever was erased and stands in the ledger again, or is not known to it, is erased once more; how many marks."""
    kept = erased_file.read(wiring)
    if not kept:
        return 0
    with wiring.ledger.read() as tx:
        known = {(mark.mark, mark.person) for mark in erased.listing(tx)}
    missing = [mark for mark in kept if (mark.mark, mark.person) not in known]
    if not missing:
        return 0
    with ExitStack() as held:
        _hold_all(wiring, held)
        with wiring.audit.begin() as tx:
            erased.add(tx, missing)
            gone = Erased(wiring.audit.sealing, erased.listing(tx))
            swept = sweeping.sweep(tx, gone, references=_References(wiring), now_us=to_us(wiring.clock()))
            rows = swept.gone.total() + swept.cleaned.total()
            count = len({mark.person for mark in missing})
            wiring.audit.tell(tx, "erasures.replayed", "ledger", persons=count, rows=rows)
        wiring.ledger.compact()
    _forget_facts(wiring)
    return len(missing)


def _marked(wiring: Wiring, tx: LedgerTx, who: Sequence[str]) -> Erasure:
    people = persons.everybody(tx)
    seen = Erasure(0, 0)
    now_us = to_us(wiring.clock())
    found: list[Found] = []
    for text in who:
        own = _meant(people, text)
        if {one.id for one in own} <= {one.id for one in found}:
            continue
        found += own
        traits = persons.traits_of(tx, people, own)
        seen.marks += erased.marks_of(wiring.audit.sealing, new_ulid(), traits, at_us=now_us)
        seen.persons += 1
        seen.records += len(traits.records)
    seen.found = found
    return seen


def _meant(people: Sequence[persons.Found], text: str) -> list[persons.Found]:
    """The records of the one person that a text means."""
    found = persons.meant(people, text)
    if not found:
        raise ConfigError(
            "nobody is known as {person}",
            person=text,
            hint="give an e-mail address, a telephone number, an id or the whole name, as crmbridge export shows them",
        )
    own = persons.together(people, found[:1])
    others = [one for one in found if one.id not in {known.id for known in own}]
    if others:
        raise ConfigError(
            "several persons are known as {person}: {ids}",
            person=text,
            ids=", ".join(sorted({own[0].id, *(one.id for one in others)})[:10]),
            hint="name one of them by its id",
        )
    return own


def _swept(wiring: Wiring, tx: LedgerTx, seen: Erasure) -> Swept:
    gone = Erased(wiring.audit.sealing, seen.marks)
    return sweeping.sweep(tx, gone, references=_References(wiring), now_us=to_us(wiring.clock()))


@dataclass(slots=True)
class _References:
    """Which fields of an object hold ids of persons, as far as the connection still has a mapping."""

    wiring: Wiring
    known: dict[str, dict[str, References]] = field(default_factory=dict)

    def __call__(self, connection: str, object_name: str) -> References:
        if connection not in self.known:
            self.known[connection] = self._of(connection)
        return self.known[connection].get(object_name, {})

    def _of(self, connection: str) -> dict[str, References]:
        if connection not in self.wiring.workspace.config.connections:
            return {}
        return {name: references(one) for name, one in self.wiring.mapping(connection).objects.items()}


def _hold_all(wiring: Wiring, held: ExitStack) -> None:
    """Nobody reads or writes while somebody is erased."""
    with wiring.ledger.read() as tx:
        names = [row.name for row in connections.listing(tx)]
    for name in sorted(names):
        held.enter_context(holding(wiring, f"connection:{name}"))


def _tell(wiring: Wiring, tx: LedgerTx, seen: Erasure) -> None:
    counts = {"persons": seen.persons, "records": seen.records}
    rows = {"gone": seen.gone.total(), "cleaned": seen.cleaned.total()}
    for person in sorted({mark.person for mark in seen.marks}):
        wiring.audit.tell(tx, "person.erased", f"erasure:{person}", **counts, **rows)


# -- files -------------------------------------------------------------------------------------------------------------


def _look_at_files(wiring: Wiring, seen: Erasure) -> None:
    gone = Erased(wiring.audit.sealing, seen.marks)
    found = erased_reports.look(wiring, gone)
    seen.files, seen.left = found.ours, found.left


def _remove_files(wiring: Wiring, seen: Erasure) -> None:
    _forget_facts(wiring)
    gone = Erased(wiring.audit.sealing, seen.marks)
    erased_reports.clean_lines(wiring.workspace.folder / NOTICES, gone)
    for file in seen.files:
        try:
            file.unlink(missing_ok=True)
        except OSError as error:
            raise StoreError("{file} cannot be removed: {reason}", file=str(file), reason=error.strerror) from error


def _forget_facts(wiring: Wiring) -> None:
    """What was worked out from the ledger is worked out anew."""
    cache = wiring.workspace.folder / FACTS_CACHE
    if cache.exists() and not cache_file.discard(cache):
        raise StoreError(
            "{file} cannot be removed", file=str(cache), hint="end what has it open, then run the command again"
        )
