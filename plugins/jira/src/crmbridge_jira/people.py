"""Users: who may be assigned in the projects of the connection, with the e-mail address where it is known."""

from collections.abc import Iterator, Sequence

from crmbridge.adapter.contract import Page, Problem, PullRequest, RawRecord
from crmbridge.model.errors import ContractError, ScopeError
from crmbridge_jira.config import USERS
from crmbridge_jira.errors import GONE, Refused
from crmbridge_jira.session import Json, Session, identity, mapping

PAGE, MOST = 100, 1000
"""Jira tells of the first 1000 users only."""
EMAIL = "emailAddress"


def read(session: Session, request: PullRequest) -> Iterator[Page]:
    """All of them on one page; the cursor holds nothing but which reading it was."""
    session.me(again=True)
    found, notices = records(session)
    version, _, turn = (request.cursor or "").partition(":")
    number = int(turn) + 1 if version == "1" and turn.isdecimal() else 1
    yield Page(found, f"1:{number}", complete=not notices, whole=True, notices=notices)


def records(session: Session) -> tuple[list[RawRecord], list[Problem]]:
    """The users of every project, each once, and what is not told."""
    found: dict[str, RawRecord] = {}
    notices: list[Problem] = []
    for project in session.options.projects:
        users, is_cut = _assignable(session, project)
        if is_cut:
            text = "Jira tells of the first {count} users of {project} only"
            notices.append(Problem("users.cut", text, {"count": MOST, "project": project}))
        if not users:
            text = "Jira tells of no user of {project}: the account needs the permission Browse users and groups"
            notices.append(Problem("users.none", text, {"project": project}))
        for user in users:
            record = _record(session, user)
            found[record.external_id] = record
    return [found[key] for key in sorted(found)], notices


def fetch(session: Session, external_ids: Sequence[str]) -> list[RawRecord | None]:
    """The users of those ids; who is not assignable any more is asked for alone: he may only have left.

    ScopeError where one is missing and Jira tells of no users, or not of all.
    """
    told, notices = records(session)
    found = {one.external_id: one for one in told}
    for missing in dict.fromkeys(one for one in external_ids if one and one not in found):
        if (user := _alone(session, missing)) is not None:
            found[missing] = user
        elif notices:
            projects = ", ".join(str(one.params["project"]) for one in notices)
            hint = "the account needs the permission Browse users and groups"
            raise ScopeError("Jira does not tell of all users of {projects}", projects=projects, hint=hint)
    return [found.get(one) for one in external_ids]


def _alone(session: Session, external_id: str) -> RawRecord | None:
    name = "accountId" if session.options.is_cloud else "username"
    try:
        user = mapping(session.get("/user", {name: external_id}))
    except Refused as error:
        if error.status != GONE:
            raise
        session.me(again=True)
        return None
    return _record(session, user)


def _record(session: Session, user: Json) -> RawRecord:
    external_id = identity(user, session.options)
    emails = {account: email for email, account in session.options.people.items()}
    return RawRecord(USERS, external_id, {**user, EMAIL: user.get(EMAIL) or emails.get(external_id)})


def _assignable(session: Session, project: str) -> tuple[list[Json], bool]:
    """The users of a project, and whether there may be more; a page may be short and not the last one."""
    users: list[Json] = []
    for start in range(0, MOST, PAGE):
        asked = {"project": project, "startAt": start, "maxResults": PAGE}
        asked |= {"query": ""} if session.options.is_cloud else {"username": ""}
        page = session.get("/user/assignable/search", asked)
        if not isinstance(page, list) or not all(isinstance(one, dict) for one in page):
            raise ContractError("Jira sent no {key} where there should be some", key=USERS)
        if not page:
            return users, False
        users += page
    return users, True
