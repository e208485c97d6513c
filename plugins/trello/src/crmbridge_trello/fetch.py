"""Cards by id, and by any of their texts: by reading the board, never by Trello's search, which learns late."""

from collections.abc import Sequence

from crmbridge.adapter.contract import PullRequest, RawRecord
from crmbridge_trello.cards import FIELDS, Boards, is_id, record_of
from crmbridge_trello.config import COMMENTS, USERS
from crmbridge_trello.judge import GONE, Refused
from crmbridge_trello.reader import cards, read_comments, read_users
from crmbridge_trello.session import Json, Session, identity, mapping

FEW = 5
"""More cards than that are looked up in the whole board first."""


def fetch(session: Session, name: str, external_ids: Sequence[str]) -> list[RawRecord | None]:
    """One answer for each id, in the same order; None only where a good login heard that there is no such card."""
    if not external_ids:
        return []
    session.me()
    if name in {USERS, COMMENTS}:
        there = {one.external_id: one for one in _all(session, name)}
        return [there.get(one) for one in external_ids]
    ids = [one for one in dict.fromkeys(external_ids) if is_id(one)]
    told: dict[str, Json] = {}
    if len(ids) > FEW:
        told = {identity(one): one for found in cards(session, name) for one in found.rows}
    for external_id in ids:
        if external_id not in told and (one := card(session, name, external_id)) is not None:
            told[external_id] = one
    boards = Boards(session)
    return [record_of(boards, name, told[one]) if one in told else None for one in external_ids]


def card(session: Session, name: str, external_id: str) -> Json | None:
    """One card as it is now; its id alone where it is not for us; None where it is gone.

    That is believed only while the login can read the board.
    """
    try:
        return mapping(session.get(f"/cards/{external_id}", {"fields": FIELDS}))
    except Refused as error:
        if error.is_hidden:
            return {"id": external_id}
        if error.status != GONE:
            raise
    session.board(session.options.of(name).board, params={"fields": "id"})
    return None


def find(session: Session, name: str, field_name: str, values: Sequence[str]) -> list[list[RawRecord]]:
    """For each value the records whose field is exactly that, the oldest first."""
    if not values:
        return []
    session.me()
    if name in {USERS, COMMENTS}:
        records = _all(session, name)
    else:
        boards = Boards(session)
        records = [record_of(boards, name, one) for found in cards(session, name) for one in found.rows]
    records.sort(key=lambda one: one.external_id)
    return [[one for one in records if value and one.payload.get(field_name) == value] for value in values]


def _all(session: Session, name: str) -> list[RawRecord]:
    pages = [read_users(session)] if name == USERS else read_comments(session, PullRequest(name))
    return [one for page in pages for one in page.records]
