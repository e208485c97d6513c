"""Reading cards and members."""

from collections.abc import Iterator

from crmbridge.adapter.contract import Page, PullRequest, RawRecord
from crmbridge_trello.cards import FIELDS, SAID, Boards, record_of
from crmbridge_trello.comments import Said
from crmbridge_trello.config import USERS
from crmbridge_trello.listing import Found, end_after, listed, pages
from crmbridge_trello.session import Json, Session, identity

EMAIL = "email"


def cards(session: Session, name: str, cursor: str | None = None) -> Iterator[Found]:
    """The cards of an object, archived ones too."""
    board = session.options.of(name).board
    return listed(session, [board], "/cards", {"filter": "all", "fields": FIELDS}, cursor)


def read(session: Session, request: PullRequest) -> Iterator[Page]:
    """The pages of the cards of an object."""
    session.me()
    boards, board = Boards(session), session.options.of(request.object).board
    boards.lists(board)
    said = Said(boards, board).of if request.fields is None or SAID in request.fields else None
    found = cards(session, request.object, request.cursor)

    def shape(told: Json) -> RawRecord:
        return record_of(boards, request.object, told, said)

    yield from pages(session, request.cursor, [board], found, shape)


def read_users(session: Session, cursor: str | None = None) -> Page:
    """The members of all boards, with the addresses that `people` gives them."""
    session.me()
    boards = Boards(session)
    emails = boards.emails
    found = [RawRecord(USERS, identity(one), {**one, EMAIL: emails.get(identity(one))}) for one in boards.members]
    return Page(found, end_after(cursor), complete=True, whole=True)
