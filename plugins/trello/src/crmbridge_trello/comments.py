"""The comments on cards: as records of their own where the card carries our key, and as one text of each card."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from crmbridge.adapter.contract import Page, PullRequest, RawRecord
from crmbridge_trello.cards import Boards, instant
from crmbridge_trello.config import COMMENTS
from crmbridge_trello.desc import parse
from crmbridge_trello.listing import listed, pages
from crmbridge_trello.session import Json, identity, mapping, rows

_ONLY = {"filter": "commentCard"}
_KEYS = {"filter": "all", "fields": "desc,badges"}
_MOST = 1000


def read(boards: Boards, request: PullRequest) -> Iterator[Page]:
    """The pages of the comments on cards that carry our key."""
    session = boards.session
    me = identity(session.me())
    ours: set[str] = set()
    where: list[str] = []
    for board in session.options.boards:
        mine = [one for some in listed(session, [board], "/cards", _KEYS, None) for one in some.rows if _is_ours(one)]
        ours |= {identity(one) for one in mine}
        where += [board] if any(map(are_on, mine)) else []

    def shape(action: Json) -> RawRecord | None:
        return _record(action, me) if _card(action) in ours else None

    found = listed(session, where, "/actions", _ONLY, request.cursor)
    yield from pages(session, request.cursor, where, found, shape)


def _is_ours(card: Json) -> bool:
    return parse(card.get("desc")).key is not None


class Said:
    """The comments of each card of a board as one text, read at once, and only where a card has some."""

    def __init__(self, boards: Boards, board: str) -> None:
        self._boards, self._board = boards, board

    def of(self, card: Json) -> str | None:
        """What people said on it."""
        return self._texts.get(identity(card)) if are_on(card) else None

    @cached_property
    def _texts(self) -> dict[str, str | None]:
        by_card: dict[str, list[Json]] = {}
        for found in listed(self._boards.session, [self._board], "/actions", _ONLY, None):
            for action in found.rows:
                by_card.setdefault(_card(action), []).append(action)
        return {card: _text(self._boards, actions) for card, actions in by_card.items()}


def are_on(card: Json) -> bool:
    """Whether somebody said something; true where Trello does not tell."""
    badges = card.get("badges")
    return not (isinstance(badges, Mapping) and badges.get("comments") == 0)


def on(boards: Boards, card: str) -> str | None:
    """What people said on one card."""
    return _text(boards, rows(boards.session.get(f"/cards/{card}/actions", {**_ONLY, "limit": _MOST})))


def _text(boards: Boards, actions: Iterable[Json]) -> str | None:
    """A line for each comment, the oldest first: day, author, text."""
    lines = []
    for one in sorted(actions, key=identity):
        name = _name(one.get("memberCreator")) or boards.names.get(str(one.get("idMemberCreator"))) or "?"
        lines.append(f"{str(one.get('date'))[:10]} {name}: {mapping(one.get('data')).get('text')}")
    return "\n".join(lines) or None


def _name(member: object) -> object:
    return member.get("fullName") if isinstance(member, Mapping) else None


def _card(action: Json) -> str:
    return identity(mapping(mapping(action.get("data")).get("card")))


def _record(action: Json, me: str) -> RawRecord:
    data, member = mapping(action["data"]), action.get("idMemberCreator")
    payload = {"id": identity(action), "card": _card(action), "member": member, "text": data.get("text")}
    payload |= {"date": action.get("date"), "edited": data.get("dateLastEdited"), "ours": member == me}
    at = instant(payload["edited"] or payload["date"])
    return RawRecord(COMMENTS, identity(action), payload, at.isoformat() if at else None, at)
