"""Writing: what changed, in as few calls as may be, each record with its own outcome.

    push   prepare (metadata, who has the key, pipelines: all reading comes first)
       ->  waves   two changes of one record never share a call, and the second waits for the first
       ->  batches of 100 by module, verb and base
       ->  outcomes by place and id; what is stale or was there already is read again

`If-Unmodified-Since` is a header of the call, not of the record (dossier 2.4): records go together only where they
have the same base, so a base is never too late for one of them. Conditional batches go side by side, for most of
them hold one record. A call that got no usable answer is never sent again: its records are Unknown.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from crmbridge.adapter.contract import Applied, Change, Outcome, RawRecord, Rejected, Stale, Unknown
from crmbridge.http import InDoubt
from crmbridge.model.errors import (
    AuthError,
    ConfigError,
    ContractError,
    CrmBridgeError,
    LeaseLost,
    ScopeError,
    StoreError,
    TransientError,
)
from crmbridge_zoho.batches import Batch, Entry, Verb, base_of, batches, waves
from crmbridge_zoho.errors import Meaning, Refusal, Refused
from crmbridge_zoho.fetch import records
from crmbridge_zoho.modules import Modules
from crmbridge_zoho.preparing import Preparation, Prepared
from crmbridge_zoho.results import Done, Result, duplicate_of, is_doubtful, placed, rejected
from crmbridge_zoho.session import API, Answer, Session
from crmbridge_zoho.times import parse_or_none

_ONE_BY_ONE = frozenset({Meaning.REJECTED, Meaning.LATER, Meaning.STALE})
_HEAVY_FROM = 11
"""A write of more records than ten takes a place of the smaller pool (dossier 5.2)."""
_CREDIT_RECORDS, _DELETE_RECORDS = 10, 100


@dataclass(slots=True)
class Writer:
    """The way to write; made only where a connection may write."""

    session: Session
    modules: Modules

    def push(self, changes: Sequence[Change]) -> list[Outcome]:
        """One outcome for each change, in the same order; raises only where no record at all was tried."""
        prepared = Preparation(self.session, self.modules).of(changes)
        run = _Run(self.session, self.modules, prepared)
        for wave in waves(prepared.entries):
            run.send(wave)
        run.settle()
        return run.outcomes(len(changes))


@dataclass(slots=True)
class _Run:
    """One push: what became of each change so far."""

    session: Session
    modules: Modules
    prepared: Prepared
    found: dict[int, Outcome] = field(default_factory=dict)
    stopped: CrmBridgeError | None = None
    has_tried: bool = False
    forbidden: dict[int, ScopeError] = field(default_factory=dict)
    later: list[tuple[Entry, str, Outcome]] = field(default_factory=list)
    """What is read again at the end: the entry, the id to read, and the outcome where that cannot be done."""

    def __post_init__(self) -> None:
        self.found |= self.prepared.outcomes

    def send(self, wave: Sequence[Entry]) -> None:
        """Sends one wave; a conditional batch beside others, all else one after the other."""
        ready = [entry for entry in wave if self._is_ready(entry)]
        made = batches(ready)
        for batch in (one for one in made if one.base is None):
            self._keep(self._sent(batch))
        conditional = [one for one in made if one.base is not None]
        if not conditional:
            return
        at_once = min(self.session.options.concurrency, len(conditional))
        with ThreadPoolExecutor(at_once, thread_name_prefix="zoho-write") as pool:
            for kept in pool.map(self._sent, conditional):
                self._keep(kept)

    def settle(self) -> None:
        """Reads what the outcomes must tell: how a stale record stands, which one was there already."""
        by_module: dict[str, list[tuple[Entry, str, Outcome]]] = {}
        for one in self.later:
            by_module.setdefault(one[0].module, []).append(one)
        for module, several in by_module.items():
            try:
                now = records(self.session, self.modules, module, [identity for _, identity, _ in several])
            except (TransientError, AuthError, ContractError, LeaseLost, StoreError):
                self.found |= {entry.index: outcome for entry, _, outcome in several}
                continue
            for entry, identity, outcome in several:
                self.found[entry.index] = _settled(outcome, identity, now.get(identity))

    def outcomes(self, count: int) -> list[Outcome]:
        """All of them; what was never sent is Unknown, and where that is everything the reason is raised."""
        if not self.has_tried and self.stopped is not None:
            raise self.stopped
        if self.forbidden and len(self.forbidden) == count:
            raise next(iter(self.forbidden.values()))
        unsent = Unknown("not sent: {reason}", {"reason": str(self.stopped)}) if self.stopped else Unknown("not sent")
        return [self.found.get(index, unsent) for index in range(count)]

    # one batch

    def _is_ready(self, entry: Entry) -> bool:
        """Whether it may be sent: not behind an unsettled change of its record, nor where the first made it already."""
        before = self.found.get(entry.after) if entry.after is not None else None
        if entry.after is None or isinstance(before, Rejected):
            return True
        if before is None or isinstance(before, Unknown):
            self.found[entry.index] = Unknown("not sent: an earlier change of the same record is in doubt")
            return False
        if entry.change.external_id is None and isinstance(before, Applied):
            self.found[entry.index] = before
            return False
        if isinstance(before, Applied) and entry.base is not None and entry.base == entry.base_before:
            entry.base = base_of(before.revision) or entry.base
        return True

    def _sent(self, batch: Batch) -> dict[int, Outcome]:
        """The outcomes of one batch; none where it was not sent at all."""
        if self.stopped is not None:
            return {}
        try:
            if batch.verb is Verb.DELETE and batch.base is not None:
                return self._deleted_unless_moved(batch)
            return self._tried(batch)
        except ScopeError as error:
            self.forbidden |= dict.fromkeys(batch.indexes, error)
            return dict.fromkeys(batch.indexes, Rejected.by(error))
        except (TransientError, AuthError, ConfigError, LeaseLost, StoreError) as error:
            self.stopped = error
            return {}

    def _tried(self, batch: Batch) -> dict[int, Outcome]:
        """The outcomes of one batch that may go now; what says that nothing was done at all leaves."""
        try:
            answer = self._call(batch)
        except Refused as error:
            self.has_tried = True
            return self._refused(batch, error)
        except (InDoubt, ContractError) as error:
            self.has_tried = True
            return dict.fromkeys(batch.indexes, Unknown.by(error))
        self.has_tried = True
        return self._read(batch, answer)

    def _call(self, batch: Batch) -> Answer:
        session, count = self.session, len(batch.entries)
        path, trigger = f"{API}/{batch.module}", list(session.options.trigger)
        if batch.verb is Verb.DELETE:
            params = {
                "ids": ",".join(str(entry.change.external_id) for entry in batch.entries),
                "wf_trigger": "true" if "workflow" in trigger else "false",
            }
            return session.write("DELETE", path, params=params, cost=-(-count // _DELETE_RECORDS))
        body: dict[str, object] = {"data": [entry.record for entry in batch.entries], "trigger": trigger}
        if batch.verb is Verb.UPSERT:
            path, body["duplicate_check_fields"] = f"{path}/upsert", [batch.key_field]
        return session.write(
            "PUT" if batch.verb is Verb.UPDATE else "POST",
            path,
            body,
            headers={"If-Unmodified-Since": batch.base} if batch.base is not None else {},
            cost=-(-count // _CREDIT_RECORDS),
            heavy=count >= _HEAVY_FROM,
        )

    def _refused(self, batch: Batch, error: Refused) -> dict[int, Outcome]:
        """A call that was refused as a whole: nothing of it was done, so its records may go one by one."""
        if len(batch.entries) > 1 and error.refusal.meaning in _ONE_BY_ONE:
            found: dict[int, Outcome] = {}
            for single in batch.singles():
                found |= self._sent(single)
            return found
        return {entry.index: self._outcome(entry, error.refusal) for entry in batch.entries}

    def _deleted_unless_moved(self, batch: Batch) -> dict[int, Outcome]:
        """A deletion takes no condition (dossier 2.5): the record is read just before, and left where it moved."""
        ids = [str(entry.change.external_id) for entry in batch.entries]
        now = records(self.session, self.modules, batch.module, ids)
        base = parse_or_none(batch.base)
        stale = {
            entry.index: Stale(now[identity])
            for entry, identity in zip(batch.entries, ids, strict=True)
            if identity in now and now[identity].modified != base
        }
        rest = Batch(batch.module, batch.verb, tuple(one for one in batch.entries if one.index not in stale))
        self.has_tried = self.has_tried or bool(stale)
        return {**stale, **(self._sent(rest) if rest.entries else {})}

    def _read(self, batch: Batch, answer: Answer) -> dict[int, Outcome]:
        try:
            items = answer.data
        except ContractError as error:
            return dict.fromkeys(batch.indexes, Unknown.by(error))
        ids = [entry.change.external_id for entry in batch.entries]
        results = placed(items, ids, status=answer.status)
        return {entry.index: self._outcome(entry, result) for entry, result in zip(batch.entries, results, strict=True)}

    def _outcome(self, entry: Entry, result: Result | None) -> Outcome:
        """The outcome of one record by its result; what must be read again for it is noted."""
        if result is None:
            return Unknown("Zoho gave no result that is surely this record's")
        if isinstance(result, Done):
            return Applied(result.external_id, result.revision)
        if result.meaning is Meaning.DONE and entry.change.external_id is not None:
            return Applied(entry.change.external_id)
        if is_doubtful(result):
            return Unknown("Zoho cannot say whether it was done: {said}", {"said": f"{result.code}: {result.message}"})
        outcome: Outcome = Stale(None) if result.meaning is Meaning.STALE else rejected(result)
        self._look_again(entry, result, outcome)
        return outcome

    def _look_again(self, entry: Entry, refusal: Refusal, outcome: Outcome) -> None:
        identity = entry.change.external_id
        is_gone = entry.verb is Verb.DELETE and refusal.code == "INVALID_DATA"
        if identity is not None and (is_gone or refusal.meaning is Meaning.STALE):
            self.later.append((entry, identity, outcome))
        elif entry.key is not None and identity is None:
            holder = duplicate_of(refusal, entry.module, entry.key.name)
            if holder is not None:
                self.later.append((entry, holder, Applied(holder)))

    def _keep(self, outcomes: dict[int, Outcome]) -> None:
        self.found |= outcomes


def _settled(outcome: Outcome, identity: str, now: RawRecord | None) -> Outcome:
    """The outcome with what the record looks like now: stale, there already, or, of a deletion, gone already."""
    if isinstance(outcome, Stale):
        return Stale(now)
    if isinstance(outcome, Applied):
        return Applied(identity, now.revision if now is not None else None)
    return outcome if now is not None else Applied(identity)
