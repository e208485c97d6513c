"""Stage history: what Zoho tracks in DealHistory, or, where that is not to be had, deal by deal.

A row's modified time is when the deal entered `Stage` (dossier 2.13; unofficial but consistent).
"""

from collections.abc import Iterator, Mapping
from datetime import datetime

from crmbridge.adapter.contract import HistoryPage, Page, Problem, PullRequest, RawRecord, StageChange
from crmbridge.model.errors import ScopeError
from crmbridge_zoho import cursor as cursors
from crmbridge_zoho.cursor import Cursor
from crmbridge_zoho.errors import Refused
from crmbridge_zoho.fields import KEY, MODIFIED
from crmbridge_zoho.glance import glance
from crmbridge_zoho.modules import Modules
from crmbridge_zoho.moves import DEAL, NEXT, STAGE, TRACKER, Moves
from crmbridge_zoho.reader import reader_for
from crmbridge_zoho.session import API, Session
from crmbridge_zoho.times import literal, parse_or_none

DEALS = "Deals"
_TRACKED = frozenset({DEAL, STAGE, MODIFIED, "Modified_By"})
_BY_DEAL = "deal:"
"""What a cursor begins with once the history is read deal by deal."""
_FIELDS = "Stage,Modified_Time,Modified_By"
_ORPHANS = "{count} lines of stage history are of deals that are gone"


def history(session: Session, modules: Modules, request: PullRequest) -> Iterator[HistoryPage]:
    """The pages of stage changes of deals; for any other module one page that says that there is no history."""
    if request.object != DEALS:
        told = Problem("history.none", "Zoho keeps no stage history of {object}", {"object": request.object})
        yield HistoryPage((), request.cursor or Cursor().text(), notices=(told,))
        return
    quiet = _quiet(session, modules, request.cursor)
    if quiet is not None:
        yield quiet
        return
    cursor = request.cursor or ""
    if cursor.startswith(_BY_DEAL):
        yield from _by_deal(session, modules, cursor.removeprefix(_BY_DEAL) or None, ())
        return
    renamed, moves = _renamed(modules), _moves(session, request.cursor)
    begun = False
    try:
        asked = PullRequest(TRACKER, request.cursor, _TRACKED | ({NEXT} & modules.fields(TRACKER).keys()))
        for page in reader_for(session, modules, asked).pages():
            yield _tracked(page, renamed, moves)
            begun = True
    except (Refused, ScopeError) as error:
        if begun or request.cursor is not None:
            raise
        yield from _by_deal(session, modules, None, (_notice(error),))


def _quiet(session: Session, modules: Modules, cursor: str | None) -> HistoryPage | None:
    """The page of a reading that brings nothing; else None, which is known already of deals that were described."""
    by_deal = cursor is not None and cursor.startswith(_BY_DEAL)
    if by_deal and modules.is_described(DEALS):
        return None
    asked = PullRequest(DEALS if by_deal else TRACKER, (cursor or "").removeprefix(_BY_DEAL))
    page = glance(session, asked)
    return None if page is None else HistoryPage((), (_BY_DEAL if by_deal else "") + page.cursor, notices=page.notices)


def _moves(session: Session, cursor: str | None) -> Moves:
    """A first load that goes on after an interruption asks nothing about each of its deals: nearly all are new to it.

    Who has the rows before knows what their deals left.
    """
    known = cursors.parse(cursor)
    is_begun = known is not None and known.walk is not None and known.walk.fresh
    return Moves(session, is_from_start=cursor is None, can_ask=not is_begun)


def _tracked(page: Page, renamed: Mapping[str, str], moves: Moves) -> HistoryPage:
    """A page of the tracker. The lines of a deal that was deleted stay there and name none: they are passed over."""
    changes, problems = [], list(page.problems)
    kept = [record for record in page.records if record.payload.get(DEAL) is not None]
    for record, left in zip(kept, moves.before(kept), strict=True):
        made = _change(record.payload, record.payload.get(DEAL), renamed, left, record.modified)
        if made is None:
            problems.append(_unusable(record))
        else:
            changes.append(made)
    orphans = len(page.records) - len(kept)
    told = [Problem("history.orphans", _ORPHANS, {"count": orphans})] if orphans else []
    return HistoryPage(changes, page.cursor, problems, complete=page.whole, notices=[*page.notices, *told])


def _by_deal(
    session: Session, modules: Modules, cursor: str | None, notices: tuple[Problem, ...]
) -> Iterator[HistoryPage]:
    """The history of each deal that changed, one call for each."""
    asked = PullRequest(DEALS, cursor, frozenset({"Stage"}))
    renamed = _renamed(modules)
    for page in reader_for(session, modules, asked).pages():
        changes: list[StageChange] = []
        problems = list(page.problems)
        for record in page.records:
            rows = _of_deal(session, record.external_id)
            rows.sort(key=lambda row: str(parse_or_none(row.get(MODIFIED)) or ""))
            left = [None, *(stage if isinstance(stage := row.get(STAGE), str) else None for row in rows)]
            found = [
                _change(row, {KEY: record.external_id}, renamed, before, parse_or_none(row.get(MODIFIED)))
                for row, before in zip(rows, left, strict=False)
            ]
            changes += [one for one in found if one is not None]
            problems += [_unusable(record) for one in found if one is None]
        told = [*notices, *page.notices]
        notices = ()
        yield HistoryPage(changes, _BY_DEAL + page.cursor, problems, complete=page.whole, notices=told)


def _of_deal(session: Session, identity: str) -> list[Mapping[str, object]]:
    params: dict[str, object] = {"fields": _FIELDS, "per_page": 200}
    found: list[Mapping[str, object]] = []
    for number in range(1, 11):
        answer = session.get(f"{API}/{DEALS}/{identity}/Stage_History", {**params, "page": number})
        found += [row for row in answer.data if isinstance(row, Mapping)]
        if not answer.data or not answer.has_more:
            break
    return found


def _change(
    row: Mapping[str, object], deal: object, renamed: Mapping[str, str], left: str | None, at: datetime | None
) -> StageChange | None:
    """A row as a change; None for one without a deal, a stage or a time."""
    record = deal.get(KEY) if isinstance(deal, dict) else None
    stage = row.get(STAGE)
    if not isinstance(record, str) or not isinstance(stage, str) or not stage or at is None:
        return None
    identity, by = row.get(KEY), row.get("Modified_By")
    who = by.get(KEY) if isinstance(by, dict) else None
    return StageChange(
        record,
        identity if isinstance(identity, str) else f"{record}|{literal(at)}|{stage}",
        renamed.get(stage, stage),
        at,
        renamed.get(left, left) if left else None,
        None,
        who if isinstance(who, str) else None,
        "exact",
        at,
    )


def _renamed(modules: Modules) -> dict[str, str]:
    """The labels of stages -> the values that deals carry."""
    field = modules.fields(DEALS).get("Stage")
    return dict(field.renamed) if field is not None else {}


def _unusable(record: RawRecord) -> Problem:
    return Problem(
        "HISTORY_UNUSABLE",
        "a line of stage history has no deal, no stage or no time",
        position=record.external_id,
        external_id=None,
    )


def _notice(error: Exception) -> Problem:
    return Problem(
        "history.by_deal",
        "stage history is read deal by deal, one call for each: {reason}",
        {"reason": str(error)},
    )
