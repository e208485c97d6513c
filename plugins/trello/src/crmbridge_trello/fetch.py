"""Cards by id, and by any of their texts: by reading the board, never by Trello's search, which learns late."""

from collections.abc import Sequence
from functools import partial

from crmbridge.adapter.contract import PullRequest, RawRecord
from crmbridge.model.errors import ContractError
from crmbridge_trello import comments
from crmbridge_trello.cards import FIELDS, Boards, is_id, record_of
from crmbridge_trello.config import COMMENTS, USERS
from crmbridge_trello.judge import GONE, Refused
from crmbridge_trello.reader import read, read_users
from crmbridge_trello.session import Json, Session, identity, mapping

FEW = 5
"""More cards than that are looked up in the whole board first."""


def fetch(session: Session, name: str, external_ids: Sequence[str]) -> list[RawRecord | None]:
    """One answer for each id, in the same order; None only where a good login heard that there is no such card."""
    if not external_ids:
        return []
    session.me()
    boards = Boards(session)
    if name in {USERS, COMMENTS}:
        there = {one.external_id: one for one in _all(boards, name)}
        return [there.get(one) for one in external_ids]
    ids = [one for one in dict.fromkeys(external_ids) if is_id(one)]
    found: dict[str, RawRecord] = {}
    if len(ids) > FEW:
        found = {one.external_id: one for one in _all(boards, name)}
    for external_id in ids:
        if external_id not in found and (told := card(session, name, external_id)) is not None:
            found[external_id] = record_of(boards, name, told, partial(_said, boards))
    return [found.get(one) for one in external_ids]


def _said(boards: Boards, told: Json) -> str | None:
    return comments.on(boards, identity(told)) if comments.are_on(told) else None


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
    records = sorted(_all(Boards(session), name), key=lambda one: one.external_id)
    return [[one for one in records if value and one.payload.get(field_name) == value] for value in values]


def _all(boards: Boards, name: str) -> list[RawRecord]:
    """Every record of an object."""
    session, request = boards.session, PullRequest(name)
    if name == USERS:
        return [*read_users(session).records]
    found = comments.read(boards, request) if name == COMMENTS else read(session, request)
    records: list[RawRecord] = []
    for page in found:
        if page.problems:
            raise ContractError("a part of {object} cannot be read", object=name)
        records += page.records
    return records
