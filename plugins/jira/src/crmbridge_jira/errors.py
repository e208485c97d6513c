"""What Jira's refusals mean: the body has `errorMessages` and `errors` by field, either of them perhaps empty."""

from collections.abc import Mapping

from crmbridge.adapter.contract import Rejected
from crmbridge.http import Reply, UnreadableBody
from crmbridge.model.errors import ContractError

GONE, CONFLICT, BAD = 404, 409, 400
HINTS: dict[str, str] = {
    "assignee": "give that user the permission Assignable User in the project, or another person the task",
    "duedate": "put the field {field} on the create screen and the edit screen of the project",
    "labels": "put the field {field} on the create screen and the edit screen of the project",
    "summary": "a summary is one line of at most 255 characters",
    "description": "Jira takes 32767 characters at most",
}
_HINT = "the project in Jira decides it: its screens, required fields, workflow and permissions"
_ARCHIVED = "archived"
_LONGEST = 300


class Refused(ContractError):
    """Jira refused the call: `status`, its texts by field, and all of them as one."""

    def __init__(self, status: int, fields: Mapping[str, str], said: str) -> None:
        super().__init__("Jira answers {status}: {said}", status=status, said=said)
        self.status, self.fields, self.said = status, fields, said

    @property
    def is_archived(self) -> bool:
        """Whether the record is frozen: it is in the archive."""
        return _ARCHIVED in self.said.casefold()


def refusal_of(reply: Reply) -> Refused:
    """What an answer that is no success says."""
    try:
        body = reply.json()
    except UnreadableBody:
        body = None
    told = body if isinstance(body, Mapping) else {}
    errors, messages = told.get("errors"), told.get("errorMessages")
    fields = {str(key): str(text) for key, text in errors.items()} if isinstance(errors, Mapping) else {}
    texts = [*(map(str, messages) if isinstance(messages, list) else ()), *fields.values()]
    texts += [str(told[key]) for key in ("error", "message", "detail") if not texts and told.get(key)]
    return Refused(reply.status, fields, " ".join(texts)[:_LONGEST] or "-")


def rejected(error: Refused, name: str) -> Rejected:
    """The refusal of one record, with what a person can do about it."""
    if error.is_archived:
        return archived(name)
    about = next(iter(error.fields), None)
    text = "Jira refuses {field} of {issue}: {said}" if about else "Jira refuses {issue}: {said}"
    params = {"issue": name, "said": error.said, "field": about, "status": error.status}
    return Rejected(f"JIRA_{error.status}", text, params, about, hint=HINTS.get(about or "", _HINT))


def archived(name: str) -> Rejected:
    """An archived issue takes no writes."""
    text = "{issue} is archived in Jira, and nothing is written to it"
    return Rejected("ARCHIVED", text, {"issue": name}, hint="an administrator of Jira can restore it")


def gone(name: str) -> Rejected:
    """There is no such issue, or none that the account may see."""
    text = "there is no issue {issue} in Jira any more, or the account may not see it"
    return Rejected("GONE", text, {"issue": name}, hint="the account needs the permission Browse Projects")
