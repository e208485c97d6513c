"""Comments of the issues that are ours. A comment's id is `ISSUE/COMMENT`: it is read by its issue."""

from collections.abc import Iterator, Mapping, Sequence

from crmbridge.adapter.contract import Page, PullRequest, RawRecord
from crmbridge.model.errors import ConfigError, ContractError
from crmbridge_jira.config import COMMENTS
from crmbridge_jira.issues import COMMENT, instant
from crmbridge_jira.reader import read_marked
from crmbridge_jira.session import Json, Session, identity, part, rows
from crmbridge_jira.thread import listed


def read(session: Session, request: PullRequest) -> Iterator[Page]:
    """The comments of our issues that changed, and once a day those of all of them."""

    def shape(issues: Sequence[Json]) -> list[RawRecord]:
        return [record for one in issues for record in _of_issue(session, one)]

    _projects(session)
    return read_marked(session, request, shape)


def fetch(session: Session, external_ids: Sequence[str]) -> list[RawRecord | None]:
    """The comments of those ids, None where one is gone: one listing for each issue."""
    first = _projects(session)[0]
    found: dict[str, RawRecord] = {}
    for issue in dict.fromkeys(one.partition("/")[0] for one in external_ids if one.partition("/")[0].isdigit()):
        if session.found(f"/issue/{part(issue)}", first, {"fields": "updated"}) is not None:
            records = _records(session, issue, list(listed(session, issue, first)))
            found |= {one.external_id: one for one in records}
    return [found.get(one) for one in external_ids]


def _projects(session: Session) -> Sequence[str]:
    """The projects, all of which the account sees: a comment may be of any of them."""
    if not session.options.projects:
        raise ConfigError("{connection} names no project", connection=session.context.connection)
    for project in session.options.projects:
        session.see(project)
    return session.options.projects


def _of_issue(session: Session, issue: Json) -> list[RawRecord]:
    """The comments of an issue that a search found: with it where it brought them all."""
    external_id, fields = issue.get("id"), issue.get("fields")
    if not isinstance(external_id, str):
        raise ContractError("Jira sent an issue without an id or without fields")
    told = fields.get(COMMENT) if isinstance(fields, Mapping) else None
    if isinstance(told, Mapping) and isinstance(told.get("comments"), list):
        comments = rows(told, "comments")
        if told.get("total") == len(comments):
            return _records(session, external_id, comments)
    return _records(session, external_id, list(listed(session, external_id, session.options.projects[0])))


def _records(session: Session, issue: str, comments: Sequence[Json]) -> list[RawRecord]:
    me = identity(session.me(), session.options)
    made = []
    for one in comments:
        author = one.get("author")
        is_ours = isinstance(author, Mapping) and author.get("accountId", author.get("name")) == me
        modified = instant(one.get("updated"))
        payload = {**one, "issue": issue, "ours": is_ours}
        revision = modified.isoformat(timespec="milliseconds") if modified else None
        made.append(RawRecord(COMMENTS, f"{issue}/{one.get('id')}", payload, revision, modified))
    return made
