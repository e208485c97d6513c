"""Searching by JQL, page by page.

Cloud: `search/jql` with tokens. A short page is not the last one; it is where no token comes, `isLast` is true, or a
token comes twice. Data Center: `search` with offsets, which shift where an issue goes away: then it begins again.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from crmbridge.model.errors import ContractError
from crmbridge_jira import made
from crmbridge_jira.errors import BAD, Refused
from crmbridge_jira.issues import PROPERTY
from crmbridge_jira.session import Json, Session, rows

MOST_PAGES = 20_000
"""A chain of tokens that is longer than that goes in circles."""
MOST_RESTARTS = 5


@dataclass(frozen=True, slots=True)
class Found:
    """One page; `token` leads to the next one, None behind the last."""

    issues: Sequence[Json]
    token: str | None


def pages(session: Session, jql: str, fields: Sequence[str], token: str | None = None) -> Iterator[Found]:
    """The pages from a token on; a token that Jira takes no more begins from the beginning."""
    seen, restarts, current = {token}, 0, made.recent(session)
    for _ in range(MOST_PAGES):
        try:
            found = _page(session, jql, fields, token, current)
        except Refused as error:
            if error.status != BAD or token is None or restarts:
                raise
            token, seen, restarts = None, {None}, restarts + 1
            continue
        if found is None:
            token, restarts = None, restarts + 1
            if restarts > MOST_RESTARTS:
                raise ContractError("Jira's list changes faster than it can be read")
            continue
        if session.options.is_cloud and found.token in seen:
            found = Found(found.issues, None)
        yield found
        if found.token is None:
            return
        token = found.token
        seen.add(token)
    raise ContractError("Jira's list does not end")


def _page(session: Session, jql: str, fields: Sequence[str], token: str | None, current: Sequence[int]) -> Found | None:
    """One page; None where an offset does not hold any more."""
    size = session.options.page_size
    if session.options.is_cloud:
        body: dict[str, object] = {"jql": jql, "fields": ["key", *fields], "properties": [PROPERTY], "maxResults": size}
        body |= ({"nextPageToken": token} if token else {}) | ({"reconcileIssues": current} if current else {})
        told = session.ask("/search/jql", body)
        following = None if told.get("isLast") is True else told.get("nextPageToken")
        if following is not None and not isinstance(following, str):
            raise ContractError("Jira sent a token that is no text")
        return Found(rows(told, "issues"), following or None)
    start, _, before = (token or "0:").partition(":")
    body = {"jql": jql, "fields": list(fields), "startAt": int(start), "maxResults": size}
    told = session.ask("/search", body)
    issues, total = rows(told, "issues"), told.get("total")
    if not isinstance(total, int):
        raise ContractError("Jira did not say how many issues there are")
    if before and total < int(before):
        return None
    end = int(start) + len(issues)
    return Found(issues, f"{end}:{total}" if issues and end < total else None)
