"""The moves of cards from list to list, as the actions of a board tell them: the history of the stages of deals.

    {"v":1,"b":board,"l":id,"k":[ids]}   `l` the last move that was told, `k` those of the two minutes before it

Trello gives the newest actions first and may learn of one late: all since two minutes before the last one are read, and
what was told already is left out.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from crmbridge.adapter.contract import HistoryPage, PullRequest, StageChange
from crmbridge_trello.cards import instant, stamp
from crmbridge_trello.config import RESERVED
from crmbridge_trello.listing import listed
from crmbridge_trello.session import Json, Session, identity, mapping

_LATE = timedelta(minutes=2)
_MOST_KEPT = 120


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a listing stands."""

    last: str
    told: tuple[str, ...]

    @property
    def since(self) -> datetime:
        """From when on actions are read again; their ids begin with their second."""
        return datetime.fromtimestamp(int(self.last[:8], 16), UTC) - _LATE

    def text(self, board: str) -> str:
        """The cursor as the engine keeps it."""
        return json.dumps({"v": 1, "b": board, "l": self.last, "k": self.told}, separators=(",", ":"))

    def after(self, changes: Sequence[StageChange]) -> "_Place":
        """The place once these were told."""
        last = max([self.last, *(one.change_id for one in changes)])
        first = f"{int(last[:8], 16) - int(_LATE.total_seconds()):08x}"
        told = sorted({*self.told, *(one.change_id for one in changes)})
        return _Place(last, tuple(one for one in told if one >= first)[-_MOST_KEPT:])


def read(session: Session, request: PullRequest) -> Iterator[HistoryPage]:
    """The pages of moves after the cursor, the oldest first."""
    if request.object in RESERVED:
        yield HistoryPage((), request.cursor or "1", complete=True)
        return
    session.me()
    board, size = session.options.of(request.object).board, session.options.page_size
    known = _place(request.cursor, board)
    params = {"filter": "updateCard", **({"since": stamp(known.since)} if known else {})}
    told = known.told if known else ()
    moves = [one for found in listed(session, [board], "/actions", params, None) for one in _moves(found.rows, board)]
    moves = sorted((one for one in moves if one.change_id not in told), key=lambda one: one.change_id)
    at, first = known or _Place(f"{0:024x}", ()), 0
    while True:
        some = moves[first : first + size]
        first, at = first + size, at.after(some)
        is_last = first >= len(moves)
        cursor = at.text(board) if some or known else "{}"
        yield HistoryPage(some, cursor, complete=is_last and known is None)
        if is_last or session.context.stop.is_set():
            return


def _moves(actions: Sequence[Json], board: str) -> Iterator[StageChange]:
    """The actions that are moves."""
    for action in actions:
        data = mapping(action.get("data"))
        before, after = data.get("listBefore"), data.get("listAfter")
        if before is None or after is None:
            continue
        yield StageChange(
            record_id=identity(mapping(data.get("card"))),
            change_id=identity(action),
            to_label=identity(mapping(after)),
            at=instant(action.get("date")),
            from_label=identity(mapping(before)),
            pipeline=board,
            by=action.get("idMemberCreator"),
        )


def _place(cursor: str | None, board: str) -> _Place | None:
    """The place that a cursor names; None where it is none of ours, or of another board."""
    try:
        told = json.loads(cursor or "null")
        if not isinstance(told, dict) or told.get("v") != 1 or told.get("b") != board:
            return None
        int(told["l"][:8], 16)
        return _Place(str(told["l"]), tuple(map(str, told["k"])))
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
