"""Writing: only what changed, one issue at a time; a call whose answer was lost is never sent again.

create   look for the key (what was made lately, then the label)  ->  POST with label and property  ->  transition
update   read  ->  stale?  ->  the transition, found before anything is written  ->  PUT  ->  POST transition
delete   read where it is conditional  ->  DELETE
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from crmbridge.adapter.contract import Applied, Change, Outcome, Rejected, Stale, Unknown
from crmbridge.adapter.sending import Unsendable, one_by_one
from crmbridge.http import InDoubt
from crmbridge.model.errors import (
    AuthError,
    ConfigError,
    ContractError,
    ScopeError,
    TransientError,
)
from crmbridge_jira import fetch, made
from crmbridge_jira.catalog import Projects
from crmbridge_jira.config import RESERVED, ObjectOptions
from crmbridge_jira.errors import CONFLICT, GONE, Refused, archived, gone, rejected
from crmbridge_jira.issues import KEY, LINK, MARK, PROPERTY, asked, label_of, object_of, ours, record_of, revision_of
from crmbridge_jira.outgoing import Outgoing, new_issue, outgoing
from crmbridge_jira.session import Json, Session, mapping, part
from crmbridge_jira.states import Step, step

ARCHIVED_AT = "archiveddate"


@dataclass(slots=True)
class Writer:
    """The way to write; made only where a connection may write."""

    session: Session
    projects: Projects
    doubtful: set[str] = field(default_factory=set)

    def push(self, changes: Sequence[Change]) -> list[Outcome]:
        """One outcome for each change, in the same order; raises only where no record at all was tried."""
        if changes:
            self.session.me()
        return one_by_one(changes, self._outcome)

    def _outcome(self, change: Change) -> Outcome:
        """The outcome of one change; what says that nothing was done leaves."""
        about = change.external_id or change.key
        if about in self.doubtful:
            return Unknown("not sent: an earlier change of the same record is in doubt")
        try:
            return self._tried(change)
        except Unsendable as error:
            return error.refusal
        except Refused as error:
            return gone(about) if error.status == GONE and change.external_id else rejected(error, about)
        except ScopeError as error:
            return Rejected.by(error)
        except InDoubt as error:
            self.doubtful.add(about)
            return Unknown.by(error)

    def _tried(self, change: Change) -> Outcome:
        if change.object in RESERVED:
            text = "{object} of Jira are not written"
            return Rejected("READ_ONLY", text, {"object": change.object}, hint="a person can do it in Jira")
        try:
            options = object_of(self.session.options, change.object)
            type_id = self.projects.type_id(options) if change.external_id is None else ""
        except ConfigError as error:
            return Rejected.by(error)
        if change.external_id is None:
            return self._made(change, options, type_id)
        return self._deleted(change, options) if change.delete else self._updated(change, options)

    # create

    def _made(self, change: Change, options: ObjectOptions, type_id: str) -> Outcome:
        there = self._there(change)
        if there is not None:
            return there
        ready = outgoing(self.session.options, change.fields)
        body = new_issue(options, type_id, ready, change.key)
        try:
            told = mapping(self.session.write("POST", "/issue", body))
            external_id = str(told["id"])
        except InDoubt:
            made.remember(self.session, change.key, None)
            raise
        except (ContractError, KeyError) as error:
            if isinstance(error, Refused):
                raise
            made.remember(self.session, change.key, None)
            return Unknown("Jira's answer to a create cannot be read")
        made.remember(self.session, change.key, external_id)
        refusal = self._finished(external_id, options, change, ready)
        return refusal or Applied(external_id, self._revision(external_id, options))

    def _there(self, change: Change) -> Outcome | None:
        """The issue that has the key already: the lowest id of several; or the doubt whether there is one."""
        (hits,) = fetch.find(self.session, change.object, KEY, [change.key], ())
        if hits:
            return Applied(hits[0].external_id, hits[0].revision)
        if made.is_doubtful(self.session, change.key):
            return Unknown("an earlier create is in doubt, and Jira's index may not know of it yet")
        return None

    def _finished(self, external_id: str, options: ObjectOptions, change: Change, ready: Outgoing) -> Outcome | None:
        """What a create cannot carry: the link, and where it should stand; the refusal where that cannot be."""
        if ready.link is not None:
            try:
                self._link(external_id, change.key, ready.link)
            except Refused as error:
                return _partly(external_id, error)
        if ready.target is None:
            return None
        issue = self._read(external_id, ("status",), options.project)
        if issue is None:
            return gone(external_id)
        way = step(self.session, options, issue, ready.target)
        if isinstance(way, Step):
            self._go(external_id, way)
        return way if isinstance(way, Rejected) else None

    # update

    def _updated(self, change: Change, options: ObjectOptions) -> Outcome:
        try:
            return self._update(change, options)
        except Refused as error:
            if error.status != CONFLICT:
                raise
        return self._update(change, options)

    def _update(self, change: Change, options: ObjectOptions) -> Outcome:
        external_id = str(change.external_id)
        known = asked(None, self.projects.fields(change.object))
        issue = self._read(external_id, (*known, ARCHIVED_AT), options.project)
        if issue is None:
            return gone(external_id)
        fields = {**issue["fields"]}
        key = str(issue.get("key"))
        if fields.pop(ARCHIVED_AT, None):
            return archived(key)
        record = record_of(self.session, change.object, {**issue, "fields": fields})
        if change.base_revision is not None and change.base_revision != record.revision:
            return Stale(record)
        ready = outgoing(self.session.options, change.fields, fields.get("labels"))
        way = step(self.session, options, issue, ready.target) if ready.target is not None else None
        if isinstance(way, Rejected):
            return way
        made.remember(self.session, f"#{external_id}", external_id)
        return self._send(issue, ready, way) or Applied(external_id, self._revision(external_id, options))

    def _send(self, issue: Json, ready: Outgoing, way: Step | None) -> Outcome | None:
        """Sends what there is to send; the refusal of a later part once an earlier one was taken."""
        external_id, body = str(issue["id"]), dict[str, object]()
        path = f"/issue/{part(external_id)}"
        if ready.fields:
            body["fields"] = ready.fields
        if ready.key is not None:
            mine = [MARK, label_of(ready.key)]
            given = ready.fields.get("labels")
            if isinstance(given, list):
                given += [one for one in mine if one not in given]
            else:
                body["update"] = {"labels": [{"add": one} for one in mine]}
        if body:
            self.session.write("PUT", path, body)
        try:
            if ready.key is not None or ready.link is not None:
                told = {"id": ready.key, LINK: ready.link}
                kept = {**ours(issue), **{name: value for name, value in told.items() if value is not None}}
                self.session.write("PUT", f"{path}/properties/{PROPERTY}", kept)
            if ready.link is not None:
                self._link(external_id, str(ready.key or ours(issue).get("id") or external_id), ready.link)
            if way is not None:
                self._go(external_id, way)
        except Refused as error:
            if not body or error.status == CONFLICT:
                raise
            return _partly(str(issue.get("key")), error)
        return None

    # delete

    def _deleted(self, change: Change, options: ObjectOptions) -> Outcome:
        external_id = str(change.external_id)
        if change.base_revision is not None:
            issue = self._read(external_id, asked(None, self.projects.fields(change.object)), options.project)
            if issue is None:
                return Applied(external_id)
            record = record_of(self.session, change.object, issue)
            if record.revision != change.base_revision:
                return Stale(record)
        try:
            self.session.write("DELETE", f"/issue/{part(external_id)}")
        except Refused as error:
            if error.status != GONE:
                raise
            self.session.me(again=True)
        return Applied(external_id)

    # both

    def _link(self, external_id: str, key: str, address: str) -> None:
        """The link to the task: one for each key, however often it is written."""
        body = {"globalId": f"crm:{key}"[:255], "object": {"url": address, "title": address[:255]}}
        self.session.write("POST", f"/issue/{part(external_id)}/remotelink", body)

    def _go(self, external_id: str, way: Step) -> None:
        body: dict[str, object] = {"transition": {"id": way.transition}}
        if way.fields:
            body["fields"] = way.fields
        self.session.write("POST", f"/issue/{part(external_id)}/transitions", body)

    def _read(self, external_id: str, fields: Sequence[str], project: str) -> Json | None:
        found = fetch.issue(self.session, external_id, fields, project)
        if found is not None and not isinstance(found.get("fields"), Mapping):
            raise ContractError("Jira sent an issue without an id or without fields")
        return found

    def _revision(self, external_id: str, options: ObjectOptions) -> str | None:
        """The revision after a write; None where it cannot be read now: the write stands all the same."""
        try:
            issue = self._read(external_id, ("updated",), options.project)
        except (TransientError, AuthError, ContractError):
            return None
        return revision_of(issue["fields"]) if issue is not None else None


def _partly(name: str, error: Refused) -> Rejected:
    text = "{issue}: the fields were written, what followed was refused: {said}"
    hint = "the account needs the permissions named in the README of crmbridge-jira"
    return Rejected("PARTLY", text, {"issue": name, "said": error.said}, hint=hint)
