"""Cards as records: Trello's fields as they are, and some of our own, which no mapping could make of them.

external_key   the key of a create, from our line of the description
text, link     the description without our lines, and the link among them
state          open, done, cancelled, or set aside: archived, or in an archived list, by whomever but us
member         who has to do it: the first member whom `people` names, else the first
comments       what people said on it, as one text; only where that was read
created        when it was made, which its id tells
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property

from crmbridge.adapter.contract import RawRecord
from crmbridge.model.errors import AuthError, ConfigError, ContractError
from crmbridge_trello.config import ObjectOptions
from crmbridge_trello.desc import Desc, parse
from crmbridge_trello.session import Json, Session, identity, rows

TEXT, LINK, KEY, STATE, MEMBER = "text", "link", "external_key", "state", "member"
SAID, CREATED = "comments", "created"
OPEN, DONE, CANCELLED, ASIDE = "open", "done", "cancelled", "set aside"
FIELDS = (
    "name,desc,due,start,dueComplete,closed,idBoard,idList,idMembers,idLabels,dateLastActivity,badges"
    ",shortLink,shortUrl"
)
_ID = re.compile(r"[0-9a-f]{24}")


@dataclass
class Boards:
    """Lists and members as they are now: made anew for each reading and each push."""

    session: Session
    _lists: dict[str, dict[str, Json]] = field(default_factory=dict)
    _members: dict[str, dict[str, Json]] = field(default_factory=dict)

    def lists(self, board: str) -> dict[str, Json]:
        """The lists of a board by id, archived ones too; none where a board that is not ours cannot be read."""
        if board not in self._lists:
            try:
                told = rows(self.session.board(board, "/lists", {"filter": "all", "fields": "name,closed,pos"}))
            except (AuthError, ConfigError):
                if board in self.session.options.boards:
                    raise
                told = []
            self._lists[board] = {identity(one): one for one in told}
        return self._lists[board]

    def is_open(self, board: str, list_id: object) -> bool:
        """Whether the board has that list, not archived."""
        found = self.lists(board).get(str(list_id))
        return found is not None and not found.get("closed")

    def on(self, board: str) -> dict[str, Json]:
        """The members of a board by id."""
        if board not in self._members:
            told = self.session.board(board, "/members", {"fields": "fullName,username"})
            self._members[board] = {identity(one): one for one in rows(told)}
        return self._members[board]

    @cached_property
    def members(self) -> list[Json]:
        """The members of all boards, each once."""
        found = {key: one for board in self.session.options.boards for key, one in self.on(board).items()}
        return [found[key] for key in sorted(found)]

    @cached_property
    def names(self) -> dict[str, str]:
        """The name of each member, by id."""
        return {identity(one): str(one.get("fullName") or one.get("username")) for one in self.members}

    @cached_property
    def emails(self) -> dict[str, str]:
        """The e-mail address of each member whom `people` names, by id."""
        people = {member: email for email, member in self.session.options.people.items()}
        if all(map(is_id, people)):
            return people
        told = [
            (identity(one), people.get(identity(one)) or people.get(str(one.get("username")))) for one in self.members
        ]
        return {member: email for member, email in told if email is not None}

    def member(self, card: Json) -> str | None:
        """Who has to do it."""
        told = [one for one in card.get("idMembers") or () if isinstance(one, str)]
        mapped = [one for one in told if one in self.emails]
        return next(iter([*mapped, *told]), None)


@dataclass(frozen=True, slots=True)
class Card:
    """One card as it was read."""

    told: Json
    options: ObjectOptions
    desc: Desc
    is_in_closed_list: bool

    @property
    def board(self) -> str:
        """The board that it is on."""
        return str(self.told["idBoard"])

    @property
    def list(self) -> str:
        """The list that it is in."""
        return str(self.told.get("idList"))

    @property
    def is_off(self) -> bool:
        """Whether it is in the archive because we cancelled it."""
        return bool(self.told.get("closed")) and self.desc.is_cancelled

    @property
    def is_aside(self) -> bool:
        """Whether a person put it aside: nothing is written to it until it is back."""
        return self.is_in_closed_list or (bool(self.told.get("closed")) and not self.desc.is_cancelled)

    @property
    def state(self) -> str:
        """What its place means."""
        if self.list in self.options.cancelled or self.is_off:
            return CANCELLED
        if self.list in self.options.done or self.told.get("dueComplete"):
            return DONE
        return ASIDE if self.is_aside else OPEN


def is_id(text: str) -> bool:
    """Whether Trello could have given such an id."""
    return _ID.fullmatch(text) is not None


def card_of(boards: Boards, name: str, told: Json) -> Card:
    """A card, understood."""
    board, place = told.get("idBoard"), told.get("idList")
    if not isinstance(board, str) or not isinstance(place, str):
        raise ContractError("Trello sent a card that is on no board")
    found = boards.lists(board).get(place)
    options = boards.session.options.where(name, board)
    return Card(told, options, parse(told.get("desc")), bool(found and found.get("closed")))


def record_of(boards: Boards, name: str, told: Json, said: Callable[[Json], str | None] | None = None) -> RawRecord:
    """A card as a record. Of one that we may not see nothing is known but its id: it says nothing else, and stays."""
    external_id = identity(told)
    if is_hidden(told):
        return RawRecord(name, external_id, {"id": external_id})
    card = card_of(boards, name, told)
    mine = {KEY: card.desc.key, LINK: card.desc.link, TEXT: card.desc.text, STATE: card.state}
    mine |= {MEMBER: boards.member(told), CREATED: created(external_id)}
    mine |= {SAID: said(told)} if said is not None else {}
    return RawRecord(name, external_id, {**told, **mine}, revision_of(told), instant(told.get("dateLastActivity")))


def is_hidden(told: Json) -> bool:
    """Whether it is a card of which we know that it is there, and nothing more."""
    return told.keys() == {"id"}


def revision_of(told: Json) -> str | None:
    """What a write may be conditional on: the time of the last activity."""
    at = instant(told.get("dateLastActivity"))
    return at.isoformat(timespec="milliseconds") if at else None


def created(external_id: str) -> str | None:
    """When it was made: the first eight digits of its id are seconds since 1970."""
    if not is_id(external_id):
        return None
    return datetime.fromtimestamp(int(external_id[:8], 16), UTC).isoformat()


def instant(told: object) -> datetime | None:
    """A time of Trello in UTC; ContractError where it is none."""
    if told is None:
        return None
    try:
        found = datetime.fromisoformat(str(told))
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise ContractError("Trello sent {text} where there should be a time", text=str(told)[:40])
    return found.astimezone(UTC)


def stamp(at: datetime) -> str:
    """A time as Trello writes it."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
