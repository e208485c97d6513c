"""Writing: one record after the other, each with its own outcome.

Fxiaoke writes one record a call (dossier 5), so there is nothing to gather. What a change needs is found out first; a
refusal is the record's own, whatever says that nobody may write now ends the push: what was not sent is Unknown, and
where nothing was sent at all the reason leaves.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from crmbridge.adapter.contract import Applied, Change, Outcome, Rejected, Unknown
from crmbridge.model.errors import ConfigError, CrmBridgeError, ScopeError
from crmbridge_fxiaoke import tasks
from crmbridge_fxiaoke.claims import Claims
from crmbridge_fxiaoke.creating import Creating
from crmbridge_fxiaoke.errors import Refused
from crmbridge_fxiaoke.looking import row_of
from crmbridge_fxiaoke.objects import Objects
from crmbridge_fxiaoke.outgoing import Outgoing
from crmbridge_fxiaoke.results import rejected
from crmbridge_fxiaoke.session import Session
from crmbridge_fxiaoke.updating import STOPPING, Unfinished, Updating


@dataclass(slots=True)
class Writer:
    """The way to write; made only where a connection may write."""

    session: Session
    objects: Objects

    def push(self, changes: Sequence[Change]) -> list[Outcome]:
        """One outcome for each change, in the same order; raises only where no record at all was tried."""
        session, objects = self.session, self.objects
        plan = tasks.plan_of(session, objects)
        asked: dict[str, list[str]] = {}
        for change in changes:
            if change.external_id is None and change.key:
                asked.setdefault(tasks.object_of(change, plan), []).append(change.key)
        claims = Claims(session.context.shared, session.context.clock, session.options.index_lag_s)
        creating = Creating(session, objects, claims, asked)
        run = _Run(session, objects, creating, Updating(session, objects), plan)
        for index, change in enumerate(changes):
            run.take(index, change)
        run.settle()
        return run.outcomes(len(changes))


@dataclass(frozen=True, slots=True)
class _Before:
    """The change of the same record, or with the same key, that came before in this push."""

    index: int
    base: str | None


@dataclass(slots=True)
class _Run:
    """One push: what became of each change so far."""

    session: Session
    objects: Objects
    creating: Creating
    updating: Updating
    plan: tasks.Plan | None
    found: dict[int, Outcome] = field(default_factory=dict)
    stopped: CrmBridgeError | None = None
    forbidden: dict[int, CrmBridgeError] = field(default_factory=dict)
    """What could not be tried because its object is not there, or may not be written to."""
    _before: dict[tuple[str, str, str], _Before] = field(default_factory=dict)
    _outgoing: dict[str, Outgoing] = field(default_factory=dict)
    _described_anew: set[str] = field(default_factory=set)

    def take(self, index: int, change: Change) -> None:
        """Writes one record, unless the push has ended."""
        if self.stopped is not None:
            return
        try:
            self.found[index] = self._outcome(index, change)
        except Unfinished as error:
            self.found[index], self.stopped = error.outcome, error.error
        except ScopeError as error:
            self.found[index], self.forbidden[index] = Rejected.by(error), error
        except Refused as error:
            self.found[index] = rejected(error)
        except STOPPING as error:
            self.stopped = error

    def settle(self) -> None:
        """Looks for the records that may have been made."""
        self.found |= self.creating.settle()

    def outcomes(self, count: int) -> list[Outcome]:
        """All of them; what was never sent is Unknown, and where that is everything the reason leaves."""
        has_tried = self.creating.has_tried or self.updating.has_tried
        if self.stopped is not None and not has_tried:
            raise self.stopped
        if count and len(self.forbidden) == count:
            raise self.forbidden[0]
        unsent = Unknown("not sent: {reason}", {"reason": str(self.stopped)}) if self.stopped else Unknown("not sent")
        return [self.found.get(index, unsent) for index in range(count)]

    # one change

    def _outcome(self, index: int, change: Change) -> Outcome:
        written = self._as_written(change)
        if isinstance(written, Rejected):
            return written
        outgoing = self._way_out(index, written)
        if isinstance(outgoing, Rejected):
            return outgoing
        if written.external_id is None and written.delete:
            return Rejected("INVALID_DATA", "a deletion names no record")
        identity = _identity(written)
        before = self._before.get(identity) if identity is not None else None
        if identity is not None:
            self._before[identity] = _Before(index, written.base_revision)
        settled, base = self._after(before, written)
        if settled is not None:
            return settled
        if written.external_id is None:
            return self.creating.create(index, written, outgoing)
        return self.updating.delete(written, base) if written.delete else self.updating.update(written, outgoing, base)

    def _after(self, before: _Before | None, change: Change) -> tuple[Outcome | None, str | None]:
        """What a change of the same record before it settles, and the revision that this one is based on."""
        first = self.found.get(before.index) if before is not None else None
        if before is None or isinstance(first, Rejected):
            return None, change.base_revision
        if first is None or isinstance(first, Unknown):
            return Unknown("not sent: an earlier change of the same record is in doubt"), None
        if change.external_id is None:
            return first, None
        is_one_look = change.base_revision is not None and change.base_revision == before.base
        if isinstance(first, Applied) and is_one_look:
            return None, first.revision or change.base_revision
        return None, change.base_revision

    def _as_written(self, change: Change) -> Change | Rejected:
        """The change as it goes out: a task as a plan where there is no task object."""
        if self.plan is None or change.object != tasks.TASKS:
            return change
        plan = self.plan
        try:
            return plan.written(change, lambda: row_of(self.session, plan.written_to, str(change.external_id)) or {})
        except Refused as error:
            return Rejected.by(error)

    def _way_out(self, index: int, change: Change) -> Outgoing | Rejected:
        """The way out of an object; described anew, once, for a field or an option that is not known."""
        outgoing, name = self._known_way_out(index, change.object), change.object
        if isinstance(outgoing, Rejected) or name in self._described_anew:
            return outgoing
        record = outgoing.record(change.fields)
        if isinstance(record, Rejected) and record.code in {"FIELD_UNKNOWN", "OPTION_UNKNOWN"}:
            self._described_anew.add(name)
            self.objects.forget(name)
            del self._outgoing[name]
            return self._known_way_out(index, name)
        return outgoing

    def _known_way_out(self, index: int, name: str) -> Outgoing | Rejected:
        if name not in self._outgoing:
            try:
                described = self.objects.fields(name)
            except (ConfigError, Refused, ScopeError) as error:
                self.forbidden[index] = error
                return Rejected.by(error)
            session = self.session
            self._outgoing[name] = Outgoing(name, described, is_plain=session.is_plain, zone=session.options.date_zone)
        return self._outgoing[name]


def _identity(change: Change) -> tuple[str, str, str] | None:
    """What two changes must share to be about the same record; None for one that shares it with no other."""
    if change.external_id is not None:
        return change.object, "id", change.external_id
    return (change.object, "key", change.key) if change.key else None
