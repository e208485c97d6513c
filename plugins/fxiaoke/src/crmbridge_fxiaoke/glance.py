"""Whether anything changed in an object, asked by ids and times alone: one call.

What is asked needs no description of the object, and nothing is read by what is answered: a description fills what a
row lacks with nothing, so an old one would make a field that is gone look empty. Whoever is told that there is
something reads it as if nobody had looked.
"""

from crmbridge.adapter.contract import Page, PullRequest
from crmbridge.model.errors import ScopeError
from crmbridge_fxiaoke import cursor as cursors
from crmbridge_fxiaoke.cursor import Cursor
from crmbridge_fxiaoke.errors import Refused
from crmbridge_fxiaoke.listing import TIME
from crmbridge_fxiaoke.objects import Objects, Quiet
from crmbridge_fxiaoke.payload import milliseconds
from crmbridge_fxiaoke.querying import BY_TIME, Query, ask, where
from crmbridge_fxiaoke.reader import is_due, since_of
from crmbridge_fxiaoke.session import Session

_CLOCK_MS = 2_000
"""Fxiaoke tells its time in whole seconds: a history that began a moment later may believe that it began before."""


def glance(session: Session, objects: Objects, request: PullRequest) -> Page | None:
    """The page of a reading that brings nothing; None where there is something, or nobody can tell.

    What was answered once while the connection is open is not asked again: histories are read from the same rows.
    """
    known = cursors.parse(request.cursor)
    if known is None or known.mark is None or known.walk is not None:
        return None
    asked, since = session.context.clock(), since_of(session.options, known.mark)
    quiet = objects.quiet.get(request.object)
    if quiet is None or quiet.since > since:
        since = max(since - _CLOCK_MS, 0)
        query = Query(
            request.object,
            (where(TIME, "GTE", since),),
            orders=BY_TIME,
            limit=session.options.page_size,
            projection=["_id", TIME],
            is_counted=True,
        )
        try:
            found = ask(session, query)
        except (Refused, ScopeError):
            return None
        if found.rows or found.total:
            return None
        quiet = objects.quiet[request.object] = Quiet(since, milliseconds(session.now(asked)))
    if is_due(session.options, known, quiet.begun):
        return None
    return Page((), Cursor(quiet.begun, known.read, known.fields).after(request.cursor).text())
