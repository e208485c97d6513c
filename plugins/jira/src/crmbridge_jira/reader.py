"""Reading the issues of an object: what changed since the last reading, and once a day everything.

The overlap of five minutes covers what the index learns late. Jira keeps no list of deletions, so a whole listing is
how they are noticed: what it lacks is asked for by id.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from crmbridge.adapter import read_fields
from crmbridge.adapter.contract import Page, PullRequest, RawRecord
from crmbridge_jira.cursor import OVERLAP_MS, WHOLE_AFTER_MS, Cursor, milliseconds, options_of, parse
from crmbridge_jira.issues import COMMENT, MARK, asked, object_of, record_of
from crmbridge_jira.search import pages
from crmbridge_jira.session import Json, Session, jql
from crmbridge_jira.thread import completed

Shape = Callable[[Sequence[Json]], list[RawRecord]]


@dataclass(frozen=True, slots=True)
class Scope:
    """What is listed: a query without bounds, the projects that it is about, and the fields to ask for."""

    query: str
    projects: Sequence[str]
    fields: Sequence[str]


def read(session: Session, request: PullRequest, known: Callable[[], Sequence[str]]) -> Iterator[Page]:
    """The pages of the issues of an object; `known` are its fields, asked where all are wanted."""
    options = object_of(session.options, request.object)
    scope = f"project = {jql(options.project)}" + (f" AND issuetype = {jql(options.type)}" if options.type else "")
    fields = asked(request.fields, known() if request.fields is None else ())

    def shape(issues: Sequence[Json]) -> list[RawRecord]:
        return [record_of(session, request.object, completed(session, one, options.project)) for one in issues]

    return walk(session, request, Scope(scope, [options.project], fields), shape)


def read_marked(session: Session, request: PullRequest, shape: Shape) -> Iterator[Page]:
    """The same for what hangs on the issues that are ours."""
    projects = ", ".join(map(jql, session.options.projects))
    scope = f"project in ({projects}) AND labels = {jql(MARK)}"
    return walk(session, request, Scope(scope, session.options.projects, ["updated", COMMENT]), shape)


def walk(session: Session, request: PullRequest, scope: Scope, shape: Shape) -> Iterator[Page]:
    """The pages of a scope after the cursor; always one at least."""
    session.me(again=True)
    now, options = milliseconds(session.now()), options_of(session.options, request.object)
    at = parse(request.cursor, options, request.fields)
    began_anew = at is None or at.token is None
    if at is None or at.begun is None:
        whole = at.whole if at is not None else None
        is_due = at is None or at.mark is None or whole is None or now - whole >= WHOLE_AFTER_MS
        since = None if is_due or at is None or at.mark is None else at.mark - OVERLAP_MS
        first = at.whole if at is not None and at.whole is not None else now
        turn = 1 - (at.turn or 0) if at is not None else 0
        at = Cursor(read_fields.told(request.fields), options, whole=first, begun=now, since=since, turn=turn)
    for project in scope.projects if at.since is None else ():
        session.see(project)
    begun = at.begun or now
    bound = f" AND updated >= {at.since}" if at.since is not None else ""
    order = " ORDER BY updated ASC" if session.options.is_cloud else " ORDER BY key ASC"
    for found in pages(session, scope.query + bound + order, scope.fields, at.token):
        records = shape(found.issues)
        if found.token is not None:
            at = replace(at, token=found.token)
            yield Page(records, at.text())
            if session.context.stop.is_set():
                return
            continue
        is_all = began_anew and at.since is None
        whole = begun if is_all else at.whole
        end = Cursor(at.fields, options, mark=begun, whole=whole, turn=at.turn)
        yield Page(records, end.text(), complete=is_all, whole=is_all)
