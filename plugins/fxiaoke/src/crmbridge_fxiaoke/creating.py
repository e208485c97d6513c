"""One record made, at most once for each key of ours.

look by key (a search, 20 keys at once)   there already -> that record, unwritten
announce it (`claims`)                    announced before -> made: that record; no answer yet: Unknown
create                                    made -> announced as made; refused -> the announcement is taken back
no answer, or one that may mean either    never sent again: looked for after the search's lag, else Unknown
"""

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from crmbridge.adapter.contract import Applied, Change, Outcome, RawRecord, Rejected, Unknown
from crmbridge.http import InDoubt
from crmbridge_fxiaoke import moves
from crmbridge_fxiaoke.claims import Claim, Claims
from crmbridge_fxiaoke.errors import Refused
from crmbridge_fxiaoke.find import MOST_VALUES
from crmbridge_fxiaoke.keys import KeyField, holders, key_field
from crmbridge_fxiaoke.looking import UNREADABLE, is_by, row_of
from crmbridge_fxiaoke.objects import Objects
from crmbridge_fxiaoke.outgoing import Outgoing
from crmbridge_fxiaoke.results import answer_in, differing, is_duplicate, rejected
from crmbridge_fxiaoke.session import Session, path_of
from crmbridge_fxiaoke.updating import STOPPING
from crmbridge_fxiaoke.values import is_empty

FRESH_S = 30
"""How long what a search said may be trusted, no longer than an announcement stands."""
LONGEST_WAIT_S = 60
"""No push waits longer for a search: what it does not show by then is Unknown, and looked for by whoever sent it."""
RECORD_TYPE, DEFAULT_TYPE = "record_type", "default__c"


@dataclass(frozen=True, slots=True)
class Pending:
    """A create that is looked for at the end of the push: its place, and the outcome where nothing is found."""

    index: int
    object: str
    field: str
    key: str
    otherwise: Outcome


