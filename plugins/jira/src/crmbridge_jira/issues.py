"""Issues as records: Jira's fields one level up, as they are, and three of our own.

What is ours:

    external_key   the key of a create, from the property `crm.task`, which the create sends along
    link           the address of the task at its source, from the same property
    state          open, done or cancelled: by the configured status, else by the status category
"""

import hashlib
import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime

from crmbridge.adapter.contract import RawRecord
from crmbridge.model.errors import ConfigError, ContractError, nearest
from crmbridge_jira.config import RESERVED, JiraOptions, ObjectOptions, State
from crmbridge_jira.session import Json, Session, mapping

PROPERTY = "crm.task"
MARK, OF_KEY = "crm-sync", "crm-t-"
KEY, LINK, STATE = "external_key", "link", "state"
OURS = frozenset({"id", "key", KEY, LINK, STATE})
COMMENT = "comment"
SYSTEM = ("summary", "status", "created", "updated", "resolutiondate", "resolution", "creator", "reporter", "project")
FIXED = (*SYSTEM, "issuetype", "assignee", "labels", "description", "duedate", COMMENT)
NEEDED = ("updated", "status", "labels", "project", "summary")
_PLAIN_KEY = re.compile(r"[A-Za-z0-9._-]{1,100}")
DONE = "done"


def label_of(key: str) -> str:
    """The label of a key: the key itself where a label may be so, else its digest."""
    plain = _PLAIN_KEY.fullmatch(key)
    return OF_KEY + (key if plain else "." + hashlib.sha256(key.encode()).hexdigest()[:24])


def object_of(options: JiraOptions, name: str) -> ObjectOptions:
    """The options of an object of issues; ConfigError that names the nearest one."""
    found = options.objects.get(name)
    if found is None:
        known = [*options.objects, *RESERVED]
        near = nearest(name, known) or ", ".join(known)
        raise ConfigError("there is no object {object}", object=name, nearest=near, hint="did you mean {nearest}?")
    return found


def asked(fields: Collection[str] | None, known: Collection[str]) -> list[str]:
    """The fields to ask for: those that are wanted (None: every known one) and those that every record needs."""
    wanted = known if fields is None else fields
    return sorted({*wanted, *NEEDED} - OURS)


def record_of(session: Session, name: str, issue: Json) -> RawRecord:
    """An issue as a record."""
    options = object_of(session.options, name)
    found, fields = issue.get("id"), issue.get("fields")
    if not isinstance(found, str) or not found or not isinstance(fields, Mapping):
        raise ContractError("Jira sent an issue without an id or without fields")
    payload = {**fields, "id": found, "key": issue.get("key")}
    payload |= {KEY: key_of(session.options, issue), LINK: ours(issue).get(LINK), STATE: state_of(options, fields)}
    return RawRecord(name, found, payload, revision_of(fields), instant(fields.get("updated")))


def key_of(options: JiraOptions, issue: Json) -> str | None:
    """Our key of an issue: its property; in Data Center, whose search tells none, a label of it."""
    key = ours(issue).get("id")
    if isinstance(key, str) or options.is_cloud:
        return key if isinstance(key, str) else None
    labels = mapping(issue.get("fields") or {}).get("labels") or ()
    keys = [one.removeprefix(OF_KEY) for one in labels if isinstance(one, str) and one.startswith(OF_KEY)]
    return keys[0] if len(keys) == 1 and not keys[0].startswith(".") else None


def ours(issue: Json) -> Json:
    """What we keep on an issue: its key, and the address of the task."""
    told = issue.get("properties")
    value = told.get(PROPERTY) if isinstance(told, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def state_of(options: ObjectOptions, fields: Mapping[str, object]) -> State | None:
    """What the status means; None where Jira does not tell it."""
    status = fields.get("status")
    if not isinstance(status, Mapping):
        return None
    configured = next((state for state, one in options.states.items() if one == status.get("id")), None)
    if configured is not None:
        return configured
    category = status.get("statusCategory")
    if not isinstance(category, Mapping):
        return None
    return "done" if category.get("key") == DONE else "open"


def revision_of(fields: Mapping[str, object]) -> str | None:
    """What a write may be conditional on: the time of the last change, in UTC."""
    modified = instant(fields.get("updated"))
    return modified.isoformat(timespec="milliseconds") if modified else None


def instant(told: object) -> datetime | None:
    """A time of Jira, `2026-11-20T09:00:00.000+0100`, in UTC; ContractError where it is none."""
    if told is None:
        return None
    try:
        found = datetime.fromisoformat(str(told))
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise ContractError("Jira sent {text} where there should be a time", text=str(told)[:40])
    return found.astimezone(UTC)
