"""Whether anything changed in a module, asked by ids and times alone: one call, and one more for conversions of leads.

What is asked needs no description of the module, and nothing is read by what is answered. Whoever is told that there is
something reads it as if nobody had looked.
"""

from crmbridge.adapter.contract import Page, PullRequest
from crmbridge.model.errors import ScopeError
from crmbridge_zoho import cursor as cursors
from crmbridge_zoho import plan
from crmbridge_zoho.counting import filters_for
from crmbridge_zoho.cursor import Cursor, Walk
from crmbridge_zoho.errors import Refused
from crmbridge_zoho.fields import MODIFIED, ModuleField, Wanted, Way
from crmbridge_zoho.listing import Listing
from crmbridge_zoho.querying import Querying
from crmbridge_zoho.reader import CONVERTED_AT, overlap_of
from crmbridge_zoho.session import Session
from crmbridge_zoho.times import earlier, literal

_TIMES = Wanted((ModuleField(MODIFIED, "datetime"),))


def glance(session: Session, request: PullRequest) -> Page | None:
    """The page of a reading that brings nothing; None where there is something, or nobody can tell."""
    known = cursors.parse(request.cursor)
    if known is None or known.mark is None or known.walk is not None:
        return None
    since = Walk(Way.LIST, since=literal(earlier(known.mark, overlap_of(session.options))))
    size = session.options.page_size
    lists = Listing(session, request.object, _TIMES, size, filters_for(request.object))
    try:
        first = next(lists.walk(since))
        if first.rows or first.walk is not None:
            return None
        if CONVERTED_AT in (request.fields or ()):
            found = Querying(session, request.object, _TIMES, size, since_field=CONVERTED_AT).walk(since)
            if next(found).rows:
                return None
    except (Refused, ScopeError):
        return None
    began = session.now(first.answer.server_time if first.answer is not None else None)
    at = Cursor(began, known.fields)
    if at.text() == request.cursor:
        at = Cursor(began, known.fields, turn=1)
    way = plan.decide(request.object, _TIMES, 0, page=size)
    return Page((), at.text(), notices=[way.notice(request.object)])
