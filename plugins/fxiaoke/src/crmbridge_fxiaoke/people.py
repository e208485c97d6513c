"""Employees and departments, from the directory calls."""

from collections.abc import Iterator

from crmbridge.adapter.contract import Page, PullRequest
from crmbridge_fxiaoke.session import Session

USERS, DEPARTMENTS = "users", "departments"
OBJECTS = frozenset({USERS, DEPARTMENTS})


def pages(session: Session, request: PullRequest) -> Iterator[Page]:
    """The pages."""
    raise NotImplementedError((session, request))