@dataclass(slots=True)
class Creating:
    """The creates of one push. `asked` are the keys to come, by object, in their order."""

    session: Session
    objects: Objects
    claims: Claims
    asked: Mapping[str, Sequence[str]]
    has_tried: bool = False
    pending: list[Pending] = field(default_factory=list)
    _processes: dict[str, str | None] = field(default_factory=dict)
    _held: dict[tuple[str, str], tuple[float, RawRecord | None]] = field(default_factory=dict)

    def create(self, index: int, change: Change, outgoing: Outgoing) -> Outcome:
        """The outcome of one create; what ends a push leaves, and then nothing was made."""
        wanted = self.session.options.external_id_field
        key = key_field(outgoing, wanted)
        if wanted is not None and key is None:
            params = {"object": change.object, "field": wanted}
            return Rejected("KEY_FIELD_MISSING", "{object} has no text field {field} to hold our key", params, wanted)
        given = {name: value for name, value in change.fields.items() if not is_empty(value)}
        record = outgoing.record({**({key.name: change.key} if key is not None and change.key else {}), **given})
        if isinstance(record, Rejected):
            return record
        values = {**record.values, **self._process(change.object, record.values, outgoing)}
        if key is None or is_empty(values.get(key.name)):
            return self._sent(index, change, values, None, "")
        value = str(values[key.name])
        held = self._holder(change.object, key.name, value)
        if held is not None:
            self.has_tried = True
            return Applied(held.external_id)
        claim = self.claims.take(change.object, value)
        return self._known(change, value, claim) or self._sent(index, change, values, key, value)

    def settle(self) -> dict[int, Outcome]:
        """Looks for what may have been made, at once and again once a search must show it, where that is soon."""
        found: dict[int, Outcome] = {}
        if not self.pending:
            return found
        lag_s = self.claims.index_lag_s
        for wait_s in (0, lag_s) if lag_s <= LONGEST_WAIT_S else (0,):
            left = [one for one in self.pending if one.index not in found]
            if not left or (wait_s and self.session.context.pause(wait_s)):
                break
            found |= self._found(left)
        return {one.index: one.otherwise for one in self.pending} | found

    # inside

    def _sent(
        self, index: int, change: Change, values: Mapping[str, object], key: KeyField | None, value: str
    ) -> Outcome:
        try:
            body = self._call(change.object, values)
        except Refused as error:
            self.has_tried = True
            return self._refused(index, change.object, error, key, value)
        except InDoubt as doubt:
            self.has_tried = True
            unknown = Unknown.by(doubt)
            return unknown if answer_in(doubt) is None else self._later(index, change.object, key, value, unknown)
        except STOPPING:
            if key is not None:
                self.claims.drop(change.object, value)
            raise
        self.has_tried = True
        made = _id_in(body)
        if made is None:
            unknown = Unknown("Fxiaoke made a record and did not tell its id")
            return self._later(index, change.object, key, value, unknown)
        if key is not None:
            self._note(change.object, value, made)
        return Applied(made, self._revision(change.object, made, values))

    def _process(self, object_name: str, values: Mapping[str, object], outgoing: Outgoing) -> dict[str, object]:
        """The process of a new opportunity's stage, where it has none."""
        if not moves.lacks_process(object_name, values, outgoing.fields):
            return {}
        stage = str(values[moves.STAGE_FIELDS[object_name]])
        if stage not in self._processes:
            self._processes[stage] = moves.process_of(self.session, stage)
        found = self._processes[stage]
        return {moves.PROCESS: found} if found is not None else {}

    def _call(self, object_name: str, values: Mapping[str, object]) -> Mapping[str, object]:
        options = self.session.options
        described = self.objects.fields(object_name)
        default = {RECORD_TYPE: DEFAULT_TYPE} if RECORD_TYPE in described and RECORD_TYPE not in values else {}
        named = {"dataObjectApiName": object_name, "object_describe_api_name": object_name}
        info = {"isDuplicateSearch": options.duplicate_check, "skipFuncValidate": False, "useValidationRule": True}
        top = {
            "triggerWorkFlow": options.trigger_workflow,
            "triggerApprovalFlow": options.trigger_approval,
            "hasSpecifyTime": False,
            "hasSpecifyCreatedBy": False,
        }
        if object_name.endswith("__c"):
            top["checkDuplicateSearch"] = options.duplicate_check
        data = {"object_data": {**named, **default, **values}, "details": {}, "optionInfo": info}
        return self.session.write(path_of(object_name, "create"), data, top=top)

    def _refused(self, index: int, object_name: str, error: Refused, key: KeyField | None, value: str) -> Outcome:
        if key is not None:
            self.claims.drop(object_name, value)
        refusal = rejected(error)
        return self._later(index, object_name, key, value, refusal) if is_duplicate(error) else refusal

    def _later(self, index: int, object_name: str, key: KeyField | None, value: str, otherwise: Outcome) -> Outcome:
        if key is not None:
            self.pending.append(Pending(index, object_name, key.name, value, otherwise))
        return otherwise

    def _known(self, change: Change, value: str, claim: Claim | None) -> Outcome | None:
        """What an announcement says; None where the record may be made, and that is announced now."""
        if claim is None:
            return None
        if claim.external_id is not None:
            return self._made_before(change, value, claim.external_id)
        message = (
            "a create with this key was sent {age} seconds ago and has no answer yet, and a search may not show its "
            "record before {seconds} seconds from now: nothing was sent"
        )
        left_s = max(0.0, self.claims.window_s - claim.age_s)
        return Unknown(message, {"age": round(claim.age_s), "seconds": round(left_s)})

    def _made_before(self, change: Change, value: str, made: str) -> Outcome | None:
        """The record that an announcement tells of, seen or not; None where it is 作废 by now."""
        self.has_tried = True
        try:
            row = row_of(self.session, change.object, made)
        except UNREADABLE:
            return Applied(made)
        if row is None or row.get("life_status") != "invalid":
            return Applied(made)
        self.claims.drop(change.object, value)
        return self._known(change, value, self.claims.take(change.object, value))

    def _holder(self, object_name: str, field_name: str, value: str) -> RawRecord | None:
        """The record that has a key; those of the creates to come are asked for with it."""
        now = self.session.context.clock().timestamp()
        known = self._held.get((object_name, value))
        if known is None or now - known[0] > FRESH_S:
            keys = self.asked.get(object_name, ())
            start = keys.index(value) if value in keys else 0
            some = list(dict.fromkeys((value, *keys[start : start + MOST_VALUES])))[:MOST_VALUES]
            found = holders(self.session, self.objects, object_name, field_name, some)
            self._held |= {(object_name, one): (now, found.get(one)) for one in some}
        return self._held[object_name, value][1]

    def _found(self, pending: Iterable[Pending]) -> dict[int, Outcome]:
        by_field: dict[tuple[str, str], list[Pending]] = {}
        for one in pending:
            by_field.setdefault((one.object, one.field), []).append(one)
        found: dict[int, Outcome] = {}
        for (object_name, field_name), several in by_field.items():
            try:
                held = holders(self.session, self.objects, object_name, field_name, [one.key for one in several])
            except UNREADABLE:
                continue
            for one in several:
                if one.key in held:
                    self._note(object_name, one.key, held[one.key].external_id)
                    found[one.index] = Applied(held[one.key].external_id)
        return found

    def _note(self, object_name: str, value: str, external_id: str) -> None:
        """Announces that a record was made; that it was stays true where the announcement cannot be kept."""
        with contextlib.suppress(*UNREADABLE):
            self.claims.made(object_name, value, external_id)

    def _revision(self, object_name: str, external_id: str, values: Mapping[str, object]) -> str | None:
        """The revision of a record that was made a moment ago; None where somebody may have been there since.

        What is found by its key, or was made before, is told without one: nobody knows who has been there since.
        """
        try:
            row = row_of(self.session, object_name, external_id)
        except UNREADABLE:
            return None
        if row is None or not is_by(row, self.session.operator.id) or _is_edited(row, values):
            return None
        return self.objects.record(object_name, row).revision


def _is_edited(row: Mapping[str, object], values: Mapping[str, object]) -> bool:
    """Whether a new record was changed already, and shows something else than was sent: as the acting employee too."""
    version = str(row.get("version") or "")
    is_later = row.get("last_modified_time") != row.get("create_time") or (version.isdecimal() and int(version) > 1)
    return is_later and bool(differing(values, row))


def _id_in(body: Mapping[str, object]) -> str | None:
    """The id of a new record: at the top of the answer, or in its data (dossier 3.4)."""
    data = body.get("data")
    inner = data if isinstance(data, Mapping) else {}
    for found in (body.get("dataId"), inner.get("dataId"), inner.get("_id")):
        if isinstance(found, str) and found:
            return found
    return None
