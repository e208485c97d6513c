"""One record's update and its deletion: look, make its calls in their order, look again.

    look      where a revision, an owner or a pool asks for it: stale, gone, in a pool
    calls     as `steps` has them; the first refusal ends it, and what was written before is told
    look      what the writes left: the new revision, whether fields are empty now, and where the stage is

An answer that may mean either (50009) is settled by looking; a call that is the same however often it is made may then
be made once more, as a create never may.
"""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from crmbridge.adapter.contract import Applied, Change, Outcome, Rejected, Stale, Unknown
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
from crmbridge_fxiaoke import moves, pools
from crmbridge_fxiaoke.errors import Refused
from crmbridge_fxiaoke.looking import UNREADABLE, Row, is_by, row_of
from crmbridge_fxiaoke.objects import Objects
from crmbridge_fxiaoke.outgoing import KEY, Outgoing, Sent
from crmbridge_fxiaoke.payload import revision_of, risen
from crmbridge_fxiaoke.pools import OWNER
from crmbridge_fxiaoke.results import answer_in, partly, rejected
from crmbridge_fxiaoke.session import Session, path_of
from crmbridge_fxiaoke.steps import Step, Steps
from crmbridge_fxiaoke.values import is_empty

STOPPING = (TransientError, AuthError, ConfigError, ContractError, LeaseLost, StoreError)
"""What ends a push, where it is no refusal of the record: the next one would meet it too."""
_CLEARING, _BY_NULL, _BY_EMPTY = "clearing", "null", "empty"
DOUBT_S = 3.0
"""How long a call whose answer was ambiguous is given before it is looked for."""


class Unfinished(Exception):
    """The push must stop in the middle of a record: `outcome` says what was written of it, `error` why."""

    def __init__(self, outcome: Unknown, error: CrmBridgeError) -> None:
        super().__init__(error.code)
        self.outcome, self.error = outcome, error


