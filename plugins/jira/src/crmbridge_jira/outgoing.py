"""What a change becomes: the fields of the call, where the issue should stand, and the key it carries."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import JsonValue

from crmbridge.adapter.sending import Unsendable, require_whole_texts
from crmbridge_jira.adf import is_document, text_of
from crmbridge_jira.config import JiraOptions, ObjectOptions
from crmbridge_jira.issues import COMMENT, KEY, LINK, MARK, OF_KEY, PROPERTY, STATE, label_of
from crmbridge_jira.states import Target

PEOPLE = frozenset({"assignee", "reporter"})
GIVEN_BY_JIRA = frozenset(
    {"id", "key", "project", "issuetype", "created", "updated", "resolutiondate", "creator", COMMENT}
)
STATES = ("open", "done", "cancelled")


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One change, ready to send."""

    fields: dict[str, object] = field(default_factory=dict)
    target: Target | None = None
    key: str | None = None
    link: str | None = None


def outgoing(options: JiraOptions, told: Mapping[str, JsonValue], labels: object = ()) -> Outgoing:
    """The change as Jira takes it; Unsendable for what it never takes. `labels` are those that are there."""
    fields: dict[str, object] = {}
    target, key, link = None, None, None
    for name, value in told.items():
        require_whole_texts(name, value)
        if name in GIVEN_BY_JIRA:
            raise Unsendable("GIVEN", "Jira gives {field} itself", name)
        if name == STATE:
            state = next((one for one in STATES if one == value), None)
            if state is None:
                raise Unsendable("STATE", "{field} is open, done or cancelled", name)
            target = target or Target(state=state)  # type: ignore[arg-type]
        elif name == "status":
            target = Target(status=_status(value))
        elif name == KEY:
            key = str(value) if value else None
        elif name == LINK:
            if not isinstance(value, str) or not value:
                raise Unsendable("LINK", "{field} is an address, and is not taken away again", name)
            link = value
        elif name == "labels":
            fields[name] = _labels(value, labels)
        else:
            fields[name] = _value(options, name, value)
    return Outgoing(fields, target, key, link)


def new_issue(options: ObjectOptions, type_id: str, change: Outgoing, key: str) -> dict[str, object]:
    """The body of a create: label and property go in the same call, so that it can be found again."""
    fields = {name: value for name, value in change.fields.items() if value is not None}
    mine = [MARK, label_of(key)]
    given = fields.get("labels")
    fields["labels"] = [*mine, *(one for one in given if one not in mine)] if isinstance(given, list) else mine
    fields |= {"project": {"key": options.project}, "issuetype": {"id": type_id}}
    return {
        "fields": fields,
        "properties": [{"key": PROPERTY, "value": {"id": key, **({LINK: change.link} if change.link else {})}}],
    }


def _status(value: JsonValue) -> str:
    found = value.get("id") if isinstance(value, Mapping) else value
    if not isinstance(found, str) or not found:
        raise Unsendable("STATUS", "{field} is written by the id of a status", "status")
    return found


def _labels(value: JsonValue, there: object) -> list[object]:
    """The labels, and ours, which nobody takes away."""
    given = value if isinstance(value, list) else []
    ours = [one for one in there if isinstance(one, str)] if isinstance(there, list) else []
    kept = [one for one in ours if one == MARK or one.startswith(OF_KEY)]
    return [*given, *(one for one in kept if one not in given)]


def _value(options: JiraOptions, name: str, value: JsonValue) -> object:
    if name in PEOPLE and value is not None:
        told = value if isinstance(value, Mapping) else {"id": value}
        found = told.get("id") or told.get("accountId") or told.get("name")
        return {"accountId" if options.is_cloud else "name": found}
    if not options.is_cloud and isinstance(value, Mapping) and is_document(value):
        return text_of(value)
    return value
