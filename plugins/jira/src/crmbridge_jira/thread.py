"""All comments of one issue, where an answer brought only some of them."""

from collections.abc import Iterator, Mapping

from crmbridge.model.errors import ContractError
from crmbridge_jira.issues import COMMENT
from crmbridge_jira.session import Json, Session, part, rows

PAGE, MOST_PAGES = 100, 1000


def completed(session: Session, issue: Json, project: str) -> Json:
    """The issue, its field `comment` with all comments."""
    fields = issue.get("fields")
    told = fields.get(COMMENT) if isinstance(fields, Mapping) else None
    if not isinstance(fields, Mapping) or not isinstance(told, Mapping):
        return issue
    if told.get("total") == len(rows(told, "comments")):
        return issue
    comments = list(listed(session, str(issue.get("id")), project))
    return {**issue, "fields": {**fields, COMMENT: {**told, "comments": comments}}}


def listed(session: Session, issue: str, project: str) -> Iterator[Json]:
    """The comments of an issue, page by page; none where it is gone."""
    start = 0
    for _ in range(MOST_PAGES):
        told = session.found(f"/issue/{part(issue)}/comment", project, {"startAt": start, "maxResults": PAGE})
        page = rows(told, "comments") if told is not None else []
        yield from page
        start += len(page)
        total = told.get("total") if told is not None else 0
        if not page or (isinstance(total, int) and start >= total):
            return
    raise ContractError("Jira's list does not end")