@dataclass(slots=True)
class Updating:
    """Changes to records that are there."""

    session: Session
    objects: Objects
    has_tried: bool = False
    """Whether Fxiaoke had its say about any record."""
    _seen: Row | None = field(default=None, init=False)
    """The record as it was read last, None where something was written since."""
    _again: int = field(default=0, init=False)
    """How many calls of this record were made besides one for each step."""

    def update(self, change: Change, outgoing: Outgoing, base: str | None) -> Outcome:
        """The outcome of one update; what ends a push leaves, as Unfinished where a part was written."""
        record = outgoing.record(change.fields)
        if isinstance(record, Rejected):
            return record
        identity = str(change.external_id)
        if not record:
            return Applied(identity, base)
        row: Row | None = None
        if base is not None or _needs_a_look(change):
            try:
                row = self._look(change)
            except Refused as error:
                return rejected(error)
            if (settled := self._settled_by(row, change, base)) is not None:
                return settled
        steps = Steps(self.session, change, record, row or {}, lambda sent: self._write(change, sent)).all()
        return steps if isinstance(steps, Rejected) else self._made(change, steps, row)

    def delete(self, change: Change, base: str | None) -> Outcome:
        """作废: the record goes to the recycle bin, where a person can bring it back; never deleted for good."""
        try:
            row = self._look(change)
        except Refused as error:
            return rejected(error)
        if row is not None and _is_invalid(row):
            return Applied(str(change.external_id), self.objects.record(change.object, row).revision)
        if (settled := self._settled_by(row, change, base)) is not None:
            return settled
        data = {"dataObjectApiName": change.object, "object_data_id": change.external_id}
        path = path_of(change.object, "invalid")
        return self._made(change, [Step((), lambda: self._send(path, data), _is_invalid)], row)

    # looking

    def _look(self, change: Change) -> Row | None:
        try:
            self._seen = row_of(self.session, change.object, str(change.external_id))
        except Refused:
            self.has_tried = True
            raise
        self.has_tried = True
        return self._seen

    def _settled_by(self, row: Row | None, change: Change, base: str | None) -> Outcome | None:
        """What a look settles before anything is sent."""
        if row is None:
            params = {"id": change.external_id, "object": change.object}
            return Rejected("GONE", "Fxiaoke has no record {id} of {object} that the acting employee may see", params)
        now = self.objects.record(change.object, row)
        return Stale(now) if base is not None and now.revision != base else None

    # calls

    def _made(self, change: Change, steps: Sequence[Step], row: Row | None) -> Outcome:
        """Makes the calls, and tells what became of the record."""
        self._again = 0
        done: list[str] = []
        for place, step in enumerate(steps):
            left = list(dict.fromkeys(name for one in steps[place:] for name in one.fields))
            try:
                self._make(change, step, row)
            except Refused as error:
                refusal = rejected(error, field=left[0] if len(left) == 1 else None)
                return partly(done, left, refusal) if done else refusal
            except InDoubt as error:
                return _unknown(done, left, error)
            except ScopeError as error:
                if not done:
                    raise
                return partly(done, left, Rejected.by(error))
            except STOPPING as error:
                if not done:
                    raise
                message = "written: {done}; not sent: {left} ({reason})"
                params = {"done": ", ".join(done), "left": ", ".join(left), "reason": str(error)}
                raise Unfinished(Unknown(message, params), error) from None
            done += [name for name in step.fields if name not in done]
        return self._after(change, steps, done, row)

    def _make(self, change: Change, step: Step, row: Row | None) -> None:
        """One call; one whose answer may mean either is looked for, and made once more where it was not done."""
        doubt: InDoubt | None = None
        while True:
            self._seen = None
            try:
                step.call()
            except Refused:
                self.has_tried = True
                raise
            except InDoubt as error:
                self.has_tried = True
                if answer_in(error) is None:
                    raise
                if self._was_done(change, step, row, error, is_last=doubt is not None):
                    return
                doubt = error
                self._again += 1
            except STOPPING:
                if doubt is None:
                    raise
                raise doubt from None
            else:
                self.has_tried = True
                return

    def _was_done(self, change: Change, step: Step, row: Row | None, doubt: InDoubt, *, is_last: bool) -> bool:
        """Whether a call of an ambiguous answer was done, by looking; the doubt leaves where that does not show."""
        self.session.context.pause(DOUBT_S)
        try:
            now = self._look(change)
        except UNREADABLE:
            now = None
        if now is not None and step.is_done(now):
            return True
        refusal = answer_in(doubt)
        if refusal is not None and now is not None and now.get("lock_status") == "1":
            raise refusal
        if now is None or is_last or (row is not None and now.get("version") != row.get("version")):
            raise doubt
        return False

    def _write(self, change: Change, sent: Sent) -> None:
        """An update; a field that null does not empty is sent again as the other reading has it (dossier 3.5)."""
        by_null = not sent.clear or self.session.context.shared.read(_CLEARING) != _BY_EMPTY
        self._update(change, {**sent.values, **_emptied(sent, sent.clear, by_null=by_null)})
        left = self._not_empty(change, sent.clear) if sent.clear else []
        if not left:
            return
        with contextlib.suppress(*STOPPING):  # what is not empty then is told of the record
            self._again += 1
            self._update(change, _emptied(sent, left, by_null=not by_null))
            if not self._not_empty(change, left):
                self._remember(_BY_EMPTY if by_null else _BY_NULL)

    def _remember(self, reading: str) -> None:
        """The reading that empties a field here, for all processes: it saves a call each time."""
        with contextlib.suppress(*UNREADABLE):
            self.session.context.shared.update(_CLEARING, lambda _: (reading, None))

    def _not_empty(self, change: Change, names: Sequence[str]) -> list[str]:
        """Those that are not; none where nobody can see it."""
        try:
            row = self._look(change) or {}
        except UNREADABLE:
            return []
        return [name for name in names if not is_empty(row.get(name))]

    def _update(self, change: Change, values: Mapping[str, object]) -> None:
        data = {"object_data": {KEY: change.external_id, "dataObjectApiName": change.object, **values}}
        self._send(path_of(change.object, "update"), data)
        self._seen = None

    def _send(self, path: str, data: Mapping[str, object]) -> None:
        options = self.session.options
        top = {"triggerWorkFlow": options.trigger_workflow, "triggerApprovalFlow": options.trigger_approval}
        self.session.write(path, data, top=top)

    # afterwards

    def _after(self, change: Change, steps: Sequence[Step], done: Sequence[str], row: Row | None) -> Outcome:
        """What the record looks like now: its revision where the last change was ours, and what was not taken."""
        identity = str(change.external_id)
        if not steps:
            return Applied(identity, self.objects.record(change.object, row).revision if row is not None else None)
        try:
            now = self._seen or self._look(change)
        except UNREADABLE:
            now = None
        kept = [name for name in done if name in change.fields and is_empty(change.fields[name]) and name != OWNER]
        if now is None:
            message = "taken by Fxiaoke, and whether it emptied {left} cannot be seen"
            return Unknown(message, {"left": ", ".join(kept)}) if kept else Applied(identity)
        stage = moves.STAGE_FIELDS.get(change.object, "")
        refused = [name for name in kept if not is_empty(now.get(name)) and name not in pools.REASONS]
        if any(stage in step.fields and not step.is_done(now) for step in steps):
            refused.append(stage)
        if refused:
            return _not_taken(done, refused, now)
        is_ours = is_by(now, self.session.operator.id) and not _is_more_than(len(steps) + self._again, row, now)
        return Applied(identity, self.objects.record(change.object, now).revision if is_ours else None)


def _is_more_than(calls: int, before: Row | None, now: Row) -> bool:
    """Whether the record changed more often than we called: somebody was there, and be it as the acting employee."""
    rise = None if before is None else risen(revision_of(before), revision_of(now))
    return rise is not None and rise > calls


def _not_taken(done: Sequence[str], refused: Sequence[str], now: Row) -> Rejected:
    """Fxiaoke said yes, and the record has other values all the same."""
    written = [name for name in done if name not in refused]
    params = {"left": ", ".join(refused), "value": str(now.get(refused[0]))[:60], "done": ", ".join(written)}
    message = "taken by Fxiaoke and kept as it was: {left} ({value})"
    if written:
        message = "written: {done}; taken by Fxiaoke and kept as it was: {left} ({value})"
    return Rejected("NOT_TAKEN", message, params, refused[0])


def _unknown(done: Sequence[str], left: Sequence[str], error: CrmBridgeError) -> Unknown:
    if not done:
        return Unknown.by(error)
    message = "written: {done}; not known: {left} ({reason})"
    return Unknown(message, {"done": ", ".join(done), "left": ", ".join(left), "reason": str(error)})


def _emptied(sent: Sent, names: Sequence[str], *, by_null: bool) -> dict[str, object]:
    """The fields as they are sent to be empty."""
    return {name: None if by_null else [] if name in sent.lists else "" for name in names}


def _is_invalid(row: Row) -> bool:
    return row.get("life_status") == "invalid"


def _needs_a_look(change: Change) -> bool:
    """Whether the calls of a change depend on how the record stands."""
    apart = {OWNER, pools.POOL_FIELDS.get(change.object)}
    if change.object in moves.MOVED_BY_CALL:
        apart.add(moves.STAGE_FIELDS[change.object])
    return not apart.isdisjoint(change.fields)
