"""Listing what a board holds: whole, each time, since Trello tells no changes since a time. So deletions are noticed.

    {"v":1,"n":1}                      at the end of a reading, with another number each time: the next begins anew
    {"v":1,"b":board,"a":id}           within one: what is older than that id is still to come

Trello gives the newest first, and `before` means older by creation. Nobody knows how many it gives at most, so only an
empty page is the end.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from crmbridge.adapter.contract import Page, Problem, RawRecord
from crmbridge.model.errors import ContractError
from crmbridge_trello.session import Json, Session, identity, rows

_ENDS = ('{"v":1,"n":1}', '{"v":1,"n":2}')


class Found(NamedTuple):
    """One page of what Trello lists; `cursor` None at the end."""

    rows: list[Json]
    cursor: str | None


def pages(
    session: Session,
    cursor: str | None,
    boards: Sequence[str],
    found: Iterable[Found],
    shape: Callable[[Json], RawRecord | None],
) -> Iterator[Page]:
    """The pages of records; a record that cannot be read is a problem of its page."""
    is_whole = _place(cursor, boards) is None
    for one in found:
        records, problems = [], []
        for told in one.rows:
            try:
                record = shape(told)
            except ContractError as error:
                text = "it cannot be read: {reason}"
                problems.append(Problem("read.bad", text, {"reason": str(error)}, external_id=identity(told)))
                continue
            records += [record] if record is not None else []
        is_end = is_whole and one.cursor is None
        yield Page(records, one.cursor or end_after(cursor), problems, complete=is_end, whole=is_end)
        if session.context.stop.is_set():
            return


def listed(
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


def end_after(cursor: str | None) -> str:
    """The cursor at the end of a reading that began at that one: a cursor that stays looks like a reading that does."""
    return _ENDS[cursor == _ENDS[0]]


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
