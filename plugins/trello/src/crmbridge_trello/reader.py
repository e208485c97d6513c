"""Reading: a board as it stands, whole, each time. Trello tells no changes since a time, and so deletions are told too.

    {"v":1}                            at the end of a reading: the next one begins anew
    {"v":1,"b":board,"a":id}           within one: what is older than that id is still to come

Trello gives the newest first, and `before` means older by creation. Nobody knows how many it gives at most, so only an
empty page is the end.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from crmbridge.adapter.contract import Page, Problem, PullRequest, RawRecord
from crmbridge.model.errors import ContractError
from crmbridge_trello.cards import FIELDS, Boards, instant, record_of
from crmbridge_trello.config import COMMENTS, USERS
from crmbridge_trello.desc import parse
from crmbridge_trello.session import Json, Session, identity, mapping, rows

END = '{"v":1}'
EMAIL = "email"


class Found(NamedTuple):
    """One page of what Trello lists; `cursor` None at the end."""

    rows: list[Json]
    cursor: str | None


def cards(session: Session, name: str, cursor: str | None = None) -> Iterator[Found]:
    """The cards of an object, archived ones too."""
    board = session.options.of(name).board
    return _listed(session, [board], "/cards", {"filter": "all", "fields": FIELDS}, cursor)


def read(session: Session, request: PullRequest) -> Iterator[Page]:
    """The pages of the cards of an object."""
    session.me()
    boards = Boards(session)
    boards.lists(session.options.of(request.object).board)
    yield from _pages(session, request, cards, lambda one: record_of(boards, request.object, one))


def read_comments(session: Session, request: PullRequest) -> Iterator[Page]:
    """The pages of the comments on cards that carry our key."""
    me = identity(session.me())
    ours: set[str] = set()
    for board in session.options.boards:
        for found in _listed(session, [board], "/cards", {"filter": "all", "fields": "desc"}, None):
            ours |= {identity(one) for one in found.rows if parse(one.get("desc")).key is not None}

    def shape(action: Json) -> RawRecord | None:
        data = mapping(action.get("data"))
        card = mapping(data.get("card")).get("id")
        if card not in ours:
            return None
        member = action.get("idMemberCreator")
        payload = {"id": identity(action), "card": card, "member": member, "text": data.get("text")}
        payload |= {"date": action.get("date"), "edited": data.get("dateLastEdited"), "ours": member == me}
        at = instant(payload["edited"] or payload["date"])
        return RawRecord(COMMENTS, identity(action), payload, at.isoformat() if at else None, at)

    yield from _pages(session, request, _comments, shape)


def read_users(session: Session) -> Page:
    """The members of all boards, with the addresses that `people` gives them."""
    session.me()
    boards = Boards(session)
    emails = boards.emails
    found = [RawRecord(USERS, identity(one), {**one, EMAIL: emails.get(identity(one))}) for one in boards.members]
    return Page(found, END, complete=True, whole=True)


def _comments(session: Session, name: str, cursor: str | None) -> Iterator[Found]:  # noqa: ARG001 - as `cards`
    return _listed(session, session.options.boards, "/actions", {"filter": "commentCard"}, cursor)


def _pages(
    session: Session,
    request: PullRequest,
    listed: Callable[[Session, str, str | None], Iterator[Found]],
    shape: Callable[[Json], RawRecord | None],
) -> Iterator[Page]:
    is_whole = _place(request.cursor, session.options.boards) is None
    for found in listed(session, request.object, request.cursor):
        records, problems = [], []
        for one in found.rows:
            try:
                record = shape(one)
            except ContractError as error:
                text = "it cannot be read: {reason}"
                problems.append(Problem("read.bad", text, {"reason": str(error)}, external_id=identity(one)))
                continue
            records += [record] if record is not None else []
        is_end = is_whole and found.cursor is None
        yield Page(records, found.cursor or END, problems, complete=is_end, whole=is_end)
        if session.context.stop.is_set():
            return


def _listed(
    session: Session, boards: Sequence[str], of: str, params: Mapping[str, object], cursor: str | None
) -> Iterator[Found]:
    """The pages of what boards list, one page ahead, so that the last one is known; always one at least."""
    place = _place(cursor, boards)
    left = boards[boards.index(place[0]) :] if place else boards
    before = place[1] if place else None
    for at, board in enumerate(left, 1):
        found = _older(session, board, of, params, before)
        while more := _older(session, board, of, params, _oldest(found)) if found else []:
            yield Found(found, _cursor(board, _oldest(found)))
            found = more
        yield Found(found, _cursor(left[at], None) if at < len(left) else None)
        before = None
    if not left:
        yield Found([], None)


def _oldest(told: Sequence[Json]) -> str:
    return min(map(identity, told))


def _cursor(board: str, before: str | None) -> str:
    return json.dumps({"v": 1, "b": board, "a": before}, separators=(",", ":"))


def _older(session: Session, board: str, of: str, params: Mapping[str, object], before: str | None) -> list[Json]:
    """One page; nothing of it that is not older than asked for."""
    older = {"before": before} if before is not None else {}
    told = rows(session.board(board, of, {**params, "limit": session.options.page_size, **older}))
    return [one for one in told if before is None or identity(one) < before]


def _place(cursor: str | None, boards: Sequence[str]) -> tuple[str, str | None] | None:
    """Where to go on; None where that is the beginning, as for every cursor that is none of ours."""
    try:
        told = json.loads(cursor or "null")
    except (ValueError, RecursionError):
        return None
    if not isinstance(told, dict) or told.get("v") != 1 or told.get("b") not in boards:
        return None
    before = told.get("a")
    return told["b"], before if isinstance(before, str) else None
